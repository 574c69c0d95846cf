//! `external_evaluation`: what an endpoint of the customer said about the person at the sign-in ("External Evaluation rules" of
//! Cloudflare One).
//!
//! Upstream calls a rule false when the endpoint says nothing that can be believed. Here it is unknown (ruling 13): an Allow does not apply
//! just the same, and a Block is not skipped because its endpoint is down.

use model::identity::{Evaluation, Identity, Verdict};

use crate::{
    Facts, Reason,
    explain::{FactUsed, word},
    truth::Finding,
};

#[derive(Debug)]
pub(crate) struct Approved {
    evaluate_url: Box<str>,
    keys_url: Box<str>,
}

impl Approved {
    pub fn new(evaluate_url: &str, keys_url: &str) -> Self {
        Self { evaluate_url: evaluate_url.into(), keys_url: keys_url.into() }
    }
    pub fn judge(&self, identity: &Identity) -> Finding {
        match self.verdict(identity).map(|verdict| verdict.said) {
            Some(Verdict::Yes) => Finding::MATCHES,
            Some(Verdict::No) => Finding::DIFFERS,
            Some(Verdict::Nothing) => Finding::unknown(Reason::EvaluationFailed),
            None => Finding::unknown(Reason::EvaluationMissing),
        }
    }
    /// The verdict counts for both addresses: with other keys somebody else would have said it.
    fn verdict<'a>(&self, identity: &'a Identity) -> Option<&'a Evaluation> {
        identity.evaluations.iter().rfind(|said| *said.evaluate_url == *self.evaluate_url && *said.keys_url == *self.keys_url)
    }

    /// What was said, and how long ago.
    pub fn fact(&self, facts: &Facts<'_>) -> Option<FactUsed> {
        let identity = facts.identity?;
        let verdict = self.verdict(identity);
        let at = verdict.map_or(identity.signed_in_at, |verdict| verdict.at);
        let source = if verdict.is_some() { "endpoint" } else { "none" };
        let age = facts.request.now.secs_since(at);
        Some(FactUsed::of_person("external-evaluation", source, age).with_value(verdict.map(|verdict| word(&verdict.said))))
    }
}
