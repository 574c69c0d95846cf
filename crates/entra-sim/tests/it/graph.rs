//! Owns the tests of Graph: reading, paging, permissions, the limited-information rule, writing.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::json;

use crate::world::{World, browser, payload, world};

const MARA: &str = "mara@harbourworks.example";
const GRETA: &str = "greta@harbourworks.example";

async fn delegated(world: &World, upn: &str) -> String {
    world.tokens(upn).await["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn pages_together_hold_each_object_once_whatever_their_size() {
    let world = world().await;
    let token = delegated(&world, GRETA).await;
    let count = world.sim.person(GRETA).unwrap().groups.len();
    let cast = "/me/transitiveMemberOf/microsoft.graph.group?$count=true&$select=id,displayName";
    let (whole, pages) = world.all(&token, &format!("{cast}&$top=999")).await;
    assert_eq!((whole.len(), pages), (count, 1));
    let expected: BTreeSet<&String> = whole.iter().collect();
    assert_eq!(expected.len(), count);
    for top in [1, 50, count - 1, count, count + 1] {
        let (ids, pages) = world.all(&token, &format!("{cast}&$top={top}")).await;
        assert_eq!(ids.len(), count, "top {top}");
        assert_eq!(ids.iter().collect::<BTreeSet<_>>(), expected, "top {top}");
        assert_eq!(pages, count.div_ceil(top), "top {top}");
    }
    let (ids, pages) = world.all(&token, "/me/transitiveMemberOf").await;
    assert_eq!((ids.len(), pages), (count, count.div_ceil(100)));
}

#[tokio::test]
async fn a_forced_page_size_holds_against_any_top() {
    let world = world().await;
    let token = delegated(&world, GRETA).await;
    let answer = browser().put(format!("{}/sim/paging", world.sim.base)).json(&json!({"page_size": 7})).send().await.unwrap();
    assert_eq!(answer.status(), 204);
    let count = world.sim.person(GRETA).unwrap().groups.len();
    let (ids, pages) = world.all(&token, "/me/memberOf?$top=999").await;
    assert_eq!(ids.len(), count);
    assert_eq!(pages, count.div_ceil(7));
}

#[tokio::test]
async fn a_removed_object_does_not_shift_the_pages_after_it() {
    let world = world().await;
    let admin = world.admin().await;
    let (all, _) = world.all(&admin, "/groups?$top=999").await;
    let first = world.get(&admin, "/groups?$top=10").await;
    world.write(&admin, Method::DELETE, &format!("/groups/{}", all[3]), json!(null)).await;
    let rest = first["@odata.nextLink"].as_str().unwrap();
    let second = world.get(&admin, rest).await;
    assert_eq!(second["value"][0]["id"], all[10]);
}

#[tokio::test]
async fn a_page_size_beyond_the_limit_and_a_foreign_token_are_refused() {
    let world = world().await;
    let admin = world.admin().await;
    for query in ["$top=1000", "$top=0", "$top=x", "$expand=members", "$filter=displayName like 'x'"] {
        let (status, code) = world.refused(&admin, Method::GET, &format!("/groups?{query}"), None).await;
        assert_eq!(status, 400, "{query}");
        assert!(code.starts_with("Request_"), "{query}: {code}");
    }
    let (status, code) = world.refused(&admin, Method::GET, "/groups?$skiptoken=zzz", None).await;
    assert_eq!((status, code.as_str()), (400, "Directory_ExpiredPageToken"));
}

#[tokio::test]
async fn people_are_found_by_name_and_filtered() {
    let world = world().await;
    let admin = world.admin().await;
    let by_name = world.get(&admin, &format!("/users/{MARA}")).await;
    assert_eq!(by_name["displayName"], "Mara Lindqvist");
    assert!(by_name.get("accountEnabled").is_none(), "shown only when selected");
    let selected = world.get(&admin, &format!("/users/{MARA}?$select=id,accountEnabled")).await;
    assert_eq!(selected["accountEnabled"], true);
    assert!(selected.get("displayName").is_none());
    let filtered = world.get(&admin, &format!("/users?$filter=userPrincipalName eq '{MARA}'&$count=true")).await;
    assert_eq!(filtered["value"].as_array().unwrap().len(), 1);
    assert_eq!(filtered["@odata.count"], 1);
    let started = world.get(&admin, "/users?$filter=startswith(displayName,'Mar') and accountEnabled eq true&$top=999").await;
    assert!(started["value"].as_array().unwrap().len() > 10);
    let (people, _) = world.all(&admin, "/users").await;
    assert!(people.len() >= 1_000);
    assert_eq!(people.len(), world.sim.user_names().len());
}

#[tokio::test]
async fn direct_and_transitive_memberships_differ() {
    let world = world().await;
    let token = delegated(&world, MARA).await;
    let id = |name: &str| world.sim.group_id(name).unwrap().to_string();
    let (direct, _) = world.all(&token, "/me/memberOf").await;
    assert!(direct.contains(&id("Night Pilots")) && !direct.contains(&id("Pilots")));
    let (all, _) = world.all(&token, "/me/transitiveMemberOf").await;
    assert!(all.contains(&id("Night Pilots")) && all.contains(&id("Pilots")));
    let checked = world.write(&token, Method::POST, "/me/checkMemberGroups", json!({"groupIds": [id("Pilots"), id("Dock Crew")]})).await;
    assert_eq!(checked["value"], json!([id("Pilots")]));
    let groups = world.write(&token, Method::POST, "/me/getMemberGroups", json!({"securityEnabledOnly": false})).await;
    assert_eq!(groups["value"].as_array().unwrap().len(), all.len());
    let admin = world.admin().await;
    let (nested, _) = world.all(&admin, &format!("/groups/{}/transitiveMembers", id("Pilots"))).await;
    let mara = world.sim.person(MARA).unwrap().id.to_string();
    assert!(nested.contains(&mara) && nested.contains(&id("Night Pilots West")));
    let (direct, _) = world.all(&admin, &format!("/groups/{}/members", id("Pilots"))).await;
    assert!(!direct.contains(&mara));
    let named =
        world.write(&admin, Method::POST, "/directoryObjects/getByIds", json!({"ids": [id("Pilots"), mara], "types": ["group"]})).await;
    assert_eq!(named["value"].as_array().unwrap().len(), 1);
    assert_eq!(named["value"][0]["displayName"], "Pilots");
}

#[tokio::test]
async fn the_people_of_a_group_tree_come_in_pages_with_what_was_selected() {
    let world = world().await;
    let admin = world.admin().await;
    let pilots = format!("/groups/{}", world.sim.group_id("Pilots").unwrap());
    let (whole, _) = world.all(&admin, &format!("{pilots}/transitiveMembers?$top=999")).await;
    let cast = format!("{pilots}/transitiveMembers/microsoft.graph.user?$count=true&$select=id,userPrincipalName,accountEnabled");
    let (people, pages) = world.all(&admin, &format!("{cast}&$top=10")).await;
    assert!(pages > 2 && people.len() < whole.len(), "{} of {} in {pages} pages", people.len(), whole.len());
    let names = world.sim.user_names().len();
    assert!(people.iter().all(|id| whole.contains(id)) && people.len() < names, "no groups among them, and not everybody");
    let first = world.get(&admin, &format!("{cast}&$top=1")).await;
    let mut members: Vec<&str> = first["value"][0].as_object().unwrap().keys().map(String::as_str).collect();
    members.sort_unstable();
    assert_eq!((first["value"].as_array().unwrap().len(), members), (1, vec!["accountEnabled", "id", "userPrincipalName"]));
    let missing = "/groups/00000000-0000-4000-8000-000000000000/transitiveMembers";
    assert_eq!(world.refused(&admin, Method::GET, missing, None).await.0, 404);
}

#[tokio::test]
async fn a_cast_needs_header_and_count() {
    let world = world().await;
    let token = delegated(&world, MARA).await;
    let ask = |query: &'static str, header: Option<&'static str>| {
        let mut call =
            browser().get(format!("{}/v1.0/me/transitiveMemberOf/microsoft.graph.group{query}", world.sim.base)).bearer_auth(&token);
        if let Some(value) = header {
            call = call.header("ConsistencyLevel", value);
        }
        call.send()
    };
    assert_eq!(ask("?$count=true", None).await.unwrap().status(), 400);
    assert_eq!(ask("", Some("eventual")).await.unwrap().status(), 400);
    let good: serde_json::Value = ask("?$count=true", Some("eventual")).await.unwrap().json().await.unwrap();
    assert_eq!(good["@odata.count"], 3);
    assert!(good["value"][0].get("@odata.type").is_none());
}

#[tokio::test]
async fn without_a_right_to_read_groups_only_their_ids_are_told() {
    let world = world().await;
    let (app, secret) = crate::administration::make_app(&world, "User.Read openid profile").await;
    let token = crate::administration::token_of(&world, &app, &secret, MARA, "openid profile User.Read").await;
    let body = world.get(&token, "/me/transitiveMemberOf").await;
    let groups = body["value"].as_array().unwrap();
    assert_eq!(groups.len(), 3);
    for group in groups {
        assert_eq!(group["@odata.type"], "#microsoft.graph.group");
        assert!(group["id"].is_string());
        assert!(group["displayName"].is_null(), "{group}");
    }
    let ids = json!({"securityEnabledOnly": false});
    let (status, code) = world.refused(&token, Method::POST, "/me/getMemberGroups", Some(ids)).await;
    assert_eq!((status, code.as_str()), (403, "Authorization_RequestDenied"));
    assert_eq!(world.refused(&token, Method::GET, "/groups", None).await.0, 403);
    assert_eq!(world.refused(&token, Method::GET, "/users", None).await.0, 403);
    assert_eq!(world.get(&token, "/me").await["userPrincipalName"], MARA);
}

#[tokio::test]
async fn calls_without_a_good_token_or_object_are_refused_in_graphs_shape() {
    let world = world().await;
    let admin = world.admin().await;
    let mut forged = admin.clone();
    forged.pop();
    forged.push(if admin.ends_with('A') { 'g' } else { 'A' });
    assert_eq!(world.refused(&forged, Method::GET, "/users", None).await, (401, "InvalidAuthenticationToken".into()));
    let id_token = world.tokens(MARA).await["id_token"].as_str().unwrap().to_owned();
    assert_eq!(world.refused(&id_token, Method::GET, "/me", None).await.0, 401);
    let nobody = uuid::Uuid::new_v4();
    assert_eq!(world.refused(&admin, Method::GET, &format!("/users/{nobody}"), None).await, (404, "Request_ResourceNotFound".into()));
    assert_eq!(world.refused(&admin, Method::GET, "/me", None).await.0, 400);
    assert_eq!(world.refused(&admin, Method::GET, "/planets", None).await.0, 404);
}

#[tokio::test]
async fn a_membership_written_through_graph_changes_the_next_claims() {
    let mut world = world().await;
    let admin = world.admin().await;
    let (pilots, night) = (world.sim.group_id("Pilots").unwrap(), world.sim.group_id("Night Pilots").unwrap());
    let mara = world.sim.person(MARA).unwrap().id;
    let holds =
        |claims: &serde_json::Value, group: uuid::Uuid| claims["groups"].as_array().unwrap().iter().any(|id| *id == group.to_string());
    world.write(&admin, Method::DELETE, &format!("/groups/{night}/members/{mara}/$ref"), json!(null)).await;
    let claims = world.claims(MARA).await;
    assert!(!holds(&claims, night) && !holds(&claims, pilots));
    let reference = json!({"@odata.id": format!("https://graph.microsoft.com/v1.0/directoryObjects/{mara}")});
    world.write(&admin, Method::POST, &format!("/groups/{pilots}/members/$ref"), reference.clone()).await;
    let claims = world.claims(MARA).await;
    assert!(holds(&claims, pilots) && !holds(&claims, night));
    let again = world.refused(&admin, Method::POST, &format!("/groups/{pilots}/members/$ref"), Some(reference)).await;
    assert_eq!(again.0, 400);
    let gone = world.refused(&admin, Method::DELETE, &format!("/groups/{night}/members/{mara}/$ref"), None).await;
    assert_eq!(gone.0, 404);
}

#[tokio::test]
async fn userinfo_answers_a_graph_token_with_few_claims() {
    let world = world().await;
    let tokens = world.tokens(MARA).await;
    let token = tokens["access_token"].as_str().unwrap().to_owned();
    let ask = |token: String| browser().get(format!("{}/oidc/userinfo", world.sim.base)).bearer_auth(token).send();
    let body: serde_json::Value = ask(token.clone()).await.unwrap().json().await.unwrap();
    assert_eq!(body["email"], MARA);
    assert!(body.get("oid").is_none() && body.get("groups").is_none());
    assert_eq!(body["sub"], payload(&token)["sub"]);
    assert_eq!(body["sub"], payload(tokens["id_token"].as_str().unwrap())["sub"]);
    assert_eq!(ask(world.admin().await).await.unwrap().status(), 401);
}

#[tokio::test]
async fn authentication_contexts_are_listed_for_those_allowed() {
    let world = world().await;
    let admin = world.admin().await;
    let path = "/identity/conditionalAccess/authenticationContextClassReferences";
    let body = world.get(&admin, path).await;
    let available: Vec<bool> = body["value"].as_array().unwrap().iter().map(|one| one["isAvailable"].as_bool().unwrap()).collect();
    assert_eq!(available, [true, true, false]);
    let token = delegated(&world, MARA).await;
    assert_eq!(world.refused(&token, Method::GET, path, None).await.0, 403);
}
