//! The v4 contract's operations, those of this server or not: tells "not built yet" from "no such thing".

use http::Method;

/// Verb, path, success status and tier of each operation of the contract, one a line.
const TEXT: &str = include_str!("contract.txt");

/// One operation of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Line {
    /// Verb.
    pub verb: &'static str,
    /// Path pattern below `/client/v4`.
    pub path: &'static str,
    /// Success status.
    pub status: u16,
}

/// All lines.
pub(crate) fn lines() -> impl Iterator<Item = Line> {
    TEXT.lines().filter_map(|line| {
        let mut words = line.split(' ');
        Some(Line { verb: words.next()?, path: words.next()?, status: words.next()?.parse().ok()? })
    })
}

/// What the contract knows about a path.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// An operation with this path pattern.
    Operation(&'static str),
    /// The path with other verbs only.
    OtherVerbs(Vec<&'static str>),
    /// Nothing.
    Unknown,
}

/// Looks a request up. `path` is below `/client/v4`. The most literal pattern that fits wins.
pub(crate) fn standing(verb: &Method, path: &str) -> Standing {
    let mut fitting: Vec<Line> = lines().filter(|line| fits(line.path, path)).collect();
    let Some(best) = fitting.iter().map(|line| literal(line.path)).max() else { return Standing::Unknown };
    fitting.retain(|line| literal(line.path) == best);
    match fitting.iter().find(|line| line.verb == verb.as_str()) {
        Some(line) => Standing::Operation(line.path),
        None => Standing::OtherVerbs(fitting.iter().map(|line| line.verb).collect()),
    }
}

/// True when a concrete path falls under a pattern.
pub(crate) fn fits(pattern: &str, path: &str) -> bool {
    let (mut want, mut have) = (pattern.split('/'), path.split('/'));
    loop {
        match (want.next(), have.next()) {
            (None, None) => return true,
            (Some(w), Some(h)) if w == h || (w.starts_with('{') && !h.is_empty()) => {}
            _ => return false,
        }
    }
}

/// Literal segments come before parameters, from the left.
fn literal(pattern: &str) -> Vec<bool> {
    pattern.split('/').map(|segment| !segment.starts_with('{')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contract_has_313_operations_and_the_most_literal_pattern_wins() {
        assert_eq!(lines().count(), 313);
        let app_ca = standing(&Method::GET, "/accounts/1/access/apps/ca");
        assert_eq!(app_ca, Standing::Operation("/accounts/{account_id}/access/apps/ca"));
        let verbs = standing(&Method::PATCH, "/accounts/1/access/apps/ca");
        assert_eq!(verbs, Standing::OtherVerbs(vec!["GET"]));
        assert_eq!(standing(&Method::GET, "/accounts/1/access/nonsense/x"), Standing::Unknown);
    }
}
