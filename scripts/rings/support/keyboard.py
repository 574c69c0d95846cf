"""Somebody who has a keyboard and no mouse: goes from stop to stop, and reads where they are."""

from entra_pages import until
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

# What a screen reader would say of the element that has the focus, or nearly.
SAID = """
const at = document.activeElement;
const words = (e) => (e?.textContent ?? "").replace(/\\s+/g, " ").trim();
return (at.getAttribute("aria-label") || words(at.labels?.[0]) || (at.tagName === "SELECT" ? "" : words(at)) || at.value || "").trim();
"""
# More stops than any page has.
STOPS = 160


class Keyboard:
    def __init__(self, driver):
        self.driver = driver
        self.strokes = 0

    def press(self, *keys):
        """Keys for whatever has the focus."""
        ActionChains(self.driver).send_keys(*keys).perform()
        self.strokes += 1

    def here(self):
        return self.driver.execute_script(SAID)

    def to(self, words, back=False):
        """Goes on, or back, until the focus is on what has these words."""
        met = [self.here()]
        for _ in range(STOPS):
            if met[-1] == words:
                return self
            if back:
                ActionChains(self.driver).key_down(Keys.SHIFT).send_keys(Keys.TAB).key_up(Keys.SHIFT).perform()
            else:
                ActionChains(self.driver).send_keys(Keys.TAB).perform()
            self.strokes += 1
            met.append(self.here())
        raise RuntimeError(f"the keyboard does not lead to {words!r}; it leads to {met[:STOPS // 2]}")

    def follow(self, words, back=False):
        """Goes there and presses Enter."""
        self.to(words, back)
        self.press(Keys.ENTER)

    def fill(self, words, text):
        """Goes to a field and writes over what stands there."""
        self.to(words)
        ActionChains(self.driver).key_down(Keys.CONTROL).send_keys("a").key_up(Keys.CONTROL).perform()
        self.press(text)

    def heading(self, words):
        """Waits for a page; its heading has the focus then."""
        until(self.driver, lambda d: d.execute_script("return [...document.querySelectorAll('main h1, main h2')].some((h) => h.textContent === arguments[0])", words))
