//! The contract's edges: every operation's success status, what is not built, what does not exist, bodies.

mod grants;

use std::{collections::BTreeSet, sync::atomic::Ordering};

use api::operations;
use serde_json::{Value, json};

use crate::{
    audit,
    openapi::{asks::Listening, document::Heard},
    world::{Reply, World, entra_body, id},
};

/// Verb, path, success status and tier of each operation of the contract.
const CONTRACT: &str = include_str!("../../src/contract.txt");

/// Verb, path pattern and success status of each line.
fn lines() -> impl Iterator<Item = (&'static str, &'static str, u16)> {
    CONTRACT.lines().map(|line| {
        let words: Vec<&str> = line.split(' ').collect();
        (words[0], words[1], words[2].parse().unwrap())
    })
}

#[test]
fn success_statuses_are_those_of_the_contract() {
    for op in operations() {
        let line = lines().find(|(verb, path, _)| *verb == op.verb.as_str() && *path == op.path);
        if let Some((_, _, status)) = line {
            assert_eq!(op.status.as_u16(), status, "{} {}", op.verb, op.path);
        } else {
            let own = op.path.contains("/doorward/")
                || op.path.contains("/{account_id}/tokens")
                || ["/refresh_scim_secret", "/audit_logs"].iter().any(|end| op.path.ends_with(end));
            assert!(own, "{} {} is neither in the contract nor in a room of our own", op.verb, op.path);
        }
    }
}

/// Calls operations by pattern and remembers which answered with their status.
pub struct Tour {
    pub world: World,
    pub listening: Listening,
    /// What was asked and answered on the way: `openapi/v4.json` is made of it.
    pub heard: Vec<Heard>,
    done: BTreeSet<String>,
}

impl Tour {
    /// Sends a request and keeps what it made the server ask. `path` is the one that is called.
    async fn hear(&mut self, verb: &str, pattern: &str, path: &str, body: Option<Value>) -> Reply {
        self.listening.take();
        let reply = self.world.call(verb, path, body.clone()).await;
        let content = reply.headers["content-type"].to_str().unwrap().to_owned();
        let (asks, answer) = (self.listening.take(), reply.body.clone());
        self.heard.push(Heard { name: format!("{verb} {pattern}"), asks, sent: body, content, answer });
        self.done.insert(format!("{verb} {pattern}"));
        reply
    }
    /// A log as a file, in both its formats.
    async fn export(&mut self, path: &str) {
        let pattern = path.replacen('~', "/accounts/{account_id}", 1);
        for (format, media) in [("", "application/x-ndjson"), ("?format=csv", "text/csv; charset=utf-8")] {
            let reply = self.hear("GET", &pattern, &format!("{path}{format}"), None).await;
            assert_eq!((reply.status.as_u16(), reply.headers["content-type"].to_str().unwrap()), (200, media), "{path}{format}");
        }
    }
    async fn call(&mut self, verb: &str, pattern: &str, ids: &[&str], body: Option<Value>) -> Value {
        let pattern = pattern.replacen('~', "/accounts/{account_id}", 1);
        let op = operations().into_iter().find(|op| op.verb == verb && op.path == pattern);
        let op = op.unwrap_or_else(|| panic!("{verb} {pattern} is not an operation"));
        let mut ids = ids.iter();
        let path = pattern.split('/').map(|segment| match segment {
            "{account_id}" => self.world.account.clone(),
            s if s.starts_with('{') => (*ids.next().unwrap()).to_owned(),
            s => s.to_owned(),
        });
        let path = path.collect::<Vec<_>>().join("/");
        let before = audit::newest(&self.world).await;
        let result = self.hear(verb, &pattern, &path, body.clone()).await.good(op.status.as_u16());
        audit::audited(&self.world, &format!("{verb} {pattern}"), before, &[body.unwrap_or_default(), result.clone()]).await;
        result
    }
}

#[tokio::test]
async fn every_operation_answers_with_its_success_status() {
    let tour = walk().await;
    let all: BTreeSet<String> = operations().iter().map(|op| format!("{} {}", op.verb, op.path)).collect();
    assert_eq!(all.difference(&tour.done).collect::<Vec<_>>(), Vec::<&String>::new(), "operations without a success in this test");
}

