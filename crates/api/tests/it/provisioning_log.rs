//! The log of provisioning clients' writes: in the contract's form, in our own, and as a file.

use http::Request;
use http_body_util::BodyExt as _;
use model::{
    ScimId, ScimUpdateId, UserId,
    api_token::Permission,
    provisioned::ResourceKind,
    provisioning_log::{Effect, ScimUpdate, WriteMethod},
    session::RevokeReason,
};
use serde_json::{Value, json};

use crate::world::World;

const V4: &str = "~/access/logs/scim/updates";
const OWN: &str = "~/doorward/provisioning_log";

/// Writes `count` records of a provider: of users Person0… and, each fourth, of the group Pilots; each fifth was refused.
pub async fn logged(world: &World, idp: &str, count: u64) -> Vec<ScimUpdateId> {
    let mut ids = Vec::new();
    for n in 0..count {
        let group = n % 4 == 3;
        let refused = n % 5 == 4;
        let update = ScimUpdate {
            at: world.now().plus_secs(i64::try_from(n).unwrap()),
            idp: idp.parse().unwrap(),
            method: if n == 0 { WriteMethod::Post } else { WriteMethod::Patch },
            kind: if group { ResourceKind::Group } else { ResourceKind::User },
            resource: (!refused).then(|| ScimId::new(uuid::Uuid::from_u128(u128::from(n)))),
            external_id: Some(format!("ext{n}")),
            user_email: (!group).then(|| format!("Person{n}@harbourworks.example")),
            group_name: group.then(|| "=Pilots".to_owned()),
            status: if refused { 409 } else { 200 },
            error: refused.then(|| "A \"user\" exists already.".to_owned()),
            agent: None,
            request: Some(format!("{{\"n\":{n}}}")),
            effects: vec![Effect::SessionsEnded { user: UserId::new(uuid::Uuid::nil()), why: RevokeReason::Deprovisioned }],
            normalised: [("operation_case".to_owned(), 1)].into(),
            before: (n > 0).then(|| "{\"title\":\"Mate\"}".to_owned()),
            after: Some("{\"title\":\"Pilot\"}".to_owned()),
        };
        ids.push(world.store.write(move |tx| tx.log_scim_update(&update)).await.unwrap());
    }
    ids
}

/// Writes the record of a removal: it has no body, and nobody said what the resource is called elsewhere.
pub async fn logged_bare(world: &World, idp: &str) -> ScimUpdateId {
    let update = ScimUpdate {
        at: world.now(),
        idp: idp.parse().unwrap(),
        method: WriteMethod::Delete,
        kind: ResourceKind::User,
        resource: None,
        external_id: None,
        user_email: None,
        group_name: None,
        status: 404,
        error: None,
        agent: None,
        request: None,
        effects: Vec::new(),
        normalised: std::collections::BTreeMap::new(),
        before: None,
        after: None,
    };
    world.store.write(move |tx| tx.log_scim_update(&update)).await.unwrap()
}

/// `n` of each record's body, in the order of the answer.
fn numbers(rows: &Value) -> Vec<u64> {
    let number = |row: &Value| serde_json::from_str::<Value>(row["request_body"].as_str().unwrap()).unwrap()["n"].as_u64().unwrap();
    rows.as_array().unwrap().iter().map(number).collect()
}

#[tokio::test]
async fn a_row_has_the_members_and_types_of_the_contract() {
    let world = World::start().await;
    let idp = world.entra().await;
    logged(&world, &idp, 5).await;
    let rows = world.get(&format!("{V4}?idp_id={idp}&direction=asc")).await;
    assert_eq!(
        rows[0],
        json!({
            "logged_at": world.now().rfc3339(),
            "idp_id": idp,
            "request_method": "POST",
            "resource_type": "USER",
            "status": "SUCCESS",
            "cf_resource_id": "00000000-0000-0000-0000-000000000000",
            "idp_resource_id": "ext0",
            "resource_user_email": "Person0@harbourworks.example",
            "request_body": "{\"n\":0}",
        })
    );
    assert_eq!((&rows[3]["resource_type"], &rows[3]["resource_group_name"]), (&json!("GROUP"), &json!("=Pilots")));
    let refused = &rows[4];
    assert_eq!((&refused["status"], &refused["error_description"]), (&json!("FAILURE"), &json!("A \"user\" exists already.")));
    assert_eq!(refused.get("cf_resource_id"), None);
}

