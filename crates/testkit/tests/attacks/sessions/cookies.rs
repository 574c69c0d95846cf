//! Cases 38 and 39: cookies that are torn, forged, doubled or planted.

use serde_json::json;

use super::{get, with_cookie};
use crate::scene::{HOST, Scene};

/// Case 38, authentik CVE-2026-25748: a malformed cookie passed. Here it is no session: the sign-in, never the origin, never a 500.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_malformed_cookie_is_no_session_and_never_a_pass() {
    let scene = Scene::start().await;
    let good = scene.token.clone();
    let (head, rest) = good.split_once('.').unwrap();
    let (claims, signature) = rest.split_once('.').unwrap();
    let bad = [
        String::new(),
        ".".into(),
        "..".into(),
        "\"".into(),
        "\"\"".into(),
        format!("{head}.{claims}."),
        format!("{head}..{signature}"),
        format!("{head}.{claims}.{signature}."),
        format!("{head}.{claims}.{signature}=="),
        format!("{head}.{claims}.{}", &signature[..signature.len() - 2]),
        format!("{head}%2e{claims}%2e{signature}"),
        format!(" {head} .{claims}.{signature}"),
        format!("{good},{good}"),
        good.to_uppercase(),
        good.chars().rev().collect(),
        "A".repeat(5_000),
        format!("{good}{}", "A".repeat(5_000)),
        "\u{fc}\u{e9}".into(),
    ];
    for bad in &bad {
        assert_eq!(with_cookie(&scene, &format!("CF_Authorization={bad}")).await, [302, 302], "{bad:.80}");
        assert_eq!(with_cookie(&scene, &format!("a=b; CF_Authorization={bad}; c=d")).await, [302, 302], "{bad:.80} among others");
    }
    for name in ["cf_authorization", "CF_AUTHORIZATION", "xCF_Authorization", "__Host-CF_Authorization", "CF%5fAuthorization"] {
        assert_eq!(with_cookie(&scene, &format!("{name}={good}")).await, [302, 302], "{name}");
    }
    for huge in [20_000, 200_000] {
        for status in with_cookie(&scene, &format!("CF_Authorization={}", "A".repeat(huge))).await {
            assert!(matches!(status, 0 | 302 | 400 | 431), "{status} for {huge} bytes");
        }
    }
    scene.origin.nothing("none of these is a session");
    scene.serves_on().await;
}

/// Case 38, too: a token under a key that was taken out of use, and one whose session was never here.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_of_a_key_out_of_use_is_no_session_though_it_was_verified_before() {
    let scene = Scene::start().await;
    assert_eq!(with_cookie(&scene, &scene.cookie()).await, [200, 200]);
    scene.world.api().post("access/keys/rotate", json!({})).await;
    assert_eq!(with_cookie(&scene, &scene.cookie()).await, [200, 200], "the former key is good for a week");
    scene.origin.taken();
    let store = scene.world.store();
    let former: Vec<_> = store.snapshot().keys.iter().filter(|k| k.public.retires_at.is_some()).map(|k| k.public.id.clone()).collect();
    assert_eq!(former.len(), 1);
    store.write(move |tx| tx.remove_key(&former[0])).await.unwrap();
    assert_eq!(with_cookie(&scene, &scene.cookie()).await, [302, 302]);
    scene.origin.nothing("its key is gone");
    assert_eq!(scene.browser.open(scene.app.at("/")).await.status, 200, "the session lives, and a new token is silent");
}

/// Case 39, oauth2-proxy GHSA-f24x-5g9q-753f: what was planted before the sign-in is worth nothing after it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_planted_cookie_does_not_survive_the_sign_in_and_each_sign_in_is_a_new_session() {
    let scene = Scene::start().await;
    let planted = "f".repeat(32);
    let ilo = scene.world.browser().sign_in("ilo");
    ilo.jar(|jar| {
        for name in ["CF_AppSession", "CF_Session", "CF_Binding"] {
            jar.put(HOST, name, &planted);
            jar.put("team.localhost", name, &planted);
        }
        jar.put(HOST, "CF_Authorization", &scene.token.replace('.', "x"));
        jar.put("team.localhost", "CF_Authorization", "planted");
    });
    assert_eq!(ilo.open(scene.app.at("/")).await.status, 200);
    scene.origin.taken();
    let token = ilo.cookie(&scene.app.url, "CF_Authorization").unwrap();
    assert_ne!(token, scene.token.replace('.', "x"));
    assert_ne!(ilo.cookie(&scene.world.team(), "CF_Authorization").unwrap(), "planted");
    // Whoever planted them has nothing.
    for cookie in [format!("CF_AppSession={planted}"), format!("CF_Session={planted}"), format!("CF_Authorization={planted}")] {
        assert_eq!(with_cookie(&scene, &cookie).await, [302, 302], "{cookie}");
    }
    let team = get(&scene, "team.localhost", "/cdn-cgi/access/get-identity", &[("cookie", &format!("CF_Session={planted}"))]).await;
    assert_eq!(team, [401, 401]);
    // The same browser again, with nothing but what was planted: another session than before.
    let again = scene.world.browser().sign_in("ilo");
    again.jar(|jar| jar.put(HOST, "CF_AppSession", &planted));
    assert_eq!(again.open(scene.app.at("/")).await.status, 200);
    assert_ne!(again.cookie(&scene.app.url, "CF_Authorization").unwrap(), token);
}

/// Case 39, too: a neighbour under the same parent domain tosses a cookie of our name beside ours.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_cookie_of_the_name_is_refused_wherever_it_stands() {
    let scene = Scene::start().await;
    let ilo = scene.world.browser().sign_in("ilo");
    assert_eq!(ilo.open(scene.app.at("/")).await.status, 200);
    scene.origin.taken();
    let (good, other) = (&scene.token, ilo.cookie(&scene.app.url, "CF_Authorization").unwrap());
    for tossed in [other.as_str(), "planted", ""] {
        for cookie in [
            format!("CF_Authorization={tossed}; CF_Authorization={good}"),
            format!("CF_Authorization={good}; CF_Authorization={tossed}"),
            format!("CF_Authorization={good};CF_Authorization=\"{tossed}\""),
        ] {
            assert_eq!(with_cookie(&scene, &cookie).await, [400, 400], "{tossed:.20}");
        }
        // In lines of their own, which is one field to HTTP/2 (RFC 9113 section 8.2.3).
        let (ours, theirs) = (format!("CF_Authorization={good}"), format!("CF_Authorization={tossed}"));
        for pair in [[("cookie", ours.as_str()), ("cookie", theirs.as_str())], [("cookie", &theirs), ("cookie", &ours)]] {
            assert_eq!(get(&scene, HOST, "/page", &pair).await, [400, 400], "{tossed:.20} in another line");
        }
    }
    scene.origin.nothing("which of them is the session, nobody can say");
    // The very same one twice is one.
    assert_eq!(with_cookie(&scene, &format!("CF_Authorization={good}; x=y; CF_Authorization={good}")).await, [200, 200]);
    for taken in scene.origin.taken() {
        assert_eq!(taken.head.one("cf-access-authenticated-user-email").as_deref(), Some("mara@harbourworks.example"));
    }
}
