//! How checks are made: some at a time, never two of one session, and no longer than a provider bears them.

use std::time::{Duration, Instant};

use login::liveness::Tally;
use model::session::RevokeReason;
use tokio::sync::oneshot;

use crate::{
    provider::{Mood, Provider},
    rig::{GRACE, INTERVAL, Rig},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixteen_at_a_time_and_never_two_of_the_same_session() {
    let (rig, provider) = (Rig::start().await, Provider::start().await);
    let idp = rig.add(&provider).await;
    let sessions = rig.people(idp, 40).await;
    rig.pass(INTERVAL);
    provider.set(Mood::Holds);
    let runs: Vec<_> = (0..3)
        .map(|_| {
            tokio::spawn({
                let checks = rig.checks.clone();
                async move { checks.run_once().await }
            })
        })
        .collect();
    provider.until_calls(16).await;
    provider.set(Mood::Good);
    let mut good = 0;
    for run in runs {
        good += run.await.unwrap().good;
    }
    assert_eq!((good, provider.calls(), provider.most_at_once()), (40, 40, 16), "each of them once");
    for round in 2..4 {
        rig.pass(INTERVAL);
        assert_eq!(rig.checks.run_once().await.good, 40);
        assert_eq!(provider.calls(), round * 40);
    }
    assert_eq!(provider.taken_twice(), 0, "each check used the token that the one before had brought");
    assert_eq!(rig.alive(&sessions).await, 40);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn checks_are_spread_over_the_last_fifth_of_the_interval() {
    let (rig, provider) = (Rig::start().await, Provider::start().await);
    let idp = rig.add(&provider).await;
    rig.people(idp, 40).await;
    rig.pass(INTERVAL);
    assert_eq!(rig.checks.run_once().await.good, 40, "all at once the first time");
    rig.pass(INTERVAL / 5 * 4 - 1);
    assert_eq!(rig.checks.run_once().await.good, 0);
    rig.pass(INTERVAL / 10);
    let first = rig.checks.run_once().await.good;
    assert!((1..40).contains(&first), "{first} of 40 after nine tenths");
    rig.pass(INTERVAL / 10 + 1);
    assert_eq!(rig.checks.run_once().await.good, 40 - first);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_throttles_is_left_alone_for_longer_and_longer() {
    let (rig, provider) = (Rig::start().await, Provider::start().await);
    let idp = rig.add(&provider).await;
    let sessions = rig.people(idp, 60).await;
    rig.pass(INTERVAL);
    provider.set(Mood::Throttles);
    rig.checks.run_once().await;
    let asked = provider.calls();
    assert!(asked < 40, "{asked} of 60 were asked about before it was given up");
    rig.checks.run_once().await;
    rig.pass(4);
    rig.checks.run_once().await;
    assert_eq!(provider.calls(), asked, "it rests for five seconds");
    rig.pass(1);
    rig.checks.run_once().await;
    let again = provider.calls();
    assert!(again > asked);
    rig.pass(9);
    rig.checks.run_once().await;
    assert_eq!(provider.calls(), again, "and now for ten");
    provider.set(Mood::Good);
    rig.pass(INTERVAL);
    assert_eq!(rig.checks.run_once().await.good, 60);
    assert_eq!(rig.alive(&sessions).await, 60);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_grace_of_those_who_were_not_asked_about_runs_as_well() {
    let (rig, provider) = (Rig::start().await, Provider::start().await);
    let idp = rig.add(&provider).await;
    let sessions = rig.people(idp, 60).await;
    rig.pass(INTERVAL);
    provider.set(Mood::Throttles);
    rig.checks.run_once().await;
    rig.pass(GRACE - 1);
    rig.checks.run_once().await;
    assert_eq!(rig.alive(&sessions).await, 60);
    rig.pass(60);
    rig.checks.run_once().await;
    assert_eq!(rig.alive(&sessions).await, 0);
    assert_eq!(rig.ended(&sessions[59]).await, Some(RevokeReason::ProviderSilent));
    assert_eq!(rig.checks.run_once().await, Tally::default());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_comes_too_late_changes_nothing() {
    let (rig, provider) = (Rig::start().await, Provider::start().await);
    let idp = rig.add(&provider).await;
    let session = rig.session(idp, 1).await;
    rig.pass(INTERVAL);
    for mood in [Mood::Good, Mood::Disabled] {
        provider.set(Mood::Holds);
        let calls = provider.calls();
        let run = tokio::spawn({
            let checks = rig.checks.clone();
            async move { checks.run_once().await }
        });
        if mood == Mood::Good {
            provider.until_calls(calls + 1).await;
            let nonce = session.session.nonce.clone();
            rig.store.write(move |tx| tx.revoke_session(&nonce, RevokeReason::Administrator)).await.unwrap();
        }
        provider.set(mood);
        assert_eq!(run.await.unwrap().ended, 0);
        assert_eq!(rig.ended(&session).await, Some(RevokeReason::Administrator));
        assert!(session.ended.is_cancelled());
    }
    let due = rig.store.read(move |r| r.due_checks(&idp, model::Timestamp::from_secs(i64::MAX / 1000), 10)).await.unwrap();
    assert!(due.is_empty(), "and no token is left");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disabled_account_takes_all_its_sessions_along() {
    let (rig, provider) = (Rig::start().await, Provider::start().await);
    let idp = rig.add(&provider).await;
    let (first, other) = (rig.session(idp, 1).await, rig.session(idp, 2).await);
    rig.pass(INTERVAL - 1);
    let second = rig.session(idp, 1).await;
    rig.pass(1);
    provider.set(Mood::Disabled);
    rig.store
        .write({
            let user = other.session.user_id;
            move |tx| tx.revoke_user(&user, RevokeReason::Logout)
        })
        .await
        .unwrap();
    assert_eq!(rig.checks.run_once().await.ended, 1);
    for session in [&first, &second] {
        assert_eq!(rig.ended(session).await, Some(RevokeReason::ProviderRevoked));
    }
    assert_eq!(provider.calls(), 1);
    assert_eq!(rig.ended(&other).await, Some(RevokeReason::Logout));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_hangs_holds_up_neither_another_one_nor_the_stop() {
    let (rig, hanging, quick) = (Rig::start().await, Provider::start().await, Provider::start().await);
    let (slow, fast) = (rig.add(&hanging).await, rig.add(&quick).await);
    rig.people(slow, 3).await;
    rig.session(fast, 7).await;
    rig.pass(INTERVAL);
    hanging.set(Mood::Holds);
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(rig.checks.clone().run(async move { drop(stopped.await) }));
    hanging.until_calls(3).await;
    quick.until_calls(1).await;
    let began = Instant::now();
    drop(stop);
    running.await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert_eq!(hanging.calls(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_that_is_set_while_checks_go_on_is_not_sent_to_the_former_provider() {
    let (rig, former, present) = (Rig::start().await, Provider::start().await, Provider::start().await);
    let idp = rig.add(&former).await;
    // More than are read at a time.
    let sessions = rig.people(idp, 150).await;
    rig.pass(INTERVAL);
    former.set(Mood::Holds);
    let run = tokio::spawn({
        let checks = rig.checks.clone();
        async move { checks.run_once().await }
    });
    former.until_calls(1).await;
    rig.turn(idp, &present, "b~secret").await;
    former.set(Mood::Good);
    assert_eq!(run.await.unwrap().good, 150);
    assert!(former.saw_secret("a~secret") && !former.saw_secret("b~secret"));
    assert!(present.saw_secret("b~secret") && !present.saw_secret("a~secret"));
    assert_eq!(rig.alive(&sessions).await, 150);
}