#[tokio::test]
async fn filters_narrow_repeat_and_page() {
    let world = World::start().await;
    let (idp, other) = (world.entra().await, model::IdpId::random().to_string());
    logged(&world, &idp, 25).await;
    logged(&world, &other, 1).await;
    let since = world.now().plus_secs(10).rfc3339();
    let until = world.now().plus_secs(12).rfc3339();
    let third = uuid::Uuid::from_u128(3);
    for (query, expected) in [
        (String::new(), (5..25).rev().collect::<Vec<_>>()),
        ("&direction=asc&limit=3".into(), vec![0, 1, 2]),
        ("&direction=asc&per_page=2&page=2".into(), vec![2, 3]),
        ("&page=3".into(), vec![]),
        (format!("&since={since}&until={until}"), vec![11, 10]),
        ("&status=FAILURE".into(), vec![24, 19, 14, 9, 4]),
        ("&status=FAILURE&status=SUCCESS&request_method=POST".into(), vec![0]),
        ("&request_method=POST&request_method=DELETE".into(), vec![0]),
        ("&resource_type=GROUP&status=FAILURE".into(), vec![19]),
        ("&resource_user_email=person7@HARBOURWORKS.example".into(), vec![]),
        ("&resource_user_email=person6@HARBOURWORKS.example&resource_user_email=person2@harbourworks.example".into(), vec![6, 2]),
        ("&resource_group_name=%3Dpilots&per_page=2".into(), vec![23, 19]),
        ("&idp_resource_id=ext8&idp_resource_id=ext9".into(), vec![9, 8]),
        (format!("&cf_resource_id={third}"), vec![3]),
        (format!("&idp_id={other}&request_method=POST"), vec![0, 0]),
    ] {
        let rows = world.get(&format!("{V4}?idp_id={idp}{query}")).await;
        assert_eq!(numbers(&rows), expected, "{query}");
    }
    let info = world.call("GET", &format!("{V4}?idp_id={idp}"), None).await.body["result_info"].clone();
    assert_eq!(info, json!({"page": 1, "per_page": 20, "count": 20, "total_count": 25, "total_pages": 2}));
}

#[tokio::test]
async fn what_cannot_be_looked_for_is_refused_by_name() {
    let world = World::start().await;
    let idp = world.entra().await;
    for (query, pointers) in [
        (String::new(), vec!["idp_id"]),
        ("?idp_id=".into(), vec!["idp_id"]),
        ("?idp_id=pilots".into(), vec!["idp_id"]),
        (format!("?idp_id={idp}&status=MAYBE&request_method=GET&resource_type=User"), vec!["request_method", "resource_type", "status"]),
        (format!("?idp_id={idp}&cf_resource_id=7"), vec!["cf_resource_id"]),
        (format!("?idp_id={idp}&since=yesterday"), vec!["since"]),
        (format!("?idp_id={idp}&direction=up"), vec!["direction"]),
        (format!("?idp_id={idp}&limit=0"), vec!["limit"]),
    ] {
        let reply = world.call("GET", &format!("{V4}{query}"), None).await;
        assert_eq!((reply.status.as_u16(), reply.pointers()), (400, pointers.iter().map(|p| (*p).to_owned()).collect()), "{query}");
    }
}

