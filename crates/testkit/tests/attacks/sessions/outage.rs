//! Cases 62 and 64: the store is full, broken or hangs.

use std::time::Duration;

use serde_json::json;
use store::faults::Fault;
use testkit::{Rule, World, allow};

use super::with_cookie;
use crate::scene::Scene;

/// Case 64: nobody is let in whom the store would have refused, and "cannot tell" is never a yes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_store_nobody_gets_in_who_was_not_in_and_nobody_is_thrown_out() {
    let scene = Scene::start().await;
    scene.world.store().faults().set_patience(Duration::from_millis(500));
    let ended = scene.world.browser().sign_in("ilo");
    assert_eq!(ended.open(scene.app.at("/")).await.status, 200);
    let over = format!("CF_Authorization={}", ended.cookie(&scene.app.url, "CF_Authorization").unwrap());
    scene.world.api().post("access/organizations/revoke_user", json!({ "email": "ilo@harbourworks.example" })).await;
    for fault in [Fault::Broken, Fault::FullDisk, Fault::Hanging] {
        scene.world.store_fault(fault);
        assert_eq!(with_cookie(&scene, &scene.cookie()).await, [200, 200], "{fault:?}");
        scene.origin.taken();
        assert_eq!(with_cookie(&scene, &over).await, [302, 302], "{fault:?}: what was revoked stays so");
        assert_eq!(with_cookie(&scene, "CF_Authorization=x").await, [302, 302], "{fault:?}");
        let page = scene.world.browser().sign_in("tessa").open(scene.app.at("/")).await;
        assert_eq!(page.status, 503, "{fault:?}");
        scene.origin.nothing("nobody came in");
    }
    scene.world.store_fault(Fault::None);
    scene.serves_on().await;
}

/// Case 62, cmcp#160: the disk is full. By setting, a decision that cannot be written down is refused; what was written down goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_decision_that_cannot_be_written_down_is_refused_where_the_setting_wants_it() {
    let scene = Scene::of(World::plan().http("[logs]").http("unrecorded_decisions = \"refuse\"").start().await).await;
    let gate = scene.other("gate").policy(allow(Rule::Everyone)).create().await;
    // Signed in to it, and not there yet.
    scene.browser.open_until(gate.at("/"), "/").await;
    scene.world.store_fault(Fault::FullDisk);
    let change = json!({ "name": "x", "decision": "allow", "include": [{ "everyone": {} }] });
    let refused = scene.world.api().call(http::Method::POST, "access/policies", Some(&change)).await;
    assert_eq!(refused.status, 503, "a change and its record are one");
    assert_eq!(with_cookie(&scene, &scene.cookie()).await, [200, 200], "written down when she came in");
    scene.origin.taken();
    let cookie = format!("CF_Authorization={}", scene.browser.cookie(&gate.url, "CF_Authorization").unwrap());
    let first = super::get(&scene, &gate.host, "/page", &[("cookie", &cookie)]).await;
    assert_eq!(first, [503, 503], "her first request there would have to be written down");
    scene.origin.nothing("it was refused");
    scene.world.store_fault(Fault::None);
    testkit::within("the store again", async {
        while super::get(&scene, &gate.host, "/page", &[("cookie", &cookie)]).await != [200, 200] {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await;
}
