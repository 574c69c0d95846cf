//! Owns the switches: what a test has turned on until it turns it off again.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::faults::Target;
use crate::oidc::aadsts::{self, Call, Leg};
use crate::oidc::fault::Fault;

/// Most errors that wait at a time.
const WAITING: usize = 1_000;
/// Longest delay, in milliseconds.
pub const LONGEST_DELAY: u64 = 60_000;

/// An error waiting for its calls.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provoked {
    /// The number.
    pub code: u32,
    /// For how many calls.
    #[serde(default = "once")]
    pub times: u32,
    /// Only this leg.
    #[serde(default)]
    pub leg: Option<Leg>,
    /// Another `error` word than the table's.
    #[serde(default)]
    pub error: Option<String>,
    /// Another claims challenge, as the JSON object that it is.
    #[serde(default)]
    pub claims: Option<Map<String, Value>>,
}

fn once() -> u32 {
    1
}

/// How ID tokens depart from what they should be.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Reshape {
    /// `"1.0"` for the shape of the older endpoint.
    pub version: Option<Version>,
    /// Claims left out.
    pub withhold: Vec<String>,
    /// Claims put in or overwritten.
    pub set: Map<String, Value>,
    /// For how many tokens; until cleared when absent.
    pub times: Option<u32>,
}

/// Shape of ID tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Version {
    /// Of the older endpoint.
    #[serde(rename = "1.0")]
    One,
    /// The usual one.
    #[serde(rename = "2.0")]
    Two,
}

/// Whether an assertion may be used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Replay {
    /// As the original: its own client libraries send one assertion several times.
    #[default]
    Allow,
    /// A `jti` counts once.
    Refuse,
}

/// Everything that is switched on.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Switches {
    /// Waiting errors, first planned first used.
    pub aadsts: Vec<Provoked>,
    /// Milliseconds that each part of the service takes longer.
    pub latency: BTreeMap<Target, u64>,
    /// Seconds by which the service's clock is wrong.
    pub skew_seconds: i64,
    /// ID tokens out of the ordinary.
    pub id_token: Option<Reshape>,
    /// Seconds after which people must sign in again.
    pub sign_in_frequency: Option<i64>,
    /// Replayed assertions.
    pub assertion_replay: Replay,
}

/// Why a switch cannot be turned.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SwitchError {
    /// Not in the table.
    #[error("the table has no error {0}; GET /sim/aadsts lists it")]
    Code(u32),
    /// The error does not travel that way.
    #[error("error {code} has no leg {leg:?}; it has {known}")]
    Leg {
        /// Which error.
        code: u32,
        /// Which leg.
        leg: &'static str,
        /// What there is.
        known: String,
    },
    /// An undocumented word.
    #[error("{0:?} is not an error word of the service")]
    Word(String),
    /// Too many.
    #[error("too many errors wait already")]
    Full,
}

impl Switches {
    /// Plans an error; none of its number waits any more when `times` is 0.
    pub fn plan(&mut self, wanted: Provoked) -> Result<(), SwitchError> {
        let row = aadsts::find(wanted.code).ok_or(SwitchError::Code(wanted.code))?;
        if let Some(leg) = wanted.leg
            && !row.legs.iter().any(|end| end.leg == leg)
        {
            let known: Vec<&str> = row.legs.iter().map(|end| end.leg.name()).collect();
            return Err(SwitchError::Leg { code: wanted.code, leg: leg.name(), known: known.join(", ") });
        }
        if let Some(word) = &wanted.error
            && !aadsts::WORDS.contains(&word.as_str())
        {
            return Err(SwitchError::Word(word.clone()));
        }
        if wanted.times == 0 {
            self.aadsts.retain(|waiting| waiting.code != wanted.code);
        } else if self.aadsts.len() >= WAITING {
            return Err(SwitchError::Full);
        } else {
            self.aadsts.push(wanted);
        }
        Ok(())
    }

    /// Takes the error that answers this call, if one waits that can.
    pub fn take(&mut self, call: Call) -> Option<(Leg, Fault)> {
        let (at, leg, fault) = self.aadsts.iter().enumerate().find_map(|(at, waiting)| {
            let row = aadsts::find(waiting.code)?;
            let end = row.end(call, waiting.leg)?;
            let mut fault = row.fault(end);
            if let Some(word) = aadsts::WORDS.iter().find(|word| waiting.error.as_deref() == Some(word)) {
                fault.error = word;
            }
            if let Some(claims) = &waiting.claims {
                fault.claims = serde_json::to_string(claims).ok();
            }
            Some((at, end.leg, fault))
        })?;
        let waiting = &mut self.aadsts[at];
        waiting.times -= 1;
        if waiting.times == 0 {
            self.aadsts.remove(at);
        }
        Some((leg, fault))
    }

    /// How the next ID token is to be, if not as usual.
    pub fn next_id_token(&mut self) -> Option<Reshape> {
        let reshape = self.id_token.as_mut()?;
        let taken = reshape.clone();
        if let Some(times) = reshape.times.as_mut() {
            *times = times.saturating_sub(1);
            if *times == 0 {
                self.id_token = None;
            }
        }
        Some(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(code: u32, leg: Option<Leg>) -> Provoked {
        Provoked { code, times: 1, leg, error: None, claims: None }
    }

    #[test]
    fn an_error_waits_for_a_call_that_it_can_answer() {
        let mut switches = Switches::default();
        switches.plan(wanted(7_000_222, None)).unwrap();
        assert!(switches.take(Call::Interactive).is_none());
        let (leg, fault) = switches.take(Call::Token).unwrap();
        assert_eq!((leg, fault.code, fault.status.as_u16()), (Leg::Token, 7_000_222, 401));
        assert!(switches.take(Call::Token).is_none());
    }

    #[test]
    fn unknown_numbers_and_legs_are_named() {
        let mut switches = Switches::default();
        assert_eq!(switches.plan(wanted(1, None)), Err(SwitchError::Code(1)));
        let known = "page".to_owned();
        assert_eq!(switches.plan(wanted(50_011, Some(Leg::Token))), Err(SwitchError::Leg { code: 50_011, leg: "token", known }));
    }
}
