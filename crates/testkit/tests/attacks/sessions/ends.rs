//! Cases 41 to 45: what ends a session ends everything that is open with it, and nothing brings it back.

use std::time::{Duration, Instant};

use serde_json::json;
use testkit::{World, within};

use super::{get, open_upload, with_cookie};
use crate::{
    h1,
    h2::Outcome,
    origin::{Reply, Taken},
    scene::{HOST, Scene},
};

const SOON: Duration = Duration::from_secs(5);
const UPGRADE: &str =
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
/// An answer that begins and never ends by itself.
const ENDLESS: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n";

async fn websocket(scene: &Scene, lines: &str) -> (h1::Client, u16) {
    let mut client = scene.h1().await;
    client.send(scene.head("GET /ws", &format!("{UPGRADE}{lines}"))).await;
    let status = client.answer().await.map_or(0, |answer| answer.status);
    (client, status)
}

/// Everything that Mara can hold open, over both protocols; returns once all of it has ended, and not well.
struct Opened {
    socket: h1::Client,
    events: h1::Client,
    upload: h1::Client,
    streams: crate::h2::Client,
    list: [(&'static str, u32); 3],
}

impl Opened {
    async fn all(scene: &Scene) -> Self {
        scene.origin.reply("/ws", Reply::Switch);
        for path in ["/events", "/call"] {
            scene.origin.reply(path, Reply::Early(ENDLESS.to_vec()));
        }
        let (mut socket, status) = websocket(scene, "").await;
        assert_eq!(status, 101);
        socket.send(b"\x81\x82\0\0\0\0hi").await;
        assert!(socket.until(b"hi").await.is_some());
        let mut events = scene.h1().await;
        events.send(scene.head("GET /events", "")).await;
        assert!(events.until(b"hello").await.is_some());
        let mut upload = scene.h1().await;
        upload.send(scene.head("PUT /up", "Content-Length: 1000\r\n")).await;
        upload.send(b"a piece").await;
        let mut streams = scene.h2().await;
        let sse = streams.request(&scene.fields("GET", "/events", &[]).list(), None).await;
        let call = open_upload(scene, &mut streams, "/call", &[("content-type", "application/grpc"), ("te", "trailers")]).await;
        let put = open_upload(scene, &mut streams, "/up", &[]).await;
        let mut hellos = 0;
        while hellos < 2 {
            let Some(frame) = streams.next_frame().await else { panic!("the connection ended early") };
            hellos += usize::from(frame.kind == crate::h2::DATA && frame.payload.starts_with(b"hello"));
        }
        Self { socket, events, upload, streams, list: [("events", sse), ("a call", call), ("an upload", put)] }
    }

    async fn end(mut self) {
        let begin = Instant::now();
        let last = self.socket.rest().await;
        assert_eq!(last.get(2..4), Some(&[0x03, 0xf0][..]), "a WebSocket is closed with 1008: {last:?}");
        assert!(!self.events.rest().await.ends_with(b"0\r\n\r\n"), "events that are cut do not look whole");
        let told = self.upload.answer().await.map(|answer| answer.status);
        assert!(told.is_none_or(|status| status == 302), "{told:?} for an upload");
        for (what, stream) in self.list {
            match self.streams.outcome(stream).await {
                Outcome::Reset(_) | Outcome::Gone(_) => {}
                Outcome::Answer(302, _) if what == "an upload" => {}
                Outcome::Answer(status, _) => panic!("{what} over HTTP/2 ended well, with {status}"),
            }
        }
        let took = begin.elapsed();
        assert!(took < SOON, "{took:?}");
    }
}

/// Case 41, ziti#1355, klangk#3152, CVE-2025-53942: a deactivated person's open page, WebSocket, events, call and upload end, and
/// nothing of theirs renews.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_that_a_deactivated_person_has_open_ends_and_nothing_renews() {
    let scene = Scene::start().await;
    let id = scene.world.scim().create("mara").await;
    let opened = Opened::all(&scene).await;
    scene.world.scim().set_active(&id, "False").await;
    within("the end of everything", opened.end()).await;
    scene.origin.taken();
    assert_eq!(with_cookie(&scene, &scene.cookie()).await, [302, 302]);
    assert_eq!(websocket(&scene, "").await.1, 302);
    assert_ne!(scene.browser.open(scene.app.at("/")).await.status, 200, "not by a new sign-in either");
    // That an upload of before broke off may be noted only now.
    let broke_off = |taken: &Taken| !taken.whole && ["/up", "/call"].contains(&taken.head.target.as_str());
    let after: Vec<_> = scene.origin.taken().into_iter().filter(|taken| !broke_off(taken)).collect();
    assert!(after.is_empty(), "after the end: {after:#?}");
}

/// Case 41, too: the same by revocation, sign-out and withdrawal of the application's tokens.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_open_ends_whichever_way_it_was_ended() {
    let mut scene = Scene::start().await;
    for way in 0..3 {
        let opened = Opened::all(&scene).await;
        match way {
            0 => drop(scene.world.api().post("access/organizations/revoke_user", json!({ "email": "mara@harbourworks.example" })).await),
            1 => assert_eq!(scene.browser.get(format!("{}/cdn-cgi/access/logout", scene.world.team())).await.status, 200),
            _ => drop(scene.world.api().post(&format!("access/apps/{}/revoke_tokens", scene.app.id), json!({})).await),
        }
        within("the end of everything", opened.end()).await;
        assert_eq!(with_cookie(&scene, &scene.cookie()).await, [302, 302], "{way}");
        // A revoked person may sign in again after a moment.
        scene.world.pass(90);
        assert_eq!(scene.browser.open(scene.app.at("/")).await.status, 200);
        scene.token = scene.browser.cookie(&scene.app.url, "CF_Authorization").unwrap();
        scene.origin.taken();
    }
}

