# SPDX-License-Identifier: Apache-2.0
"""The page at /, in a browser: what it says, to whom, and in what shape."""

import pathlib
import re

import pytest

from rig import accessible, binaries, browser as browsers
from rig.answers import Answer
from rig.browser import Browser
from rig.exporter import Exporter
from rig.processes import wait_for

# A browser takes what a small machine has.
pytestmark = pytest.mark.xdist_group("load")

HOSTILE = "<script>alert(1)</script>\x1b[2J\u202e\u2066&'"
SAID = HOSTILE.encode() + b"\r\n\xff\xfe" + b"x" * 4000
SCREENSHOTS = "screenshots"  # In the directory of the program that is tested.


class HostilePage:
    """What a scrape target shows that means ill."""

    def render(self, turn, now):
        value = HOSTILE.replace("\\", "\\\\").replace('"', '\\"')
        return f'evil{{words="{value}\\n"}} {turn}\ntame {turn}\n'


@pytest.fixture
def browser(directory, ended):
    browsers.must_be()
    one = Browser(directory)
    ended.append(one)
    return one


def photograph(browser, name):
    browser.photograph(pathlib.Path(binaries.walship()).parent / SCREENSHOTS / name)


def test_it_shows_trouble_and_its_end_and_nobody_else_is_asked(
        make_prometheus, make_walship, receiver, browser, ended):
    exporter = Exporter(HostilePage())
    ended.append(exporter)
    source = make_prometheus(targets=[exporter.address])
    receiver.answer = lambda request: Answer(503, body=SAID)
    walship = make_walship(
        source.data_dir,
        {"url": receiver.url + "?key=hunter2", "name": "to " + HOSTILE[:25],
         "headers": {"X-Secret": "hunter3"}, "queue_config": {
             "min_backoff": "100ms", "max_backoff": "1s"}},
        external_labels={"host": HOSTILE[:25]})
    browser.open(f"http://{walship.address}/")
    wait_for(lambda: "Cannot deliver, retrying (status 503)"
             in browser.text(), 60, "the error to be shown")

    # Whatever was said, it is text.
    text = browser.text()
    assert "<script>alert(1)</script>\\u001b[2J\\u202e\\u2066&'" in text
    assert browser.run("return document.scripts.length") == 1
    assert not re.search("[\x00-\x08\x0b-\x1f\u202a-\u202e\u2066]", text)
    look(browser, "trouble")

    # What is open stays so while the rest changes.
    assert "SUMMARY" in accessible.tab_stops(browser)
    browser.run("document.querySelector('summary').focus()")
    browser.press("\ue007")
    assert 'external_labels:\n  "host": "<script>' in browser.text()
    receiver.script()
    wait_for(lambda: "Delivering as it comes." in browser.text(), 60,
             "the error to be over")
    assert browser.run("return document.getElementById('config').open")
    assert browser.run("return document.activeElement.tagName") == "SUMMARY"
    assert "(over)" in browser.text()
    look(browser, "well")

    asked = browser.asked()
    assert asked and all(url.startswith(f"http://{walship.address}/")
                         for url in asked), asked
    assert browser.complaints() == []
    page = browser.driver.page_source
    assert "hunter" not in page
    for raw in (walship.log(), walship.metrics().text):
        assert not re.search("[\x00-\x08\x0b-\x1f\u202e]", raw)
    assert "hunter" not in walship.log()


def look(browser, name):
    """It is fit to be used on a desk and on a phone, by day and by night."""
    for width in (1280, 400):
        browser.resize(width, 900)
        for scheme in ("light", "dark"):
            browser.prefer(scheme)
            assert accessible.faults(browser) == [], (width, scheme)
            photograph(browser, f"page-{name}-{width}-{scheme}.png")
    browser.resize(1280, 900)


def test_without_its_script_it_is_loaded_anew(source, receiver, make_walship,
                                              browser):
    walship = make_walship(source.data_dir, receiver.url).wait_ready()
    browser.forbid_scripts()
    browser.open(f"http://{walship.address}/")
    before = browser.driver.page_source
    assert "<h2>" in before and "Configuration in force" in before
    wait_for(lambda: browser.driver.page_source != before, 60,
             "the browser to load it anew", every=1)
    assert browser.asked().count(f"http://{walship.address}/") >= 2
