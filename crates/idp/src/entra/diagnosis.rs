//! What an error of Entra means and what to do about it, in plain words.
//!
//! Sources: Microsoft, "Microsoft Entra authentication & authorization error codes". Codes and texts may change at any
//! time: they make messages, no decision hangs on them.

mod table;

use crate::error::{Refusal, Remedy, SignInError, tame};
use table::{BY_ERROR, CODES, Known};

/// Diagnoses an error of the authorize redirect (`error`, `error_description`) or of the token endpoint.
///
/// The number is read from the description (`AADSTS65004: …`).
pub fn diagnose(error: &str, description: &str) -> Refusal {
    diagnose_code(error, description, code_in(description))
}

/// The same with a number that was told apart from the description.
pub(super) fn diagnose_code(error: &str, description: &str, code: Option<u32>) -> Refusal {
    let error: String = error.chars().filter(|c| c.is_ascii_graphic()).take(64).collect();
    let known = code
        .and_then(|code| CODES.iter().find(|k| k.codes.contains(&code)))
        .or_else(|| BY_ERROR.iter().find(|(name, _)| *name == error).map(|(_, known)| known))
        .unwrap_or(&UNKNOWN);
    Refusal { code, error, cause: known.cause.to_owned(), fix: known.fix.to_owned(), remedy: known.remedy, detail: tame(description) }
}

const UNKNOWN: Known = Known {
    codes: &[],
    cause: "Microsoft Entra refused the sign-in for a reason that is not in doorward's table",
    fix: "An administrator finds the attempt, with this code, in the sign-in logs of the Entra admin center.",
    remedy: Remedy::Administrator,
};

/// True for errors that say "not now" rather than "no".
pub(super) fn is_outage(error: &str, code: Option<u32>) -> bool {
    matches!(error, "temporarily_unavailable" | "server_error") || matches!(code, Some(90033 | 90055 | 90024 | 50033))
}

/// True when a refusal of a refresh token speaks of the person or their grant, not of the application or of the hour
/// (RFC 6749 section 5.2; Microsoft: "Microsoft identity platform and OAuth 2.0 authorization code flow", errors of the token endpoint).
pub(super) fn is_about_the_person(refusal: &Refusal) -> bool {
    // 50196: a loop of requests was stopped; 70011, 28002 and others of that kind: the request itself.
    let passing = matches!(refusal.code, Some(50_196 | 9_002_313 | 900_144 | 90_014));
    !passing && matches!(refusal.error.as_str(), "invalid_grant" | "interaction_required" | "consent_required" | "login_required")
}

/// The first `AADSTS<number>` of a text.
pub(super) fn code_in(text: &str) -> Option<u32> {
    let digits: String = text.split_once("AADSTS")?.1.chars().take_while(char::is_ascii_digit).take(9).collect();
    digits.parse().ok()
}

impl From<Refusal> for SignInError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_classic_faults_of_a_set_up_have_a_cause_and_a_fix() {
        for (code, word) in [
            (7_000_215, "Value"),
            (7_000_222, "expired"),
            (700_016, "client ID"),
            (90_002, "directory ID"),
            (500_112, "redirect"),
            (50_011, "redirect"),
            (54_005, "already"),
            (70_008, "expired"),
            (501_481, "PKCE"),
            (50_148, "PKCE"),
            (65_001, "consent"),
            (65_004, "consent"),
            (50_105, "assigned"),
            (53_003, "Conditional Access"),
            (50_020, "directory"),
            (50_057, "disabled"),
            (7_000_218, "secret"),
            (70_043, "sign-in frequency"),
        ] {
            let refusal = diagnose("invalid_grant", &format!("AADSTS{code}: some text.\r\nTrace ID: 5b1e"));
            assert_eq!(refusal.label(), format!("AADSTS{code}"));
            let told = format!("{} {}", refusal.cause, refusal.fix);
            assert!(told.contains(word), "{code}: {told}");
            assert_ne!(refusal.cause, UNKNOWN.cause, "{code}");
        }
    }

    #[test]
    fn no_code_is_listed_twice() {
        let mut all: Vec<u32> = CODES.iter().flat_map(|k| k.codes).copied().collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }

    #[test]
    fn without_a_known_code_the_error_value_is_explained() {
        let cancelled = diagnose("access_denied", "");
        assert_eq!(cancelled.code, None);
        assert_eq!(cancelled.label(), "access_denied");
        assert_eq!(cancelled.remedy, Remedy::Person);
        let odd = diagnose("something_new", "AADSTS99999999: ?");
        assert_eq!(odd.label(), "AADSTS99999999");
        assert_eq!(odd.cause, UNKNOWN.cause);
    }

    #[test]
    fn provider_text_stays_out_of_cause_and_fix_and_is_tamed_in_the_detail() {
        let markup = format!("AADSTS65004: <script>x</script>\r\n{}", "y".repeat(5000));
        let refusal = diagnose("<b>access_denied\n", &markup);
        assert!(!refusal.cause.contains('<') && !refusal.fix.contains('<'));
        assert!(refusal.detail.chars().count() <= 500);
        assert!(!refusal.detail.contains(['\r', '\n']));
        assert!(!refusal.error.contains('\n'));
    }

    proptest! {
        #[test]
        fn any_text_is_diagnosed_without_panic(error in ".{0,80}", text in ".{0,120}") {
            let _ = diagnose(&error, &text);
            let _ = diagnose(&error, &format!("AADSTS{text}"));
        }
    }
}
