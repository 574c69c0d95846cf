//! What an error of Entra means and what to do about it, in plain words.
//!
//! Sources: Microsoft, "Microsoft Entra authentication & authorization error codes". Codes and texts may change at any
//! time: they make messages, no decision hangs on them.

mod table;

use crate::error::{Refusal, Remedy, SignInError, tame};
use table::{BY_ERROR, CODES};
pub use table::{Class, KnownFault};

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
    Refusal { code, error, cause: known.cause.to_owned(), fix: known.fix.to_owned(), remedy: known.remedy, detail: detail(description) }
}

const UNKNOWN: KnownFault = KnownFault {
    codes: &[],
    class: Class::ComesBack,
    on_page: false,
    finding: None,
    cause: "Microsoft Entra refused the sign-in for a reason that is not in doorward's table",
    fix: "An administrator finds the attempt, with this code, in the sign-in logs of the Entra admin center.",
    remedy: Remedy::Administrator,
};

/// The description for the log. Of a long one the middle goes, so that the ids behind it stay.
fn detail(description: &str) -> String {
    let ids = description.rfind("Trace ID").filter(|at| description[..*at].chars().count() > 340);
    match ids {
        Some(at) => {
            let head: String = description.chars().take(340).collect();
            let ids: String = description[at..].chars().take(150).collect();
            tame(&format!("{head} … {ids}"))
        }
        None => tame(description),
    }
}

/// Every fault that doorward understands.
pub fn known() -> impl Iterator<Item = &'static KnownFault> {
    CODES.iter()
}

/// The faults that Microsoft keeps on its own page, those that the check finds included: what a person compares with what they see
/// there when a sign-in did not come back.
pub fn listed() -> impl Iterator<Item = &'static KnownFault> {
    CODES.iter().filter(|fault| fault.on_page)
}

/// Longest text that is searched, in bytes.
const MAX_TEXT: usize = 64 * 1024;
/// Most codes that are told.
const MAX_CODES: usize = 10;

/// Finds the codes in text that a person copied from Microsoft's page (`AADSTS50011: …`, `Error Code: 53003`) and explains each
/// once. Reads the first 64 KiB and tells at most ten.
pub fn diagnose_text(text: &str) -> Vec<Refusal> {
    let end = (0..=MAX_TEXT.min(text.len())).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
    let lower = text[..end].to_ascii_lowercase();
    let mut codes: Vec<u32> = Vec::new();
    for (at, word) in lower.match_indices("aadsts").chain(lower.match_indices("error code")) {
        let rest = &lower[at + word.len()..];
        let digits = if word == "aadsts" { rest } else { rest.trim_start_matches([':', ' ', '\t', '\u{a0}']) };
        let digits: String = digits.chars().take_while(char::is_ascii_digit).take(9).collect();
        codes.extend(digits.parse::<u32>().ok().filter(|code| !codes.contains(code)));
    }
    codes.into_iter().take(MAX_CODES).map(|code| diagnose_code("", "", Some(code))).collect()
}

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

    /// The codes of "AADSTS codes met during set-up", by the leg on which Microsoft tells them.
    const STAYS_OR_PROBED: &[u32] = &[
        50_011, 900_971, 7_000_215, 7_000_222, 7_000_218, 700_025, 700_027, 700_024, 700_016, 7_000_112, 70_001, 90_002, 900_023, 50_194,
        50_059, 90_019, 90_094, 90_095, 650_052, 650_056, 650_057, 65_005, 500_011, 50_105, 50_020, 16_000, 16_003, 50_014, 51_004, 50_034,
        90_072, 500_208, 500_212, 500_213, 500_021, 500_022, 50_126, 50_053, 50_055, 50_144, 50_057, 53_000, 53_001, 53_002, 50_005,
        50_097, 50_131, 53_003, 530_032, 530_034, 530_035, 53_011, 53_004, 53_010,
    ];
    const COMES_BACK: &[u32] = &[
        500_112, 700_005, 9_001_023, 90_010, 65_001, 65_004, 70_011, 28_002, 28_003, 700_022, 50_058, 50_072, 50_074, 50_076, 50_079,
        50_078, 50_158, 501_481, 50_148, 50_147, 501_491, 50_149, 9_002_325, 9_002_326, 9_002_327, 54_005, 70_000, 9_002_313, 70_008,
        700_082, 700_084, 70_043, 50_173, 50_132, 50_133, 50_089, 700_054, 900_144, 90_014, 900_561, 90_056, 50_196, 90_033, 90_055,
        90_024, 50_033, 50_146, 501_461,
    ];

    #[test]
    fn the_table_covers_every_code_met_during_set_up_in_its_class() {
        let row = |code: &u32| known().find(|k| k.codes.contains(code)).unwrap_or_else(|| panic!("{code} is not in the table"));
        for code in COMES_BACK {
            assert_eq!(row(code).class, Class::ComesBack, "{code}");
        }
        for code in STAYS_OR_PROBED {
            assert_ne!(row(code).class, Class::ComesBack, "{code}");
        }
        assert_eq!(known().flat_map(|k| k.codes).count(), COMES_BACK.len() + STAYS_OR_PROBED.len(), "a code that this list does not know");
        for fault in known() {
            assert!(fault.class != Class::Probed || fault.finding.is_some(), "{:?} is probed by nothing", fault.codes);
            assert!(fault.class != Class::Listed || fault.on_page, "{:?}", fault.codes);
            assert!(!fault.codes.is_empty() && !fault.cause.is_empty() && fault.fix.ends_with('.'), "{:?}", fault.codes);
        }
        assert!(listed().any(|f| f.codes == [50_011]) && listed().any(|f| f.class == Class::Probed));
        assert!(listed().all(|f| f.on_page));
    }

    #[test]
    fn codes_are_found_in_what_a_person_copied() {
        let codes = |text: &str| diagnose_text(text).iter().map(|r| r.code.unwrap()).collect::<Vec<_>>();
        for (text, found) in [
            ("Sorry, but we're having trouble signing you in.\nAADSTS50011: The redirect URI …", &[50_011][..]),
            ("aadsts50105 and AADSTS50105, AADSTS700016", &[50_105, 700_016]),
            ("You cannot access this right now\nError Code: 53003\nRequest Id: 12", &[53_003]),
            ("https://login.microsoftonline.com/x?error_description=AADSTS65004%3a+declined", &[65_004]),
            ("AADSTS AADSTSx Error Code: none", &[]),
            ("", &[]),
        ] {
            assert_eq!(codes(text), found, "{text}");
        }
        assert_eq!(diagnose_text("AADSTS99999999")[0].cause, UNKNOWN.cause);
        let many: String = (0..1000).map(|n| format!("AADSTS{} é", 10_000 + n)).collect();
        assert_eq!(diagnose_text(&many.repeat(20)).len(), MAX_CODES);
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
            let _ = diagnose_text(&text);
        }
    }
}
