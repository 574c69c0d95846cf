//! The paged list of a person's groups: followed page by page to its end, or not a list.

use std::{
    collections::HashSet,
    hash::{BuildHasher as _, RandomState},
};

use model::{ObjectId, identity::DirectoryGroup};
use serde_json::Value;
use url::Url;

use super::{
    MAX_ENTRIES,
    exchange::{Question, Source, Trouble, answered},
};
use crate::{entra::Endpoints, fetch::Deadline};

/// Longest address of a next page, in bytes.
const MAX_LINK: usize = 8 * 1024;

/// Which list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Listing {
    /// Groups alone: an advanced query.
    Groups,
    /// Groups, directory roles and administrative units, told apart by `@odata.type`: a plain query.
    Mixed,
}

/// Reads all pages. Their number is bounded by the entries, of which an empty page counts as one, and by the deadline.
pub(super) async fn read_all(
    source: &impl Source,
    endpoints: &Endpoints,
    listing: Listing,
    deadline: Deadline,
) -> Result<Vec<DirectoryGroup>, Trouble> {
    let mut url = match listing {
        Listing::Groups => endpoints.my_groups(),
        Listing::Mixed => endpoints.my_memberships(),
    };
    let (mut groups, mut entries) = (Vec::new(), 0);
    // Of the addresses only hashes are kept: two that fall together make the list unknown, never wrong.
    let (hasher, mut seen) = (RandomState::new(), HashSet::new());
    while seen.insert(hasher.hash_one(url.as_str())) {
        let missing = |first: Trouble| if seen.len() == 1 { first } else { Trouble::Incomplete };
        let answer = answered(source, &Question::get(url), deadline).await.map_err(missing)?;
        let page = read(&answer.body, listing).map_err(|why| {
            tracing::warn!(page = seen.len(), why, "Microsoft Graph answered something unusable");
            missing(Trouble::Failed(why.into()))
        })?;
        entries += page.entries.max(1);
        groups.extend(page.groups);
        let Some(next) = page.next else {
            return Ok(groups);
        };
        if entries >= MAX_ENTRIES {
            tracing::warn!(entries, "more groups than are read");
            return Err(Trouble::Incomplete);
        }
        url = Url::parse(&next).ok().filter(|next| endpoints.on_graph_host(next)).ok_or_else(|| {
            tracing::warn!(page = seen.len(), "the next page is not on the configured Graph host; not followed");
            Trouble::Incomplete
        })?;
    }
    tracing::warn!(page = seen.len(), "Microsoft Graph leads in a circle");
    Err(Trouble::Incomplete)
}

#[derive(Debug, PartialEq)]
struct Page {
    groups: Vec<DirectoryGroup>,
    /// With what is no group.
    entries: usize,
    next: Option<String>,
}

/// Groups of a page and the address of the next one. Names may be null (limited information); ids may not.
fn read(body: &[u8], listing: Listing) -> Result<Page, &'static str> {
    let map = oidc::json::object(body).map_err(|_| "not a JSON object")?;
    let value = map.get("value").and_then(Value::as_array).ok_or("no list \"value\"")?;
    let mut groups = Vec::with_capacity(value.len());
    for item in value {
        match item.get("@odata.type").and_then(Value::as_str) {
            Some("#microsoft.graph.group") => {}
            Some(_) => continue,
            None if listing == Listing::Groups => {}
            None => return Err("an entry that does not say what it is"),
        }
        groups.push(group(item).ok_or("a group without object id")?);
    }
    let next = match map.get("@odata.nextLink") {
        None | Some(Value::Null) => None,
        Some(Value::String(next)) if next.len() <= MAX_LINK => Some(next.clone()),
        Some(_) => return Err("a next page that is no address"),
    };
    Ok(Page { groups, entries: value.len(), next })
}

/// A group as Graph writes it: `id`, and `displayName` where it may be read.
pub(super) fn group(item: &Value) -> Option<DirectoryGroup> {
    let id: ObjectId = item.get("id")?.as_str()?.parse().ok()?;
    let name = item.get("displayName").and_then(Value::as_str).map(|name| name.chars().take(256).collect());
    Some(DirectoryGroup { id, name })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::exchange::error_code, *};

    #[test]
    fn pages_are_read_with_null_names_and_without_value_refused() {
        let id = "a1c07f2e-5e1b-4c0d-8f36-2b7e61c9d014";
        let body = format!(
            r##"{{"@odata.nextLink":"https://g/x","value":[{{"id":"{id}","displayName":null}},
               {{"@odata.type":"#microsoft.graph.directoryRole","id":"x"}},
               {{"@odata.type":"#microsoft.graph.group","id":"{id}","displayName":"Pilots"}}]}}"##
        );
        let page = read(body.as_bytes(), Listing::Groups).unwrap();
        assert_eq!((page.groups.len(), page.entries, page.next.as_deref()), (2, 3, Some("https://g/x")));
        assert_eq!((page.groups[0].name.as_deref(), page.groups[1].name.as_deref()), (None, Some("Pilots")));
        assert!(read(body.as_bytes(), Listing::Mixed).is_err(), "an entry of a mixed list says what it is");
        let long = format!(r#"{{"value":[],"@odata.nextLink":"https://g/{}"}}"#, "x".repeat(9000));
        for bad in [
            "",
            "[]",
            "{}",
            r#"{"value":null}"#,
            r#"{"value":{}}"#,
            r#"{"value":[{"displayName":"x"}]}"#,
            r#"{"value":[{"id":"pilots"}]}"#,
            r#"{"value":[7]}"#,
            r#"{"value":[],"@odata.nextLink":7}"#,
            &long,
        ] {
            assert!(read(bad.as_bytes(), Listing::Groups).is_err(), "{bad}");
        }
        assert_eq!(read(br#"{"value":[]}"#, Listing::Mixed).unwrap(), Page { groups: vec![], entries: 0, next: None });
    }

    proptest! {
        #[test]
        fn reading_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&bytes, Listing::Groups);
            let _ = error_code(&bytes);
        }
    }
}
