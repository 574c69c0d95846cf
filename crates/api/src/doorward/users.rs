//! `users` and `users/{user_id}`: the registry of people as it is kept here, fact by fact with its source.

mod facts;
mod groups;
mod write;

use axum::extract::State;
use model::{IdpId, Timestamp, UserId, identity::Identity, registry::RegistryIdentity, session::Session, user::User};
use store::{Listed, Reader, SessionApp, StoreError, UserFilter};

use crate::{
    access::users::person,
    caller::{Caller, UsersRead},
    envelope::Answer,
    error::ApiError,
    pagination::Paging,
    params::{At, Query},
    state::ApiState,
};

/// Most people on a page: each is put together from several places.
const MOST_PER_PAGE: u32 = 200;
/// Sessions that were ended, shown of one person.
const ENDED_SHOWN: u64 = 50;

/// A person of a list.
struct Row {
    user: User,
    identity: RegistryIdentity,
    last_idp: Option<IdpId>,
    last_seen: Option<Timestamp>,
}

/// Everything that is known about a person.
struct Known {
    row: Row,
    sign_in: Option<Identity>,
    groups: Option<Vec<groups::Named>>,
    sessions: Vec<Session>,
    used: Vec<SessionApp>,
    ended: Vec<Session>,
}

/// People, the oldest record first: filters `email`, `name`, `search` (a part of either) and `seat`.
pub(crate) async fn list(_: Caller<UsersRead>, State(state): State<ApiState>, query: Query) -> Result<Answer, ApiError> {
    let paging = Paging::read(&query, 50)?.at_most(MOST_PER_PAGE);
    let text = |key| query.text(key).map(str::to_owned);
    let filter = UserFilter { email: text("email"), name: text("name"), search: text("search"), seat: query.parsed("seat")? };
    let listed = state.read(move |reader| {
        let people = reader.list_users(&filter, paging.page())?;
        let items = people.items.into_iter().map(|user| Ok(row(reader, user)?.0)).collect::<Result<Vec<Row>, StoreError>>()?;
        Ok(Listed { items, total: people.total })
    });
    let (listed, snapshot) = (listed.await?, state.store.snapshot());
    Ok(Answer::page(paging.taken(listed, |row| write::row(&row, &snapshot))))
}

/// One person with everything that is known.
pub(crate) async fn get(_: Caller<UsersRead>, State(state): State<ApiState>, At(id): At<UserId>) -> Result<Answer, ApiError> {
    let now = state.now();
    let known = state.read(move |reader| {
        let (row, sign_in) = row(reader, person(reader, &id)?)?;
        Ok(Known {
            groups: groups::named(reader, &row.identity, sign_in.as_ref())?,
            row,
            sign_in,
            sessions: reader.sessions_of(&id, now)?.into_iter().map(|(session, _)| session).collect(),
            used: reader.apps_of_sessions(&id)?,
            ended: reader.ended_sessions_of(&id, ENDED_SHOWN)?,
        })
    });
    let (known, snapshot, readings) = (known.await?, state.store.snapshot(), (state.readings)());
    Ok(Answer::ok(write::known(&known, &write::Around { snapshot: &snapshot, readings: &readings, now })))
}

fn row(reader: &Reader<'_>, user: User) -> Result<(Row, Option<Identity>), StoreError> {
    let sign_in = reader.last_identity(&user.id)?;
    let identity = reader.registry_identity(&user.id)?.unwrap_or_default();
    let last_seen = reader.last_seen(&user.id)?;
    let last_idp = sign_in.as_ref().map(|identity| identity.idp);
    Ok((Row { user, identity, last_idp, last_seen }, sign_in))
}
