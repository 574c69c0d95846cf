//! Owns the first provisioning: telling Entra where doorward's SCIM endpoint is, and letting a cycle run.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};
use url::Url;

use crate::cast::PEOPLE;
use crate::configure::Configured;
use crate::entra::{Graph, Tenant};

/// How long a cycle may take.
const PATIENCE: Duration = Duration::from_secs(50);

/// Runs one cycle to its end and returns how many people doorward knows then.
pub async fn run(client: &Client, graph: &Graph, tenant: &Tenant, configured: &Configured) -> Result<u64> {
    let synchronization = format!("/servicePrincipals/{}/synchronization", tenant.job.service_principal_id);
    let job = format!("{synchronization}/jobs/{}", tenant.job.id);
    let credentials = json!([
        { "key": "BaseAddress", "value": configured.scim_base },
        { "key": "SecretToken", "value": configured.scim_secret },
    ]);
    let tested = graph.call(Method::POST, &format!("{job}/validateCredentials"), Some(&json!({ "credentials": credentials }))).await;
    tested.context("Entra's Test Connection failed")?;
    graph.call(Method::PUT, &format!("{synchronization}/secrets"), Some(&json!({ "value": credentials }))).await?;
    let before = last_cycle(graph, &job).await?;
    graph.call(Method::POST, &format!("{job}/start"), None).await?;
    let end = Instant::now() + PATIENCE;
    let ended = loop {
        let last = last_cycle(graph, &job).await?;
        if !last.is_null() && last["activityIdentifier"] != before["activityIdentifier"] {
            break last;
        }
        if Instant::now() > end {
            bail!("the provisioning cycle did not end within {} s", PATIENCE.as_secs());
        }
        sleep(Duration::from_millis(50)).await;
    };
    if ended["state"] != "Succeeded" {
        bail!("the provisioning cycle went wrong: {ended}");
    }
    arrived(client, configured).await
}

async fn last_cycle(graph: &Graph, job: &str) -> Result<Value> {
    Ok(graph.call(Method::GET, job, None).await?["status"]["lastExecution"].take())
}

async fn arrived(client: &Client, configured: &Configured) -> Result<u64> {
    let look = async |query: &[(&str, &str)]| -> Result<u64> {
        let url = Url::parse_with_params(&format!("{}/Users", configured.scim_base), query)?;
        let answer: Value = client.get(url).bearer_auth(&configured.scim_secret).send().await?.error_for_status()?.json().await?;
        answer["totalResults"].as_u64().context("the SCIM endpoint did not count its people")
    };
    for person in &PEOPLE {
        let filter = format!("userName eq \"{}\"", person.upn);
        if look(&[("filter", &filter)]).await? != 1 {
            bail!("{} did not arrive through SCIM", person.upn);
        }
    }
    look(&[("count", "1")]).await
}
