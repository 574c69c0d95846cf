//! Any OpenID Connect provider, by the addresses of its settings: the code flow of OpenID Connect Core 1.0 section 3.1.

mod diagnosis;
mod endpoints;
mod keys;
mod person;
mod sign_in;

pub(crate) use diagnosis::diagnose;
pub(crate) use endpoints::authorize_url;
pub(crate) use keys::KeyStore;
