//! `GET /Users`, `GET /Groups` and `POST …/.search`: filters by index where one helps, else by looking at everything.

mod candidates;
mod member_filter;

use std::{ops::ControlFlow, sync::Arc};

use axum::{extract::State, response::Response};
use http::StatusCode;
use model::{ScimId, provisioned::Provisioned};
use scim::{
    Kind, ListQuery, Resource,
    sort::{Order, Sort, SortKey},
};
use serde_json::{Map, Value};
use store::Reader;

use crate::{
    ProvisioningState,
    body::ScimBody,
    credential::ScimCaller,
    error::Failure,
    members::{self, Needed},
    query::{Listing, ShownMembers},
    record, reply, show, transaction,
};

/// Most members in one list answer, over all its groups: a page of 1,000 groups of 10,000 would take gigabytes.
const MAX_MEMBERS_SHOWN: usize = 50_000;

/// `GET /Users`
pub(crate) async fn users(
    caller: ScimCaller,
    State(state): State<Arc<ProvisioningState>>,
    Listing(query): Listing,
) -> Result<Response, Failure> {
    list(&state, caller, &[Kind::User], query).await
}

/// `GET /Groups`
pub(crate) async fn groups(
    caller: ScimCaller,
    State(state): State<Arc<ProvisioningState>>,
    Listing(query): Listing,
) -> Result<Response, Failure> {
    list(&state, caller, &[Kind::Group], query).await
}

/// `POST /Users/.search`
pub(crate) async fn search_users(
    caller: ScimCaller,
    State(state): State<Arc<ProvisioningState>>,
    body: ScimBody,
) -> Result<Response, Failure> {
    list(&state, caller, &[Kind::User], ListQuery::from_search_body(&body.0)?).await
}

/// `POST /Groups/.search`
pub(crate) async fn search_groups(
    caller: ScimCaller,
    State(state): State<Arc<ProvisioningState>>,
    body: ScimBody,
) -> Result<Response, Failure> {
    list(&state, caller, &[Kind::Group], ListQuery::from_search_body(&body.0)?).await
}

/// `POST /.search`: users first, then groups.
pub(crate) async fn search_all(
    caller: ScimCaller,
    State(state): State<Arc<ProvisioningState>>,
    body: ScimBody,
) -> Result<Response, Failure> {
    list(&state, caller, &[Kind::User, Kind::Group], ListQuery::from_search_body(&body.0)?).await
}

async fn list(state: &ProvisioningState, caller: ScimCaller, kinds: &'static [Kind], query: ListQuery) -> Result<Response, Failure> {
    let body = transaction::read(&state.store, move |reader| {
        let search = Search { reader, caller: &caller, query: &query };
        let found = search.run(kinds)?;
        let shown = within(MAX_MEMBERS_SHOWN, found.page.iter().map(|(kind, record)| search.wire(*kind, record)))?;
        Ok(query.response(shown, found.total))
    })
    .await?;
    Ok(reply::json(StatusCode::OK, &body))
}

/// The resources of an answer until their members are too many together; the first one always. A client goes on at
/// `startIndex` plus `itemsPerPage`, whatever it asked for (RFC 7644 section 3.4.2.4).
fn within(
    most_members: usize,
    resources: impl Iterator<Item = Result<Map<String, Value>, Failure>>,
) -> Result<Vec<Map<String, Value>>, Failure> {
    let (mut shown, mut members) = (Vec::new(), 0);
    for resource in resources {
        let resource = resource?;
        members += resource.get("members").and_then(Value::as_array).map_or(0, Vec::len);
        if members > most_members && !shown.is_empty() {
            break;
        }
        shown.push(resource);
    }
    Ok(shown)
}

struct Search<'a> {
    reader: &'a Reader<'a>,
    caller: &'a ScimCaller,
    query: &'a ListQuery,
}

/// The resources to show, out of all that match.
#[derive(Default)]
struct Found {
    page: Vec<(Kind, Provisioned)>,
    total: u64,
}

