//! Input that means harm: always a SCIM error of the 400s, never a 500, and nothing changed.

use axum::body::Body;
use http::{Request, header};
use serde_json::{Value, json};

use crate::rig::{Rig, SECRET, entra_user, filter};

#[tokio::test]
async fn hostile_filters_are_400_or_an_honest_empty_list() {
    let rig = Rig::start().await;
    rig.user("ilo").await;
    let deep = format!("{}userName pr{}", "(".repeat(2_000), ")".repeat(2_000));
    let long = format!("userName eq \"{}\"", "x".repeat(10_000));
    let many = vec!["userName pr"; 300].join(" or ");
    for text in [
        deep.as_str(),
        long.as_str(),
        many.as_str(),
        "userName",
        "userName eq",
        "userName eq \"unclosed",
        "userName eq \"x\" and",
        "userName like \"x\"",
        "userName eq 'x'",
        "emails[type eq \"work\"",
        "emails[type eq \"work\" and emails[type pr]]",
        "not userName pr",
        ") or (1 eq 1",
        "userName eq \"\u{0}\" --",
        "' or 1=1 --",
        "\u{202e}",
        "userName gt true",
        "userName eq \"\\ud800\"",
    ] {
        let answer = rig.get(&format!("/Users?filter={}", filter(text))).await;
        let shown: String = text.chars().take(60).collect();
        assert!(answer.status == 400 || answer.status == 200, "{shown}: {}", answer.status);
        if answer.status == 400 {
            answer.expect_error(400, Some("invalidFilter"));
        } else {
            assert_eq!(answer.body["totalResults"], 0, "{shown}");
        }
    }
    for text in [
        "userName eq \"a\\\"b\"",
        "userName eq \"a\\\\b\"",
        "userName eq \"100%\"",
        "userName eq \"_lo@harbourworks.example\"",
        "userName eq \"*\"",
    ] {
        let answer = rig.get(&format!("/Users?filter={}", filter(text))).await.expect(200);
        assert_eq!(answer.body["totalResults"], 0, "{text}");
    }
    rig.get("/Users?filter=userName%20eq%20%22%FF%FE%22").await.expect(200);
    for query in
        ["startIndex=one", "count=1.5", "count=10&count=20", "sortBy=%5B%5D", "sortBy=userName&sortOrder=sideways", "attributes=%5B"]
    {
        let answer = rig.get(&format!("/Users?{query}")).await;
        assert_eq!(answer.status, 400, "{query}");
    }
}

#[tokio::test]
async fn ids_in_paths_are_only_ids() {
    let rig = Rig::start().await;
    rig.user("ilo").await;
    for id in [
        "1",
        "ilo",
        "ilo@harbourworks.example",
        "%2e%2e",
        "%00",
        "'%20or%201=1",
        "00000000-0000-0000-0000-000000000000",
        &"a".repeat(5_000),
    ] {
        for kind in ["Users", "Groups"] {
            rig.get(&format!("/{kind}/{id}")).await.expect_error(404, None);
            rig.delete(&format!("/{kind}/{id}")).await.expect_error(404, None);
        }
    }
}

