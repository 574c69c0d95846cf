//! Owns a small tenant with a provisioning job whose SCIM server records what it is sent.

use entra_sim::{Seed, TenantSource};
use parking_lot::Mutex;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::scim_server::{SECRET, ScimServer};
use crate::world::{World, browser, world_of};

/// Default access, without a role.
pub const DEFAULT_ACCESS: &str = "00000000-0000-0000-0000-000000000000";

/// A small tenant: direct assignment of Ada, group Crew (Bo, Cy, and nested Deep with Di), Eve disabled in Crew.
pub const TENANT: &str = r#"{
  "tenant": {"domain": "pier.example", "displayName": "Pier"},
  "users": [
    {"userPrincipalName": "ada@pier.example", "displayName": "Ada", "mailNickname": "ada", "password": "x", "mail": "ada@pier.example", "department": "Docks", "manager": "bo@pier.example"},
    {"userPrincipalName": "bo@pier.example", "displayName": "Bo", "mailNickname": "bo", "password": "x"},
    {"userPrincipalName": "cy@pier.example", "displayName": "Cy", "mailNickname": "cy", "password": "x"},
    {"userPrincipalName": "di@pier.example", "displayName": "Di", "mailNickname": "di", "password": "x"},
    {"userPrincipalName": "eve@pier.example", "displayName": "Eve", "mailNickname": "eve", "password": "x", "accountEnabled": false},
    {"userPrincipalName": "gus_far.example#EXT#@pier.example", "displayName": "Gus", "mailNickname": "gus", "password": "x", "userType": "Guest"}
  ],
  "groups": [
    {"name": "Deep", "members": ["di@pier.example"]},
    {"name": "Crew", "members": ["bo@pier.example", "cy@pier.example", "eve@pier.example", "group:Deep"]}
  ],
  "apps": [
    {"name": "doorward"},
    {"name": "doorward provisioning", "kind": "provisioning", "assigned": ["ada@pier.example", "group:Crew", "gus_far.example#EXT#@pier.example"]},
    {"name": "harbour-admin", "application": ["User.ReadWrite.All", "GroupMember.ReadWrite.All", "Group.ReadWrite.All",
      "Synchronization.ReadWrite.All", "AppRoleAssignment.ReadWrite.All", "Directory.Read.All", "Application.ReadWrite.All"]}
  ]
}"#;

pub struct Bench {
    pub world: World,
    pub scim: ScimServer,
    admin: Mutex<String>,
    pub job: String,
    pub path: String,
}

pub async fn bench_of(tenant: TenantSource, flag: &str) -> Bench {
    let (scim, url) = ScimServer::start().await;
    let world =
        world_of(Seed { tenant, scim_base: Some(format!("{url}{flag}")), scim_secret: Some(SECRET.into()), ..Seed::default() }).await;
    let admin = Mutex::new(world.admin().await);
    let job = world.sim.job().unwrap();
    let path = format!("/servicePrincipals/{}/synchronization", job.service_principal_id);
    Bench { world, scim, admin, path, job: job.id }
}

pub async fn bench() -> Bench {
    bench_of(TenantSource::Json(TENANT.into()), "").await
}

impl Bench {
    pub async fn run_with(&self, order: Value) -> Value {
        let url = format!("{}/sim/provisioning/{}/run", self.world.sim.base, self.job);
        let answer = browser().post(url).json(&order).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        answer.json().await.unwrap()
    }

    pub async fn run(&self) -> Value {
        self.run_with(json!({})).await
    }

    pub async fn write(&self, method: Method, path: &str, body: Value) -> Value {
        let admin = self.admin();
        self.world.write(&admin, method, path, body).await
    }

    pub fn admin(&self) -> String {
        self.admin.lock().clone()
    }

    pub async fn get(&self, path: &str) -> Value {
        let admin = self.admin();
        self.world.get(&admin, path).await
    }

    /// Calls a control endpoint.
    pub async fn sim(&self, method: Method, path: &str, body: Value) -> Value {
        let answer = browser().request(method, format!("{}/sim{path}", self.world.sim.base)).json(&body).send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        serde_json::from_str(&answer.text().await.unwrap()).unwrap_or_default()
    }

