//! Tens of thousands of open streams: what a revocation and an edit of the policies cost, and that nobody else waits for it.
//!
//! Ruling 39: the figures are printed, and a test fails at five times the goal.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use guard::{Cut, Guard, Verdict};
use http::{HeaderMap, HeaderValue, Method};
use model::{Timestamp, access_policy::PolicyAction, rule::Rule, session::RevokeReason};
use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
};

use crate::rig::{PILOTS, Rig, policy};

const PEOPLE: usize = 200;
const STREAMS: usize = 20_000;
const REVOKED: usize = 100;
/// The goal is a second.
const LIMIT: Duration = Duration::from_secs(5);

/// A serving thread: a runtime of its own, its streams, and a clock hand that must not stand still.
struct Serving {
    streams: mpsc::UnboundedSender<Cut>,
    thread: JoinHandle<()>,
}

#[derive(Default)]
struct Seen {
    /// Streams that watch over their permit.
    watching: AtomicUsize,
    ended: AtomicUsize,
    /// Longest that something else on a thread waited for its turn, in microseconds.
    longest_wait: AtomicU64,
}

fn serve(seen: &Arc<Seen>, stop: &watch::Receiver<bool>) -> Serving {
    let (streams, mut coming) = mpsc::unbounded_channel::<Cut>();
    let (seen, mut stop) = (seen.clone(), stop.clone());
    let thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build_local(Default::default()).unwrap();
        runtime.block_on(async move {
            let mut hand = tokio::time::interval(Duration::from_millis(1));
            hand.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
            loop {
                tokio::select! {
                    Some(cut) = coming.recv() => {
                        let seen = seen.clone();
                        tokio::task::spawn_local(async move {
                            seen.watching.fetch_add(1, Ordering::Relaxed);
                            cut.wait().await;
                            seen.ended.fetch_add(1, Ordering::Relaxed);
                        });
                    }
                    due = hand.tick() => {
                        let waited = due.elapsed().as_micros().try_into().unwrap();
                        seen.longest_wait.fetch_max(waited, Ordering::Relaxed);
                    }
                    _ = stop.changed() => return,
                }
            }
        });
    });
    Serving { streams, thread }
}

fn permit(guard: &Guard, token: &str, now: Timestamp) -> Cut {
    let mut headers = HeaderMap::new();
    headers.insert("cookie", HeaderValue::from_str(&format!("CF_Authorization={token}")).unwrap());
    let certificate = guard::ClientCertificate::NotAsked;
    let (method, ip) = (Method::GET, Some([10, 0, 0, 1].into()));
    let request = guard::Request {
        host: "wiki.localhost",
        path: "/ws",
        method: &method,
        headers: &headers,
        ip,
        country: None,
        certificate: &certificate,
        now,
    };
    match guard.admit(&request) {
        Verdict::Admit(permit) => permit.cut().clone(),
        other => panic!("{}", crate::rig::outcome(&other)),
    }
}

