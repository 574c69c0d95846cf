//! The page of a host where no application lives (ruling 33).

use crate::{
    Look,
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
