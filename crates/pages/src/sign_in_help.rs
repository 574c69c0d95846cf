//! Help for people whose sign-in did not come back: what the provider's page may have shown, and what they can do.

use askama::Template;

use crate::{
    Look,
    notice::{Frame, rendered},
    text::Language,
};

/// "Your sign-in did not finish."
#[derive(Debug, Clone, Copy)]
pub struct SignInHelp;

#[derive(Template)]
#[template(path = "sign_in_help.html")]
struct Page<'a> {
    frame: Frame<'a>,
    lead: &'static str,
    advice: &'static str,
    rows: &'static [[&'static str; 3]],
}

impl SignInHelp {
    /// The whole page.
    pub fn render(self, look: &Look, lang: Language) -> String {
        let text = lang.text();
        let frame = Frame::new(look, lang, text.help_title);
        rendered(&Page { frame, lead: text.help_lead, advice: text.help_advice, rows: &text.help_rows })
    }
    /// The page is the same for everybody.
    pub const fn sample() -> Self {
        Self
    }
}
