//! The administrators' console as files: documents, scripts and style, embedded, with what a browser may do with them.
//!
//! Pure: which file answers which address, and under which headers. `server` puts them on the team domain. The files are served as they
//! stand in `assets`: there is no build step. Everything but the document is addressed by a mark of the whole set, so that a browser keeps
//! it for good and never mixes two releases.
#![warn(missing_docs)]

mod files;
mod served;
#[cfg(test)]
mod tests;

pub use served::{ASSETS, Caching, Console, HEADERS, Served};
