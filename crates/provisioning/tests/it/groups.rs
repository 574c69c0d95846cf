//! Groups: unique names, bound object ids, members in every form, and big ones.

use std::time::Instant;

use serde_json::{Value, json};

use crate::rig::{Rig, filter};

#[tokio::test]
async fn a_group_is_created_empty_and_found_by_its_name_in_any_case() {
    let rig = Rig::start().await;
    let id = rig.group("Night Pilots").await;
    let whole = rig.get(&format!("/Groups/{id}")).await.expect(200).body;
    assert_eq!((&whole["members"], &whole["displayName"]), (&json!([]), &json!("Night Pilots")));
    for name in ["Night Pilots", "night pilots"] {
        let uri = format!("/Groups?excludedAttributes=members&filter={}", filter(&format!("displayName eq \"{name}\"")));
        let found = rig.get(&uri).await.expect(200).body;
        assert_eq!(found["Resources"][0]["id"], id);
        assert_eq!(found["Resources"][0]["members"], Value::Null);
    }
    let cut = rig.get(&format!("/Groups/{id}?excludedAttributes=members")).await.expect(200).body;
    assert_eq!(cut["members"], Value::Null);
}

#[tokio::test]
async fn a_second_group_of_the_name_is_409_and_a_bound_external_id_stays() {
    let rig = Rig::start().await;
    let id = rig.group("Pilots").await;
    let path = format!("/Groups/{id}");
    let bound = rig.get(&path).await.body["externalId"].clone();
    for name in ["Pilots", "PILOTS"] {
        let second = json!({"displayName": name, "externalId": "0f4d7c7e-93a5-4d2c-9d0c-33b7a9a1b6aa"});
        rig.post("/Groups", second).await.expect_error(409, Some("uniqueness"));
    }
    for operations in [
        json!([{"op": "replace", "value": {"externalId": "0f4d7c7e-93a5-4d2c-9d0c-33b7a9a1b6aa"}}]),
        json!([{"op": "Replace", "path": "externalId", "value": "other"}]),
        json!([{"op": "remove", "path": "externalId"}, {"op": "add", "path": "externalId", "value": "other"}]),
    ] {
        rig.patch(&path, operations).await.expect_error(400, Some("mutability"));
    }
    // Taking it away does not loosen the bond.
    rig.patch(&path, json!([{"op": "remove", "path": "externalId"}])).await.expect(204);
    let unnamed = rig.put(&path, json!({"displayName": "Pilots"})).await.expect(200).body;
    assert_eq!(unnamed["externalId"], Value::Null);
    rig.patch(&path, json!([{"op": "add", "path": "externalId", "value": "other"}])).await.expect_error(400, Some("mutability"));
    rig.put(&path, json!({"displayName": "Pilots", "externalId": "other"})).await.expect_error(400, Some("mutability"));
    rig.patch(&path, json!([{"op": "add", "path": "externalId", "value": bound}])).await.expect(204);
    rig.patch(&path, json!([{"op": "Replace", "path": "displayName", "value": "Harbour Pilots"}])).await.expect(204);
    let after = rig.get(&path).await.body;
    assert_eq!((&after["externalId"], &after["displayName"]), (&bound, &json!("Harbour Pilots")));
    // One that has none yet is bound by the first that comes.
    let loose = rig.post("/Groups", json!({"displayName": "Dock Crew"})).await.expect(201).id();
    let operations = json!([{"op": "add", "path": "externalId", "value": "0f4d7c7e-93a5-4d2c-9d0c-33b7a9a1b6aa"}]);
    rig.patch(&format!("/Groups/{loose}"), operations).await.expect(204);
}

