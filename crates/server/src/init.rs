//! `doorward init`: a commented configuration, the sealing key, the account and the first administrator's API token.

use std::{
    io,
    path::{Path, PathBuf},
};

use model::{AccountId, Secret, api_token::Permission};

use crate::{
    certificates::write_private_file,
    config::{Config, ConfigError},
    wiring::{self, StartError, now},
};

/// What could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A file.
    #[error("{path} could not be written")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The server's parts.
    #[error(transparent)]
    Start(#[from] StartError),
    /// There is an administrator already.
    #[error("this installation has an administrator already: `init` makes the first one only")]
    AlreadyInitialised,
    /// No configuration and no team domain to write one with.
    #[error("{0} does not exist: give --team-domain, and it is written")]
    TeamDomain(PathBuf),
}

/// What `init` is asked to do.
#[derive(Debug)]
pub struct Init {
    /// The configuration file: used when it is there, written when not.
    pub config: PathBuf,
    /// Team domain for a new configuration.
    pub team_domain: Option<String>,
    /// Name for a new configuration.
    pub name: Option<String>,
    /// File for the API token; it must not exist yet.
    pub token_file: Option<PathBuf>,
}

/// What came of it.
pub struct Initialised {
    /// The account.
    pub account: AccountId,
    /// The first administrator's API token: shown once.
    pub token: Secret,
    /// True when the configuration was written.
    pub wrote_config: bool,
}

/// Sets an installation up.
pub async fn init(request: Init) -> Result<Initialised, InitError> {
    let wrote_config = !request.config.exists();
    // Found out before anything is made: a token that cannot be written would be lost for good.
    if let Some(path) = &request.token_file {
        write_private_file(path, b"").map_err(|source| InitError::File { path: path.clone(), source })?;
    }
    let done = set_up(&request, wrote_config).await;
    if let (Err(_), Some(path)) = (&done, &request.token_file) {
        // Best effort: the empty file would be in the way of the next attempt.
        let _ = std::fs::remove_file(path);
    }
    let done = done?;
    if let Some(path) = &request.token_file {
        std::fs::write(path, done.token.expose()).map_err(|source| InitError::File { path: path.clone(), source })?;
    }
    Ok(done)
}

async fn set_up(request: &Init, wrote_config: bool) -> Result<Initialised, InitError> {
    if wrote_config {
        let domain = request.team_domain.as_deref().ok_or_else(|| InitError::TeamDomain(request.config.clone()))?;
        let text = TEMPLATE
            .replace("{domain}", domain)
            .replace("{name}", &request.name.as_deref().unwrap_or("doorward").replace(['"', '\\', '\n'], ""));
        // A faulty name must not leave a file behind.
        Config::parse(&text, Path::new("."))?;
        if let Some(folder) = request.config.parent() {
            std::fs::create_dir_all(folder).map_err(|source| InitError::File { path: folder.to_owned(), source })?;
        }
        std::fs::write(&request.config, text).map_err(|source| InitError::File { path: request.config.clone(), source })?;
    }
    let config = Config::load(&request.config)?;
    let key_file = &config.store.sealing_key_file;
    if !key_file.exists() {
        let key: [u8; 32] = rand::random();
        write_private_file(key_file, hex::encode(key).as_bytes()).map_err(|source| InitError::File { path: key_file.clone(), source })?;
    }
    private_folder(&config.store.directory).map_err(|source| InitError::File { path: config.store.directory.clone(), source })?;
    let store = wiring::open_store(&config, std::sync::Arc::new(now)).await?;
    let outcome = first_administrator(&store, &config.team.name).await;
    let account = store.snapshot().account.id.clone();
    store.close().await;
    Ok(Initialised { account, token: outcome?, wrote_config })
}

/// A folder that only its owner may enter.
fn private_folder(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

async fn first_administrator(store: &store::Store, name: &str) -> Result<Secret, InitError> {
    store.initialise(name).await.map_err(StartError::Store)?;
    if !store.snapshot().api_tokens.is_empty() {
        return Err(InitError::AlreadyInitialised);
    }
    let order = api::TokenOrder { name: "first administrator".into(), permissions: Permission::ALL.into(), ..api::TokenOrder::default() };
    let (token, secret) = api::new_token(&mut rand::rng(), store.sealer(), order, now());
    store.write(move |tx| tx.put_api_token(&token)).await.map_err(StartError::Store)?;
    Ok(secret)
}

const TEMPLATE: &str = include_str!("init/doorward.toml");
