//! Replay: the logged requests decided again with edited policies; exactly who would gain and who would lose access.

use std::collections::BTreeSet;

use http::Method;
use serde_json::{Value, json};
use testkit::{App, Rule, World, allow, allow_group, service_auth};

/// Harbour Works after a morning: everybody went to every application, and a program fetched the feed.
struct Morning {
    world: World,
    wiki: App,
    charts: App,
    depot: App,
    feed: App,
}

async fn morning() -> Morning {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots").named("Pilots may")).create().await;
    let charts = world.app("charts").policy(allow(Rule::Everyone).except(Rule::Person("tessa")).named("All but Tessa")).create().await;
    let depot = world.app("depot").policy(allow_group("Dock Crew").named("Dockers may")).create().await;
    let token = world.api().service_token("feed", "8760h").await;
    let feed = world.app("feed").policy(service_auth(Rule::AnyToken).named("Programs")).create().await;
    for name in ["mara", "ilo", "tessa", "bram"] {
        let browser = world.browser().sign_in(name);
        for app in [&wiki, &charts, &depot] {
            browser.open(app.at("/")).await;
            browser.get(app.at("/again")).await;
        }
    }
    let (id, secret) = (token["client_id"].as_str().unwrap(), token["client_secret"].as_str().unwrap());
    let program = world.browser();
    let ask = program.ask(Method::GET, feed.at("/")).header("cf-access-client-id", id).header("cf-access-client-secret", secret);
    assert_eq!(ask.send().await.status, 200);
    Morning { world, wiki, charts, depot, feed }
}

impl Morning {
    /// The policy of an application as the API writes it.
    async fn policy(&self, app: &App) -> Value {
        let list = self.world.api().get(&format!("access/apps/{}/policies", app.id)).await;
        list[0].clone()
    }
    async fn replay(&self, with: Value) -> Value {
        self.world.api().post("doorward/policies/replay", json!({ "since": "24h", "with": with })).await
    }
}

/// Who at which application.
fn pairs(list: &Value) -> BTreeSet<(String, String)> {
    let word = |value: &Value| value.as_str().unwrap_or_default().split('@').next().unwrap().to_owned();
    let who = |row: &Value| if row["email"].is_null() { word(&row["service_token"]) } else { word(&row["email"]) };
    list.as_array().unwrap().iter().map(|row| (who(row), word(&row["app"]))).collect()
}

fn expected(list: &[(&str, &str)]) -> BTreeSet<(String, String)> {
    list.iter().map(|(who, app)| ((*who).to_owned(), (*app).to_owned())).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_edits_gain_and_lose_exactly_whom_they_should() {
    let morning = morning().await;
    let (wiki, charts, depot, feed) = (
        morning.policy(&morning.wiki).await,
        morning.policy(&morning.charts).await,
        morning.policy(&morning.depot).await,
        morning.policy(&morning.feed).await,
    );
    let dockers = depot["include"].clone();
    let edit = |policy: &Value, member: &str, value: Value| {
        let mut edited = policy.clone();
        edited[member] = value;
        edited
    };
    let bram = json!({ "email": { "email": "bram@harbourworks.example" } });
    let both = Value::Array(dockers.as_array().unwrap().iter().cloned().chain([bram.clone()]).collect());
    let closed =
        json!({ "id": morning.charts.id, "policies": [{ "name": "Nobody", "decision": "deny", "include": [{ "everyone": {} }] }] });
    type Pairs = &'static [(&'static str, &'static str)];
    let table: [(&str, Value, Pairs, Pairs); 5] = [
        ("dockers instead of pilots", edit(&wiki, "include", dockers.clone()), &[("tessa", "wiki")], &[("mara", "wiki"), ("ilo", "wiki")]),
        ("no exception any more", json!([edit(&charts, "exclude", json!([]))]), &[("tessa", "charts")], &[]),
        ("Bram as well, found by name", json!({ "name": "Dockers may", "decision": "allow", "include": both }), &[("bram", "depot")], &[]),
        ("another token", edit(&feed, "include", json!([{ "ip": { "ip": "203.0.113.0/24" } }])), &[], &[("feed", "feed")]),
        (
            "an application closed and a policy opened",
            json!({ "apps": [closed], "policies": [edit(&depot, "include", json!([{ "everyone": {} }]))] }),
            &[("mara", "depot"), ("ilo", "depot"), ("bram", "depot")],
            &[("mara", "charts"), ("ilo", "charts"), ("bram", "charts")],
        ),
    ];
    for (what, with, gained, lost) in table {
        let told = morning.replay(with).await;
        assert_eq!(pairs(&told["gained"]), expected(gained), "{what}: {told:#}");
        assert_eq!(pairs(&told["lost"]), expected(lost), "{what}: {told:#}");
        assert_eq!((&told["complete"], &told["undecided"]), (&json!(true), &json!([])), "{what}: {told:#}");
        assert_eq!(told["decided_otherwise_than_recorded"], 0, "{what}: {told:#}");
    }
    // Nothing was changed by trying.
    assert_eq!(morning.policy(&morning.wiki).await, wiki);
    let told = morning.replay(json!([wiki, charts])).await;
    assert_eq!((&told["gained"], &told["lost"]), (&json!([]), &json!([])), "{told:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_names_policies_times_and_a_reference_and_what_is_wrong_is_said() {
    let morning = morning().await;
    let mut edited = morning.policy(&morning.wiki).await;
    edited["include"] = json!([{ "email": { "email": "mara@harbourworks.example" } }]);
    let told = morning.replay(edited.clone()).await;
    let row = &told["lost"][0];
    assert_eq!((&row["email"], &row["app"]), (&json!("ilo@harbourworks.example"), &json!("wiki")));
    assert_eq!((&row["from"]["policy"], &row["from"]["outcome"]), (&json!("Pilots may"), &json!("allow")));
    assert_eq!((&row["to"]["policy"], &row["to"]["outcome"]), (&json!("Pilots may"), &json!("deny")));
    // The sign-in and the first admission; the second request is no other case.
    assert_eq!(row["count"], 2, "{told:#}");
    let decision = morning.world.api().decision(row["reference"].as_str().unwrap()).await;
    assert_eq!(decision["user_email"], "ilo@harbourworks.example");
    assert!(told["lost"].as_array().unwrap().len() == 1 && told["gained"] == json!([]), "{told:#}");

    for (body, pointer) in [
        (json!({}), "/with"),
        (json!({ "with": {} }), "/with"),
        (json!({ "with": edited, "since": "yesterday" }), "/since"),
        (json!({ "with": [{ "name": "No such", "decision": "allow", "include": [{ "everyone": {} }] }] }), "/with/0"),
        (json!({ "with": { "name": "Pilots may", "decision": "allow", "include": [] } }), "/with/include"),
        (json!({ "with": { "policies": [], "users": [] } }), "/with/users"),
    ] {
        let reply = morning.world.api().call(Method::POST, "doorward/policies/replay", Some(&body)).await;
        let pointers: Vec<&Value> = reply.body["errors"].as_array().unwrap().iter().map(|e| &e["source"]["pointer"]).collect();
        assert!(reply.status == 400 && pointers.contains(&&json!(pointer)), "{body}: {:#}", reply.body);
    }
}
