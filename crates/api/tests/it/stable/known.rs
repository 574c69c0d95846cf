//! What bodies refer to, made through the API first.

use serde_json::{Value, json};

use super::body::References;
use crate::world::{World, id};

/// Ids of things that exist.
pub struct Known {
    pub account: String,
    pub tag: String,
    pub email_list: String,
    pub ip_list: String,
    pub app: String,
    pub idp: String,
    pub group: String,
    pub integration: String,
    pub posture: String,
    pub token: String,
    pub permission: String,
}

impl Known {
    pub async fn make(world: &World) -> Self {
        let everyone = json!([{ "everyone": {} }]);
        let config = json!({ "client_id": "b7d1e3f0-2c48-4f6d-9a55-71c0de8840aa", "client_secret": "x~y", "customer_id": "6f0c2b1e-93d4-4a57-8e21-0d9b7c5e4a10" });
        let integration = json!({ "name": "Intune", "type": "intune", "interval": "10m", "config": config });
        let integration = id(&world.call("POST", "~/devices/posture/integration", Some(integration)).await.good(200));
        let input = json!({ "connection_id": integration, "compliance_status": "compliant" });
        let posture = json!({ "name": "Compliant", "type": "intune", "input": input });
        let list = |kind: &str| json!({ "name": kind, "type": kind, "items": [] });
        let (emails, addresses) = (list("EMAIL"), list("IP"));
        Self {
            email_list: id(&world.call("POST", "~/gateway/lists", Some(emails)).await.good(200)),
            ip_list: id(&world.call("POST", "~/gateway/lists", Some(addresses)).await.good(200)),
            account: world.account.clone(),
            tag: world.post("~/access/tags", json!({ "name": "quay" })).await["name"].as_str().unwrap().to_owned(),
            app: id(&world.app("harbour").await),
            idp: world.entra().await,
            group: id(&world.post("~/access/groups", json!({ "name": "Pilots", "include": everyone })).await),
            posture: id(&world.call("POST", "~/devices/posture", Some(posture)).await.good(200)),
            token: id(&world.post("~/access/service_tokens", json!({ "name": "agent" })).await),
            permission: id(&world.get("~/tokens/permission_groups").await[0]),
            integration,
        }
    }

    /// A path pattern with the ids in their places. What was just made stands in the place of the last one.
    pub fn path(&self, world: &World, pattern: &str, made: Option<&str>) -> String {
        let mut steps: Vec<&str> = pattern.split('/').collect();
        let made = made.map(|name| name.replace(' ', "%20"));
        if let (Some(made), Some(last)) = (&made, steps.last_mut()) {
            *last = made;
        }
        let step = |step: &str| match step {
            "~" => format!("/accounts/{}", world.account),
            "{app_id}" => self.app.clone(),
            "{identity_provider_id}" => self.idp.clone(),
            "{account_id}" => world.account.clone(),
            other => other.to_owned(),
        };
        steps.into_iter().map(step).collect::<Vec<_>>().join("/")
    }

    /// What texts may be, by the name of their member.
    pub fn references(&self, world: &World) -> References {
        let one = |text: &str| vec![text.to_owned()];
        [
            ("identity_provider_id", one(&self.idp)),
            ("allowed_idps", one(&self.idp)),
            ("login_method.id", one(&self.idp)),
            ("tags", one(&self.tag)),
            ("group.id", one(&self.group)),
            ("token_id", one(&self.token)),
            ("app_uid", one(&self.app)),
            ("integration_uid", one(&self.posture)),
            ("account_id", one(&world.account)),
            ("ac_id", one("c1")),
            ("auth_method", vec!["mfa".into(), "pwd".into()]),
            ("email_list.id", one(&self.email_list)),
            ("ip_list.id", one(&self.ip_list)),
        ]
        .into()
    }
}

/// A result as it stays: without the time of change.
pub fn lasting(value: &Value) -> String {
    let mut value = value.clone();
    if let Some(members) = value.as_object_mut() {
        members.shift_remove("version");
    }
    crate::world::timeless(value).to_string()
}
