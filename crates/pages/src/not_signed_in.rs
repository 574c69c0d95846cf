//! The root of the team domain for whoever has no session, where no App Launcher offers a sign-in.

use crate::{Look, link::Link, notice::Notice, text::Language};

/// Not signed in, and how to be.
#[derive(Debug, Clone)]
pub struct NotSignedIn {
    /// Where administrators go on.
    pub console_url: String,
}

impl NotSignedIn {
    /// The whole page.
    pub fn render(&self, look: &Look, lang: Language) -> String {
        let text = lang.text();
        Notice::new(look, lang, text.not_signed_in_title)
            .lead(text.not_signed_in_lead)
            .advice(text.not_signed_in_advice)
            .link(Link::other(&self.console_url, text.to_console))
            .render_page()
    }
    /// With the way to the console.
    pub fn sample() -> Self {
        Self { console_url: "/console/".into() }
    }
}
