//! The server program as a library: configuration, wiring, listeners, layers and jobs. The binary is `doorward`.

mod access_log;
mod acme;
mod alerts;
pub mod audit;
pub mod backup;
pub mod certificates;
mod client;
pub mod config;
pub mod configuration;
mod console;
pub mod doctor;
pub mod door;
pub mod handover;
mod http;
pub mod init;
mod jobs;
mod limits;
mod live;
mod metrics;
mod operation;
mod reload;
pub mod replay;
mod running;
mod shown;
pub mod systemd;
pub mod telemetry;
mod traces;
pub mod users;
pub mod why;
mod wiring;

pub use access_log::AccessLogError;
pub use acme::AcmeError;
pub use alerts::AlertsError;
pub use client::{Access, ClientError};
pub use wiring::check;

pub use config::Config;
pub use reload::{FollowLogs, Reload};
pub use running::Running;
pub use wiring::{Clock, StartError, start, start_at, start_given};
