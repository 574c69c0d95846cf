//! Both halves of a service token in the one header that an application names, as a JSON object ("Service tokens" of Cloudflare One:
//! authenticate with a single header).
//!
//! The header may be one that programs use for other things, `Authorization` above all: only a value that begins like an object is
//! meant for the door. Such a value is read strictly, and never reaches an origin, whatever came of it.

use std::borrow::Cow;

use http::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;

use crate::credential::{MAX_CREDENTIAL, ServiceCredential};

/// Longest value that is read, in bytes: two halves with every character escaped would not fit, and none is made of such.
const LONGEST: usize = 1024;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Halves<'a> {
    #[serde(rename = "cf-access-client-id", borrow)]
    id: Cow<'a, str>,
    #[serde(rename = "cf-access-client-secret", borrow)]
    secret: Cow<'a, str>,
}

/// True for a value that is meant for the door, well made or not.
pub fn is_credential(value: &HeaderValue) -> bool {
    value.as_bytes().trim_ascii_start().first() == Some(&b'{')
}

/// What the header says. More than one line of it counts as doubled as soon as one of them is meant for the door.
pub(crate) fn find<'a>(headers: &'a HeaderMap, name: &HeaderName) -> ServiceCredential<'a> {
    if !headers.get_all(name).iter().any(is_credential) {
        return ServiceCredential::None;
    }
    let mut lines = headers.get_all(name).iter();
    let (Some(value), None) = (lines.next(), lines.next()) else { return ServiceCredential::Malformed };
    let text = value.to_str().ok().filter(|t| t.len() <= LONGEST);
    match text.and_then(|t| serde_json::from_str::<Halves<'_>>(t).ok()) {
        Some(Halves { id, secret }) if id.len() <= MAX_CREDENTIAL && secret.len() <= MAX_CREDENTIAL => {
            ServiceCredential::Pair { id, secret }
        }
        _ => ServiceCredential::Malformed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(lines: &[&str]) -> &'static str {
        let name = HeaderName::from_static("authorization");
        let headers: HeaderMap = lines.iter().map(|l| (name.clone(), HeaderValue::from_str(l).unwrap())).collect();
        match find(&headers, &name) {
            ServiceCredential::None => "none",
            ServiceCredential::Malformed => "malformed",
            ServiceCredential::Pair { id, secret } => {
                assert_eq!((&*id, &*secret), ("i.access", "s"));
                "pair"
            }
        }
    }

    #[test]
    fn only_an_object_with_both_halves_and_nothing_else_is_a_credential() {
        const GOOD: &str = r#"{"cf-access-client-id":"i.access","cf-access-client-secret":"s"}"#;
        let long = format!(r#"{{"cf-access-client-id":"i.access","cf-access-client-secret":"{}"}}"#, "s".repeat(300));
        let huge = format!("{{{}", " ".repeat(2000));
        let table: [(&[&str], &str); 14] = [
            (&[GOOD], "pair"),
            (&[r#" { "cf-access-client-secret": "s", "cf-access-client-id": "i.access" } "#], "pair"),
            (&[r#"{"cf-access-client-id":"\u0069.access","cf-access-client-secret":"s"}"#], "pair"),
            (&[], "none"),
            (&["Bearer x"], "none"),
            (&["Bearer x", "Basic y"], "none"),
            (&[GOOD, GOOD], "malformed"),
            (&["Bearer x", GOOD], "malformed"),
            (&[r#"{"cf-access-client-id":"i.access"}"#], "malformed"),
            (&[r#"{"cf-access-client-id":"i.access","cf-access-client-id":"i.access","cf-access-client-secret":"s"}"#], "malformed"),
            (&[r#"{"cf-access-client-id":"i.access","cf-access-client-secret":"s","x":1}"#], "malformed"),
            (&[r#"{"cf-access-client-id":"i.access","cf-access-client-secret":7}"#], "malformed"),
            (&[&long], "malformed"),
            (&[&huge], "malformed"),
        ];
        for (lines, expected) in table {
            assert_eq!(said(lines), expected, "{lines:?}");
        }
        assert_eq!(said(&[&format!("{GOOD} x")]), "malformed");
    }
}
