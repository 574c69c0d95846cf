//! Microsoft Graph with an administrator's token, as a script would use it.

use http::Method;
use reqwest::Client;
use serde_json::{Value, json};

use crate::{must::Must, tenant::upn};

/// Graph of the world's tenant.
#[derive(Clone)]
pub struct Graph {
    client: Client,
    base: String,
    token: String,
}

impl Graph {
    pub(crate) async fn open(client: Client, sim: &entra_sim::Running) -> Self {
        let app = sim.admin_app().must("the administrator's application");
        let (id, scope) = (app.client_id.to_string(), format!("{}/.default", sim.base));
        let form = [("grant_type", "client_credentials"), ("client_id", &id), ("client_secret", &app.client_secret), ("scope", &scope)];
        let url = format!("{}/oauth2/v2.0/token", sim.authority());
        let answer: Value = client.post(url).form(&form).send().await.must("a token").json().await.must("a token's JSON");
        let token = answer["access_token"].as_str().must("an access token").to_owned();
        Self { client, base: sim.base.clone(), token }
    }

    /// Calls Graph; an empty answer is null.
    pub async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let mut request = self.client.request(method.clone(), format!("{}/v1.0{path}", self.base)).bearer_auth(&self.token);
        request = request.header("consistencylevel", "eventual");
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.must("Graph answers");
        let (status, text) = (answer.status(), answer.text().await.must("Graph's body"));
        assert!(status.is_success(), "{method} {path} answered {status}: {text}");
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }

    /// Allows or forbids a person to sign in.
    pub async fn enable(&self, name: &str, enabled: Enabled) {
        let body = json!({ "accountEnabled": enabled == Enabled::Yes });
        self.call(Method::PATCH, &format!("/users/{}", upn(name)), Some(body)).await;
    }

    /// Forbids a person to sign in.
    pub async fn disable(&self, name: &str) {
        self.enable(name, Enabled::No).await;
    }

    /// Withdraws every sign-in of a person; they may sign in anew.
    pub async fn revoke(&self, name: &str) {
        self.call(Method::POST, &format!("/users/{}/revokeSignInSessions", upn(name)), None).await;
    }

    /// Takes a person out of a group.
    pub async fn leave(&self, name: &str, group: &str) {
        let (group, person) = (self.group(group).await, self.person(name).await);
        self.call(Method::DELETE, &format!("/groups/{group}/members/{person}/$ref"), None).await;
    }

    /// Puts a person into a group.
    pub async fn join(&self, name: &str, group: &str) {
        let (group, person) = (self.group(group).await, self.person(name).await);
        let body = json!({ "@odata.id": format!("{}/v1.0/directoryObjects/{person}", self.base) });
        self.call(Method::POST, &format!("/groups/{group}/members/$ref"), Some(body)).await;
    }

    /// Object id of a person.
    pub async fn person(&self, name: &str) -> String {
        let found = self.call(Method::GET, &format!("/users/{}", upn(name)), None).await;
        found["id"].as_str().must("an object id").to_owned()
    }

    async fn group(&self, name: &str) -> String {
        let filter = format!("displayName eq '{name}'").replace(' ', "%20").replace('\'', "%27");
        let found = self.call(Method::GET, &format!("/groups?$filter={filter}&$count=true"), None).await;
        found["value"][0]["id"].as_str().must(name).to_owned()
    }
}

/// Whether a person may sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enabled {
    /// They may.
    Yes,
    /// They may not.
    No,
}
