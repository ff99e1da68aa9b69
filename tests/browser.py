"""A headless Chromium for the tests of pages, or a reason to skip them.

With FASTNET_REQUIRE_BROWSER=1 a missing browser is a failure, so that a machine that should have one cannot
skip in silence.
"""

from __future__ import annotations

import json
import os
import shutil
from contextlib import contextmanager

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def _missing(what):
    reason = f"{what} is wanted: apt-get install chromium chromium-driver, pip install selenium"
    if os.environ.get("FASTNET_REQUIRE_BROWSER") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@contextmanager
def browser(width=1100, height=1400):
    """Give a driver whose console and network are recorded, and quit it."""
    try:
        from selenium import webdriver
    except ImportError:
        _missing("selenium")
    binary = next(filter(None, map(shutil.which, BROWSERS)), None)
    chromedriver = shutil.which("chromedriver")
    if binary is None or chromedriver is None:
        _missing("a Chromium with its chromedriver")
    options = webdriver.ChromeOptions()
    options.binary_location = binary
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--hide-scrollbars",
                     f"--window-size={width},{height}"):  # fmt: skip
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(chromedriver))
    try:
        yield driver
    finally:
        driver.quit()


def visit(driver, path):
    """Open a file, with the logs emptied first."""
    driver.get("about:blank")
    driver.get_log("browser")
    driver.get_log("performance")
    driver.get(path.as_uri())


def console(driver):
    """Return what the console has said since the page was opened."""
    return [entry["message"] for entry in driver.get_log("browser")]


def requests(driver):
    """Return the addresses asked for since the page was opened, but for those inside the page."""
    found = []
    for entry in driver.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            found.append(message["params"]["request"]["url"])
    return [url for url in found if not url.startswith(("data:", "about:"))]
