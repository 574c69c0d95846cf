//! Who may open what: one person at every application, one application for everybody, and decisions as a file.

use http::Request;
use http_body_util::BodyExt as _;
use model::{api_token::Permission, console::ConsoleRole};
use serde_json::{Value, json};

use crate::world::{World, id};

async fn app(world: &World, name: &str, policies: Value) -> String {
    let body = json!({ "name": name, "type": "self_hosted", "domain": format!("{}.localhost", name.to_lowercase()), "policies": policies });
    id(&world.post("~/access/apps", body).await)
}

fn by_mail(name: &str, decision: &str, email: &str) -> Value {
    json!({ "name": name, "decision": decision, "include": [{ "email": { "email": email } }] })
}

#[tokio::test]
async fn a_person_is_judged_at_each_application_with_the_rules_it_hangs_on() {
    let world = World::start().await;
    let idp = world.entra().await;
    let (mara, _) = world.signed_in("mara@harbourworks.example", &idp).await;
    app(&world, "Wiki", json!([by_mail("Harbour", "allow", "mara@harbourworks.example")])).await;
    app(&world, "Vault", json!([by_mail("Captain", "allow", "tessa@harbourworks.example")])).await;
    app(&world, "Crane", json!([by_mail("Not Mara", "deny", "mara@harbourworks.example"), { "name": "All", "decision": "allow", "include": [{ "everyone": {} }] }])).await;
    let rows = world.get(&format!("~/doorward/users/{mara}/access")).await;
    let told: Vec<_> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["app"]["name"].as_str().unwrap(), row["status"].as_str().unwrap(), row["policy"]["name"].as_str().unwrap()))
        .collect();
    assert_eq!(told, [("Crane", "blocked", "Not Mara"), ("Vault", "blocked", "Captain"), ("Wiki", "approved", "Harbour")]);
    assert_eq!((&rows[2]["rules"][0]["verdict"], &rows[2]["rules"][0]["fact"]["source"]), (&json!("matched"), &json!("sign-in")));
    assert!(rows[1]["rules"][0]["fix"].is_string() && !rows[1]["fixes"].as_array().unwrap().is_empty(), "{rows:#}");
    // The same verdict as the check of one application.
    for row in rows.as_array().unwrap() {
        let path = format!("~/doorward/apps/{}/check?user_id={mara}", row["app"]["id"].as_str().unwrap());
        let whole = &world.get(&path).await["people"][0];
        assert_eq!(
            (&whole["status"], &whole["why"]["summary"], &whole["why"]["policy_id"]),
            (&row["status"], &row["summary"], &row["policy"]["id"])
        );
    }
    let second = world.call("GET", &format!("~/doorward/users/{mara}/access?per_page=1&page=2&search=a"), None).await;
    assert_eq!((&second.body["result"][0]["app"]["name"], &second.body["result_info"]["total_count"]), (&json!("Vault"), &json!(2)));
    world.call("GET", &format!("~/doorward/users/{}/access", model::UserId::random()), None).await.bad(404);
}

#[tokio::test]
async fn an_application_lists_people_page_by_page() {
    let world = World::start().await;
    let idp = world.entra().await;
    world.signed_in("mara@harbourworks.example", &idp).await;
    world.signed_in("bram@harbourworks.example", &idp).await;
    world.post("~/access/users", json!({ "email": "tessa@harbourworks.example", "name": "Tessa" })).await;
    let wiki = app(&world, "Wiki", json!([by_mail("Harbour", "allow", "mara@harbourworks.example")])).await;
    let rows = world.get(&format!("~/doorward/apps/{wiki}/access")).await;
    let mut told: Vec<_> =
        rows.as_array().unwrap().iter().map(|row| (row["user"]["email"].as_str().unwrap(), row["status"].as_str().unwrap())).collect();
    told.sort_unstable();
    let expected =
        [("bram@harbourworks.example", "blocked"), ("mara@harbourworks.example", "approved"), ("tessa@harbourworks.example", "error")];
    assert_eq!(told, expected, "who never signed in is not to be told");
    let found = world.get(&format!("~/doorward/apps/{wiki}/access?search=bram")).await;
    assert_eq!((found.as_array().unwrap().len(), &found[0]["status"]), (1, &json!("blocked")));
}

