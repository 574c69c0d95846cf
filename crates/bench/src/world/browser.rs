//! A person's browser: keeps cookies, follows redirects and fills in the provider's forms.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use reqwest::{Client, Response, header};
use url::Url;

/// Redirects and forms that are followed.
const FAR: usize = 24;
/// What everybody's authenticator shows in the simulator.
const AUTHENTICATOR: &str = "123456";

/// A browser of one person.
pub struct Browser {
    client: Client,
    cookies: BTreeMap<String, BTreeMap<String, String>>,
    name: String,
    password: String,
    /// Told as the client's address by the load balancer that the bench plays.
    address: String,
}

/// Names and values of a form.
type Fields = Vec<(String, String)>;

struct Page {
    url: Url,
    status: u16,
    next: Option<Url>,
    body: String,
}

impl Browser {
    pub fn new(client: Client, name: String, password: String, address: String) -> Self {
        Self { client, cookies: BTreeMap::new(), name, password, address }
    }

    /// Opens an address, signs in where it is asked, and answers the status of the page at the end of the way.
    pub async fn open(&mut self, url: &str) -> Result<u16> {
        let mut page = self.get(Url::parse(url)?).await?;
        for _ in 0..FAR {
            page = match (page.next.take(), self.form(&page)?) {
                (Some(next), _) => self.get(next).await?,
                (None, Some((action, fields))) => self.post(action, &fields).await?,
                (None, None) => return Ok(page.status),
            };
        }
        bail!("{} got no further than {} after {FAR} steps", self.name, page.url)
    }

    /// A cookie of a host.
    pub fn cookie(&self, host: &str, name: &str) -> Option<&str> {
        self.cookies.get(host)?.get(name).map(String::as_str)
    }

    async fn get(&mut self, url: Url) -> Result<Page> {
        let request = self.client.get(url.clone());
        self.send(url, request).await
    }

    async fn post(&mut self, url: Url, fields: &[(String, String)]) -> Result<Page> {
        let request = self.client.post(url.clone()).form(fields);
        self.send(url, request).await
    }

    async fn send(&mut self, url: Url, mut request: reqwest::RequestBuilder) -> Result<Page> {
        let host = url.host_str().context("an address without a host")?.to_owned();
        if let Some(cookies) = self.cookies.get(&host).filter(|cookies| !cookies.is_empty()) {
            let pairs: Vec<String> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(header::COOKIE, pairs.join("; "));
        }
        let request = request.header("x-forwarded-for", &self.address);
        // A kept connection may end just when it is used again; browsers ask once more then.
        let again = request.try_clone();
        let answer = match (request.send().await, again) {
            (Err(error), Some(again)) if !error.is_timeout() => again.send().await,
            (answer, _) => answer,
        };
        let answer = answer.map_err(reqwest::Error::without_url).with_context(|| format!("no answer from {host}{}", url.path()))?;
        self.keep(&host, &answer);
        let status = answer.status();
        let target = answer.headers().get(header::LOCATION).filter(|_| status.is_redirection());
        let next = target.and_then(|to| url.join(to.to_str().ok()?).ok());
        Ok(Page { status: status.as_u16(), next, body: answer.text().await?, url })
    }

    fn keep(&mut self, host: &str, answer: &Response) {
        let lines = answer.headers().get_all(header::SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
        for (name, value) in lines.filter_map(|line| line.split(';').next()?.split_once('=')) {
            let cookies = self.cookies.entry(host.to_owned()).or_default();
            // Removed cookies come without a value.
            if value.is_empty() {
                cookies.remove(name)
            } else {
                cookies.insert(name.to_owned(), value.to_owned())
            };
        }
    }

    /// Where the provider's form goes and what stands in it, when the page is one.
    fn form(&self, page: &Page) -> Result<Option<(Url, Fields)>> {
        let mut fields = hidden(&page.body);
        if page.status != 200 || !fields.iter().any(|(name, _)| name == "canary") {
            return Ok(None);
        }
        if page.body.contains("role=\"alert\"") {
            bail!("the provider refuses {}: {}", self.name, page.body.chars().take(2_000).collect::<String>());
        }
        let mut set = |name: &str, value: &str| {
            fields.retain(|(other, _)| other != name);
            fields.push((name.to_owned(), value.to_owned()));
        };
        if page.body.contains("name=\"loginfmt\"") {
            set("loginfmt", &self.name);
            set("passwd", &self.password);
        } else if page.body.contains("name=\"otc\"") {
            set("otc", AUTHENTICATOR);
        } else if page.body.contains("name=\"accept\"") {
            set("accept", "1");
        } else {
            set("account", "other");
        }
        let action = page.body.split_once("action=\"").and_then(|(_, rest)| rest.split('"').next()).context("a form without an address")?;
        Ok(Some((page.url.join(action)?, fields)))
    }
}

fn hidden(body: &str) -> Fields {
    let field = |part: &str| {
        let (name, rest) = part.split_once("name=\"")?.1.split_once("\" value=\"")?;
        Some((name.to_owned(), rest.split('"').next()?.to_owned()))
    };
    body.split("<input type=\"hidden\" ").skip(1).filter_map(field).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn hidden_fields_are_read() {
        let page = r#"<form action="/x"><input type="hidden" name="canary" value="1"><input type="hidden" name="flow" value=""></form>"#;
        let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        assert_eq!(super::hidden(page), [("canary", "1"), ("flow", "")].map(own));
    }
}
