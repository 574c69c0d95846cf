//! The peers and the origin: their configuration files, written from templates, and their processes.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use super::{cases::Engine, plan::Plan};
use crate::world::{
    Files, free_port,
    process::{Process, Start},
};

/// Programs and the Debian packages that bring them.
const PROGRAMS: [(&str, &str); 5] =
    [("nginx", "nginx-light"), ("haproxy", "haproxy"), ("wrk", "wrk"), ("h2load", "nghttp2-client"), ("taskset", "util-linux")];
/// Body of the small answers: 1 KiB.
const BODY: &str = "0123456789abcdef";

/// Says which programs are missing, all at once. To load doorward alone takes no other proxy.
pub fn must_be_installed(plan: &Plan) -> Result<()> {
    let wanted = PROGRAMS.iter().filter(|(program, _)| !plan.train || *program != "haproxy");
    let missing: Vec<&str> = wanted.filter(|(program, _)| found(program).is_none()).map(|(_, package)| *package).collect();
    if missing.is_empty() {
        return Ok(());
    }
    bail!("the benchmark needs more programs: apt-get install {}", missing.join(" "))
}

/// Where a program lies; nginx and haproxy are in folders that not everybody's path has.
pub fn found(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin", "/usr/local/sbin"].map(PathBuf::from));
    folders.map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// What each program says of its version.
pub fn versions(plan: &Plan) -> Vec<String> {
    let said = |program: &Path, argument: &str| -> Option<String> {
        let out = Command::new(program).arg(argument).output().ok()?;
        let text = [out.stdout, out.stderr].concat();
        String::from_utf8_lossy(&text).lines().next().map(str::trim).map(str::to_owned)
    };
    let peers = [("nginx", "-v"), ("haproxy", "-v"), ("wrk", "-v"), ("h2load", "--version"), ("rustc", "--version")];
    let told = peers.iter().filter_map(|(program, argument)| said(&found(program)?, argument));
    // Without what follows the version: addresses, copyright lines.
    let short = told.map(|text| {
        let text = text.replace("nginx version: ", "");
        text.split(" - ").next().unwrap_or_default().split(" Copyright").next().unwrap_or_default().trim().to_owned()
    });
    // Named by its package there.
    let built = plan.built.as_deref().map(|built| format!(", {built}")).unwrap_or_default();
    let own = said(&plan.doorward, "--version").and_then(|text| Some(format!("doorward {}{built}", text.rsplit(' ').next()?)));
    own.into_iter().chain(short).collect()
}

/// Where everybody listens.
#[derive(Debug, Clone, Copy)]
pub struct Ports {
    pub origin: u16,
    nginx: u16,
    nginx_tls: u16,
    haproxy: u16,
    haproxy_rs256: u16,
}

impl Ports {
    pub fn free() -> Result<Self> {
        let [origin, nginx, nginx_tls, haproxy, haproxy_rs256] = [free_port()?, free_port()?, free_port()?, free_port()?, free_port()?];
        Ok(Self { origin, nginx, nginx_tls, haproxy, haproxy_rs256 })
    }

    /// The port of a peer; doorward knows its own.
    pub const fn of(&self, engine: Engine) -> Option<u16> {
        match engine {
            Engine::Nginx => Some(self.nginx),
            Engine::NginxTls => Some(self.nginx_tls),
            Engine::Haproxy => Some(self.haproxy),
            Engine::HaproxyRs256 => Some(self.haproxy_rs256),
            Engine::Doorward | Engine::DoorwardTls => None,
        }
    }
}

/// What the token check of haproxy is told.
pub struct Trusted<'a> {
    pub public_key: &'a str,
    pub issuer: &'a str,
    pub audience: &'a str,
}

/// The folder that templates are written into.
pub struct Kitchen<'a> {
    pub folder: &'a Path,
    pub ports: Ports,
}

impl Kitchen<'_> {
    fn write(&self, name: &str, template: &str, more: &[(&str, &str)]) -> Result<PathBuf> {
        let port = |port: u16| port.to_string();
        let p = self.ports;
        let mut text = template.replace("@RUN@", &self.folder.to_string_lossy()).replace("@BODY@", &BODY.repeat(64));
        let ports = [
            ("@ORIGIN@", p.origin),
            ("@NGINX@", p.nginx),
            ("@NGINX_TLS@", p.nginx_tls),
            ("@HAPROXY@", p.haproxy),
            ("@HAPROXY_RS256@", p.haproxy_rs256),
        ];
        for (mark, number) in ports {
            text = text.replace(mark, &port(number));
        }
        for (mark, value) in more {
            text = text.replace(mark, value);
        }
        let path = self.folder.join(name);
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(path)
    }

    async fn start(&self, name: &str, arguments: &[&str], core: usize, port: u16) -> Result<Process> {
        let program = found(name).with_context(|| format!("there is no program {name}"))?;
        let log = self.folder.join(format!("{name}.log"));
        let mut process = Start { name, program: &program, core: Some(core), log, environment: &[] }.with(arguments)?;
        process.listens(SocketAddr::from(([127, 0, 0, 1], port))).await?;
        Ok(process)
    }

    /// The origin.
    pub async fn origin(&self, core: usize) -> Result<Process> {
        fs::create_dir_all(self.folder.join("www"))?;
        fs::write(self.folder.join("www/64k"), BODY.repeat(64 * 64))?;
        let file = self.write("origin.conf", include_str!("templates/origin.conf"), &[])?;
        self.nginx_with(&file, core, self.ports.origin).await
    }

    /// nginx, with and without TLS.
    pub async fn nginx(&self, certificate: &Files, core: usize) -> Result<Process> {
        let (chain, key) = (certificate.certificate.to_string_lossy(), certificate.key.to_string_lossy());
        let file = self.write("nginx.conf", include_str!("templates/nginx.conf"), &[("@CERTIFICATE@", &chain), ("@KEY@", &key)])?;
        self.nginx_with(&file, core, self.ports.nginx).await
    }

    async fn nginx_with(&self, file: &Path, core: usize, port: u16) -> Result<Process> {
        self.start("nginx", &["-p", &self.folder.to_string_lossy(), "-c", &file.to_string_lossy()], core, port).await
    }

    /// haproxy, plain and with its check of the token.
    pub async fn haproxy(&self, trusted: &Trusted<'_>, core: usize) -> Result<Process> {
        let key = self.folder.join("public.pem");
        fs::write(&key, trusted.public_key)?;
        let told = [("@PUBLIC_KEY@", key.to_string_lossy()), ("@ISSUER@", trusted.issuer.into()), ("@AUDIENCE@", trusted.audience.into())];
        let told: Vec<(&str, &str)> = told.iter().map(|(mark, value)| (*mark, value.as_ref())).collect();
        let file = self.write("haproxy.cfg", include_str!("templates/haproxy.cfg"), &told)?;
        self.start("haproxy", &["-db", "-f", &file.to_string_lossy()], core, self.ports.haproxy).await
    }

    /// The script by which wrk sends tokens in turn.
    pub fn script(&self, other_cookies: &str) -> Result<PathBuf> {
        self.write("tokens.lua", include_str!("templates/tokens.lua"), &[("@OTHERS@", other_cookies)])
    }
}
