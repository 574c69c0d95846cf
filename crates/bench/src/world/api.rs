//! doorward's API as any script uses it: the provider, applications with their policies and origins, revocations.

use anyhow::{Context, Result, bail};
use reqwest::{Client, Method};
use serde_json::{Value, json};

use super::sim::Tenant;

/// The API with the administrator's token.
#[derive(Clone)]
pub struct Api {
    client: Client,
    root: String,
    token: String,
    account: String,
}

/// An application.
#[derive(Debug, Clone)]
pub struct App {
    pub id: String,
    pub host: String,
    pub aud: String,
    /// Its policies, in order.
    pub policies: Vec<String>,
}

impl Api {
    /// Finds the account.
    pub async fn open(client: Client, team: &str, token: &str) -> Result<Self> {
        let mut api = Self { client, root: format!("{team}/client/v4"), token: token.trim().to_owned(), account: String::new() };
        let accounts = api.call(Method::GET, "/accounts", &Value::Null).await?;
        api.account = accounts[0]["id"].as_str().context("the API lists no account")?.to_owned();
        Ok(api)
    }

    /// Something below the account.
    pub async fn ask(&self, method: Method, path: &str, body: &Value) -> Result<Value> {
        self.call(method, &format!("/accounts/{}/{path}", self.account), body).await
    }

    async fn call(&self, method: Method, path: &str, body: &Value) -> Result<Value> {
        let what = format!("{method} {path}");
        let mut request = self.client.request(method, format!("{}{path}", self.root)).bearer_auth(&self.token);
        if !body.is_null() {
            request = request.json(body);
        }
        let answer = request.send().await.with_context(|| what.clone())?;
        let (status, text) = (answer.status(), answer.text().await.with_context(|| what.clone())?);
        let mut told: Value = serde_json::from_str(&text).with_context(|| format!("{what} answered {status} without JSON"))?;
        if !status.is_success() {
            bail!("{what} answered {status}: {text}");
        }
        Ok(told["result"].take())
    }

    /// Makes the login method of the simulator's tenant and answers its id.
    pub async fn provider(&self, tenant: &Tenant) -> Result<String> {
        let body = json!({
            "name": "Harbour Works Entra ID",
            "type": "azureAD",
            "config": {
                "client_id": tenant.client_id, "client_secret": tenant.client_secret, "directory_id": tenant.id,
                "support_groups": true, "pkce_enabled": true,
            },
        });
        text(&self.ask(Method::POST, "access/identity_providers", &body).await?, "id")
    }

    /// Makes an application that admits these directory groups: an allow policy for every four of them, in front of all a block of a
    /// group that nobody is in.
    pub async fn app(&self, name: &str, upstream: &str, provider: &str, groups: &Groups) -> Result<App> {
        let rule = |id: &String| json!({"azureAD": {"id": id, "identity_provider_id": provider}});
        let mut policies = vec![json!({"name": "Locked out", "decision": "deny", "include": [rule(&groups.locked_out)], "precedence": 1})];
        for (at, some) in groups.admitted.chunks(4).enumerate() {
            let include: Vec<Value> = some.iter().map(rule).collect();
            policies.push(json!({"name": format!("Crews {}", at + 1), "decision": "allow", "include": include, "precedence": at + 2}));
        }
        let host = format!("{name}.localhost");
        let body = json!({
            "name": name, "type": "self_hosted", "domain": host, "session_duration": "24h", "allowed_idps": [provider],
            "auto_redirect_to_identity": true, "policies": policies,
        });
        let made = self.ask(Method::POST, "access/apps", &body).await?;
        let id = text(&made, "id")?;
        self.ask(Method::PUT, &format!("doorward/apps/{id}/upstream"), &json!({"url": upstream})).await?;
        let policies = made["policies"].as_array().into_iter().flatten().map(|policy| text(policy, "id")).collect::<Result<_>>()?;
        Ok(App { aud: text(&made, "aud")?, id, host, policies })
    }

    /// Ends every session of somebody.
    pub async fn revoke(&self, email: &str) -> Result<()> {
        self.ask(Method::POST, "access/organizations/revoke_user", &json!({"email": email})).await.map(drop)
    }
}

/// Object ids of directory groups.
pub struct Groups {
    /// Everybody is in some of them.
    pub admitted: Vec<String>,
    /// Nobody is in it.
    pub locked_out: String,
}

fn text(object: &Value, key: &str) -> Result<String> {
    object[key].as_str().map(str::to_owned).with_context(|| format!("the answer has no text {key:?}: {object}"))
}
