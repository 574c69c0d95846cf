//! The store fails under load: whoever is signed in notices nothing, everybody else is told why, and all goes on by itself.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use http::Method;
use serde_json::json;
use store::faults::Fault;
use testkit::{App, Browser, World, allow_group, within};
use tokio::task::JoinSet;

/// Requests of signed-in people, without end until told; every answer that is not 200 is kept.
struct Load {
    stop: Arc<AtomicBool>,
    served: Arc<AtomicUsize>,
    tasks: JoinSet<Vec<u16>>,
}

impl Load {
    fn start(browsers: &[Browser], app: &App) -> Self {
        let (stop, served) = (Arc::<AtomicBool>::default(), Arc::<AtomicUsize>::default());
        let mut tasks = JoinSet::new();
        for browser in browsers {
            let (browser, url, stop, served) = (browser.clone(), app.at("/page"), stop.clone(), served.clone());
            tasks.spawn(async move {
                let mut wrong = Vec::new();
                while !stop.load(Ordering::Acquire) {
                    match browser.get(&url).await.status {
                        200 => drop(served.fetch_add(1, Ordering::AcqRel)),
                        other => wrong.push(other),
                    }
                }
                wrong
            });
        }
        Self { stop, served, tasks }
    }

    /// Waits until so many more were served.
    async fn go_on(&self, more: usize) {
        let until = self.served.load(Ordering::Acquire) + more;
        within("requests that go on", async {
            while self.served.load(Ordering::Acquire) < until {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        })
        .await;
    }

    async fn end(self) -> usize {
        self.stop.store(true, Ordering::Release);
        let wrong: Vec<u16> = self.tasks.join_all().await.concat();
        assert!(wrong.is_empty(), "of {} requests these went wrong: {wrong:?}", self.served.load(Ordering::Acquire));
        self.served.load(Ordering::Acquire)
    }
}

struct Scene {
    world: World,
    wiki: App,
    payroll: App,
    mara: Browser,
}

impl Drop for Scene {
    fn drop(&mut self) {
        // A store that hangs could not be closed.
        self.world.store_fault(Fault::None);
    }
}

impl Scene {
    async fn start() -> Self {
        let world = World::start().await;
        let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
        let payroll = world.app("payroll").policy(allow_group("Pilots")).create().await;
        let mara = world.browser().sign_in("mara");
        assert_eq!(mara.open(wiki.at("/")).await.status, 200);
        Self { world, wiki, payroll, mara }
    }

    /// What needs the store says that it is not there, soon and in plain words.
    async fn refuses_what_it_cannot_do(&self, reads: bool) {
        let begin = Instant::now();
        let page = self.world.browser().sign_in("ilo").open(self.wiki.at("/")).await;
        assert_eq!(page.status, 503, "{}", page.body);
        assert!(page.body.contains("Nobody can sign in at the moment"), "{}", page.body);
        assert!(page.header("retry-after").is_some());
        let person = json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "new@harbourworks.example" });
        let scim = self.world.network().client(testkit::Speech::Http1);
        let call = scim.post(format!("{}/Users", self.world.scim().base())).bearer_auth(self.world.scim().secret());
        let answer = call.header("content-type", "application/scim+json").body(person.to_string()).send().await.unwrap();
        assert_eq!(answer.status(), 503);
        assert!(answer.headers().contains_key("retry-after"));
        let revoke = json!({ "email": "mara@harbourworks.example" });
        let reply = self.world.api().call(Method::POST, "access/organizations/revoke_user", Some(&revoke)).await;
        assert_eq!(reply.status, 503, "what is not kept is not said to be: {}", reply.body);
        let policy = json!({ "name": "x", "decision": "allow", "include": [{ "everyone": {} }] });
        assert_eq!(self.world.api().call(Method::POST, "access/policies", Some(&policy)).await.status, 503);
        let read = self.world.api().call(Method::GET, "doorward/warnings", None).await;
        assert_eq!(read.status, if reads { 200 } else { 503 }, "{}", read.body);
        let spent = begin.elapsed();
        assert!(spent < Duration::from_secs(30), "{spent:?}");
    }

    /// Everything works again.
    async fn works(&self) {
        within("the store again", async {
            while !self.world.store().healthy().await {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
        .await;
        assert_eq!(self.world.browser().sign_in("ilo").open(self.payroll.at("/")).await.status, 200);
        let id = self.world.scim().create("tessa").await;
        self.world.scim().set_active(&id, "True").await;
        self.world.store().flush_records().await.unwrap();
        assert_eq!(self.world.store().dropped_records(), 0, "what could not be written down waited");
    }
}

async fn outage(fault: Fault, reads: bool) {
    let scene = Scene::start().await;
    scene.world.store().faults().set_patience(Duration::from_millis(700));
    let mut socket = scene.mara.socket(&scene.wiki.at("/ws")).await.unwrap();
    socket.hear().await;
    let both = [scene.mara.clone(), scene.mara.clone()];
    assert_eq!(scene.mara.open(scene.payroll.at("/")).await.status, 200);
    let load = Load::start(&both, &scene.wiki);
    load.go_on(20).await;
    scene.world.store_fault(fault);
    load.go_on(100).await;
    scene.refuses_what_it_cannot_do(reads).await;
    assert!(scene.world.tend().await.is_err());
    load.go_on(100).await;
    // New connections too.
    assert_eq!(scene.mara.clone().speaking(testkit::Speech::Http2).get(scene.payroll.at("/other")).await.status, 200);
    socket.say("still here").await;
    while socket.hear().await.unwrap() != "still here" {}
    if fault == Fault::Hanging {
        load.end().await;
        scene.world.store_fault(Fault::None);
        scene.works().await;
        // The revocation that nobody could answer waited, and is carried out late rather than never.
        assert_eq!(socket.until_closed().await, Some(1008));
        return;
    }
    scene.world.store_fault(Fault::None);
    scene.works().await;
    load.go_on(20).await;
    let served = load.end().await;
    assert!(served > 0, "somebody kept working");
    // What was refused then was not done, and is done now.
    scene.world.api().post("access/organizations/revoke_user", json!({ "email": "mara@harbourworks.example" })).await;
    assert_eq!(socket.until_closed().await, Some(1008));
}

/// Case 64: store unavailable. Nobody is let in whom it would have refused, nobody is refused who was let in.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broken_store_stops_sign_ins_and_changes_and_nothing_else() {
    outage(Fault::Broken, false).await;
}

/// Case 62: a full disk.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_stops_sign_ins_and_changes_and_nothing_else() {
    outage(Fault::FullDisk, true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_hangs_makes_nobody_wait_for_ever() {
    outage(Fault::Hanging, false).await;
}

/// Five minutes of it: `cargo nextest run -p testkit --run-ignored only five_minutes`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes five minutes; the same in seconds stands above"]
async fn five_minutes_without_a_store_under_load() {
    let scene = Scene::start().await;
    let load = Load::start(&[scene.mara.clone(), scene.mara.clone(), scene.mara.clone()], &scene.wiki);
    scene.world.store_fault(Fault::Broken);
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_secs(300) {
        tokio::time::sleep(Duration::from_secs(20)).await;
        scene.refuses_what_it_cannot_do(false).await;
        // The session's time goes on as well.
        assert!(scene.world.tend().await.is_err());
    }
    scene.world.store_fault(Fault::None);
    scene.works().await;
    println!("{} requests served, none refused", load.end().await);
}
