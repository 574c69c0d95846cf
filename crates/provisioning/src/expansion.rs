//! Filling in nested members: the people of groups in provisioned groups are read from Microsoft Graph at an interval and kept apart
//! from what SCIM sent, so that Entra's own patches never collide with them.
//!
//! Expanded are the provisioned groups that rules name: of a directory with thousands of groups, those that matter here.

mod keep;
mod turn;

use std::time::Duration;

use idp::{Client, Provider, entra::MemberReader};
use model::{
    ScimId, Timestamp,
    drift::Expansion,
    idp::{IdentityProvider, ScimOptions},
};
use store::{Reader, Snapshot, Store, StoreError};

use self::{
    keep::{Read, keep, settle},
    turn::{Turn, turn},
};
use crate::drift::{directory, is_compared, named, registry};

/// Time for all groups of one login method whose turn it is; the rest comes in the next round.
const TIME: Duration = Duration::from_secs(300);

/// Expands groups.
#[derive(Clone)]
pub struct Expansions {
    store: Store,
    client: Client,
}

impl Expansions {
    /// An expander.
    pub fn new(store: Store, client: Client) -> Self {
        Self { store, client }
    }

    /// One round: expands the groups whose turn it is, one after the other, and forgets what is expanded no longer. A group that could
    /// not be read keeps the members it had.
    ///
    /// Errors: the store.
    pub async fn round(&self, now: Timestamp) -> Result<(), StoreError> {
        let snapshot = self.store.snapshot();
        let known = self.store.read(|reader| reader.expanding_idps()).await?;
        for id in known.into_iter().filter(|id| snapshot.idps.get(id).and_then(|idp| interval(idp)).is_none()) {
            self.store.write(move |tx| keep::forget(tx, &id)).await?;
        }
        for idp in snapshot.idps.values() {
            if let Some(every) = interval(idp) {
                self.provider(&snapshot, idp, every, now).await?;
            }
        }
        Ok(())
    }

    async fn provider(&self, snapshot: &Snapshot, idp: &IdentityProvider, every: u32, now: Timestamp) -> Result<(), StoreError> {
        let (id, changed) = (idp.id, idp.updated_at);
        let named: Vec<_> = named::named(snapshot.into(), &id).into_iter().map(|(group, _)| group).collect();
        let (wanted, stored) = self
            .store
            .read(move |reader| {
                let mut wanted = Vec::new();
                for object_id in named {
                    wanted.extend(registry::groups(reader, &id, &object_id)?.into_iter().map(|group| (group.id, object_id)));
                }
                Ok((wanted, reader.expansions(&id)?))
            })
            .await?;
        let Turn { due, gone } = turn(&wanted, &stored, every, changed, now);
        if !gone.is_empty() {
            self.store.write(move |tx| gone.iter().try_for_each(|group| tx.forget_expansion(group))).await?;
        }
        if due.is_empty() {
            return Ok(());
        }
        let credentials = snapshot.idp_credentials.get(&id).cloned().unwrap_or_default();
        let provider = Provider { config: &idp.config, credentials: &credentials };
        let reader = self.client.member_reader(provider, TIME, now).await;
        for (group, object_id) in due {
            let read = match &reader {
                Ok(reader) => nested(reader, group, &object_id).await,
                Err(error) => Read { group, people: Err(directory::words(error)) },
            };
            if let Err(why) = &read.people {
                tracing::warn!(idp.id = %id, %group, why, "nested members could not be read; what was read before stays");
            }
            let asked = idp.clone();
            self.store.write(move |tx| keep(tx, &asked, read)).await?;
        }
        let asked = idp.clone();
        self.store.write(move |tx| settle(tx, &asked)).await
    }
}

/// Who is in a group through a group in it only, and may sign in.
async fn nested(reader: &MemberReader<'_>, group: ScimId, object_id: &model::ObjectId) -> Read {
    let read = async {
        let direct = reader.direct_members(object_id).await?;
        if direct.groups.is_empty() {
            return Ok(Vec::new());
        }
        let mut people = reader.transitive_members(object_id).await?;
        people.retain(|person| !direct.people.contains(&person.id) && person.enabled != Some(false));
        Ok(people)
    };
    Read { group, people: read.await.map_err(|error| directory::words(&error)) }
}

/// The interval in seconds; `None` for a login method that is not expanded.
fn interval(idp: &IdentityProvider) -> Option<u32> {
    let ScimOptions { expand_nested_secs, .. } = idp.scim.own;
    expand_nested_secs.filter(|_| is_compared(idp))
}

/// How the expansion of a login method stands; `None` where it is switched off.
pub(crate) fn standing(reader: &Reader<'_>, idp: &IdentityProvider) -> Result<Option<Expansion>, StoreError> {
    let Some(every_secs) = interval(idp) else { return Ok(None) };
    let stored = reader.expansions(&idp.id)?;
    Ok(Some(Expansion {
        every_secs,
        groups: stored.len(),
        oldest: stored.iter().map(|group| group.read_at.unwrap_or(group.begun_at)).min(),
        why: stored.iter().find_map(|group| group.why.clone()),
    }))
}
