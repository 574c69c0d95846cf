//! A browser: keeps cookies, follows redirects by hand so that every hop can be looked at, and fills the simulator's forms.

use std::sync::{Arc, Mutex};

use http::{HeaderMap, Method};
use url::Url;

use crate::{
    jar::Jar,
    must::Must,
    network::{Network, Speech},
    page::Page,
    socket::Socket,
    tenant,
};

/// Redirects and forms that are followed.
const FAR: usize = 24;

/// A browser with a profile of its own; clones are tabs of it.
#[derive(Clone)]
pub struct Browser {
    network: Network,
    client: reqwest::Client,
    jar: Arc<Mutex<Jar>>,
    person: Option<Arc<str>>,
}

/// A request under construction.
pub struct Ask<'a> {
    browser: &'a Browser,
    url: Url,
    request: reqwest::RequestBuilder,
    cookies: bool,
}

impl Browser {
    pub(crate) fn new(network: Network, speech: Speech) -> Self {
        Self { client: network.client(speech), network, jar: Arc::default(), person: None }
    }

    /// Sits this person of the cast in front of it: from now on sign-in pages are filled.
    #[must_use]
    pub fn sign_in(mut self, name: &str) -> Self {
        self.person = Some(name.into());
        self
    }

    /// The same profile over another HTTP.
    #[must_use]
    pub fn speaking(mut self, speech: Speech) -> Self {
        self.client = self.network.client(speech);
        self
    }

    /// The same profile with a client certificate: its chain and its key, as PEM.
    #[must_use]
    pub fn showing(mut self, certificate: &str, speech: Speech) -> Self {
        self.client = self.network.client_showing(speech, Some(certificate));
        self
    }

    /// Its cookies, to look at or to tamper with.
    pub fn jar<T>(&self, look: impl FnOnce(&mut Jar) -> T) -> T {
        look(&mut self.jar.lock().must_lock())
    }

    /// A cookie that it keeps for the host of an address.
    pub fn cookie(&self, url: &str, name: &str) -> Option<String> {
        self.jar(|jar| jar.get(&host(&parse(url)), name))
    }

    /// A request with the cookies of its host.
    pub fn ask(&self, method: Method, url: impl AsRef<str>) -> Ask<'_> {
        let url = parse(url.as_ref());
        Ask { browser: self, request: self.client.request(method, url.clone()), url, cookies: true }
    }

    /// One GET; nothing is followed.
    pub async fn get(&self, url: impl AsRef<str>) -> Page {
        self.ask(Method::GET, url).send().await
    }

    /// Goes to an address as a person would: follows every redirect and signs in where the provider asks.
    pub async fn open(&self, url: impl AsRef<str>) -> Page {
        self.walk(url.as_ref(), |_| false).await.0
    }

    /// Goes on until the next step would be an address with this path, and returns that address instead of going there.
    pub async fn open_until(&self, url: impl AsRef<str>, path: &str) -> Url {
        self.walk(url.as_ref(), |next| next.path() == path).await.1.must("the way led elsewhere")
    }

    async fn walk(&self, url: &str, stop: impl Fn(&Url) -> bool) -> (Page, Option<Url>) {
        let (mut page, mut hops) = (self.get(url).await, Vec::new());
        for _ in 0..FAR {
            let next = match page.location() {
                Some(next) if stop(&next) => return (Page { hops, ..page }, Some(next)),
                Some(next) => self.get(&next).await,
                None => match self.fill(&page).await {
                    Some(next) => next,
                    None => return (Page { hops, ..page }, None),
                },
            };
            hops.push(std::mem::replace(&mut page, next));
        }
        let trail: Vec<&Url> = hops.iter().map(|hop| &hop.url).collect();
        panic!("more than {FAR} steps: {trail:#?}");
    }

    /// Fills the provider's form, when the page is one and somebody sits here.
    async fn fill(&self, page: &Page) -> Option<Page> {
        let name = self.person.as_deref()?;
        let mut fields = page.hidden();
        let ours = page.status == 200 && fields.iter().any(|(key, _)| key == "canary");
        let refused = page.body.contains("role=\"alert\"");
        if !ours || refused {
            return None;
        }
        if page.body.contains("name=\"loginfmt\"") {
            fields.retain(|(key, _)| key != "loginfmt");
            fields.push(("loginfmt".into(), tenant::upn(name)));
            fields.push(("passwd".into(), tenant::password(name)));
        } else if page.body.contains("name=\"otc\"") {
            fields.retain(|(key, _)| key != "otc");
            fields.push(("otc".into(), "123456".into()));
        } else if page.body.contains("name=\"accept\"") {
            fields.push(("accept".into(), "1".into()));
        } else {
            fields.push(("account".into(), "other".into()));
        }
        let action = page.action().must("a form's address");
        Some(self.submit(&action, &fields).await)
    }

    /// Sends a form.
    pub async fn submit(&self, action: &Url, fields: &[(String, String)]) -> Page {
        self.ask(Method::POST, action).change(|request| request.form(fields)).send().await
    }

    /// A WebSocket with the cookies of its host, as a program opens it; or the status that refuses it.
    pub async fn socket(&self, url: &str) -> Result<Socket, u16> {
        self.socket_for(url, None).await
    }

    /// A WebSocket as a page of this origin opens it.
    pub async fn socket_of(&self, page: &str, url: &str) -> Result<Socket, u16> {
        self.socket_for(url, Some(page)).await
    }

    async fn socket_for(&self, url: &str, page: Option<&str>) -> Result<Socket, u16> {
        let url = parse(url);
        let cookie = self.jar(|jar| jar.header(&host(&url)));
        Socket::open(&self.network, &url, cookie.as_deref(), page).await
    }
}