async fn until(count: &AtomicUsize, so_many: usize) {
    while count.load(Ordering::Relaxed) < so_many {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn streams_keep_nothing_of_the_configurations_under_which_they_were_opened() {
    let rig = Rig::start().await;
    let (_, token) = rig.sign_in("ilo", &[PILOTS]).await;
    let (mut streams, mut compiled) = (Vec::new(), Vec::new());
    for _ in 0..10 {
        rig.wiki_policies(vec![policy(PolicyAction::Allow, Rule::Everyone {}, rig.now())]).await;
        streams.push(permit(&rig.guard, &token, rig.now()));
        compiled.push(Arc::downgrade(&rig.guard.app(&rig.wiki).unwrap()));
    }
    // What is written down about an admission looks at its application once more.
    rig.store.flush_records().await.unwrap();
    assert!(streams.iter().all(|cut| !cut.is_cut()));
    assert_eq!(compiled.iter().filter(|app| app.strong_count() > 0).count(), 1, "the one in force");
    rig.wiki(|app| app.generation += 1).await;
    assert!(streams.iter().all(Cut::is_cut), "they are still the application's");
}

#[tokio::test]
async fn sessions_that_ended_are_not_kept_by_the_tokens_that_are_remembered() {
    const SESSIONS: usize = 150;
    let rig = Rig::start().await;
    let mut sessions = Vec::new();
    for _ in 0..SESSIONS {
        let (live, token) = rig.sign_in("ilo", &[PILOTS]).await;
        permit(&rig.guard, &token, rig.now());
        let user = live.session.user_id;
        rig.store.write_first(move |tx| tx.revoke_user(&user, RevokeReason::Administrator)).await.unwrap();
        sessions.push(Arc::downgrade(&live));
    }
    let known = rig.guard.known_token_bytes();
    rig.guard.tend(rig.now()).await.unwrap();
    rig.store.flush_records().await.unwrap();
    let kept = sessions.iter().filter(|session| session.strong_count() > 0).count();
    // The maps let the last few dozen go with the next ones.
    assert!(kept < SESSIONS * 2 / 3, "{kept} of {SESSIONS}");
    assert!(rig.guard.known_token_bytes() < known);
}

#[tokio::test]
async fn of_twenty_thousand_streams_those_of_a_hundred_people_end_at_once_and_the_others_are_judged_again_in_passing() {
    let rig = Rig::start().await;
    let mut everyone_but = policy(PolicyAction::Allow, Rule::Everyone {}, rig.now());
    everyone_but.rules.exclude = vec![Rule::Email { email: "person-150@harbourworks.example".parse().unwrap() }];
    rig.wiki_policies(vec![policy(PolicyAction::Allow, Rule::Everyone {}, rig.now())]).await;
    let mut people = Vec::new();
    for n in 0..PEOPLE {
        people.push(rig.sign_in(&format!("person-{n}"), &[PILOTS]).await);
    }

    let (seen, (stop, stopped)) = (Arc::new(Seen::default()), watch::channel(false));
    let threads: Vec<Serving> = (0..2).map(|_| serve(&seen, &stopped)).collect();
    let cuts: Vec<Cut> = (0..STREAMS).map(|n| permit(&rig.guard, &people[n % PEOPLE].1, rig.now())).collect();
    for (n, cut) in cuts.iter().enumerate() {
        threads[n % threads.len()].streams.send(cut.clone()).unwrap();
    }
    until(&seen.watching, STREAMS).await;
    assert_eq!(seen.ended.load(Ordering::Relaxed), 0);

    let each = STREAMS / PEOPLE;
    seen.longest_wait.store(0, Ordering::Relaxed);
    let begin = Instant::now();
    let mut revocations = JoinSet::new();
    for (live, _) in &people[..REVOKED] {
        let (store, user) = (rig.store.clone(), live.session.user_id);
        revocations.spawn(async move { store.write_first(move |tx| tx.revoke_user(&user, RevokeReason::Administrator)).await });
    }
    assert!(revocations.join_all().await.iter().all(Result::is_ok));
    until(&seen.ended, REVOKED * each).await;
    let revoked = begin.elapsed();
    let waited = Duration::from_micros(seen.longest_wait.swap(0, Ordering::Relaxed));
    println!("{REVOKED} of {PEOPLE} people revoked: {} streams ended in {revoked:?}; others waited {waited:?} at most", REVOKED * each);

    // The edit concerns everybody: each remaining stream is judged again, and those of one person end.
    let begin = Instant::now();
    rig.wiki_policies(vec![everyone_but]).await;
    let saved = begin.elapsed();
    until(&seen.ended, (REVOKED + 1) * each).await;
    let judged = begin.elapsed();
    let waited = Duration::from_micros(seen.longest_wait.swap(0, Ordering::Relaxed));
    println!("policy edit: saved in {saved:?}, {} streams judged again in {judged:?}; others waited {waited:?} at most", STREAMS / 2);

    // Asked, a stream that was not judged yet is judged.
    assert_eq!(cuts.iter().filter(|cut| cut.is_cut()).count(), (REVOKED + 1) * each, "nobody else was cut");
    assert!(revoked < LIMIT && judged < LIMIT, "{revoked:?}, {judged:?}");

    let begin = Instant::now();
    rig.wiki(|app| app.generation += 1).await;
    let saved = begin.elapsed();
    until(&seen.ended, STREAMS).await;
    println!(
        "all tokens of the application withdrawn: saved in {saved:?}, {} streams ended in {:?}",
        STREAMS - (REVOKED + 1) * each,
        begin.elapsed()
    );
    stop.send(true).unwrap();
    threads.into_iter().for_each(|serving| serving.thread.join().unwrap());
}
