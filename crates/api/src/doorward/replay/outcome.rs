//! What a replay comes to: who would gain, who would lose, and what could not be decided again and why.

use std::collections::BTreeMap;

use guard::{
    Decision, Outcome,
    compiled::{Compiled, CompiledApp},
    trial,
};
use model::{AppId, PolicyId, Timestamp, judged::Judged, log::AccessDecision};
use serde_json::{Value, json};

/// Rows of one list; more are counted only.
const MOST_ROWS: usize = 20_000;

/// Gained or lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Change {
    Gained,
    Lost,
}

/// What makes two changes one row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    change: Change,
    /// Address of the person, else the service token, else nobody.
    who: String,
    user: Option<String>,
    service_token: Option<String>,
    app: AppId,
    from: (String, Option<PolicyId>),
    to: (String, Option<PolicyId>),
}

#[derive(Debug)]
struct Row {
    count: u64,
    first: Timestamp,
    last: Timestamp,
    reference: String,
}

/// Why a decision could not be made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Left {
    FactsNotKept,
    BeforePolicies,
    ApplicationGone,
    ExternalEvaluation,
}

impl Left {
    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::FactsNotKept => {
                ("facts-not-kept", "The record has no facts: it was written by an earlier release, or the person is gone from the log.")
            }
            Self::BeforePolicies => ("before-policies", "The request was refused before any policy was asked, or after all had let in."),
            Self::ApplicationGone => ("application-gone", "The application is not there any more."),
            Self::ExternalEvaluation => ("external-evaluation", "The verdict hangs on an external evaluation that was not asked for then."),
        }
    }
}

/// The tally while the log is gone through.
pub(super) struct Tally {
    as_is: Compiled,
    edited: Compiled,
    seen: u64,
    decided: u64,
    /// Decided otherwise than recorded by the configuration as it is: it was changed since.
    moved: u64,
    rows: BTreeMap<Key, Row>,
    rows_left_out: u64,
    left: BTreeMap<Left, (u64, String)>,
    stopped: Option<Timestamp>,
}

impl Tally {
    pub(super) fn new(as_is: Compiled, edited: Compiled) -> Self {
        let (rows, left) = (BTreeMap::new(), BTreeMap::new());
        Self { as_is, edited, seen: 0, decided: 0, moved: 0, rows, rows_left_out: 0, left, stopped: None }
    }
    pub(super) const fn seen(&self) -> u64 {
        self.seen
    }
    /// The rest of the log was not gone through.
    pub(super) const fn stopped(&mut self, at: Timestamp) {
        self.stopped = Some(at);
    }

    /// Decides one again.
    pub(super) fn take(&mut self, decision: &AccessDecision) {
        // Ends of sessions ask no policy.
        if !matches!(decision.action.as_str(), "login" | "request" | "service_auth") {
            return;
        }
        self.seen += 1;
        if let Err(left) = self.decide(decision) {
            let entry = self.left.entry(left).or_insert_with(|| (0, String::new()));
            entry.0 += 1;
            entry.1 = decision.reference.to_string();
        }
    }

    fn decide(&mut self, decision: &AccessDecision) -> Result<(), Left> {
        let whole = |facts: &&Judged| facts.identity.is_some() == decision.user_id.is_some();
        let Some(facts) = decision.facts.as_deref().filter(whole) else {
            let asked = decision.explanation.get("policies").is_some();
            return Err(if asked { Left::FactsNotKept } else { Left::BeforePolicies });
        };
        let app = decision.app_id.ok_or(Left::ApplicationGone)?;
        let (Some(as_is), Some(edited)) = (self.as_is.app(&app), self.edited.app(&app)) else { return Err(Left::ApplicationGone) };
        let before = trial::decide_again(as_is, facts, decision.at);
        let after = trial::decide_again(edited, facts, decision.at);
        let change = match (before.outcome.is_open(), after.outcome.is_open()) {
            (false, true) => Some(Change::Gained),
            (true, false) if hangs_on_evaluation(edited, facts, decision.at) => return Err(Left::ExternalEvaluation),
            (true, false) => Some(Change::Lost),
            _ => None,
        };
        self.decided += 1;
        if before.outcome.is_open() != decision.allowed {
            self.moved += 1;
        }
        if let Some(change) = change {
            self.note(change, decision, app, (&before, &after));
        }
        Ok(())
    }

