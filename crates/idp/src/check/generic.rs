//! Any OpenID Connect provider: key set, discovery document, and the client at the token endpoint.

use model::{
    Secret, Timestamp,
    finding::Finding,
    idp::{ClientCredentials, OidcSettings},
};
use oidc::{discovery::Metadata, jwks::JwkSet};
use url::Url;

use super::{
    CheckRequest,
    clock::clock,
    trouble::{Probe, Stage},
};
use crate::{
    Client,
    error::SignInError,
    fetch::Deadline,
    token::{Proof, Proven, Question, ask},
};

/// Largest document, in bytes.
const MAX_DOCUMENT: usize = 1024 * 1024;
const PROVIDER: &str = "the provider";
/// A code that nobody was given.
const WRONG_CODE: &str = "doorward-check-of-the-set-up";

/// All probes at once.
pub(super) async fn look(
    client: &Client,
    idp: &OidcSettings,
    credentials: &ClientCredentials,
    request: &CheckRequest<'_>,
    now: Timestamp,
) -> Vec<Finding> {
    let look = Look { client, idp, asker: format!("client ID {}", idp.client_id), deadline: client.deadline(now) };
    let (keys, discovery, token) = tokio::join!(look.keys(), look.discovery(), look.token(credentials, request.callback));
    let mut findings = keys;
    findings.extend(discovery);
    findings.extend(token);
    if !idp.pkce_enabled {
        findings.push(Finding::note("pkce-off", "PKCE is off").with_fix("Switch pkce_enabled on when the provider supports it."));
    }
    findings.push(
        Finding::note(
            "redirect-uri",
            format!("doorward sends people back to {}; no call can prove that it is registered", request.callback),
        )
        .with_fix(format!("Compare: the provider must list exactly {} for this client", request.callback)),
    );
    findings
}

struct Look<'a> {
    client: &'a Client,
    idp: &'a OidcSettings,
    asker: String,
    deadline: Deadline,
}

