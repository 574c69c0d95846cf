//! doorward as it is shipped: its configuration file, `init`, `serve`.

use std::{
    fmt::Write as _,
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};

use super::{
    authority::{Authority, Files},
    process::{Process, Start},
};

/// Host of the team domain.
pub const TEAM: &str = "team.localhost";

/// What the configuration file says.
pub struct Server {
    pub program: PathBuf,
    pub folder: PathBuf,
    pub listen: SocketAddr,
    /// For a load balancer that ends TLS.
    pub plain: SocketAddr,
    /// For the machine's own watchers.
    pub operation: SocketAddr,
    pub certificate: Files,
    pub entra: String,
}

/// How it is run.
#[derive(Debug, Clone, Copy, Default)]
pub struct Run {
    /// The core it stays on.
    pub core: Option<usize>,
    /// Threads that serve; 0: one a core.
    pub workers: usize,
    /// Mebibytes for pages of the database; 0: as shipped.
    pub cache_mib: u32,
}

impl Server {
    pub fn port(&self) -> u16 {
        self.listen.port()
    }

    /// `https://team.localhost:port`
    pub fn team(&self) -> String {
        format!("https://{TEAM}:{}", self.port())
    }

    pub fn store(&self) -> PathBuf {
        self.folder.join("data")
    }

    pub fn sealing_key(&self) -> PathBuf {
        self.folder.join("sealing.key")
    }

    fn config(&self) -> PathBuf {
        self.folder.join("doorward.toml")
    }

    /// Sets an installation up and answers the administrator's token.
    pub fn init(&self, authority: &Authority) -> Result<String> {
        self.write(authority, Run::default())?;
        let token = self.folder.join("admin.token");
        let done = Command::new(&self.program)
            .args(["init".as_ref(), "--config".as_ref(), self.config().as_os_str(), "--token-file".as_ref(), token.as_os_str()])
            .stdout(Stdio::null())
            .status()
            .with_context(|| format!("cannot start {}", self.program.display()))?;
        if !done.success() {
            bail!("doorward init ended with {done}");
        }
        fs::read_to_string(&token).context("init wrote no token")
    }

    /// Starts serving and waits until it listens. A line for each request goes to a file, as the rest of the log does.
    pub async fn serve(&self, authority: &Authority, run: Run) -> Result<Process> {
        self.write(authority, run)?;
        let log = self.folder.join("doorward.log");
        let start = Start { name: "doorward", program: &self.program, core: run.core, log, environment: &[] };
        let mut process = start.with(&["serve".as_ref(), "--config".as_ref(), self.config().as_os_str()])?;
        process.listens(self.listen).await?;
        Ok(process)
    }

    fn write(&self, authority: &Authority, run: Run) -> Result<()> {
        let mut text = format!(
            "[team]\nname = \"Harbour Works\"\ndomain = \"{TEAM}\"\n\n\
             [http]\nlisten = [\"{listen}\"]\nplain_listen = [\"{plain}\"]\npublic_port = {port}\nworkers = {workers}\n\
             trusted_peers = [\"127.0.0.0/8\"]\nclient_address_header = \"x-forwarded-for\"\n\n\
             [[tls.certificates]]\ncertificate = {certificate}\nkey = {key}\n\n\
             [store]\ndirectory = \"data\"\nsealing_key_file = \"sealing.key\"\n{cache}\n\
             [outbound]\nentra_login_url = \"{entra}\"\nentra_graph_url = \"{entra}\"\nallowed_private = [\"127.0.0.0/8\"]\nca_files = [{ca}]\n\n\
             [outbound.resolve]\n\"localhost\" = \"127.0.0.1\"\n\n",
            listen = self.listen,
            plain = self.plain,
            port = self.port(),
            workers = run.workers,
            cache = if run.cache_mib > 0 { format!("cache_mib = {}\n", run.cache_mib) } else { String::new() },
            certificate = quoted(&self.certificate.certificate),
            key = quoted(&self.certificate.key),
            entra = self.entra,
            ca = quoted(&authority.file),
        );
        writeln!(
            text,
            "[logs]\nformat = \"json\"\nlevel = \"info\"\n[[logs.access]]\nto = \"file\"\npath = \"access.log\"\nrotate_mib = 256\nkeep = 1\n"
        )?;
        writeln!(text, "[operation]\nlisten = [\"{}\"]", self.operation)?;
        fs::write(self.config(), text).context("cannot write doorward's configuration")
    }
}

/// A path as a TOML text.
fn quoted(path: &Path) -> String {
    format!("\"{}\"", path.to_string_lossy().replace('\\', "\\\\").replace('"', "\\\""))
}
