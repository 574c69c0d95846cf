//! The walk through temporary access: grants, requests, and what is decided about them.

use serde_json::json;

use super::Tour;
use crate::world::id;

/// Grants somebody access, takes it back, approves one request and refuses another.
pub async fn walk(tour: &mut Tour) {
    let groups = json!([{ "approvals_needed": 1, "email_addresses": ["tessa@harbourworks.example"] }]);
    let everyone = json!([{ "everyone": {} }]);
    let policy = json!({ "name": "asked", "decision": "allow", "include": everyone, "approval_required": true, "approval_groups": groups });
    let body = json!({ "name": "vault", "type": "self_hosted", "domain": "vault.localhost", "policies": [policy] });
    let app = tour.world.post("~/access/apps", body).await;
    let user = id(&tour.world.post("~/access/users", json!({ "email": "tessa@harbourworks.example", "name": "Tessa" })).await);
    let body = json!({ "user_id": user, "app_id": app["id"], "until": tour.world.now().plus_secs(3600).rfc3339() });
    let grant = id(&tour.call("POST", "~/doorward/grants", &[], Some(body)).await);
    tour.call("GET", "~/doorward/grants", &[], None).await;
    tour.call("GET", "~/doorward/grants/{grant_id}", &[&grant], None).await;
    tour.call("DELETE", "~/doorward/grants/{grant_id}", &[&grant], None).await;
    let request = model::access_request::AccessRequest {
        id: model::GrantId::random(),
        user: user.parse().unwrap(),
        email: "tessa@harbourworks.example".parse().unwrap(),
        name: "Tessa".into(),
        app: app["id"].as_str().unwrap().parse().unwrap(),
        policy: app["policies"][0]["id"].as_str().unwrap().parse().unwrap(),
        purpose: Some("Tides".into()),
        wanted_secs: 3600,
        return_to: "https://vault.localhost/".into(),
        votes: Vec::new(),
        state: model::access_request::RequestState::Waiting,
        created_at: tour.world.now(),
    };
    let asked = request.id.to_string();
    let without = model::access_request::AccessRequest { id: model::GrantId::random(), purpose: None, ..request.clone() };
    let bare = without.id.to_string();
    for request in [request, without] {
        tour.world.store.write(move |tx| tx.put_access_request(&request)).await.unwrap();
    }
    let requests = "~/doorward/access_requests";
    tour.call("GET", requests, &[], None).await;
    tour.call("GET", &format!("{requests}/{{grant_id}}"), &[&asked], None).await;
    tour.call("POST", &format!("{requests}/{{grant_id}}/refuse"), &[&asked], Some(json!({}))).await;
    tour.call("POST", &format!("{requests}/{{grant_id}}/approve"), &[&bare], Some(json!({ "seconds": 3600 }))).await;
}
