//! How a request for access stands, for the person who made it.

use askama::Template;

use crate::{
    Look,
    link::{Link, followable},
    notice::{Frame, Notice, rendered},
    text::{Language, fill, temporary::words},
};

/// The script of the page that waits: looks whether it says something else by now.
pub const FOLLOW_SCRIPT: &str = include_str!("../../static/follow.js");

/// Where the page expects it, on the host that served it.
pub const FOLLOW_SCRIPT_PATH: &str = "/cdn-cgi/access/follow.js";

/// Nobody has decided yet: the page looks again by itself, and without a script is loaded anew.
#[derive(Debug, Clone)]
pub struct RequestWaiting {
    /// The application.
    pub app: String,
    /// Who was asked.
    pub approvers: Vec<String>,
}

/// The way into the application is open: the page leads there by itself, because a form may lead to its own site only.
#[derive(Debug, Clone)]
pub struct GoOn {
    /// The application.
    pub app: String,
    /// Where.
    pub url: String,
}

/// Nothing came of a request.
#[derive(Debug, Clone)]
pub struct RequestEnded {
    /// The application.
    pub app: String,
    /// How it ended.
    pub end: RequestEnd,
    /// Where to ask again.
    pub again_url: String,
}

/// How a request ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestEnd {
    /// Somebody refused, and what they said.
    Refused(Option<String>),
    /// Nobody decided in time, or the time that was given is over.
    Over,
    /// The person made too many requests today.
    TooMany,
}

#[derive(Template)]
#[template(path = "refreshed.html")]
struct Page<'a> {
    frame: Frame<'a>,
    refresh: String,
    script: Option<&'static str>,
    lead: String,
    advice: Option<String>,
    link: Option<Link>,
}

impl RequestWaiting {
    /// The whole page.
    pub fn render(&self, look: &Look, lang: Language) -> String {
        let words = words(lang);
        let page = Page {
            frame: Frame::new(look, lang, words.waiting_title),
            refresh: "5".into(),
            script: Some(FOLLOW_SCRIPT_PATH),
            lead: fill(words.waiting_lead, &[&self.app]),
            advice: Some(fill(words.request_asked, &[&self.approvers.join(", ")])),
            link: None,
        };
        rendered(&page)
    }
    /// A request for the payroll.
    pub fn sample() -> Self {
        Self { app: "Payroll".into(), approvers: vec!["tessa@harbourworks.example".into()] }
    }
}

impl GoOn {
    /// The whole page.
    pub fn render(&self, look: &Look, lang: Language) -> String {
        let words = words(lang);
        let page = Page {
            frame: Frame::new(look, lang, words.go_title),
            refresh: followable(&self.url).map_or_else(|| "86400".to_owned(), |url| format!("0; url={url}")),
            script: None,
            lead: fill(words.go_lead, &[&self.app]),
            advice: None,
            link: Link::main(&self.url, fill(words.go_link, &[&self.app])),
        };
        rendered(&page)
    }
    /// On to the payroll.
    pub fn sample() -> Self {
        Self { app: "Payroll".into(), url: "https://payroll.harbourworks.example/".into() }
    }
}

impl RequestEnded {
    /// The whole page.
    pub fn render(&self, look: &Look, lang: Language) -> String {
        let words = words(lang);
        let (title, lead, note) = match &self.end {
            RequestEnd::Refused(note) => (words.refused_title, words.refused_lead, note.as_deref()),
            RequestEnd::Over => (words.over_title, words.over_lead, None),
            RequestEnd::TooMany => (words.over_title, words.too_many, None),
        };
        let again = if self.end == RequestEnd::TooMany { None } else { Link::main(&self.again_url, words.again) };
        Notice::new(look, lang, title).lead(fill(lead, &[&self.app])).message(note).link(again).render_page()
    }
    /// A request that was refused.
    pub fn sample() -> Self {
        let end = RequestEnd::Refused(Some("Ask me again on Monday.".into()));
        Self { app: "Payroll".into(), end, again_url: "https://payroll.harbourworks.example/".into() }
    }
}
