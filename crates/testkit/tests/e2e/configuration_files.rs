//! The commands `export`, `plan` and `apply` against a running server.

use std::path::{Path, PathBuf};

use http::Method;
use serde_json::{Value, json};
use server::{
    Access, audit,
    configuration::{self, ConfigurationError, Format, Order, Prune},
};
use testkit::{World, allow_group};

/// What the commands are given.
struct Desk {
    api: String,
    token_file: PathBuf,
    ca_file: PathBuf,
    folder: PathBuf,
}

impl Desk {
    fn of(world: &World) -> Self {
        let folder = world.folder().to_owned();
        let token_file = folder.join("token");
        std::fs::write(&token_file, world.api().token()).unwrap();
        // The secret of the sign-in application, where files of these tests look for it.
        std::fs::write(folder.join("secret"), world.sim().sign_in_app().unwrap().client_secret).unwrap();
        Self { api: world.team(), token_file, ca_file: folder.join("ca/ca.pem"), folder }
    }
    fn access(&self) -> Access<'_> {
        Access { api: &self.api, token_file: &self.token_file, ca_file: Some(&self.ca_file) }
    }
    fn order(&self, name: &str, text: &str, prune: Prune) -> Order {
        let file = self.folder.join(name);
        std::fs::write(&file, text).unwrap();
        Order { file, prune, secrets_out: None }
    }
    async fn export(&self) -> Value {
        serde_json::from_str(&configuration::export(&self.access(), Format::Json).await.unwrap()).unwrap()
    }
}

/// A file with nothing in it, of every kind of list that another one has.
fn emptied(file: &Value) -> Value {
    let lists = file.as_object().unwrap().iter().filter(|(_, value)| value.is_array());
    Value::Object(lists.map(|(key, _)| (key.clone(), json!([]))).collect())
}

/// Secrets from a file instead of the environment.
fn from_file(mut file: Value) -> Value {
    for kind in ["identity_providers", "posture_integrations"] {
        for object in file[kind].as_array_mut().unwrap() {
            assert!(object["config"]["client_secret"]["env"].is_string(), "an export says where a secret is to come from: {object}");
            object["config"]["client_secret"] = json!({ "file": "secret" });
        }
    }
    file
}

async fn harbour() -> World {
    let world = World::start().await;
    let api = world.api();
    world.app("wiki").policy(allow_group("Pilots")).upstream("response_timeout_ms", json!(5000)).create().await;
    let group =
        api.post("access/groups", json!({ "name": "Crew", "include": [{ "email_domain": { "domain": "harbourworks.example" } }] })).await;
    let probe = api.post("access/service_tokens", json!({ "name": "probe", "duration": "8760h" })).await;
    let include = json!([{ "group": { "id": group["id"] } }, { "login_method": { "id": world.idp() } }]);
    api.post(
        "access/groups",
        json!({ "name": "All crew", "include": include, "exclude": [{ "email": { "email": "no@harbourworks.example" } }] }),
    )
    .await;
    let policy = json!({ "name": "Probes", "decision": "non_identity", "include": [{ "service_token": { "token_id": probe["id"] } }] });
    let policy = api.post("access/policies", policy).await;
    let mail = json!({ "name": "mail", "type": "self_hosted", "domain": "mail.localhost", "policies": [policy["id"]], "allowed_idps": [world.idp()] });
    api.post("access/apps", mail).await;
    let integration = json!({ "name": "Intune", "type": "intune", "interval": "30m", "config": {
        "client_id": "0f6a1f7e-55b0-4a6b-a1c0-0f7b2d9d4c11", "client_secret": "q3H8Q~vX1ZsbLr0nE", "customer_id": "9d1f3a52-7c9e-4d3a-8b7d-5d2f7f0a3e64" } });
    let integration = api.post("devices/posture/integration", integration).await;
    let rule = json!({ "name": "Compliant", "type": "doorward_intune_all_devices",
        "input": { "connection_id": integration["id"], "compliance_status": "compliant" } });
    api.post("devices/posture", rule).await;
    named_things(&world).await;
    world
}

