//! Demands of a policy: a purpose, somebody's approval, a grant by date; and what ends them.

use http::Method;
use serde_json::{Value, json};
use testkit::{App, Browser, Page, Rule, World, allow};

/// The value of the hidden member that binds a form.
fn state(page: &Page) -> String {
    let (_, after) = page.body.split_once("name=\"state\" value=\"").unwrap_or_else(|| panic!("no form: {}", page.body));
    after.split('"').next().unwrap().to_owned()
}

async fn send(world: &World, browser: &Browser, path: &str, members: &[(&str, &str)]) -> Page {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(members).finish();
    let ask = browser.ask(Method::POST, format!("{}{path}", world.team())).header("origin", &world.team());
    ask.header("content-type", "application/x-www-form-urlencoded").body(body).send().await
}

/// The payroll, open to everyone who meets what its policy demands.
async fn payroll(world: &World, demands: Value) -> App {
    let app = world.app("payroll").policy(allow(Rule::Everyone)).create().await;
    let path = format!("access/apps/{}/policies", app.id);
    let mut policy = world.api().get(&path).await[0].clone();
    for (member, value) in demands.as_object().unwrap() {
        policy[member] = value.clone();
    }
    let id = policy["id"].as_str().unwrap().to_owned();
    world.api().put(&format!("{path}/{id}"), policy).await;
    app
}

fn approval() -> Value {
    json!({ "approval_required": true, "approval_groups": [{ "approvals_needed": 1, "email_addresses": ["tessa@harbourworks.example"] }] })
}

