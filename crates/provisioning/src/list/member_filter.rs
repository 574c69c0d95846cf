//! Filters about a group's members, which are kept apart from its document.

use scim::{
    Filter,
    filter::{Literal, Operator},
    path::AttrPath,
};

use crate::members::Needed;

/// Which members have to be read to decide the filter. Entra asks `id eq "…" and members eq "…"` for single members
/// of groups of any size.
pub(super) fn needed(filter: &Filter) -> Needed {
    match filter {
        Filter::And(parts) | Filter::Or(parts) => parts.iter().map(needed).fold(Needed::None, both),
        Filter::Not(inner) => needed(inner),
        _ if !is_about_members(filter) => Needed::None,
        _ => equal_member(filter, &[Operator::Eq, Operator::Ne]).map_or(Needed::All, |id| Needed::Named(vec![id.to_owned()])),
    }
}

/// A member that every group fulfilling the filter has, if there is one.
pub(super) fn one_member(filter: &Filter) -> Option<&str> {
    match filter {
        Filter::And(parts) => parts.iter().find_map(one_member),
        _ if is_about_members(filter) => equal_member(filter, &[Operator::Eq]),
        _ => None,
    }
}

fn is_about_members(filter: &Filter) -> bool {
    match filter {
        Filter::Compare(path, ..) | Filter::Present(path) | Filter::Element(path, _) => path.name.eq_ignore_ascii_case("members"),
        Filter::And(_) | Filter::Or(_) | Filter::Not(_) => false,
    }
}

/// The id in `members eq "…"`, `members.value eq "…"` or `members[value eq "…"]`.
fn equal_member<'a>(filter: &'a Filter, operators: &[Operator]) -> Option<&'a str> {
    let plain = |path: &AttrPath| path.schema.is_none() && path.sub.as_deref().is_none_or(|sub| sub == "value");
    match filter {
        Filter::Compare(path, operator, Literal::Text(id)) if plain(path) && operators.contains(operator) => Some(id),
        Filter::Element(path, inner) if path.schema.is_none() => match inner.as_ref() {
            // Not `ne`: any other member fulfils that.
            Filter::Compare(of, Operator::Eq, Literal::Text(id)) if of.name == "value" && of.sub.is_none() => Some(id),
            _ => None,
        },
        _ => None,
    }
}

fn both(left: Needed, right: Needed) -> Needed {
    match (left, right) {
        (Needed::All, _) | (_, Needed::All) => Needed::All,
        (Needed::None, other) | (other, Needed::None) => other,
        (Needed::Named(mut ids), Needed::Named(more)) => {
            ids.extend(more);
            Needed::Named(ids)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_by_one_member_reads_only_that_one() {
        let named = |ids: &[&str]| Needed::Named(ids.iter().map(|id| (*id).to_owned()).collect());
        for (text, expected, one) in [
            ("displayName eq \"Pilots\"", Needed::None, None),
            ("id eq \"g\" and members eq \"a\"", named(&["a"]), Some("a")),
            ("members.value eq \"a\"", named(&["a"]), Some("a")),
            ("members[value eq \"a\"]", named(&["a"]), Some("a")),
            ("members ne \"a\"", named(&["a"]), None),
            ("not (members eq \"a\")", named(&["a"]), None),
            ("members eq \"a\" or members eq \"b\"", named(&["a", "b"]), None),
            ("members[value ne \"a\"]", Needed::All, None),
            ("members pr", Needed::All, None),
            ("members.display co \"Ilo\"", Needed::All, None),
            ("members eq \"a\" and members.display pr", Needed::All, Some("a")),
        ] {
            let filter = Filter::parse(text).unwrap();
            assert_eq!(needed(&filter), expected, "{text}");
            assert_eq!(one_member(&filter), one, "{text}");
        }
    }
}
