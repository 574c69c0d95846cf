//! Who is let in, and that every refusal looks the same.

use axum::body::Body;
use http::{Request, header};
use model::idp::{FormerSecret, IdentityUpdateBehavior, ScimContact, ScimSettings, SecretUsed};

use crate::rig::{self, Rig, SECRET, settings};

#[tokio::test]
async fn every_bad_credential_is_the_same_401() {
    let rig = Rig::start().await;
    let other = rig.add_provider(settings(true, false, IdentityUpdateBehavior::Reauth), "dw_scim_of_the_other").await;
    let off = ScimSettings { enabled: false, ..settings(true, false, IdentityUpdateBehavior::Reauth) };
    let disabled = rig.add_provider(off, SECRET).await;
    let former = |secret: &str, ends_at| {
        let hash = rig.store.sealer().hash(store::Purpose::ScimSecret, secret);
        ScimSettings { former_secret: Some(FormerSecret { hash, ends_at }), ..settings(true, false, IdentityUpdateBehavior::Reauth) }
    };
    let ended = rig.add_provider(former(SECRET, rig::NOW), "dw_scim_current").await;
    rig.add_provider(former("dw_scim_former", rig::NOW.plus_secs(3600)), "dw_scim_current").await;
    let unknown = model::IdpId::random();
    let own = rig.idp;
    let bearer = format!("Bearer {SECRET}");
    let cases = [
        ("none", format!("/populations/{own}/scim/v2/Users"), vec![]),
        ("wrong", format!("/populations/{own}/scim/v2/Users"), vec!["Bearer nonsense".to_owned()]),
        ("prefix", format!("/populations/{own}/scim/v2/Users"), vec![format!("Bearer {}", &SECRET[..SECRET.len() - 1])]),
        ("longer", format!("/populations/{own}/scim/v2/Users"), vec![format!("{bearer}x")]),
        ("of another provider", format!("/populations/{own}/scim/v2/Users"), vec!["Bearer dw_scim_of_the_other".to_owned()]),
        ("for another provider", format!("/populations/{other}/scim/v2/Users"), vec![bearer.clone()]),
        ("former, ended", format!("/populations/{ended}/scim/v2/Users"), vec![bearer.clone()]),
        ("former, of another provider", format!("/populations/{own}/scim/v2/Users"), vec!["Bearer dw_scim_former".to_owned()]),
        ("disabled", format!("/populations/{disabled}/scim/v2/Users"), vec![bearer.clone()]),
        ("unknown provider", format!("/populations/{unknown}/scim/v2/Users"), vec![bearer.clone()]),
        ("no provider", "/populations/pilots/scim/v2/Users".to_owned(), vec![bearer.clone()]),
        ("no endpoint", format!("/populations/{own}"), vec![]),
        ("unknown path", format!("/populations/{own}/scim/v2/Nothing"), vec![]),
        ("basic", format!("/populations/{own}/scim/v2/Users"), vec![format!("Basic {SECRET}")]),
        ("no scheme", format!("/populations/{own}/scim/v2/Users"), vec![SECRET.to_owned()]),
        ("empty", format!("/populations/{own}/scim/v2/Users"), vec!["Bearer ".to_owned()]),
        ("huge", format!("/populations/{own}/scim/v2/Users"), vec![format!("Bearer {}", "x".repeat(20_000))]),
        ("twice", format!("/populations/{own}/scim/v2/Users"), vec![bearer.clone(), bearer.clone()]),
        ("in the query", format!("/populations/{own}/scim/v2/Users?access_token={SECRET}"), vec![]),
        ("in the query as well", format!("/populations/{own}/scim/v2/Users?access_token={SECRET}"), vec![bearer.clone()]),
        ("wrong verb without secret", format!("/populations/{own}/scim/v2/Schemas"), vec![]),
    ];
    let mut bodies = Vec::new();
    for (name, uri, values) in cases {
        let mut request = Request::builder().uri(uri);
        for value in values {
            request = request.header(header::AUTHORIZATION, value);
        }
        let answer = rig.send_raw(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, 401, "{name}");
        let answer = answer.expect_error(401, None);
        assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"doorward SCIM\"", "{name}");
        assert!(!answer.body.to_string().contains(SECRET), "{name}");
        bodies.push(answer.body);
    }
    assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]), "one refusal can be told from another");
}