#[tokio::test]
async fn who_may_not_read_people_is_not_told_of_them_by_an_application() {
    let world = World::start().await;
    let idp = world.entra().await;
    let (mara, _) = world.signed_in("mara@harbourworks.example", &idp).await;
    let wiki = app(&world, "Wiki", json!([by_mail("Harbour", "allow", "mara@harbourworks.example")])).await;
    let paths = [format!("~/doorward/apps/{wiki}/access"), format!("~/doorward/users/{mara}/access")];
    for (held, status) in [
        (vec![Permission::AppsRead], 403),
        (vec![Permission::AppsWrite, Permission::OrgWrite], 403),
        (vec![Permission::UsersRead, Permission::AuditRead], 403),
        (vec![Permission::AppsRead, Permission::UsersRead], 200),
        (vec![Permission::AppsWrite, Permission::AuditRead], 200),
        (ConsoleRole::Reader.permissions().into_iter().collect(), 200),
    ] {
        let bearer = format!("Bearer {}", world.token_with(&held, None).await);
        for path in &paths {
            let reply = world.send("GET", path, Some(&bearer), None).await;
            assert_eq!(
                (reply.status.as_u16(), reply.body.to_string().contains("mara@")),
                (status, status == 200),
                "{held:?} {path}: {}",
                reply.body
            );
        }
    }
    // Everything, but on this application only: it may read that, and not the registry through it.
    let bearer = format!("Bearer {}", world.token_for(&Permission::ALL, &[&wiki], &[]).await);
    world.send("GET", &format!("~/access/apps/{wiki}"), Some(&bearer), None).await.good(200);
    world.send("GET", &paths[0], Some(&bearer), None).await.bad(403);
}

#[tokio::test]
async fn a_login_method_that_is_not_taken_and_a_bookmark_for_everybody_are_told_so() {
    let world = World::start().await;
    let (idp, other) = (world.entra().await, world.entra().await);
    let (mara, _) = world.signed_in("mara@harbourworks.example", &idp).await;
    let everybody = json!([{ "name": "All", "decision": "allow", "include": [{ "everyone": {} }] }]);
    let body = json!({ "name": "Quay", "type": "self_hosted", "domain": "quay.localhost", "policies": everybody, "allowed_idps": [other] });
    world.post("~/access/apps", body).await;
    world.post("~/access/apps", json!({ "name": "Tides", "type": "bookmark", "domain": "tides.example" })).await;
    let rows = world.get(&format!("~/doorward/users/{mara}/access")).await;
    let told: Vec<_> =
        rows.as_array().unwrap().iter().map(|row| (row["status"].as_str().unwrap(), row["verdict"].as_str().unwrap())).collect();
    assert_eq!(told, [("error", "sent to sign in"), ("approved", "shown to everybody")]);
}

