//! Users: create, duplicate, read, replace, PATCH in both dialects, delete, and that nothing sent is lost.

use serde_json::{Value, json};

use crate::rig::{ORIGIN, Rig, entra_user, filter, upn};

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

#[tokio::test]
async fn a_created_user_comes_back_whole_with_location_and_tag() {
    let rig = Rig::start().await;
    let created = rig.post("/Users", entra_user("ilo")).await.expect(201);
    let id = created.id();
    let location = format!("{ORIGIN}{}/Users/{id}", rig.base());
    assert_eq!(created.header("location"), location);
    assert_eq!(created.body["meta"]["location"], location);
    assert_eq!(created.body["meta"]["resourceType"], "User");
    assert!(created.header("etag").starts_with("W/\""));
    assert_eq!(created.body["meta"]["version"], created.header("etag"));
    let sent = entra_user("ilo");
    for (name, value) in sent.as_object().unwrap().iter().filter(|(name, _)| *name != "meta") {
        assert_eq!(&created.body[name], value, "{name}");
    }
    assert_eq!(rig.get(&format!("/Users/{id}")).await.expect(200).body, created.body);
}

#[tokio::test]
async fn a_second_user_name_in_any_case_is_409() {
    let rig = Rig::start().await;
    rig.user("ilo").await;
    let mut again = entra_user("ilo");
    again["userName"] = upn("ILO").into();
    let refused = rig.post("/Users", again).await.expect_error(409, Some("uniqueness"));
    assert!(refused.body["detail"].as_str().unwrap().contains("userName"), "{}", refused.body);
    let tessa = rig.user("tessa").await;
    let operations = json!([{"op": "Replace", "path": "userName", "value": upn("ilo")}]);
    rig.patch(&format!("/Users/{tessa}"), operations).await.expect_error(409, Some("uniqueness"));
    rig.put(&format!("/Users/{tessa}"), entra_user("ilo")).await.expect_error(409, Some("uniqueness"));
    assert_eq!(rig.get(&format!("/Users/{tessa}")).await.expect(200).body["userName"], upn("tessa"));
}

#[tokio::test]
async fn look_ups_are_caseless_and_test_connection_passes() {
    let rig = Rig::start().await;
    let id = rig.user("Ilo").await;
    let random = uuid::Uuid::new_v4();
    for attribute in ["userName", "externalId", "id", "emails[type eq \"work\"].value", "displayName"] {
        let none = rig.get(&format!("/Users?filter={}", filter(&format!("{attribute} eq \"{random}\"")))).await.expect(200);
        assert_eq!(none.body["totalResults"], 0, "{attribute}");
        assert_eq!(none.body["Resources"], json!([]), "{attribute}");
        assert_eq!(none.body["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:ListResponse"]));
    }
    let (lower, upper) = (upn("ilo"), upn("ILO").to_uppercase());
    for text in [
        format!("userName eq \"{lower}\""),
        format!("username EQ \"{upper}\""),
        "externalId eq \"ILO\"".to_owned(),
        format!("emails[type eq \"work\"].value eq \"{lower}\""),
        format!("emails.value eq \"{lower}\""),
        format!("id eq \"{}\"", id.to_uppercase()),
        format!("id eq \"{id}\" and active eq true"),
        "name.familyName co \"duy\"".to_owned(),
        format!("urn:ietf:params:scim:schemas:core:2.0:User:userName eq \"{lower}\""),
    ] {
        let found = rig.get(&format!("/Users?filter={}", filter(&text))).await.expect(200);
        assert_eq!(found.body["totalResults"], 1, "{text}");
        assert_eq!(found.body["Resources"][0]["id"], id, "{text}");
    }
    let with_percent = format!("/Users?filter=userName%20eq%20%22{lower}%22");
    assert_eq!(rig.get(&with_percent).await.expect(200).body["totalResults"], 1);
}

