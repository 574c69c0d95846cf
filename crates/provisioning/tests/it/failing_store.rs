//! A store that cannot: 503 with Retry-After, nothing half done, and no answer before the change has reached everybody.

use std::sync::{Arc, mpsc};

use serde_json::{Value, json};
use store::{Batch, Follower, LiveState};
use tokio::sync::oneshot;

use crate::rig::{Rig, entra_user, upn};

#[tokio::test]
async fn a_store_that_is_down_acknowledges_nothing_and_asks_to_come_again() {
    let mut rig = Rig::start().await;
    let (ilo, pilots) = (rig.user("ilo").await, rig.group("Pilots").await);
    let (user, group) = (format!("/Users/{ilo}"), format!("/Groups/{pilots}"));
    let before = (rig.get(&user).await.body, rig.get(&group).await.body);
    rig.store.close().await;
    let patch = |operation: Value| Some(json!({"Operations": [operation]}));
    for (method, path, body) in [
        ("POST", "/Users", Some(entra_user("mara"))),
        ("PUT", &user, Some(json!({"userName": upn("ilo"), "title": "Pilot"}))),
        ("PATCH", &user, patch(json!({"op": "Replace", "path": "active", "value": "False"}))),
        ("DELETE", &user, None),
        ("POST", "/Groups", Some(json!({"displayName": "Dock Crew"}))),
        ("PUT", &group, Some(json!({"displayName": "Dock Crew"}))),
        ("PATCH", &group, patch(json!({"op": "Add", "path": "members", "value": [{"value": ilo}]}))),
        ("DELETE", &group, None),
    ] {
        let answer = rig.send(method, path, body).await.expect_error(503, None);
        assert_eq!(answer.header("retry-after"), "30", "{method} {path}");
        assert!(!answer.headers.contains_key("etag") && !answer.headers.contains_key("location"), "{method} {path}");
    }
    // What a client is told before the store is even asked stays the same.
    rig.patch(&user, json!([{"op": "explode"}])).await.expect_error(400, Some("invalidSyntax"));
    rig.reopen().await;
    assert_eq!((rig.get(&user).await.expect(200).body, rig.get(&group).await.expect(200).body), before);
    assert_eq!(rig.get("/Users?count=0").await.expect(200).body["totalResults"], 1);
    assert_eq!(rig.get("/Groups?count=0").await.expect(200).body["totalResults"], 1);
}

/// Somebody who follows the store, such as the register of live sessions, and takes their time.
struct Slow {
    begun: Option<oneshot::Sender<()>>,
    go_on: mpsc::Receiver<()>,
}

impl Follower for Slow {
    fn load(&mut self, _: &LiveState) {}
    fn apply(&mut self, _: &Batch) {
        if let Some(begun) = self.begun.take() {
            let _ = begun.send(());
            let _ = self.go_on.recv();
        }
    }
}

#[tokio::test]
async fn a_deactivation_is_answered_when_everybody_knows_of_it_and_not_before() {
    let rig = Arc::new(Rig::start().await);
    let person = rig.person("ilo").await;
    let path = format!("/Users/{}", rig.user("ilo").await);
    let (begun, has_begun) = oneshot::channel();
    let (release, go_on) = mpsc::channel();
    rig.store.follow(Box::new(Slow { begun: Some(begun), go_on })).await.unwrap();
    let request = tokio::spawn({
        let (rig, path) = (Arc::clone(&rig), path.clone());
        async move { rig.patch(&path, json!([{"op": "Replace", "path": "active", "value": "False"}])).await }
    });
    has_begun.await.unwrap();
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert!(!request.is_finished(), "answered while a follower still had the old state");
    release.send(()).unwrap();
    assert_eq!(request.await.unwrap().expect(200).body["active"], false);
    assert_eq!(rig.standing(&person).await.sessions, 0);
}

/// A follower that fails for good: what it follows can no longer be trusted, so no change is acknowledged from then on.
#[derive(Default)]
struct Failing {
    loaded: bool,
}

impl Follower for Failing {
    fn load(&mut self, _: &LiveState) {
        assert!(!std::mem::replace(&mut self.loaded, true), "cannot be loaded again");
    }
    fn apply(&mut self, _: &Batch) {
        panic!("cannot take it in");
    }
}

#[tokio::test]
async fn a_change_that_did_not_reach_the_live_state_is_not_acknowledged() {
    let rig = Rig::start().await;
    rig.person("ilo").await;
    let path = format!("/Users/{}", rig.user("ilo").await);
    rig.store.follow(Box::new(Failing::default())).await.unwrap();
    for value in ["False", "True"] {
        let answer = rig.patch(&path, json!([{"op": "Replace", "path": "active", "value": value}])).await.expect_error(503, None);
        assert_eq!(answer.header("retry-after"), "30");
    }
    rig.post("/Users", entra_user("mara")).await.expect_error(503, None);
}
