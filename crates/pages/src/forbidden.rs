//! The page of a request that nobody could pass with, shown before any sign-in (*forbidden*).

use model::Reference;

use crate::{
    Detail, Look,
    notice::Notice,
    text::{Language, fill, kind_in_words},
};

/// A refusal by rules that are not about the person.
#[derive(Debug, Clone)]
pub struct Forbidden {
    /// The application's name.
    pub app: String,
    /// Name of the policy, when strangers may learn it.
    pub policy: Option<String>,
    /// Wire name of the kind of rule it hung on (`geo`).
    pub rule_kind: Option<String>,
    /// What else is known about that rule.
    pub detail: Option<Detail>,
    /// Finds the decision in the log.
    pub reference: Reference,
}

impl Forbidden {
    /// The whole page.
    pub fn render(&self, look: &Look, lang: Language) -> String {
        let text = lang.text();
        let mut page = Notice::new(look, lang, text.forbidden_title).lead(fill(text.forbidden_lead, &[&self.app]));
        if let Some(detail) = &self.detail {
            page = page.lead(detail.words(text));
        }
        page.fact(text.label_app, Some(&self.app))
            .fact(text.label_policy, self.policy.as_deref())
            .fact(text.label_rule, self.rule_kind.as_deref().map(|kind| kind_in_words(kind, lang)))
            .reference(text, &self.reference)
            .advice(text.forbidden_advice)
            .render_page()
    }
    /// A request from a country that no policy admits.
    pub fn sample() -> Self {
        Self {
            app: "Harbour Payroll".into(),
            policy: Some("Pilots at home".into()),
            rule_kind: Some("geo".into()),
            detail: Some(Detail::FactUnknown),
            reference: Reference::from_bytes([0x1c; 16]),
        }
    }
}
