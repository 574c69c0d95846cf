//! Who is let in, and that every refusal looks the same.

use axum::body::Body;
use http::{Request, header};
use model::idp::{IdentityUpdateBehavior, ScimSettings};

use crate::rig::{Rig, SECRET, settings};

#[tokio::test]
async fn every_bad_credential_is_the_same_401() {
    let rig = Rig::start().await;
    let other = rig.add_provider(settings(true, false, IdentityUpdateBehavior::Reauth), "dw_scim_of_the_other").await;
    let off = ScimSettings { enabled: false, ..settings(true, false, IdentityUpdateBehavior::Reauth) };
    let disabled = rig.add_provider(off, SECRET).await;
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
