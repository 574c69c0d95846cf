//! Pages for when something behind the door does not work: provider, origin, doorward itself.

use model::Reference;

use crate::{
    Look,
    link::Link,
    notice::Notice,
    text::{Language, fill},
};

/// The login method's provider cannot be reached.
#[derive(Debug, Clone)]
pub struct ProviderDown {
    /// Name of the login method.
    pub provider: String,
    /// Where to try again.
    pub retry_url: String,
    /// Finds the attempt in the log.
    pub reference: Reference,
}

/// The application has no upstream configured (ruling 1).
#[derive(Debug, Clone)]
pub struct NoUpstream {
    /// The application's name.
    pub app: String,
    /// Finds the request in the log.
    pub reference: Reference,
}

/// The application's origin does not answer (502 or 504).
#[derive(Debug, Clone)]
pub struct OriginDown {
    /// The application's name.
    pub app: String,
    /// What went wrong.
    pub fault: OriginFault,
    /// Finds the request in the log.
    pub reference: Reference,
}

/// How an origin failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OriginFault {
    /// No connection.
    Unreachable,
    /// No answer in time.
    TimedOut,
    /// An answer that is not HTTP.
    BadAnswer,
    /// As many requests under way as it may get.
    Busy,
}

/// Somebody, or their whole network, asks too often (429).
#[derive(Debug, Clone)]
pub struct TooOften {
    /// After so many seconds there is room again.
    pub seconds: u64,
}

/// doorward cannot decide or write just now (503).
#[derive(Debug, Clone)]
pub struct Unavailable {
    /// What is missing.
    pub cause: Outage,
    /// Finds the request in the log.
    pub reference: Reference,
}

/// What doorward itself lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outage {
    /// Its store: nobody can sign in, and whoever is signed in goes on.
    Store,
    /// Something else, which the log tells.
    Other,
}

impl ProviderDown {
    /// The whole page.
    pub fn render(&self, look: &Look, lang: Language) -> String {
        let text = lang.text();
        Notice::new(look, lang, text.provider_down_title)
            .lead(fill(text.provider_down_lead, &[&self.provider]))
            .reference(text, &self.reference)
            .advice(text.wait_advice)
            .link(Link::main(&self.retry_url, text.try_again))
            .render_page()
    }
    /// Entra does not answer.
    pub fn sample() -> Self {
        Self {
            provider: "Harbour Works Entra".into(),
            retry_url: "https://wiki.harbourworks.example/".into(),
            reference: Reference::from_bytes([0x20; 16]),
        }
    }
}

impl NoUpstream {
    /// The whole page.
    pub fn render(&self, look: &Look, lang: Language) -> String {
        let text = lang.text();
        Notice::new(look, lang, text.no_upstream_title)
            .lead(fill(text.no_upstream_lead, &[&self.app]))
            .reference(text, &self.reference)
            .advice(text.no_upstream_advice)
            .render_page()
    }
    /// A fresh application.
    pub fn sample() -> Self {
        Self { app: "Harbour Cranes".into(), reference: Reference::from_bytes([0x21; 16]) }
    }
}

impl OriginDown {
    /// The whole page.
    pub fn render(&self, look: &Look, lang: Language) -> String {
        let text = lang.text();
        let fault = match self.fault {
            OriginFault::Unreachable => text.origin_unreachable,
            OriginFault::TimedOut => text.origin_timed_out,
            OriginFault::BadAnswer => text.origin_bad_answer,
            OriginFault::Busy => text.origin_busy,
        };
        Notice::new(look, lang, fill(text.origin_down_title, &[&self.app]))
            .lead(fill(text.origin_down_lead, &[&self.app]))
            .lead(fault)
            .reference(text, &self.reference)
            .advice(text.wait_advice)
            .render_page()
    }
    /// The wiki does not answer.
    pub fn sample() -> Self {
        Self { app: "Harbour Wiki".into(), fault: OriginFault::Unreachable, reference: Reference::from_bytes([0x22; 16]) }
    }
}

impl TooOften {
    /// The whole page.
    pub fn render(&self, look: &Look, lang: Language) -> String {
        let text = lang.text();
        Notice::new(look, lang, text.too_often_title)
            .lead(text.too_often_lead)
            .advice(fill(text.too_often_advice, &[&self.seconds.to_string()]))
            .render_page()
    }
    /// A moment.
    pub fn sample() -> Self {
        Self { seconds: 3 }
    }
}

impl Unavailable {
    /// The whole page.
    pub fn render(&self, look: &Look, lang: Language) -> String {
        let text = lang.text();
        Notice::new(look, lang, text.unavailable_title)
            .lead(match self.cause {
                Outage::Store => text.unavailable_store,
                Outage::Other => text.unavailable_lead,
            })
            .reference(text, &self.reference)
            .advice(text.wait_advice)
            .render_page()
    }
    /// A sign-in while the store is down.
    pub fn sample() -> Self {
        Self { cause: Outage::Store, reference: Reference::from_bytes([0x23; 16]) }
    }
}
