//! Microsoft Entra ID, v2.0 endpoints.

mod authorize;
mod check;
mod contexts;
mod diagnosis;
mod endpoints;
mod graph;
mod groups;
mod keys;
mod lists;
mod members;
mod named_groups;
mod own_tokens;
mod person;
mod polls;
mod proofs;
mod redeem;
mod refresh;
mod secret;
mod sign_in;

pub use authorize::scopes;
pub(crate) use check::check;
pub use contexts::ContextsError;
pub use diagnosis::{Class, KnownFault, diagnose, diagnose_text, known, listed};
pub(crate) use endpoints::{Endpoints, is_loopback};
pub(crate) use keys::{KeyCache, since};
pub use members::{DirectMembers, MAX_MEMBERS, Member, MemberReader, MembersError, NestedGroup};
pub use model::finding::{Finding, Severity};
pub use named_groups::MOST_NAMED;
pub(crate) use own_tokens::OwnTokens;
pub use polls::{DeviceReader, PollError};
pub(crate) use proofs::FederatedTokens;
pub use secret::{SecretWarning, check_secret_shape};
