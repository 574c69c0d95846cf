//! Owns texts inside expressions: how values are written, and the changes that functions make to them.

use serde_json::Value;

/// Letters with marks and what is left without the marks.
const PLAIN: [(&str, &str); 20] = [
    ("àáâãäåāăą", "a"),
    ("çćč", "c"),
    ("ďđ", "d"),
    ("èéêëēėęě", "e"),
    ("ğģ", "g"),
    ("ìíîïīį", "i"),
    ("ķ", "k"),
    ("ļľł", "l"),
    ("ñńņň", "n"),
    ("òóôõöøōő", "o"),
    ("ŕř", "r"),
    ("śšş", "s"),
    ("ťţ", "t"),
    ("ùúûüūůűų", "u"),
    ("ýÿ", "y"),
    ("źżž", "z"),
    ("æ", "ae"),
    ("œ", "oe"),
    ("ß", "ss"),
    ("þ", "th"),
];

/// A value as text; booleans are `True` and `False`.
pub fn of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(known) => word(*known),
        other => other.to_string(),
    }
}

/// The word for a truth value.
pub fn word(truth: bool) -> String {
    if truth { "True".to_owned() } else { "False".to_owned() }
}

/// Without accents.
pub fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        let lower: String = letter.to_lowercase().collect();
        let Some((_, bare)) = PLAIN.iter().find(|(marked, _)| marked.contains(&lower)) else {
            out.push(letter);
            continue;
        };
        if letter.is_uppercase() {
            let mut letters = bare.chars();
            out.extend(letters.next().into_iter().flat_map(char::to_uppercase));
            out.push_str(letters.as_str());
        } else {
            out.push_str(bare);
        }
    }
    out
}

/// Each word with a capital and small letters after it.
pub fn capitals(text: &str) -> String {
    let mut first = true;
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if first {
            out.extend(letter.to_uppercase());
        } else {
            out.extend(letter.to_lowercase());
        }
        first = !letter.is_alphanumeric();
    }
    out
}

/// A part by position, which counts from 1, and length.
pub fn middle(text: &str, start: usize, length: usize) -> String {
    text.chars().skip(start.saturating_sub(1)).take(length).collect()
}

/// The nth word between any of the delimiters; counts from 1.
pub fn nth_word(text: &str, number: usize, delimiters: &str) -> Option<String> {
    let mut words = text.split(|c: char| delimiters.contains(c)).filter(|word| !word.is_empty());
    words.nth(number.checked_sub(1)?).map(str::to_owned)
}

/// Position of a part, which counts from 1; 0 when it is not there.
pub fn position(text: &str, part: &str) -> usize {
    text.find(part).map_or(0, |at| text[..at].chars().count() + 1)
}