#[tokio::test]
async fn both_dialects_of_patch_do_the_same() {
    let rig = Rig::start().await;
    let default = rig.user("ilo").await;
    let flagged = rig.user("tessa").await;
    let answer = rig
        .patch(
            &format!("/Users/{default}"),
            json!([
                {"op": "Replace", "path": "displayName", "value": "Harbour Hand"},
                {"op": "Add", "path": "name.givenName", "value": "Hand"},
                {"op": "Add", "path": "phoneNumbers[type eq \"mobile\"].value", "value": "+1 555 0100"},
                {"op": "Replace", "path": format!("{ENTERPRISE}:employeeNumber"), "value": "17"},
                {"op": "Replace", "path": "active", "value": "False"},
            ]),
        )
        .await
        .expect(200);
    assert_eq!(answer.body["active"], false);
    let other = rig
        .patch(
            &format!("/Users/{flagged}"),
            json!([
                {"op": "replace", "value": {
                    "displayName": "Harbour Hand", "name.givenName": "Hand", "active": false,
                    (format!("{ENTERPRISE}:employeeNumber")): "17"}},
                {"op": "add", "path": "phoneNumbers[type eq \"mobile\"].value", "value": "+1 555 0100"},
            ]),
        )
        .await
        .expect(200);
    for name in ["displayName", "name", "phoneNumbers", "active", ENTERPRISE] {
        let mut left = answer.body[name].clone();
        let right = other.body[name].clone();
        if name == "name" {
            left["formatted"] = right["formatted"].clone();
        }
        assert_eq!(left, right, "{name}");
    }
    assert_eq!(answer.body["name"]["givenName"], "Hand");
    assert_eq!(answer.body["phoneNumbers"][0]["value"], "+1 555 0100");
    assert_eq!(answer.body[ENTERPRISE]["employeeNumber"], "17");
}

#[tokio::test]
async fn a_patch_is_all_or_nothing() {
    let rig = Rig::start().await;
    let id = rig.user("ilo").await;
    let before = rig.get(&format!("/Users/{id}")).await.body;
    let operations = json!([
        {"op": "Replace", "path": "displayName", "value": "Changed"},
        {"op": "Replace", "path": "emails[type eq", "value": "x"},
    ]);
    rig.patch(&format!("/Users/{id}"), operations).await.expect_error(400, Some("invalidPath"));
    let operations = json!([{"op": "Replace", "path": "displayName", "value": "Changed"}, {"op": "Replace", "path": "id", "value": "x"}]);
    rig.patch(&format!("/Users/{id}"), operations).await.expect_error(400, Some("mutability"));
    assert_eq!(rig.get(&format!("/Users/{id}")).await.body, before);
}

#[tokio::test]
async fn nothing_sent_is_lost_and_no_password_is_kept() {
    let rig = Rig::start().await;
    let mut sent = entra_user("bram");
    sent["urn:ietf:params:scim:schemas:extension:Harbour:2.0:User"] = json!({"berth": {"quay": 4, "tags": ["A", "b"]}, "Shift": null});
    sent["favouriteKnot"] = json!("Zeppelin bend");
    sent["numbers"] = json!([1, 2.5, true, {"deep": {"er": []}}]);
    sent["entitlements"] = json!([{"value": "crane", "display": "Crane"}]);
    sent[ENTERPRISE]["manager"] = json!({"value": "m-1", "$ref": "../Users/m-1", "displayName": "Mara"});
    sent["password"] = json!("not to be kept");
    let id = rig.post("/Users", sent.clone()).await.expect(201).id();
    let kept = rig.get(&format!("/Users/{id}")).await.expect(200).body;
    for name in ["favouriteKnot", "numbers", "entitlements", ENTERPRISE] {
        assert_eq!(kept[name], sent[name], "{name}");
    }
    assert_eq!(kept["urn:ietf:params:scim:schemas:extension:Harbour:2.0:User"]["berth"], json!({"quay": 4, "tags": ["A", "b"]}));
    let everything = format!("{kept}{:?}{:?}", rig.audit().await, rig.log().await);
    assert!(!everything.contains("not to be kept"));
    // What was read can be sent back as it is, and changes nothing.
    let again = rig.put(&format!("/Users/{id}"), kept.clone()).await.expect(200).body;
    assert_eq!(again, kept);
}

#[tokio::test]
async fn replacing_forgets_what_is_left_out_but_keeps_the_inactive_inactive() {
    let rig = Rig::start().await;
    let id = rig.user("ilo").await;
    rig.patch(&format!("/Users/{id}"), json!([{"op": "replace", "path": "active", "value": false}])).await.expect(200);
    let replaced = rig.put(&format!("/Users/{id}"), json!({"userName": upn("ilo"), "title": "Pilot"})).await.expect(200).body;
    assert_eq!(replaced["title"], "Pilot");
    assert_eq!(replaced["displayName"], Value::Null);
    assert_eq!(replaced["active"], false);
    rig.put(&format!("/Users/{id}"), json!({"title": "Pilot"})).await.expect_error(400, Some("invalidValue"));
}

