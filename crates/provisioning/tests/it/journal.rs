//! The provisioning log: one record for each write, carried out or refused, which agrees with what was done.

use std::collections::BTreeMap;

use axum::body::Body;
use http::{Request, header};
use model::{
    idp::IdentityUpdateBehavior,
    provisioned::ResourceKind::{Group, User},
    provisioning_log::{Effect, Outcome, WriteMethod},
    session::RevokeReason,
};
use serde_json::{Value, json};

use crate::rig::{Rig, SECRET, entra_user, settings, upn};

fn document(text: Option<&String>) -> Value {
    text.map_or(Value::Null, |text| serde_json::from_str(text).unwrap())
}

#[tokio::test]
async fn each_change_of_a_user_is_one_record_with_both_sides() {
    let rig = Rig::start().await;
    let id = rig.user("ilo").await;
    let path = format!("/Users/{id}");
    rig.patch(&path, json!([{"op": "Replace", "path": "title", "value": "Pilot"}])).await.expect(200);
    rig.patch(&path, json!([{"op": "replace", "path": "title", "value": "Pilot"}])).await.expect(200);
    rig.put(&path, entra_user("ilo")).await.expect(200);
    rig.delete(&path).await.expect(204);
    let log = rig.log().await;
    let seen: Vec<_> = log.iter().map(|r| (r.method.as_str(), r.status)).collect();
    assert_eq!(seen, [("POST", 201), ("PATCH", 200), ("PATCH", 200), ("PUT", 200), ("DELETE", 204)]);
    for record in &log {
        assert_eq!((record.kind, record.outcome(), record.idp), (User, Outcome::Success, rig.idp));
        assert_eq!(record.resource.unwrap().to_string(), id);
        assert_eq!((record.external_id.as_deref(), record.user_email.as_deref()), (Some("ilo"), Some(upn("ilo").as_str())));
        assert_eq!((&record.group_name, &record.error, &record.agent), (&None, &None, &None), "Entra sends no User-Agent");
    }
    let titles: Vec<_> =
        log.iter().map(|r| [&r.before, &r.after].map(|side| side.as_ref().map(|s| document(Some(s))["title"].clone()))).collect();
    let (without, with) = (Some(Value::Null), Some(json!("Pilot")));
    assert_eq!(
        titles,
        [
            [None, without.clone()],
            [without.clone(), with.clone()],
            [None, None], // Nothing changed.
            [with, without.clone()],
            [without, None],
        ]
    );
    assert_eq!(log[1].normalised, BTreeMap::from([("operation_case".to_owned(), 1)]));
    assert_eq!(document(log[0].request.as_ref()), entra_user("ilo"));
    assert_eq!(document(log[0].after.as_ref())["id"], id);
    assert_eq!(log[4].request, None);
    assert!(rig.audit().await.iter().all(|record| !record.object.starts_with("scim:")), "the audit log does not repeat them");
}

#[tokio::test]
async fn each_change_of_a_group_tells_who_came_and_went() {
    let rig = Rig::with(settings(true, false, IdentityUpdateBehavior::Reauth)).await;
    let person = rig.person("ilo").await;
    let ilo = rig.user("ilo").await;
    let group = rig.group("Pilots").await;
    let path = format!("/Groups/{group}");
    rig.patch(&path, json!([{"op": "Add", "path": "members", "value": [{"value": ilo}]}])).await.expect(204);
    rig.patch(&path, json!([{"op": "add", "path": "members", "value": [{"value": ilo}]}])).await.expect(204);
    rig.delete(&path).await.expect(204);
    let log: Vec<_> = rig.log().await.into_iter().filter(|record| record.kind == Group).collect();
    let seen: Vec<_> = log.iter().map(|r| (r.method.as_str(), r.status, r.group_name.as_deref())).collect();
    let pilots = Some("Pilots");
    assert_eq!(seen, [("POST", 201, pilots), ("PATCH", 204, pilots), ("PATCH", 204, pilots), ("DELETE", 204, pilots)]);
    let ended = [Effect::SessionsEnded { user: person.user, why: RevokeReason::GroupChange }];
    assert_eq!(log.iter().map(|r| r.effects.as_slice()).collect::<Vec<_>>(), [&[][..], &ended, &[], &ended]);
    let came = json!({"added": {"count": 1, "first": [ilo]}, "removed": {"count": 0, "first": []}});
    assert_eq!(document(log[1].after.as_ref())["members"], came);
    assert_eq!(document(log[1].before.as_ref())["members"], Value::Null);
    assert_eq!((&log[2].before, &log[2].after), (&None, &None));
    assert_eq!(document(log[3].before.as_ref())["members"]["removed"]["count"], 1);
}

