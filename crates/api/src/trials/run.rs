//! One run: everybody of the registry, then everybody provisioned who never signed in; and the search for one person.

use std::{collections::HashMap, fmt, sync::Arc, time::Instant};

use guard::trial::{Candidate, Origin, People, Trial, Tried};
use model::{Email, IdpId, ScimId, Timestamp, UserId, access_policy::AccessPolicy, idp::IdentityProvider, provisioned::ResourceKind};
use store::{ProvisionedKey, Reader, Snapshot, StoreError};

use super::{Judgement, Run, rest};
use crate::{error::ApiError, state::ApiState};

/// People judged in one look at the store.
const PIECE: u64 = 200;

/// Who is looked for.
#[derive(Debug, Clone)]
pub(crate) enum Who {
    /// Everybody with this address.
    Email(Email),
    /// The person, or the provisioned user, of this id.
    Id(String),
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Email(email) => email.fmt(f),
            Self::Id(id) => id.fmt(f),
        }
    }
}

/// The policies compiled for those who signed in and, per provider, for those who did not.
struct Compiled {
    policies: Vec<Arc<AccessPolicy>>,
    snapshot: Arc<Snapshot>,
    by_source: HashMap<Option<IdpId>, Arc<Tried>>,
}

impl Compiled {
    fn of(&mut self, reader: &Reader<'_>, people: &People, told_by: Option<IdpId>) -> Result<Arc<Tried>, StoreError> {
        if let Some(tried) = self.by_source.get(&told_by) {
            return Ok(Arc::clone(tried));
        }
        let tried = Arc::new(tried(reader, people, (&self.policies, &self.snapshot), told_by)?);
        self.by_source.insert(told_by, Arc::clone(&tried));
        Ok(tried)
    }
}

/// Policies compiled for people whose facts have this source.
pub(crate) fn tried(
    reader: &Reader<'_>,
    people: &People,
    (policies, snapshot): (&[Arc<AccessPolicy>], &Snapshot),
    told_by: Option<IdpId>,
) -> Result<Tried, StoreError> {
    let told = told_by.map(|idp| people.told(reader, &idp)).transpose()?;
    Ok(Tried::new(policies, snapshot, told.as_ref()))
}

/// Judges everybody.
pub(super) async fn everybody(state: &ApiState, run: &Arc<Run>) -> Result<(), ApiError> {
    let snapshot = state.store.snapshot();
    let people = Arc::new(People::new(Arc::clone(&snapshot), (state.readings)()));
    let providers: Vec<Arc<IdentityProvider>> = people.provisioning().cloned().collect();
    let count = Arc::clone(run);
    let counted: Vec<IdpId> = providers.iter().map(|idp| idp.id).collect();
    state
        .read(move |reader| {
            let mut total = reader.list_users(&store::UserFilter::default(), store::Page { page: 1, per_page: 1 })?.total;
            for idp in counted {
                total = total.max(reader.provisioned_counts(&idp)?.users);
            }
            count.expect(total);
            Ok(())
        })
        .await?;
    let mut compiled = Compiled { policies: run.policies.clone(), snapshot, by_source: HashMap::new() };
    let mut after: Option<UserId> = None;
    while !run.is_ended() {
        let (begun, now, look) = (Instant::now(), state.now(), Arc::clone(&people));
        let (judged, last, back) = state
            .read(move |reader| {
                let piece = reader.people_after(after.as_ref(), PIECE)?;
                let last = (piece.len() as u64 == PIECE).then(|| piece.last().map(|(user, _)| user.id)).flatten();
                let mut judged = Vec::with_capacity(piece.len());
                for (user, identity) in piece {
                    judged.push(judge(reader, &look, &mut compiled, &look.person(reader, &user, identity)?, now)?);
                }
                Ok((judged, last, compiled))
            })
            .await?;
        compiled = back;
        run.add(judged);
        rest(begun).await;
        after = last;
        if after.is_none() {
            break;
        }
    }
    for idp in providers {
        compiled = provisioned(state, run, &people, &idp, compiled).await?;
    }
    run.expect(0);
    Ok(())
}