/// Calls every operation once at least, with success.
pub async fn walk() -> Tour {
    let mut tour = Tour { world: World::start().await, listening: Listening::begin(), heard: Vec::new(), done: BTreeSet::new() };
    let everyone = json!([{ "everyone": {} }]);
    let policy = json!({ "name": "p", "decision": "allow", "include": everyone });
    for path in ["/accounts", "/user/tokens/verify", "~", "~/tokens/verify", "~/access/organizations", "~/access/keys"] {
        tour.call("GET", path, &[], None).await;
    }
    let idp = id(&tour.call("POST", "~/access/identity_providers", &[], Some(entra_body())).await);
    providers(&mut tour, &idp).await;
    posture(&mut tour).await;
    people(&mut tour, &idp).await;

    let group = json!({ "name": "g", "include": everyone });
    let made = id(&tour.call("POST", "~/access/groups", &[], Some(group.clone())).await);
    tour.call("GET", "~/access/groups", &[], None).await;
    life(&mut tour, "~/access/groups/{group_id}", &[&made], group).await;
    let made = id(&tour.call("POST", "~/access/policies", &[], Some(policy.clone())).await);
    tour.call("GET", "~/access/policies", &[], None).await;
    life(&mut tour, "~/access/policies/{policy_id}", &[&made], policy.clone()).await;
    let token = json!({ "name": "t" });
    let made = id(&tour.call("POST", "~/access/service_tokens", &[], Some(token.clone())).await);
    tour.call("GET", "~/access/service_tokens", &[], None).await;
    for verb in ["rotate", "refresh"] {
        tour.call("POST", &format!("~/access/service_tokens/{{service_token_id}}/{verb}"), &[&made], None).await;
    }
    life(&mut tour, "~/access/service_tokens/{service_token_id}", &[&made], token).await;
    objects(&mut tour).await;
    apps(&mut tour, policy).await;
    grants::walk(&mut tour).await;
    tour.call("PUT", "~/access/organizations", &[], Some(json!({ "name": "Harbour Works" }))).await;
    tour.call("PUT", "~/access/keys", &[], Some(json!({ "key_rotation_interval_days": 42 }))).await;
    tour.call("POST", "~/access/keys/rotate", &[], None).await;
    tour.call("GET", "~/doorward/health", &[], None).await;
    tour.call("POST", "~/doorward/reload", &[], None).await;
    tour.call("GET", "~/doorward/decision_counts", &[], None).await;
    tour.call("GET", "~/doorward/alerts", &[], None).await;
    let ways = json!({ "webhook_url": "https://alerts.harbourworks.example/doorward", "mail_to": ["tessa@harbourworks.example"] });
    tour.call("PUT", "~/doorward/alerts", &[], Some(ways.clone())).await;
    tour.call("GET", "~/doorward/alerts", &[], None).await;
    tour.world.alerter.no_mail.store(true, Ordering::SeqCst);
    tour.call("GET", "~/doorward/alerts", &[], None).await;
    tour.call("PUT", "~/doorward/alerts", &[], Some(json!({ "webhook_url": null, "mail_to": [] }))).await;
    tour.world.alerter.no_mail.store(false, Ordering::SeqCst);
    tour.call("PUT", "~/doorward/alerts", &[], Some(ways)).await;
    tour.call("POST", "~/doorward/alerts/test", &[], None).await;
    let made = tour.call("POST", "~/doorward/api_tokens", &[], Some(json!({ "name": "x", "permissions": [] }))).await;
    tour.call("GET", "~/doorward/api_tokens", &[], None).await;
    tour.call("PUT", "~/doorward/api_tokens/{token_id}/value", &[&id(&made)], None).await;
    life(&mut tour, "~/doorward/api_tokens/{token_id}", &[&id(&made)], json!({ "name": "y", "permissions": [] })).await;
    account_tokens(&mut tour).await;
    tour.call("GET", "~/doorward/audit", &[], None).await;
    tour.call("GET", "~/audit_logs", &[], None).await;
    tour.export("~/doorward/audit/export").await;
    let backup = "/accounts/{account_id}/doorward/backup";
    assert_eq!(tour.hear("GET", backup, "~/doorward/backup", None).await.status, 200);
    let pilots = json!({ "include": [{ "azureAD": { "id": "61503835-b6fe-4630-af88-de551dd59a2a", "identity_provider_id": idp } }] });
    let console = json!({ "administrators": pilots, "readers": pilots, "allowed_idps": [idp] });
    tour.call("GET", "~/doorward/console", &[], None).await;
    tour.call("PUT", "~/doorward/console", &[], Some(console)).await;
    tour.call("GET", "~/doorward/console", &[], None).await;
    let nobody_looks = json!({ "administrators": pilots, "readers": null, "allowed_idps": [idp] });
    tour.call("PUT", "~/doorward/console", &[], Some(nobody_looks)).await;
    tour.call("GET", "~/doorward/console", &[], None).await;
    tour.call("GET", "~/doorward/console/session", &[], None).await;
    tour.call("DELETE", "~/doorward/console", &[], None).await;
    tour.call("DELETE", "~/access/identity_providers/{identity_provider_id}", &[&idp], None).await;

    // The organisation is made with the server: its POST has no success here.
    tour.done.insert("POST /accounts/{account_id}/access/organizations".into());
    tour
}