/// The path of the person's one request and its id.
async fn requested(world: &World, app: &App, browser: &Browser) -> String {
    let page = browser.open(app.at("/")).await;
    let sent = send(world, browser, "/cdn-cgi/access/ask", &[("state", &state(&page)), ("purpose", " Audit "), ("hours", "2")]).await;
    let waiting = if sent.status == 303 { browser.open(sent.location().unwrap().as_str()).await } else { sent };
    assert_eq!(waiting.status, 200);
    assert!(waiting.body.contains("http-equiv=\"refresh\""), "{}", waiting.body);
    let requests = world.api().get("doorward/access_requests").await;
    assert_eq!(
        (&requests[0]["state"], &requests[0]["purpose"], &requests[0]["wanted_seconds"]),
        (&json!("waiting"), &json!("Audit"), &json!(7200))
    );
    requests[0]["id"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_purpose_is_asked_for_once_a_session_and_written_down() {
    let world = World::start().await;
    let demands = json!({ "purpose_justification_required": true, "purpose_justification_prompt": "Which ticket is it?" });
    let app = payroll(&world, demands).await;
    let mara = world.browser().sign_in("mara");
    let page = mara.open(app.at("/")).await;
    assert!(page.body.contains("Which ticket is it?"), "{}", page.body);
    let bound = state(&page);
    assert_eq!(send(&world, &mara, "/cdn-cgi/access/ask", &[("state", &bound), ("purpose", " \r\n ")]).await.status, 400);
    let foreign = mara.ask(Method::POST, format!("{}/cdn-cgi/access/ask", world.team())).header("origin", "https://evil.example");
    assert_eq!(foreign.body(format!("state={bound}&purpose=x")).send().await.status, 404);
    let ilo = world.browser().sign_in("ilo");
    ilo.open(app.at("/")).await;
    assert_eq!(send(&world, &ilo, "/cdn-cgi/access/ask", &[("state", &bound), ("purpose", "x")]).await.status, 404, "another's form");
    assert_eq!(mara.open(app.at("/")).await.url.host_str(), Some("team.localhost"), "nothing was answered yet");

    let done = send(&world, &mara, "/cdn-cgi/access/ask", &[("state", &bound), ("purpose", "  INC-7 <b>  ")]).await;
    assert!(done.body.contains(&format!("0; url={}/", app.url)), "{}", done.body);
    let open = mara.open(app.at("/")).await;
    assert_eq!((open.status, open.url.host_str()), (200, Some("payroll.localhost")));
    assert_eq!(mara.open(app.at("/again")).await.url.path(), "/again");
    let log = world.api().get("access/logs/access_requests?email=mara@harbourworks.example&allowed=true").await;
    assert_eq!(log[0]["purpose_justification_prompt"], "Which ticket is it?");
    assert_eq!(log[0]["purpose_justification_response"], "INC-7 <b>");

    let elsewhere = world.browser().sign_in("mara");
    assert!(elsewhere.open(app.at("/")).await.body.contains("Which ticket is it?"), "another session is asked anew");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_approver_lets_somebody_in_for_a_while_and_a_withdrawal_cuts_them() {
    let world = World::start().await;
    let app = payroll(&world, approval()).await;
    let (mara, ilo, tessa) = (world.browser().sign_in("mara"), world.browser().sign_in("ilo"), world.browser().sign_in("tessa"));
    let id = requested(&world, &app, &mara).await;
    let path = format!("/cdn-cgi/access/approve/{id}");
    let page = format!("{}{path}", world.team());
    assert_eq!(tessa.get(&page).await.status, 401, "nobody is signed in here");
    for browser in [&ilo, &tessa] {
        browser.open(app.at("/")).await;
    }
    assert_eq!(mara.get(&page).await.status, 404, "nobody approves their own");
    assert_eq!(ilo.get(&page).await.status, 404, "nor a stranger");
    let shown = tessa.get(&page).await;
    assert_eq!(shown.status, 200);
    assert!(shown.body.contains("mara@harbourworks.example") && shown.body.contains("Audit"), "{}", shown.body);
    let said = [("state", state(&shown)), ("verdict", "approve".into()), ("hours", "1".into()), ("note", String::new())];
    let said: Vec<(&str, &str)> = said.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(send(&world, &ilo, &path, &said).await.status, 404, "the form is Tessa's");
    assert!(send(&world, &tessa, &path, &said).await.body.contains("is let into"));
    assert!(send(&world, &tessa, &path, &said).await.body.contains("Nothing to decide"), "once");

    assert_eq!(mara.open(app.at("/")).await.url.host_str(), Some("payroll.localhost"));
    let mut socket = mara.socket(&app.at("/ws")).await.unwrap();
    socket.hear().await;
    let grant = world.api().get("doorward/grants").await[0].clone();
    assert_eq!((&grant["state"], &grant["approvers"]), (&json!("active"), &json!(["tessa@harbourworks.example"])));
    let log = world.api().get("access/logs/access_requests?email=mara@harbourworks.example&allowed=true").await;
    assert_eq!((&log[0]["temporary_access_duration"], &log[0]["temporary_access_approvers"]), (&json!(3600), &grant["approvers"]));

    world.api().post(&format!("doorward/access_requests/{id}/refuse"), json!({ "note": "not today" })).await;
    assert_eq!(socket.until_closed().await, Some(1008));
    assert!(mara.open(app.at("/")).await.body.contains("Ask for access"));
    assert!(world.api().get("doorward/grants").await.as_array().unwrap().is_empty());
    assert!(mara.get(format!("{}/cdn-cgi/access/request/{id}", world.team())).await.body.contains("not today"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_grant_by_date_opens_and_its_end_closes() {
    let world = World::start().await;
    let app = payroll(&world, approval()).await;
    let mara = world.browser().sign_in("mara");
    assert!(mara.open(app.at("/")).await.body.contains("Ask for access"));
    let wish = |until: &str| json!({ "email": "mara@harbourworks.example", "app_id": app.id, "until": until, "reason": "audit" });
    assert_eq!(world.api().call(Method::POST, "doorward/grants", Some(&wish("2020-01-01T00:00:00Z"))).await.status, 400);
    let stranger = json!({ "email": "nobody@harbourworks.example", "app_id": app.id, "until": "2099-01-01T00:00:00Z" });
    assert_eq!(world.api().call(Method::POST, "doorward/grants", Some(&stranger)).await.status, 400);
    let since = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let until = model::Timestamp::from_secs(i64::try_from(since).unwrap() + 7 * 86_400).rfc3339();
    let grant = world.api().post("doorward/grants", wish(&until)).await;
    assert_eq!(mara.open(app.at("/")).await.url.host_str(), Some("payroll.localhost"));
    world.api().delete(&format!("doorward/grants/{}", grant["id"].as_str().unwrap())).await;
    assert!(mara.open(app.at("/")).await.body.contains("Ask for access"));
}
