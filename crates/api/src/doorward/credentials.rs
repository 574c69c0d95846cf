//! `identity_providers/{identity_provider_id}/credentials`: how doorward proves itself to a provider. Nothing secret is shown.

use axum::extract::State;
use model::{
    IdpId, Secret, Timestamp,
    idp::{ClientAuthentication, ClientCredentials, CredentialSlot, EntraSettings, IdentityProvider, IdpConfig},
};
use serde_json::{Value, json};

use crate::{
    access::identity_providers::looks_like_secret_id,
    audit::Object,
    body::Json,
    caller::{Caller, OrgRead, OrgWrite},
    doorward::console,
    envelope::Answer,
    error::ApiError,
    fault::{Faults, Fields},
    params::At,
    state::{ApiConfig, ApiState},
};

const NOUN: Object = Object("identity_provider_credentials");

/// What a body asks for.
enum Draft {
    /// Secrets; `None` keeps the stored one.
    Secrets { first: Option<Secret>, second: Second },
    /// A certificate with its key; `None` keeps the stored key.
    Certificate { certificate_pem: String, key: Option<Secret> },
    /// A named file of assertions.
    Federated { token: String },
}

impl Draft {
    /// Whether a stored secret would change; one that is sent again counts, so that nobody tries out here which one is stored.
    fn sends_secrets(&self) -> bool {
        match self {
            Self::Secrets { first, second } => first.is_some() || !matches!(second, Second::Keep),
            Self::Certificate { key, .. } => key.is_some(),
            Self::Federated { .. } => false,
        }
    }
}

enum Second {
    Keep,
    Remove,
    Set(Secret),
}

/// The method and what is stored for it.
pub(crate) async fn get(_: Caller<OrgRead>, State(state): State<ApiState>, At(id): At<IdpId>) -> Result<Answer, ApiError> {
    let snapshot = state.store.snapshot();
    let idp = snapshot.idps.get(&id).ok_or_else(|| ApiError::missing("identity provider", id))?;
    let stored = snapshot.idp_credentials.get(&id).map(|c| (**c).clone()).unwrap_or_default();
    Ok(Answer::ok(write(&idp.config, &stored)))
}

/// Changes them. Credentials of the other methods stay stored, so that going back is one call.
pub(crate) async fn put(
    caller: Caller<OrgWrite>,
    State(state): State<ApiState>,
    At(id): At<IdpId>,
    Json(body): Json,
) -> Result<Answer, ApiError> {
    let (draft, actor) = (read(&body, &state.config)?, caller.actor());
    let saved = state.write(move |tx, snapshot| {
        let before = tx.idp(&id)?.ok_or_else(|| ApiError::missing("identity provider", id))?;
        let stored = snapshot.idp_credentials.get(&id).map(|c| (**c).clone()).unwrap_or_default();
        refuse_secret_ids(&before.config, &draft)?;
        let sent = draft.sends_secrets();
        let (method, credentials) = apply(draft, &before.config, stored.clone(), tx.now())?;
        let config = with_method(&before.config, method)?;
        if sent || before.config != config {
            console::guards(tx, &caller, &id)?;
        }
        let after = IdentityProvider { config, updated_at: tx.now(), ..before.clone() };
        tx.put_idp(&after)?;
        for slot in CredentialSlot::ALL {
            if stored.get(slot) != credentials.get(slot) {
                tx.set_idp_credential(&id, slot, credentials.get(slot))?;
            }
        }
        let shown = write(&after.config, &credentials);
        NOUN.updated(tx, actor, id, (write(&before.config, &stored), shown.clone()))?;
        Ok(shown)
    });
    Ok(Answer::ok(saved.await?))
}

/// At Entra, what has the form of a GUID is a secret's id; other providers have secrets of that form.
fn refuse_secret_ids(config: &IdpConfig, draft: &Draft) -> Result<(), ApiError> {
    let (IdpConfig::Entra(_), Draft::Secrets { first, second }) = (config, draft) else { return Ok(()) };
    let second = if let Second::Set(secret) = second { Some(secret) } else { None };
    for (pointer, secret) in [("/client_secret", first.as_ref()), ("/second_client_secret", second)] {
        if secret.is_some_and(|secret| looks_like_secret_id(secret.expose())) {
            return Err(ApiError::fault(pointer, "this is the Secret ID, not the secret: copy the column Value"));
        }
    }
    Ok(())
}

