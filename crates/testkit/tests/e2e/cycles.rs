//! A year in the life of a person as Entra's provisioning cycles tell it, in both dialects, and what doorward holds after each event.

use http::Method;
use serde_json::{Value, json};
use testkit::{Enabled, Provisioning, World, upn};

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const FLAG: &str = "?aadOptscim062020";

/// A person's year, with Entra and doorward beside it.
struct Year {
    world: World,
    provisioning: Provisioning,
}

impl Year {
    async fn begin(flag: &str) -> Self {
        let world = World::start().await;
        let provisioning = world.provisioning_with(flag).await;
        provisioning.cycle().await;
        Self { world, provisioning }
    }

    async fn graph(&self, method: Method, path: &str, body: Value) -> Value {
        self.world.graph_admin().call(method, path, (!body.is_null()).then_some(body)).await
    }

    /// Runs a cycle, in which doorward refuses nothing, and a second one, which has nothing to send. The resource after it.
    async fn passes(&self, what: &str) -> Value {
        self.provisioning.relay.taken();
        self.provisioning.cycle().await;
        let calls = self.provisioning.relay.taken();
        assert!(calls.iter().any(|call| call.method != "GET"), "{what} is told");
        assert!(calls.iter().all(|call| (200..300).contains(&call.status)), "{what}: {calls:#?}");
        assert_eq!(self.provisioning.cycle().await["requests"], json!([]), "after {what}");
        self.world.scim().find("nils").await.unwrap_or_default()
    }

    /// Whether a group in doorward holds a resource.
    async fn is_member(&self, group: &str, id: &Value) -> bool {
        let filter: String = url::form_urlencoded::byte_serialize(format!("displayName eq \"{group}\"").as_bytes()).collect();
        let found = self.world.scim().call(Method::GET, &format!("/Groups?filter={filter}"), None).await.body;
        found["Resources"][0]["members"].as_array().into_iter().flatten().any(|member| member["value"] == *id)
    }

    async fn hire(&self) {
        let body = json!({
            "accountEnabled": true, "displayName": "Nils Moen", "givenName": "Nils", "surname": "Moen", "mailNickname": "nils",
            "userPrincipalName": upn("nils"), "mail": upn("nils"), "department": "Docks",
            "passwordProfile": { "password": "Harbour-nils-1" },
        });
        self.graph(Method::POST, "/users", body).await;
        self.world.graph_admin().join("nils", "All Staff").await;
    }

    async fn patch(&self, change: Value) {
        self.graph(Method::PATCH, &format!("/users/{}", upn("nils")), change).await;
    }
}