#[tokio::test]
async fn an_approved_request_opens_the_application_and_cannot_be_approved_twice() {
    let world = World::start().await;
    let idp = world.entra().await;
    let (mara, _) = world.signed_in("mara@harbourworks.example", &idp).await;
    let groups = json!([{ "approvals_needed": 1, "email_addresses": ["tessa@harbourworks.example"] }]);
    let policy = json!({ "name": "Asked", "decision": "allow", "include": [{ "everyone": {} }], "approval_required": true, "approval_groups": groups });
    let body = json!({ "name": "Vault", "type": "self_hosted", "domain": "vault.localhost", "policies": [policy] });
    let vault = world.post("~/access/apps", body).await;
    let verdict = async || world.get(&format!("~/doorward/users/{mara}/access")).await[0]["verdict"].clone();
    assert_eq!(verdict().await, "asked for a purpose or an approval");
    let request = model::access_request::AccessRequest {
        id: model::GrantId::random(),
        user: mara.parse().unwrap(),
        email: "mara@harbourworks.example".parse().unwrap(),
        name: "Mara".into(),
        app: vault["id"].as_str().unwrap().parse().unwrap(),
        policy: vault["policies"][0]["id"].as_str().unwrap().parse().unwrap(),
        purpose: Some("Tides".into()),
        wanted_secs: 3600,
        return_to: "https://vault.localhost/".into(),
        votes: Vec::new(),
        state: model::access_request::RequestState::Waiting,
        created_at: world.now(),
    };
    let path = format!("~/doorward/access_requests/{}/approve", request.id);
    world.store.write(move |tx| tx.put_access_request(&request)).await.unwrap();
    let waiting = world.get("~/doorward/access_requests?state=waiting").await;
    assert_eq!(
        (&waiting[0]["app_name"], &waiting[0]["policy_name"], &waiting[0]["name"]),
        (&json!("Vault"), &json!("Asked"), &json!("Mara"))
    );
    assert_eq!(world.call("POST", &path, Some(json!({ "seconds": 5 }))).await.pointers(), ["/seconds"]);
    let approved = world.call("POST", &path, Some(json!({}))).await.good(200);
    assert_eq!(approved["state"], "approved");
    assert_eq!(verdict().await, "let in");
    let grants = world.get("~/doorward/grants?state=current").await;
    assert_eq!(
        (&grants[0]["id"], &grants[0]["user_email"], &grants[0]["until"]),
        (&approved["grant_id"], &json!("mara@harbourworks.example"), &json!(world.now().plus_secs(3600).rfc3339()))
    );
    world.call("POST", &path, Some(json!({}))).await.bad(409);
    assert_eq!(world.get("~/doorward/access_requests?state=waiting").await, json!([]));
    world.pass(3601);
    assert_eq!(verdict().await, "asked for a purpose or an approval");
    assert_eq!(world.get("~/doorward/grants?state=current").await, json!([]));
    assert_eq!(world.get("~/doorward/grants").await[0]["state"], "over");
}

#[tokio::test]
async fn decisions_are_a_file_of_lines_or_a_table_as_the_filters_leave_them() {
    let world = World::start().await;
    for n in 0..250_u8 {
        world.store.record(model::log::AccessDecision {
            reference: model::Reference::from_bytes([n; 16]),
            at: world.now().plus_secs(i64::from(n / 2) - 300),
            allowed: n % 2 == 0,
            action: "login".into(),
            app_id: None,
            host: "=wiki.localhost".into(),
            path: "/".into(),
            user_id: None,
            user_email: Some(format!("Person{}@harbourworks.example", n % 3)),
            idp: None,
            ip: "203.0.113.7".parse().unwrap(),
            country: None,
            policy_id: None,
            explanation: json!({ "reason": "sign-in-failed" }),
            facts: None,
        });
    }
    let text = async |query: &str| {
        let request = Request::get(world.url(&format!("~/doorward/decisions/export{query}")))
            .header("authorization", format!("Bearer {}", world.token));
        let response = world.response(request.body(axum::body::Body::empty()).unwrap()).await;
        assert_eq!(response.status(), 200, "{query}");
        String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
    };
    let lines: Vec<Value> = text("").await.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 250);
    assert!(lines.is_sorted_by_key(|line| line["created_at"].as_str().unwrap().to_owned()), "oldest first");
    assert_eq!(lines[0]["explanation"]["reason"], "sign-in-failed");
    let table = text("?format=csv&allowed=false&email=PERSON1@harbourworks.example").await;
    let rows: Vec<&str> = table.split("\r\n").filter(|row| !row.is_empty()).collect();
    let listed = world.call("GET", "~/doorward/decisions?allowed=false&email=PERSON1@harbourworks.example", None).await;
    assert_eq!(rows.len() as u64 - 1, listed.body["result_info"]["total_count"].as_u64().unwrap());
    let uncounted =
        world.call("GET", "~/doorward/decisions?allowed=false&email=PERSON1@harbourworks.example&total=false&per_page=7", None).await;
    assert_eq!(uncounted.body["result_info"], json!({ "page": 1, "per_page": 7, "count": 7 }));
    assert_eq!(uncounted.body["result"].as_array().unwrap()[..], listed.body["result"].as_array().unwrap()[..7]);
    world.call("GET", "~/doorward/decisions?total=maybe", None).await.bad(400);
    assert!(rows[0].starts_with("\"reference\",\"created_at\"") && rows[1].contains("\"'=wiki.localhost\""), "{}", rows[1]);
    let since = world.now().plus_secs(-200).rfc3339();
    assert_eq!(text(&format!("?since={since}")).await.lines().count(), 50);
    world.call("GET", "~/doorward/decisions/export?format=xml", None).await.bad(400);
}
