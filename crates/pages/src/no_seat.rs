//! The page of a person for whom no seat is left.

use model::Reference;

use crate::{
    Look,
    link::Link,
    notice::Notice,
    text::{Language, fill},
};

/// A sign-in that worked, by a person without a seat, while every seat is in use.
#[derive(Debug, Clone)]
pub struct NoSeat {
    /// The application that would let them in.
    pub app: String,
    /// Who signed in.
    pub email: String,
    /// Finds the decision in the log.
    pub reference: Reference,
    /// Where to try again.
    pub retry_url: String,
    /// Where to sign in as somebody else.
    pub other_account_url: String,
}

impl NoSeat {
    /// The whole page.
    pub fn render(&self, look: &Look, lang: Language) -> String {
        let text = lang.text();
        Notice::new(look, lang, text.no_seat_title)
            .lead(fill(text.no_seat_lead, &[&self.app]))
            .fact(text.label_app, Some(&self.app))
            .fact(text.label_person, Some(&self.email))
            .reference(text, &self.reference)
            .advice(text.no_seat_advice)
            .link(Link::main(&self.retry_url, text.try_again))
            .link(Link::other(&self.other_account_url, text.other_account))
            .render_page()
    }
    /// Tessa, who came when the ship was full.
    pub fn sample() -> Self {
        Self {
            app: "Wiki".into(),
            email: "tessa@harbourworks.example".into(),
            reference: Reference::from_bytes([0x5e; 16]),
            retry_url: "https://wiki.harbourworks.example/".into(),
            other_account_url: "https://wiki.harbourworks.example/cdn-cgi/access/other-account?redirect_url=%2F".into(),
        }
    }
}
