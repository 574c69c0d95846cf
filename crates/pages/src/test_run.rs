//! The pages of a login method's test: the window that started it, the step to the provider, and what came of it.
//!
//! They work without script; the one asset [`TEST_SCRIPT`] only spares reloading and copies addresses.

mod going;
mod outcome;
mod refused;
mod waiting;

pub use going::TestGoing;
pub use outcome::{TestFailed, TestFinding, TestMark, TestPassed, TestSaid};
pub use refused::{TestRefusal, TestRefused};
pub use waiting::{Difference, Explained, ListedFault, Marked, Pasted, TestHelp, TestProgress, TestWaiting};

/// The script of the test's pages: looks whether something came back, and copies.
pub const TEST_SCRIPT: &str = include_str!("../static/test.js");

/// Where the pages expect it, on the host that served them.
pub const TEST_SCRIPT_PATH: &str = "/cdn-cgi/access/test.js";

/// The header `Content-Security-Policy` of these pages: as for every page, and the one script with its questions to this host.
pub const fn test_content_security_policy() -> &'static str {
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self' https:; form-action 'self'; \
     base-uri 'none'; frame-ancestors 'none'"
}

/// Text as a sentence: the tables write causes in lower case and without a full stop.
pub(crate) fn sentence(text: &str) -> String {
    let mut chars = text.trim().chars();
    let Some(first) = chars.next() else { return String::new() };
    let mut out: String = first.to_uppercase().chain(chars).collect();
    if !out.ends_with(['.', '!', '?', ':']) {
        out.push('.');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_become_sentences() {
        for (text, told) in [("the code has expired", "The code has expired."), ("Übrig?", "Übrig?"), ("", "")] {
            assert_eq!(sentence(text), told);
        }
    }

    #[test]
    fn the_script_asks_this_host_only_and_writes_no_markup() {
        for forbidden in ["http:", "https:", "eval", "innerHTML", "document.write", "localStorage"] {
            assert!(!TEST_SCRIPT.contains(forbidden), "{forbidden}");
        }
        assert!(!test_content_security_policy().contains("unsafe"));
    }
}
