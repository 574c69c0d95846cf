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
/// How long a directory that did not answer is not asked again, in seconds: every reader would wait for it anew.
const SILENT: i64 = 60;
/// Answers that are kept; with more, all are forgotten.
const MOST: usize = 2_000;

type Group = (IdpId, ObjectId);

/// What directories said lately.
#[derive(Default)]
pub(crate) struct Said {
    names: Mutex<HashMap<Group, (Option<String>, Timestamp)>>,
    /// When these directories did not answer. No more than there are login methods.
    silent: Mutex<HashMap<IdpId, Timestamp>>,
}

/// Whether a moment lies less than so many seconds back.
fn is_recent(at: Timestamp, secs: i64, now: Timestamp) -> bool {
    (0..secs).contains(&now.secs_since(at))
}

impl Said {
    /// A group's name as it was told; `None` when nobody asked lately.
    fn of(&self, group: &Group, now: Timestamp) -> Option<Option<String>> {
        let said = self.names.lock();
        said.get(group).filter(|(_, at)| is_recent(*at, GOOD, now)).map(|(name, _)| name.clone())
    }
    fn is_silent(&self, idp: &IdpId, now: Timestamp) -> bool {
        self.silent.lock().get(idp).is_some_and(|at| is_recent(*at, SILENT, now))
    }
    fn was_silent(&self, idp: IdpId, now: Timestamp) {
        let mut silent = self.silent.lock();
        silent.retain(|_, at| is_recent(*at, SILENT, now));
        silent.insert(idp, now);
    }
    fn keep(&self, group: Group, name: Option<String>, now: Timestamp) {
        let mut said = self.names.lock();
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
                None if state.said.is_silent(&group.0, now) => {}
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
    let asked = tokio::time::timeout(LONGEST, state.checker.groups_named(provider, &words, state.now())).await;
    let Ok(Ok((found, _))) = asked else {
        state.said.was_silent(idp, state.now());
        return None;
    };
    Some((group, found.into_iter().find(|found| found.id == id).and_then(|found| found.name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_is_good_for_a_while_and_so_is_silence() {
        let (said, idp, other) = (Said::default(), IdpId::random(), IdpId::random());
        let group = (idp, "6d8e0000-0000-4000-8000-000000000001".parse().expect("an object id"));
        let at = |secs: i64| Timestamp::from_secs(1_000_000 + secs);
        said.keep(group, None, at(0));
        assert_eq!((said.of(&group, at(599)), said.of(&group, at(600))), (Some(None), None));
        said.was_silent(idp, at(0));
        assert_eq!([said.is_silent(&idp, at(59)), said.is_silent(&idp, at(60)), said.is_silent(&other, at(59))], [true, false, false]);
        said.was_silent(other, at(100));
        assert_eq!(said.silent.lock().len(), 1, "silence that is over is forgotten");
    }
}
