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
    graph: Graph,
    sim: String,
    job: String,
    rule: String,
    /// Path of the job in Graph.
    path: String,
    /// Object id of the enterprise application.
    application: String,
    /// What it sends and when it is answered.
    pub relay: Relay,
}

impl Provisioning {
    /// Sets the job up through Graph: Test Connection, then its secrets. `flag` ends the tenant URL.
    pub(crate) async fn set_up(world: &World, graph: &Graph, client: Client, flag: &str) -> Self {
        let scim = world.scim();
        let relay = Relay::start(client.clone(), scim.base()).await;
        let job = world.sim().job().must("a provisioning job");
        let synchronization = format!("/servicePrincipals/{}/synchronization", job.service_principal_id);
        let credentials = json!([
            { "key": "BaseAddress", "value": format!("{}{flag}", relay.base()) },
            { "key": "SecretToken", "value": scim.secret() },
        ]);
        let path = format!("{synchronization}/jobs/{}", job.id);
        graph.call(Method::POST, &format!("{path}/validateCredentials"), Some(json!({ "credentials": credentials }))).await;
        graph.call(Method::PUT, &format!("{synchronization}/secrets"), Some(json!({ "value": credentials }))).await;
        let application = job.service_principal_id.to_string();
        let (sim, rule) = (format!("{}/sim", world.sim().base), job.rule_id.to_string());
        Self { client, graph: graph.clone(), sim, job: job.id, rule, path, application, relay }
    }

    async fn control(&self, path: &str, body: Value) -> Value {
        let call = self.client.post(format!("{}/{path}", self.sim)).json(&body).send();
        let answer = within("a provisioning cycle", call).await.must("the simulator answers");
        answer.json().await.must("the simulator's JSON")
    }

    /// Runs one cycle to its end.
    pub async fn cycle(&self) -> Value {
        let summary = self.control(&format!("provisioning/{}/run", self.job), json!({})).await;
        assert_eq!(summary["state"], "Succeeded", "{summary:#}");
        summary
    }

    /// Runs the cycles that are due by the world's clock.
    pub async fn due(&self) -> Vec<Value> {
        let ran = self.control("time", json!({ "advance_seconds": 0 })).await;
        ran["cycles"].as_array().must("cycles").clone()
    }

    /// Provisions one person on demand; tells what was done.
    pub async fn on_demand(&self, person: &str) -> Value {
        let subjects = json!([{ "objectId": self.graph.person(person).await, "objectTypeName": "User" }]);
        let body = json!({ "parameters": [{ "ruleId": self.rule, "subjects": subjects }] });
        let told = self.graph.call(Method::POST, &format!("{}/provisionOnDemand", self.path), Some(body)).await;
        let told: Value = serde_json::from_str(told["value"].as_str().must("steps")).must("steps as JSON");
        told[0].clone()
    }

    /// Maps a person's attribute anew, as an administrator does in the portal.
    pub async fn map(&self, target: &str, expression: &str) {
        let path = format!("{}/schema", self.path);
        let mut schema = self.graph.call(Method::GET, &path, None).await;
        let lines = schema.pointer_mut("/synchronizationRules/0/objectMappings/0/attributeMappings").and_then(Value::as_array_mut);
        for line in lines.must("mappings").iter_mut().filter(|line| line["targetAttributeName"] == target) {
            line["source"]["expression"] = expression.into();
        }
        self.graph.call(Method::PUT, &path, Some(schema)).await;
    }

    /// Assigns a person or group to the application, by object id.
    pub async fn assign(&self, id: &str) {
        let body = json!({ "principalId": id, "resourceId": self.application, "appRoleId": uuid::Uuid::nil() });
        self.graph.call(Method::POST, &format!("/servicePrincipals/{}/appRoleAssignedTo", self.application), Some(body)).await;
    }

    /// Ends the direct assignment of a person or group.
    pub async fn unassign(&self, id: &str) {
        let path = format!("/servicePrincipals/{}/appRoleAssignedTo", self.application);
        let held = self.graph.call(Method::GET, &path, None).await;
        for one in held["value"].as_array().must("assignments").iter().filter(|one| one["principalId"] == id) {
            self.graph.call(Method::DELETE, &format!("{path}/{}", one["id"].as_str().must("an assignment's id")), None).await;
        }
    }
}
