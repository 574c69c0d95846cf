//! HTTP in: listeners, host dispatch, who the client is, the access log.

mod accept;
mod access_log;
mod connection;
mod ending;
mod handshake;
mod hosts;
mod listeners;
mod patience;
mod protocol;
mod redirect;
mod sockets;
mod thread;
mod trust;

pub(crate) use hosts::Hosts;
pub(crate) use listeners::{Life, Listeners, workers};
pub(crate) use sockets::Sockets;
pub(crate) use trust::Trust;
