//! A handful of checks at one provider: some at a time, what they found written together.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use guard::live::LiveSession;
use idp::{RefreshError, Refreshed, SignInError};
use model::{
    Nonce, ObjectId, Secret, Timestamp,
    idp::{ClientCredentials, IdentityProvider},
    liveness::{CheckOutcome, SessionCheck},
    session::{RevokeReason, SessionState},
};
use serde_json::Value;
use store::{DueCheck, Snapshot, StoreError, Tx};
use tokio::task::JoinSet;

use super::{
    Parts, Tally, named, pace,
    verdict::{self, Known, Provider, Verdict, Whose},
};

/// Checks at one provider at the same time.
const AT_ONCE: usize = 16;
/// After so many unanswered checks in succession nobody else is asked about.
const SILENT_ENOUGH: u32 = 3;
/// Longest time of one check; the provider client stops earlier.
const CHECK_LIMIT: Duration = Duration::from_secs(9);
/// Sessions ended in one transaction because the provider is silent.
const ENDED_AT_ONCE: u64 = 500;
/// What the records of the access log are called.
const ACTION: &str = "liveness";

pub(super) struct Round<'a> {
    state: &'a Parts,
    idp: &'a Arc<IdentityProvider>,
    credentials: Arc<ClientCredentials>,
    named: BTreeSet<ObjectId>,
    tally: Tally,
    /// Unanswered checks in succession.
    silent: u32,
    /// Some check was answered.
    answered: bool,
    /// Why the first check that taught nothing did not.
    trouble: Option<String>,
}

/// A check that was made.
struct Asked {
    live: Arc<LiveSession>,
    check: SessionCheck,
    answer: Result<Refreshed, RefreshError>,
}

/// A session that is to end.
struct End {
    live: Option<Arc<LiveSession>>,
    nonce: Nonce,
    why: RevokeReason,
    whose: Whose,
    record: Value,
}

/// What is noted about a session that lives on.
struct Note {
    nonce: Nonce,
    outcome: CheckOutcome,
    renewed: Option<Secret>,
    next_check_at: Timestamp,
}

impl<'a> Round<'a> {
    pub(super) fn new(state: &'a Parts, snapshot: &Snapshot, idp: &'a Arc<IdentityProvider>) -> Self {
        Self {
            state,
            idp,
            credentials: snapshot.idp_credentials.get(&idp.id).cloned().unwrap_or_default(),
            named: named::named(snapshot, &idp.id),
            tally: Tally::default(),
            silent: 0,
            answered: false,
            trouble: None,
        }
    }

    pub(super) const fn tally(&self) -> Tally {
        self.tally
    }

    /// True when nothing more is to be had from the provider for now.
    pub(super) const fn found_silence(&self) -> bool {
        self.silent >= SILENT_ENOUGH || (self.silent > 0 && !self.answered)
    }

    /// Makes the checks.
    pub(super) async fn check(&mut self, due: Vec<DueCheck>, stopping: &AtomicBool) -> Result<(), StoreError> {
        let (mut waiting, mut gone, mut asking) = (due.into_iter(), Vec::new(), JoinSet::new());
        loop {
            while asking.len() < AT_ONCE && self.silent < SILENT_ENOUGH && !stopping.load(Ordering::Acquire) {
                let Some(due) = waiting.next() else { break };
                match self.state.guard.session(&due.nonce, self.state.now()) {
                    Some(live) => drop(asking.spawn(ask(self.state.clone(), self.idp.clone(), self.credentials.clone(), live, due))),
                    None => gone.push(due.nonce),
                }
            }
            let Some(first) = asking.join_next().await else { break };
            let mut asked = vec![first];
            asked.extend(std::iter::from_fn(|| asking.try_join_next()));
            let asked = asked.into_iter().filter_map(|made| made.inspect_err(|error| tracing::error!(%error, "a check failed")).ok());
            self.settle(asked.collect()).await?;
        }
        if let Some(trouble) = &self.trouble {
            tracing::warn!(idp.id = %self.idp.id, checks.in_doubt = self.tally.in_doubt, trouble, "checks of sessions taught nothing");
        }
        self.forget(gone).await
    }

