//! Discovery documents, and the paths and verbs that are none.

use serde_json::json;

use crate::rig::{ORIGIN, Rig};

#[tokio::test]
async fn the_discovery_documents_are_served_and_true() {
    let rig = Rig::start().await;
    let config = rig.get("/ServiceProviderConfig").await.expect(200);
    assert_eq!(config.header("content-type"), "application/scim+json; charset=utf-8");
    for (feature, supported) in
        [("patch", true), ("filter", true), ("sort", true), ("etag", true), ("bulk", false), ("changePassword", false)]
    {
        assert_eq!(config.body[feature]["supported"], supported, "{feature}");
    }
    let types = rig.get("/ResourceTypes").await.expect(200).body;
    assert_eq!(types["totalResults"], 2);
    let user = rig.get("/ResourceTypes/User").await.expect(200).body;
    assert_eq!(user["endpoint"], "/Users");
    assert!(user["meta"]["location"].as_str().unwrap().starts_with(&format!("{ORIGIN}{}", rig.base())), "{user}");
    let schemas = rig.get("/Schemas").await.expect(200).body;
    for schema in schemas["Resources"].as_array().unwrap() {
        let id = schema["id"].as_str().unwrap();
        assert_eq!(&rig.get(&format!("/Schemas/{id}")).await.expect(200).body, schema);
    }
    for path in ["/Schemas", "/ResourceTypes", "/ServiceProviderConfig"] {
        rig.get(&format!("{path}?filter=id%20pr")).await.expect_error(403, None);
    }
    rig.get("/Schemas/urn:nothing").await.expect_error(404, None);
    rig.get("/ResourceTypes/Robot").await.expect_error(404, None);
}

#[tokio::test]
async fn unknown_paths_verbs_and_media_types_are_scim_errors() {
    let rig = Rig::start().await;
    for path in ["", "/", "/Robots", "/Users/a/b", "/users/", "/serviceConfiguration"] {
        rig.get(path).await.expect_error(404, None);
    }
    for (method, path) in [("PUT", "/Users"), ("DELETE", "/Groups"), ("POST", "/Schemas"), ("GET", "/.search"), ("POST", "/Users/x")] {
        let refused = rig.send(method, path, None).await.expect_error(405, None);
        let allowed = refused.header("allow");
        assert!(!allowed.is_empty() && !allowed.contains(method), "{method} {path}: {allowed}");
    }
    for (method, path) in [("GET", "/Me"), ("PATCH", "/Me"), ("POST", "/Bulk")] {
        rig.send(method, path, Some(json!({}))).await.expect_error(501, None);
    }
    let request = http::Request::post(format!("{}/Users", rig.base()))
        .header("authorization", format!("Bearer {}", crate::rig::SECRET))
        .header("content-type", "text/plain");
    rig.send_raw(request.body(axum::body::Body::from("{}")).unwrap()).await.expect_error(415, None);
}
