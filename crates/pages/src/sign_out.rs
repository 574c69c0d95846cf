//! The question whether to sign out, for requests that another site may have caused.

use crate::{Look, link::Link, notice::Notice, text::Language};

/// Asks before signing out.
#[derive(Debug, Clone)]
pub struct SignOut {
    /// Where the answer is posted.
    pub action: String,
}

impl SignOut {
    /// The whole page.
    pub fn render(&self, look: &Look, lang: Language) -> String {
        let text = lang.text();
        Notice::new(look, lang, text.sign_out_title).lead(text.sign_out_lead).button(Link::main(&self.action, text.sign_out)).render_page()
    }
    /// As on any host.
    pub fn sample() -> Self {
        Self { action: "/cdn-cgi/access/logout".into() }
    }
}
