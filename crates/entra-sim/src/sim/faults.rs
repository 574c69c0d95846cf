//! Owns injected faults: what goes wrong on the next few calls, and how Graph pages.

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Which part of the service goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Target {
    /// Microsoft Graph.
    Graph,
    /// The token endpoint.
    Token,
    /// The key set.
    Jwks,
    /// The discovery document.
    Discovery,
    /// The authorize endpoint.
    Authorize,
}

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// 429.
    Throttle,
    /// 503.
    Unavailable,
    /// 403.
    Forbidden,
    /// 200 with a body that is no JSON.
    Nonsense,
    /// 200 with a JSON object that lacks everything expected.
    Hollow,
    /// No answer.
    Hang,
    /// 401 with a claims challenge, as Graph's continuous access evaluation sends it.
    Challenge,
    /// 200 with JSON of `bytes` length.
    Huge,
    /// The real answer, one byte every `millis`.
    Slow,
    /// The real answer, called HTML.
    WrongType,
    /// 302 to `to`.
    Redirect,
    /// The real page of a Graph list, whose next link is its own address, or `to`.
    Loop,
}

impl Kind {
    /// The status it answers with.
    pub fn status(self) -> StatusCode {
        match self {
            Self::Throttle => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::Challenge => StatusCode::UNAUTHORIZED,
            Self::Redirect => StatusCode::FOUND,
            _ => StatusCode::OK,
        }
    }
}

/// A fault waiting for its calls.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub struct Planned {
    /// Where.
    pub target: Target,
    /// What.
    pub kind: Kind,
    /// For how many calls.
    #[serde(default = "once")]
    pub count: u32,
    /// `Retry-After`, in seconds.
    #[serde(default)]
    pub retry_after: Option<u32>,
    /// What a challenge demands; a token newer than now when left out.
    #[serde(default)]
    pub claims: Option<Value>,
    /// Only calls whose path contains this.
    #[serde(default)]
    pub path: Option<String>,
    /// Length of a huge answer.
    #[serde(default)]
    pub bytes: Option<u64>,
    /// Time between two bytes of a slow answer.
    #[serde(default)]
    pub millis: Option<u64>,
    /// Where a redirect or a looping link leads.
    #[serde(default)]
    pub to: Option<String>,
}

fn once() -> u32 {
    1
}

/// Faults and knobs.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Faults {
    /// Waiting faults, first planned first used.
    pub planned: Vec<Planned>,
    /// Page size forced on every Graph list.
    pub page_size: Option<usize>,
}

/// Most faults that wait at a time.
const WAITING: usize = 1_000;

impl Faults {
    /// Plans a fault; `false` when too many wait already.
    pub fn plan(&mut self, fault: Planned) -> bool {
        let room = self.planned.len() < WAITING;
        if room && fault.count > 0 {
            self.planned.push(fault);
        }
        room
    }

    /// Takes the fault that hits this call, if any.
    pub fn hit(&mut self, target: Target, path: &str) -> Option<Planned> {
        let at =
            self.planned.iter().position(|fault| fault.target == target && fault.path.as_deref().is_none_or(|part| path.contains(part)))?;
        let fault = &mut self.planned[at];
        fault.count -= 1;
        let hit = fault.clone();
        if hit.count == 0 {
            self.planned.remove(at);
        }
        Some(hit)
    }
}

/// Which part of the service a path belongs to.
pub fn target(path: &str) -> Option<Target> {
    if path.starts_with("/v1.0/") || path.starts_with("/beta/") {
        Some(Target::Graph)
    } else if path.ends_with("/oauth2/v2.0/token") {
        Some(Target::Token)
    } else if path.ends_with("/discovery/v2.0/keys") {
        Some(Target::Jwks)
    } else if path.ends_with("/.well-known/openid-configuration") {
        Some(Target::Discovery)
    } else if path.ends_with("/oauth2/v2.0/authorize") {
        Some(Target::Authorize)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_hits_as_many_calls_as_planned_and_only_its_own_path() {
        let mut faults = Faults::default();
        assert!(faults.plan(Planned {
            target: Target::Graph,
            kind: Kind::Throttle,
            count: 2,
            retry_after: Some(1),
            claims: None,
            path: Some("memberOf".into()),
            bytes: None,
            millis: None,
            to: None,
        }));
        assert!(faults.hit(Target::Token, "/x/memberOf").is_none());
        assert!(faults.hit(Target::Graph, "/v1.0/users").is_none());
        assert!(faults.hit(Target::Graph, "/v1.0/me/memberOf").is_some());
        assert!(faults.hit(Target::Graph, "/v1.0/me/memberOf").is_some());
        assert!(faults.hit(Target::Graph, "/v1.0/me/memberOf").is_none());
    }
}