#[tokio::test]
async fn members_come_and_go_in_every_form() {
    let rig = Rig::start().await;
    let mut people = Vec::new();
    for nick in ["mara", "ilo", "tessa", "bram"] {
        people.push(rig.user(nick).await);
    }
    let [mara, ilo, tessa, bram] = [0, 1, 2, 3].map(|i: usize| people[i].as_str());
    let group = rig.group("Pilots").await;
    let path = format!("/Groups/{group}");
    let steps: Vec<(Value, Vec<&str>)> = vec![
        (json!([{"op": "Add", "path": "members", "value": [{"$ref": null, "value": mara}]}]), vec![mara]),
        (json!([{"op": "Add", "path": "members", "value": [{"value": mara}, {"value": ilo}, {"value": tessa}]}]), vec![mara, ilo, tessa]),
        (json!([{"op": "add", "path": "members", "value": [bram]}]), vec![mara, ilo, tessa, bram]),
        (json!([{"op": "Remove", "path": "members", "value": [{"value": tessa}]}]), vec![mara, ilo, bram]),
        (json!([{"op": "Remove", "path": "members", "value": [{"value": tessa}]}]), vec![mara, ilo, bram]),
        (json!([{"op": "remove", "path": format!("members[value eq \"{}\"]", ilo.to_uppercase())}]), vec![mara, bram]),
        (json!([{"op": "remove", "path": "members[value eq \"gone\"]"}]), vec![mara, bram]),
        (json!([{"op": "remove", "path": "members", "value": []}]), vec![mara, bram]),
        (
            json!([
                {"op": "add", "path": "members", "value": [{"value": ilo, "display": "Ilo"}], "name": "addMember"},
                {"op": "remove", "path": format!("members[value eq \"{mara}\"]")},
                {"op": "replace", "value": {"displayName": "Harbour Pilots"}},
            ]),
            vec![ilo, bram],
        ),
        (json!([{"op": "add", "value": {"members": [{"value": mara}]}}]), vec![mara, ilo, bram]),
        (json!([{"op": "replace", "path": "members", "value": [{"value": tessa}]}]), vec![tessa]),
        (json!([{"op": "replace", "value": {"members": [{"value": ilo}]}}]), vec![ilo]),
        (json!([{"op": "Remove", "path": "members"}]), vec![]),
    ];
    for (operations, expected) in steps {
        let shown = operations.to_string();
        let answer = rig.patch(&path, operations).await;
        assert_eq!(answer.status, 204, "{shown}: {:#}", answer.body);
        let mut expected: Vec<String> = expected.into_iter().map(str::to_owned).collect();
        expected.sort();
        assert_eq!(rig.members(&group).await, expected, "{shown}");
    }
    assert_eq!(rig.get(&path).await.body["displayName"], "Harbour Pilots");
}

#[tokio::test]
async fn an_unknown_member_fails_the_whole_request_and_is_named() {
    let rig = Rig::start().await;
    let ilo = rig.user("ilo").await;
    let group = rig.group("Pilots").await;
    let path = format!("/Groups/{group}");
    for stranger in ["u-17".to_owned(), uuid::Uuid::new_v4().to_string()] {
        let operations = json!([{"op": "Add", "path": "members", "value": [{"value": ilo}, {"value": stranger}]}]);
        let refused = rig.patch(&path, operations).await.expect_error(400, Some("invalidValue"));
        assert!(refused.body["detail"].as_str().unwrap().contains(&stranger), "{}", refused.body);
        let body = json!({"displayName": "Dock Crew", "members": [{"value": stranger}]});
        rig.post("/Groups", body).await.expect_error(400, Some("invalidValue"));
    }
    assert_eq!(rig.members(&group).await, Vec::<String>::new());
    assert_eq!(rig.get(&format!("/Groups?filter={}", filter("displayName eq \"Dock Crew\""))).await.body["totalResults"], 0);
    // A user of another provider is a stranger too, and nobody contains themselves.
    let other = rig.add_provider(crate::rig::settings(false, false, Default::default()), "dw_other").await;
    let foreign = model::ScimId::random();
    rig.store
        .write(move |tx| {
            tx.put_provisioned(&model::provisioned::Provisioned {
                id: foreign,
                idp: other,
                kind: model::provisioned::ResourceKind::User,
                external_id: None,
                user_name: Some("foreign".into()),
                display_name: None,
                email: None,
                active: true,
                document: json!({"userName": "foreign"}),
                created_at: crate::rig::NOW,
                updated_at: crate::rig::NOW,
            })
        })
        .await
        .unwrap();
    for stranger in [foreign.to_string(), group.clone()] {
        let operations = json!([{"op": "Add", "path": "members", "value": [{"value": stranger}]}]);
        rig.patch(&path, operations).await.expect_error(400, Some("invalidValue"));
    }
}