async fn account_tokens(tour: &mut Tour) {
    let groups = tour.call("GET", "~/tokens/permission_groups", &[], None).await;
    let resources = json!({ format!("com.cloudflare.api.account.{}", tour.world.account): "*" });
    let policies = json!([{ "effect": "allow", "permission_groups": [{ "id": groups[0]["id"] }], "resources": resources }]);
    let body = json!({ "name": "x", "policies": policies });
    let made = tour.call("POST", "~/tokens", &[], Some(body.clone())).await;
    tour.call("GET", "~/tokens", &[], None).await;
    tour.call("PUT", "~/tokens/{token_id}/value", &[&id(&made)], Some(json!({}))).await;
    life(tour, "~/tokens/{token_id}", &[&id(&made)], body).await;
}

async fn life(tour: &mut Tour, item: &str, ids: &[&str], body: Value) {
    tour.call("GET", item, ids, None).await;
    tour.call("PUT", item, ids, Some(body)).await;
    tour.call("DELETE", item, ids, None).await;
}

async fn providers(tour: &mut Tour, idp: &str) {
    let item = "~/access/identity_providers/{identity_provider_id}";
    tour.call("GET", "~/access/identity_providers", &[], None).await;
    let mut body = tour.call("GET", item, &[idp], None).await;
    body["scim_config"]["enabled"] = json!(true);
    body["config"]["conditional_access_enabled"] = json!(true);
    tour.call("PUT", item, &[idp], Some(body)).await;
    tour.call("POST", &format!("{item}/refresh_scim_secret"), &[idp], None).await;
    tour.call("GET", &format!("{item}/scim/users"), &[idp], None).await;
    tour.call("GET", &format!("{item}/scim/groups"), &[idp], None).await;
    let own = "~/doorward/identity_providers/{identity_provider_id}/scim";
    let body = tour.call("GET", own, &[idp], None).await;
    tour.call("PUT", own, &[idp], Some(body)).await;
    provisioning_log(tour, idp).await;
    let cloud = "~/doorward/identity_providers/{identity_provider_id}/cloud";
    let body = tour.call("GET", cloud, &[idp], None).await;
    tour.call("PUT", cloud, &[idp], Some(body)).await;
    let credentials = "~/doorward/identity_providers/{identity_provider_id}/credentials";
    let body = tour.call("GET", credentials, &[idp], None).await;
    tour.call("PUT", credentials, &[idp], Some(body)).await;
    let options = "~/doorward/identity_providers/{identity_provider_id}/options";
    let body = tour.call("GET", options, &[idp], None).await;
    tour.call("PUT", options, &[idp], Some(body)).await;
    let guard = "~/doorward/identity_providers/{identity_provider_id}/scim/guard";
    for decision in ["release", "refuse"] {
        let tripped = model::provisioning_guard::Tripped { at: tour.world.now(), deactivated: 10, of: 12 };
        let provider = idp.parse().unwrap();
        tour.world.store.write(move |tx| tx.trip_guard(&provider, &tripped)).await.unwrap();
        tour.call("GET", guard, &[idp], None).await;
        tour.call("POST", &format!("{guard}/{decision}"), &[idp], None).await;
    }
    let check = "~/doorward/identity_providers/{identity_provider_id}/check";
    tour.call("POST", check, &[idp], None).await;
    tour.call("GET", check, &[idp], None).await;
    let group = crate::directory_groups::sent(&tour.world, idp).await;
    let groups = "~/doorward/identity_providers/{identity_provider_id}/scim/groups";
    tour.call("GET", groups, &[idp], None).await;
    tour.call("GET", &format!("{groups}/{{directory_group_id}}"), &[idp, &group], None).await;
    tour.call("GET", &format!("{groups}/{{directory_group_id}}/members"), &[idp, &group], None).await;
    let drift = "~/doorward/identity_providers/{identity_provider_id}/drift";
    tour.call("POST", drift, &[idp], None).await;
    tour.call("GET", drift, &[idp], None).await;
    tour.world.provisioned_group(idp, "Dock Crew", "5b1f0a3c-2d4e-4f6a-8b9c-0d1e2f3a4b5c").await;
    tour.call("GET", "~/doorward/identity_providers/{identity_provider_id}/groups", &[idp], None).await;
    let warnings = "~/doorward/warnings";
    let finding = model::finding::Finding::warning("clock-skew", "90 s", "NTP");
    let subject = model::warning::Subject::IdentityProvider(idp.parse().unwrap());
    let raised = model::warning::Warning::raise(model::WarningId::random(), subject, finding, tour.world.now());
    tour.world.store.write(move |tx| tx.put_warning(&raised)).await.unwrap();
    let warning = tour.call("GET", warnings, &[], None).await[0]["id"].as_str().unwrap().to_owned();
    tour.call("POST", &format!("{warnings}/{{warning_id}}/acknowledge"), &[&warning], None).await;
    let test = tour.call("POST", "~/doorward/identity_providers/{identity_provider_id}/test", &[idp], None).await;
    tour.call("GET", "~/doorward/identity_providers/{identity_provider_id}/tests/{test_id}", &[idp, &id(&test)], None).await;
    let contexts = "~/doorward/identity_providers/{identity_provider_id}/auth_contexts";
    tour.call("POST", &format!("{contexts}/refresh"), &[idp], None).await;
    tour.call("GET", contexts, &[idp], None).await;
}

