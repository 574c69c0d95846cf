"""Walks doorward's console in a browser, as somebody who reads what stands on the page."""

import contextlib
import json
import os
import subprocess

from entra_pages import until
from running_demo import TOP, programs
from selenium.common.exceptions import StaleElementReferenceException, TimeoutException, WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

# Every call of the API that a page makes, with its status and bytes, kept until the window goes.
LISTEN = """
if (!window.__calls) {
  window.__calls = [];
  const real = window.fetch;
  window.fetch = async (input, options = {}) => {
    const answer = await real(input, options);
    window.__calls.push([options.method ?? "GET", new URL(typeof input === "string" ? input : input.url, location.href).pathname, answer.status]);
    return answer;
  };
}
"""


def door_token(demo, by="ilo", config=None):
    """A one-time token, made as on the machine, for a demo or by a configuration."""
    config = config or os.path.join(demo.state, "doorward", "doorward.toml")
    made = subprocess.run([os.path.join(programs(), "doorward"), "door", "--config", config, "--by", by], capture_output=True, text=True, check=True)
    return next(word for word in made.stdout.split() if word.startswith("dwd_"))


class Console:
    """The console in one browser. Clicks are counted."""

    def __init__(self, driver, demo=None, team=None):
        self.driver = driver
        self.team = team or demo.ready["team_domain"]
        self.clicks = 0
        self.calls = []
        driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": LISTEN})

    def through_the_door(self, token):
        self.driver.get(f"{self.team}/console/door")
        self.driver.find_element(By.ID, "token").send_keys(token)
        self.press("Open the console")
        self.heading("Overview")

    def go(self, path):
        """Opens a page by its address."""
        self.keep()
        self.driver.get(f"{self.team}/console{path}")

    def keep(self):
        """Keeps the calls of the document that is about to go."""
        try:
            self.calls += self.driver.execute_script("const c = window.__calls ?? []; window.__calls = []; return c") or []
        except WebDriverException:
            pass

    def heading(self, text):
        until(self.driver, lambda d: any(h.text == text for h in d.find_elements(By.CSS_SELECTOR, "main h1")))

    def see(self, text):
        until(self.driver, lambda d: text in d.find_element(By.TAG_NAME, "body").text)

    def words(self):
        return self.driver.find_element(By.TAG_NAME, "body").text

    def settled(self):
        """Waits until nothing is loading."""
        until(self.driver, lambda d: not d.find_elements(By.CSS_SELECTOR, "main .waiting"))

    def press(self, label, within=""):
        """Clicks a button or a link by its words."""
        path = f"{within}//*[self::button or self::a][normalize-space(.)='{label}' or @aria-label='{label}']"

        def click(driver):
            for found in driver.find_elements(By.XPATH, path):
                try:
                    if found.is_displayed() and found.is_enabled() and found.get_attribute("aria-disabled") != "true":
                        driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", found)
                        found.click()
                        return True
                except StaleElementReferenceException:
                    pass
            return False

        until(self.driver, click)
        self.clicks += 1

    def field(self, pointer):
        name = "field" + "".join(c if c.isalnum() else "-" for c in pointer)
        return until(self.driver, lambda d: d.find_elements(By.ID, name))[0]

    def enter(self, pointer, text):
        field = self.field(pointer)
        field.clear()
        field.send_keys(text)

    def choose(self, element, words):
        """Chooses an option by its words."""
        def offered(_):
            return next((one for one in element.find_elements(By.TAG_NAME, "option") if one.text == words), None)

        # What a dialog offers has no words until it is shown.
        with contextlib.suppress(TimeoutException):
            until(self.driver, offered).click()
            return
        raise RuntimeError(f"no option {words!r} among {[o.text for o in element.find_elements(By.TAG_NAME, 'option')]}")

    def tick(self, words):
        path = f"//label[contains(@class, 'check')][contains(., '{words}')]"
        until(self.driver, lambda d: d.find_elements(By.XPATH, path))[0].click()
        self.clicks += 1

    def test_login_method(self, name, person):
        """Presses Test, signs in as a person in the windows that open, and comes back to the dialog with the result. The clicks in those
        windows count, too."""
        driver = self.driver
        stays, before = driver.current_window_handle, set(driver.window_handles)
        self.press(f"Test {name}")
        until(driver, lambda d: set(d.window_handles) - before)
        driver.switch_to.window((set(driver.window_handles) - before).pop())
        until(driver, lambda d: d.find_elements(By.XPATH, "//button[contains(., 'Sign in to test')]"))
        known = set(driver.window_handles)
        driver.find_element(By.XPATH, "//button[contains(., 'Sign in to test')]").click()
        until(driver, lambda d: set(d.window_handles) - known)
        driver.switch_to.window((set(driver.window_handles) - known).pop())
        until(driver, lambda d: d.find_elements(By.NAME, "loginfmt"))
        driver.find_element(By.NAME, "loginfmt").send_keys(person["upn"], Keys.ENTER)
        until(driver, lambda d: d.find_elements(By.NAME, "passwd"))
        driver.find_element(By.NAME, "passwd").send_keys(person["password"], Keys.ENTER)
        until(driver, lambda d: "Your connection works!" in d.find_element(By.TAG_NAME, "body").text)
        self.clicks += 3
        driver.switch_to.window(stays)
        until(driver, lambda d: d.find_elements(By.CSS_SELECTOR, "dialog [data-state=passed]"))
        return stays

    def close_others(self, stays):
        """Closes every window but one."""
        for window in set(self.driver.window_handles) - {stays}:
            self.driver.switch_to.window(window)
            self.driver.close()
        self.driver.switch_to.window(stays)

    def sideways(self):
        """How far the page is wider than its window."""
        return self.driver.execute_script("return document.documentElement.scrollWidth - document.documentElement.clientWidth")

    def picture(self, name):
        """Keeps a screenshot of 1280 by 800 pixels, for whoever looks at the ring's state."""
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": 1280, "height": 800, "deviceScaleFactor": 1, "mobile": False})
        self.driver.save_screenshot(os.path.join(os.environ.get("RING_STATE", "."), f"{name}.png"))
        self.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})

    def look_at(self, checks, axe, pages):
        """Each of these pages has no serious fault, and does not scroll sideways on a phone."""
        for page in pages:
            self.driver.set_window_size(1280, 900)
            self.go(page)
            until(self.driver, lambda d: d.find_elements(By.CSS_SELECTOR, "main h1"))
            self.settled()
            heading = self.driver.find_element(By.CSS_SELECTOR, "main h1").text
            # A decision has no name; its tab tells whose it is.
            if "/decisions/" not in page:
                with contextlib.suppress(TimeoutException):
                    until(self.driver, lambda d: d.title.split(" – ")[0] == heading)  # named once the page is painted
                checks.equal(f"{page}: its tab", self.driver.title.split(" – ")[0], heading)
            checks.equal(f"{page}: axe", axe.faults(self.driver), [])
            self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": 390, "height": 800, "deviceScaleFactor": 1, "mobile": True})
            checks.equal(f"{page}: 390 pixels", self.sideways(), 0)
            self.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})

    def only_documented(self, checks):
        """Every call that the pages made is in openapi/v4.json; how many operations there were."""
        self.keep()
        with open(os.path.join(TOP, "openapi", "v4.json"), encoding="utf-8") as file:
            description = json.load(file)
        used = {(method, path): operation_of(description, method, path) for method, path, _ in self.calls}
        checks.equal("every call is documented", [call for call, operation in used.items() if operation is None], [])
        print(f"  {len(set(used.values()))} operations in {len(self.calls)} calls")
        return len(set(used.values()))

    def quiet_log(self, checks):
        """The browser had nothing to complain of, refused calls and a connection that was taken away apart."""
        expected = ("status of 4", "ERR_INTERNET_DISCONNECTED")
        severe = [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] == "SEVERE"]
        wrong = [message for message in severe if not any(part in message for part in expected)]
        checks.equal("the browser's log is empty", wrong, [])

    def first_visit(self, cookie):
        """Opens the overview as somebody with this session whose browser (one that records its network) holds nothing yet. The bytes as they
        were transferred, heads included; the answers; how many of them a cache gave; and when something was seen first, in milliseconds."""
        driver = self.driver
        driver.execute_cdp_cmd("Network.enable", {})
        driver.execute_cdp_cmd("Network.clearBrowserCache", {})
        driver.execute_cdp_cmd("Network.setCacheDisabled", {"cacheDisabled": True})
        kept = {key: cookie[key] for key in ("name", "value", "path", "secure", "httpOnly", "sameSite")}
        driver.execute_cdp_cmd("Network.setCookie", {**kept, "url": f"{self.team}/console/"})
        driver.get_log("performance")
        self.go("/")
        self.heading("Overview")
        self.settled()
        told = [json.loads(entry["message"])["message"] for entry in driver.get_log("performance")]
        ended = [one["params"]["encodedDataLength"] for one in told if one["method"] == "Network.loadingFinished"]
        cached = sum(one["method"] == "Network.requestServedFromCache" for one in told)
        cached += sum(one["params"]["response"].get("fromDiskCache", False) for one in told if one["method"] == "Network.responseReceived")
        paint = driver.execute_script("return performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null")
        return {"bytes": int(sum(ended)), "answers": len(ended), "cached": cached, "paint": paint}


