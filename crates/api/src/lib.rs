//! The v4-compatible API of a doorward account: `/client/v4/…`.
//!
//! A surface: it decodes requests into the nouns of `model`, makes one call into `store` and encodes the answer in the
//! v4 envelope. The folders under `src` are the URL's path, so an operation's room is its address; [`router`] has the whole
//! API on a page. Strictness, paging, permissions and errors are each decided in one file: `fault`, `pagination`, `caller`,
//! `error`.

mod access;
mod accounts;
mod asked;
mod audit;
mod audit_logs;
mod body;
mod caller;
mod console;
mod contract;
mod devices;
mod doctor;
mod doorward;
mod envelope;
mod error;
mod explained;
mod export;
mod fault;
mod gateway;
mod pagination;
mod params;
mod router;
mod state;
mod target;
mod token;
mod tokens;
mod trials;
mod uses;

pub use asked::TARGET as ASKED;
pub use caller::ClientAddress;
pub use doctor::{Checking, Comparing, Doctor, DriftCheck, ProviderCheck};
pub use doorward::{
    alerts::{Alerter, ConfiguredAlerts, Telling, Told},
    auth_contexts::Importing,
    directory_groups::Searching,
    login_tests::{BegunTest, LoginTestOrder, LoginTests},
};
pub use error::{ApiError, refusal};
pub use router::{Operation, elsewhere, operations, router};
pub use state::{ApiConfig, ApiState, KeyMaker, KeyMakerError, ReadingsSource, Reload, Reloaded, Reloading};
pub use token::{TokenOrder, new_token};