async fn posture(tour: &mut Tour) {
    let (integrations, rules) = ("~/devices/posture/integration", "~/devices/posture");
    let config = json!({ "client_id": "b7d1e3f0-2c48-4f6d-9a55-71c0de8840aa", "client_secret": "x~y", "customer_id": "6f0c2b1e-93d4-4a57-8e21-0d9b7c5e4a10" });
    let body = json!({ "name": "Intune", "type": "intune", "interval": "10m", "config": config });
    let made = tour.call("POST", integrations, &[], Some(body)).await;
    let integration = made["id"].as_str().unwrap().to_owned();
    tour.call("GET", integrations, &[], None).await;
    let item = format!("{integrations}/{{integration_id}}");
    tour.call("GET", &item, &[&integration], None).await;
    tour.call("PATCH", &item, &[&integration], Some(json!({ "interval": "30m" }))).await;
    let input = json!({ "connection_id": integration, "compliance_status": "compliant" });
    let made = tour.call("POST", rules, &[], Some(json!({ "name": "Compliant", "type": "intune", "input": input }))).await;
    tour.call("GET", rules, &[], None).await;
    life(tour, &format!("{rules}/{{rule_id}}"), &[made["id"].as_str().unwrap()], made.clone()).await;
    tour.call("DELETE", &item, &[&integration], None).await;
}

async fn provisioning_log(tour: &mut Tour, idp: &str) {
    // Five: a group and one that was refused are among them. And one with nothing that can be absent.
    let mut ids = crate::provisioning_log::logged(&tour.world, idp, 5).await;
    ids.push(crate::provisioning_log::logged_bare(&tour.world, idp).await);
    tour.call("GET", "~/doorward/provisioning_log", &[], None).await;
    for id in ids {
        tour.call("GET", "~/doorward/provisioning_log/{update_id}", &[&id.to_string()], None).await;
    }
    // One needs a query, the other is no envelope.
    let updates = "/accounts/{account_id}/access/logs/scim/updates";
    tour.hear("GET", updates, &format!("~/access/logs/scim/updates?idp_id={idp}"), None).await.good(200);
    tour.export("~/doorward/provisioning_log/export").await;
}

