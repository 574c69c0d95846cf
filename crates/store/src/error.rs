//! What can go wrong in the store, in the terms of its callers.

use std::{error::Error, sync::Arc};

/// A cause that several answers may have in common.
pub type Cause = Arc<dyn Error + Send + Sync>;

/// Why a read or write was not done. Nothing of a failed write is kept.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// There is no such thing.
    #[error("there is no {noun} {id}")]
    NotFound {
        /// What was looked for: `app`, `user`, `session` …
        noun: &'static str,
        /// Its id.
        id: String,
    },
    /// Something else has that value already, and two may not.
    #[error("another {noun} has the {field} {value:?} already")]
    Conflict {
        /// What it is.
        noun: &'static str,
        /// The attribute, in its wire spelling where it has one.
        field: &'static str,
        /// The value both want; empty when the engine did not tell it.
        value: String,
    },
    /// A rule of the business forbids it; carried out of a closure, to be shown.
    #[error("{0}")]
    Refused(String),
    /// The database does not answer, or does not take writes: answer 503.
    #[error("the store is not available")]
    Unavailable {
        /// What happened.
        #[source]
        source: Cause,
    },
    /// A stored row cannot be understood.
    #[error("the stored {noun} {id} cannot be read")]
    Corrupt {
        /// What it is.
        noun: &'static str,
        /// Its id, or the statement that met it.
        id: String,
        /// What is wrong with it.
        #[source]
        source: Cause,
    },
    /// The queue is full and did not move for a while: answer 503.
    #[error("the store has too much to do at the moment")]
    Full,
}

impl StoreError {
    /// Wraps what made the store unavailable.
    pub(crate) fn unavailable(source: impl Error + Send + Sync + 'static) -> Self {
        Self::Unavailable { source: Arc::new(source) }
    }
    /// Wraps what is wrong with a row.
    pub(crate) fn corrupt(noun: &'static str, id: impl ToString, source: impl Error + Send + Sync + 'static) -> Self {
        Self::Corrupt { noun, id: id.to_string(), source: Arc::new(source) }
    }
    /// True when trying again later may help: the caller answers 503.
    pub const fn is_outage(&self) -> bool {
        matches!(self, Self::Unavailable { .. } | Self::Full | Self::Corrupt { .. })
    }
}

/// Why the store could not be opened; found as the source of [`StoreError::Unavailable`].
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder or a file in it.
    #[error("{path} cannot be used")]
    Path {
        /// Which.
        path: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// Another process has it open.
    #[error("{path} is in use by another process; stop that one first")]
    InUse {
        /// The lock file.
        path: String,
    },
    /// Made by a newer release.
    #[error("the database has schema {found}, this release knows schemas up to {known}; use the release that wrote it, or a newer one")]
    NewerSchema {
        /// Schema of the database.
        found: i64,
        /// Newest schema of this release.
        known: i64,
    },
    /// Bringing the schema up to date failed; nothing was changed.
    #[error("the database could not be brought to schema {known}")]
    Migrate {
        /// Newest schema of this release.
        known: i64,
        /// What happened.
        #[source]
        source: Box<refinery::Error>,
    },
    /// The engine refused before anything was changed.
    #[error("the database cannot be read")]
    Engine {
        /// What it said.
        #[source]
        source: rusqlite::Error,
    },
    /// The sealing key is another one.
    #[error("the sealing key does not open this database; configure the key that it was made with (or that key as the previous one)")]
    SealingKey,
}

/// States of the writer that end a write.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WriterError {
    #[error("the store is closed")]
    Closed,
    #[error("another process has taken the store over")]
    HandedOver,
    #[error("the database stands still; whether something that was under way is done is not known")]
    StandsStill,
    #[error("the mutation panicked and was rolled back")]
    Panicked,
    #[error("the transaction ended before its time and was rolled back")]
    LostTransaction,
    #[error("a follower of the feed failed; writes stop until the server is started again")]
    FollowerFailed,
    #[error("reading panicked")]
    ReadPanicked,
    #[error("the sealed value does not open with the configured keys")]
    Unseal,
}