#[tokio::test]
async fn groups_hold_groups_and_forget_what_is_deleted() {
    let rig = Rig::start().await;
    let ilo = rig.user("ilo").await;
    let night = rig.group("Night Pilots").await;
    let body = json!({"displayName": "Pilots", "members": [{"value": night}, {"value": ilo, "display": "Ilo"}]});
    let created = rig.post("/Groups", body).await.expect(201);
    assert_eq!(created.body["members"].as_array().unwrap().len(), 2);
    let pilots = created.id();
    for (id, kind, endpoint) in [(&night, "Group", "Groups"), (&ilo, "User", "Users")] {
        let member = created.body["members"].as_array().unwrap().iter().find(|m| m["value"] == **id).unwrap();
        assert_eq!(member["type"], kind);
        assert_eq!(member["$ref"], format!("{}{}/{endpoint}/{id}", crate::rig::ORIGIN, rig.base()));
    }
    rig.delete(&format!("/Users/{ilo}")).await.expect(204);
    assert_eq!(rig.members(&pilots).await, [night.as_str()]);
    rig.delete(&format!("/Groups/{night}")).await.expect(204);
    assert_eq!(rig.members(&pilots).await, Vec::<String>::new());
    rig.delete(&format!("/Groups/{night}")).await.expect_error(404, None);
}

#[tokio::test]
async fn the_reference_check_finds_a_member_by_filter() {
    let rig = Rig::start().await;
    let (ilo, tessa) = (rig.user("ilo").await, rig.user("tessa").await);
    let group = rig.post("/Groups", json!({"displayName": "Pilots", "members": [{"value": ilo}]})).await.expect(201).id();
    for (text, total) in [
        (format!("id eq \"{group}\" and members eq \"{ilo}\""), 1),
        (format!("id eq \"{group}\" and members eq \"{tessa}\""), 0),
        (format!("members.value eq \"{}\"", ilo.to_uppercase()), 1),
        (format!("members[value eq \"{ilo}\"]"), 1),
        ("members pr".to_owned(), 1),
        (format!("not (members eq \"{ilo}\")"), 0),
    ] {
        let found = rig.get(&format!("/Groups?attributes=id&filter={}", filter(&text))).await.expect(200).body;
        assert_eq!(found["totalResults"], total, "{text}");
    }
    let manager = json!([{"op": "Add", "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager", "value": tessa}]);
    rig.patch(&format!("/Users/{ilo}"), manager).await.expect(200);
    let text = format!("id eq \"{ilo}\" and manager eq \"{tessa}\"");
    let found = rig.get(&format!("/Users?attributes=id&filter={}", filter(&text))).await.expect(200).body;
    assert_eq!(found["totalResults"], 1);
}

#[tokio::test]
async fn replacing_a_group_replaces_its_members() {
    let rig = Rig::start().await;
    let (ilo, tessa) = (rig.user("ilo").await, rig.user("tessa").await);
    let group = rig.group("Pilots").await;
    let path = format!("/Groups/{group}");
    let mut whole = rig.get(&path).await.body;
    whole["members"] = json!([{"value": ilo}, {"value": tessa}]);
    let first = rig.put(&path, whole.clone()).await.expect(200);
    assert_eq!(rig.members(&group).await.len(), 2);
    let again = rig.put(&path, first.body.clone()).await.expect(200);
    assert_eq!(again.header("etag"), first.header("etag"), "nothing changed");
    whole["members"] = json!([{"value": tessa}]);
    rig.put(&path, whole).await.expect(200);
    assert_eq!(rig.members(&group).await, [tessa]);
}

#[tokio::test]
async fn a_thousand_members_in_one_patch_are_quick() {
    let rig = Rig::start().await;
    let idp = rig.idp;
    let ids: Vec<model::ScimId> = (0..1_000).map(|_| model::ScimId::random()).collect();
    let people = ids.clone();
    rig.store
        .write(move |tx| {
            for (n, id) in people.iter().enumerate() {
                tx.put_provisioned(&model::provisioned::Provisioned {
                    id: *id,
                    idp,
                    kind: model::provisioned::ResourceKind::User,
                    external_id: None,
                    user_name: Some(format!("person-{n}")),
                    display_name: None,
                    email: None,
                    active: true,
                    document: json!({"userName": format!("person-{n}")}),
                    created_at: crate::rig::NOW,
                    updated_at: crate::rig::NOW,
                })?;
            }
            Ok(())
        })
        .await
        .unwrap();
    let group = rig.group("Everyone").await;
    let path = format!("/Groups/{group}");
    let members: Vec<Value> = ids.iter().map(|id| json!({"$ref": null, "value": id.to_string()})).collect();
    let start = Instant::now();
    rig.patch(&path, json!([{"op": "Add", "path": "members", "value": members}])).await.expect(204);
    let added = start.elapsed();
    assert_eq!(rig.members(&group).await.len(), 1_000);
    let start = Instant::now();
    rig.patch(&path, json!([{"op": "Remove", "path": "members", "value": [{"value": ids[7].to_string()}]}])).await.expect(204);
    let one = start.elapsed();
    let start = Instant::now();
    rig.patch(&path, json!([{"op": "Remove", "path": "members", "value": members}])).await.expect(204);
    let removed = start.elapsed();
    assert_eq!(rig.members(&group).await.len(), 0);
    println!("1,000 members: added in {added:?}, one removed in {one:?}, all removed in {removed:?}");
    for (what, took) in [("adding", added), ("removing one", one), ("removing", removed)] {
        assert!(took.as_secs() < 5, "{what} took {took:?}");
    }
}

