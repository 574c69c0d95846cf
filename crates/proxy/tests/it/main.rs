//! The proxy between real sockets: raw requests in front of it, a recording origin behind it, a real store and guard beside it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop right there")]

mod balancing;
mod expectations;
mod extended_connect;
mod front;
mod fuzz;
mod headers;
mod http2_origins;
mod limits;
mod origin;
mod pooling;
mod relay;
mod rig;
mod sockets;
mod streams;
mod tls_origins;
mod trailers;
mod uploads;
mod wire;