async fn people(tour: &mut Tour, idp: &str) {
    let (mara, nonce) = tour.world.signed_in("mara@harbourworks.example", idp).await;
    let user = "~/access/users/{user_id}";
    for below in ["", "/active_sessions", "/failed_logins", "/last_seen_identity"] {
        tour.call("GET", &format!("{user}{below}"), &[&mara], None).await;
    }
    tour.call("GET", &format!("{user}/active_sessions/{{nonce}}"), &[&mara, &nonce], None).await;
    tour.call("GET", "~/doorward/users/{user_id}/sessions", &[&mara], None).await;
    tour.call("GET", "~/doorward/users/{user_id}", &[&mara], None).await;
    tour.call("GET", "~/doorward/users", &[], None).await;
    let options = "~/doorward/organization/options";
    let body = tour.call("GET", options, &[], None).await;
    tour.call("PUT", options, &[], Some(body)).await;
    tour.call("DELETE", "~/doorward/users/{user_id}/active_sessions/{nonce}", &[&mara, &nonce], None).await;
    let body = json!({ "email": "ilo@harbourworks.example", "name": "Ilo" });
    let ilo = tour.call("POST", "~/access/users", &[], Some(body.clone())).await;
    tour.call("GET", "~/access/users", &[], None).await;
    let taken = tour.call("GET", user, &[&mara], None).await;
    let seat = json!([{ "seat_uid": taken["seat_uid"], "access_seat": false, "gateway_seat": false }]);
    tour.call("PATCH", "~/access/seats", &[], Some(seat)).await;
    let revoked = tour.call("POST", "~/access/organizations/revoke_user", &[], Some(json!({ "email": "ilo@harbourworks.example" }))).await;
    assert_eq!(revoked, true);
    tour.call("PUT", user, &[&id(&ilo)], Some(body)).await;
    tour.call("DELETE", user, &[&id(&ilo)], None).await;
    tour.call("GET", "~/access/logs/access_requests", &[], None).await;
    let decision = a_decision(&tour.world).await;
    tour.call("GET", "~/doorward/decisions/{reference}", &[&decision], None).await;
    tour.call("GET", "~/doorward/decisions", &[], None).await;
    tour.world.get("~/doorward/decisions?total=false").await;
    tour.call("GET", "~/doorward/users/{user_id}/access", &[&mara], None).await;
    tour.export("~/doorward/decisions/export").await;
}

async fn a_decision(world: &World) -> String {
    let reference = model::Reference::from_bytes([9; 16]);
    let text = reference.to_string();
    world.store.record(model::log::AccessDecision {
        reference,
        at: world.now(),
        allowed: true,
        action: "login".into(),
        app_id: None,
        host: "wiki.localhost".into(),
        path: "/".into(),
        user_id: None,
        user_email: None,
        idp: None,
        ip: "203.0.113.7".parse().unwrap(),
        country: None,
        policy_id: None,
        explanation: Value::Null,
        facts: None,
    });
    text
}

/// What applications and rules name.
async fn objects(tour: &mut Tour) {
    let account = tour.call("GET", "~", &[], None).await;
    tour.call("PUT", "~", &[], Some(account)).await;
    let doh = tour.call("GET", "~/access/organizations/doh", &[], None).await;
    tour.call("PUT", "~/access/organizations/doh", &[], Some(doh)).await;

    let lists = "~/gateway/lists";
    let item = format!("{lists}/{{list_id}}");
    let items = json!([{ "value": "mara@harbourworks.example", "description": "harbour master" }]);
    let crew = json!({ "name": "Crew", "type": "EMAIL", "description": "on shift", "items": items });
    let list = id(&tour.call("POST", lists, &[], Some(crew.clone())).await);
    tour.call("GET", lists, &[], None).await;
    tour.call("GET", &format!("{item}/items"), &[&list], None).await;
    let edit = json!({ "append": [{ "value": "ilo@harbourworks.example", "description": "" }], "remove": ["mara@harbourworks.example"] });
    tour.call("PATCH", &item, &[&list], Some(edit)).await;
    life(tour, &item, &[&list], crew).await;

    let tag = json!({ "name": "crew" });
    tour.call("POST", "~/access/tags", &[], Some(tag.clone())).await;
    tour.call("GET", "~/access/tags", &[], None).await;
    life(tour, "~/access/tags/{tag_name}", &["crew"], tag).await;

    let page = json!({ "name": "Moored", "type": "forbidden", "custom_html": "<h1>Moored</h1>", "contract_version": 1 });
    let made = tour.call("POST", "~/access/custom_pages", &[], Some(page.clone())).await;
    tour.call("GET", "~/access/custom_pages", &[], None).await;
    life(tour, "~/access/custom_pages/{custom_page_id}", &[made["uid"].as_str().unwrap()], page).await;

    let bookmark = json!({ "name": "Handbook", "domain": "https://handbook.example", "logo_url": "https://handbook.example/l.png" });
    let (item, mark) = ("~/access/bookmarks/{bookmark_id}", "86666835-06aa-4d90-8bbd-5a74ac4edf68");
    tour.call("POST", item, &[mark], Some(bookmark.clone())).await;
    tour.call("GET", "~/access/bookmarks", &[], None).await;
    life(tour, item, &[mark], bookmark).await;

    let authority =
        json!({ "name": "Devices", "certificate": crate::certificates::authority().0, "associated_hostnames": ["wiki.localhost"] });
    let made = id(&tour.call("POST", "~/access/certificates", &[], Some(authority)).await);
    tour.call("GET", "~/access/certificates", &[], None).await;
    tour.call("GET", "~/doorward/certificates/{certificate_id}", &[&made], None).await;
    let settings = tour.call("GET", "~/access/certificates/settings", &[], None).await;
    tour.call("PUT", "~/access/certificates/settings", &[], Some(json!({ "settings": settings }))).await;
    let bare = json!({ "name": "Devices", "associated_hostnames": [] });
    life(tour, "~/access/certificates/{certificate_id}", &[&made], bare).await;
}

