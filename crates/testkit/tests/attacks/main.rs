//! What an access proxy must survive: bytes no client would send, against the real server and in front of an origin that keeps
//! every byte it was given. Each test is one case; its comment names what taught it.
//!
//! [`scene::Scene`] is the place: a world, an application before a recording origin, somebody signed in. [`h1`] and [`h2`] write
//! raw bytes and raw frames; [`origin::Recorder`] answers over keep-alive connections and notes what came, read by the strict
//! parser of [`strict`], which shares nothing with the server.

mod h1;
mod h2;
mod origin;
mod scene;
mod strict;

mod differential;
mod floods;
mod frames;
mod framing;
mod hosts;
mod identity_headers;
mod methods;
mod paths;
mod sessions;
mod upgrade;
