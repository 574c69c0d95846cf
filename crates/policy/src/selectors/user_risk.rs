//! `user_risk_score`: the level that Identity Protection has for the person.

use model::{
    identity::Identity,
    readings::{Reading, Risk},
    rule::RiskLevel,
};

use crate::{
    Facts, Reason,
    explain::{FactUsed, word},
    truth::Finding,
};

#[derive(Debug)]
pub(crate) struct OneOf(Box<[RiskLevel]>);

impl OneOf {
    pub fn new(levels: &[RiskLevel]) -> Self {
        Self(levels.into())
    }

    pub fn judge(&self, facts: &Facts<'_>, identity: &Identity) -> Finding {
        let Some(reading) = reading(facts, identity) else { return Finding::unknown(Reason::RiskUnread) };
        if reading.issuer != identity.key.issuer {
            return Finding::unknown(Reason::OtherDirectory);
        }
        if !reading.counts_at(facts.request.now) {
            return Finding::unknown(Reason::RiskStale);
        }
        match reading.people.get(&identity.key.subject) {
            None => Finding::when(self.0.contains(&RiskLevel::Unscored)),
            Some(Risk::Level(level)) => Finding::when(self.0.contains(level)),
            Some(Risk::Hidden) => Finding::unknown(Reason::RiskHidden),
        }
    }
}

fn reading<'a>(facts: &Facts<'a>, identity: &Identity) -> Option<&'a Reading<Risk>> {
    facts.readings?.risk.get(&identity.idp).map(AsRef::as_ref)
}

/// Where the level was read, and how long ago.
pub(super) fn fact(facts: &Facts<'_>) -> Option<FactUsed> {
    let identity = facts.identity?;
    let reading = reading(facts, identity)?;
    let value = match reading.people.get(&identity.key.subject) {
        None => Some(word(&RiskLevel::Unscored)),
        Some(Risk::Level(level)) => Some(word(level)),
        Some(Risk::Hidden) => None,
    };
    let age = facts.request.now.secs_since(reading.at);
    Some(FactUsed::of_person("risk", "identity-protection", age).with_value(value))
}
