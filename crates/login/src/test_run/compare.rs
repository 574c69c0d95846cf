//! Two addresses, character by character.

use pages::{Difference, Marked};
use url::Url;

/// Addresses compared.
pub(super) const MOST: usize = 5;
/// Longest address, in bytes.
const LONGEST: usize = 2048;

/// The redirect URIs in a text: web addresses as they stand there, and those inside a copied authorize address. Microsoft's links to
/// its own help are none.
pub(super) fn addresses(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let outside = |c: char| c.is_whitespace() || matches!(c, '\'' | '"' | '<' | '>' | '`' | '‘' | '’' | '“' | '”' | ',' | ';');
    for word in text.split(outside).filter(|word| word.len() <= 4 * LONGEST) {
        let lower = word.to_ascii_lowercase();
        let Some(begin) = lower.find("https://").into_iter().chain(lower.find("http://")).min() else { continue };
        let address = word[begin..].trim_end_matches(['.', ')', ':']);
        let inside = Url::parse(address).ok().and_then(|url| {
            if let Some((_, inner)) = url.query_pairs().find(|(name, _)| name == "redirect_uri") {
                return Some(inner.into_owned());
            }
            (!is_microsofts(&url)).then(|| address.to_owned())
        });
        found.extend(inside.filter(|address| address.len() <= LONGEST && !found.contains(address)));
        if found.len() >= MOST {
            break;
        }
    }
    found
}

fn is_microsofts(url: &Url) -> bool {
    let host = url.host_str().unwrap_or("");
    ["aka.ms", "microsoft.com", "microsoftonline.com", "azure.com"].iter().any(|own| host == *own || host.ends_with(&format!(".{own}")))
}

/// Where two addresses differ: the part between what they begin and what they end with in common. `None`: nowhere.
pub(super) fn difference(theirs: &str, ours: &str) -> Option<Difference> {
    if theirs == ours {
        return None;
    }
    let (a, b): (Vec<char>, Vec<char>) = (theirs.chars().collect(), ours.chars().collect());
    let before = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let after = a[before..].iter().rev().zip(b[before..].iter().rev()).take_while(|(x, y)| x == y).count();
    let cut = |text: &[char]| {
        let part = |range: &[char]| range.iter().collect::<String>();
        let end = text.len() - after;
        Marked { before: part(&text[..before]), middle: part(&text[before..end]), after: part(&text[end..]) }
    };
    Some(Difference { theirs: cut(&a), ours: cut(&b) })
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = "https://team.example/cdn-cgi/access/callback";

    #[test]
    fn the_part_that_differs_is_marked() {
        for (theirs, wrong, right) in [
            ("https://team.example/cdn-cgi/access/callback/", "/", ""),
            ("http://team.example/cdn-cgi/access/callback", "", "s"),
            ("https://team.example:8443/cdn-cgi/access/callback", ":8443", ""),
            ("https://team.example/cdn-cgi/access/Callback", "C", "c"),
            ("https://team.example/cdn-cgi/access/callbac", "", "k"),
            ("", "", OURS),
            ("aaaa", "aaaa", OURS),
        ] {
            let found = difference(theirs, OURS).unwrap();
            assert_eq!((found.theirs.middle.as_str(), found.ours.middle.as_str()), (wrong, right), "{theirs}");
            let whole = |m: &Marked| format!("{}{}{}", m.before, m.middle, m.after);
            assert_eq!((whole(&found.theirs).as_str(), whole(&found.ours).as_str()), (theirs, OURS));
        }
        assert_eq!(difference(OURS, OURS), None);
        assert_eq!(difference("éé", "é").unwrap().theirs.middle, "é");
    }

    #[test]
    fn addresses_are_found_in_what_people_copy() {
        for (text, found) in [
            ("'https://a.example/cb' and https://aka.ms/x.", vec!["https://a.example/cb"]),
            ("see (http://a.example/cb).", vec!["http://a.example/cb"]),
            (
                "https://login.microsoftonline.com/t/oauth2/v2.0/authorize?client_id=c&redirect_uri=https%3A%2F%2Fa.example%2Fcb",
                vec!["https://a.example/cb"],
            ),
            ("https://a.example/cb https://a.example/cb", vec!["https://a.example/cb"]),
            ("no address, ftp://x, https://", vec![]),
        ] {
            assert_eq!(addresses(text), found, "{text}");
        }
        let many: String = (0..100).map(|n| format!("https://a.example/{n} ")).collect();
        assert_eq!(addresses(&many).len(), MOST);
        assert!(addresses(&format!("https://a.example/{}", "x".repeat(9000))).is_empty());
    }
}
