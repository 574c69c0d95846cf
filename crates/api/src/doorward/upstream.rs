//! `apps/{app_id}/upstream`: where an application's requests go.

use axum::extract::State;
use model::{
    AppId, Timestamp,
    app::AppKind,
    upstream::{OriginUrl, Upstream, UpstreamTls},
};
use serde_json::{Value, json};

use crate::{
    audit::Object,
    body::Json,
    caller::{AppsRead, AppsWrite, Caller},
    envelope::Answer,
    error::ApiError,
    fault::{Faults, Fields},
    params::At,
    state::ApiState,
};

const NOUN: Object = Object("upstream");
/// Longest a request may wait for an origin's head: an hour, for long polls.
const LONGEST_WAIT_MS: i64 = 3_600_000;

/// The upstream, or 404 when the application has none.
pub(crate) async fn get(_: Caller<AppsRead>, State(state): State<ApiState>, At(app): At<AppId>) -> Result<Answer, ApiError> {
    let snapshot = state.store.snapshot();
    if !snapshot.apps.contains_key(&app) {
        return Err(ApiError::missing("application", app));
    }
    let upstream = snapshot.upstreams.get(&app).ok_or_else(|| ApiError::missing("upstream of the application", app))?;
    Ok(Answer::ok(write(upstream)))
}

/// Sets the upstream.
pub(crate) async fn put(
    caller: Caller<AppsWrite>,
    State(state): State<ApiState>,
    At(app): At<AppId>,
    Json(body): Json,
) -> Result<Answer, ApiError> {
    let (mut upstream, actor) = (read(&body)?, caller.actor());
    let saved = state.write(move |tx, _| {
        let kind = tx.app(&app)?.ok_or_else(|| ApiError::missing("application", app))?.kind;
        if kind != AppKind::SelfHosted {
            let text = format!("an application of type {} forwards nothing: only one of type self_hosted has an upstream", kind.as_str());
            return Err(ApiError::fault("", text).into());
        }
        let before = tx.upstream(&app)?;
        upstream.updated_at = tx.now();
        tx.put_upstream(&app, &upstream)?;
        match before {
            Some(before) => NOUN.updated(tx, actor, app, (write(&before), write(&upstream)))?,
            None => NOUN.created(tx, actor, app, write(&upstream))?,
        }
        Ok(upstream)
    });
    Ok(Answer::ok(write(&saved.await?)))
}

/// Takes the upstream away: the application answers with a page that says so.
pub(crate) async fn delete(caller: Caller<AppsWrite>, State(state): State<ApiState>, At(app): At<AppId>) -> Result<Answer, ApiError> {
    let actor = caller.actor();
    let removed = state.write(move |tx, _| {
        let before = tx.upstream(&app)?.ok_or_else(|| ApiError::missing("upstream of the application", app))?;
        tx.remove_upstream(&app)?;
        NOUN.deleted(tx, actor, app, write(&before))?;
        Ok(())
    });
    removed.await?;
    Ok(Answer::deleted(app))
}

fn read(body: &Value) -> Result<Upstream, ApiError> {
    let faults = Faults::default();
    let upstream = Fields::of(body, "", &faults).and_then(|f| {
        let url = f.required_text("url", 2048).and_then(|text| origin(&f, text));
        let millis = |key, default: u32| f.integer(key, 1..=LONGEST_WAIT_MS).and_then(|n| u32::try_from(n).ok()).unwrap_or(default);
        let forward_token_cookie = f.flag("forward_token_cookie").unwrap_or(true);
        let (host_header, tls) = (host_header(&f), f.object("tls").map(|tls| self::tls(&tls)).unwrap_or_default());
        let (connect_timeout_ms, response_timeout_ms) = (millis("connect_timeout_ms", 10_000), millis("response_timeout_ms", 60_000));
        f.read_only(&["updated_at"]);
        f.done();
        let updated_at = Timestamp::default();
        Some(Upstream { url: url?, forward_token_cookie, host_header, tls, connect_timeout_ms, response_timeout_ms, updated_at })
    });
    faults.finish_some(upstream)
}

fn origin(f: &Fields<'_>, text: &str) -> Option<OriginUrl> {
    OriginUrl::try_from(text.to_owned()).map_err(|e| f.fault("url", e)).ok()
}

fn host_header(f: &Fields<'_>) -> Option<String> {
    let host = f.filled_text("host_header")?;
    if host.len() <= 255 && host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._:[]".contains(&b)) {
        return Some(host);
    }
    f.fault("host_header", format!("{host:?} is not a host, or host and port"));
    None
}

fn tls(f: &Fields<'_>) -> UpstreamTls {
    let ca_pool = f.text_up_to("ca_pool", 256 * 1024).filter(|t| !t.is_empty()).map(str::to_owned);
    if ca_pool.as_ref().is_some_and(|pem| !pem.contains("-----BEGIN CERTIFICATE-----")) {
        f.fault("ca_pool", "is not a PEM text with certificates");
    }
    let tls = UpstreamTls { no_tls_verify: f.flag("no_tls_verify").unwrap_or(false), server_name: f.filled_text("server_name"), ca_pool };
    f.done();
    tls
}

fn write(upstream: &Upstream) -> Value {
    let tls = &upstream.tls;
    json!({
        "url": upstream.url.as_str(),
        "forward_token_cookie": upstream.forward_token_cookie,
        "host_header": upstream.host_header,
        "tls": { "no_tls_verify": tls.no_tls_verify, "server_name": tls.server_name, "ca_pool": tls.ca_pool },
        "connect_timeout_ms": upstream.connect_timeout_ms,
        "response_timeout_ms": upstream.response_timeout_ms,
        "updated_at": upstream.updated_at.rfc3339(),
    })
}