fn apply(
    draft: Draft,
    before: &IdpConfig,
    mut credentials: ClientCredentials,
    now: Timestamp,
) -> Result<(ClientAuthentication, ClientCredentials), ApiError> {
    let method = match draft {
        Draft::Secrets { first, second } => {
            // What a GET shows can be sent back, also before anything was stored.
            let same = first.is_none() && matches!(second, Second::Keep) && by_secret(before);
            if first.is_some() {
                credentials.secret = first;
            }
            match second {
                Second::Keep => {}
                Second::Remove => credentials.second_secret = None,
                Second::Set(secret) => credentials.second_secret = Some(secret),
            }
            if credentials.secret.is_none() && !same {
                return Err(ApiError::fault("/client_secret", "client_secret is required: none is stored"));
            }
            ClientAuthentication::Secret
        }
        Draft::Certificate { certificate_pem, key } => {
            let key = key.or_else(|| credentials.private_key.clone());
            let key = key.ok_or_else(|| ApiError::fault("/private_key_pem", "private_key_pem is required: no key is stored"))?;
            let facts = idp::check_certificate(&certificate_pem, &key).map_err(|e| ApiError::fault("/certificate_pem", e.to_string()))?;
            if facts.not_after <= now {
                return Err(ApiError::fault(
                    "/certificate_pem",
                    format!("the certificate ended at {}: make a new one", facts.not_after.rfc3339()),
                ));
            }
            credentials.private_key = Some(key);
            ClientAuthentication::Certificate { certificate_pem }
        }
        Draft::Federated { token } => ClientAuthentication::Federated { token },
    };
    Ok((method, credentials))
}

fn by_secret(config: &IdpConfig) -> bool {
    config.entra().is_none_or(|settings| settings.own.client_authentication == ClientAuthentication::Secret)
}

fn with_method(config: &IdpConfig, method: ClientAuthentication) -> Result<IdpConfig, ApiError> {
    match config {
        IdpConfig::Entra(settings) => {
            let mut settings: EntraSettings = settings.clone();
            settings.own.client_authentication = method;
            Ok(IdpConfig::Entra(settings))
        }
        IdpConfig::Oidc(_) if method == ClientAuthentication::Secret => Ok(config.clone()),
        IdpConfig::Oidc(_) => Err(ApiError::fault("/method", "providers of type oidc take a client secret only")),
    }
}

fn read(body: &Value, config: &ApiConfig) -> Result<Draft, ApiError> {
    let faults = Faults::default();
    let draft = Fields::of(body, "", &faults).and_then(|f| {
        let draft = match f.required_text("method", 32)? {
            "secret" => secrets(&f),
            "certificate" => certificate(&f),
            "federated" => federated(&f, config),
            other => {
                f.fault("method", format!("{other:?} is not one of: secret, certificate, federated"));
                return None;
            }
        };
        f.read_only(&["client_secret_set", "second_client_secret_set", "private_key_set", "thumbprint", "subject", "not_after"]);
        f.done();
        draft
    });
    faults.finish_some(draft)
}

#[expect(clippy::unnecessary_wraps, reason = "one shape for the three methods")]
fn secrets(f: &Fields<'_>) -> Option<Draft> {
    let first = secret(f, "client_secret");
    let second = match secret(f, "second_client_secret") {
        Some(secret) => Second::Set(secret),
        None if f.is_null("second_client_secret") => Second::Remove,
        None => Second::Keep,
    };
    Some(Draft::Secrets { first, second })
}

fn secret(f: &Fields<'_>, key: &'static str) -> Option<Secret> {
    f.text_up_to(key, 1024).filter(|t| !t.is_empty() && !Secret::is_mask(t)).map(Secret::new)
}

fn certificate(f: &Fields<'_>) -> Option<Draft> {
    let certificate_pem = f.required_text("certificate_pem", 64 * 1024).map(str::to_owned);
    let key = f.text_up_to("private_key_pem", 64 * 1024).filter(|t| !t.is_empty() && !Secret::is_mask(t)).map(Secret::new);
    Some(Draft::Certificate { certificate_pem: certificate_pem?, key })
}

fn federated(f: &Fields<'_>, config: &ApiConfig) -> Option<Draft> {
    let token = f.required_text("token", 64)?.to_owned();
    if !config.federated_tokens.contains(&token) {
        f.fault("token", format!("{token:?} is not named in [outbound.federated_tokens] of the server's configuration file"));
    }
    Some(Draft::Federated { token })
}

fn write(config: &IdpConfig, credentials: &ClientCredentials) -> Value {
    let method = config.entra().map(|settings| &settings.own.client_authentication);
    match method {
        None | Some(ClientAuthentication::Secret) => json!({
            "method": "secret",
            "client_secret_set": credentials.secret.is_some(),
            "second_client_secret_set": credentials.second_secret.is_some(),
        }),
        Some(ClientAuthentication::Certificate { certificate_pem }) => {
            let facts = credentials.private_key.as_ref().and_then(|key| idp::check_certificate(certificate_pem, key).ok());
            json!({
                "method": "certificate",
                "certificate_pem": certificate_pem,
                "private_key_set": credentials.private_key.is_some(),
                "thumbprint": facts.as_ref().map(|f| &f.thumbprint),
                "subject": facts.as_ref().map(|f| &f.subject),
                "not_after": facts.map(|f| f.not_after.rfc3339()),
            })
        }
        Some(ClientAuthentication::Federated { token }) => json!({ "method": "federated", "token": token }),
    }
}
