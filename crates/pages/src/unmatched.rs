//! The pages of what is not there: a host where no application lives (ruling 33), and an address of our own without a page.

use crate::{
    Look,
    link::Link,
    notice::Notice,
    text::{Language, fill},
};

/// No application at this address.
#[derive(Debug, Clone)]
pub struct NotFound {
    /// The host asked for.
    pub host: String,
}

impl NotFound {
    /// The whole page.
    pub fn render(&self, look: &Look, lang: Language) -> String {
        let text = lang.text();
        Notice::new(look, lang, text.not_found_title)
            .lead(fill(text.not_found_lead, &[&self.host]))
            .advice(text.not_found_advice)
            .render_page()
    }
    /// A mistyped name.
    pub fn sample() -> Self {
        Self { host: "wikki.harbourworks.example".into() }
    }
}

/// No page at this address of the team domain.
#[derive(Debug, Clone)]
pub struct NoPage {
    /// Where there is one.
    pub home_url: String,
}

impl NoPage {
    /// The whole page.
    pub fn render(&self, look: &Look, lang: Language) -> String {
        let text = lang.text();
        Notice::new(look, lang, text.no_page_title)
            .lead(text.no_page_lead)
            .advice(text.no_page_advice)
            .link(Link::other(&self.home_url, text.to_front_page))
            .render_page()
    }
    /// A mistyped address.
    pub fn sample() -> Self {
        Self { home_url: "/".into() }
    }
}
