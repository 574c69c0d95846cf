//! `alerts`: where warnings are told, besides what the server's configuration file says; and a try of every way.

use std::{pin::Pin, sync::Arc};

use axum::extract::State;
use model::{Email, Secret, Timestamp, alert_delivery::AlertDelivery};
use serde_json::{Value, json};
use url::Url;

use crate::{
    audit::Object,
    body::Json,
    caller::{Caller, OrgRead, OrgWrite},
    envelope::Answer,
    error::ApiError,
    fault::{Faults, Fields},
    state::{ApiConfig, ApiState, Stop},
    target,
};

const NOUN: Object = Object("alerts");
/// Most people that get letters.
const MOST_PEOPLE: usize = 50;
/// Characters of the webhook's secret.
const SECRET_LENGTH: std::ops::RangeInclusive<usize> = 16..=256;

/// Tells warnings; the server gives one that knows the configuration file.
pub trait Alerter: Send + Sync {
    /// What the configuration file says.
    fn configured(&self) -> ConfiguredAlerts;
    /// Tells a warning that is none on every way, the stored ones included.
    fn test(&self, now: Timestamp) -> Telling<'_>;
}

/// A test under way: how it went, for each way. No way at all: the log.
pub type Telling<'a> = Pin<Box<dyn Future<Output = Vec<Told>> + Send + 'a>>;

/// The ways of the configuration file, as far as they are shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConfiguredAlerts {
    /// Origin of the webhook: its path may hold a secret.
    pub webhook: Option<String>,
    /// Host of the mail server.
    pub mail_server: Option<String>,
    /// Who gets letters.
    pub mail_to: Vec<String>,
}

/// How one way went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// `webhook`, `mail` or `log`.
    pub way: &'static str,
    /// Where it went: the webhook's origin, or addresses.
    pub to: String,
    /// Why it did not work.
    pub error: Option<String>,
}

/// What a body asks for.
struct Draft {
    webhook_url: Change<Secret>,
    secret: Change<Secret>,
    mail_to: Vec<Email>,
}

/// Of what is never shown: left out, `null`, or anew.
enum Change<T> {
    Keep,
    Remove,
    Set(T),
}

/// The ways that are set here, and those of the configuration file.
pub(crate) async fn get(_: Caller<OrgRead>, State(state): State<ApiState>) -> Result<Answer, ApiError> {
    let configured = configured(&state);
    let stored = state.read(|reader| Ok((reader.alert_delivery()?, reader.alert_webhook_secret()?.is_some()))).await?;
    Ok(Answer::ok(write(&stored.0, stored.1, &configured)))
}

/// Replaces those that are set here. The webhook's address and its secret stay when they are left out.
pub(crate) async fn put(caller: Caller<OrgWrite>, State(state): State<ApiState>, Json(body): Json) -> Result<Answer, ApiError> {
    let configured = configured(&state);
    let draft = read(&body, &state.config, &configured)?;
    let (actor, account) = (caller.actor(), caller.account.clone());
    let saved = state.write(move |tx, _| {
        let (before, had) = (tx.alert_delivery()?, tx.alert_webhook_secret()?.is_some());
        let Draft { webhook_url, secret, mail_to } = draft;
        let former = before.as_ref().and_then(|delivery| delivery.webhook_url.clone());
        let webhook_url = match webhook_url {
            Change::Keep => former.clone(),
            Change::Remove => None,
            Change::Set(url) => Some(url),
        };
        let secret = secret_of(secret, webhook_url.as_ref(), former.as_ref().filter(|_| had))?;
        let has = match &secret {
            Change::Keep => had,
            Change::Remove => {
                tx.set_alert_webhook_secret(None)?;
                false
            }
            Change::Set(secret) => {
                tx.set_alert_webhook_secret(Some(secret))?;
                true
            }
        };
        let after = Some(AlertDelivery { webhook_url, mail_to, updated_at: tx.now() });
        after.iter().try_for_each(|after| tx.put_alert_delivery(after))?;
        let shown = write(&after, has, &configured);
        NOUN.updated(tx, actor, account, (write(&before, had, &configured), shown.clone()))?;
        Ok::<_, Stop>(shown)
    });
    Ok(Answer::ok(saved.await?))
}

