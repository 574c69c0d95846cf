//! Lists the lists, without their items: `filter=field:value`, repeatable, `type` and `search` must all hold.

use axum::extract::State;
use model::list::List;

use super::{draft::Kind, wire};
use crate::{
    caller::{Caller, ListsRead},
    envelope::Answer,
    error::ApiError,
    pagination::Paging,
    params::{Query, contains},
    state::ApiState,
};

/// Types of the contract; lists of some of them cannot be there.
const TYPES: [&str; 9] = ["SERIAL", "URL", "DOMAIN", "EMAIL", "IP", "CATEGORY", "LOCATION", "DEVICE", "AAGUID"];

pub(crate) async fn list(_: Caller<ListsRead>, State(state): State<ApiState>, query: Query) -> Result<Answer, ApiError> {
    let paging = Paging::read(&query, 1000)?;
    let (filters, search) = (filters(&query)?, query.text("search"));
    let found = |list: &List| {
        contains(&list.name, search.unwrap_or_default()) || text(list).is_some_and(|d| contains(d, search.unwrap_or_default()))
    };
    let snapshot = state.store.snapshot();
    let mut lists: Vec<&List> = snapshot.lists.values().map(AsRef::as_ref).collect();
    lists.retain(|list| filters.iter().all(|filter| filter.takes(list)) && found(list));
    sort(&mut lists, &query)?;
    Ok(Answer::page(paging.cut(lists.into_iter().map(wire::write_head))))
}

fn text(list: &List) -> Option<&str> {
    list.description.as_deref()
}

enum Filter<'a> {
    Name(&'a str),
    /// Part of an id, without dashes.
    Id(String),
    Type(&'a str),
    Count(usize),
}

impl Filter<'_> {
    fn takes(&self, list: &List) -> bool {
        match self {
            Self::Name(part) => contains(&list.name, part),
            Self::Id(part) => list.id.uuid().as_simple().to_string().contains(part),
            Self::Type(kind) => Kind::of(&list.items).as_str() == *kind,
            Self::Count(count) => list.items.len() == *count,
        }
    }
}

fn filters(query: &Query) -> Result<Vec<Filter<'_>>, ApiError> {
    let bad = |key: &str, why: String| Err(ApiError::fault(key, why));
    let kind = |key: &str, kind| {
        if TYPES.contains(&kind) {
            Ok(Filter::Type(kind))
        } else {
            Err(ApiError::fault(key, format!("{kind:?} is not one of: {}", TYPES.join(", "))))
        }
    };
    let mut filters = Vec::new();
    for text in query.every("filter").into_iter().filter(|text| !text.is_empty()) {
        filters.push(match text.split_once(':') {
            Some(("name", part)) => Filter::Name(part),
            Some(("id", part)) => Filter::Id(part.replace('-', "").to_lowercase()),
            Some(("type", word)) => kind("filter", word)?,
            Some(("item_count", number)) => match number.parse() {
                Ok(count) => Filter::Count(count),
                Err(_) => return bad("filter", format!("item_count {number:?} is not a whole number")),
            },
            _ => {
                return bad("filter", format!("{text:?} is not of the form field:value with one of the fields name, id, type, item_count"));
            }
        });
    }
    // The older way to say it; a filter goes before it.
    if let Some(word) = query.text("type")
        && !filters.iter().any(|filter| matches!(filter, Filter::Type(_)))
    {
        filters.push(kind("type", word)?);
    }
    Ok(filters)
}

/// Without `order_by` the oldest comes first; by a time that is asked for, the newest.
fn sort(lists: &mut [&List], query: &Query) -> Result<(), ApiError> {
    query.only("order_by", &["name", "created_at", "updated_at", "item_count"])?;
    query.only("direction", &["asc", "desc"])?;
    let by = query.text("order_by");
    lists.sort_by_key(|list| (list.created_at, list.id));
    match by {
        Some("name") => lists.sort_by_key(|list| list.name.to_lowercase()),
        Some("updated_at") => lists.sort_by_key(|list| list.updated_at),
        Some("item_count") => lists.sort_by_key(|list| list.items.len()),
        _ => {}
    }
    let newest_first = matches!(by, Some("created_at" | "updated_at"));
    if query.text("direction").map_or(newest_first, |direction| direction == "desc") {
        lists.reverse();
    }
    Ok(())
}
