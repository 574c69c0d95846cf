//! Which look-up in an index narrows a filter down.

use crate::fold::fold;
use crate::path::AttrPath;

use super::{Filter, Literal, Operator};

/// The attributes worth an index, the most selective first. All five are compared caselessly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Indexed {
    Id,
    UserName,
    ExternalId,
    /// Every address of type `work`, see [`Doc::work_emails`](crate::Doc::work_emails).
    WorkEmail,
    DisplayName,
}

/// An equality that everything matching the filter must fulfil, if there is one: at the top, or joined by `and`.
///
/// The text is folded as by [`fold`]. An index that holds the folded values gives a superset of the answer; the
/// filter itself must still be evaluated on what it finds. An equality with the empty text gives no hint.
#[must_use]
pub fn index_hint(filter: &Filter) -> Option<(Indexed, String)> {
    match filter {
        Filter::Compare(path, Operator::Eq, Literal::Text(text)) if !text.is_empty() => Some((named(path)?, fold(text))),
        Filter::And(parts) => parts.iter().filter_map(index_hint).min_by_key(|(attribute, _)| *attribute),
        Filter::Element(path, inner) if is_plain(path, "emails") => Some((Indexed::WorkEmail, work_value(inner)?)),
        _ => None,
    }
}

fn named(path: &AttrPath) -> Option<Indexed> {
    if path.schema.is_some() || path.sub.is_some() {
        return None;
    }
    match path.name.as_str() {
        "id" => Some(Indexed::Id),
        "userName" => Some(Indexed::UserName),
        "externalId" => Some(Indexed::ExternalId),
        "displayName" => Some(Indexed::DisplayName),
        _ => None,
    }
}

/// The value in `type eq "work" and value eq "…"`, in either order and among other conditions.
fn work_value(inner: &Filter) -> Option<String> {
    let Filter::And(parts) = inner else { return None };
    let equal = |name: &str| {
        parts.iter().find_map(|part| match part {
            Filter::Compare(path, Operator::Eq, Literal::Text(text)) if is_plain(path, name) => Some(fold(text)),
            _ => None,
        })
    };
    (equal("type")? == "work").then(|| equal("value")).flatten().filter(|value| !value.is_empty())
}

fn is_plain(path: &AttrPath, name: &str) -> bool {
    path.schema.is_none() && path.sub.is_none() && path.name == name
}