#[tokio::test]
async fn a_deleted_user_is_gone_and_a_second_delete_is_404() {
    let rig = Rig::start().await;
    let id = rig.user("ilo").await;
    let path = format!("/Users/{id}");
    let answer = rig.delete(&path).await.expect(204);
    assert_eq!(answer.body, Value::Null);
    for method in ["GET", "DELETE"] {
        rig.send(method, &path, None).await.expect_error(404, None);
    }
    rig.patch(&path, json!([{"op": "replace", "path": "active", "value": true}])).await.expect_error(404, None);
    rig.put(&path, entra_user("ilo")).await.expect_error(404, None);
    rig.user("ilo").await;
}

#[tokio::test]
async fn tags_follow_changes_and_if_match_is_honoured() {
    let rig = Rig::start().await;
    let created = rig.post("/Users", entra_user("ilo")).await.expect(201);
    let (path, first) = (format!("/Users/{}", created.id()), created.header("etag").to_owned());
    let same = rig.patch(&path, json!([{"op": "replace", "path": "displayName", "value": "ilo"}])).await.expect(200);
    assert_eq!(same.header("etag"), first, "nothing changed");
    let changed = rig.patch(&path, json!([{"op": "replace", "path": "displayName", "value": "Ilo"}])).await.expect(200);
    assert_ne!(changed.header("etag"), first);
    let attempt = |tag: String, method: &'static str| {
        let request = http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", rig.base()))
            .header("authorization", format!("Bearer {}", crate::rig::SECRET))
            .header("if-match", tag);
        let body = match method {
            "PUT" => entra_user("ilo").to_string(),
            "PATCH" => json!({"Operations": [{"op": "replace", "path": "title", "value": "Pilot"}]}).to_string(),
            _ => String::new(),
        };
        rig.send_raw(request.body(axum::body::Body::from(body)).unwrap())
    };
    attempt(first.clone(), "PUT").await.expect_error(412, None);
    attempt(first.clone(), "PATCH").await.expect_error(412, None);
    attempt(first, "DELETE").await.expect_error(412, None);
    attempt(changed.header("etag").to_owned(), "PUT").await.expect(200);
    attempt("*".into(), "DELETE").await.expect(204);
}

#[tokio::test]
async fn who_has_the_version_there_is_gets_304_without_a_body() {
    let rig = Rig::start().await;
    for path in [format!("/Users/{}", rig.user("ilo").await), format!("/Groups/{}", rig.group("Pilots").await)] {
        let tag = rig.get(&path).await.expect(200).header("etag").to_owned();
        for (named, status) in [(tag.as_str(), 304), ("*", 304), (tag.trim_start_matches("W/"), 304), ("W/\"0\"", 200)] {
            let request = http::Request::get(format!("{}{path}", rig.base()))
                .header("authorization", format!("Bearer {}", crate::rig::SECRET))
                .header("if-none-match", "W/\"other\"")
                .header("if-none-match", named);
            let answer = rig.send_raw(request.body(axum::body::Body::empty()).unwrap()).await.expect(status);
            assert_eq!(answer.header("etag"), tag);
            assert_eq!(answer.body == Value::Null, status == 304, "{named}");
        }
        rig.patch(&path, json!([{"op": "Replace", "path": "displayName", "value": "Night"}])).await;
        assert_ne!(rig.get(&path).await.expect(200).header("etag"), tag);
    }
}

#[tokio::test]
async fn attributes_and_excluded_attributes_cut_every_answer() {
    let rig = Rig::start().await;
    let created = rig.post("/Users?attributes=userName", entra_user("ilo")).await.expect(201);
    assert_eq!(created.body.as_object().unwrap().keys().collect::<Vec<_>>(), ["schemas", "id", "userName"]);
    let id = created.id();
    let cut = rig.get(&format!("/Users/{id}?excludedAttributes=emails,name.givenName")).await.expect(200).body;
    assert_eq!((&cut["emails"], &cut["name"]["givenName"]), (&Value::Null, &Value::Null));
    assert_eq!(cut["name"]["familyName"], "Oduya");
    for path in [format!("/Users/{id}"), "/Users".to_owned()] {
        let twice = rig.get(&format!("{path}?attributes=userName&attributes=title,name.givenName")).await.expect(200).body;
        let one = if path == "/Users" { &twice["Resources"][0] } else { &twice };
        assert_eq!(one.as_object().unwrap().keys().collect::<Vec<_>>(), ["schemas", "id", "userName", "name"], "{path}");
    }
    let listed = rig.get("/Users?attributes=emails[type%20eq%20%22work%22]").await.expect(200).body;
    assert_eq!(listed["Resources"][0].as_object().unwrap().len(), 3);
}