async fn apps(tour: &mut Tour, policy: Value) {
    let body = json!({ "name": "wiki", "type": "self_hosted", "domain": "wiki.localhost" });
    let app = id(&tour.call("POST", "~/access/apps", &[], Some(body.clone())).await);
    tour.call("GET", "~/access/apps", &[], None).await;
    let item = "~/access/apps/{app_id}";
    let first = id(&tour.call("POST", &format!("{item}/policies"), &[&app], Some(policy.clone())).await);
    let second = id(&tour.call("POST", &format!("{item}/policies"), &[&app], Some(policy.clone())).await);
    tour.call("GET", &format!("{item}/policies"), &[&app], None).await;
    tour.call("PUT", &format!("{item}/policies/{{policy_id}}/make_reusable"), &[&app, &first], None).await;
    trying(tour, &app, (&first, &policy)).await;
    life(tour, &format!("{item}/policies/{{policy_id}}"), &[&app, &second], policy).await;
    tour.call("POST", &format!("{item}/revoke_tokens"), &[&app], None).await;
    tour.call("PUT", &format!("{item}/settings"), &[&app], Some(json!({}))).await;
    tour.call("PATCH", &format!("{item}/settings"), &[&app], Some(json!({}))).await;
    let ca = format!("{item}/ca");
    tour.call("POST", &ca, &[&app], None).await;
    tour.call("GET", &ca, &[&app], None).await;
    tour.call("GET", "~/access/apps/ca", &[], None).await;
    tour.call("DELETE", &ca, &[&app], None).await;
    let upstream = "~/doorward/apps/{app_id}/upstream";
    tour.call("PUT", upstream, &[&app], Some(json!({ "url": "http://127.0.0.1:1" }))).await;
    tour.call("GET", upstream, &[&app], None).await;
    tour.call("DELETE", upstream, &[&app], None).await;
    let streams = "~/doorward/apps/{app_id}/streams";
    tour.call("PUT", streams, &[&app], Some(json!({ "token_expiry": "keep" }))).await;
    tour.call("GET", streams, &[&app], None).await;
    life(tour, item, &[&app], body).await;
}

