//! Owns starting doorward: its configuration file, `init` once, `serve`, and waiting until it answers.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::time::{Instant, sleep};

use crate::arguments::Programs;
use crate::authority::Authority;
use crate::child::{self, Child};
use crate::folder::{Folder, write_private};
use crate::launch::command;
use crate::places::{Places, TEAM_HOST};

/// How long it may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Writes the configuration, initialises at the first start, and starts the server.
pub async fn start(programs: &Programs, folder: &Folder, places: &Places, authority: &Authority) -> Result<Child> {
    let config = folder.at("doorward/doorward.toml");
    write_private(&config, configuration(places, authority).as_bytes()).context("cannot write doorward's configuration")?;
    let token = token_file(folder);
    if !token.exists() {
        let arguments = ["init".as_ref(), "--config".as_ref(), config.as_os_str(), "--token-file".as_ref(), token.as_os_str()];
        child::run("doorward init", command(&programs.launcher, &programs.doorward, arguments)).await?;
    }
    let arguments = ["serve".as_ref(), "--config".as_ref(), config.as_os_str()];
    Child::start("doorward", command(&programs.launcher, &programs.doorward, arguments), &folder.at("logs/doorward.log"))
}

/// The administrator's API token that `init` made.
pub fn api_token(folder: &Folder) -> Result<String> {
    let path = token_file(folder);
    let token = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(token.trim().to_owned())
}

fn token_file(folder: &Folder) -> std::path::PathBuf {
    folder.at("doorward/admin.token")
}

/// Waits until the team domain answers.
pub async fn ready(client: &reqwest::Client, places: &Places) -> Result<()> {
    let url = format!("{}/cdn-cgi/access/certs", places.team());
    let end = Instant::now() + PATIENCE;
    loop {
        let met = match client.get(&url).send().await {
            Ok(answer) if answer.status().is_success() => return Ok(()),
            Ok(answer) => format!("it answered {}", answer.status()),
            Err(error) => format!("{:#}", anyhow::Error::from(error)),
        };
        if Instant::now() > end {
            bail!("doorward did not answer at {url} within {} s: {met}", PATIENCE.as_secs());
        }
        sleep(Duration::from_millis(40)).await;
    }
}

fn configuration(places: &Places, authority: &Authority) -> String {
    let ca_folder = authority.file.parent().unwrap_or_else(|| Path::new("."));
    format!(
        r#"# Written by the demo at every start.
[team]
name = "Harbour Works"
domain = "{TEAM_HOST}"

[http]
listen = ["{listen}"]
public_port = {port}

# The demo made this authority; everything that runs here is signed by it.
[tls.local_ca]
directory = {ca_folder}
domains = ["localhost"]

[store]
directory = "data"
sealing_key_file = "sealing.key"

# Entra is played by the simulator on this machine.
[outbound]
entra_login_url = "{entra}"
entra_graph_url = "{entra}"
allowed_private = ["127.0.0.0/8"]
ca_files = [{ca_file}]

[outbound.resolve]
"localhost" = "127.0.0.1"
".localhost" = "127.0.0.1"

# Whoever tries something here comes from one address, and a script may be quicker than any person.
[limits]
api_per_token_per_minute = 0
api_per_client_per_minute = 0

[logs]
format = "json"
level = "info"
"#,
        listen = Places::loopback(places.doorward),
        port = places.doorward,
        entra = places.entra(),
        ca_folder = quoted(ca_folder),
        ca_file = quoted(&authority.file),
    )
}

/// A path as a TOML text.
fn quoted(path: &Path) -> String {
    let mut out = String::from("\"");
    for c in path.to_string_lossy().chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn paths_are_quoted_for_toml() {
        assert_eq!(super::quoted(std::path::Path::new("/a b/\"c\"\\d")), r#""/a b/\"c\"\\d""#);
    }
}
