# SPDX-License-Identifier: Apache-2.0
"""A browser without a screen, that asks nobody but this machine."""

import json
import pathlib
import shutil

import pytest

ASIDE = ("data:", "about:", "chrome:", "devtools:")


def why_not():
    """Why there is none here, or None."""
    try:
        import selenium  # noqa: F401
    except ImportError:
        return "python3-selenium is missing"
    for program in ("chromium", "chromedriver"):
        if not shutil.which(program):
            return f"{program} is missing"
    return None


class Browser:
    """A Chromium; its profile goes to ${directory}."""

    def __init__(self, directory, width=1280, height=900):
        from selenium import webdriver
        from selenium.webdriver.chrome.service import Service
        options = webdriver.ChromeOptions()
        for one in ("--headless=new", "--no-sandbox", "--disable-gpu",
                    "--disable-dev-shm-usage", "--no-first-run",
                    "--disable-background-networking",
                    "--disable-component-update", "--disable-sync",
                    "--hide-scrollbars", "--force-device-scale-factor=1",
                    "--host-resolver-rules=MAP * ~NOTFOUND, "
                    "EXCLUDE 127.0.0.1",
                    f"--user-data-dir={directory}/browser",
                    f"--window-size={width},{height}"):
            options.add_argument(one)
        options.set_capability("goog:loggingPrefs", {
            "performance": "ALL", "browser": "ALL"})
        self.driver = webdriver.Chrome(
            options=options, service=Service(shutil.which("chromedriver")))
        self.resize(width, height)

    def prefer(self, scheme):
        """Have its user prefer the colours of a ${scheme}, light or dark."""
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": scheme}]})

    def forbid_scripts(self):
        self.driver.execute_cdp_cmd(
            "Emulation.setScriptExecutionDisabled", {"value": True})

    def resize(self, width, height):
        """Have so many pixels to show a page on."""
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 1,
            "mobile": False})

    def open(self, url):
        self.driver.get(url)

    def run(self, script, *arguments):
        """What the body of a function, ${script}, returns in the page."""
        return self.driver.execute_script(script, *arguments)

    def text(self):
        """All text of the page that is seen."""
        return self.run("return document.body.innerText")

    def press(self, keys):
        from selenium.webdriver.common.action_chains import ActionChains
        ActionChains(self.driver).send_keys(keys).perform()

    def photograph(self, path):
        """The whole page as an image at ${path}."""
        self.resize(self.run("return innerWidth"), self.run(
            "return document.documentElement.scrollHeight"))
        pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True)
        self.driver.save_screenshot(str(path))

    def asked(self):
        """The URLs that were asked for since the last time, but for those
        that are asked of nobody."""
        urls = []
        for line in self.driver.get_log("performance"):
            message = json.loads(line["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                url = message["params"]["request"]["url"]
                if not url.startswith(ASIDE):
                    urls.append(url)
        return urls

    def complaints(self):
        """What it has to say of the page: what it refused, or what failed."""
        return [line["message"] for line in self.driver.get_log("browser")]

    def close(self):
        self.driver.quit()


def must_be():
    """Skip the test where there is no browser."""
    why = why_not()
    if why:
        pytest.skip(why)
