//! Attack cases 48, 50, 51 and 52: identifiers, filters, PATCH targets and look-alike groups that mean harm.

use axum::body::Body;
use http::{Request, header};
use serde_json::{Value, json};

use crate::rig::{Rig, SECRET, Standing, entra_user, filter, upn};

/// Case 48: `externalId` numeric, equal to an internal id, empty, 1 MB long, given twice. It is an opaque text of its own and
/// never a way to somebody else's record.
#[tokio::test]
async fn case_48_an_external_id_leads_to_nobody_else() {
    let rig = Rig::start().await;
    let person = rig.person("ilo").await;
    let ilo = rig.user("ilo").await;
    let with = |nick: &str, external: Value| {
        let mut body = entra_user(nick);
        body["externalId"] = external;
        body
    };
    rig.post("/Users", with("numeric", json!(1))).await.expect_error(400, Some("invalidValue"));
    rig.post("/Users", with("object", json!({"value": "1"}))).await.expect_error(400, Some("invalidValue"));
    rig.post("/Users", with("long", "9".repeat(100_000).into())).await.expect_error(400, Some("invalidSyntax"));
    rig.post("/Users", with("huge", "9".repeat(1024 * 1024).into())).await.expect_error(413, None);
    // Texts that mean something elsewhere: an internal number, the record's id, the person's id, somebody's nickname, nothing.
    let user = person.user.to_string();
    for (n, external) in ["1", ilo.as_str(), user.as_str(), "ilo", ""].into_iter().enumerate() {
        let nick = format!("crew{n}");
        let made = rig.post("/Users", with(&nick, external.into())).await.expect(201);
        assert_ne!(made.id(), ilo);
        assert_eq!(made.body["externalId"], external);
        rig.patch(&format!("/Users/{}", made.id()), json!([{"op": "Replace", "path": "active", "value": "False"}])).await.expect(200);
        rig.delete(&format!("/Users/{}", made.id())).await.expect(204);
    }
    // Ilo's record, session and seat are as they were, and a look-up by a number finds nobody.
    assert_eq!(rig.get(&format!("/Users/{ilo}")).await.expect(200).body["active"], true);
    assert_eq!(rig.standing(&person).await, Standing::UNTOUCHED);
    // Two with one externalId are two, and both are found.
    rig.post("/Users", with("tessa", "ilo".into())).await.expect(201);
    let both = rig.get(&format!("/Users?filter={}", filter("externalId eq \"ILO\""))).await.expect(200).body;
    assert_eq!(both["totalResults"], 2);
    assert_eq!(rig.get(&format!("/Users?filter={}", filter("externalId eq 1"))).await.expect(200).body["totalResults"], 0);
}

/// Case 50: depth bombs, quotes, backslashes, percent, NUL, operators that are none, huge and negative numbers.
#[tokio::test]
async fn case_50_filters_and_numbers_end_in_400_or_an_honest_answer() {
    let rig = Rig::start().await;
    rig.user("ilo").await;
    rig.user("mara").await;
    let nested = |depth: usize| format!("{}userName pr{}", "(".repeat(depth), ")".repeat(depth));
    for (text, total) in [
        (nested(8), Some(2)),
        (nested(9), None),
        (nested(1_000), None),
        (format!("{}userName pr{}", "not (".repeat(9), ")".repeat(9)), None),
        (vec!["userName pr"; 201].join(" and "), None),
        (format!("userName eq \"{}\"", "x".repeat(4_096)), None),
        ("userName eq \"ilo@harbourworks.example\" or \"1\" eq \"1\"".into(), None),
        ("userName eq \"x\" or 1 eq 1".into(), None),
        ("userName eq \"ilo' or '1'='1\"".into(), Some(0)),
        ("userName eq \"ilo\\\" or userName pr or userName eq \\\"\"".into(), Some(0)),
        ("userName eq \"ilo\" or userName pr or userName eq \"\"".into(), Some(2)),
        ("userName sw \"%\"".into(), Some(0)),
        ("userName co \"_\"".into(), Some(0)),
        ("userName eq \"ilo\\u0000@harbourworks.example\"".into(), Some(0)),
        ("userName eq \"\u{0}\"".into(), None),
        ("userName eq \"\\\\\"".into(), Some(0)),
        ("userName eq \"\\\"".into(), None),
        ("userName regex \".*\"".into(), None),
        ("userName == \"ilo\"".into(), None),
        ("userName pr; drop table users".into(), None),
        ("active gt \"a\"".into(), None),
        ("password pr".into(), Some(0)),
    ] {
        let shown: String = text.chars().take(60).collect();
        let answer = rig.get(&format!("/Users?filter={}", filter(&text))).await;
        match total {
            Some(total) => assert_eq!(answer.expect(200).body["totalResults"], total, "{shown}"),
            None => {
                assert_eq!(answer.status, 400, "{shown}");
                answer.expect_error(400, Some("invalidFilter"));
            }
        }
    }
    for (query, start, shown) in [
        ("count=2147483648", 1, 2),
        ("count=99999999999999999999999999", 1, 2),
        ("count=-99999999999999999999999999", 1, 0),
        ("startIndex=-1", 1, 2),
        ("startIndex=-9223372036854775809", 1, 2),
        ("startIndex=2&count=1000000", 2, 1),
    ] {
        let body = rig.get(&format!("/Users?{query}")).await.expect(200).body;
        let page = (&body["totalResults"], &body["startIndex"], body["Resources"].as_array().unwrap().len());
        assert_eq!(page, (&json!(2), &json!(start), shown), "{query}");
    }
    for query in ["count=1e3", "count=0x10", "startIndex=NaN", "startIndex=1%00", "count=%2B%2B1"] {
        rig.get(&format!("/Users?{query}")).await.expect_error(400, Some("invalidValue"));
    }
}

