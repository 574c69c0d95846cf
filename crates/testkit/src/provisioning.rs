//! Entra's provisioning service: told where doorward's SCIM endpoint is, and made to run a cycle.

use http::Method;
use reqwest::Client;
use serde_json::{Value, json};

use crate::{
    graph::Graph,
    must::{Must, within},
    relay::Relay,
    world::World,
};

/// The provisioning job of the world's tenant, with a relay that sees its calls.
pub struct Provisioning {
    client: Client,
    run: String,
    /// What it sends and when it is answered.
    pub relay: Relay,
}

impl Provisioning {
    /// Sets the job up through Graph: Test Connection, then its secrets.
    pub(crate) async fn set_up(world: &World, graph: &Graph, client: Client) -> Self {
        let scim = world.scim();
        let relay = Relay::start(client.clone(), scim.base()).await;
        let job = world.sim().job().must("a provisioning job");
        let synchronization = format!("/servicePrincipals/{}/synchronization", job.service_principal_id);
        let credentials = json!([
            { "key": "BaseAddress", "value": relay.base() },
            { "key": "SecretToken", "value": scim.secret() },
        ]);
        let test = format!("{synchronization}/jobs/{}/validateCredentials", job.id);
        graph.call(Method::POST, &test, Some(json!({ "credentials": credentials }))).await;
        graph.call(Method::PUT, &format!("{synchronization}/secrets"), Some(json!({ "value": credentials }))).await;
        Self { client, run: format!("{}/sim/provisioning/{}/run", world.sim().base, job.id), relay }
    }

    /// Runs one cycle to its end.
    pub async fn cycle(&self) -> Value {
        let call = self.client.post(&self.run).json(&json!({})).send();
        let answer = within("a provisioning cycle", call).await.must("the simulator answers");
        let summary: Value = answer.json().await.must("a cycle's summary");
        assert_eq!(summary["state"], "Succeeded", "{summary:#}");
        summary
    }
}
