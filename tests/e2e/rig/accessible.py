# SPDX-License-Identifier: Apache-2.0
"""Whether all can use a page: labels, contrast, structure, keyboard."""

# What is wrong, each in a line.  By WCAG 2: contrast of text 4.5 to 1, of large
# text 3 to 1.
FAULTS = r"""
const faults = [];
const visible = (one) => one.getClientRects().length > 0;
const shade = (part) => part <= 0.04045 ? part / 12.92
    : ((part + 0.055) / 1.055) ** 2.4;
const luminance = ([r, g, b]) => 0.2126 * shade(r / 255)
    + 0.7152 * shade(g / 255) + 0.0722 * shade(b / 255);
const parts = (color) => color.match(/[\d.]+/g).map(Number);
const behind = (one) => {
    for (; one !== null; one = one.parentElement) {
        const color = parts(getComputedStyle(one).backgroundColor);
        if (color.length < 4 || color[3] === 1)
            return color;
    }
    return [255, 255, 255];
};
const contrast = (a, b) => {
    const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
};
const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
for (let text = words.nextNode(); text !== null; text = words.nextNode()) {
    const one = text.parentElement, style = getComputedStyle(one);
    if (text.data.trim() === "" || !visible(one))
        continue;
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    const have = contrast(parts(style.color), behind(one));
    if (have < (large ? 3 : 4.5))
        faults.push(`contrast ${have.toFixed(2)}: ${text.data.trim()}`);
    if (size < 12)
        faults.push(`${size} px: ${text.data.trim()}`);
}
if (!document.documentElement.lang)
    faults.push("no language");
if (document.title.trim() === "")
    faults.push("no title");
for (const role of ["main", "h1"])
    if (document.querySelectorAll(role).length !== 1)
        faults.push(`not one ${role}`);
let level = 0;
for (const one of document.querySelectorAll("h1, h2, h3, h4")) {
    if (Number(one.tagName[1]) > level + 1)
        faults.push(`${one.tagName} below h${level}`);
    level = Number(one.tagName[1]);
}
for (const one of document.querySelectorAll(
        "svg, progress, meter, img, pre, input, button"))
    if (!one.getAttribute("aria-label"))
        faults.push(`no label: ${one.tagName}`);
for (const one of document.querySelectorAll("table"))
    if (one.caption === null || !one.querySelector("th[scope]"))
        faults.push("a table without caption or heads");
const ids = [...document.querySelectorAll("[id]")].map((one) => one.id);
if (new Set(ids).size !== ids.length)
    faults.push("an id twice");
if (document.documentElement.scrollWidth > innerWidth)
    faults.push(`${document.documentElement.scrollWidth} px wide`);
return faults;
"""

# What has the focus, and whether that is to be seen.
FOCUS = r"""
const one = document.activeElement, style = getComputedStyle(one);
return [one.tagName + (one.id ? "#" + one.id : ""),
        style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2];
"""


def faults(browser):
    """All that is wrong with the page as it is shown."""
    return browser.run(FAULTS)


def tab_stops(browser, most=40):
    """What is reached by the tabulator key, in order; each must show that it
    has the focus."""
    stops = []
    for _ in range(most):
        browser.press("\ue004")
        name, seen = browser.run(FOCUS)
        if name == "BODY":
            break
        assert seen, f"{name} does not show that it has the focus"
        stops.append(name)
    return stops
