//! What becomes of text that others wrote: markup is shown as it was typed, control characters are seen, and no text turns around what
//! stands beside it.

use std::{
    borrow::Cow,
    fmt::{self, Write},
};

use askama::filters::Escaper;

/// The escaper of every template (`askama.toml`).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Harmless;

/// First strong isolate, and its end: what is between them has its own direction (Unicode Standard Annex 9, "Explicit Directional Isolates").
const ISOLATE: char = '\u{2068}';
const END: char = '\u{2069}';

impl Escaper for Harmless {
    fn write_escaped_str<W: Write>(&self, mut out: W, text: &str) -> fmt::Result {
        let mut open = 0_usize;
        for c in text.chars() {
            match fate(c) {
                Fate::Stays => out.write_char(c)?,
                Fate::Markup(instead) => out.write_str(instead)?,
                Fate::Seen => out.write_char(char::REPLACEMENT_CHARACTER)?,
                Fate::Goes => {}
                Fate::Opens => {
                    open += 1;
                    out.write_char(c)?;
                }
                // One end too many would close what the page opened around the text.
                Fate::Ends if open == 0 => {}
                Fate::Ends => {
                    open -= 1;
                    out.write_char(c)?;
                }
            }
        }
        (0..open).try_for_each(|_| out.write_char(END))
    }
}

/// The same without markup, for pages that are not ours and escape in their own way.
pub(crate) fn plain(text: &str) -> String {
    text.chars()
        .filter_map(|c| match fate(c) {
            Fate::Stays | Fate::Markup(_) => Some(c),
            Fate::Seen => Some(char::REPLACEMENT_CHARACTER),
            Fate::Goes | Fate::Opens | Fate::Ends => None,
        })
        .collect()
}

/// A value for the middle of a sentence: with a direction of its own when it may have another one.
pub(crate) fn set_apart(value: &str) -> Cow<'_, str> {
    if !value.chars().any(turns) {
        return Cow::Borrowed(value);
    }
    let inside: String = value.chars().filter(|c| !matches!(fate(*c), Fate::Opens | Fate::Ends)).collect();
    Cow::Owned(format!("{ISOLATE}{inside}{END}"))
}

enum Fate {
    Stays,
    Markup(&'static str),
    /// Shown as a character that cannot be shown.
    Seen,
    Goes,
    Opens,
    Ends,
}

const fn fate(c: char) -> Fate {
    match c {
        '"' => Fate::Markup("&#34;"),
        '&' => Fate::Markup("&#38;"),
        '\'' => Fate::Markup("&#39;"),
        '<' => Fate::Markup("&#60;"),
        '>' => Fate::Markup("&#62;"),
        '\n' | '\r' | '\t' => Fate::Stays,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' => Fate::Seen,
        // Marks, embeddings and overrides of direction reach beyond the text that they stand in.
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' => Fate::Goes,
        '\u{2066}'..=ISOLATE => Fate::Opens,
        END => Fate::Ends,
        _ => Fate::Stays,
    }
}

/// Characters of scripts from right to left, and those that give a direction.
const fn turns(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{8ff}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}' | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let mut out = String::new();
        Harmless.write_escaped_str(&mut out, text).unwrap();
        out
    }

    #[test]
    fn markup_control_characters_and_turns_stay_where_they_are() {
        for (text, expected) in [
            ("Pilots & <b>'\"", "Pilots &#38; &#60;b&#62;&#39;&#34;"),
            ("a\0b\u{1b}[31mc\u{9b}", "a\u{fffd}b\u{fffd}[31mc\u{fffd}"),
            ("two\r\n\tlines", "two\r\n\tlines"),
            ("one\u{2028}two", "one\u{fffd}two"),
            ("invoice\u{202e}fdp.exe", "invoicefdp.exe"),
            ("נמל \u{200f}- חיפה", "נמל - חיפה"),
            ("\u{2069}\u{2069}out", "out"),
            ("\u{2068}in\u{2069}\u{2069}", "\u{2068}in\u{2069}"),
            ("\u{2067}left open", "\u{2067}left open\u{2069}"),
            ("Zürich, Ørsted, 東京 👩‍✈️", "Zürich, Ørsted, 東京 👩‍✈️"),
        ] {
            assert_eq!(shown(text), expected, "{text:?}");
        }
        assert_eq!(plain("<b>\u{202e}\0\u{2066}x"), "<b>\u{fffd}x");
    }
}
