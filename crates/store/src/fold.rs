//! Caseless look-up: how text is folded before it is indexed.

/// Folds text: each character lower-cased by itself, nothing trimmed. The SCIM room folds its filters in the same way, so that an index
/// look-up and a filter agree.
pub fn fold(text: &str) -> String {
    if text.is_ascii() { text.to_ascii_lowercase() } else { text.chars().flat_map(char::to_lowercase).collect() }
}

/// A pattern that finds the text anywhere, already folded; `!` is the escape character.
pub fn anywhere(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in fold(text).chars() {
        if matches!(c, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_with_a_meaning_in_patterns_are_escaped() {
        assert_eq!(anywhere("50%_Ä!"), "%50!%!_ä!!%");
        assert_eq!(fold("Mara@HarbourWorks.example"), "mara@harbourworks.example");
    }
}
