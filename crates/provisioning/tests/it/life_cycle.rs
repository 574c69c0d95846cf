//! What a change means for the people behind it: sessions, seats, and what never comes back.

use model::{
    ObjectId,
    idp::IdentityUpdateBehavior::{Automatic, NoAction, Reauth},
    session::{RevokeReason, SessionState},
};
use serde_json::json;

use crate::rig::{Rig, Standing, entra_user, settings, upn};

const OFF: [&str; 3] = ["\"False\"", "false", "\"false\""];

fn deactivate() -> serde_json::Value {
    json!([{"op": "Replace", "path": "active", "value": "False"}])
}

#[tokio::test]
async fn deactivation_ends_the_sessions_before_it_is_answered() {
    for value in OFF {
        let rig = Rig::start().await;
        let ilo = rig.person("ilo").await;
        let bystander = rig.person("tessa").await;
        let id = rig.user("ilo").await;
        rig.user("tessa").await;
        assert_eq!(rig.standing(&ilo).await, Standing::UNTOUCHED);
        let value: serde_json::Value = serde_json::from_str(value).unwrap();
        rig.patch(&format!("/Users/{id}"), json!([{"op": "Replace", "path": "active", "value": value}])).await.expect(200);
        assert_eq!(rig.standing(&ilo).await, Standing { sessions: 0, seat: false, generation: 1 });
        assert_eq!(rig.standing(&bystander).await, Standing::UNTOUCHED);
        let nonce = ilo.nonce.clone();
        let (session, _) = rig.store.read(move |reader| reader.session(&nonce)).await.unwrap().unwrap();
        assert!(matches!(session.state, SessionState::Revoked { why: RevokeReason::Deprovisioned, .. }), "{:?}", session.state);
    }
}

#[tokio::test]
async fn deactivating_twice_revokes_once_and_reactivation_gives_nothing_back() {
    let rig = Rig::start().await;
    let ilo = rig.person("ilo").await;
    let id = rig.user("ilo").await;
    let path = format!("/Users/{id}");
    let gone = Standing { sessions: 0, seat: false, generation: 1 };
    rig.patch(&path, deactivate()).await.expect(200);
    rig.patch(&path, deactivate()).await.expect(200);
    assert_eq!(rig.standing(&ilo).await, gone);
    rig.patch(&path, json!([{"op": "replace", "path": "active", "value": true}])).await.expect(200);
    assert_eq!(rig.standing(&ilo).await, gone);
    let revoked = rig.audit().await.into_iter().filter(|r| r.action == "user.revoke").count();
    assert_eq!(revoked, 1);
}

#[tokio::test]
async fn deletion_replacement_and_arrival_inactive_end_sessions_too() {
    let rig = Rig::start().await;
    let gone = Standing { sessions: 0, seat: false, generation: 1 };
    let people = [rig.person("ilo").await, rig.person("tessa").await, rig.person("bram").await];
    let (ilo, tessa) = (rig.user("ilo").await, rig.user("tessa").await);
    rig.delete(&format!("/Users/{ilo}")).await.expect(204);
    let mut body = entra_user("tessa");
    body["active"] = false.into();
    rig.put(&format!("/Users/{tessa}"), body).await.expect(200);
    let mut body = entra_user("bram");
    body["active"] = false.into();
    rig.post("/Users", body).await.expect(201);
    for person in &people {
        assert_eq!(rig.standing(person).await, gone);
    }
    // Created anew under the same name: nothing of the former person comes back.
    rig.user("ilo").await;
    assert_eq!(rig.standing(&people[0]).await, gone);
}

#[tokio::test]
async fn six_cells_of_the_matrix_over_http() {
    let kept = Standing::UNTOUCHED;
    let ended = Standing { sessions: 0, seat: true, generation: 1 };
    let freed = Standing { sessions: 0, seat: false, generation: 1 };
    for (user, seat, behavior, after_leaving_group, after_deactivation) in [
        (false, false, NoAction, Standing::UNTOUCHED, &kept),
        (false, true, Automatic, Standing::UNTOUCHED, &kept),
        (true, false, Automatic, Standing::UNTOUCHED, &ended),
        (true, true, NoAction, Standing::UNTOUCHED, &freed),
        (false, false, Reauth, Standing { sessions: 0, seat: true, generation: 2 }, &Standing { sessions: 0, seat: true, generation: 2 }),
        (true, true, Reauth, Standing { sessions: 0, seat: true, generation: 2 }, &Standing { sessions: 0, seat: false, generation: 3 }),
    ] {
        let name = format!("{user} {seat} {behavior:?}");
        let rig = Rig::with(settings(user, seat, behavior)).await;
        let ilo = rig.person("ilo").await;
        let id = rig.user("ilo").await;
        let group = rig.group("Pilots").await;
        let path = format!("/Groups/{group}");
        rig.patch(&path, json!([{"op": "Add", "path": "members", "value": [{"value": id}]}])).await.expect(204);
        rig.patch(&path, json!([{"op": "Add", "path": "members", "value": [{"value": id}]}])).await.expect(204);
        rig.patch(&path, json!([{"op": "Remove", "path": "members", "value": [{"value": id}]}])).await.expect(204);
        assert_eq!(rig.standing(&ilo).await, after_leaving_group, "{name}");
        rig.patch(&format!("/Users/{id}"), deactivate()).await.expect(200);
        assert_eq!(&rig.standing(&ilo).await, after_deactivation, "{name}");
    }
}

