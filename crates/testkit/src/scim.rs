//! doorward's SCIM endpoint with the provider's secret.

use http::Method;
use reqwest::Client;
use serde_json::{Value, json};

use crate::{api::Reply, must::Must, tenant::upn};

/// The SCIM endpoint of the world's provider.
#[derive(Clone)]
pub struct Scim {
    client: Client,
    base: String,
    secret: String,
}

impl Scim {
    pub(crate) fn new(client: Client, base: &str, secret: &str) -> Self {
        Self { client, base: base.to_owned(), secret: secret.to_owned() }
    }

    /// Its address, which Entra calls the Tenant URL.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Its secret.
    pub fn secret(&self) -> &str {
        &self.secret
    }

    /// The same endpoint with another secret.
    #[must_use]
    pub fn with_secret(&self, secret: &str) -> Self {
        Self { secret: secret.to_owned(), ..self.clone() }
    }

    /// Calls it; an empty answer is null.
    pub async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Reply {
        let mut request = self.client.request(method, format!("{}{path}", self.base)).bearer_auth(&self.secret);
        if let Some(body) = body {
            request = request.header("content-type", "application/scim+json; charset=utf-8").body(body.to_string());
        }
        let answer = request.send().await.must("SCIM answers");
        let status = answer.status().as_u16();
        let text = answer.text().await.must("SCIM's body");
        Reply { status, body: serde_json::from_str(&text).unwrap_or(Value::Null) }
    }

    /// Makes a person as Entra's default mappings do; returns the resource's id.
    pub async fn create(&self, name: &str) -> String {
        let body = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "externalId": name, "userName": upn(name), "active": true, "displayName": name,
            "emails": [{ "primary": true, "type": "work", "value": upn(name) }],
        });
        let reply = self.call(Method::POST, "/Users", Some(body)).await;
        assert_eq!(reply.status, 201, "{}", reply.body);
        reply.body["id"].as_str().must("a resource's id").to_owned()
    }

    /// Sets a person's `active` in Entra's own words.
    pub async fn set_active(&self, id: &str, text: &str) {
        let body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{ "op": "Replace", "path": "active", "value": text }],
        });
        let reply = self.call(Method::PATCH, &format!("/Users/{id}"), Some(body)).await;
        assert!(reply.status == 200 || reply.status == 204, "{} {}", reply.status, reply.body);
    }

    /// The resource of a person, looked up as Entra does.
    pub async fn find(&self, name: &str) -> Option<Value> {
        let filter: String = url::form_urlencoded::byte_serialize(format!("userName eq \"{}\"", upn(name)).as_bytes()).collect();
        let reply = self.call(Method::GET, &format!("/Users?filter={filter}"), None).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        reply.body["Resources"].get(0).cloned()
    }
}
