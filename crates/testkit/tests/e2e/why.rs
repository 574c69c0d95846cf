//! Why was I denied: for seeded denials, `doorward why` names policy, rule, fact with source and age, and the fix.

use std::path::Path;

use http::Method;
use serde_json::{Value, json};
use testkit::{App, Page, Rule, Tenant, World, allow, allow_group, block};

const GOLDEN: &str = "tests/e2e/why.txt";

/// What `doorward why` prints about a decision, with what differs from run to run taken out.
async fn why(world: &World, reference: &str) -> String {
    let decision = world.api().decision(reference).await;
    server::why::text(&decision).replace(reference, "<reference>").lines().map(plain).collect::<Vec<_>>().join("\n")
}

/// Times, ids and ages differ.
fn plain(line: &str) -> String {
    let words: Vec<&str> = line.split(' ').collect();
    let mut out = Vec::with_capacity(words.len());
    for (place, word) in words.iter().enumerate() {
        let bare = word.trim_matches(|c: char| "()[],.;\"".contains(c));
        let is_id = bare.len() == 36 && bare.bytes().filter(|b| *b == b'-').count() == 4;
        let is_time = bare.len() >= 20 && bare.ends_with('Z') && bare.contains('T');
        let next = words.get(place + 1).map_or("", |next| next.trim_matches(|c: char| "()[],.;\"".contains(c)));
        let is_age = bare.bytes().all(|b| b.is_ascii_digit()) && !bare.is_empty() && ["s", "min"].contains(&next);
        out.push(if is_id {
            word.replace(bare, "<id>")
        } else if is_time {
            word.replace(bare, "<time>")
        } else if is_age {
            word.replace(bare, "<n>")
        } else {
            (*word).to_owned()
        });
    }
    out.join(" ")
}

/// Refused, and the page says no more than it may: no value of a rule or a fact (ruling 32).
#[track_caller]
fn refused(page: &Page, hidden: &[&str]) -> String {
    assert_eq!(page.status, 403, "{}", page.body);
    for value in hidden {
        assert!(!page.body.contains(value), "{value} is on the page: {}", page.body);
    }
    page.reference()
}

async fn app(world: &World, name: &str, policy: testkit::Policy) -> App {
    world.app(name).policy(policy).create().await
}

/// A posture rule about all devices of a person.
async fn compliant(world: &World) -> String {
    let app = world.sim().sign_in_app().unwrap();
    let config =
        json!({ "client_id": app.client_id, "client_secret": app.client_secret, "customer_id": world.sim().tenant_id().to_string() });
    let body = json!({ "name": "Intune", "type": "intune", "interval": "10m", "config": config });
    let integration = world.api().post("devices/posture/integration", body).await;
    let input = json!({ "connection_id": integration["id"], "compliance_status": "compliant" });
    let body = json!({ "name": "All devices compliant", "type": "doorward_intune_all_devices", "input": input });
    world.api().post("devices/posture", body).await["id"].as_str().unwrap().to_owned()
}

