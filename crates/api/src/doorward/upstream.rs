//! `apps/{app_id}/upstream`: where an application's requests go.

use axum::extract::State;
use model::{
    AppId,
    app::AppKind,
    upstream::{Balance, MOST_ORIGINS, OriginProtocol, OriginUrl, PassiveHealth, PoolLimits, Upstream, UpstreamTls},
};
use serde_json::{Value, json};

use crate::{
    asked,
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
const LONGEST_URL: usize = 2048;
/// Nobody waits longer for a free connection than for an answer of the control surfaces.
const LONGEST_QUEUE_MS: i64 = 10_000;
const MOST_CONNECTIONS: i64 = 100_000;
/// As many bytes as JSON numbers tell exactly.
const LARGEST_BODY: i64 = (1 << 53) - 1;
const BALANCES: [(&str, Balance); 2] = [("least_connections", Balance::LeastConnections), ("round_robin", Balance::RoundRobin)];
const PROTOCOLS: [(&str, OriginProtocol); 3] =
    [("http1", OriginProtocol::Http1), ("http2", OriginProtocol::Http2), ("auto", OriginProtocol::Auto)];

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
        let url = f.required_text("url", LONGEST_URL).and_then(|text| origin(&f, text));
        // The rest is read in any case, so that every fault is told at once.
        let mut upstream = Upstream::of(url.clone().or_else(|| OriginUrl::try_from("http://localhost".to_owned()).ok())?);
        upstream.origins = further(&f, &upstream.url);
        upstream.balance = f.word("balance", &BALANCES).unwrap_or_default();
        upstream.protocol = f.word("protocol", &PROTOCOLS).unwrap_or_default();
        upstream.forward_token_cookie = f.flag("forward_token_cookie").unwrap_or(true);
        (upstream.host_header, upstream.tls) = (host_header(&f), f.object("tls").map(|tls| self::tls(&tls)).unwrap_or_default());
        let wait = 1..=LONGEST_WAIT_MS;
        number(&f, "connect_timeout_ms", wait.clone(), &mut upstream.connect_timeout_ms);
        number(&f, "tls_timeout_ms", wait.clone(), &mut upstream.tls_timeout_ms);
        number(&f, "response_timeout_ms", wait.clone(), &mut upstream.response_timeout_ms);
        upstream.idle_timeout_ms = whole(&f, "idle_timeout_ms", wait);
        upstream.body_limit_bytes = f.integer("body_limit_bytes", 0..=LARGEST_BODY).and_then(|n| u64::try_from(n).ok());
        upstream.pool = f.object("pool").map(|pool| self::pool(&pool)).unwrap_or_default();
        upstream.health = f.object("health").map(|health| self::health(&health)).unwrap_or_default();
        f.read_only(&["updated_at"]);
        f.done();
        url.map(|_| upstream)
    });
    faults.finish_some(upstream)
}

fn whole(f: &Fields<'_>, key: &'static str, range: std::ops::RangeInclusive<i64>) -> Option<u32> {
    f.integer(key, range).and_then(|n| u32::try_from(n).ok())
}

/// Sets a number that has a default.
fn number(f: &Fields<'_>, key: &'static str, range: std::ops::RangeInclusive<i64>, value: &mut u32) {
    *value = whole(f, key, range).unwrap_or(*value);
}

fn origin(f: &Fields<'_>, text: &str) -> Option<OriginUrl> {
    OriginUrl::try_from(text.to_owned()).map_err(|e| f.fault("url", e)).ok()
}

/// Each origin once: connections and failures are counted by origin.
fn further(f: &Fields<'_>, first: &OriginUrl) -> Vec<OriginUrl> {
    asked::note(|| format!("{}/0", f.at("origins")), || json!({ "type": "string", "maxLength": LONGEST_URL }));
    let mut origins: Vec<OriginUrl> = Vec::new();
    for (pointer, value) in f.array_up_to("origins", MOST_ORIGINS - 1).unwrap_or_default() {
        let Some(text) = value.as_str().filter(|text| text.len() <= LONGEST_URL) else {
            f.faults().add(pointer, format!("must be a text of at most {LONGEST_URL} bytes"));
            continue;
        };
        match OriginUrl::try_from(text.to_owned()) {
            Err(fault) => f.faults().add(pointer, fault),
            Ok(origin) if origin.is_same_place(first) || origins.iter().any(|o| o.is_same_place(&origin)) => {
                f.faults().add(pointer, format!("{text} is named already: name each origin once"));
            }
            Ok(origin) => origins.push(origin),
        }
    }
    origins
}

fn pool(f: &Fields<'_>) -> PoolLimits {
    let mut pool = PoolLimits::default();
    number(f, "idle_connections", 0..=MOST_CONNECTIONS, &mut pool.idle_connections);
    number(f, "idle_timeout_ms", 1..=LONGEST_WAIT_MS, &mut pool.idle_timeout_ms);
    pool.max_connections = whole(f, "max_connections", 1..=MOST_CONNECTIONS);
    number(f, "queue", 0..=MOST_CONNECTIONS, &mut pool.queue);
    number(f, "queue_timeout_ms", 1..=LONGEST_QUEUE_MS, &mut pool.queue_timeout_ms);
    f.done();
    pool
}

fn health(f: &Fields<'_>) -> PassiveHealth {
    let mut health = PassiveHealth::default();
    number(f, "failures", 1..=1000, &mut health.failures);
    number(f, "back_off_ms", 1..=LONGEST_WAIT_MS, &mut health.back_off_ms);
    f.done();
    health
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
    let (tls, pool, health) = (&upstream.tls, &upstream.pool, &upstream.health);
    json!({
        "url": upstream.url.as_str(),
        "origins": upstream.origins.iter().map(OriginUrl::as_str).collect::<Vec<_>>(),
        "balance": upstream.balance,
        "protocol": upstream.protocol,
        "forward_token_cookie": upstream.forward_token_cookie,
        "host_header": upstream.host_header,
        "tls": { "no_tls_verify": tls.no_tls_verify, "server_name": tls.server_name, "ca_pool": tls.ca_pool },
        "connect_timeout_ms": upstream.connect_timeout_ms,
        "tls_timeout_ms": upstream.tls_timeout_ms,
        "response_timeout_ms": upstream.response_timeout_ms,
        "idle_timeout_ms": upstream.idle_timeout_ms,
        "body_limit_bytes": upstream.body_limit_bytes,
        "pool": {
            "idle_connections": pool.idle_connections,
            "idle_timeout_ms": pool.idle_timeout_ms,
            "max_connections": pool.max_connections,
            "queue": pool.queue,
            "queue_timeout_ms": pool.queue_timeout_ms,
        },
        "health": { "failures": health.failures, "back_off_ms": health.back_off_ms },
        "updated_at": upstream.updated_at.rfc3339(),
    })
}