/// Case 51: PATCH to `id`, `meta`, `roles`, `password`, an unknown schema; 10,000 operations. (Paths of any text: the tests of the
/// crate `scim`.)
#[tokio::test]
async fn case_51_a_patch_reaches_only_what_is_the_clients() {
    let rig = Rig::start().await;
    let person = rig.person("ilo").await;
    let id = rig.user("ilo").await;
    let path = format!("/Users/{id}");
    let before = rig.get(&path).await.body;
    let forged = "00000000-0000-4000-8000-000000000001";
    for operations in [
        json!([{"op": "replace", "path": "id", "value": forged}]),
        json!([{"op": "remove", "path": "id"}]),
        json!([{"op": "add", "path": "meta", "value": {"version": "W/\"1\""}}]),
        json!([{"op": "replace", "path": "meta.lastModified", "value": "2001-01-01T00:00:00Z"}]),
        json!([{"op": "add", "path": "groups", "value": [{"value": forged}]}]),
    ] {
        rig.patch(&path, operations).await.expect_error(400, Some("mutability"));
    }
    // Among the keys of a whole resource they are ignored, as is a password.
    let whole = json!([{"op": "replace", "value": {"id": forged, "meta": {"created": "2001-01-01T00:00:00Z"}, "groups": [{"value": forged}],
        "schemas": ["urn:x"], "password": "an invented one"}}]);
    rig.patch(&path, whole).await.expect(200);
    rig.patch(&path, json!([{"op": "add", "path": "password", "value": "an invented one"}])).await.expect(200);
    assert_eq!(rig.get(&path).await.body, before, "nothing of it was taken");
    // Roles and schemas of the client's own are kept as what they are and give nobody anything.
    let operations = json!([
        {"op": "add", "path": "roles", "value": [{"value": "Super Administrator", "primary": true}]},
        {"op": "add", "value": {"urn:doorward:admin:1.0:User": {"administrator": true}, "access_seat": true, "isAdmin": "True"}},
    ]);
    let kept = rig.patch(&path, operations).await.expect(200).body;
    assert_eq!(kept["urn:doorward:admin:1.0:User"]["administrator"], true);
    assert_eq!(rig.standing(&person).await, Standing::UNTOUCHED);
    assert!(!format!("{:?}{:?}", rig.audit().await, rig.log().await).contains("an invented one"));
    // Too much of it: refused as a whole, by number and then by size.
    let version = rig.get(&path).await.header("etag").to_owned();
    let many = |n: usize| (0..n).map(|n| json!({"op": "add", "path": "title", "value": n.to_string()})).collect::<Value>();
    rig.patch(&path, many(1_001)).await.expect_error(400, Some("tooMany"));
    rig.patch(&path, many(10_000)).await.expect_error(400, Some("tooMany"));
    rig.patch(&path, many(30_000)).await.expect_error(413, None);
    let keys: serde_json::Map<String, Value> = (0..10_001).map(|n| (format!("a{n}"), json!(n))).collect();
    rig.patch(&path, json!([{"op": "add", "value": keys}])).await.expect_error(400, Some("tooMany"));
    assert_eq!(rig.get(&path).await.header("etag"), version);
    rig.patch(&path, many(1_000)).await.expect(200);
}

