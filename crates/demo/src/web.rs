//! Owns the demo's HTTP client: it trusts the demo's authority only and knows where `*.localhost` is.

use std::time::Duration;

use anyhow::{Context, Result};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client};

use crate::cast::APPLICATIONS;
use crate::places::{Places, TEAM_HOST};

/// Makes the client.
pub fn client(authority_pem: &str) -> Result<Client> {
    let root = Certificate::from_pem(authority_pem.as_bytes()).context("the authority's certificate cannot be read")?;
    let mut builder = Client::builder()
        .tls_certs_only([root])
        .no_proxy()
        .redirect(Policy::none())
        .connect_timeout(Duration::from_secs(3))
        .timeout(Duration::from_secs(9));
    // Port 0: the port of the URL.
    let loopback = Places::loopback(0);
    for host in APPLICATIONS.iter().map(|application| application.host).chain([TEAM_HOST, "localhost"]) {
        builder = builder.resolve(host, loopback);
    }
    builder.build().context("the HTTP client cannot be made")
}