#[tokio::test]
async fn the_scheme_is_caseless_and_nothing_else_is_asked_for() {
    let rig = Rig::start().await;
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let request = Request::builder()
            .uri(format!("{}/Users?aadOptscim062020", rig.base()))
            .header(header::AUTHORIZATION, format!("{scheme} {SECRET}"));
        rig.send_raw(request.body(Body::empty()).unwrap()).await.expect(200);
    }
}

#[tokio::test]
async fn a_regenerated_secret_ends_the_old_one_at_once() {
    let rig = Rig::start().await;
    rig.get("/Users").await.expect(200);
    let (id, hash) = (rig.idp, rig.store.sealer().hash(store::Purpose::ScimSecret, "dw_scim_new"));
    rig.store
        .write(move |tx| {
            let mut provider = tx.idp(&id)?.unwrap();
            provider.scim.secret_hash = Some(hash);
            tx.put_idp(&provider)
        })
        .await
        .unwrap();
    rig.get("/Users").await.expect_error(401, None);
}

#[tokio::test]
async fn one_provider_does_not_see_anothers_people() {
    let rig = Rig::start().await;
    let ilo = rig.user("ilo").await;
    let other = rig.add_provider(settings(true, false, IdentityUpdateBehavior::Reauth), "dw_scim_of_the_other").await;
    for path in [format!("/Users/{ilo}"), "/Users".to_owned()] {
        let request = Request::builder()
            .uri(format!("/populations/{other}/scim/v2{path}"))
            .header(header::AUTHORIZATION, "Bearer dw_scim_of_the_other");
        let answer = rig.send_raw(request.body(Body::empty()).unwrap()).await;
        if path == "/Users" {
            assert_eq!(answer.expect(200).body["totalResults"], 0);
        } else {
            answer.expect_error(404, None);
        }
    }
}

/// Replaces the secret; the one before is taken for so many seconds more.
async fn regenerate(rig: &Rig, secret: &str, overlap_secs: i64) -> model::Timestamp {
    let (id, hash) = (rig.idp, rig.store.sealer().hash(store::Purpose::ScimSecret, secret));
    let ends_at = rig.store.now().plus_secs(overlap_secs);
    rig.store
        .write(move |tx| {
            let mut provider = tx.idp(&id)?.unwrap();
            let former = provider.scim.secret_hash.replace(hash).unwrap();
            provider.scim.former_secret = Some(FormerSecret { hash: former, ends_at });
            tx.put_idp(&provider)
        })
        .await
        .unwrap();
    ends_at
}

async fn status_with(rig: &Rig, secret: &str) -> u16 {
    let request = Request::builder().uri(format!("{}/Users", rig.base())).header(header::AUTHORIZATION, format!("Bearer {secret}"));
    rig.send_raw(request.body(Body::empty()).unwrap()).await.status.as_u16()
}

async fn contact(rig: &Rig) -> ScimContact {
    rig.contacts.flush(&rig.store).await.unwrap();
    let id = rig.idp;
    rig.store.read(move |reader| reader.scim_contact(&id)).await.unwrap().unwrap()
}

#[tokio::test]
async fn the_former_secret_is_taken_until_its_end_and_not_a_moment_longer() {
    let rig = Rig::start().await;
    let ends_at = regenerate(&rig, "dw_scim_new", 3600).await;
    for secret in [SECRET, "dw_scim_new"] {
        assert_eq!(status_with(&rig, secret).await, 200, "{secret}");
    }
    rig.turn_to(model::Timestamp::from_millis(ends_at.millis() - 1_000));
    assert_eq!(status_with(&rig, SECRET).await, 200);
    rig.turn_to(ends_at);
    assert_eq!(status_with(&rig, SECRET).await, 401);
    assert_eq!(status_with(&rig, "dw_scim_new").await, 200);
}

