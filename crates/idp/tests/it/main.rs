//! Integration tests of the engine against an Entra-shaped provider inside the test.

// `cfg(test)` on the modules lets the lint settings for tests reach their helper functions.

#[cfg(test)]
mod authorize;
#[cfg(test)]
mod check;
mod contexts;
#[cfg(test)]
mod credentials;
#[cfg(test)]
mod generic;
#[cfg(test)]
mod graph;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod named_groups;
#[cfg(test)]
mod provider;
#[cfg(test)]
mod quiet;
#[cfg(test)]
mod refresh;
#[cfg(test)]
mod sign_in;
#[cfg(test)]
mod targets;
#[cfg(test)]
mod tls;
#[cfg(test)]
mod trouble;
