//! Owns the table of the sign-in service's errors: which numbers there are, and how each reaches whom.
//!
//! The rows stand in `data/aadsts.txt`. Source: "Microsoft Entra authentication & authorization error codes".

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use super::fault::Fault;

const TABLE: &str = include_str!("../../data/aadsts.txt");

/// The `error` words that Microsoft documents.
pub const WORDS: [&str; 16] = [
    "invalid_request",
    "invalid_grant",
    "invalid_client",
    "invalid_scope",
    "invalid_resource",
    "invalid_tenant",
    "unauthorized_client",
    "unsupported_grant_type",
    "unsupported_response_type",
    "access_denied",
    "consent_required",
    "interaction_required",
    "login_required",
    "server_error",
    "temporarily_unavailable",
    "slow_down",
];

/// How an error reaches someone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Leg {
    /// The browser stays on the sign-in page.
    Page,
    /// Back to the redirect URI.
    Redirect,
    /// Back to the redirect URI, with `prompt=none` only.
    Silent,
    /// JSON of the token endpoint.
    Token,
    /// JSON of the token endpoint, for refresh tokens only.
    Refresh,
    /// JSON in place of the discovery document or the keys.
    Discovery,
    /// Back to the redirect URI of the admin consent endpoint.
    Consent,
}

impl Leg {
    /// Its name in the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Redirect => "redirect",
            Self::Silent => "silent",
            Self::Token => "token",
            Self::Refresh => "refresh",
            Self::Discovery => "discovery",
            Self::Consent => "consent",
        }
    }

    fn read(name: &str) -> Option<Self> {
        [Self::Page, Self::Redirect, Self::Silent, Self::Token, Self::Refresh, Self::Discovery, Self::Consent]
            .into_iter()
            .find(|leg| leg.name() == name)
    }
}

/// Whether a claims challenge goes with an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Challenge {
    /// None.
    None,
    /// A `claims` member.
    Claims,
}

/// One end of an error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct End {
    /// How it arrives.
    pub leg: Leg,
    /// OAuth's word; none on a page.
    pub error: Option<&'static str>,
    /// Microsoft's finer word.
    pub suberror: Option<&'static str>,
    /// HTTP status.
    pub status: u16,
    /// Claims challenge.
    pub challenge: Challenge,
}

/// One error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The number.
    pub code: u32,
    /// Its ends.
    pub legs: Vec<End>,
    /// Why it happens, in plain words.
    pub cause: &'static str,
    /// What the service says.
    pub text: &'static str,
}

/// What kind of call is about to be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// Authorize, with pages allowed.
    Interactive,
    /// Authorize with `prompt=none`.
    Silent,
    /// The token endpoint.
    Token,
    /// The token endpoint with a refresh token.
    Refresh,
    /// Discovery or keys.
    Discovery,
    /// The admin consent endpoint.
    AdminConsent,
}

impl Call {
    fn legs(self) -> &'static [Leg] {
        match self {
            Self::Interactive => &[Leg::Page, Leg::Redirect],
            Self::Silent => &[Leg::Silent, Leg::Redirect, Leg::Page],
            Self::Token => &[Leg::Token],
            Self::Refresh => &[Leg::Refresh, Leg::Token],
            Self::Discovery => &[Leg::Discovery],
            Self::AdminConsent => &[Leg::Consent, Leg::Page],
        }
    }
}

impl Row {
    /// How the error answers a call, if at all; `only` narrows it to one leg.
    pub fn end(&self, call: Call, only: Option<Leg>) -> Option<&End> {
        let fits = call.legs().iter().filter(|leg| only.is_none_or(|one| one == **leg));
        fits.filter_map(|leg| self.legs.iter().find(|end| end.leg == *leg)).next()
    }

    /// The error as one of its ends shows it.
    pub fn fault(&self, end: &End) -> Fault {
        let mut fault = Fault::new(self.code, end.error.unwrap_or("invalid_request"), self.text);
        fault.status = StatusCode::from_u16(end.status).unwrap_or(StatusCode::BAD_REQUEST);
        fault.suberror = end.suberror;
        if end.challenge == Challenge::Claims {
            let policy = crate::directory::id::named(uuid::Uuid::NAMESPACE_OID, "conditional access policy");
            fault.claims = Some(serde_json::json!({"access_token": {"capolids": {"essential": true, "values": [policy]}}}).to_string());
        }
        fault
    }
}

/// All rows, in the table's order.
pub fn rows() -> Vec<Row> {
    TABLE.lines().filter_map(row).collect()
}

/// The row of a number.
pub fn find(code: u32) -> Option<Row> {
    rows().into_iter().find(|row| row.code == code)
}

fn row(line: &'static str) -> Option<Row> {
    let mut parts = line.split(" | ");
    let code = parts.next()?.parse().ok()?;
    let legs = parts.next()?.split(", ").map(end).collect::<Option<Vec<_>>>()?;
    Some(Row { code, legs, cause: parts.next()?, text: parts.next()? })
}

fn end(written: &'static str) -> Option<End> {
    let (rest, challenge) = match written.strip_suffix("+claims") {
        Some(rest) => (rest, Challenge::Claims),
        None => (written, Challenge::None),
    };
    let (rest, status) = match rest.split_once('@') {
        Some((rest, status)) => (rest, Some(status.parse().ok()?)),
        None => (rest, None),
    };
    let (name, words) = rest.split_once('=').map_or((rest, None), |(name, words)| (name, Some(words)));
    let (error, suberror) = match words {
        None => (None, None),
        Some(words) => words.split_once('/').map_or((Some(words), None), |(error, sub)| (Some(error), Some(sub))),
    };
    let leg = Leg::read(name)?;
    let usual = match leg {
        Leg::Page => 200,
        Leg::Redirect | Leg::Silent | Leg::Consent => 302,
        Leg::Token | Leg::Refresh | Leg::Discovery => 400,
    };
    Some(End { leg, error, suberror, status: status.unwrap_or(usual), challenge })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_a_row_with_known_words_and_a_number_of_its_own() {
        let lines = TABLE.lines().filter(|line| !line.starts_with('#')).count();
        let rows = rows();
        assert_eq!(rows.len(), lines);
        let mut codes: Vec<u32> = rows.iter().map(|row| row.code).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), lines);
        for row in &rows {
            for end in &row.legs {
                assert_eq!(end.error.is_none(), end.leg == Leg::Page, "{}", row.code);
                assert!(end.error.is_none_or(|word| WORDS.contains(&word)), "{}", row.code);
            }
        }
    }

    #[test]
    fn a_silent_call_prefers_the_way_back_and_any_other_the_page() {
        let needs_admin = find(90_094).unwrap();
        assert_eq!(needs_admin.end(Call::Interactive, None).unwrap().leg, Leg::Page);
        assert_eq!(needs_admin.end(Call::Silent, None).unwrap().leg, Leg::Silent);
        assert_eq!(needs_admin.end(Call::Interactive, Some(Leg::Redirect)).unwrap().error, Some("access_denied"));
        let unregistered = find(50_011).unwrap();
        assert_eq!(unregistered.end(Call::Silent, None).unwrap().leg, Leg::Page);
        assert!(unregistered.end(Call::Token, None).is_none());
    }
}