/// Case 42, oauth2-proxy#1420: a refresh that is refused ends the session; one that times out gives it a grace, and then ends it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_refresh_ends_the_session_and_one_without_an_answer_only_after_the_grace() {
    let mut scene = Scene::of(World::plan().scim("enabled", false.into()).start().await).await;
    let body = json!({ "liveness": { "interval_seconds": 60, "grace_seconds": 600 } });
    scene.world.api().put(&format!("doorward/identity_providers/{}/options", scene.world.idp()), body).await;
    scene.world.check_sessions().await;
    let ilo = scene.world.browser().sign_in("ilo");
    assert_eq!(ilo.open(scene.app.at("/")).await.status, 200);
    let cookie = format!("CF_Authorization={}", ilo.cookie(&scene.app.url, "CF_Authorization").unwrap());
    scene.world.graph_admin().disable("ilo").await;
    scene.world.pass(61);
    scene.world.check_sessions().await;
    assert_eq!(with_cookie(&scene, &cookie).await, [302, 302], "refused is ended at once");
    scene.world.stop_entra().await;
    scene.world.pass(61);
    scene.world.check_sessions().await;
    assert_eq!(with_cookie(&scene, &scene.cookie()).await, [200, 200], "within the grace");
    let opened = Opened::all(&scene).await;
    scene.world.pass(601);
    scene.world.check_sessions().await;
    within("the end of everything", opened.end()).await;
    assert_eq!(with_cookie(&scene, &scene.cookie()).await, [302, 302], "after it");
}

