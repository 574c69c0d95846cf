"""Headless Chromium that trusts one certificate authority, driven through ChromeDriver."""

import os
import shutil
import subprocess
import tempfile

from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.service import Service

# Keeps the browser from looking for its maker's hosts, which a ring must not need.
QUIET = [
    "--headless=new",
    "--no-sandbox",  # Chromium refuses to start as root with it, and it meets only pages of ours
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--window-size=1280,900",
]


class Browser:
    """One browser with a profile of its own: no cookie, nothing remembered. Use it in a `with`. It trusts the authority of a file, or of
    several. With `records_network`, its log `performance` tells what went over the network."""

    def __init__(self, authority_file, page_limit=20, records_network=False):
        self._home = tempfile.mkdtemp(prefix="browser-", dir=os.environ.get("RING_STATE"))
        self._trust([authority_file] if isinstance(authority_file, str) else authority_file)
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium") or "/usr/bin/chromium"
        for flag in QUIET:
            options.add_argument(flag)
        options.add_argument(f"--user-data-dir={self._home}/profile")
        if records_network:
            options.set_capability("goog:loggingPrefs", {"performance": "ALL"})
        driver = shutil.which("chromedriver") or "/usr/bin/chromedriver"
        # The browser takes the authorities that its user added from $HOME.
        environment = {**os.environ, "HOME": self._home}
        try:
            self.driver = webdriver.Chrome(options=options, service=Service(driver, env=environment))
        except WebDriverException as error:
            # How the browser starts is not what a ring is about: once more, from nothing.
            print(f"  the browser did not start: {error.msg}")
            shutil.rmtree(f"{self._home}/profile", ignore_errors=True)
            self.driver = webdriver.Chrome(options=options, service=Service(driver, env=environment))
        self.driver.set_page_load_timeout(page_limit)
        self.driver.set_script_timeout(page_limit)

    def _trust(self, authority_files):
        database = f"{self._home}/.pki/nssdb"
        os.makedirs(database)
        subprocess.run(["certutil", "-d", f"sql:{database}", "-N", "--empty-password"], check=True)
        for number, file in enumerate(authority_files):
            subprocess.run(["certutil", "-d", f"sql:{database}", "-A", "-t", "C,,", "-n", f"doorward demo {number}", "-i", file], check=True)

    def __enter__(self):
        return self.driver

    def __exit__(self, *_):
        self.driver.quit()
        shutil.rmtree(self._home, ignore_errors=True)
