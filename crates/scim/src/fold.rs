//! Caseless comparison of text, the same for filters, indexes and member sets.

/// Folds text for caseless comparison: every character is lower-cased by itself, nothing is trimmed.
///
/// A store that indexes an attribute must index `fold(value)`, so that an index look-up and the evaluation of a
/// filter agree (RFC 7643 section 2.2, `caseExact`).
#[must_use]
pub fn fold(text: &str) -> String {
    if text.is_ascii() { text.to_ascii_lowercase() } else { text.chars().flat_map(char::to_lowercase).collect() }
}

/// Whether two texts are equal once folded.
#[must_use]
pub fn eq(left: &str, right: &str) -> bool {
    if left.is_ascii() && right.is_ascii() {
        left.eq_ignore_ascii_case(right)
    } else {
        left.chars().flat_map(char::to_lowercase).eq(right.chars().flat_map(char::to_lowercase))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn folding_knows_more_than_ascii() {
        for (left, right, same) in [
            ("Mara@HarbourWorks.example", "mara@harbourworks.example", true),
            ("ÅSE", "åse", true),
            ("ΣΊΣΥΦΟΣ", "σίσυφοσ", true),
            ("Mara", "Mara ", false),
            ("", "", true),
        ] {
            assert_eq!(eq(left, right), same, "{left} / {right}");
        }
    }

    proptest! {
        #[test]
        fn comparing_and_folding_agree(left in "\\PC{0,8}", right in "\\PC{0,8}") {
            prop_assert_eq!(eq(&left, &right), fold(&left) == fold(&right));
            prop_assert!(eq(&left, &fold(&left)) || fold(&left) != fold(&fold(&left)));
        }
    }
}
