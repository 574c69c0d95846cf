//! HTTP in: listeners, host dispatch, who the client is, when a request is over.

mod accept;
mod answer;
mod connection;
mod ending;
mod frames;
mod gate;
mod gathered;
mod handshake;
mod handshakes;
mod held;
mod hosts;
mod listeners;
mod local;
mod notice;
mod protocol;
mod receiving;
mod redirect;
mod refused;
mod relayed;
mod roster;
mod serving;
mod sockets;
mod strict;
mod suites;
mod thread;
mod trust;
mod turns;
mod upload;
mod watched;

pub(crate) use gate::Gate;
pub(crate) use handshake::Tls;
pub use handshake::TlsError;
pub(crate) use hosts::Hosts;
pub(crate) use listeners::{Life, Listeners, workers};
pub(crate) use sockets::Sockets;
pub(crate) use trust::Trust;
