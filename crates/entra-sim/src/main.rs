//! Owns the `entra-sim` program: its arguments, its certificate files and stopping on a signal.

mod listing;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use clap::{Args, Parser, Subcommand};
use entra_sim::{Config, ExternalIdSource, Seed, TenantSource, start};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::signal::unix::{SignalKind, signal};

/// A simulator of Microsoft Entra ID for tests and demonstrations; loopback only.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve until SIGTERM or Ctrl-C.
    Serve(Box<ServeArgs>),
    /// Print the table of errors that can be provoked.
    Aadsts,
}

#[derive(Args)]
struct ServeArgs {
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1:9443")]
    listen: SocketAddr,
    /// Certificate chain (PEM); plain HTTP without it.
    #[arg(long, requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Private key (PEM).
    #[arg(long, requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// URL the simulator is reached by; `{port}` stands for the port taken.
    #[arg(long)]
    public_base: Option<String>,
    /// Tenant file, or `built-in`.
    #[arg(long, default_value = "built-in")]
    tenant: String,
    /// File that keeps changes to the tenant.
    #[arg(long)]
    state: Option<PathBuf>,
    /// Root certificates (PEM) trusted for SCIM calls.
    #[arg(long)]
    scim_ca: Option<PathBuf>,
    /// Redirect URI of the sign-in application; may be repeated.
    #[arg(long)]
    redirect_uri: Vec<String>,
    /// Front-channel logout address of the sign-in application.
    #[arg(long)]
    logout_url: Option<String>,
    /// Client secret of the sign-in application; random when left out.
    #[arg(long, env = "ENTRA_SIM_CLIENT_SECRET", hide_env_values = true)]
    client_secret: Option<String>,
    /// Client secret of the automation application; random when left out.
    #[arg(long, env = "ENTRA_SIM_ADMIN_SECRET", hide_env_values = true)]
    admin_client_secret: Option<String>,
    /// Map object ids to SCIM's externalId instead of mail nicknames.
    #[arg(long)]
    external_id_from_object_id: bool,
    /// Write where it listens and its well-known applications, secrets included, to this file (mode 0600); without it they are printed.
    #[arg(long)]
    ready_file: Option<PathBuf>,
}

fn tls(cert: &Path, key: &Path) -> Result<Arc<rustls::ServerConfig>> {
    let chain = CertificateDer::pem_file_iter(cert)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .with_context(|| format!("cannot read the certificate {}", cert.display()))?;
    let key = PrivateKeyDer::from_pem_file(key).with_context(|| format!("cannot read the key {}", key.display()))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .context("cannot set TLS up")?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .context("certificate and key do not fit together")?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn config(args: ServeArgs) -> Result<Config> {
    let tls = match (&args.tls_cert, &args.tls_key) {
        (Some(cert), Some(key)) => Some(tls(cert, key)?),
        _ => None,
    };
    let scheme = if tls.is_some() { "https" } else { "http" };
    let base = args.public_base.unwrap_or_else(|| format!("{scheme}://localhost:{{port}}"));
    let mut config = Config::new(args.listen, base);
    config.tls = tls;
    config.state_file = args.state;
    config.scim_ca_pem = match &args.scim_ca {
        Some(path) => Some(std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?),
        None => None,
    };
    config.seed = Seed {
        tenant: match args.tenant.as_str() {
            "built-in" => TenantSource::BuiltIn,
            path => TenantSource::File(path.into()),
        },
        redirect_uris: args.redirect_uri,
        logout_url: args.logout_url,
        client_secret: args.client_secret,
        admin_client_secret: args.admin_client_secret,
        external_id: if args.external_id_from_object_id { ExternalIdSource::ObjectId } else { ExternalIdSource::MailNickname },
        ..Seed::default()
    };
    Ok(config)
}

fn print(text: &str) -> Result<()> {
    use std::io::Write;
    let mut out = std::io::stdout().lock();
    let printed = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    match printed {
        // A reader such as `head` may have seen enough.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => other.context("cannot write to standard output"),
    }
}

fn write_ready(path: &Path, running: &entra_sim::Running) -> Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let card = |app: Option<entra_sim::AppCard>| {
        app.map(|app| {
            serde_json::json!({
                "client_id": app.client_id,
                "client_secret": app.client_secret,
                "object_id": app.object_id,
                "service_principal_id": app.service_principal_id,
            })
        })
    };
    let body = serde_json::json!({
        "base": running.base,
        "authority": running.authority(),
        "tenant_id": running.tenant_id(),
        "sign_in_app": card(running.sign_in_app()),
        "admin_app": card(running.admin_app()),
        "provisioning_app": card(running.provisioning_app()),
        "job": running.job().map(|job| serde_json::json!({
            "id": job.id, "service_principal_id": job.service_principal_id, "rule_id": job.rule_id})),
    });
    let fresh = path.with_extension("new");
    std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&fresh)
        .and_then(|mut file| file.write_all(body.to_string().as_bytes()))
        .and_then(|()| std::fs::rename(&fresh, path))
        .with_context(|| format!("cannot write {}", path.display()))
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<()> {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into()))
        .with_writer(std::io::stderr)
        .init();
    let args = match Cli::parse().command {
        Command::Serve(args) => *args,
        Command::Aadsts => return print(&listing::errors()),
    };
    let ready = args.ready_file.clone();
    let mut terminate = signal(SignalKind::terminate()).context("cannot wait for SIGTERM")?;
    let running = start(config(args)?).await?;
    tracing::info!(address = %running.addr, authority = %running.authority(), "the simulator answers");
    match &ready {
        Some(path) => write_ready(path, &running)?,
        None => print(&listing::ready(&running))?,
    }
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
    running.shutdown().await;
    if let Some(path) = &ready {
        let _gone = std::fs::remove_file(path);
    }
    Ok(())
}