/// Judges everybody whom a provider provisions and who is no person of the registry.
async fn provisioned(
    state: &ApiState,
    run: &Run,
    people: &Arc<People>,
    idp: &Arc<IdentityProvider>,
    mut compiled: Compiled,
) -> Result<Compiled, ApiError> {
    let mut offset = 0;
    while !run.is_ended() {
        let (begun, now, look, through) = (Instant::now(), state.now(), Arc::clone(people), Arc::clone(idp));
        let (judged, full, back) = state
            .read(move |reader| {
                let piece = reader.list_provisioned(&through.id, ResourceKind::User, offset, PIECE)?.items;
                let full = piece.len() as u64 == PIECE;
                let mut judged = Vec::new();
                for user in &piece {
                    if !look.is_known(reader, &through, user)? {
                        judged.push(judge(reader, &look, &mut compiled, &look.provisioned(reader, &through, user)?, now)?);
                    }
                }
                Ok((judged, full, compiled))
            })
            .await?;
        compiled = back;
        run.add(judged);
        rest(begun).await;
        offset += PIECE;
        if !full {
            break;
        }
    }
    Ok(compiled)
}

fn judge(
    reader: &Reader<'_>,
    people: &People,
    compiled: &mut Compiled,
    candidate: &Candidate,
    now: Timestamp,
) -> Result<Judgement, StoreError> {
    let trial = match (&candidate.facts, candidate.refused) {
        (_, Some(_)) => Trial::Blocked,
        (None, None) => Trial::Undecided,
        (Some(facts), None) => compiled.of(reader, people, candidate.told_by)?.result(facts, now),
    };
    Ok(Judgement { origin: candidate.origin, trial })
}

/// Everybody of an address or id, signed in or provisioned.
pub(crate) fn candidates(reader: &Reader<'_>, people: &People, who: &Who) -> Result<Vec<Candidate>, StoreError> {
    let mut found = Vec::new();
    let person = |user: &model::user::User| people.person(reader, user, reader.last_identity(&user.id)?);
    match who {
        Who::Email(email) => {
            for user in reader.users_by_email(email)? {
                found.push(person(&user)?);
            }
            for idp in people.provisioning() {
                let mut seen: Vec<ScimId> = Vec::new();
                for key in [ProvisionedKey::Email, ProvisionedKey::UserName] {
                    for user in reader.find_provisioned(&idp.id, ResourceKind::User, key, email.as_str())? {
                        if !seen.contains(&user.id) && !people.is_known(reader, idp, &user)? {
                            seen.push(user.id);
                            found.push(people.provisioned(reader, idp, &user)?);
                        }
                    }
                }
            }
        }
        Who::Id(id) => {
            if let Some(user) = id.parse::<UserId>().ok().map(|id| reader.user(&id)).transpose()?.flatten() {
                found.push(person(&user)?);
            } else if let Ok(id) = id.parse::<ScimId>() {
                for idp in people.provisioning() {
                    if let Some(user) = reader.provisioned(&idp.id, ResourceKind::User, &id)? {
                        found.push(people.provisioned(reader, idp, &user)?);
                    }
                }
            }
        }
    }
    Ok(found)
}

/// How somebody of a run is shown: id, address and name; what is gone meanwhile has neither.
pub(crate) fn shown(reader: &Reader<'_>, origin: Origin) -> Result<(String, String, String), StoreError> {
    Ok(match origin {
        Origin::Person(id) => {
            let user = reader.user(&id)?;
            let (email, name) = user.map(|user| (user.email.to_string(), user.name)).unwrap_or_default();
            (id.to_string(), email, name)
        }
        Origin::Provisioned(idp, id) => {
            let user = reader.provisioned(&idp, ResourceKind::User, &id)?;
            let facts = user.map(|user| model::registry::ScimFacts::of(&user)).unwrap_or_default();
            let email = facts.email.map(|email| email.to_string()).or_else(|| facts.user_name.clone()).unwrap_or_default();
            (id.to_string(), email, facts.name.or(facts.user_name).unwrap_or_default())
        }
    })
}
