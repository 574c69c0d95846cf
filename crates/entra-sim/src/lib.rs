//! Owns the Entra ID simulator: sign-in service, Microsoft Graph and the provisioning service of one
//! tenant on one loopback listener.
//!
//! It shares no code with doorward, so that a mistake on one side cannot hide on the other.

pub mod clock;
pub mod config;
pub mod directory;
pub mod graph;
pub mod oidc;
pub mod provisioning;
pub mod random;
pub mod running;
pub mod seed;
pub mod serve;
pub mod sim;
pub mod state;

use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::watch;

use self::clock::Stamp;
pub use self::config::{Config, StartError};
use self::oidc::keys::KeyRing;
use self::provisioning::engine::Engine;
pub use self::provisioning::mapping::ExternalIdSource;
pub use self::running::{AppCard, JobCard, PersonCard, Running};
pub use self::seed::{Seed, TenantSource};
use self::state::{Shared, Sim};

/// Starts a simulator; it answers when this returns.
pub async fn start(config: Config) -> Result<Running, StartError> {
    if !config.listen.ip().is_loopback() {
        return Err(StartError::NotLoopback(config.listen));
    }
    let listener = TcpListener::bind(config.listen).await.map_err(|source| StartError::Listen(config.listen, source))?;
    let addr = listener.local_addr().map_err(|source| StartError::Listen(config.listen, source))?;
    let base = base(&config.public_base, addr.port())?;
    let engine = Engine::new(config.scim_ca_pem.as_deref())?;
    let now = Stamp::new((config.now)());
    let (directory, keys) = contents(&config, now)?;
    let (stop, stopping) = watch::channel(false);
    let sim = Arc::new(Sim::new(Shared::new(base, Arc::clone(&config.now), (directory, keys), engine, stopping.clone())));
    let mut tasks = Vec::new();
    let router = serve::router(&sim);
    tasks.push(tokio::spawn(serve::run(listener, config.tls, router, stopping)));
    tasks.push(tokio::spawn(provisioning::schedule::run(Arc::clone(&sim))));
    if let Some(path) = config.state_file {
        sim.touch();
        tasks.push(tokio::spawn(Arc::clone(&sim).keep(path)));
    }
    Ok(Running::new(addr, sim, stop, tasks))
}

fn base(public: &str, port: u16) -> Result<String, StartError> {
    let filled = public.replace("{port}", &port.to_string());
    let bad = || StartError::PublicBase(public.to_owned());
    let url = url::Url::parse(&filled).map_err(|_| bad())?;
    let plain = matches!(url.scheme(), "http" | "https") && url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    if !plain {
        return Err(bad());
    }
    Ok(filled.trim_end_matches('/').to_owned())
}

fn contents(config: &Config, now: Stamp) -> Result<(directory::Directory, KeyRing), StartError> {
    let kept = match &config.state_file {
        Some(path) => state::load(path).map_err(|source| StartError::State(path.clone(), source))?,
        None => None,
    };
    let (mut directory, keys) = match kept {
        Some(kept) => (kept.directory, KeyRing::load(&kept.keys)?),
        None => (seed::build::directory(&config.seed, now)?, KeyRing::fresh()?),
    };
    // A tenant kept by an older simulator lacks permissions that came since.
    if let Some(graph) = directory.principals.values_mut().find(|sp| sp.app_id == directory::catalogue::GRAPH) {
        graph.app_roles = directory::catalogue::graph_principal(directory.tenant.id.guid()).app_roles;
    }
    seed::build::apply(&mut directory, &config.seed, now);
    Ok((directory, keys))
}