class Axe:
    """axe-core, of which the console must not be told a serious fault."""

    def __init__(self):
        target = os.environ.get("CARGO_TARGET_DIR") or "target"
        with open(os.path.join(target, "node", "node_modules", "axe-core", "axe.min.js"), encoding="utf-8") as file:
            self.source = file.read()

    def faults(self, driver):
        """Serious and critical faults of the page, in a line each."""
        driver.execute_script(self.source)
        found = driver.execute_async_script("const done = arguments[0]; axe.run().then((r) => done(JSON.stringify(r.violations)), (e) => done(JSON.stringify([{id: String(e), impact: 'critical', nodes: []}])))")
        serious = [one for one in json.loads(found) if one["impact"] in ("serious", "critical")]
        return [f"{one['id']}: {node['target']}" for one in serious for node in one["nodes"] or [{"target": ""}]]


def operation_of(description, method, path):
    """The operation of the description that a call is, or None."""
    asked = path.removeprefix("/client/v4").split("/")
    best = None
    for pattern, verbs in description["paths"].items():
        wanted = pattern.split("/")
        if len(wanted) == len(asked) and method.lower() in verbs and all(w.startswith("{") or w == a for w, a in zip(wanted, asked)):
            fixed = sum(not w.startswith("{") for w in wanted)
            best = max(best or (0, ""), (fixed, f"{method} {pattern}"))
    return best[1] if best else None
