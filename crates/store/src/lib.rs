//! The store: the only SQL of doorward, one writer, many readers, and a feed of everything that changes.
//!
//! **Writing.** [`Store::write`] hands a closure to the one writer thread, which runs up to 64 of them in one transaction, each in its own
//! savepoint. After the commit a new [`Snapshot`] of the configuration is published, every [`Follower`] takes the changes in, and only then
//! are the callers answered. An acknowledged write survives `kill -9`; a failed commit leaves nothing behind.
//!
//! **Reading.** Configuration is in the [`Snapshot`]; what people have (sessions, generations) is kept in memory by following the feed
//! from a [`LiveState`]. Requests are decided from these alone; [`Store::read`] is for pages, lists and the surfaces.
//!
//! **The feed.** Each change gets the next number in the transaction that makes it, without gaps and in commit order. Changes are states,
//! not instructions: applying one twice is harmless.
//!
//! **Secrets** are sealed (AES-256-GCM-SIV, keys by HKDF) with their place as additional data; machines' secrets are kept as keyed hashes
//! ([`Sealer`]).
//!
//! **Backups** ([`Store::backup`]) are consistent copies of everything, sealed under a key derived from the sealing key; [`restore`] puts one
//! into the place of a store that nobody has open.
//!
//! **Handing over** ([`Store::hand_over`]): a new process takes the database while this one still serves what it has open. This one writes
//! nothing any more, and follows what the new one writes by looking.
//!
//! **Easily missed.**
//! * Who waits for an answer gives up when the database stands still ([`StoreError::Unavailable`]); a write that was not begun by then is not
//!   made any more, a revocation is.
//! * [`StoreError::is_outage`]: answer 503. Why opening failed is an [`OpenError`], as the source of [`StoreError::Unavailable`].
//! * Before [`Store::initialise`] the snapshot holds an account without name and an id of zeros.
//! * Only [`Tx::revoke_user`] raises a person's generation; [`Tx::put_user`] keeps the stored one. [`Tx::start_session`] refuses a session
//!   whose generations were read before a revocation.
//! * [`Tx::forget_expired_sessions`], [`Tx::prune_logs`] and [`Tx::prune_scim_updates`] do a bounded piece of work: call again while it was a full one
//!   ([`FORGOTTEN_AT_ONCE`], [`PRUNED_AT_ONCE`]).
//! * Seats are counted where people are put and removed, nowhere else ([`Reader::seats_used`]); whether one more may be taken is for the
//!   caller to ask in the same transaction.
//! * [`Tx::remove_idp`] ends the sessions that the provider vouched for.
//! * Checks of a session ([`Tx::watch_session`]) go with it, whatever ends it; they leave no rows in the feed.
//! * The last [`Store`] dropped finishes the queue and stops the writer; [`Store::close`] does so in so many words.
//!
//! Functions live one file a noun, as methods of [`Reader`] and [`Tx`]. SQL texts live in `statement/`, migrations in `migrations/`.

#![warn(missing_docs)]

mod access_log;
mod acme;
mod apps;
mod audit_log;
mod backup;
mod certificates;
mod checks;
mod connection;
mod custom_pages;
mod error;
mod expanded;
mod feed;
mod fold;
mod follow;
mod grants;
mod groups;
mod held;
mod identities;
mod idps;
mod judged;
mod keys;
mod links;
mod lists;
mod migrate;
mod mutation;
mod objects;
mod open;
mod organization;
mod page;
mod policies;
mod pool;
mod populations;
mod posture;
mod provisioned;
mod provisioning_log;
mod queue;
mod reader;
mod registry;
mod seal;
mod seats;
mod sessions;
mod snapshot;
mod statement;
mod store;
mod tokens;
mod tx;
mod usage;
mod users;
mod warnings;
mod writer;

#[cfg(test)]
#[path = "../tests/it/folder.rs"]
mod folder;
#[cfg(test)]
#[path = "../tests/it/older.rs"]
mod older;

pub use access_log::{DecisionCount, DecisionFilter, DecisionPlace, PRUNED_AT_ONCE};
pub use acme::{LoadedCertificate, OpenChallenges};
pub use audit_log::{AuditFilter, AuditedChange, CHANGES_AT_ONCE};
pub use backup::{Backup, BackupHead, Replace, RestoreError, Restored, restore};
pub use checks::DueCheck;
pub use error::{OpenError, StoreError};
pub use expanded::{ExpandedGroup, ExpandedMember, GroupExpansion};
pub use follow::{Batch, Event, Follower, LiveState};
pub use groups::GroupMember;
pub use judged::JudgedPeople;
pub use model::registry::LinkStrength;
pub use page::{Listed, Page};
pub use populations::ProvisionedCounts;
pub use provisioned::ProvisionedKey;
pub use provisioning_log::{Chronology, KeptUpdates, ScimUpdateFilter};
pub use reader::Reader;
pub use seal::{Purpose, Sealer, SealingKey};
pub use sessions::FORGOTTEN_AT_ONCE;
pub use snapshot::{LoadedKey, Snapshot};
pub use store::{CacheSize, Clock, Config, Meter, Store, faults};
pub use tx::Tx;
pub use usage::{MOST_FAVOURITES, SessionApp};
pub use users::UserFilter;
