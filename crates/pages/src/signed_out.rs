//! The page after signing out.

use crate::{Look, link::Link, notice::Notice, text::Language};

/// Signed out, here and at every application.
#[derive(Debug, Clone)]
pub struct SignedOut {
    /// Where to sign in again; `None`: no such link.
    pub sign_in_url: Option<String>,
}

impl SignedOut {
    /// The whole page.
    pub fn render(&self, look: &Look, lang: Language) -> String {
        let text = lang.text();
        let again = self.sign_in_url.as_deref().and_then(|url| Link::main(url, text.sign_in_again));
        Notice::new(look, lang, text.signed_out_title).lead(text.signed_out_lead).advice(text.signed_out_advice).link(again).render_page()
    }
    /// With a way back.
    pub fn sample() -> Self {
        Self { sign_in_url: Some("https://wiki.harbourworks.example/".into()) }
    }
}
