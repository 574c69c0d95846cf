//! Discovery document, key set and clock.

use model::{Timestamp, idp::EntraSettings};
use oidc::{discovery::Metadata, jwks::JwkSet};
use time::{OffsetDateTime, format_description::well_known::Rfc2822};
use url::Url;

use super::{
    Finding, Severity, Watch,
    trouble::{Probe, Stage},
};
use crate::{
    entra::{
        Endpoints,
        keys::{DISCOVERY, KEYS, MAX_DOCUMENT, is_of_provider, read_metadata},
        redeem::refused,
    },
    error::SignInError,
    fetch::{Answer, Deadline, Fetcher},
};

/// Seconds that tokens tolerate between the clocks; more makes sign-ins fail.
const TOLERATED: u64 = 300;
/// Seconds that need no word.
const USUAL: u64 = 60;

/// Reads the documents anew, past the cache.
pub(super) async fn look(fetcher: &Fetcher, endpoints: &Endpoints, idp: &EntraSettings, watch: Watch, deadline: Deadline) -> Vec<Finding> {
    let url = endpoints.discovery();
    let probe = Probe {
        idp,
        endpoints,
        url: &url,
        expected: "a discovery document",
        unreachable: "discovery-unreachable",
        unusable: "discovery-unusable",
    };
    let answer = match fetcher.get(DISCOVERY, &url, MAX_DOCUMENT, deadline).await {
        Ok(answer) => answer,
        Err(error) => return vec![probe.finding(&error, Stage::Exchange)],
    };
    let clock = clock(answer.date.as_deref(), watch.now());
    if let Some(trouble) = without_success(&probe, DISCOVERY, &answer) {
        return vec![trouble, clock];
    }
    match read_metadata(&answer.body, endpoints) {
        Ok(metadata) => {
            let found = Finding::ok("discovery", format!("{url} answers as issuer {}", metadata.issuer));
            vec![found, keys(fetcher, endpoints, idp, &metadata.jwks_uri, deadline).await, clock]
        }
        Err(error) => vec![foreign_issuer(&answer.body, endpoints).unwrap_or_else(|| probe.finding(&error, Stage::Content)), clock],
    }
}

async fn keys(fetcher: &Fetcher, endpoints: &Endpoints, idp: &EntraSettings, url: &Url, deadline: Deadline) -> Finding {
    let probe =
        Probe { idp, endpoints, url, expected: "a set of signing keys", unreachable: "keys-unreachable", unusable: "keys-unusable" };
    let answer = match fetcher.get(KEYS, url, MAX_DOCUMENT, deadline).await {
        Ok(answer) => answer,
        Err(error) => return probe.finding(&error, Stage::Exchange),
    };
    if let Some(trouble) = without_success(&probe, KEYS, &answer) {
        return trouble;
    }
    match JwkSet::parse(&answer.body) {
        Ok(set) => Finding::ok("keys", format!("{url} holds {} usable signing keys", set.ids().count())),
        Err(error) => probe.finding(&SignInError::Nonsense { what: KEYS, detail: error.to_string() }, Stage::Content),
    }
}

fn without_success(probe: &Probe<'_>, what: &'static str, answer: &Answer) -> Option<Finding> {
    let failed = !answer.status.is_success();
    failed.then(|| probe.finding(&refused(what, answer.status, &answer.body), Stage::Status(answer.status)))
}

/// The issuer is named when it is the one thing that does not fit.
fn foreign_issuer(body: &[u8], endpoints: &Endpoints) -> Option<Finding> {
    let (metadata, tenant) = (Metadata::parse(body).ok()?, endpoints.authority());
    if is_of_provider(&metadata, endpoints) {
        return None;
    }
    let issuer: String = metadata.issuer.as_str().chars().take(120).collect();
    Some(Finding::fault(
        "issuer",
        format!("the discovery document at {} is of the issuer {issuer:?}, not of directory ID {tenant}", endpoints.discovery()),
        "Check the directory ID (tenant ID) and the login address of the provider.",
    ))
}

/// Compares the provider's clock with the server's.
fn clock(date: Option<&str>, now: Timestamp) -> Finding {
    let told = date.filter(|d| d.len() <= 40).and_then(|d| OffsetDateTime::parse(d, &Rfc2822).ok()).map(Timestamp::from);
    let Some(told) = told else {
        return Finding::note("clock-unknown", "the provider's answer carries no date, so the clocks could not be compared");
    };
    let ahead = now.secs().saturating_sub(told.secs());
    let apart = ahead.unsigned_abs();
    let direction = if ahead < 0 { "behind" } else { "ahead of" };
    let text = format!("the server's clock is {apart} s {direction} the provider's ({})", told.rfc3339());
    let fix = "Let the server's clock be set by NTP.";
    if apart < USUAL {
        Finding::note("clock", text)
    } else if apart <= TOLERATED {
        Finding::new("clock-skew", Severity::Warning, format!("{text}; from {TOLERATED} s on sign-ins fail")).with_fix(fix)
    } else {
        Finding::fault("clock-skew", format!("{text}; tokens tolerate {TOLERATED} s"), fix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_is_a_note_a_warning_or_a_fault_by_its_distance() {
        let date = Some("Mon, 21 Sep 2026 14:13:20 GMT");
        for (off, severity) in [
            (0, Severity::Note),
            (59, Severity::Note),
            (-59, Severity::Note),
            (60, Severity::Warning),
            (-300, Severity::Warning),
            (301, Severity::Fault),
            (-90_000, Severity::Fault),
        ] {
            let found = clock(date, Timestamp::from_secs(1_790_000_000 + off));
            assert_eq!(found.severity, severity, "{off}: {}", found.text);
            assert!(found.text.contains(&format!("{} s {}", off.abs(), if off < 0 { "behind" } else { "ahead of" })), "{}", found.text);
            assert_eq!(found.fix.is_some(), severity > Severity::Note);
        }
        for odd in [None, Some(""), Some("yesterday"), Some("9".repeat(5000).as_str())] {
            assert_eq!(clock(odd, Timestamp::from_secs(0)).code, "clock-unknown");
        }
    }
}
