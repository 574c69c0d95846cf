//! The choice page: with which login method to sign in to an application.

use askama::Template;

use crate::{
    Look,
    link::Link,
    notice::{Frame, rendered},
    text::{Language, fill},
};

/// "Log in to" an application.
#[derive(Debug, Clone)]
pub struct Choice {
    /// The application's name.
    pub app: String,
    /// The login methods offered; none: the page says so.
    pub methods: Vec<LoginMethod>,
    /// Where help is, when a sign-in of this browser has just not come back.
    pub help_url: Option<String>,
}

/// One login method.
#[derive(Debug, Clone)]
pub struct LoginMethod {
    /// Its name.
    pub name: String,
    /// Where signing in with it begins.
    pub url: String,
}

#[derive(Template)]
#[template(path = "choice.html")]
struct Page<'a> {
    frame: Frame<'a>,
    lead: &'static str,
    none: &'static str,
    unfinished: &'static str,
    help: Option<Link>,
    links: Vec<Link>,
}

impl Choice {
    /// The whole page.
    pub fn render(&self, look: &Look, lang: Language) -> String {
        let text = lang.text();
        let link = |method: &LoginMethod| Link::main(&method.url, fill(text.choice_with, &[&method.name]));
        rendered(&Page {
            frame: Frame::new(look, lang, fill(text.choice_title, &[&self.app])),
            lead: text.choice_lead,
            none: text.choice_none,
            unfinished: text.choice_unfinished,
            help: self.help_url.as_deref().and_then(|url| Link::other(url, text.choice_help)),
            links: self.methods.iter().filter_map(link).collect(),
        })
    }
    /// Two methods for the wiki.
    pub fn sample() -> Self {
        let method =
            |name: &str, n: u8| LoginMethod { name: name.into(), url: format!("/cdn-cgi/access/login/wiki.harbourworks.example?idp={n}") };
        Self { app: "Harbour Wiki".into(), methods: vec![method("Harbour Works Entra", 1), method("Contractors", 2)], help_url: None }
    }
    /// The same after a sign-in that did not come back.
    pub fn sample_unfinished() -> Self {
        Self { help_url: Some("/cdn-cgi/access/help".into()), ..Self::sample() }
    }
}
