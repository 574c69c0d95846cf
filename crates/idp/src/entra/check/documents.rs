//! Discovery document and key set, read anew past the cache; and the clock.

use model::finding::Finding;
use oidc::{discovery::Metadata, jwks::JwkSet};
use url::Url;

use super::Look;
use crate::{
    check::{
        clock::clock,
        trouble::{Probe, Stage},
    },
    entra::{
        Endpoints,
        keys::{DISCOVERY, KEYS, MAX_DOCUMENT, is_of_provider, read_metadata},
        redeem::refused,
    },
    error::SignInError,
    fetch::Answer,
};

pub(super) async fn look(look: &Look<'_>) -> Vec<Finding> {
    let endpoints = &look.endpoints;
    let url = endpoints.discovery();
    let probe = Probe {
        asker: &look.asker,
        url: &url,
        expected: "a discovery document",
        unreachable: "discovery-unreachable",
        unusable: "discovery-unusable",
    };
    let answer = match look.client.fetcher().get(DISCOVERY, &url, MAX_DOCUMENT, look.deadline).await {
        Ok(answer) => answer,
        Err(error) => return vec![probe.finding(&error, Stage::Exchange)],
    };
    let clock = clock(answer.date.as_deref(), look.deadline.now());
    if let Some(trouble) = without_success(&probe, DISCOVERY, &answer) {
        return vec![trouble, clock];
    }
    match read_metadata(&answer.body, endpoints) {
        Ok(metadata) => {
            let found = Finding::ok("discovery", format!("{url} answers as issuer {}", metadata.issuer));
            vec![found, keys(look, &metadata.jwks_uri).await, clock]
        }
        Err(error) => vec![foreign_issuer(&answer.body, endpoints).unwrap_or_else(|| probe.finding(&error, Stage::Content)), clock],
    }
}

async fn keys(look: &Look<'_>, url: &Url) -> Finding {
    let probe =
        Probe { asker: &look.asker, url, expected: "a set of signing keys", unreachable: "keys-unreachable", unusable: "keys-unusable" };
    let answer = match look.client.fetcher().get(KEYS, url, MAX_DOCUMENT, look.deadline).await {
        Ok(answer) => answer,
        Err(error) => return probe.finding(&error, Stage::Exchange),
    };
    if let Some(trouble) = without_success(&probe, KEYS, &answer) {
        return trouble;
    }
    match JwkSet::parse(&answer.body) {
        Ok(set) => Finding::ok("keys", format!("{url} holds {} usable signing keys", set.ids().count())),
        Err(error) => probe.finding(&SignInError::Nonsense { what: KEYS, detail: error.to_string() }, Stage::Content),
    }
}

fn without_success(probe: &Probe<'_>, what: &'static str, answer: &Answer) -> Option<Finding> {
    let failed = !answer.status.is_success();
    failed.then(|| probe.finding(&refused(what, answer.status, &answer.body), Stage::Status(answer.status)))
}

/// The issuer is named when it is the one thing that does not fit.
fn foreign_issuer(body: &[u8], endpoints: &Endpoints) -> Option<Finding> {
    let (metadata, tenant) = (Metadata::parse(body).ok()?, endpoints.authority());
    if is_of_provider(&metadata, endpoints) {
        return None;
    }
    let issuer: String = metadata.issuer.as_str().chars().take(120).collect();
    Some(Finding::fault(
        "issuer",
        format!("the discovery document at {} is of the issuer {issuer:?}, not of directory ID {tenant}", endpoints.discovery()),
        "Check the directory ID (tenant ID) and the login address of the provider.",
    ))
}
