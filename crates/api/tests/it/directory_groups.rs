//! Groups that a directory sent: their members with the source, and what names them.

use model::{
    IdpId, ObjectId, ScimId,
    provisioned::{Provisioned, ResourceKind},
};
use serde_json::json;
use store::{ExpandedMember, GroupExpansion, GroupMember};

use crate::world::{World, id};

const PILOTS: &str = "61503835-b6fe-4630-af88-de551dd59a2a";
const MARA: &str = "0c6f2f7e-5b7f-4b1e-8a34-9f0d2c7f1a11";

/// Sends Pilots with Ilo and a group in it, through which Mara is in Pilots; the group's id.
pub async fn sent(world: &World, idp: &str) -> String {
    let provider: IdpId = idp.parse().unwrap();
    let at = world.now();
    let resource = |kind, external: &str, user_name: Option<&str>, name: &str| Provisioned {
        id: ScimId::random(),
        idp: provider,
        kind,
        external_id: Some(external.to_owned()),
        user_name: user_name.map(str::to_owned),
        display_name: Some(name.to_owned()),
        email: None,
        active: true,
        document: json!({ "displayName": name }),
        created_at: at,
        updated_at: at,
    };
    let pilots = resource(ResourceKind::Group, PILOTS, None, "Pilots");
    let night = resource(ResourceKind::Group, "b5b9d1c5-70c4-4a44-8f0e-0d1d9b1c2f77", None, "Night Pilots");
    let ilo = resource(ResourceKind::User, "ilo", Some("ilo.sent@harbourworks.example"), "Ilo");
    let sent = pilots.id;
    let object_id: ObjectId = MARA.parse().unwrap();
    let done = world.store.write(move |tx| {
        for one in [&pilots, &night, &ilo] {
            tx.put_provisioned(one)?;
        }
        let member = |of: &Provisioned| GroupMember { id: of.id, display: None };
        tx.add_members(&pilots.id, &[member(&night), member(&ilo)])?;
        let expansion = GroupExpansion { group: pilots.id, begun_at: at, read_at: Some(at), tried_at: at, why: None };
        tx.put_expansion(&provider, &expansion)?;
        let mara = ExpandedMember { object_id, user: None, display: Some("Mara".into()), since: at };
        tx.add_expanded(&pilots.id, &[mara])
    });
    done.await.unwrap();
    sent.to_string()
}

fn groups(idp: &str) -> String {
    format!("~/doorward/identity_providers/{idp}/scim/groups")
}

#[tokio::test]
async fn members_come_page_by_page_with_the_source_of_each() {
    let world = World::start().await;
    let idp = world.entra().await;
    let pilots = sent(&world, &idp).await;
    let all = world.get(&format!("{}/{pilots}/members", groups(&idp))).await;
    let told: Vec<_> = all
        .as_array()
        .unwrap()
        .iter()
        .map(|m| (m["name"].as_str().unwrap(), m["kind"].as_str().unwrap(), m["source"].as_str().unwrap()))
        .collect();
    assert_eq!(told, [("Night Pilots", "group", "scim"), ("Ilo", "user", "scim"), ("Mara", "user", "graph")]);
    assert_eq!((&all[2]["object_id"], &all[2]["read_at"]), (&json!(MARA), &json!(world.now().rfc3339())));
    // One on each page, whatever its source.
    for (page, name) in [(1, "Night Pilots"), (2, "Ilo"), (3, "Mara")] {
        let reply = world.call("GET", &format!("{}/{pilots}/members?per_page=1&page={page}", groups(&idp)), None).await;
        assert_eq!(reply.body["result"][0]["name"], name);
        assert_eq!((&reply.body["result_info"]["total_count"], &reply.body["result_info"]["count"]), (&json!(3), &json!(1)));
    }
}

#[tokio::test]
async fn groups_are_found_by_a_part_of_their_name() {
    let world = World::start().await;
    let idp = world.entra().await;
    sent(&world, &idp).await;
    for (query, expected) in [("", vec!["Pilots", "Night Pilots"]), ("?search=NIGHT", vec!["Night Pilots"]), ("?search=%25", vec![])] {
        let found = world.get(&format!("{}{query}", groups(&idp))).await;
        let names: Vec<_> = found.as_array().unwrap().iter().map(|group| group["name"].as_str().unwrap()).collect();
        assert_eq!(names, expected, "{query}");
    }
    let first = &world.get(&groups(&idp)).await[0];
    assert_eq!(first["more_members"], json!(false));
    assert_eq!((&first["members"], &first["object_id"], &first["source"]), (&json!(2), &json!(PILOTS), &json!("scim")));
}

#[tokio::test]
async fn what_names_a_group_is_told_also_through_rule_groups() {
    let world = World::start().await;
    let idp = world.entra().await;
    let pilots = sent(&world, &idp).await;
    let rule = json!({ "azureAD": { "id": PILOTS, "identity_provider_id": idp } });
    let inner = id(&world.post("~/access/groups", json!({ "name": "Aviators", "include": [rule] })).await);
    let outer = id(&world.post("~/access/groups", json!({ "name": "Staff", "include": [{ "group": { "id": inner } }] })).await);
    let policy = json!({ "name": "Staff only", "decision": "allow", "include": [{ "group": { "id": outer } }] });
    let keep_out = json!({ "name": "No pilots", "decision": "deny", "include": [rule] });
    let other = json!({ "name": "All", "decision": "allow", "include": [{ "everyone": {} }] });
    let body = json!({ "name": "Wiki", "type": "self_hosted", "domain": "wiki.localhost", "policies": [policy, keep_out, other] });
    world.post("~/access/apps", body).await;
    let uses = world.get(&format!("{}/{pilots}", groups(&idp))).await["uses"].clone();
    let mut named: Vec<_> =
        uses["rule_groups"]["list"].as_array().unwrap().iter().map(|g| (g["name"].as_str().unwrap(), g["directly"] == true)).collect();
    named.sort_unstable();
    assert_eq!(named, [("Aviators", true), ("Staff", false)]);
    let mut policies: Vec<_> =
        uses["policies"]["list"].as_array().unwrap().iter().map(|p| (p["name"].as_str().unwrap(), p["directly"] == true)).collect();
    policies.sort_unstable();
    assert_eq!(policies, [("No pilots", true), ("Staff only", false)]);
    assert!(uses["policies"]["list"].as_array().unwrap().iter().all(|p| p["applications"]["list"][0]["name"] == "Wiki"));
    assert_eq!(uses["policies"]["total"], 2);
}

#[tokio::test]
async fn a_group_of_another_provider_is_none_of_this_one() {
    let world = World::start().await;
    let idp = world.entra().await;
    let pilots = sent(&world, &idp).await;
    let elsewhere = model::IdpId::random();
    world.call("GET", &format!("{}/{pilots}", groups(&elsewhere.to_string())), None).await.bad(404);
    world.call("GET", &format!("{}/{}", groups(&idp), ScimId::random()), None).await.bad(404);
}
