//! The server under test: its folder, its process, what that takes of memory and disk, and a provider with SCIM switched on.

use std::{
    fs::{self, OpenOptions},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use http::Method;
use serde_json::{Value, json};

use crate::line::Server;

const HOST: &str = "team.localhost";
/// How long a start may take.
const START_PATIENCE: Duration = Duration::from_secs(120);

/// The server: where it is and what it keeps.
pub struct Door {
    program: PathBuf,
    folder: PathBuf,
    port: u16,
    process: Option<Child>,
}

/// The SCIM endpoint of a provider.
#[derive(Clone)]
pub struct Endpoint {
    pub server: Server,
    /// Path of the base URL.
    pub base: String,
    pub secret: String,
}

/// What the server takes.
pub struct Takes {
    /// Bytes in memory now.
    pub resident: u64,
    /// Most bytes there were in memory since it started.
    pub resident_peak: u64,
    /// Bytes in its data folder.
    pub disk: u64,
}

impl Door {
    /// Sets up a new installation in a folder that must not be there.
    pub fn set_up(program: &Path, folder: &Path) -> Result<Self> {
        if folder.exists() {
            bail!("{} is there already; remove it, or name another folder", folder.display());
        }
        fs::create_dir_all(folder)?;
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let door = Self { program: program.to_owned(), folder: folder.to_owned(), port, process: None };
        let text = format!(
            "[team]\nname = \"Harbour Works\"\ndomain = \"{HOST}\"\n\n[http]\nlisten = [\"127.0.0.1:{port}\"]\npublic_port = {port}\n\n\
             [tls.local_ca]\ndirectory = \"ca\"\ndomains = [\"localhost\"]\n\n[store]\ndirectory = \"data\"\nsealing_key_file = \"sealing.key\"\n\n\
             [limits]\nconnections_per_client = 0\nsign_in_per_minute = 0\ncallback_per_minute = 0\napi_per_token_per_minute = 0\n\
             api_per_client_per_minute = 0\nscim_per_client_per_minute = 0\n"
        );
        fs::write(door.config(), text)?;
        let token_file = folder.join("admin.token");
        let done = Command::new(&door.program)
            .args(["init".as_ref(), "--config".as_ref(), door.config().as_os_str(), "--token-file".as_ref(), token_file.as_os_str()])
            .stdout(Stdio::null())
            .status()
            .with_context(|| format!("cannot start {}", program.display()))?;
        if !done.success() {
            bail!("doorward init ended with {done}");
        }
        Ok(door)
    }

    fn log(&self) -> PathBuf {
        self.folder.join("server.log")
    }

    fn config(&self) -> PathBuf {
        self.folder.join("doorward.toml")
    }

    /// Starts serving; answers when a request was answered. Its log is written as in daily use, to a file.
    pub async fn start(&mut self) -> Result<Server> {
        let mut serve = Command::new(&self.program);
        serve.args(["serve".as_ref(), "--config".as_ref(), self.config().as_os_str()]).stdout(Stdio::null());
        let log = OpenOptions::new().create(true).append(true).open(self.log())?;
        self.process = Some(serve.stderr(log).spawn()?);
        let authority = self.folder.join("ca/ca.pem");
        let end = Instant::now() + START_PATIENCE;
        loop {
            if let Some(process) = &mut self.process
                && let Some(status) = process.try_wait()?
            {
                bail!("doorward ended with {status}:\n{}", fs::read_to_string(self.log()).unwrap_or_default());
            }
            if let Ok(pem) = fs::read(&authority) {
                let server = Server::new(HOST, self.port, &pem)?;
                if let Ok(mut line) = server.connect("").await
                    && line.send(Method::GET, "/cdn-cgi/access/certs", "").await.is_ok_and(|answer| answer.status.is_success())
                {
                    return Ok(server);
                }
            }
            if Instant::now() > end {
                bail!("doorward did not answer within {} s", START_PATIENCE.as_secs());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Ends it as an administrator would.
    pub fn stop(&mut self) -> Result<()> {
        let Some(mut process) = self.process.take() else { return Ok(()) };
        let pid = i32::try_from(process.id()).ok().and_then(rustix::process::Pid::from_raw).context("no process id")?;
        rustix::process::kill_process(pid, rustix::process::Signal::TERM)?;
        let status = process.wait()?;
        if !status.success() {
            bail!("doorward ended with {status}");
        }
        Ok(())
    }

    /// Makes a provider with SCIM switched on, through the API.
    pub async fn provider(&self, server: &Server) -> Result<Endpoint> {
        let token = fs::read_to_string(self.folder.join("admin.token"))?;
        let mut line = server.connect(token.trim()).await?;
        let accounts: Value = serde_json::from_slice(&line.expect(200, Method::GET, "/client/v4/accounts", "").await?)?;
        let account = accounts["result"][0]["id"].as_str().context("the API lists no account")?;
        let body = json!({
            "name": "Harbour Works Entra ID",
            "type": "azureAD",
            "config": {
                "client_id": "2f6d3a7e-5f0b-4a3d-8f53-0c8f7f1d2b11",
                "client_secret": "not used here",
                "directory_id": "6c1f0a52-7d1b-4b9e-9e51-2f1c7b7a9d30",
            },
            "scim_config": {"enabled": true, "user_deprovision": true, "seat_deprovision": true, "identity_update_behavior": "automatic"},
        });
        let path = format!("/client/v4/accounts/{account}/access/identity_providers");
        let made = line.send(Method::POST, &path, body.to_string()).await?;
        let answer: Value = serde_json::from_slice(&made.body)?;
        let scim = &answer["result"]["scim_config"];
        let url = scim["scim_base_url"].as_str().with_context(|| format!("the provider was not made: {answer}"))?;
        let base = url.splitn(4, '/').nth(3).context("the base URL has no path")?;
        let secret = scim["secret"].as_str().context("no SCIM secret was shown")?;
        Ok(Endpoint { server: server.clone(), base: format!("/{base}"), secret: secret.to_owned() })
    }

    /// What it takes now.
    pub fn takes(&self) -> Result<Takes> {
        let process = self.process.as_ref().context("the server does not run")?;
        let status = fs::read_to_string(format!("/proc/{}/status", process.id()))?;
        let kib = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|rest| rest.trim_start_matches(':').split_whitespace().next()?.parse::<u64>().ok()).unwrap_or_default()
        };
        Ok(Takes { resident: kib("VmRSS") * 1024, resident_peak: kib("VmHWM") * 1024, disk: bytes_in(&self.folder.join("data"))? })
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            // Only after an error; what it leaves is removed below.
            let _ = process.kill();
            let _ = process.wait();
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn bytes_in(folder: &Path) -> Result<u64> {
    let mut sum = 0;
    for entry in fs::read_dir(folder)? {
        sum += entry?.metadata()?.len();
    }
    Ok(sum)
}
