//! Owns starting the simulator and asking its Graph, as an administrator's script would.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use reqwest::{Client, Method};
use serde::Deserialize;
use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::arguments::Programs;
use crate::authority::Authority;
use crate::child::Child;
use crate::folder::{Folder, Kept};
use crate::launch::command;
use crate::places::Places;

/// How long it may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the simulator says of itself.
#[derive(Debug, Clone, Deserialize)]
pub struct Tenant {
    /// Authority URL of the tenant.
    pub authority: String,
    /// URL of the simulator; Graph answers below it.
    pub base: String,
    /// Tenant id.
    pub tenant_id: String,
    /// The application that people sign in to.
    pub sign_in_app: Registration,
    /// The application of administrators' scripts.
    pub admin_app: Registration,
    /// The provisioning job.
    pub job: Job,
}

/// An application registration.
#[derive(Debug, Clone, Deserialize)]
pub struct Registration {
    /// Client id.
    pub client_id: String,
    /// Client secret.
    pub client_secret: String,
}

/// A provisioning job.
#[derive(Debug, Clone, Deserialize)]
pub struct Job {
    /// Id.
    pub id: String,
    /// Enterprise application.
    pub service_principal_id: String,
    /// Rule for people, for provisioning on demand.
    pub rule_id: String,
}

/// Starts the simulator.
pub fn start(programs: &Programs, folder: &Folder, places: &Places, authority: &Authority, kept: &Kept) -> Result<Child> {
    let (certificate, key) = (folder.at("entra/tls.pem"), folder.at("entra/tls.key"));
    authority.issue("localhost")?.write(&certificate, &key)?;
    let ready = ready_file(folder);
    if ready.exists() {
        std::fs::remove_file(&ready).with_context(|| format!("cannot remove {}", ready.display()))?;
    }
    let mut command = command(&programs.launcher, &programs.entra_sim, ["serve"]);
    command.arg("--listen").arg(Places::loopback(places.entra).to_string());
    command.arg("--public-base").arg(places.entra());
    command.arg("--tls-cert").arg(certificate).arg("--tls-key").arg(key);
    command.arg("--state").arg(folder.at("entra/tenant.json"));
    command.arg("--scim-ca").arg(&authority.file);
    command.arg("--redirect-uri").arg(places.callback());
    command.arg("--logout-url").arg(format!("{}/cdn-cgi/access/frontchannel-logout", places.team()));
    command.arg("--ready-file").arg(ready);
    // Arguments are visible to everybody on the machine, the environment is not.
    command.env("ENTRA_SIM_CLIENT_SECRET", &kept.client_secret);
    command.env("ENTRA_SIM_ADMIN_SECRET", &kept.admin_client_secret);
    Child::start("entra-sim", command, &folder.at("logs/entra-sim.log"))
}

fn ready_file(folder: &Folder) -> std::path::PathBuf {
    folder.at("entra/ready.json")
}

/// Waits until it answers.
pub async fn ready(folder: &Folder) -> Result<Tenant> {
    let path = ready_file(folder);
    let end = Instant::now() + PATIENCE;
    while !path.exists() {
        if Instant::now() > end {
            bail!("the simulator did not answer within {} s", PATIENCE.as_secs());
        }
        sleep(Duration::from_millis(20)).await;
    }
    let bytes = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_slice(&bytes).context("the simulator's ready file is not what was expected")
}

/// Graph with an administrator's token.
pub struct Graph {
    client: Client,
    root: String,
    token: String,
}

impl Graph {
    /// Signs in with client credentials.
    pub async fn open(client: Client, tenant: &Tenant) -> Result<Self> {
        let scope = format!("{}/.default", tenant.base);
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", tenant.admin_app.client_id.as_str()),
            ("client_secret", tenant.admin_app.client_secret.as_str()),
            ("scope", scope.as_str()),
        ];
        let url = format!("{}/oauth2/v2.0/token", tenant.authority);
        let answer: Value = client.post(url).form(&form).send().await?.json().await?;
        let token = answer["access_token"].as_str().with_context(|| format!("the simulator gave no token: {answer}"))?.to_owned();
        Ok(Self { client, root: format!("{}/v1.0", tenant.base), token })
    }

    /// Calls Graph; an empty answer is null.
    pub async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value> {
        let url = if path.starts_with("https://") { path.to_owned() } else { format!("{}{path}", self.root) };
        let what = format!("{method} {url}");
        // Both are needed to filter or cast on these paths.
        let mut request = self.client.request(method, url).bearer_auth(&self.token).header("ConsistencyLevel", "eventual");
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await.with_context(|| what.clone())?;
        let (status, body) = (answer.status(), answer.text().await.with_context(|| what.clone())?);
        if !status.is_success() {
            bail!("{what} answered {status}: {body}");
        }
        if body.is_empty() { Ok(Value::Null) } else { serde_json::from_str(&body).with_context(|| format!("{what} did not answer JSON")) }
    }

    /// Object ids of groups by name.
    pub async fn group_ids(&self, names: &[&'static str]) -> Result<BTreeMap<&'static str, String>> {
        let mut ids = BTreeMap::new();
        for name in names {
            let path = format!("/groups?$filter=displayName eq '{name}'&$select=id,displayName&$count=true");
            let found = self.call(Method::GET, &path, None).await?;
            let id = found["value"][0]["id"].as_str().with_context(|| format!("the tenant has no group {name:?}"))?;
            ids.insert(*name, id.to_owned());
        }
        Ok(ids)
    }

    /// Names of all groups of a person, nested ones included, sorted.
    pub async fn groups_of(&self, upn: &str) -> Result<Vec<String>> {
        let mut names = Vec::new();
        let mut next = Some(format!("/users/{upn}/transitiveMemberOf/microsoft.graph.group?$select=id,displayName&$top=999&$count=true"));
        while let Some(path) = next.take() {
            let page = self.call(Method::GET, &path, None).await?;
            let list = page["value"].as_array().with_context(|| format!("{path} did not answer with a list"))?;
            names.extend(list.iter().filter_map(|group| group["displayName"].as_str()).map(str::to_owned));
            next = page["@odata.nextLink"].as_str().map(str::to_owned);
        }
        names.sort();
        Ok(names)
    }
}
