//! HTTP in: listeners, host dispatch, who the client is, the access log.

mod access_log;
mod connection;
mod handshake;
mod hosts;
mod listeners;
mod redirect;
mod trust;

pub(crate) use hosts::Hosts;
pub(crate) use listeners::{Life, Listeners};
pub(crate) use trust::Trust;