#[tokio::test]
async fn a_replaced_membership_is_replaced_wherever_the_body_has_it() {
    let rig = Rig::start().await;
    let (ilo, tessa) = (rig.user("ilo").await, rig.user("tessa").await);
    let urn = "urn:ietf:params:scim:schemas:core:2.0:Group";
    let only_tessa = json!([{"value": tessa}]);
    for operation in [
        json!({"op": "replace", "value": {urn: {"members": only_tessa}}}),
        json!({"op": "replace", "path": urn, "value": {urn: {"Members": only_tessa}}}),
        json!({"op": "Replace", "value": {"urn:IETF:params:scim:schemas:core:2.0:group": {"members": only_tessa}}}),
        json!({"op": "replace", "value": {format!("{urn}:members"): only_tessa}}),
        json!({"op": "replace", "Path": "displayName", "path": "members", "value": only_tessa}),
        json!({"op": "replace", "Value": "Crew", "value": {"members": only_tessa}}),
    ] {
        let group = rig.group(&format!("Dock Crew {}", uuid::Uuid::new_v4())).await;
        let path = format!("/Groups/{group}");
        rig.patch(&path, json!([{"op": "add", "path": "members", "value": [{"value": ilo}]}])).await.expect(204);
        rig.patch(&path, json!([operation])).await.expect(204);
        assert_eq!(rig.members(&group).await, std::slice::from_ref(&tessa), "{operation}");
    }
}

#[tokio::test]
async fn a_group_is_another_version_when_a_member_is_deleted() {
    let rig = Rig::start().await;
    let (ilo, group) = (rig.user("ilo").await, rig.group("Pilots").await);
    let path = format!("/Groups/{group}");
    rig.patch(&path, json!([{"op": "add", "path": "members", "value": [{"value": ilo}]}])).await.expect(204);
    let before = rig.get(&path).await.expect(200);
    rig.delete(&format!("/Users/{ilo}")).await.expect(204);
    let after = rig.get(&path).await.expect(200);
    assert_eq!(after.body["members"], json!([]));
    assert_ne!(before.header("etag"), after.header("etag"));
}

#[tokio::test]
async fn members_are_chosen_by_what_is_shown_of_them() {
    let rig = Rig::start().await;
    let (ilo, pilots, night) = (rig.user("ilo").await, rig.group("Pilots").await, rig.group("Night Pilots").await);
    let path = format!("/Groups/{pilots}");
    rig.patch(&path, json!([{"op": "add", "path": "members", "value": [{"value": ilo}, {"value": night}]}])).await.expect(204);
    for (text, total) in [
        ("members[type eq \"Group\"]".to_owned(), 1),
        ("members.type eq \"user\"".to_owned(), 1),
        (format!("members[value eq \"{ilo}\" and type eq \"User\"]"), 1),
        (format!("members[value eq \"{ilo}\" and type eq \"Group\"]"), 0),
        (format!("members.$ref ew \"/Users/{ilo}\""), 1),
    ] {
        let found = rig.get(&format!("/Groups?excludedAttributes=members&filter={}", filter(&text))).await.expect(200);
        assert_eq!(found.body["totalResults"], total, "{text}");
    }
    let before = rig.get(&path).await.expect(200);
    let same = json!([{"op": "replace", "path": "members", "value": [{"value": night}, {"value": ilo}]}]);
    rig.patch(&path, same).await.expect(204);
    assert_eq!(rig.get(&path).await.header("etag"), before.header("etag"), "nothing changed");
    rig.patch(&path, json!([{"op": "remove", "path": "members[type eq \"Group\"]"}])).await.expect(204);
    assert_eq!(rig.members(&pilots).await, [ilo]);
}