#[tokio::test]
async fn a_group_change_reaches_those_in_nested_groups_and_nobody_else() {
    let rig = Rig::with(settings(true, false, Reauth)).await;
    let (ilo, tessa) = (rig.person("ilo").await, rig.person("tessa").await);
    let id = rig.user("ilo").await;
    rig.user("tessa").await;
    let night = rig.group("Night Pilots").await;
    let pilots = rig.group("Pilots").await;
    rig.patch(&format!("/Groups/{night}"), json!([{"op": "add", "path": "members", "value": [{"value": id}]}])).await.expect(204);
    rig.patch(&format!("/Groups/{pilots}"), json!([{"op": "add", "path": "members", "value": [{"value": night}]}])).await.expect(204);
    assert_eq!(rig.standing(&ilo).await.generation, 2);
    // A circle of groups ends all the same.
    rig.patch(&format!("/Groups/{night}"), json!([{"op": "add", "path": "members", "value": [{"value": pilots}]}])).await.expect(204);
    assert_eq!(rig.standing(&ilo).await.generation, 3);
    rig.patch(&format!("/Groups/{pilots}"), json!([{"op": "replace", "path": "displayName", "value": "All"}])).await.expect(204);
    assert_eq!(rig.standing(&ilo).await.generation, 3, "a new name is no change of membership");
    rig.delete(&format!("/Groups/{pilots}")).await.expect(204);
    assert_eq!(rig.standing(&ilo).await.generation, 4);
    assert_eq!(rig.standing(&tessa).await, Standing::UNTOUCHED);
}

#[tokio::test]
async fn the_tie_is_the_object_id_or_the_upn_and_never_the_mail() {
    let rig = Rig::start().await;
    let object_id: ObjectId = "61503835-b6fe-4630-af88-de551dd59a2a".parse().unwrap();
    let strong = rig.person_with("mara", object_id, None).await;
    let same_mail = rig.person_with("olu", ObjectId::new(uuid::Uuid::new_v4()), None).await;
    let mut body = entra_user("olu");
    body["userName"] = "somebody@else.example".into();
    body["externalId"] = "61503835-B6FE-4630-AF88-DE551DD59A2A".into();
    let id = rig.post("/Users", body).await.expect(201).id();
    rig.patch(&format!("/Users/{id}"), deactivate()).await.expect(200);
    assert_eq!(rig.standing(&strong).await.sessions, 0);
    assert_eq!(rig.standing(&same_mail).await, Standing::UNTOUCHED);
}

#[tokio::test]
async fn a_rename_does_not_carry_a_session_past_the_next_deactivation() {
    let rig = Rig::start().await;
    let ilo = rig.person("ilo").await;
    let id = rig.user("ilo").await;
    let path = format!("/Users/{id}");
    rig.patch(&path, json!([{"op": "Replace", "path": "userName", "value": upn("ilo.new")}])).await.expect(200);
    assert_eq!(rig.standing(&ilo).await, Standing { sessions: 0, seat: true, generation: 1 });
    // With a strong tie a rename is only a rename.
    let object_id: ObjectId = "61503835-b6fe-4630-af88-de551dd59a2a".parse().unwrap();
    let mara = rig.person_with("mara", object_id, Some(upn("mara"))).await;
    let mut body = entra_user("mara");
    body["externalId"] = object_id.to_string().into();
    let id = rig.post("/Users", body).await.expect(201).id();
    rig.patch(&format!("/Users/{id}"), json!([{"op": "Replace", "path": "userName", "value": upn("mara.new")}])).await.expect(200);
    assert_eq!(rig.standing(&mara).await, Standing::UNTOUCHED);
    rig.patch(&format!("/Users/{id}"), deactivate()).await.expect(200);
    assert_eq!(rig.standing(&mara).await.sessions, 0);
}

#[tokio::test]
async fn a_refused_change_ends_nothing() {
    let rig = Rig::start().await;
    let ilo = rig.person("ilo").await;
    let id = rig.user("ilo").await;
    rig.user("tessa").await;
    let operations =
        json!([{"op": "Replace", "path": "active", "value": "False"}, {"op": "Replace", "path": "userName", "value": upn("tessa")}]);
    rig.patch(&format!("/Users/{id}"), operations).await.expect_error(409, Some("uniqueness"));
    assert_eq!(rig.standing(&ilo).await, Standing::UNTOUCHED);
    assert_eq!(rig.get(&format!("/Users/{id}")).await.body["active"], true);
}

#[tokio::test]
async fn memberships_are_kept_on_an_inactive_user() {
    let rig = Rig::start().await;
    let id = rig.user("ilo").await;
    let group = rig.group("Pilots").await;
    rig.patch(&format!("/Groups/{group}"), json!([{"op": "Add", "path": "members", "value": [{"value": id}]}])).await.expect(204);
    rig.patch(&format!("/Users/{id}"), deactivate()).await.expect(200);
    assert_eq!(rig.members(&group).await, [id.as_str()]);
    assert_eq!(rig.get(&format!("/Users/{id}")).await.expect(200).body["active"], false);
}

#[tokio::test]
async fn a_closed_store_answers_503_and_asks_to_come_again() {
    let rig = Rig::start().await;
    let id = rig.user("ilo").await;
    rig.store.close().await;
    let answer = rig.patch(&format!("/Users/{id}"), deactivate()).await.expect_error(503, None);
    assert!(!answer.header("retry-after").is_empty());
}
