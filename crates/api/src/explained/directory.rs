//! Names of groups that neither provisioning nor a sign-in told: the directory is asked for them when somebody reads an explanation who may
//! ask it anyway. What it said is kept for a while, also that it did not.

use std::{collections::HashMap, time::Duration};

use futures_util::future::join_all;
use idp::Provider;
use model::{IdpId, ObjectId, Timestamp};
use parking_lot::Mutex;

use super::Names;
use crate::{
    caller::{Caller, GroupsSearch, Needs},
    state::ApiState,
};

/// Groups that are asked for; the others keep their ids.
const ASKED: usize = 5;
/// Longest time that a reader waits for a name.
const LONGEST: Duration = Duration::from_secs(2);
/// How long an answer is good, in seconds.
const GOOD: i64 = 600;
/// Answers that are kept; with more, all are forgotten.
const MOST: usize = 2_000;

type Group = (IdpId, ObjectId);

/// What directories said lately.
#[derive(Default)]
pub(crate) struct Said(Mutex<HashMap<Group, (Option<String>, Timestamp)>>);

impl Said {
    /// A group's name as it was told; `None` when nobody asked lately.
    fn of(&self, group: &Group, now: Timestamp) -> Option<Option<String>> {
        let said = self.0.lock();
        said.get(group).filter(|(_, at)| (0..GOOD).contains(&(now.secs() - at.secs()))).map(|(name, _)| name.clone())
    }
    fn keep(&self, group: Group, name: Option<String>, now: Timestamp) {
        let mut said = self.0.lock();
        if said.len() >= MOST {
            said.clear();
        }
        said.insert(group, (name, now));
    }
}

impl Names {
    /// Asks the directories for the names that are missing, of a few groups and for a short time, for a caller who may search in them
    /// ([`GroupsSearch`]). What is not told keeps its id.
    pub(crate) async fn ask<N>(&mut self, state: &ApiState, caller: &Caller<N>) {
        // A token for certain objects searches in no directory.
        if self.unnamed().is_empty() || caller.resources().is_some() || !GroupsSearch::ANY_OF.iter().any(|one| caller.holds(*one)) {
            return;
        }
        let now = state.now();
        let mut wanted = Vec::new();
        for group in self.unnamed().to_vec() {
            match state.said.of(&group, now) {
                Some(Some(name)) => self.learn(group, name),
                Some(None) => {}
                None => wanted.push(group),
            }
        }
        wanted.truncate(ASKED);
        for (group, name) in join_all(wanted.into_iter().map(|group| one(state, group))).await.into_iter().flatten() {
            state.said.keep(group, name.clone(), now);
            if let Some(name) = name {
                self.learn(group, name);
            }
        }
    }
}

/// What the directory says of one group; `None` when it did not answer in time, or too many ask.
async fn one(state: &ApiState, group @ (idp, id): Group) -> Option<(Group, Option<String>)> {
    let _place = state.searches.try_acquire().ok()?;
    let snapshot = state.store.snapshot();
    let known = snapshot.idps.get(&idp).filter(|idp| idp.config.entra().is_some())?;
    let credentials = snapshot.idp_credentials.get(&idp).cloned().unwrap_or_default();
    let provider = Provider { config: &known.config, credentials: &credentials };
    let words = id.to_string();
    let found = tokio::time::timeout(LONGEST, state.checker.groups_named(provider, &words, state.now())).await.ok()?;
    let (found, _) = found.ok()?;
    Some((group, found.into_iter().find(|found| found.id == id).and_then(|found| found.name)))
}