    fn note(&mut self, change: Change, decision: &AccessDecision, app: AppId, (before, after): (&Decision, &Decision)) {
        let token = decision.facts.as_ref().and_then(|facts| facts.service_token).map(|id| id.to_string());
        let side = |decision: &Decision| (word(&decision.outcome).to_owned(), decision.outcome.policy());
        let key = Key {
            change,
            who: decision.user_email.clone().or_else(|| token.clone()).unwrap_or_default(),
            user: decision.user_id.map(|id| id.to_string()),
            service_token: token,
            app,
            from: side(before),
            to: side(after),
        };
        if let Some(row) = self.rows.get_mut(&key) {
            row.count += 1;
            row.last = decision.at;
            row.reference = decision.reference.to_string();
        } else if self.rows.len() < MOST_ROWS {
            let reference = decision.reference.to_string();
            self.rows.insert(key, Row { count: 1, first: decision.at, last: decision.at, reference });
        } else {
            self.rows_left_out += 1;
        }
    }

    pub(super) fn write(&self, since: Timestamp, until: Timestamp) -> Value {
        let list = |change| -> Vec<Value> {
            self.rows.iter().filter(|(key, _)| key.change == change).map(|(key, row)| self.row(key, row)).collect()
        };
        let left: Vec<Value> = self
            .left
            .iter()
            .map(|(left, (count, reference))| {
                let (reason, meaning) = left.words();
                json!({ "reason": reason, "meaning": meaning, "count": count, "reference": reference })
            })
            .collect();
        json!({
            "since": since.rfc3339(),
            "until": self.stopped.unwrap_or(until).rfc3339(),
            "complete": self.stopped.is_none() && self.rows_left_out == 0,
            "decisions": self.seen,
            "decided": self.decided,
            "decided_otherwise_than_recorded": self.moved,
            "gained": list(Change::Gained),
            "lost": list(Change::Lost),
            "undecided": left,
            "left_out": self.rows_left_out,
        })
    }

    fn row(&self, key: &Key, row: &Row) -> Value {
        let app = self.as_is.app(&key.app).map(|app| app.app.name.clone());
        let side = |compiled: &Compiled, (outcome, policy): &(String, Option<PolicyId>)| {
            let name = policy.and_then(|id| compiled.snapshot.policies.get(&id)).map(|policy| policy.name.clone());
            json!({ "outcome": outcome, "policy_id": policy.map(|id| id.to_string()), "policy": name })
        };
        let token = key.service_token.as_ref().and_then(|id| id.parse().ok()).and_then(|id| self.as_is.snapshot.service_tokens.get(&id));
        json!({
            "email": key.user.as_ref().map(|_| &key.who),
            "user_id": key.user,
            "service_token_id": key.service_token,
            "service_token": token.map(|token| &token.name),
            "app_id": key.app.to_string(),
            "app": app,
            "from": side(&self.as_is, &key.from),
            "to": side(&self.edited, &key.to),
            "count": row.count,
            "first": row.first.rfc3339(),
            "last": row.last.rfc3339(),
            "reference": row.reference,
        })
    }
}

const fn word(outcome: &Outcome) -> &'static str {
    outcome.as_str()
}

/// True when a rule about an external evaluation could not be judged for want of an answer.
fn hangs_on_evaluation(app: &CompiledApp, facts: &Judged, at: Timestamp) -> bool {
    let explained = serde_json::to_value(trial::explain_again(app, facts, at)).unwrap_or_default();
    finds(&explained)
}

fn finds(value: &Value) -> bool {
    match value {
        Value::Object(members) => {
            let here = value["kind"] == "external_evaluation" && value["verdict"] == "unknown";
            here || members.values().any(finds)
        }
        Value::Array(items) => items.iter().any(finds),
        _ => false,
    }
}