impl Search<'_> {
    fn run(&self, kinds: &[Kind]) -> Result<Found, Failure> {
        match (kinds, &self.query.filter, &self.query.sort) {
            ([kind], None, None) => self.plain_page(*kind),
            (_, _, None) => self.in_order_of_creation(kinds),
            (_, _, Some(sort)) => self.sorted(kinds, sort),
        }
    }

    fn plain_page(&self, kind: Kind) -> Result<Found, Failure> {
        let limit = u64::try_from(self.query.count).unwrap_or(u64::MAX);
        let listed = self.reader.list_provisioned(&self.caller.idp, record::stored_kind(kind), self.offset(), limit)?;
        Ok(Found { page: listed.items.into_iter().map(|record| (kind, record)).collect(), total: listed.total })
    }

    fn in_order_of_creation(&self, kinds: &[Kind]) -> Result<Found, Failure> {
        let mut found = Found::default();
        for kind in kinds {
            self.each_match(*kind, &mut |record, _| {
                let position = found.total;
                found.total += 1;
                if position >= self.offset() && found.page.len() < self.query.count {
                    found.page.push((*kind, record));
                }
            })?;
        }
        Ok(found)
    }

    /// Keeps only the keys of what matches, and reads the page's resources again: a sorted list of a million users
    /// must not hold a million documents.
    fn sorted(&self, kinds: &[Kind], sort: &Sort) -> Result<Found, Failure> {
        let mut keys: Vec<(SortKey, Kind, ScimId)> = Vec::new();
        for kind in kinds {
            self.each_match(*kind, &mut |record, subject| keys.push((sort.key(subject), *kind, record.id)))?;
        }
        keys.sort_by(|(left, ..), (right, ..)| match sort.order() {
            Order::Ascending => left.cmp(right),
            Order::Descending => right.cmp(left),
        });
        let mut found = Found { page: Vec::new(), total: u64::try_from(keys.len()).unwrap_or(u64::MAX) };
        for (_, kind, id) in self.query.page(&keys) {
            if let Some(record) = self.reader.provisioned(&self.caller.idp, record::stored_kind(*kind), id)? {
                found.page.push((*kind, record));
            }
        }
        Ok(found)
    }

    fn offset(&self) -> u64 {
        self.query.start_index.saturating_sub(1)
    }

    /// Hands every resource of a kind that fulfils the filter to `take`, in order of creation.
    fn each_match(&self, kind: Kind, take: &mut dyn FnMut(Provisioned, &Resource<'_>)) -> Result<(), Failure> {
        let needed = match kind {
            Kind::User => Needed::None,
            Kind::Group => self.query.filter.as_ref().map_or(Needed::None, member_filter::needed),
        };
        let mut look = |record: Provisioned| -> Result<(), Failure> {
            let mut doc = record::doc(&record)?;
            doc = match &needed {
                Needed::None => doc,
                Needed::Named(_) => members::with_members(&doc, &members::load(self.reader, record.id, &needed)?)?,
                // As they are shown: a filter may ask for their type.
                Needed::All => show::group_doc(self.reader, self.caller, &record, ShownMembers::Yes)?,
            };
            let (id, meta) = (record.id.to_string(), record::meta(&record));
            let subject = Resource { kind, id: &id, meta: &meta, doc: &doc };
            if self.query.matches(&subject) {
                take(record, &subject);
            }
            Ok(())
        };
        match candidates::narrow(self.reader, self.caller, kind, self.query.filter.as_ref())? {
            Some(candidates) => candidates.into_iter().try_for_each(look),
            None => {
                let mut failed = None;
                self.reader.each_provisioned(&self.caller.idp, record::stored_kind(kind), &mut |record| match look(record) {
                    Ok(()) => ControlFlow::Continue(()),
                    Err(failure) => {
                        failed = Some(failure);
                        ControlFlow::Break(())
                    }
                })?;
                failed.map_or(Ok(()), Err)
            }
        }
    }

    fn wire(&self, kind: Kind, record: &Provisioned) -> Result<Map<String, Value>, Failure> {
        let doc = match kind {
            Kind::User => record::doc(record)?,
            Kind::Group => show::group_doc(self.reader, self.caller, record, ShownMembers::of(&self.query.projection))?,
        };
        let (id, meta) = (record.id.to_string(), record::meta(record));
        Ok(Resource { kind, id: &id, meta: &meta, doc: &doc }.to_wire(&self.caller.base_url))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_page_ends_before_its_members_are_too_many_but_is_never_empty() {
        let group = |members: usize| json!({ "members": vec![json!({}); members] }).as_object().cloned().unwrap();
        for (sizes, expected) in [(&[4, 3, 3, 1][..], 3), (&[11, 1], 1), (&[0, 0, 10, 0], 4), (&[], 0)] {
            let shown = within(10, sizes.iter().map(|members| Ok(group(*members)))).unwrap();
            assert_eq!(shown.len(), expected, "{sizes:?}");
        }
        let user = json!({ "userName": "mara@harbourworks.example" }).as_object().cloned().unwrap();
        assert_eq!(within(0, std::iter::repeat_n(user, 5).map(Ok)).unwrap().len(), 5);
    }
}
