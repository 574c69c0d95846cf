//! The page of a person whose account the directory has deactivated (ruling 24).

use model::Reference;

use crate::{
    Look,
    link::Link,
    notice::Notice,
    text::{Language, fill},
};

/// A sign-in that worked at the provider, by a person who is inactive here.
#[derive(Debug, Clone)]
pub struct Deactivated {
    /// Who tried.
    pub email: String,
    /// Finds the decision in the log.
    pub reference: Reference,
    /// Where to sign in as somebody else.
    pub other_account_url: String,
}

impl Deactivated {
    /// The whole page.
    pub fn render(&self, look: &Look, lang: Language) -> String {
        let text = lang.text();
        Notice::new(look, lang, text.deactivated_title)
            .lead(fill(text.deactivated_lead, &[&self.email]))
            .fact(text.label_person, Some(&self.email))
            .reference(text, &self.reference)
            .advice(text.deactivated_advice)
            .link(Link::main(&self.other_account_url, text.other_account))
            .render_page()
    }
    /// Bram after his last day.
    pub fn sample() -> Self {
        Self {
            email: "bram@harbourworks.example".into(),
            reference: Reference::from_bytes([0x77; 16]),
            other_account_url: "/cdn-cgi/access/login/wiki.harbourworks.example?other=1".into(),
        }
    }
}
