//! The checks at one provider: one piece of work at a time, and a rest when the provider is silent.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use model::{Timestamp, idp::IdentityProvider};
use store::StoreError;
use tokio::sync::Mutex;

use super::{Parts, pace, round::Round};

/// Checks that are read at a time.
const AT_A_TIME: u64 = 128;

/// A provider's place in the work.
#[derive(Default)]
pub(super) struct Lane {
    turn: Mutex<Turn>,
}

/// What is remembered from one piece of work to the next; nothing of it needs to outlive a restart.
#[derive(Default)]
struct Turn {
    /// The interval that next checks were last brought in line with.
    interval: Option<u32>,
    /// Nobody is asked about before then.
    rest_until: Option<Timestamp>,
    /// Rounds in succession in which the provider was silent.
    silent_rounds: u32,
}

/// What came out of checks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// The provider still vouches for the person.
    pub good: u64,
    /// Nothing certain was learnt.
    pub in_doubt: u64,
    /// Sessions that were ended.
    pub ended: u64,
    /// By how many seconds the latest check was late.
    pub late_secs: i64,
}

impl Tally {
    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            good: self.good + other.good,
            in_doubt: self.in_doubt + other.in_doubt,
            ended: self.ended + other.ended,
            late_secs: self.late_secs.max(other.late_secs),
        }
    }
    pub(super) fn log(self) {
        if self != Self::default() {
            let Self { good, in_doubt, ended, late_secs } = self;
            tracing::info!(
                checks.good = good,
                checks.in_doubt = in_doubt,
                checks.ended = ended,
                checks.late_secs = late_secs,
                "sessions were checked at their providers"
            );
        }
    }
}

impl Lane {
    /// True when nobody works here.
    pub(super) fn is_idle(&self) -> bool {
        self.turn.try_lock().is_ok()
    }

    /// Checks what is due until nothing is, the provider falls silent, or the server stops.
    pub(super) async fn work(&self, state: &Parts, idp: &Arc<IdentityProvider>, stopping: &AtomicBool) -> Tally {
        let mut turn = self.turn.lock().await;
        let mut tally = Tally::default();
        if let Err(error) = rounds(&mut turn, state, idp, stopping, &mut tally).await {
            tracing::error!(idp.id = %idp.id, error = &error as &dyn std::error::Error, "checks of sessions could not be kept; they are made again");
        }
        tally
    }
}

async fn rounds(
    turn: &mut Turn,
    state: &Parts,
    idp: &Arc<IdentityProvider>,
    stopping: &AtomicBool,
    tally: &mut Tally,
) -> Result<(), StoreError> {
    let (id, store, interval) = (idp.id, state.guard.store(), idp.config.liveness().interval_seconds);
    if turn.rest_until.is_some_and(|until| state.now() < until) {
        return Ok(());
    }
    if turn.interval != Some(interval) {
        let latest = state.now().plus_secs(i64::from(interval));
        store.write(move |tx| tx.check_no_later(&id, latest)).await?;
        turn.interval = Some(interval);
    }
    while !stopping.load(Ordering::Acquire) {
        let now = state.now();
        let due = store.read(move |reader| reader.due_checks(&id, now, AT_A_TIME)).await?;
        let Some(first) = due.first() else { break };
        tally.late_secs = tally.late_secs.max(now.secs_since(first.check.next_check_at));
        // As it is now: settings and credentials belong together, and may have changed since the round before.
        let snapshot = store.snapshot();
        let Some(idp) = snapshot.idps.get(&id) else { break };
        let mut round = Round::new(state, &snapshot, idp);
        round.check(due, stopping).await?;
        *tally = tally.plus(round.tally());
        if round.found_silence() {
            *tally = tally.plus(round.silence().await?);
            turn.rest_until = Some(pace::rest(state.now(), turn.silent_rounds));
            turn.silent_rounds = turn.silent_rounds.saturating_add(1);
            break;
        }
        turn.silent_rounds = 0;
    }
    Ok(())
}