/// What rules and applications name: a list, a tag, a page, an authority; and applications of the other types.
async fn named_things(world: &World) {
    let api = world.api();
    let list = json!({ "name": "Captains", "type": "EMAIL", "items": [{ "value": "mara@harbourworks.example", "description": "first" }, { "value": "tessa@harbourworks.example" }] });
    let list = api.post("gateway/lists", list).await;
    api.post("access/groups", json!({ "name": "Captains", "include": [{ "email_list": { "id": list["id"] } }] })).await;
    api.post("access/tags", json!({ "name": "harbour" })).await;
    let page = json!({ "name": "Sorry", "type": "identity_denied", "custom_html": "<html><body><h1>Not today</h1></body></html>" });
    let page = api.post("access/custom_pages", page).await;
    let pem = std::fs::read_to_string(world.folder().join("ca/ca.pem")).unwrap();
    let authority = json!({ "name": "Devices", "certificate": pem, "associated_hostnames": ["chart.localhost"] });
    api.post("access/certificates", authority).await;
    let settings =
        json!({ "settings": [{ "hostname": "chart.localhost", "china_network": false, "client_certificate_forwarding": true }] });
    assert_eq!(api.call(Method::PUT, "access/certificates/settings", Some(&settings)).await.status, 202);
    let chart = json!({ "name": "chart", "type": "self_hosted", "domain": "chart.localhost", "tags": ["harbour"], "custom_pages": [page["uid"]],
        "policies": [{ "name": "Devices", "decision": "non_identity", "include": [{ "certificate": {} }] }] });
    api.post("access/apps", chart).await;
    api.post("access/apps", json!({ "name": "Tide table", "type": "bookmark", "domain": "https://tides.example/", "tags": ["harbour"] }))
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_exported_and_applied_to_an_empty_server_is_exported_again() {
    let world = harbour().await;
    let desk = Desk::of(&world);
    let before = desk.export().await;
    let text = before.to_string();
    assert_eq!(before["groups"][1]["include"][0], json!({ "group": { "id": "Crew" } }), "names instead of ids");
    assert_eq!(before["apps"][1]["policies"], json!(["Probes"]));
    assert_eq!((&before["apps"][2]["tags"], &before["apps"][2]["custom_pages"]), (&json!(["harbour"]), &json!(["Sorry"])));
    assert_eq!(before["lists"][0]["items"][0], json!({ "value": "mara@harbourworks.example", "description": "first" }));
    assert!(before["certificates"][0]["certificate"].as_str().unwrap().starts_with("-----BEGIN CERTIFICATE"));
    assert!(before["custom_pages"][0]["custom_html"].as_str().unwrap().contains("Not today"));
    assert_eq!(before["posture_rules"][0]["input"]["connection_id"], "Intune");
    assert_eq!(before["apps"][0]["doorward"]["upstream"]["response_timeout_ms"], 5000);
    for secret in ["q3H8Q", &world.sim().sign_in_app().unwrap().client_secret] {
        assert!(!text.contains(secret), "an export has no secret");
    }
    let yaml = configuration::export(&desk.access(), Format::Yaml).await.unwrap();

    let same = desk.order("same.yaml", &yaml, Prune::Listed);
    let plan = configuration::plan(&desk.access(), &same).await.unwrap();
    assert!(plan.is_empty(), "{}", plan.text());

    let nothing = desk.order("nothing.json", &emptied(&before).to_string(), Prune::Listed);
    let applied = configuration::apply(&desk.access(), &nothing).await.unwrap();
    assert!(applied.is_whole(), "{}", applied.text());
    assert_eq!(emptied(&desk.export().await), {
        let mut empty = desk.export().await;
        empty.as_object_mut().unwrap().retain(|_, value| value.is_array());
        empty
    });

    let mut again = desk.order("again.json", &from_file(before.clone()).to_string(), Prune::Listed);
    let refused = configuration::apply(&desk.access(), &again).await.unwrap_err();
    assert!(matches!(refused, ConfigurationError::NoPlaceForSecrets(_)), "{refused}");
    again.secrets_out = Some(desk.folder.join("made"));
    let applied = configuration::apply(&desk.access(), &again).await.unwrap();
    assert!(applied.is_whole(), "{}", applied.text());
    assert_eq!(desk.export().await, before);
    assert_eq!(configuration::export(&desk.access(), Format::Yaml).await.unwrap(), yaml);
    let plan = configuration::plan(&desk.access(), &again).await.unwrap();
    assert!(plan.is_empty(), "twice is once: {}", plan.text());
    told_once(&desk.folder.join("made"), &world).await;
}

/// The secrets that the server made are in the new file, and good.
async fn told_once(file: &Path, world: &World) {
    let lines: Vec<Value> = std::fs::read_to_string(file).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |kind: &str| lines.iter().find(|line| line["kind"] == kind).unwrap();
    assert!(of("service_tokens")["client_secret"].as_str().unwrap().starts_with("cfast_"));
    let scim = of("identity_providers");
    let client = world.network().client(testkit::Speech::Http1);
    let users = client.get(format!("{}/Users", scim["scim_base_url"].as_str().unwrap())).bearer_auth(scim["secret"].as_str().unwrap());
    assert_eq!(users.send().await.unwrap().status(), 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_written_by_hand_changes_what_it_mentions_and_people_get_in() {
    let world = harbour().await;
    let desk = Desk::of(&world);
    let pilots = world.sim().group_id("Pilots").unwrap();
    let text = format!(
        "groups:\n- name: Pilots\n  include:\n  - azureAD: {{id: {pilots}, identity_provider_id: Harbour Works Entra}}\n\
         policies:\n- name: Pilots in\n  decision: allow\n  include:\n  - group: {{id: Pilots}}\n\
         apps:\n- name: logbook\n  type: self_hosted\n  domain: logbook.localhost\n  allowed_idps: [Harbour Works Entra]\n  auto_redirect_to_identity: true\n  policies: [Pilots in]\n  \
         doorward:\n    upstream: {{url: \"{}\"}}\n- name: mail\n  session_duration: 6h\n",
        world.origin().url()
    );
    let order = desk.order("hand.yaml", &text, Prune::Nothing);
    let plan = configuration::plan(&desk.access(), &order).await.unwrap();
    assert!(plan.text().ends_with("Plan: 4 to make, 1 to change, 0 to remove.\n"), "{}", plan.text());
    assert!(plan.text().contains("/session_duration: \"24h\" -> \"6h\""), "{}", plan.text());
    let applied = configuration::apply(&desk.access(), &order).await.unwrap();
    assert!(applied.is_whole(), "{}", applied.text());
    assert!(configuration::plan(&desk.access(), &order).await.unwrap().is_empty());
    let app = world.api().get("access/apps?name=mail").await;
    assert_eq!((&app[0]["session_duration"], app[0]["policies"].as_array().unwrap().len()), (&json!("6h"), 1), "the rest stays");
    let page = world.browser().sign_in("mara").open(format!("https://logbook.localhost:{}/", world.port())).await;
    assert_eq!(page.status, 200);
    let told =
        audit::show(&desk.access(), &audit::Order { action: Some("app.".into()), ..Default::default() }, audit::Form::Text).await.unwrap();
    assert!(told.lines().last().unwrap().ends_with("session_duration"), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_that_is_refused_ends_it_and_the_rest_is_told() {
    let world = harbour().await;
    let desk = Desk::of(&world);
    let text = "groups:\n- name: One\n  include: [{everyone: {}}]\n- name: Two\n  include: [{emial: {email: x}}]\n- name: Three\n  include: [{everyone: {}}]\n";
    let order = desk.order("wrong.yaml", text, Prune::Nothing);
    let applied = configuration::apply(&desk.access(), &order).await.unwrap();
    assert!(!applied.is_whole());
    let told = applied.text();
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!((lines[0], lines[1]), ("done      make group \"One\"", "FAILED    make group \"Two\""), "{told}");
    assert!(lines[2].contains("/include/0"), "{told}");
    assert_eq!(lines[3], "not done  make group \"Three\"");
    assert!(told.contains("1 of 3 steps were done"), "{told}");
    assert_eq!(applied.json()["done"], 1);
    let names: Vec<Value> = world.api().get("access/groups").await.as_array().unwrap().iter().map(|g| g["name"].clone()).collect();
    assert!(names.contains(&json!("One")) && !names.contains(&json!("Three")), "{names:?}");

    let narrow = world.api().post("doorward/api_tokens", json!({ "name": "narrow", "permissions": ["apps_read"] })).await;
    std::fs::write(&desk.token_file, narrow["value"].as_str().unwrap()).unwrap();
    let refused = configuration::plan(&desk.access(), &order).await.unwrap_err();
    assert!(refused.to_string().contains("Zero Trust Read") || refused.to_string().contains("permission"), "{refused}");
    assert_eq!(world.api().call(Method::GET, "access/groups", None).await.status, 200);
}
