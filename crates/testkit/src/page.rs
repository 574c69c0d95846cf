//! One answer as a browser got it, and the hops before it.

use http::HeaderMap;
use serde_json::Value;
use url::Url;

use crate::must::Must;

/// An answer.
#[derive(Debug, Clone)]
pub struct Page {
    /// What was asked for.
    pub url: Url,
    /// Status.
    pub status: u16,
    /// HTTP version of the answer.
    pub version: http::Version,
    /// Headers.
    pub headers: HeaderMap,
    /// Body, as text.
    pub body: String,
    /// The redirects that led here, first one first.
    pub hops: Vec<Page>,
}

impl Page {
    /// A header's first value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// All cookies it sets, as sent.
    pub fn set_cookies(&self) -> Vec<&str> {
        self.headers.get_all("set-cookie").iter().filter_map(|value| value.to_str().ok()).collect()
    }

    /// The `Set-Cookie` line of this name.
    pub fn set_cookie(&self, name: &str) -> Option<&str> {
        self.set_cookies().into_iter().find(|line| line.split('=').next() == Some(name))
    }

    /// Where a redirect leads; none when it is none.
    pub fn location(&self) -> Option<Url> {
        let redirect = matches!(self.status, 301 | 302 | 303 | 307 | 308);
        redirect.then(|| self.header("location")).flatten().and_then(|to| self.url.join(to).ok())
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        match serde_json::from_str(&self.body) {
            Ok(value) => value,
            Err(error) => panic!("{} answered {} with no JSON ({error}): {}", self.url, self.status, self.body),
        }
    }

    /// A parameter of the address that was asked for.
    pub fn param(&self, name: &str) -> Option<String> {
        param(&self.url, name)
    }

    /// The reference that a page of the door shows.
    #[track_caller]
    pub fn reference(&self) -> String {
        let (_, after) = self.body.split_once("<dt>Reference</dt><dd><code>").must("a reference on the page");
        after.split('<').next().unwrap_or_default().to_owned()
    }

    /// The fields hidden in the page's form.
    pub fn hidden(&self) -> Vec<(String, String)> {
        let field = |part: &str| {
            let (_, rest) = part.split_once("name=\"")?;
            let (name, rest) = rest.split_once("\" value=\"")?;
            Some((name.to_owned(), rest.split('"').next()?.to_owned()))
        };
        self.body.split("<input type=\"hidden\" ").skip(1).filter_map(field).collect()
    }

    /// Where the page's form goes.
    pub fn action(&self) -> Option<Url> {
        let (_, rest) = self.body.split_once("action=\"")?;
        self.url.join(rest.split('"').next()?).ok()
    }

    /// Addresses of the redirects and of the page itself, in order.
    pub fn trail(&self) -> Vec<&Url> {
        self.hops.iter().map(|hop| &hop.url).chain([&self.url]).collect()
    }

    /// The hop whose path ends so.
    #[track_caller]
    pub fn hop(&self, end: &str) -> &Self {
        self.hops.iter().find(|hop| hop.url.path().ends_with(end)).must("a hop of this path")
    }
}

/// A parameter of an address.
pub(crate) fn param(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}
