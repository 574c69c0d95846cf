//! One order: proof that the name is ours, a new key, and the certificate.

use std::time::Duration;

use instant_acme::{
    Account, AuthorizationStatus, CertificateIdentifier, ChallengeType, Identifier, NewOrder, Order, OrderStatus, RetryPolicy,
};
use model::{
    Secret, Timestamp,
    acme::{Certificate, Challenge as Open},
};
use rcgen::{CertificateParams, DistinguishedName, KeyPair};
use rustls_pki_types::{CertificateDer, pem::PemObject};
use store::{LoadedCertificate, Store};

use super::{Setup, trouble::Trouble};
use crate::{
    certificates::{facts, stored},
    config::Challenge,
};

/// How long the server may take to look at the proof, and to sign.
const PATIENCE: RetryPolicy = RetryPolicy::new().initial_delay(Duration::from_millis(500)).backoff(1.5).timeout(Duration::from_secs(75));
/// Longest token: they are base64url of some bytes.
const LONGEST_TOKEN: usize = 256;

/// What is to be proved, and how.
pub(super) struct Proof<'a> {
    pub name: &'a str,
    /// The preferred way first.
    pub preferred: Vec<Challenge>,
    /// The certificate that this one replaces.
    pub replaces: Option<CertificateIdentifier<'static>>,
}

/// Orders a certificate for one name. Challenges that were opened stay open: the caller closes them.
pub(super) async fn order(
    account: &Account,
    setup: &Setup,
    store: &Store,
    proof: &Proof<'_>,
    now: Timestamp,
) -> Result<LoadedCertificate, Trouble> {
    let trouble = |error: instant_acme::Error| Trouble::of(&error, setup.retry_after.get());
    let names = [Identifier::Dns(proof.name.to_owned())];
    let mut wanted = NewOrder::new(&names);
    if let Some(replaces) = &proof.replaces {
        wanted = wanted.replaces(replaces.clone());
    }
    let mut order = account.new_order(&wanted).await.map_err(trouble)?;
    prove(&mut order, setup, store, proof, now).await?;
    let ready = order.poll_ready(&PATIENCE).await;
    if !matches!(ready, Ok(OrderStatus::Ready)) {
        return Err(match (why_not(&mut order).await, ready) {
            (Some(known), _) => known,
            (None, Err(error)) => trouble(error),
            (None, Ok(_)) => Trouble::slow(),
        });
    }
    let key = KeyPair::generate().map_err(|e| Trouble::key(&e))?;
    let mut params = CertificateParams::new(vec![proof.name.to_owned()]).map_err(|e| Trouble::key(&e))?;
    params.distinguished_name = DistinguishedName::new();
    let request = params.serialize_request(&key).map_err(|e| Trouble::key(&e))?;
    order.finalize_csr(request.der()).await.map_err(trouble)?;
    let chain = order.poll_certificate(&PATIENCE).await.map_err(trouble)?;
    checked(chain, &key, setup, proof.name, now)
}

/// Opens a challenge for every authorization that is not there yet, and tells the server.
async fn prove(order: &mut Order, setup: &Setup, store: &Store, proof: &Proof<'_>, now: Timestamp) -> Result<(), Trouble> {
    let trouble = |error: instant_acme::Error| Trouble::of(&error, setup.retry_after.get());
    let mut authorizations = order.authorizations();
    while let Some(authorization) = authorizations.next().await {
        let mut authorization = authorization.map_err(trouble)?;
        if authorization.status == AuthorizationStatus::Valid {
            continue;
        }
        let offered = |way: &Challenge| authorization.challenges.iter().any(|c| c.r#type == kind(*way));
        let way = proof.preferred.iter().copied().find(offered);
        let names = || authorization.challenges.iter().map(|c| format!("{:?}", c.r#type)).collect::<Vec<_>>();
        let Some(way) = way else { return Err(Trouble::no_way(&names())) };
        let Some(mut challenge) = authorization.challenge(kind(way)) else { return Err(Trouble::no_way(&[])) };
        let token = challenge.token.clone();
        let readable = token.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        if token.is_empty() || token.len() > LONGEST_TOKEN || !readable {
            return Err(trouble(instant_acme::Error::Str("a readable token")));
        }
        let key_authorization = challenge.key_authorization().as_str().to_owned();
        let open = Open { name: proof.name.to_owned(), token, key_authorization, at: now };
        store.write(move |tx| tx.put_acme_challenge(&open)).await.map_err(Trouble::store)?;
        challenge.set_ready().await.map_err(trouble)?;
    }
    Ok(())
}

/// What the server says of the challenges of an order that failed.
async fn why_not(order: &mut Order) -> Option<Trouble> {
    let mut authorizations = order.authorizations();
    while let Some(Ok(mut authorization)) = authorizations.next().await {
        authorization.refresh().await.ok()?;
        for way in [Challenge::Http01, Challenge::TlsAlpn01] {
            let failed = authorization.challenges.iter().find(|c| c.r#type == kind(way)).and_then(|c| c.error.as_ref());
            if let Some(problem) = failed {
                return Some(Trouble::of_challenge(way, problem));
            }
        }
    }
    None
}

/// The certificate, once it is known to be one that can be served.
fn checked(chain: String, key: &KeyPair, setup: &Setup, name: &str, now: Timestamp) -> Result<LoadedCertificate, Trouble> {
    let private = key.serialize_pem();
    let first = CertificateDer::from_pem_slice(chain.as_bytes()).map_err(|_| Trouble::unusable("it is not PEM"))?;
    let facts = facts(&first).ok_or_else(|| Trouble::unusable("it is not an X.509 certificate"))?;
    if !facts.names.iter().any(|n| n == name) {
        return Err(Trouble::unusable("it is for another name"));
    }
    if facts.not_after <= now {
        return Err(Trouble::unusable("it has ended already; is the clock of this machine right?"));
    }
    if stored(&chain, &private).is_none() {
        return Err(Trouble::unusable("it is not for the key that was made for it"));
    }
    let directory = setup.settings.directory_url.to_string();
    let public = Certificate { name: name.to_owned(), chain, directory, not_before: facts.not_before, not_after: facts.not_after };
    Ok(LoadedCertificate { public, private: Secret::new(private) })
}

fn kind(way: Challenge) -> ChallengeType {
    match way {
        Challenge::Http01 => ChallengeType::Http01,
        Challenge::TlsAlpn01 => ChallengeType::TlsAlpn01,
    }
}
