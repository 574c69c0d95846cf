//! Every list of the API: pages, a page past the end, bounds of `per_page`, and filters.

use std::collections::BTreeMap;

use api::operations;
use serde_json::{Value, json};

use crate::world::{World, entra_body, id};

/// What the segments of paths stand for.
async fn furnished(world: &World) -> BTreeMap<&'static str, String> {
    let everyone = json!([{ "everyone": {} }]);
    let policy = json!({ "name": "p", "decision": "allow", "include": everyone });
    let idp = world.entra().await;
    let mut second = entra_body();
    second["name"] = json!("second");
    world.post("~/access/identity_providers", second).await;
    let (user, _) = world.signed_in("mara@harbourworks.example", &idp).await;
    world.signed_in("ilo@harbourworks.example", &idp).await;
    let mut apps = Vec::new();
    for name in ["quay", "pier", "quayside"] {
        let body = json!({ "name": name, "type": "self_hosted", "domain": format!("{name}.localhost"), "policies": [policy, policy] });
        apps.push(world.post("~/access/apps", body).await);
        world.post("~/access/groups", json!({ "name": name, "include": everyone })).await;
        world.post("~/access/policies", json!({ "name": name, "decision": "allow", "include": everyone })).await;
        world.post("~/access/service_tokens", json!({ "name": name })).await;
        world.post("~/access/tags", json!({ "name": name })).await;
        world.post("~/access/custom_pages", json!({ "name": name, "type": "forbidden", "custom_html": "<p>Ahoy</p>" })).await;
        world.post("~/doorward/api_tokens", json!({ "name": name, "permissions": [] })).await;
        let bookmark = json!({ "domain": "https://tides.harbourworks.example", "name": name });
        world.call("POST", &format!("~/access/bookmarks/{}", uuid::Uuid::new_v4()), Some(bookmark)).await.good(200);
    }
    let items = json!([{ "value": "mara@harbourworks.example" }, { "value": "ilo@harbourworks.example" }]);
    let list = json!({ "name": "crew", "type": "EMAIL", "items": items });
    let list = id(&world.call("POST", "~/gateway/lists", Some(list)).await.good(200));
    world.call("POST", "~/gateway/lists", Some(json!({ "name": "ships", "type": "IP" }))).await.good(200);
    let app = id(&apps[0]);
    world.call("POST", &format!("~/access/apps/{app}/ca"), None).await.good(200);
    let run = world.call("POST", "~/access/policy-tests", Some(json!({ "policies": [policy] }))).await.good(200);
    BTreeMap::from([
        ("{account_id}", world.account.clone()),
        ("{app_id}", app),
        ("{identity_provider_id}", idp),
        ("{user_id}", user),
        ("{list_id}", list),
        ("{policy_test_id}", id(&run)),
    ])
}

/// The addresses of all lists: whatever is read without naming an object of which nothing is known, and answers with an array.
async fn lists(world: &World) -> Vec<String> {
    let known = furnished(world).await;
    let mut found = Vec::new();
    for op in operations().into_iter().filter(|op| op.verb == "GET") {
        let steps: Vec<&str> = op.path.split('/').map(|step| known.get(step).map_or(step, String::as_str)).collect();
        let path = steps.join("/");
        // A backup and an export are files.
        if path.contains('{') || path.ends_with("/export") || path.ends_with("/backup") || path.ends_with("/check") {
            continue;
        }
        let reply = world.call("GET", &path, None).await;
        if reply.body["result"].is_array() {
            found.push(path);
        }
    }
    found
}

fn shown(body: &Value) -> (usize, u64) {
    (body["result"].as_array().unwrap().len(), body["result_info"]["total_count"].as_u64().unwrap())
}

