//! The page of a sign-in that brought no authentication context, though the application demands one.

use model::Reference;

use crate::{
    Look,
    link::Link,
    notice::Notice,
    text::{Language, fill},
};

/// A provider signed somebody in and did not say that the context is satisfied.
#[derive(Debug, Clone)]
pub struct ContextNotGranted {
    /// The application asked for.
    pub app: String,
    /// Name of the login method.
    pub provider: String,
    /// Who signed in there.
    pub email: String,
    /// The context's name in the directory, or its id where the name is not known.
    pub context: String,
    /// The context's id (`c1`).
    pub context_id: String,
    /// Finds the attempt in the log.
    pub reference: Reference,
    /// Where to try again.
    pub retry_url: String,
    /// Where to sign in as somebody else.
    pub other_account_url: String,
}

impl ContextNotGranted {
    /// The whole page.
    pub fn render(&self, look: &Look, lang: Language) -> String {
        let text = lang.text();
        Notice::new(look, lang, text.context_title)
            .lead(fill(text.context_lead, &[&self.app, &self.context, &self.provider]))
            .fact(text.label_person, Some(&self.email))
            .fact(text.label_provider, Some(&self.provider))
            .code(text.label_context, Some(&self.context_id))
            .reference(text, &self.reference)
            .advice(text.context_advice)
            .link(Link::main(&self.retry_url, text.try_again))
            .link(Link::other(&self.other_account_url, text.other_account))
            .render_page()
    }
    /// Mara, whose provider granted nothing.
    pub fn sample() -> Self {
        Self {
            app: "Payroll".into(),
            provider: "Harbour Works Entra".into(),
            email: "mara@harbourworks.example".into(),
            context: "Managed device only".into(),
            context_id: "c2".into(),
            reference: Reference::from_bytes([0x2c; 16]),
            retry_url: "https://payroll.harbourworks.example/".into(),
            other_account_url: "https://payroll.harbourworks.example/cdn-cgi/access/other-account?redirect_url=%2F".into(),
        }
    }
}