#[tokio::test]
async fn both_secrets_end_when_provisioning_is_switched_off_and_only_the_last_two_are_taken() {
    let rig = Rig::start().await;
    regenerate(&rig, "dw_scim_second", 3600).await;
    regenerate(&rig, "dw_scim_third", 3600).await;
    for (secret, status) in [(SECRET, 401), ("dw_scim_second", 200), ("dw_scim_third", 200)] {
        assert_eq!(status_with(&rig, secret).await, status, "{secret}");
    }
    let id = rig.idp;
    rig.store
        .write(move |tx| {
            let mut provider = tx.idp(&id)?.unwrap();
            provider.scim.enabled = false;
            tx.put_idp(&provider)
        })
        .await
        .unwrap();
    for secret in ["dw_scim_second", "dw_scim_third"] {
        assert_eq!(status_with(&rig, secret).await, 401, "{secret}");
    }
}

#[tokio::test]
async fn the_last_call_is_noted_with_its_secret_and_agent_and_the_counts_of_what_was_odd() {
    let rig = Rig::start().await;
    let provider = |rig: &Rig| rig.store.snapshot().idps[&rig.idp].scim.clone();
    let id = rig.user("ilo").await;
    for _ in 0..3 {
        let operations = serde_json::json!([{"op": "Replace", "path": "active", "value": "True"}]);
        rig.patch(&format!("/Users/{id}"), operations).await.expect(200);
    }
    let noted = contact(&rig).await;
    assert_eq!((noted.agent.as_deref(), noted.secret_used(&provider(&rig), rig.store.now())), (None, SecretUsed::Current));
    assert_eq!(noted.normalised["operation_case"], 3);
    assert_eq!(noted.normalised["boolean_string"], 3);

    regenerate(&rig, "dw_scim_new", 3600).await;
    let request = Request::builder()
        .uri(format!("{}/Users", rig.base()))
        .header(header::AUTHORIZATION, format!("Bearer {SECRET}"))
        .header(header::USER_AGENT, format!("Harbour\tSync {}", "x".repeat(900)));
    rig.send_raw(request.body(Body::empty()).unwrap()).await.expect(200);
    let noted = contact(&rig).await;
    assert_eq!(noted.secret_used(&provider(&rig), rig.store.now()), SecretUsed::Former);
    let agent = noted.agent.unwrap();
    assert!(agent.starts_with("HarbourSync xxx") && agent.len() == 200, "{agent}");
    assert_eq!(noted.normalised["operation_case"], 3, "counts go on");
    assert!(noted.last_used_at > rig::NOW);
}

#[tokio::test]
async fn a_flood_of_refusals_is_cut_in_the_log_and_counted() {
    let rig = Rig::start().await;
    for _ in 0..310 {
        rig.delete("/Users/nobody").await.expect(404);
    }
    assert_eq!(rig.log().await.len(), 300);
    assert_eq!(contact(&rig).await.unlogged_refusals, 10);
}

/// What "Test Connection" of Entra sends: neither User-Agent nor Accept, a user and a group that cannot be there.
#[tokio::test]
async fn test_connection_finds_nobody_and_that_is_the_right_answer() {
    let rig = Rig::start().await;
    rig.user("ilo").await;
    rig.group("Pilots").await;
    let nobody = uuid::Uuid::new_v4();
    let lookups = [
        format!("/Users?filter=userName+eq+%22{nobody}%22"),
        format!("/Users?filter=userName%20eq%20%22{nobody}%22"),
        format!("/Groups?excludedAttributes=members&filter=displayName+eq+%22{nobody}%22"),
        format!("/Groups?excludedAttributes=members&filter=externalId+eq+%22{nobody}%22"),
    ];
    for path in lookups {
        let request = Request::builder().uri(format!("{}{path}", rig.base())).header(header::AUTHORIZATION, format!("Bearer {SECRET}"));
        let request = request.body(Body::empty()).unwrap();
        assert_eq!(request.headers().len(), 1);
        let answer = rig.send_raw(request).await.expect(200);
        assert_eq!(answer.header("content-type"), "application/scim+json; charset=utf-8", "{path}");
        let expected = serde_json::json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
            "totalResults": 0, "startIndex": 1, "itemsPerPage": 0, "Resources": [],
        });
        assert_eq!(answer.body, expected, "{path}");
    }
    assert_eq!(rig.log().await.len(), 2, "looking leaves no record");
}