#[tokio::test]
async fn our_own_list_adds_what_followed_and_both_sides() {
    let world = World::start().await;
    let idp = world.entra().await;
    let ids = logged(&world, &idp, 3).await;
    let rows = world.get(&format!("{OWN}?direction=asc")).await;
    assert_eq!(rows.as_array().unwrap().len(), 3, "of every provider");
    let row = &rows[1];
    assert_eq!(row["id"], ids[1].to_string());
    assert_eq!(row["effects"], json!([{"effect": "sessions_ended", "user": uuid::Uuid::nil(), "why": "deprovisioned"}]));
    assert_eq!((&row["normalised"], &row["agent"]), (&json!({"operation_case": 1}), &Value::Null));
    assert_eq!((&row["before"], &row["after"]), (&json!({"title": "Mate"}), &json!({"title": "Pilot"})));
    assert_eq!(row["response_status"], 200);
    assert_eq!(&world.get(&format!("{OWN}/{}", ids[1])).await, row);
    world.call("GET", &format!("{OWN}/{}", ScimUpdateId::random()), None).await.bad(404);
    world.call("GET", &format!("{OWN}/nonsense"), None).await.bad(404);
    let info = world.call("GET", &format!("{OWN}?per_page=1000"), None).await.body["result_info"].clone();
    assert_eq!(info["per_page"], 100);
}

/// Media type and text of an export.
async fn exported(world: &World, query: &str) -> (String, String) {
    let request = Request::builder().uri(world.url(&format!("{OWN}/export{query}")));
    let request = request.header("authorization", format!("Bearer {}", world.token)).body(axum::body::Body::empty()).unwrap();
    let response = world.response(request).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["x-content-type-options"], "nosniff");
    let media = response.headers()["content-type"].to_str().unwrap().to_owned();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (media, String::from_utf8(bytes.to_vec()).unwrap())
}

#[tokio::test]
async fn an_export_brings_every_record_oldest_first() {
    let world = World::start().await;
    let idp = world.entra().await;
    logged(&world, &idp, 250).await;
    let (media, text) = exported(&world, "").await;
    let rows: Value = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()).collect();
    assert_eq!((media.as_str(), numbers(&rows)), ("application/x-ndjson", (0..250).collect()));
    let newest = world.get(&format!("{OWN}?per_page=1")).await;
    assert_eq!(rows[249], newest[0]);
    let (_, text) = exported(&world, &format!("?idp_id={idp}&status=FAILURE&resource_type=GROUP")).await;
    assert_eq!(text.lines().count(), 12);
    let (_, text) = exported(&world, &format!("?idp_id={}", model::IdpId::random())).await;
    assert_eq!(text, "");
}

#[tokio::test]
async fn an_exported_table_has_a_head_and_no_formulas() {
    let world = World::start().await;
    let idp = world.entra().await;
    logged(&world, &idp, 5).await;
    let (media, text) = exported(&world, "?format=csv").await;
    let lines: Vec<&str> = text.split("\r\n").collect();
    assert_eq!((media.as_str(), lines.len(), lines[6]), ("text/csv; charset=utf-8", 7, ""));
    assert!(lines[0].starts_with("\"id\",\"logged_at\",\"idp_id\""), "{}", lines[0]);
    assert!(lines[4].contains(",\"'=Pilots\","), "{}", lines[4]);
    assert!(lines[5].contains(",\"A \"\"user\"\" exists already.\","), "{}", lines[5]);
    assert!(lines[2].contains(",\"{\"\"title\"\":\"\"Mate\"\"}\","), "{}", lines[2]);
    let refused = world.call("GET", &format!("{OWN}/export?format=xlsx"), None).await;
    assert_eq!(refused.pointers(), ["format"]);
}

#[tokio::test]
async fn the_log_needs_its_own_permission_or_that_over_providers() {
    let world = World::start().await;
    let idp = world.entra().await;
    for (permission, status) in
        [(Permission::ScimLogsRead, 200), (Permission::OrgWrite, 200), (Permission::AuditRead, 403), (Permission::OrgRead, 403)]
    {
        let bearer = format!("Bearer {}", world.token_with(&[permission], None).await);
        for path in [format!("{V4}?idp_id={idp}"), OWN.to_owned(), format!("{OWN}/export")] {
            assert_eq!(world.send("GET", &path, Some(&bearer), None).await.status.as_u16(), status, "{permission:?} {path}");
        }
    }
}