    /// Moves the clock; what cycles ran on the way.
    pub async fn pass(&self, seconds: i64, stepwise: bool) -> Vec<Value> {
        let moved = self.sim(Method::POST, "/time", json!({"advance_seconds": seconds, "stepwise": stepwise})).await;
        // The former token may be over.
        let admin = self.world.admin().await;
        *self.admin.lock() = admin;
        moved["cycles"].as_array().unwrap().clone()
    }

    pub async fn status(&self) -> Value {
        self.get(&format!("{}/jobs/{}", self.path, self.job)).await["status"].clone()
    }

    pub async fn act(&self, action: &str, body: Value) {
        self.write(Method::POST, &format!("{}/jobs/{}/{action}", self.path, self.job), body).await;
    }

    pub async fn idle(&self) {
        self.sim(Method::GET, &format!("/provisioning/{}/idle", self.job), Value::Null).await;
    }

    /// Changes the schema as an administrator does: reads it, edits it, puts it back.
    pub async fn remap(&self, edit: impl FnOnce(&mut Value)) {
        let path = format!("{}/jobs/{}/schema", self.path, self.job);
        let mut schema = self.get(&path).await;
        edit(&mut schema["synchronizationRules"][0]["objectMappings"]);
        self.write(Method::PUT, &path, schema).await;
    }

    pub async fn on_demand(&self, subject: Value) -> Value {
        let rule = self.world.sim.job().unwrap().rule_id;
        let body = json!({"parameters": [{"ruleId": rule, "subjects": [subject]}]});
        let answer = self.write(Method::POST, &format!("{}/jobs/{}/provisionOnDemand", self.path, self.job), body).await;
        assert_eq!(answer["key"], "Microsoft.Identity.Health.CPP.Common.DataContracts.SyncFabric.StatusInfo");
        serde_json::from_str(answer["value"].as_str().unwrap()).unwrap()
    }

    pub fn principal(&self) -> String {
        self.world.sim.job().unwrap().service_principal_id.to_string()
    }

    pub async fn assign(&self, id: &str, role: &str) {
        let sp = self.principal();
        let body = json!({"principalId": id, "resourceId": sp, "appRoleId": role});
        self.write(Method::POST, &format!("/servicePrincipals/{sp}/appRoleAssignedTo"), body).await;
    }

    pub async fn unassign(&self, id: &str) {
        let path = format!("/servicePrincipals/{}/appRoleAssignedTo", self.principal());
        let list = self.get(&path).await;
        for held in list["value"].as_array().unwrap().iter().filter(|held| held["principalId"] == id) {
            self.write(Method::DELETE, &format!("{path}/{}", held["id"].as_str().unwrap()), Value::Null).await;
        }
    }

    /// Writes since the last look: method, path, and the operations or the whole body.
    pub fn sent(&self) -> Vec<Value> {
        let shown = |(method, path, body): (String, String, Value)| {
            let body = body.get("Operations").cloned().unwrap_or(body);
            json!([method, path, body])
        };
        self.writes().into_iter().map(shown).collect()
    }

    pub fn target(&self, name: &str) -> String {
        format!("Users/{}", self.held(name)["id"].as_str().unwrap())
    }

    pub fn user(&self, name: &str) -> String {
        self.world.sim.person(&format!("{name}@pier.example")).unwrap().id.to_string()
    }

    pub fn writes(&self) -> Vec<(String, String, Value)> {
        let seen = self.scim.taken().into_iter().filter(|one| one.method != "GET");
        seen.map(|one| (one.method, one.path, one.body)).collect()
    }

    pub fn held(&self, name: &str) -> Value {
        self.scim.one("Users", "userName", &format!("{name}@pier.example")).unwrap()
    }

    pub fn members(&self) -> Vec<String> {
        let crew = self.scim.one("Groups", "displayName", "Crew").unwrap();
        crew["members"].as_array().into_iter().flatten().map(|one| one.as_str().unwrap().to_owned()).collect()
    }
}
