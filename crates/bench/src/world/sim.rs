//! The simulator that plays Entra: started beside doorward, with a crowd of people and their groups.

use std::{path::Path, time::Duration};

use anyhow::{Context, Result, bail};
use reqwest::Client;
use serde_json::{Value, json};

use super::{
    api::Groups,
    authority::Authority,
    process::{Process, Start},
};

/// How long it may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// Groups that the crowd is spread over, and how many each person is in.
const GROUPS: usize = 20;
const MEMBERSHIPS: usize = 5;
/// A group of the built-in tenant in which nobody of the crowd is.
const OTHERS: &str = "Harbour Office";
const CLIENT_SECRET: &str = "bench~sign-in~secret";
const ADMIN_SECRET: &str = "bench~scripts~secret";

/// The tenant, as its administrators know it.
pub struct Tenant {
    pub id: String,
    pub client_id: String,
    pub client_secret: String,
    admin_id: String,
    authority: String,
    /// URL of the simulator, Graph included.
    pub url: String,
}

/// Where the simulator is and whom it sends people back to.
pub struct Place<'a> {
    pub program: &'a Path,
    pub folder: &'a Path,
    pub port: u16,
    pub team: &'a str,
}

/// Starts it and waits until it answers.
pub async fn start(place: &Place<'_>, authority: &Authority) -> Result<(Process, Tenant)> {
    let files = authority.issue(&["localhost".to_owned()], place.folder, "simulator")?;
    let ready = place.folder.join("simulator.json");
    let url = format!("https://localhost:{}", place.port);
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let arguments = [
        "serve".to_owned(),
        format!("--listen=127.0.0.1:{}", place.port),
        format!("--public-base={url}"),
        format!("--tls-cert={}", text(&files.certificate)),
        format!("--tls-key={}", text(&files.key)),
        format!("--redirect-uri={}/cdn-cgi/access/callback", place.team),
        format!("--ready-file={}", text(&ready)),
    ];
    // Arguments are visible to everybody on the machine, the environment is not.
    let environment = [("ENTRA_SIM_CLIENT_SECRET", CLIENT_SECRET), ("ENTRA_SIM_ADMIN_SECRET", ADMIN_SECRET), ("RUST_LOG", "warn")];
    let start =
        Start { name: "entra-sim", program: place.program, core: None, log: place.folder.join("simulator.log"), environment: &environment };
    let mut process = start.with(&arguments)?;
    let waited = async {
        while !ready.exists() {
            process.must_run()?;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok::<_, anyhow::Error>(())
    };
    tokio::time::timeout(PATIENCE, waited).await.context("the simulator did not start in time")??;
    let told: Value = serde_json::from_slice(&std::fs::read(&ready)?)?;
    let get = |value: &Value| value.as_str().map(str::to_owned).context("the simulator's ready file is not what was expected");
    let tenant = Tenant {
        id: get(&told["tenant_id"])?,
        client_id: get(&told["sign_in_app"]["client_id"])?,
        client_secret: CLIENT_SECRET.to_owned(),
        admin_id: get(&told["admin_app"]["client_id"])?,
        authority: get(&told["authority"])?,
        url,
    };
    Ok((process, tenant))
}

impl Tenant {
    /// Lets a crowd grow; answers the groups that a policy may name.
    pub async fn grow(&self, client: &Client, people: usize) -> Result<Groups> {
        let crowd = json!({"people": people, "groups": GROUPS, "memberships": MEMBERSHIPS, "name": "crew", "assigned": "nobody"});
        let answer = client.post(format!("{}/sim/crowd", self.url)).json(&crowd).send().await?;
        if !answer.status().is_success() {
            bail!("the simulator made no crowd: {}", answer.text().await?);
        }
        let token = self.token(client).await?;
        let mut admitted = Vec::new();
        for number in 1..=GROUPS {
            admitted.push(self.group(client, &token, &format!("crew group {number:05}")).await?);
        }
        Ok(Groups { admitted, locked_out: self.group(client, &token, OTHERS).await? })
    }

    async fn token(&self, client: &Client) -> Result<String> {
        let scope = format!("{}/.default", self.url);
        let form =
            [("grant_type", "client_credentials"), ("client_id", &self.admin_id), ("client_secret", ADMIN_SECRET), ("scope", &scope)];
        let url = format!("{}/oauth2/v2.0/token", self.authority);
        let answer: Value = client.post(url).form(&form).send().await?.json().await?;
        answer["access_token"].as_str().map(str::to_owned).with_context(|| format!("the simulator gave no token: {answer}"))
    }

    async fn group(&self, client: &Client, token: &str, name: &str) -> Result<String> {
        let url = format!("{}/v1.0/groups?$filter=displayName eq '{name}'&$select=id,displayName&$count=true", self.url);
        let answer: Value = client.get(url).bearer_auth(token).header("ConsistencyLevel", "eventual").send().await?.json().await?;
        answer["value"][0]["id"].as_str().map(str::to_owned).with_context(|| format!("the tenant has no group {name:?}: {answer}"))
    }
}

/// User name and password of somebody of the crowd, from 0.
pub fn person(number: usize) -> (String, String) {
    (format!("crew{:06}@harbourworks.example", number + 1), format!("Crowd-{}-1", number + 1))
}
