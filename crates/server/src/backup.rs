//! `doorward backup`, a client of the running server, and `doorward restore`, which works on the files of a server that is stopped.

use std::{
    fs::{self, File},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::Arc,
};

pub use store::{Replace, Restored};

use crate::{
    Config,
    client::{Access, Client, ClientError},
    wiring::{StartError, now, read_sealing_key},
};

/// Why there is no backup, or nothing was restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// Nobody, or not the API, answered; or it refused.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// A file.
    #[error("{path} could not be used")]
    File {
        /// Which.
        path: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The sealing key of the configuration.
    #[error("without the sealing key nothing can be restored: put the key of the server that made the backup into its place first")]
    Key(#[source] StartError),
    /// The backup cannot be restored.
    #[error("nothing was restored")]
    Restore(#[from] store::RestoreError),
}

/// Writes a backup to a new file and tells its size in bytes. The file has its name only when it is whole.
///
/// # Errors
/// A server that does not answer or refuses, a file that is there already or cannot be written.
pub async fn backup(access: &Access<'_>, out: &Path) -> Result<u64, BackupError> {
    let failed = |path: &Path| {
        let path = path.display().to_string();
        move |source| BackupError::File { path, source }
    };
    if out.exists() {
        return Err(failed(out)(io::Error::new(io::ErrorKind::AlreadyExists, "it is there already: name a new file")));
    }
    let client = Client::open(access)?;
    let path = format!("accounts/{}/doorward/backup", client.account().await?);
    let mut answer = client.open_download(&path).await?;
    let mut unfinished = out.as_os_str().to_owned();
    unfinished.push(".unfinished");
    let unfinished = Unfinished(PathBuf::from(unfinished));
    let options = File::options().write(true).create(true).truncate(true).mode(0o600).open(&unfinished.0);
    let (mut file, mut size) = (options.map_err(failed(&unfinished.0))?, 0);
    while let Some(part) = client.part(&mut answer).await? {
        file.write_all(&part).map_err(failed(&unfinished.0))?;
        size += part.len() as u64;
    }
    file.sync_all().map_err(failed(&unfinished.0))?;
    fs::rename(&unfinished.0, out).map_err(failed(out))?;
    Ok(size)
}

/// Removed unless it got its name.
struct Unfinished(PathBuf);
impl Drop for Unfinished {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// Puts a backup into the place that the configuration names. `former_key` is the file of the key that the backup was sealed with, when
/// the configured one replaced it since.
///
/// # Errors
/// Keys and files that cannot be read, a backup that is damaged or sealed with another key, a server that is running.
pub async fn restore(config: &Config, from: &Path, former_key: Option<&Path>, replace: Replace) -> Result<Restored, BackupError> {
    let mut key = store::SealingKey::from_bytes(read_sealing_key(&config.store.sealing_key_file).map_err(BackupError::Key)?);
    if let Some(former) = former_key {
        key = key.with_previous(read_sealing_key(former).map_err(BackupError::Key)?);
    }
    let file = File::open(from).map_err(|source| BackupError::File { path: from.display().to_string(), source })?;
    let settings = store::Config { path: config.store.directory.clone(), sealing_key: key, now: Arc::new(now), cache: config.store.cache };
    Ok(store::restore(file, settings, replace).await?)
}