/// Case 43: a re-enabled person has none of the old sessions, and one who was deleted and made again nothing of the former.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_who_comes_back_gets_no_session_of_before() {
    let scene = Scene::start().await;
    let id = scene.world.scim().create("mara").await;
    scene.world.scim().set_active(&id, "False").await;
    assert_eq!(with_cookie(&scene, &scene.cookie()).await, [302, 302]);
    scene.world.scim().set_active(&id, "True").await;
    assert_eq!(with_cookie(&scene, &scene.cookie()).await, [302, 302], "enabled again, the old session stays dead");
    scene.world.pass(90);
    assert_eq!(scene.browser.open(scene.app.at("/")).await.status, 200);
    let second = format!("CF_Authorization={}", scene.browser.cookie(&scene.app.url, "CF_Authorization").unwrap());
    let gone = scene.world.scim().call(http::Method::DELETE, &format!("/Users/{id}"), None).await;
    assert_eq!(gone.status, 204);
    let anew = scene.world.scim().create("mara").await;
    assert_ne!(anew, id);
    scene.origin.taken();
    for cookie in [&scene.cookie(), &second] {
        assert_eq!(with_cookie(&scene, cookie).await, [302, 302], "a person of the same name is another one");
    }
    scene.origin.nothing("no session of before");
}

/// Case 44: pages of other sites sign nobody out, and neither does a made-up sign-out of the provider.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_signed_out_by_a_foreign_page_or_a_forged_sign_out() {
    let scene = Scene::start().await;
    let cookie = scene.cookie();
    let foreign: [&[(&str, &str)]; 4] = [
        &[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "no-cors"), ("sec-fetch-dest", "image")],
        &[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "iframe")],
        &[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")],
        &[("sec-purpose", "prefetch")],
    ];
    for fields in foreign {
        let all: Vec<(&str, &str)> = fields.iter().copied().chain([("cookie", cookie.as_str())]).collect();
        get(&scene, HOST, "/cdn-cgi/access/logout", &all).await;
        assert_eq!(with_cookie(&scene, &cookie).await, [200, 200], "{fields:?}");
    }
    let post = format!(
        "POST /cdn-cgi/access/logout HTTP/1.1\r\nHost: {HOST}\r\nCookie: {cookie}\r\nOrigin: https://evil.example\r\nContent-Length: 0\r\n\r\n"
    );
    scene.h1().await.status(post).await;
    for sid in ["", "x", "00000000-0000-0000-0000-000000000000", "%00", "*", "' or 1=1"] {
        let path = format!("/cdn-cgi/access/frontchannel-logout?sid={}", sid.replace(' ', "%20"));
        for status in get(&scene, "team.localhost", &path, &[]).await {
            assert!(matches!(status, 200 | 400), "{status} for {sid:?}");
        }
    }
    assert_eq!(with_cookie(&scene, &cookie).await, [200, 200]);
}

/// Case 45: a WebSocket needs a session and a page of one's own, also while the connection is an old one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_websocket_without_a_session_or_for_a_foreign_page_or_after_the_end() {
    let scene = Scene::start().await;
    scene.origin.reply("/ws", Reply::Switch);
    let bare = format!("GET /ws HTTP/1.1\r\nHost: {HOST}\r\n{UPGRADE}\r\n");
    assert_eq!(scene.h1().await.status(&bare).await, 302);
    for origin in ["https://evil.example", "null", "http://wiki.localhost", "https://wiki.localhost.evil.example"] {
        assert_eq!(websocket(&scene, &format!("Origin: {origin}\r\n")).await.1, 403, "{origin}");
    }
    scene.origin.nothing("no WebSocket was due");
    let own = format!("Origin: https://{HOST}:{}\r\n", scene.world.port());
    let (_open, status) = websocket(&scene, &own).await;
    assert_eq!(status, 101);
    // A connection that was made, and used, before the end.
    let mut old = scene.h1().await;
    assert_eq!(old.status(scene.head("GET /page", "")).await, 200);
    scene.world.api().post("access/organizations/revoke_user", json!({ "email": "mara@harbourworks.example" })).await;
    scene.origin.taken();
    assert_eq!(old.status(scene.head("GET /ws", &format!("{UPGRADE}{own}"))).await, 302);
    scene.origin.nothing("the session is over");
}
