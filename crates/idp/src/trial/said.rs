//! What the provider said, in its own terms, for finding the attempt in its logs.

use model::ObjectId;

use crate::{SignInError, entra::diagnose_text};

/// An error in the provider's own terms; each text is bounded and has no control characters, and is to be shown as text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Said {
    /// The OAuth `error`.
    pub error: String,
    /// `AADSTS…`, when there is one.
    pub code: Option<String>,
    /// Correlation ID, when it is one.
    pub correlation_id: Option<String>,
    /// Trace ID, when it is one.
    pub trace_id: Option<String>,
    /// When, as the provider wrote it.
    pub at: Option<String>,
    /// The text.
    pub text: String,
}

impl Said {
    /// What the provider said when it refused or could not be understood; `None` when the fault was found by doorward alone.
    pub fn of(error: &SignInError) -> Option<Self> {
        let refusal = match error {
            SignInError::Refused(refusal) => refusal,
            SignInError::Down { detail, .. } | SignInError::Nonsense { detail, .. } => {
                let code = diagnose_text(detail).first().and_then(|refusal| refusal.code);
                return Some(Self::with_ids(String::new(), code, detail));
            }
            SignInError::Mismatch(_) | SignInError::NoEmail(_) => return None,
        };
        if refusal.code.is_none() && refusal.detail.is_empty() && matches!(refusal.error.as_str(), "private_address" | "provider_settings")
        {
            return None;
        }
        Some(Self::with_ids(refusal.error.clone(), refusal.code, &refusal.detail))
    }

    fn with_ids(error: String, code: Option<u32>, text: &str) -> Self {
        Self {
            error,
            code: code.map(|code| format!("AADSTS{code}")),
            correlation_id: guid_behind(text, "Correlation ID:"),
            trace_id: guid_behind(text, "Trace ID:"),
            at: time_behind(text, "Timestamp:"),
            text: text.to_owned(),
        }
    }
}

fn guid_behind(text: &str, label: &str) -> Option<String> {
    let word = text.split_once(label)?.1.trim_start().get(..36)?;
    word.parse::<ObjectId>().is_ok().then(|| word.to_owned())
}

/// `2026-03-04 09:15:22Z`: digits and their separators only.
fn time_behind(text: &str, label: &str) -> Option<String> {
    let time: String = text.split_once(label)?.1.trim_start().chars().take(20).collect();
    let time = time.trim_end();
    (time.len() >= 10 && time.chars().all(|c| c.is_ascii_digit() || matches!(c, '-' | ':' | ' ' | 'T' | 'Z'))).then(|| time.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entra::diagnose;

    const IDS: &str = "Trace ID: 5b1e7d20-3c44-4f0e-9b1a-6a1f0c7e4400\r\nCorrelation ID: 0d7c9c1a-5b1e-4f0e-9b1a-6a1f0c7e4400\r\n\
                       Timestamp: 2026-03-04 09:15:22Z";

    fn said(text: &str) -> Said {
        Said::of(&diagnose("access_denied", text).into()).unwrap()
    }

    #[test]
    fn the_ids_are_found_even_behind_a_long_text() {
        for text in [format!("AADSTS65004: declined.\r\n{IDS}"), format!("AADSTS65004: {}\r\n{IDS}", "é<b>".repeat(3000))] {
            let said = said(&text);
            assert_eq!(said.code.as_deref(), Some("AADSTS65004"));
            assert_eq!(said.trace_id.as_deref(), Some("5b1e7d20-3c44-4f0e-9b1a-6a1f0c7e4400"));
            assert_eq!(said.correlation_id.as_deref(), Some("0d7c9c1a-5b1e-4f0e-9b1a-6a1f0c7e4400"));
            assert_eq!(said.at.as_deref(), Some("2026-03-04 09:15:22Z"));
            assert!(said.text.chars().count() <= 500 && !said.text.contains(['\r', '\n']));
        }
    }

    #[test]
    fn what_is_no_id_is_none() {
        let odd = said("AADSTS65004 Trace ID: <script>alert(1)</script>aaaaaaaaaaaaaaaaaaaa Correlation ID: ü Timestamp: yesterday");
        assert_eq!((odd.trace_id, odd.correlation_id, odd.at), (None, None, None));
        assert_eq!(said("").code, None);
    }
}
