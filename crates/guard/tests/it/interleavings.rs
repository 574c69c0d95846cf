//! Random interleavings of requests with everything that takes something away: a cache entry is worthless the moment a change is
//! applied. The door is compared with a naive one that remembers nothing ([`naive`]), both ways: it lets in nobody whom that one
//! would refuse, and refuses nobody whom it would let in; open streams end when their permission is gone, and only then.

mod naive;
mod play;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRng};
use tokio::task::JoinHandle;

use naive::{Asker, CAST, HOSTS, In, Naive, Stream, WAYS};
use play::{Asking, Change, Play};

#[derive(Debug, Clone)]
enum Step {
    /// By token or by secret, at an application, from an address.
    Ask(u8, u8, u8),
    Change(Change),
}

fn change() -> impl Strategy<Value = Change> {
    let (person, app) = (|| 0..CAST.len(), || 0..HOSTS.len());
    prop_oneof![
        4 => person().prop_map(Change::SignIn),
        4 => any::<u8>().prop_map(Change::Tokens),
        2 => person().prop_map(Change::RevokePerson),
        2 => any::<u8>().prop_map(Change::RevokeSession),
        1 => Just(Change::RevokeAccount),
        1 => app().prop_map(Change::Withdraw),
        1 => app().prop_map(Change::Remove),
        6 => (app(), 0..WAYS).prop_map(|(app, written)| Change::Policies(app, written)),
        1 => (app(), any::<bool>()).prop_map(|(app, others)| Change::ForOthers(app, others)),
        2 => (app(), any::<bool>()).prop_map(|(app, keeps)| Change::Keeps(app, keeps)),
        2 => person().prop_map(Change::Crew),
        3 => (app(), person(), any::<bool>()).prop_map(|(app, person, given)| Change::Grant(app, person, given)),
        1 => any::<bool>().prop_map(Change::NewSecret),
        1 => any::<bool>().prop_map(Change::SwitchProgram),
        1 => Just(Change::RemoveProgram),
        1 => any::<bool>().prop_map(Change::NewKey),
        1 => prop_oneof![Just(61), Just(601), Just(3601), Just(86_401)].prop_map(Change::Pass),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => (any::<u8>(), any::<u8>(), any::<u8>()).prop_map(|(who, app, last)| Step::Ask(who, app, last)),
        1 => change().prop_map(Step::Change),
    ]
}

/// Mostly people, sometimes a program with one of its last secrets, sometimes nobody.
fn asker(naive: &Naive, who: u8) -> Asker {
    match who % 8 {
        0 => Asker::Nobody,
        1 | 2 => Asker::Program(naive.program.version.saturating_sub(u32::from(who / 64)).max(1)),
        // The young ones most of all: the old ones are mostly dead.
        _ => Asker::Holder(naive.tokens.len() - 1 - usize::from(who / 8) % naive.tokens.len().min(12)),
    }
}

struct Open {
    stream: Stream,
    cut: guard::Cut,
    end: JoinHandle<()>,
}

/// Lets everything that was woken run.
async fn settle() {
    for _ in 0..64 {
        tokio::task::yield_now().await;
    }
}

/// Bytes for verified tokens: more than there are, and two or three of them.
const ROOMS: [usize; 2] = [1 << 20, 4_000];

async fn run(steps: Vec<Step>, room: usize) {
    let mut play = Play::start(room).await;
    let mut open: Vec<Open> = Vec::new();
    for step in steps {
        match step {
            Step::Ask(who, app, last) => {
                let (asker, app, last) = (asker(&play.naive, who), usize::from(app) % HOSTS.len(), last % 3);
                let expected = play.naive.ask(asker, app, last);
                let (found, permit) = play.asking.ask(asker, app, last);
                assert_eq!(found, expected, "{asker:?} at {} from .{last}: {:?}", HOSTS[app], play.naive);
                // A program that was let in with nobody asked is not followed here.
                if let Some(permit) = permit.filter(|_| !matches!((asker, found), (Asker::Program(_), In::Anyone))) {
                    let cut = permit.cut().clone();
                    let stream = Stream::open(&play.naive, asker, found, app, last);
                    open.push(Open { stream, end: tokio::spawn(cut.clone().wait()), cut });
                }
            }
            Step::Change(change) => {
                play.apply(change).await;
                if let Change::Pass(secs) = change {
                    tokio::time::pause();
                    tokio::time::advance(std::time::Duration::from_secs(u64::try_from(secs).unwrap())).await;
                    tokio::time::resume();
                    play.rig.guard.tend(play.rig.now()).await.unwrap();
                }
                settle().await;
                open.retain(|open| {
                    let stays = open.stream.stays(&play.naive);
                    assert_eq!(!open.cut.is_cut(), stays, "{:?} after {change:?}: {:?}", open.stream, play.naive);
                    assert_eq!(!open.end.is_finished(), stays, "{:?} after {change:?}: nobody woke it", open.stream);
                    stays
                });
            }
        }
    }
    open.iter().for_each(|open| open.end.abort());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 36, ..ProptestConfig::default() })]
    #[test]
    fn no_cache_is_better_than_a_fresh_look_and_no_stream_outlives_its_permission(steps in prop::collection::vec(step(), 1..70), room in prop::sample::select(&ROOMS)) {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(run(steps, room));
    }
}

/// Asks as fast as it can. Each answer must be right for a state that may have been in force while it was asked for.
fn ask_on(play: &Asking, stop: &AtomicBool, seed: u64) -> u64 {
    let (mut n, mut asked) = (seed, 0);
    while !stop.load(Ordering::Acquire) {
        n = n.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let bits = (n >> 33).to_le_bytes();
        let held = play.held.read().len();
        let asker = match bits[0] % 8 {
            0 => Asker::Program(u32::from(bits[3] % 4) + 1),
            _ => Asker::Holder(held - 1 - usize::from(bits[3]) % held.min(12)),
        };
        let (app, last) = (usize::from(bits[1]) % HOSTS.len(), bits[2] % 3);
        let done = play.history.done();
        let (found, _) = play.ask(asker, app, last);
        let states = play.history.since(done);
        assert!(states.iter().any(|state| state.ask(asker, app, last) == found), "{found:?} for {asker:?} at {}: {states:?}", HOSTS[app]);
        asked += 1;
    }
    asked
}

#[test]
fn threads_that_ask_during_changes_never_see_what_is_over() {
    ROOMS.into_iter().for_each(ask_during_changes);
}

fn ask_during_changes(room: usize) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut play = runtime.block_on(Play::start(room));
    let mut runner = proptest::test_runner::TestRunner::new_with_rng(
        ProptestConfig::default(),
        TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    let (stop, total) = (AtomicBool::new(false), AtomicU64::new(0));
    let asking = play.asking.clone();
    std::thread::scope(|scope| {
        for seed in 1..=3 {
            let (asking, stop, total) = (&asking, &stop, &total);
            scope.spawn(move || total.fetch_add(ask_on(asking, stop, seed), Ordering::Relaxed));
        }
        // However this ends, the threads end.
        let _ended = Ended(&stop);
        for _ in 0..150 {
            let change = change().new_tree(&mut runner).unwrap().current();
            runtime.block_on(play.apply(change));
        }
    });
    assert!(total.load(Ordering::Relaxed) > 1000, "the threads asked in between");
}

struct Ended<'a>(&'a AtomicBool);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}