#[tokio::test]
async fn what_follows_for_a_person_is_in_the_record_and_in_the_audit_log() {
    let rig = Rig::start().await;
    let person = rig.person("ilo").await;
    let id = rig.user("ilo").await;
    rig.patch(&format!("/Users/{id}"), json!([{"op": "Replace", "path": "active", "value": "False"}])).await.expect(200);
    let record = rig.last_logged().await;
    let user = person.user;
    assert_eq!(record.effects, [Effect::SessionsEnded { user, why: RevokeReason::Deprovisioned }, Effect::SeatFreed { user }]);
    let audited: Vec<_> = rig.audit().await.into_iter().map(|r| (r.action, r.object)).collect();
    assert_eq!(audited, [("user.seat.free".to_owned(), format!("user:{user}")), ("user.revoke".to_owned(), format!("user:{user}"))]);
}

#[tokio::test]
async fn a_refusal_is_one_record_that_says_what_the_client_was_told() {
    let rig = Rig::start().await;
    let ilo = rig.user("ilo").await;
    rig.user("tessa").await;
    let pilots = rig.group("Pilots").await;
    let (user, group) = (format!("/Users/{ilo}"), format!("/Groups/{pilots}"));
    let nobody = model::ScimId::random().to_string();
    let patch = |ops: Value| Some(json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": ops}));
    let cases = [
        ("POST", "/Users".to_owned(), Some(entra_user("ilo")), 409, User, None),
        ("POST", "/Users".to_owned(), Some(json!({"externalId": "x"})), 400, User, None),
        ("POST", "/Groups".to_owned(), Some(json!({"displayName": "pilots"})), 409, Group, None),
        ("POST", "/Groups?attributes=%22".to_owned(), Some(json!({"displayName": "Dock Crew"})), 400, Group, None),
        ("PATCH", user.clone(), patch(json!([{"op": "replace", "path": "userName", "value": upn("tessa")}])), 409, User, Some(&ilo)),
        ("PATCH", user.clone(), patch(json!([{"op": "frobnicate"}])), 400, User, Some(&ilo)),
        ("PATCH", group.clone(), patch(json!([{"op": "add", "path": "members", "value": [{"value": nobody}]}])), 400, Group, Some(&pilots)),
        ("PATCH", format!("/Users/{nobody}"), patch(json!([{"op": "remove", "path": "title"}])), 404, User, Some(&nobody)),
        ("PUT", group, Some(json!({"displayName": ""})), 400, Group, Some(&pilots)),
        ("PUT", "/Users/pilots".to_owned(), Some(entra_user("bram")), 404, User, None),
        ("DELETE", format!("/Groups/{nobody}"), None, 404, Group, Some(&nobody)),
        ("DELETE", "/Users".to_owned(), None, 405, User, None),
    ];
    let before = rig.log().await.len();
    for (at, (method, path, body, status, kind, resource)) in cases.into_iter().enumerate() {
        let answer = rig.send(method, &path, body.clone()).await;
        assert_eq!(answer.status.as_u16(), status, "{method} {path}: {:#}", answer.body);
        let log = rig.log().await;
        assert_eq!(log.len(), before + at + 1, "{method} {path}");
        let record = log.last().unwrap();
        assert_eq!((record.method, record.kind, record.status), (method.parse::<WriteMethod>().unwrap(), kind, status), "{path}");
        assert_eq!(record.resource.map(|id| id.to_string()).as_ref(), resource, "{method} {path}");
        assert_eq!((record.outcome(), record.error.as_deref()), (Outcome::Failure, answer.body["detail"].as_str()), "{method} {path}");
        assert_eq!((&record.before, &record.after, &record.effects), (&None, &None, &vec![]));
        // A body is not read when the query is refused before it.
        if status != 405 && !path.contains("attributes") {
            assert_eq!(document(record.request.as_ref()), body.unwrap_or_default(), "{method} {path}");
        }
    }
    // What a refused creation would have been, and whom a refused change was about, can be looked for.
    let log = rig.log().await;
    assert_eq!(log[before].user_email.as_deref(), Some(upn("ilo").as_str()));
    assert_eq!(log[before + 2].group_name.as_deref(), Some("pilots"));
    assert_eq!(log[before + 4].external_id.as_deref(), Some("ilo"));
}

#[tokio::test]
async fn bodies_that_cannot_be_read_are_logged_as_far_as_they_go() {
    let rig = Rig::start().await;
    let request = |body: Body, media: &str| {
        let request = Request::builder().method("POST").uri(format!("{}/Users", rig.base()));
        let agent = format!("Harbour\tSync/{} \u{7f}", "9".repeat(500));
        let request = request.header(header::AUTHORIZATION, format!("Bearer {SECRET}")).header(header::CONTENT_TYPE, media);
        request.header(header::USER_AGENT, agent.as_bytes().iter().copied().filter(|b| *b != 0x7f).collect::<Vec<_>>()).body(body).unwrap()
    };
    rig.send_raw(request("{\"a\":".into(), "application/scim+json")).await.expect(400);
    rig.send_raw(request(vec![b'x'; 9 * 1024 * 1024].into(), "application/scim+json")).await.expect(413);
    rig.send_raw(request("<user/>".into(), "text/xml")).await.expect(415);
    let log = rig.log().await;
    let seen: Vec<_> = log.iter().map(|r| (r.status, r.request.as_deref())).collect();
    assert_eq!(seen, [(400, Some("{\"a\":")), (413, None), (415, None)]);
    let agent = log[0].agent.as_deref().unwrap();
    assert!(agent.starts_with("HarbourSync/999") && agent.len() == 200, "{agent}");
}

#[tokio::test]
async fn callers_without_the_secret_leave_no_record() {
    let rig = Rig::start().await;
    for bearer in ["", "Bearer nonsense"] {
        let request = Request::builder().method("POST").uri(format!("{}/Users", rig.base())).header(header::AUTHORIZATION, bearer);
        rig.send_raw(request.body(Body::from(entra_user("ilo").to_string())).unwrap()).await.expect(401);
    }
    assert_eq!(rig.log().await, []);
}

#[tokio::test]
async fn reading_leaves_no_record() {
    let rig = Rig::start().await;
    let id = rig.user("ilo").await;
    for path in ["/Users", &format!("/Users/{id}"), "/Users/nobody", "/Groups", "/Schemas", "/Users?filter=x"] {
        rig.get(path).await;
    }
    rig.post("/Users/.search", json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"]})).await.expect(200);
    assert_eq!(rig.log().await.len(), 1);
}

#[tokio::test]
async fn a_change_that_is_rolled_back_leaves_a_failure_and_no_success() {
    let rig = Rig::start().await;
    let id = rig.user("ilo").await;
    let operations = json!([{"op": "replace", "path": "title", "value": "Pilot"}, {"op": "replace", "path": "active", "value": "perhaps"}]);
    rig.patch(&format!("/Users/{id}"), operations).await.expect(400);
    let log = rig.log().await;
    assert_eq!(log.iter().map(|r| r.status).collect::<Vec<_>>(), [201, 400]);
    assert_eq!(rig.get(&format!("/Users/{id}")).await.body["title"], Value::Null);
}

#[tokio::test]
async fn no_side_of_a_record_holds_a_password_of_an_extension() {
    let rig = Rig::start().await;
    let urn = "urn:harbourworks:params:scim:schemas:extension:door:2.0:User";
    let mut body = entra_user("ilo");
    body[urn] = json!({"initialPassword": "knot-7", "berth": "A4"});
    body["loginPassword"] = json!("knot-7");
    let id = rig.post("/Users", body).await.expect(201).id();
    let path = format!("/Users/{id}");
    rig.patch(&path, json!([{"op": "replace", "path": format!("{urn}:initialPassword"), "value": "knot-72"}])).await.expect(200);
    rig.delete(&path).await.expect(204);
    for record in rig.log().await {
        for text in [&record.request, &record.before, &record.after, &record.error].into_iter().flatten() {
            assert!(!text.contains("knot-7"), "{text}");
        }
    }
}