/// Tells a warning that is none, on every way, and how each went.
pub(crate) async fn test(caller: Caller<OrgWrite>, State(state): State<ApiState>) -> Result<Answer, ApiError> {
    let Some(alerter) = state.alerts.as_ref().map(Arc::clone) else {
        return Err(ApiError::Conflict("this server tells nobody about warnings".into()));
    };
    let told = alerter.test(state.now()).await;
    let told: Vec<Value> =
        told.iter().map(|one| json!({ "way": one.way, "to": one.to, "ok": one.error.is_none(), "error": one.error })).collect();
    let (actor, account, noted) = (caller.actor(), caller.account.clone(), Value::Array(told.clone()));
    state.write(move |tx, _| Ok(NOUN.acted(tx, actor, "test", account, noted)?)).await?;
    Ok(Answer::ok(Value::Array(told)))
}

/// What becomes of the secret. One that is stored (then with the address that it signs for) is not used for a receiver elsewhere.
fn secret_of(wanted: Change<Secret>, url: Option<&Secret>, signed_for: Option<&Secret>) -> Result<Change<Secret>, ApiError> {
    let Some(url) = url else {
        let text = "there is no webhook that it could sign: give webhook_url";
        return if matches!(wanted, Change::Set(_)) { Err(ApiError::fault("/webhook_secret", text)) } else { Ok(Change::Remove) };
    };
    if matches!(wanted, Change::Keep) && signed_for.is_some_and(|former| origin(former) != origin(url)) {
        let text = "webhook_url leads elsewhere now, and the stored secret is of the former one: give the new one's, or null for calls that are not signed";
        return Err(ApiError::fault("/webhook_secret", text));
    }
    Ok(wanted)
}

/// Where a webhook is, without its path, which may be what lets callers in.
fn origin(url: &Secret) -> Option<String> {
    Url::parse(url.expose()).ok().map(|url| url.origin().ascii_serialization())
}

fn configured(state: &ApiState) -> ConfiguredAlerts {
    state.alerts.as_ref().map(|alerter| alerter.configured()).unwrap_or_default()
}

fn read(body: &Value, config: &ApiConfig, configured: &ConfiguredAlerts) -> Result<Draft, ApiError> {
    let faults = Faults::default();
    let draft = Fields::of(body, "", &faults).map(|fields| {
        let webhook_url = match target::endpoint_if_given(&fields, "webhook_url", config) {
            Some(url) => Change::Set(Secret::new(url)),
            None if fields.is_null("webhook_url") => Change::Remove,
            None => Change::Keep,
        };
        let secret = match fields.text("webhook_secret") {
            Some(text) if SECRET_LENGTH.contains(&text.chars().count()) => Change::Set(Secret::new(text)),
            Some(_) => {
                let (least, most) = (SECRET_LENGTH.start(), SECRET_LENGTH.end());
                fields.fault("webhook_secret", format!("has to be {least} to {most} characters long"));
                Change::Keep
            }
            None if fields.is_null("webhook_secret") => Change::Remove,
            None => Change::Keep,
        };
        let mail_to: Vec<Email> = fields.parsed_array("mail_to").unwrap_or_default();
        if mail_to.len() > MOST_PEOPLE {
            fields.fault("mail_to", format!("has more than {MOST_PEOPLE} addresses: let a mailing list spread it"));
        }
        if !mail_to.is_empty() && configured.mail_server.is_none() {
            fields.fault("mail_to", "the server's configuration file names no mail server: set [alerts.mail] there first");
        }
        fields.read_only(&["webhook_origin", "webhook_url_set", "webhook_secret_set", "configuration_file", "updated_at"]);
        fields.done();
        Draft { webhook_url, secret, mail_to }
    });
    faults.finish_some(draft)
}

fn write(stored: &Option<AlertDelivery>, has_secret: bool, configured: &ConfiguredAlerts) -> Value {
    let stored = stored.as_ref();
    let url = stored.and_then(|delivery| delivery.webhook_url.as_ref());
    json!({
        "webhook_origin": url.map(origin),
        "webhook_url_set": url.is_some(),
        "webhook_secret_set": has_secret,
        "mail_to": stored.map_or(&[][..], |delivery| &delivery.mail_to),
        "configuration_file": {
            "webhook": configured.webhook,
            "mail_server": configured.mail_server,
            "mail_to": configured.mail_to,
        },
        "updated_at": stored.map(|delivery| delivery.updated_at.rfc3339()),
    })
}