/// Policies tried on people and on the log.
async fn trying(tour: &mut Tour, app: &str, (id_of_policy, policy): (&str, &Value)) {
    let person = tour.world.call("POST", "~/access/users", Some(json!({ "email": "bram@harbourworks.example", "name": "Bram" }))).await;
    let person = id(&person.good(201));
    tour.call("GET", "~/access/apps/{app_id}/user_policy_checks", &[app], None).await;
    tour.call("GET", "~/doorward/apps/{app_id}/access", &[app], None).await;
    let check = "/accounts/{account_id}/doorward/apps/{app_id}/check";
    tour.hear("GET", check, &format!("~/doorward/apps/{app}/check?email=bram@harbourworks.example"), None).await.good(200);
    let body = json!({ "policies": [id_of_policy, policy] });
    let test = id(&tour.call("POST", "~/access/policy-tests", &[], Some(body)).await);
    // Whom it has judged is in the description: not before everybody was.
    while tour.world.get(&format!("~/access/policy-tests/{test}")).await["status"] == "processing" {
        tokio::task::yield_now().await;
    }
    tour.call("GET", "~/access/policy-tests/{policy_test_id}", &[&test], None).await;
    tour.call("GET", "~/access/policy-tests/{policy_test_id}/users", &[&test], None).await;
    tour.call("GET", "~/doorward/policy-tests/{policy_test_id}/users/{user_id}", &[&test, &person], None).await;
    tour.call("DELETE", "~/doorward/policy-tests/{policy_test_id}", &[&test], None).await;
    let uses = "/accounts/{account_id}/doorward/uses";
    tour.hear("GET", uses, &format!("~/doorward/uses?policy_id={id_of_policy}"), None).await.good(200);
    let mut edited = policy.clone();
    edited["id"] = json!(id_of_policy);
    tour.call("POST", "~/doorward/policies/replay", &[], Some(json!({ "since": "24h", "with": edited }))).await;
}

#[tokio::test]
async fn what_is_not_built_answers_501_and_says_not_to_retry() {
    let world = World::start().await;
    let built: BTreeSet<(String, &str)> = operations().iter().map(|op| (op.verb.to_string(), op.path)).collect();
    let mut unbuilt = 0;
    for (verb, pattern, _) in lines().filter(|(verb, path, _)| !built.contains(&((*verb).to_owned(), *path))) {
        let path = pattern.replace("{account_id}", &world.account);
        let path = path.split('/').map(|s| if s.starts_with('{') { "6f0c2b1e93d44a578e210d9b7c5e4a10" } else { s });
        let reply = world.call(verb, &path.collect::<Vec<_>>().join("/"), None).await;
        assert_eq!(reply.bad(501).len(), 1, "{verb} {pattern}");
        assert_eq!(reply.headers.get("x-should-retry").unwrap(), "false");
        unbuilt += 1;
    }
    assert!(unbuilt > 100, "{unbuilt}");
}

#[tokio::test]
async fn unknown_paths_wrong_verbs_and_odd_ids_are_told_apart() {
    let world = World::start().await;
    for path in ["~/access/nonsense", "/nonsense", "~/doorward", "~/access/apps/", ""] {
        let codes: Vec<u64> = world.call("GET", path, None).await.bad(404).into_iter().map(|(code, _)| code).collect();
        assert_eq!(codes, [7003, 7000], "{path}");
    }
    let wrong = world.call("PATCH", "~/access/apps", None).await;
    wrong.bad(405);
    assert_eq!(wrong.headers.get("allow").unwrap(), "GET, POST");
    let own = world.call("POST", "~/doorward/health", None).await;
    own.bad(405);
    assert_eq!(world.call("GET", "~/access/apps/12", None).await.bad(404)[0].0, 7003);
    assert_eq!(world.call("GET", "/accounts/abc/access/apps", None).await.bad(404)[0].0, 7003);
    let gone = world.call("GET", "~/access/apps/86666835-06aa-4d90-8bbd-5a74ac4edf68", None).await;
    assert_eq!(gone.bad(404)[0].0, 12135);
    let head = world.call("HEAD", "~/access/apps", None).await;
    assert_eq!(head.status, 200);
}

#[tokio::test]
async fn odd_bodies_are_refused() {
    let world = World::start().await;
    let bearer = format!("Bearer {}", world.token);
    let send = async |body: String| world.send("POST", "~/access/groups", Some(&bearer), Some(body)).await;
    for body in ["", "{", "[]", "null", "\"x\"", "{\"name\":\"\\ud800\"}"] {
        assert_eq!(send(body.into()).await.pointers()[0], "", "{body:?}");
    }
    let deep = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
    assert_eq!(send(deep).await.pointers(), [""]);
    let large = json!({ "name": "x".repeat(1 << 20), "include": [] }).to_string();
    assert_eq!(send(large).await.status, 413);
    let many = json!({ "name": "x", "include": vec![json!({ "everyone": {} }); 2001] }).to_string();
    assert_eq!(send(many).await.pointers(), ["/include"]);
    let faults = json!({ "name": "x", "include": vec![json!(1); 500] }).to_string();
    assert_eq!(send(faults).await.pointers().len(), 100);
}