/// Case 51, the body: nesting and length.
#[tokio::test]
async fn case_51_deep_and_long_bodies_are_scim_errors() {
    let rig = Rig::start().await;
    let path = format!("/Users/{}", rig.user("ilo").await);
    let nested = |depth: usize| {
        let value = format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
        format!("{{\"Operations\":[{{\"op\":\"add\",\"path\":\"berth\",\"value\":{value}}}]}}")
    };
    for (body, status, scim_type) in [
        (nested(8), 200, None),
        (nested(10), 400, Some("invalidSyntax")),
        (nested(100_000), 400, Some("invalidSyntax")),
        (format!("{{\"Operations\":[]{}}}", " ".repeat(1024 * 1024)), 413, None),
        ("{\"Operations\":[{\"op\":\"add\",\"op\":\"remove\",\"path\":\"title\"}]}".into(), 400, Some("invalidSyntax")),
        ("{\"Operations\":[{\"op\":\"add\",\"path\":\"title\",\"value\":\"\\ud800\"}]}".into(), 400, Some("invalidSyntax")),
    ] {
        let request = Request::patch(format!("{}{path}", rig.base()))
            .header(header::AUTHORIZATION, format!("Bearer {SECRET}"))
            .header(header::CONTENT_TYPE, "application/scim+json");
        let answer = rig.send_raw(request.body(Body::from(body)).unwrap()).await;
        if status == 200 {
            answer.expect(200);
        } else {
            answer.expect_error(status, scim_type);
        }
    }
}

/// Case 52: a group named like another one but for case, spaces or characters that nobody sees. The same name in other capitals is
/// refused; every other one is a group of its own, which nobody gets into, and out of, by the name of the first.
#[tokio::test]
async fn case_52_look_alike_groups_are_refused_or_apart() {
    let rig = Rig::start().await;
    let (ilo, mara) = (rig.user("ilo").await, rig.user("mara").await);
    let pilots = rig.group("Harbour Admins").await;
    rig.patch(&format!("/Groups/{pilots}"), json!([{"op": "Add", "path": "members", "value": [{"value": ilo}]}])).await.expect(204);
    let named = |name: &str| json!({"displayName": name, "externalId": uuid::Uuid::new_v4().to_string(), "members": [{"value": mara}]});
    for same in ["Harbour Admins", "harbour admins", "HARBOUR ADMINS"] {
        rig.post("/Groups", named(same)).await.expect_error(409, Some("uniqueness"));
    }
    for broken in ["", "   ", "Harbour\u{0}Admins", "Harbour\nAdmins", "Harbour\u{7f}Admins"] {
        rig.post("/Groups", named(broken)).await.expect_error(400, Some("invalidValue"));
    }
    let look_alikes =
        ["Harbour  Admins", "Harbour Admins ", " Harbour Admins", "Harbour\u{200b} Admins", "Harbour\u{a0}Admins", "Hаrbour Admins"];
    for name in look_alikes {
        let other = rig.post("/Groups", named(name)).await.expect(201);
        assert_ne!(other.id(), pilots);
        assert_eq!(other.body["displayName"], name, "shown as it is, not tidied up into the other");
        for (text, expected) in [(name, other.id()), ("harbour admins", pilots.clone())] {
            let found = rig.get(&format!("/Groups?filter={}", filter(&format!("displayName eq \"{text}\"")))).await.expect(200).body;
            assert_eq!((&found["totalResults"], &found["Resources"][0]["id"]), (&json!(1), &json!(expected)), "{name:?}");
        }
        // Nor can it become the other by a rename, a PUT or the other's object id.
        let path = format!("/Groups/{}", other.id());
        rig.patch(&path, json!([{"op": "Replace", "path": "displayName", "value": "HARBOUR admins"}]))
            .await
            .expect_error(409, Some("uniqueness"));
        rig.put(&path, json!({"displayName": "Harbour Admins"})).await.expect_error(409, Some("uniqueness"));
        let bound = rig.get(&format!("/Groups/{pilots}")).await.body["externalId"].clone();
        rig.patch(&path, json!([{"op": "Replace", "path": "externalId", "value": bound}])).await.expect_error(400, Some("mutability"));
        assert_eq!(rig.members(&other.id()).await, [mara.as_str()]);
    }
    assert_eq!(rig.members(&pilots).await, [ilo.as_str()]);
}

/// Case 52 for people: names that differ by what nobody sees are different people.
#[tokio::test]
async fn case_52_look_alike_people_are_apart() {
    let rig = Rig::start().await;
    let person = rig.person("ilo").await;
    let ilo = rig.user("ilo").await;
    for name in [format!("{} ", upn("ilo")), format!("\u{200b}{}", upn("ilo")), upn("ilo").replace('i', "і")] {
        let mut body = entra_user("stranger");
        body["userName"] = name.clone().into();
        let other = rig.post("/Users", body).await.expect(201).id();
        assert_ne!(other, ilo);
        rig.patch(&format!("/Users/{other}"), json!([{"op": "Replace", "path": "active", "value": "False"}])).await.expect(200);
        assert_eq!(rig.standing(&person).await, Standing::UNTOUCHED, "{name:?}");
        rig.delete(&format!("/Users/{other}")).await.expect(204);
    }
    assert_eq!(rig.get(&format!("/Users/{ilo}")).await.expect(200).body["active"], true);
}
