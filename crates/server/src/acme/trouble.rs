//! Why no certificate could be had, in words that say what to do.

use instant_acme::{Error, Problem};

use super::carrier::Unanswered;
use crate::config::Challenge;

/// Characters that are kept of what a server says.
const LONGEST: usize = 400;
/// Seconds to wait when a server limits orders and does not say how long.
const LIMITED_SECS: i64 = 3600;

/// What went wrong.
#[derive(Debug)]
pub(super) struct Trouble {
    pub reason: String,
    pub fix: &'static str,
    /// Seconds that the server wants us to wait.
    pub wait: Option<i64>,
    /// The server does not know our account.
    pub no_account: bool,
}

impl Trouble {
    fn new(reason: impl Into<String>, fix: &'static str) -> Self {
        Self { reason: reason.into(), fix, wait: None, no_account: false }
    }

    pub(super) fn slow() -> Self {
        Self::new("the order was not done in time", "Nothing, unless it stays: it is tried again by itself.")
    }

    pub(super) fn store(error: store::StoreError) -> Self {
        tracing::error!(error = &error as &dyn std::error::Error, "the state of an order could not be kept");
        Self::new("the store did not take what has to be kept", "See that the store can be written: its disk may be full.")
    }

    pub(super) fn key(error: &rcgen::Error) -> Self {
        Self::new(format!("a key could not be made: {error}"), "Nothing, unless it stays: it is tried again by itself.")
    }

    pub(super) fn no_way(offered: &[String]) -> Self {
        let offered = offered.join(", ");
        Self::new(
            tame(&format!("the ACME server takes none of the configured proofs for this name; it offers {offered}")),
            "List one of the offered proofs in tls.acme.challenges.",
        )
    }

    pub(super) fn unusable(what: &str) -> Self {
        Self::new(format!("the ACME server sent a certificate that cannot be used: {what}"), "Ask whoever runs the ACME server.")
    }

    /// The order failed; `wait` is what the server's last answer said.
    pub(super) fn of(error: &Error, wait: Option<i64>) -> Self {
        match error {
            Error::Api(problem) => Self::told(problem, wait),
            Error::Timeout(_) => Self { wait, ..Self::slow() },
            Error::Other(other) if other.is::<Unanswered>() => Self {
                wait,
                ..Self::new(
                    tame(&other.to_string()),
                    "See that tls.acme.directory_url is right and reached from here; a private address must lie in \
                     outbound.allowed_private, and its authority in tls.acme.ca_files.",
                )
            },
            other => Self {
                wait,
                ..Self::new(
                    tame(&format!("the ACME server answered something unusable: {other}")),
                    "See that tls.acme.directory_url is the address of an ACME directory.",
                )
            },
        }
    }

    /// A challenge failed.
    pub(super) fn of_challenge(way: Challenge, problem: &Problem) -> Self {
        let said = said(problem);
        let fix = match (kind(problem), way) {
            ("caa", _) => CAA,
            (_, Challenge::Http01) => {
                "See that the name leads here by DNS, and that port 80 of it reaches an address of http.redirect_listen from the ACME server."
            }
            (_, Challenge::TlsAlpn01) => {
                "See that the name leads here by DNS, and that port 443 of it reaches an address of http.listen from the ACME server, \
                 with nothing in between that ends TLS."
            }
        };
        Self::new(format!("the ACME server could not confirm the name by {}: {said}", way.as_str()), fix)
    }

    fn told(problem: &Problem, wait: Option<i64>) -> Self {
        let reason = format!("the ACME server refused: {}", said(problem));
        let (fix, no_account) = match kind(problem) {
            "rateLimited" => ("Nothing, unless it stays: fewer names, or another ACME server. It is tried again by itself.", false),
            "accountDoesNotExist" => ("Nothing: a new account is made.", true),
            "externalAccountRequired" => {
                ("Get an external account key from the ACME server's operator: tls.acme.external_account_key_id and _key_file.", false)
            }
            "rejectedIdentifier" | "unsupportedIdentifier" => {
                ("The server issues nothing for this name: take it out of tls.acme.names, or name another server.", false)
            }
            "caa" => (CAA, false),
            "userActionRequired" => ("Read and accept the ACME server's new terms, then restart.", false),
            "invalidContact" | "unsupportedContact" => ("Correct tls.acme.contact.", false),
            _ => ("Nothing, unless it stays: it is tried again by itself.", false),
        };
        let limited = kind(problem) == "rateLimited";
        let wait = wait.or_else(|| limited.then_some(LIMITED_SECS));
        Self { wait, no_account, ..Self::new(reason, fix) }
    }
}

const CAA: &str = "Allow the ACME server in the CAA records of the name's domain.";

/// The kind of problem without the common beginning (RFC 8555 section 6.7).
fn kind(problem: &Problem) -> &str {
    problem.r#type.as_deref().and_then(|t| t.strip_prefix("urn:ietf:params:acme:error:")).unwrap_or_default()
}

fn said(problem: &Problem) -> String {
    let kind = problem.r#type.as_deref().unwrap_or("no kind given");
    tame(&match &problem.detail {
        Some(detail) => format!("{detail} ({kind})"),
        None => kind.to_owned(),
    })
}

/// Somebody else's text, fit for one line.
fn tame(text: &str) -> String {
    text.chars().take(LONGEST).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(kind: &str) -> Problem {
        let text = format!(r#"{{"type": "urn:ietf:params:acme:error:{kind}", "detail": "said\nso", "status": 400}}"#);
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn what_a_server_says_becomes_one_line_and_something_to_do() {
        for (kind, wait, expected, fix) in [
            ("rateLimited", None, Some(LIMITED_SECS), "fewer names"),
            ("rateLimited", Some(120), Some(120), "fewer names"),
            ("externalAccountRequired", None, None, "external_account_key_id"),
            ("rejectedIdentifier", None, None, "tls.acme.names"),
            ("caa", None, None, "CAA"),
            ("serverInternal", Some(60), Some(60), "tried again"),
        ] {
            let trouble = Trouble::of(&Error::Api(problem(kind)), wait);
            assert_eq!(trouble.reason, format!("the ACME server refused: said so (urn:ietf:params:acme:error:{kind})"));
            assert_eq!(trouble.wait, expected, "{kind}");
            assert!(trouble.fix.contains(fix) && !trouble.no_account, "{kind}: {}", trouble.fix);
        }
        assert!(Trouble::of(&Error::Api(problem("accountDoesNotExist")), None).no_account);
        let port = |way| Trouble::of_challenge(way, &problem("connection")).fix;
        assert!(port(Challenge::Http01).contains("port 80") && port(Challenge::TlsAlpn01).contains("port 443"));
        assert!(Trouble::of_challenge(Challenge::Http01, &problem("caa")).fix.contains("CAA"));
    }
}