    async fn settle(&mut self, asked: Vec<Asked>) -> Result<(), StoreError> {
        let (now, settings) = (self.state.now(), self.idp.config.liveness());
        let (mut ends, mut notes) = (Vec::new(), Vec::new());
        for Asked { live, check, answer } in asked {
            let groups = &live.identity.groups;
            let known = Known { groups, named: &self.named, check: &check, grace_seconds: settings.grace_seconds, now };
            let nonce = live.session.nonce.clone();
            match verdict::judge(answer, &known) {
                Verdict::Lives { outcome, renewed, trouble, provider } => {
                    self.count(provider, outcome, trouble);
                    let next_check_at = match outcome {
                        CheckOutcome::Good => pace::next(now, settings.interval_seconds, rand::random()),
                        _ => pace::retry(now, settings.interval_seconds, check.failures),
                    };
                    notes.push(Note { nonce, outcome, renewed, next_check_at });
                }
                Verdict::Ends { why, whose, record } => {
                    // An answer, unless the grace ran out.
                    if why == RevokeReason::ProviderSilent {
                        self.silent += 1
                    } else {
                        self.heard()
                    }
                    ends.push(End { live: Some(live), nonce, why, whose, record });
                }
            }
        }
        self.end(ends, now).await?;
        if notes.is_empty() {
            return Ok(());
        }
        let write = move |tx: &mut Tx<'_>| {
            notes.iter().try_for_each(|note| tx.note_check(&note.nonce, note.outcome, note.renewed.as_ref(), note.next_check_at))
        };
        self.state.guard.store().write(write).await
    }

    fn count(&mut self, provider: Provider, outcome: CheckOutcome, trouble: Option<String>) {
        match provider {
            Provider::Answers => self.heard(),
            Provider::Silent => self.silent += 1,
        }
        match outcome {
            CheckOutcome::Good => self.tally.good += 1,
            CheckOutcome::Unreachable | CheckOutcome::GroupsUnknown => self.tally.in_doubt += 1,
        }
        self.trouble = self.trouble.take().or(trouble);
    }

    const fn heard(&mut self) {
        self.silent = 0;
        self.answered = true;
    }

    /// Ends sessions, before anything else: the transaction is answered when their streams are cut.
    async fn end(&mut self, ends: Vec<End>, now: Timestamp) -> Result<(), StoreError> {
        if ends.is_empty() {
            return Ok(());
        }
        let list: Vec<(Nonce, RevokeReason, Whose)> = ends.iter().map(|end| (end.nonce.clone(), end.why, end.whose)).collect();
        let write = move |tx: &mut Tx<'_>| list.iter().map(|(nonce, why, whose)| end_session(tx, nonce, *why, *whose)).collect();
        let ended: Vec<bool> = self.state.guard.store().write_first(write).await?;
        for (end, _) in ends.into_iter().zip(ended).filter(|(_, ended)| *ended) {
            self.tally.ended += 1;
            let code = end.record["code"].as_str().map(str::to_owned);
            let Some(live) = end.live else { continue };
            let reference = self.state.guard.record_end(&live, ACTION, end.record, now);
            tracing::info!(
                idp.id = %self.idp.id,
                user.id = %live.session.user_id,
                decision.reference = %reference,
                reason = end.why.as_str(),
                code,
                "a check at the provider ended a session"
            );
        }
        Ok(())
    }

    /// The provider is silent: the grace of all who are due runs, and those whose grace is over are ended.
    pub(super) async fn silence(&mut self) -> Result<Tally, StoreError> {
        let (id, store, now) = (self.idp.id, self.state.guard.store(), self.state.now());
        let before = self.tally;
        store.write(move |tx| tx.note_unreachable(&id)).await?;
        let over = now.plus_secs(-i64::from(self.idp.config.liveness().grace_seconds));
        let trouble = self.trouble.clone().unwrap_or_default();
        loop {
            let silent = store.read(move |reader| reader.silent_since(&id, over, ENDED_AT_ONCE)).await?;
            if silent.is_empty() {
                break;
            }
            let ends = silent.into_iter().map(|(nonce, since)| End {
                live: self.state.guard.session(&nonce, now),
                nonce,
                why: RevokeReason::ProviderSilent,
                whose: Whose::Session,
                record: verdict::silent(since, &trouble),
            });
            self.end(ends.collect(), now).await?;
        }
        Ok(Tally { ended: self.tally.ended - before.ended, ..Tally::default() })
    }

    /// Ends the checks of sessions that are not alive here; whether they really are not, the tables say.
    async fn forget(&self, gone: Vec<Nonce>) -> Result<(), StoreError> {
        if gone.is_empty() {
            return Ok(());
        }
        let write = move |tx: &mut Tx<'_>| {
            gone.iter().try_for_each(|nonce| match tx.session(nonce)? {
                Some((session, _)) if session.state == SessionState::Live && session.expires_at > tx.now() => Ok(()),
                _ => tx.forget_check(nonce),
            })
        };
        self.state.guard.store().write(write).await
    }
}

/// Asks the provider about one session.
async fn ask(
    state: Parts,
    idp: Arc<IdentityProvider>,
    credentials: Arc<ClientCredentials>,
    live: Arc<LiveSession>,
    due: DueCheck,
) -> Asked {
    let provider = idp::Provider { config: &idp.config, credentials: &credentials };
    let asking = state.idp.refresh(provider, &live.identity.key, &due.refresh_token, state.now());
    let answer = tokio::time::timeout(CHECK_LIMIT, asking).await.unwrap_or_else(|_| {
        let detail = format!("no answer within {} s", CHECK_LIMIT.as_secs());
        Err(RefreshError::Transient(SignInError::Down { what: "the identity provider", detail }))
    });
    Asked { live, check: due.check, answer }
}

/// Ends a session, or all of its person. What the provider said of one session makes it worth asking about the person's others at
/// once. False when it had ended already.
fn end_session(tx: &mut Tx<'_>, nonce: &Nonce, why: RevokeReason, whose: Whose) -> Result<bool, StoreError> {
    let alive = tx.session(nonce)?.filter(|(session, _)| session.state == SessionState::Live);
    let Some(user) = alive.map(|(session, _)| session.user_id) else {
        tx.forget_check(nonce)?;
        return Ok(false);
    };
    match whose {
        Whose::Person => tx.revoke_user(&user, why).map(drop)?,
        Whose::Session => {
            tx.revoke_session(nonce, why)?;
            if why != RevokeReason::ProviderSilent {
                tx.check_user_now(&user)?;
            }
        }
    }
    Ok(true)
}