impl Look<'_> {
    async fn keys(&self) -> Vec<Finding> {
        let Ok(url) = Url::parse(&self.idp.certs_url) else { return vec![no_address("certs_url", &self.idp.certs_url)] };
        let probe = Probe {
            asker: &self.asker,
            url: &url,
            expected: "a set of signing keys",
            unreachable: "keys-unreachable",
            unusable: "keys-unusable",
        };
        let answer = match self.client.fetcher().get(PROVIDER, &url, MAX_DOCUMENT, self.deadline).await {
            Ok(answer) => answer,
            Err(error) => return vec![probe.finding(&error, Stage::Exchange)],
        };
        let time = clock(answer.date.as_deref(), self.deadline.now());
        if !answer.status.is_success() {
            return vec![probe.finding(&of_status(answer.status.is_server_error()), Stage::Status(answer.status)), time];
        }
        let keys = match JwkSet::parse(&answer.body) {
            Ok(set) => Finding::ok("keys", format!("{url} holds {} usable signing keys", set.ids().count())),
            Err(error) => probe.finding(&SignInError::Nonsense { what: PROVIDER, detail: error.to_string() }, Stage::Content),
        };
        vec![keys, time]
    }

    /// The document is not needed to sign people in; where it is, it is held against the settings.
    async fn discovery(&self) -> Vec<Finding> {
        let base = self.idp.issuer.clone().or_else(|| Some(Url::parse(&self.idp.auth_url).ok()?.origin().ascii_serialization()));
        let place = base.map(|base| format!("{}/.well-known/openid-configuration", base.trim_end_matches('/')));
        let Some(url) = place.and_then(|place| Url::parse(&place).ok()) else { return vec![no_address("auth_url", &self.idp.auth_url)] };
        let unknown = |why: String| {
            let fix = "Set the provider's issuer, when it has a discovery document; else compare the addresses by hand.";
            vec![Finding::unknown("discovery-unknown", format!("the settings could not be held against a discovery document: {why}"), fix)]
        };
        match self.client.fetcher().get(PROVIDER, &url, MAX_DOCUMENT, self.deadline).await {
            Ok(answer) if answer.status.is_success() => match Metadata::parse(&answer.body) {
                Ok(metadata) => self.compare(&url, &metadata),
                Err(_) => unknown(format!("{url} holds none that can be used")),
            },
            Ok(answer) => unknown(format!("{url} answered with status {}", answer.status)),
            Err(error) => {
                tracing::info!(%url, %error, "the check of a login method found no discovery document");
                unknown(format!("{url} did not answer"))
            }
        }
    }

    fn compare(&self, url: &Url, metadata: &Metadata) -> Vec<Finding> {
        let mut findings = Vec::new();
        let issuer: String = metadata.issuer.as_str().chars().take(200).collect();
        if !self.idp.accepts_issuer(metadata.issuer.as_str()) {
            let told = self.idp.issuer.as_deref().map_or_else(|| "the origin of auth_url".to_owned(), |told| format!("{told:?}"));
            let text = format!("{url} says that its tokens carry the issuer {issuer:?}; the settings take {told} only");
            findings.push(Finding::fault("issuer", text, format!("Set the provider's issuer to exactly {issuer:?}.")));
        }
        for (member, configured, told) in [
            ("auth_url", &self.idp.auth_url, &metadata.authorization_endpoint),
            ("token_url", &self.idp.token_url, &metadata.token_endpoint),
            ("certs_url", &self.idp.certs_url, &metadata.jwks_uri),
        ] {
            if Url::parse(configured).ok().as_ref() != Some(told) {
                let told: String = told.as_str().chars().take(300).collect();
                let text = format!("{member} is {configured}; the discovery document says {told}");
                findings.push(Finding::warning("discovery-differs", text, format!("Set {member} to {told}.")).about(member));
            }
        }
        if findings.is_empty() {
            findings.push(Finding::ok("discovery", format!("{url} agrees with the settings; the issuer is {issuer}")));
        }
        findings
    }

    /// A wrong code tells whether the client is believed: `invalid_client` comes before `invalid_grant` (RFC 6749 section 5.2).
    async fn token(&self, credentials: &ClientCredentials, callback: &str) -> Vec<Finding> {
        let Ok(url) = Url::parse(&self.idp.token_url) else { return vec![no_address("token_url", &self.idp.token_url)] };
        let probe = Probe {
            asker: &self.asker,
            url: &url,
            expected: "an OAuth error",
            unreachable: "token-endpoint-unreachable",
            unusable: "token-endpoint-unusable",
        };
        let secrets: Vec<&Secret> = [&credentials.secret, &credentials.second_secret].into_iter().flatten().collect();
        let mut proofs: Vec<Proof<'_>> = secrets.iter().flat_map(|s| [Proof::Post(s), Proof::Basic(s)]).collect();
        if proofs.is_empty() {
            proofs.push(Proof::Nothing);
        }
        let grant = [("grant_type", "authorization_code"), ("code", WRONG_CODE), ("redirect_uri", callback)];
        let question = Question { what: PROVIDER, url: &url, client_id: &self.idp.client_id, grant: &grant };
        let told = match ask(self.client.fetcher(), &Proven::default(), &question, &proofs, self.deadline).await {
            Ok(told) => told,
            Err(error) => return vec![probe.finding(&error, Stage::Exchange)],
        };
        let answer = &told.answer;
        let error = oidc::json::object(&answer.body).ok().and_then(|map| map.get("error")?.as_str().map(str::to_owned));
        vec![match error.as_deref() {
            Some("invalid_grant") => {
                let proof = if secrets.is_empty() { "client ID" } else { "client ID and secret" };
                Finding::ok("client-credentials", format!("{url} knows the {proof}: {}", self.asker))
            }
            Some("invalid_client") => Finding::fault(
                "secret-refused",
                format!("{url} does not accept the client: {}", self.asker),
                "Compare client ID and client secret with those at the provider, and enter the secret again.",
            ),
            Some("unauthorized_client") => Finding::fault(
                "client-refused",
                format!("{url} does not let this client redeem codes: {}", self.asker),
                "Allow the authorization code flow for this client at the provider.",
            ),
            Some(_) => Finding::unknown(
                "client-unproven",
                format!("{url} refused a wrong code for a reason that does not tell whether the secret is right"),
                "Use the login method's Test, which redeems a real code.",
            ),
            None => probe.finding(&of_status(answer.status.is_server_error()), Stage::Status(answer.status)),
        }]
    }
}

fn of_status(down: bool) -> SignInError {
    let detail = String::new();
    if down { SignInError::Down { what: PROVIDER, detail } } else { SignInError::Nonsense { what: PROVIDER, detail } }
}

fn no_address(member: &'static str, value: &str) -> Finding {
    let value: String = value.chars().take(200).collect();
    Finding::fault("provider-address", format!("{member} is {value:?}, which is no web address"), format!("Correct {member}."))
        .about(member)
}
