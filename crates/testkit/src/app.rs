//! Applications, made through the public API.

use serde_json::{Value, json};

use crate::{must::Must, policy::Policy, world::World};

/// An application under construction.
pub struct AppPlan<'w> {
    world: &'w World,
    body: Value,
    policies: Vec<Policy>,
    upstream: Option<Value>,
}

/// An application as it was made.
#[derive(Debug, Clone)]
pub struct App {
    /// Id.
    pub id: String,
    /// Audience tag.
    pub aud: String,
    /// Host.
    pub host: String,
    /// Its address, without a slash at the end.
    pub url: String,
}

impl App {
    /// An address on its host.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }
}

impl<'w> AppPlan<'w> {
    pub(crate) fn new(world: &'w World, name: &str) -> Self {
        let body = json!({
            "name": name, "type": "self_hosted", "domain": format!("{name}.localhost"), "session_duration": "24h",
            "allowed_idps": [world.idp()], "auto_redirect_to_identity": true,
        });
        let upstream = Some(json!({ "url": world.origin().url() }));
        Self { world, body, policies: Vec::new(), upstream }
    }

    /// Adds a policy behind those it has.
    #[must_use]
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policies.push(policy);
        self
    }

    /// Sets a member of the application.
    #[must_use]
    pub fn with(mut self, member: &str, value: Value) -> Self {
        self.body[member] = value;
        self
    }

    /// Sets a member of its upstream.
    #[must_use]
    pub fn upstream(mut self, member: &str, value: Value) -> Self {
        if let Some(upstream) = &mut self.upstream {
            upstream[member] = value;
        }
        self
    }

    /// Leaves it without an upstream.
    #[must_use]
    pub fn unconnected(mut self) -> Self {
        self.upstream = None;
        self
    }

    /// Makes it.
    pub async fn create(mut self) -> App {
        let bodies: Vec<Value> = self.policies.iter().map(|policy| self.world.policy_body(policy)).collect();
        self.body["policies"] = json!(bodies);
        let api = self.world.api();
        let made = api.post("access/apps", self.body).await;
        let text = |key: &str| made[key].as_str().must(key).to_owned();
        let (id, aud, domain) = (text("id"), text("aud"), text("domain"));
        if let Some(upstream) = self.upstream {
            api.put(&format!("doorward/apps/{id}/upstream"), upstream).await;
        }
        let host = domain.split('/').next().unwrap_or_default().to_owned();
        let url = format!("https://{host}:{}", self.world.port());
        App { id, aud, host, url }
    }
}
