//! HTTP in: listeners, host dispatch, who the client is, when a request is over.

mod accept;
mod connection;
mod ending;
mod handshake;
mod hosts;
mod listeners;
mod local;
mod patience;
mod protocol;
mod redirect;
mod sockets;
mod thread;
mod trust;
mod watched;

pub(crate) use handshake::Tls;
pub use handshake::TlsError;
pub(crate) use hosts::Hosts;
pub(crate) use listeners::{Life, Listeners, workers};
pub(crate) use sockets::Sockets;
pub(crate) use trust::Trust;
