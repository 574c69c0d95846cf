//! A start address or a result that this browser does not get.

use crate::{
    Look,
    notice::Notice,
    text::{Language, test_run::words},
};

/// The test cannot be shown.
#[derive(Debug, Clone, Copy)]
pub struct TestRefused {
    /// Why.
    pub refusal: TestRefusal,
}

/// Why a test is not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TestRefusal {
    /// The start address was opened before, by another browser.
    Used,
    /// The start address is too old, or none of ours.
    Expired,
    /// There is no such test for this browser.
    NotYours,
    /// The attempt that came back is not the one that is waited for.
    Superseded,
    /// The button was pressed too often.
    TooMany,
}

impl TestRefused {
    /// The whole page.
    pub fn render(&self, look: &Look, lang: Language) -> String {
        let words = words(lang);
        let lead = match self.refusal {
            TestRefusal::Used => words.refused_used,
            TestRefusal::Expired => words.refused_expired,
            TestRefusal::NotYours => words.refused_not_yours,
            TestRefusal::Superseded => words.refused_superseded,
            TestRefusal::TooMany => words.refused_too_many,
        };
        Notice::new(look, lang, words.refused_title).lead(lead).advice(words.refused_advice).render_page()
    }
    /// A start address that somebody else opened first.
    pub fn sample() -> Self {
        Self { refusal: TestRefusal::Used }
    }
}