#[tokio::test]
async fn every_list_is_cut_into_pages_and_a_page_past_the_end_is_empty() {
    let world = World::start().await;
    let lists = lists(&world).await;
    assert!(lists.len() >= 28, "{} lists: {lists:#?}", lists.len());
    let (mut paged, mut wrong) = (0, Vec::new());
    for path in &lists {
        let ask = async |query: &str| world.call("GET", &format!("{path}?{query}"), None).await;
        let plain = world.call("GET", path, None).await;
        // The contract has no pages there.
        if path.contains("/devices/posture") {
            assert!(plain.body.get("result_info").is_none(), "{path}");
            continue;
        }
        if plain.body.get("result_info").is_none() {
            wrong.push(format!("{path}: has no result_info"));
            continue;
        }
        let total = shown(&plain.body).1;
        paged += usize::from(total > 1);
        for far in ["page=9999", "page=4294967295&per_page=1000", "page=4294967295&per_page=4294967295"] {
            let past = ask(far).await;
            if past.status != 200 || past.body["result"] != json!([]) || past.body["result_info"]["count"] != 0 {
                wrong.push(format!("{path}?{far}: {:#}", past.body));
            }
        }
        for bad in ["page=0", "per_page=0", "page=-1", "per_page=x", "page=4294967296", "page=1.5"] {
            let refused = ask(bad).await;
            let pointer = bad.split('=').next().unwrap();
            if refused.status != 400 || refused.body["errors"][0]["source"]["pointer"] != pointer {
                wrong.push(format!("{path}?{bad}: {:#}", refused.body));
            }
        }
        let many = ask("per_page=100000").await;
        if many.status != 200 || many.body["result_info"]["per_page"].as_u64().is_none_or(|n| n > 1000) {
            wrong.push(format!("{path}?per_page=100000: {:#}", many.body["result_info"]));
        }
        let mut read = Vec::new();
        for page in 1..=total {
            let one = ask(&format!("page={page}&per_page=1")).await;
            assert_eq!(shown(&one.body), (1, total), "{path}, page {page}");
            assert_eq!(one.body["result_info"]["total_pages"], total, "{path}");
            read.push(one.body["result"][0].to_string());
        }
        let mut different = read.clone();
        different.sort();
        different.dedup();
        // Equal tests and settings may be listed, the same page twice may not.
        if different.len() != read.len() {
            wrong.push(format!("{path}: {} of {} elements differ", different.len(), read.len()));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert!(paged >= 14, "{paged} lists had more than one element");
}

#[tokio::test]
async fn filters_find_what_the_contract_says() {
    let world = World::start().await;
    furnished(&world).await;
    let table: [(&str, &str, &[&str]); 20] = [
        ("~/access/apps", "name=quay&exact=true", &["quay", "quay"]),
        ("~/access/apps", "name=quay", &["quay", "quay", "quayside", "quayside"]),
        ("~/access/apps", "name=QUAYS", &["quayside", "quayside"]),
        ("~/access/apps", "domain=pier.localhost&exact=true", &["pier"]),
        ("~/access/apps", "domain=pier", &["pier"]),
        ("~/access/apps", "search=quayside.local", &["quayside"]),
        ("~/access/apps", "aud=none", &[]),
        ("~/access/apps", "name=&search=", &["quay", "quay", "pier", "pier", "quayside", "quayside"]),
        ("~/access/groups", "name=quay", &["quay"]),
        ("~/access/groups", "search=quay", &["quay", "quayside"]),
        ("~/access/service_tokens", "name=quay", &["quay"]),
        ("~/access/service_tokens", "search=SIDE", &["quayside"]),
        ("~/gateway/lists", "filter=type:EMAIL", &["crew"]),
        ("~/gateway/lists", "filter=type:EMAIL&filter=name:ship", &[]),
        ("~/gateway/lists", "filter[]=type:IP&filter[]=name:ship", &["ships"]),
        ("~/gateway/lists", "filter=item_count:2", &["crew"]),
        ("~/gateway/lists", "type=IP", &["ships"]),
        ("~/gateway/lists", "search=RE", &["crew"]),
        ("~/gateway/lists", "order_by=name&direction=desc", &["ships", "crew"]),
        ("~/gateway/lists", "order_by=item_count&direction=desc", &["crew", "ships"]),
    ];
    for (path, query, expected) in table {
        let found = world.get(&format!("{path}?{query}")).await;
        let mut names: Vec<&str> = found.as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect();
        let mut expected = expected.to_vec();
        // The order of things made in one moment is that of their ids.
        if !query.contains("order_by") {
            names.sort_unstable();
            expected.sort_unstable();
        }
        assert_eq!(names, expected, "{path}?{query}");
    }
    for (path, query) in [("~/access/apps", "exact=perhaps"), ("~/gateway/lists", "filter=crew"), ("~/gateway/lists", "order_by=colour")] {
        world.call("GET", &format!("{path}?{query}"), None).await.bad(400);
    }
}
