"""A person with a browser that knows no script: follows redirects, keeps cookies and fills in the sign-in forms."""

from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import localhost_names  # noqa: F401 - resolves *.localhost
import requests

MOST_PAGES = 12
# What everybody's authenticator shows in the simulator.
AUTHENTICATOR = "123456"


class Form:
    """A form as it stands in a page."""

    def __init__(self, attributes):
        self.action = attributes.get("action") or ""
        self.method = (attributes.get("method") or "get").lower()
        self.fields = {}
        self.buttons = []


class Page(HTMLParser):
    """The forms, the links and the words of a page."""

    def __init__(self, html):
        super().__init__()
        self.forms, self.links, self.words = [], [], []
        self._button = None
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag == "form":
            self.forms.append(Form(attributes))
        elif tag == "input" and self.forms and attributes.get("name"):
            self.forms[-1].fields[attributes["name"]] = attributes.get("value") or ""
        elif tag == "button" and self.forms:
            self._button = {**attributes, "words": ""}
            self.forms[-1].buttons.append(self._button)
        elif tag == "a" and attributes.get("href"):
            self.links.append(attributes["href"])

    def handle_endtag(self, tag):
        if tag == "button":
            self._button = None

    def handle_data(self, data):
        self.words.append(data)
        if self._button is not None:
            self._button["words"] += data

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


class Visitor:
    """One person with one browser."""

    def __init__(self, demo, person):
        self.person = person
        # Where forms are filled in.
        self.provider = urlsplit(demo.ready["entra"]["authority"]).netloc
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = demo.ready["ca_file"]
        self.sign_ins = 0
        self.codes = 0

    def get(self, url, **named):
        """One request, no redirect followed."""
        return self.session.get(url, allow_redirects=False, timeout=20, **named)

    def posted(self, url, to):
        """Goes through a sign-in whose answer is a form for an address, and returns what the form would post there."""
        answer = self.open(url)
        form = Page(answer.text).forms[0]
        if form.action != to:
            raise RuntimeError(f"no form for {to} but: {words_of(answer)}")
        return form.fields

    def open(self, url, until=None):
        """Goes to an address and through whatever sign-in comes, to the page at the end.

        With `until`, stops at the redirect to an address that begins so, and returns that address.
        """
        answer = self.get(url)
        for _ in range(MOST_PAGES * 2):
            if answer.is_redirect:
                target = urljoin(answer.url, answer.headers["Location"])
                if until and target.startswith(until):
                    return target
                answer = self.get(target)
                continue
            where = urlsplit(answer.url)
            if where.path.startswith("/cdn-cgi/access/login/") and answer.status_code == 200:
                # The choice page: there is one way to sign in.
                answer = self.get(urljoin(answer.url, Page(answer.text).links[0]))
                continue
            if where.netloc != self.provider:
                return answer
            filled = self._fill_in(answer)
            if filled is None:
                return answer
            answer = filled
        raise RuntimeError(f"no end of redirects, last {answer.url}")

    def _fill_in(self, answer):
        page = Page(answer.text)
        form = next((form for form in page.forms if form.method == "post"), None)
        # A form for another place is an answer, not a question.
        if form is None or "role=\"alert\"" in answer.text or urlsplit(urljoin(answer.url, form.action)).netloc != self.provider:
            return None
        fields = dict(form.fields)
        tiles = [button for button in form.buttons if button.get("name") == "account"]
        if "passwd" in fields:
            fields["passwd"] = self.person["password"]
            self.sign_ins += 1
        elif "otc" in fields:
            fields["otc"] = AUTHENTICATOR
            self.codes += 1
        elif "password" in fields:
            # As another provider calls them.
            fields |= {"login": self.person["upn"], "password": self.person["password"]}
            self.sign_ins += 1
        elif "loginfmt" in fields:
            fields["loginfmt"] = self.person["upn"]
        elif tiles:
            mine = [tile for tile in tiles if self.person["upn"] in tile["words"]] or [tiles[-1]]
            fields["account"] = mine[0]["value"]
        target = urljoin(answer.url, form.action)
        return self.session.post(target, data=fields, allow_redirects=False, timeout=20)

    def enters(self, app):
        """The status of an application's page, or where else the visit ended."""
        end = self.open(app["url"])
        return end.status_code if end.status_code != 200 or end.url.startswith(app["url"]) else end.url

    def cookie(self, host, name="CF_Authorization"):
        """The value of a cookie of a host."""
        found = [cookie.value for cookie in self.session.cookies if cookie.name == name and cookie.domain == host]
        return found[0] if found else None


def words_of(answer):
    """The words of a page."""
    return Page(answer.text).text
