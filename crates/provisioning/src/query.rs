//! The query string: what to list and which attributes to show.

use axum::extract::FromRequestParts;
use http::request::Parts;
use scim::{ListQuery, projection::Projection};

use crate::error::Failure;

/// The parameters of the query string, decoded.
pub(crate) fn pairs(parts: &Parts) -> Vec<(String, String)> {
    form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()).into_owned().collect()
}

fn list_query(parts: &Parts) -> Result<ListQuery, Failure> {
    let pairs = pairs(parts);
    Ok(ListQuery::from_pairs(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())))?)
}

/// `filter`, `sortBy`, `startIndex` and the rest (RFC 7644 section 3.4.2). Spaces come as `+` or `%20`.
pub(crate) struct Listing(pub ListQuery);

impl<S: Send + Sync> FromRequestParts<S> for Listing {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        list_query(parts).map(Self)
    }
}

/// Whether an answer shows a group's members; Entra never wants them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ShownMembers {
    Yes,
    No,
}

impl ShownMembers {
    /// As the attributes asked for have it.
    pub fn of(projection: &Projection) -> Self {
        if projection.wants("members") { Self::Yes } else { Self::No }
    }
}

/// `attributes` and `excludedAttributes` of a request that answers with one resource (RFC 7644 section 3.9).
pub(crate) struct Attributes(pub Projection);

impl Attributes {
    /// Whether the answer shows a group's members.
    pub fn members(&self) -> ShownMembers {
        ShownMembers::of(&self.0)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Attributes {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        let pairs = pairs(parts);
        // Several lists of names are one.
        let named = |wanted: &str| {
            let lists: Vec<_> =
                pairs.iter().filter(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.as_str()).collect();
            lists.join(",")
        };
        Ok(Self(Projection::parse(Some(&named("attributes")), Some(&named("excludedAttributes")))?))
    }
}