impl<'a> Ask<'a> {
    /// Adds a header.
    #[must_use]
    pub fn header(self, name: &str, value: &str) -> Self {
        self.change(|request| request.header(name, value))
    }

    /// Leaves the browser's cookies out.
    #[must_use]
    pub fn without_cookies(mut self) -> Self {
        self.cookies = false;
        self
    }

    /// Sends a body.
    #[must_use]
    pub fn body(self, body: impl Into<reqwest::Body>) -> Self {
        self.change(|request| request.body(body))
    }

    fn change(mut self, change: impl FnOnce(reqwest::RequestBuilder) -> reqwest::RequestBuilder) -> Self {
        self.request = change(self.request);
        self
    }

    /// Sends it and reads the whole answer.
    pub async fn send(self) -> Page {
        let (url, browser) = (self.url.clone(), self.browser);
        let answer = self.begin().await;
        let (status, version, headers) = (answer.status().as_u16(), answer.version(), answer.headers().clone());
        let body = answer.text().await.must("a body");
        browser.keep(&url, &headers);
        Page { url, status, version, headers, body, hops: Vec::new() }
    }

    /// Sends it and returns the status; none when the connection broke off before one came.
    pub async fn try_send(self) -> Option<u16> {
        self.with_cookies().send().await.ok().map(|answer| answer.status().as_u16())
    }

    fn with_cookies(self) -> reqwest::RequestBuilder {
        let cookie = if self.cookies { self.browser.jar(|jar| jar.header(&host(&self.url))) } else { None };
        match cookie {
            Some(cookie) => self.request.header("cookie", cookie),
            None => self.request,
        }
    }

    /// Sends it and leaves the answer's body to be read as it comes.
    pub async fn begin(self) -> reqwest::Response {
        let what = self.url.to_string();
        self.with_cookies().send().await.must(&what)
    }
}

impl Browser {
    fn keep(&self, url: &Url, headers: &HeaderMap) {
        let now = self.network.clock().now();
        for line in headers.get_all("set-cookie").iter().filter_map(|value| value.to_str().ok()) {
            self.jar(|jar| jar.take(&host(url), line, now));
        }
    }
}

fn parse(url: &str) -> Url {
    Url::parse(url).must(url)
}

fn host(url: &Url) -> String {
    url.host_str().unwrap_or_default().to_owned()
}

trait MustLock<T> {
    fn must_lock(self) -> T;
}

impl<T> MustLock<T> for std::sync::LockResult<T> {
    /// A test that failed with the lock in its hand has said why already.
    fn must_lock(self) -> T {
        self.unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
