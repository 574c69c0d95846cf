"""Walks the simulator's sign-in pages in a browser, as somebody who uses the keyboard only."""

from urllib.parse import urlsplit

from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

PATIENCE = 15


def host(driver):
    return urlsplit(driver.current_url).hostname


def words(driver):
    return driver.find_element(By.TAG_NAME, "body").text


def until(driver, what):
    """Waits; a page that is replaced while it is looked at is looked at again."""
    return WebDriverWait(driver, PATIENCE, ignored_exceptions=[WebDriverException]).until(what)


def status(driver):
    """Status of the page that is shown."""
    return driver.execute_script("return performance.getEntriesByType('navigation')[0].responseStatus")


def sign_in(driver, person):
    """Name and password."""
    until(driver, lambda d: host(d) == "localhost" and d.find_elements(By.NAME, "loginfmt"))
    driver.find_element(By.NAME, "loginfmt").send_keys(person["upn"], Keys.ENTER)
    until(driver, lambda d: d.find_elements(By.NAME, "passwd"))
    driver.find_element(By.NAME, "passwd").send_keys(person["password"], Keys.ENTER)
    until(driver, lambda d: host(d) != "localhost")


def second_factor(driver):
    """The code of the authenticator app."""
    until(driver, lambda d: host(d) == "localhost" and d.find_elements(By.NAME, "otc"))
    driver.find_element(By.NAME, "otc").send_keys("123456", Keys.ENTER)
    until(driver, lambda d: host(d) != "localhost")