/// Denials of people and visitors whose facts are known, or missing in the request.
async fn of_the_cast(told: &mut Vec<(&'static str, String)>) {
    let lines = "trusted_peers = [\"127.0.0.1\"]\ncountry_header = \"x-country\"";
    let tenant = Tenant::harbour_works().watched().person("bram", "userType", json!("Guest"));
    let tenant = tenant.registration("optionalClaims", json!({ "idToken": [{ "name": "acct" }] }));
    // Beside what `watched` reads: the names of groups.
    let reads = ["DeviceManagementManagedDevices.Read.All", "IdentityRiskyUser.Read.All", "GroupMember.Read.All"];
    let tenant = tenant.registration("application", json!(reads));
    let world = World::plan().tenant(tenant).http(lines).start().await;
    let tessa = world.browser().sign_in("tessa");

    let wiki = app(&world, "wiki", allow_group("Pilots")).await;
    let page = tessa.open(wiki.at("/charts")).await;
    told.push(("a group is missing", why(&world, &refused(&page, &["Dock Crew"])).await));

    let blocked = block(Rule::Group("Dock Crew")).named("No dockers");
    let bridge = world.app("bridge").policy(blocked).policy(allow(Rule::Everyone).named("Everybody")).create().await;
    let page = tessa.open(bridge.at("/")).await;
    told.push(("a Block policy", why(&world, &refused(&page, &["Dock Crew"])).await));

    let logbook = app(&world, "logbook", allow(Rule::Domain("harbourworks.example")).except(Rule::Person("tessa")).named("Crew")).await;
    let page = tessa.open(logbook.at("/")).await;
    told.push(("an exclude rule", why(&world, &refused(&page, &[])).await));

    let page = world.browser().sign_in("bram").open(logbook.at("/")).await;
    told.push(("a guest whose address nobody vouches for", why(&world, &refused(&page, &[])).await));

    let harbour = app(&world, "harbour", allow(Rule::Everyone).only_if(Rule::Country("PT")).named("At home")).await;
    let page = world.browser().ask(Method::GET, harbour.at("/")).header("x-country", "SE").send().await;
    told.push(("another country", why(&world, &refused(&page, &["Sweden"])).await));
    let page = world.browser().get(harbour.at("/")).await;
    told.push(("a country that is not known", why(&world, &refused(&page, &[])).await));

    // Nor by doorward itself, which reads every few seconds what nobody has read yet.
    world.fault(json!({ "target": "graph", "kind": "unavailable", "path": "managedDevices", "count": 1000 })).await;
    let vault = app(&world, "vault", allow(Rule::Everyone).only_if(Rule::Posture(compliant(&world).await)).named("Vault")).await;
    let page = tessa.open(vault.at("/")).await;
    told.push(("devices that were never read", why(&world, &refused(&page, &[])).await));
    world.heal().await;
    world.poll().await;
    let page = tessa.open(vault.at("/")).await;
    told.push(("a device that is not compliant", why(&world, &refused(&page, &["noncompliant"])).await));

    let closed = app(&world, "closed", block(Rule::Person("ilo")).named("Not Ilo")).await;
    let page = world.browser().get(closed.at("/")).await;
    told.push(("no Allow policy", why(&world, &refused(&page, &[])).await));

    let token = world.api().service_token("feed", "8760h").await;
    let feed = app(&world, "feed", allow(Rule::AnyToken).named("Programs")).await;
    let program = |secret: String| {
        let (world, feed) = (&world, &feed);
        let id = token["client_id"].as_str().unwrap().to_owned();
        async move {
            let browser = world.browser();
            let ask = browser.ask(Method::GET, feed.at("/")).header("cf-access-client-id", &id).header("cf-access-client-secret", &secret);
            ask.send().await.status
        }
    };
    assert_eq!(program(token["client_secret"].as_str().unwrap().to_owned()).await, 403);
    told.push(("a service token that does not count", why(&world, &newest(&world, &feed).await).await));
    assert_eq!(program("0".repeat(64)).await, 401);
    told.push(("a service token that is not known", why(&world, &newest(&world, &feed).await).await));
}

/// The newest decision about an application.
async fn newest(world: &World, app: &App) -> String {
    let listed = world.api().get(&format!("doorward/decisions?app_id={}&per_page=1", app.id)).await;
    listed[0]["reference"].as_str().unwrap().to_owned()
}

/// Denials for want of what the provider did not tell.
async fn of_the_provider(told: &mut Vec<(&'static str, String)>) {
    let context = json!([{ "id": "c1", "name": "Strong sign-in", "available": true }]);
    let tenant = Tenant::harbour_works().in_many_groups("ilo", 260).conditional_access(context, json!([]));
    let world = World::plan().tenant(tenant).provider("conditional_access_enabled", json!(true)).start().await;

    let wiki = app(&world, "wiki", allow_group("Pilots")).await;
    world.fault(json!({ "target": "graph", "kind": "forbidden", "count": 50, "retry_after": 0, "path": "/me/" })).await;
    let page = world.browser().sign_in("ilo").open(wiki.at("/")).await;
    world.heal().await;
    told.push(("groups that Graph refused to tell", why(&world, &refused(&page, &[])).await));

    let vault = app(&world, "vault", allow(Rule::Domain("harbourworks.example")).only_if(Rule::Context("c1")).named("Vault")).await;
    world.turn("acrs", json!({ "mode": "withhold" })).await;
    let page = world.browser().sign_in("mara").open(vault.at("/")).await;
    told.push(("an authentication context that was not granted", why(&world, &refused(&page, &[])).await));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn seeded_denials_are_explained_with_policy_rule_fact_and_fix() {
    let mut told = Vec::new();
    of_the_cast(&mut told).await;
    of_the_provider(&mut told).await;
    let text: String = told.iter().map(|(what, text)| format!("=== {what}\n\n{}\n\n", text.trim_end())).collect();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(GOLDEN);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&file, &text).unwrap();
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    let first = text.lines().zip(committed.lines()).find(|(now, then)| now != then);
    assert!(text == committed, "{GOLDEN}: first difference {first:?}: run with UPDATE_GOLDEN=1 and review");
    for (what, text) in &told {
        assert!(text.contains("What to do\n") || text.contains("not known, disabled or expired"), "{what}: {text}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn decisions_are_listed_by_who_what_and_verdict_for_those_who_may_read_them() {
    let tenant = Tenant::harbour_works().registration("application", json!(["GroupMember.Read.All"]));
    let world = World::plan().tenant(tenant).start().await;
    let wiki = app(&world, "wiki", allow_group("Pilots")).await;
    assert_eq!(world.browser().sign_in("ilo").open(wiki.at("/")).await.status, 200);
    let reference = refused(&world.browser().sign_in("tessa").open(wiki.at("/")).await, &[]);
    let api = world.api();
    let list = |query: String| async move { api.get(&format!("doorward/decisions?{query}")).await.as_array().unwrap().clone() };
    let refusals = list("allowed=false&email=TESSA@harbourworks.example".into()).await;
    assert_eq!((refusals.len(), refusals[0]["reference"].as_str()), (1, Some(reference.as_str())));
    assert_eq!((&refusals[0]["policy_name"], &refusals[0]["reason"]), (&json!("Pilots"), &json!("differs")));
    let ilo = world.api().user("ilo@harbourworks.example").await["id"].as_str().unwrap().to_owned();
    let his = list(format!("user_id={ilo}&app_id={}", wiki.id)).await;
    let kinds: Vec<&str> = his.iter().map(|d| d["action"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["request", "login"], "the sign-in, and the first admission");
    assert_eq!(list(format!("user_id={ilo}&admissions=false")).await.len(), 1);
    let policy = his[0]["policy_uid"].as_str().unwrap();
    assert_eq!(list(format!("policy_id={policy}&admissions=false")).await.len(), 2);
    let v4 = world.api().get("access/logs/access_requests").await;
    assert_eq!(v4.as_array().unwrap().len(), 2, "sign-ins and refusals only: {v4:#}");
    let decision: Value = world.api().decision(&reference).await;
    assert_eq!(decision["can_be_replayed"], true);
    // The group's name is the directory's only: it is asked for those who may search there, and for nobody else.
    let body = json!({ "name": "reader", "permissions": ["Access: Audit Logs Read"] });
    let reader = world.api().with_token(world.api().post("doorward/api_tokens", body).await["value"].as_str().unwrap());
    let theirs: Value = reader.decision(&reference).await;
    assert_eq!(decision["why"]["policies"][0]["rules"][0]["words"], "Entra ID group Pilots");
    let words = theirs["why"]["policies"][0]["rules"][0]["words"].as_str().unwrap();
    assert!(words.starts_with("Entra ID group ") && !words.contains("Pilots"), "{words}");
    let stranger = world.api().with_token("dw_not-one");
    assert_eq!(stranger.call(Method::GET, &format!("doorward/decisions/{reference}"), None).await.status, 401);
}