async fn a_year(flag: &str) {
    let year = Year::begin(flag).await;
    let graph = year.world.graph_admin();
    year.hire().await;
    let hired = year.passes("being hired").await;
    let id = hired["id"].clone();
    assert_eq!((&hired["active"], &hired["name"]["formatted"]), (&json!(true), &json!("Nils Moen")));
    assert!(year.is_member("All Staff", &id).await);

    year.patch(json!({ "displayName": "Nils Holm", "surname": "Holm" })).await;
    let renamed = year.passes("a new name").await;
    assert_eq!((&renamed["displayName"], &renamed["name"]["familyName"]), (&json!("Nils Holm"), &json!("Holm")));
    assert_eq!((&renamed["name"]["formatted"], &renamed["name"]["givenName"]), (&json!("Nils Holm"), &json!("Nils")));
    year.patch(json!({ "department": "Pilotage", "jobTitle": "Pilot", "employeeId": "0042", "city": "Quay", "mail": "n.holm@harbourworks.example" })).await;
    let moved = year.passes("another department").await;
    assert_eq!((&moved[ENTERPRISE]["department"], &moved[ENTERPRISE]["employeeNumber"]), (&json!("Pilotage"), &json!("0042")));
    assert_eq!((&moved["title"], &moved["addresses"][0]["locality"]), (&json!("Pilot"), &json!("Quay")));
    assert_eq!(moved["emails"], json!([{ "primary": true, "type": "work", "value": "n.holm@harbourworks.example" }]));

    let ilo = year.world.scim().find("ilo").await.unwrap()["id"].clone();
    let reference = json!({ "@odata.id": format!("{}/v1.0/users/{}", year.world.sim().base, graph.person("ilo").await) });
    year.graph(Method::PUT, &format!("/users/{}/manager/$ref", upn("nils")), reference).await;
    // Kept in the form in which it came, so that Entra finds what it sent.
    let managed = if flag.is_empty() { ilo.clone() } else { json!({ "value": ilo }) };
    assert_eq!(year.passes("a manager").await[ENTERPRISE]["manager"], managed);
    graph.join("nils", "Pilots").await;
    year.passes("joining a group").await;
    assert!(year.is_member("Pilots", &id).await);
    graph.leave("nils", "Pilots").await;
    year.passes("leaving a group").await;
    assert!(!year.is_member("Pilots", &id).await && year.is_member("All Staff", &id).await);

    graph.enable("nils", Enabled::No).await;
    assert_eq!(year.passes("being blocked").await["active"], false);
    assert!(year.is_member("All Staff", &id).await, "memberships are kept on whoever is inactive");
    graph.enable("nils", Enabled::Yes).await;
    assert_eq!(year.passes("being unblocked").await["active"], true);
    assert!(year.is_member("All Staff", &id).await, "and nobody sent them again");
    graph.leave("nils", "All Staff").await;
    assert_eq!(year.passes("leaving the scope").await["active"], false);
    let person = graph.person("nils").await;
    year.provisioning.assign(&person).await;
    assert_eq!(year.passes("being assigned by name").await["active"], true);
    year.provisioning.unassign(&person).await;
    assert_eq!(year.passes("being unassigned").await["active"], false);
    graph.join("nils", "All Staff").await;
    assert_eq!(year.passes("coming back into scope").await["active"], true);
    assert!(year.is_member("All Staff", &id).await);

    year.graph(Method::DELETE, &format!("/users/{person}"), Value::Null).await;
    assert_eq!(year.passes("deletion").await["active"], false);
    year.graph(Method::POST, &format!("/directory/deletedItems/{person}/restore"), Value::Null).await;
    let restored = year.passes("restoring").await;
    assert_eq!((&restored["active"], &restored["id"]), (&json!(true), &id), "the same resource all the year");
    assert_eq!((&restored["displayName"], &restored[ENTERPRISE]["manager"]), (&json!("Nils Holm"), &managed));
    year.graph(Method::DELETE, &format!("/users/{person}"), Value::Null).await;
    year.passes("the second deletion").await;
    year.graph(Method::DELETE, &format!("/directory/deletedItems/{person}"), Value::Null).await;
    assert_eq!(year.passes("being purged").await, Value::Null);
    assert_eq!(year.world.scim().call(Method::GET, &format!("/Users/{}", id.as_str().unwrap()), None).await.status, 404);
    assert!(!year.is_member("All Staff", &id).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_year_in_the_default_dialect() {
    a_year("").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_year_with_the_flag() {
    a_year(FLAG).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_with_the_flag_and_runs_on_demand_mix_both_dialects_in_one_tenant() {
    let year = Year::begin(FLAG).await;
    let last_patch = || {
        let patch = year.provisioning.relay.taken().into_iter().rfind(|call| call.method == "PATCH").unwrap();
        let body: Value = serde_json::from_str(&patch.body).unwrap();
        body["Operations"].clone()
    };
    year.hire().await;
    let made = year.provisioning.on_demand("nils").await;
    assert_eq!((&made["action"], &made["status"]), (&json!("Create"), &json!("Success")), "{made}");
    year.patch(json!({ "displayName": "Nils Holm", "jobTitle": "Pilot" })).await;
    year.provisioning.on_demand("nils").await;
    assert_eq!(
        last_patch(),
        json!([{ "op": "Replace", "path": "displayName", "value": "Nils Holm" }, { "op": "Replace", "path": "title", "value": "Pilot" }])
    );
    year.patch(json!({ "displayName": "Nils Moen", "department": "Pilotage" })).await;
    year.provisioning.cycle().await;
    let calls = year.provisioning.relay.taken();
    let (attribute, member) = (format!("{ENTERPRISE}:department"), "\"op\":\"add\",\"path\":\"members\"");
    assert!(calls.iter().any(|call| call.body.contains(&attribute) && call.body.contains("\"op\":\"replace\",\"value\":")), "{calls:#?}");
    assert!(calls.iter().any(|call| call.body.contains(member)), "{calls:#?}");
    let nils = year.world.scim().find("nils").await.unwrap();
    assert_eq!((&nils["displayName"], &nils["title"]), (&json!("Nils Moen"), &json!("Pilot")));
    assert_eq!(nils[ENTERPRISE]["department"], "Pilotage");
    year.world.graph_admin().disable("nils").await;
    year.provisioning.cycle().await;
    assert_eq!(last_patch(), json!([{ "op": "replace", "path": "active", "value": false }]));
    year.world.graph_admin().enable("nils", Enabled::Yes).await;
    year.provisioning.on_demand("nils").await;
    assert_eq!(last_patch(), json!([{ "op": "Replace", "path": "active", "value": "True" }]));
    assert_eq!(year.world.scim().find("nils").await.unwrap()["active"], true);
    assert_eq!(year.provisioning.cycle().await["requests"], json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_active_mapped_from_account_enabled_a_leaver_stays_active_in_doorward() {
    let year = Year::begin("").await;
    year.provisioning.map("active", "[accountEnabled]").await;
    year.provisioning.cycle().await;
    year.world.graph_admin().leave("bram", "All Staff").await;
    year.provisioning.cycle().await;
    let bram = year.world.scim().find("bram").await.unwrap();
    assert_eq!(bram["active"], true, "nobody told doorward");
    assert!(!year.is_member("All Staff", &bram["id"]).await, "only the membership went");
    let tessa = year.world.graph_admin().person("tessa").await;
    year.graph(Method::DELETE, &format!("/users/{tessa}"), Value::Null).await;
    year.provisioning.cycle().await;
    assert_eq!(year.world.scim().find("tessa").await.unwrap()["active"], true, "not even of a deletion");
    year.world.graph_admin().disable("mara").await;
    year.provisioning.cycle().await;
    assert_eq!(year.world.scim().find("mara").await.unwrap()["active"], false, "blocking alone is told");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forty_minutes_of_the_clock_bring_a_change_to_doorward_by_themselves() {
    let year = Year::begin("").await;
    year.world.graph_admin().disable("mara").await;
    year.world.pass(39 * 60);
    assert!(year.provisioning.due().await.is_empty());
    assert_eq!(year.world.scim().find("mara").await.unwrap()["active"], true);
    year.world.pass(2 * 60);
    let ran = year.provisioning.due().await;
    assert_eq!((ran.len(), &ran[0]["users_disabled"]), (1, &json!(1)));
    assert_eq!(year.world.scim().find("mara").await.unwrap()["active"], false);
}