#[tokio::test]
async fn hostile_bodies_are_refused() {
    let rig = Rig::start().await;
    let id = rig.user("ilo").await;
    let before = rig.get(&format!("/Users/{id}")).await.body;
    let raw = |method: &'static str, path: String, body: String| {
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", rig.base()))
            .header(header::AUTHORIZATION, format!("Bearer {SECRET}"))
            .header(header::CONTENT_TYPE, "application/json");
        rig.send_raw(request.body(Body::from(body)).unwrap())
    };
    let deep = format!("{{\"userName\":\"x\",\"a\":{}{}}}", "[".repeat(5_000), "]".repeat(5_000));
    for (body, status) in [
        (String::new(), 400),
        ("[]".into(), 400),
        ("{".into(), 400),
        ("{\"userName\":\"a\",\"userName\":\"b\"}".into(), 400),
        ("{\"userName\":\"a\",\"USERNAME\":\"b\"}".into(), 400),
        ("{\"userName\":7}".into(), 400),
        ("{\"userName\":\"  \"}".into(), 400),
        ("{\"userName\":\"x\",\"externalId\":17}".into(), 400),
        ("{\"userName\":\"x\",\"active\":\"perhaps\"}".into(), 400),
        (deep, 400),
        (format!("{{\"userName\":\"x\",\"externalId\":\"{}\"}}", "y".repeat(900_000)), 400),
        (format!("{{\"userName\":\"x\",\"externalId\":\"{}\"}}", "y".repeat(1_100_000)), 413),
    ] {
        let shown: String = body.chars().take(50).collect();
        let answer = raw("POST", "/Users".into(), body).await;
        assert_eq!(answer.status, status, "{shown}");
        assert_eq!(answer.body["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:Error"]), "{shown}");
    }
    let many: Vec<Value> = (0..10_000).map(|n| json!({"op": "add", "path": "title", "value": n.to_string()})).collect();
    for operations in [
        json!(many),
        json!("Replace"),
        json!([{"op": "explode", "path": "title", "value": "x"}]),
        json!([{"op": "remove"}]),
        json!([{"op": "replace", "path": "meta.created", "value": "2020-01-01T00:00:00Z"}]),
        json!([{"op": "replace", "path": "id", "value": "00000000-0000-0000-0000-000000000001"}]),
        json!([{"op": "remove", "path": "userName"}]),
        json!([{"op": "remove", "path": "active.value"}]),
        json!([{"op": "replace", "path": "emails[type eq \"work\"].value.deeper.still", "value": "x"}]),
        json!([{"op": "replace", "path": "$..*", "value": "x"}]),
    ] {
        let shown: String = operations.to_string().chars().take(80).collect();
        let answer = rig.patch(&format!("/Users/{id}"), operations).await;
        assert_eq!(answer.status, 400, "{shown}: {}", answer.body);
    }
    assert_eq!(rig.get(&format!("/Users/{id}")).await.body, before);
}

#[tokio::test]
async fn an_external_id_is_only_a_text() {
    let rig = Rig::start().await;
    let ilo = rig.user("ilo").await;
    for (n, external) in ["17", ilo.as_str(), "", "ilo", "../../etc", "é\u{200b}"].into_iter().enumerate() {
        let mut body = entra_user(&format!("person{n}"));
        body["externalId"] = external.into();
        let made = rig.post("/Users", body).await.expect(201);
        assert_ne!(made.id(), ilo);
        assert_eq!(made.body["externalId"], external);
    }
    assert_eq!(rig.get(&format!("/Users/{ilo}")).await.body["externalId"], "ilo");
}

#[tokio::test]
async fn what_cannot_be_read_of_a_request_is_refused_as_scim_refuses() {
    let rig = Rig::start().await;
    let id = rig.user("ilo").await;
    for method in ["GET", "DELETE"] {
        rig.send(method, "/Users/%FF%FE", None).await.expect_error(404, None);
    }
    // A precondition that nobody can read holds for no version.
    let request = Request::builder()
        .method("DELETE")
        .uri(format!("{}/Users/{id}", rig.base()))
        .header(header::AUTHORIZATION, format!("Bearer {SECRET}"))
        .header(header::IF_MATCH, header::HeaderValue::from_bytes(b"W/\"\xe9\"").unwrap());
    rig.send_raw(request.body(Body::empty()).unwrap()).await.expect_error(412, None);
    rig.get(&format!("/Users/{id}")).await.expect(200);
}

#[tokio::test]
async fn an_attribute_that_is_named_twice_lets_nobody_in() {
    let rig = Rig::start().await;
    let id = rig.user("ilo").await;
    let path = format!("/Users/{id}");
    let urn = "urn:ietf:params:scim:schemas:core:2.0:User";
    for value in [
        json!({"active": false, "Active": true}),
        json!({"active": false, urn: {"active": true}}),
        json!({"active": false, format!("{urn}:active"): true}),
        json!({"name.givenName": "Ilo", "Name.GivenName": "Mara"}),
    ] {
        rig.patch(&path, json!([{"op": "replace", "value": value}])).await.expect_error(400, Some("invalidSyntax"));
    }
    assert_eq!(rig.get(&path).await.expect(200).body["active"], true, "nothing was changed");
    // Two operations are an order, and so are a whole and its part.
    let operations = json!([{"op": "replace", "value": {"active": true, "name": {"givenName": "Ilo"}, "name.familyName": "Oduya"}}, {"op": "replace", "value": {"active": false}}]);
    assert_eq!(rig.patch(&path, operations).await.expect(200).body["active"], false);
}
