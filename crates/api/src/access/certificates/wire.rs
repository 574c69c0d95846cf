//! The authority of the v4 API: reading and writing it.

use std::collections::BTreeSet;

use model::{Timestamp, certificate::Certificate, email::is_domain};
use serde_json::{Value, json};

use super::pem::{self, Authority};
use crate::{
    error::ApiError,
    fault::{Faults, Fields},
};

/// Most characters of a certificate or bundle.
const LONGEST: usize = 200_000;
/// Most hosts of an authority.
const MOST_HOSTS: usize = 500;

/// A new authority as a body describes it.
#[derive(Debug)]
pub(super) struct Draft {
    pub name: String,
    pub pem: String,
    pub authority: Authority,
    pub hosts: Vec<String>,
}

/// Reads the body of a new authority.
pub(super) fn read_new(body: &Value, now: Timestamp) -> Result<Draft, ApiError> {
    let faults = Faults::default();
    let draft = Fields::of(body, "", &faults).and_then(|fields| {
        let name = fields.required_text("name", 255).map(str::to_owned);
        let pem = fields.required_text("certificate", LONGEST).map(str::to_owned);
        let authority = pem.as_deref().and_then(|pem| pem::read(pem, now).map_err(|why| fields.fault("certificate", why)).ok());
        let hosts = hosts(&fields).unwrap_or_default();
        finish(&fields);
        Some(Draft { name: name?, pem: pem?, authority: authority?, hosts })
    });
    faults.finish_some(draft)
}

/// Reads the body of a change: hosts, and a name unless it is left out.
pub(super) fn read(body: &Value) -> Result<(Option<String>, Vec<String>), ApiError> {
    let faults = Faults::default();
    let read = Fields::of(body, "", &faults).and_then(|fields| {
        let name = if fields.given("name") { fields.required_text("name", 255).map(str::to_owned) } else { None };
        if fields.given("certificate") {
            fields.fault("certificate", "the certificate of an authority cannot change: make a new one and take the hosts over");
        }
        fields.require("associated_hostnames");
        let hosts = hosts(&fields);
        finish(&fields);
        Some((name, hosts?))
    });
    faults.finish_some(read)
}

fn finish(f: &Fields<'_>) {
    f.read_only(&["id", "uid", "fingerprint", "expires_on", "created_at", "updated_at"]);
    f.done();
}

fn hosts(f: &Fields<'_>) -> Option<Vec<String>> {
    let texts = f.parsed_array::<Host>("associated_hostnames")?;
    let mut seen = BTreeSet::new();
    if texts.len() > MOST_HOSTS {
        f.fault("associated_hostnames", format!("has more than {MOST_HOSTS} hosts"));
    }
    if let Some(Host(twice)) = texts.iter().find(|Host(host)| !seen.insert(host)) {
        f.fault("associated_hostnames", format!("{twice:?} is listed twice"));
    }
    Some(texts.into_iter().map(|Host(host)| host).collect())
}

/// A host's name, lower case, without port.
pub(super) struct Host(pub String);

impl std::str::FromStr for Host {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let shown: String = text.chars().take(120).collect();
        if text.contains('*') {
            return Err(format!(
                "{shown:?}: a certificate is asked for before the page is known, so that hosts are named one by one, without *"
            ));
        }
        if !is_domain(text) {
            return Err(format!("{shown:?} is not a host's name like wiki.harbourworks.example: it has no scheme, port or path"));
        }
        Ok(Self(text.to_ascii_lowercase()))
    }
}

/// The wire form. The certificate itself is not told, as the contract has it.
pub(super) fn write(certificate: &Certificate) -> Value {
    json!({
        "id": certificate.id.to_string(),
        "name": certificate.name,
        "fingerprint": certificate.fingerprint,
        "associated_hostnames": certificate.associated_hostnames,
        "expires_on": certificate.expires_on.rfc3339(),
        "created_at": certificate.created_at.rfc3339(),
        "updated_at": certificate.updated_at.rfc3339(),
    })
}
