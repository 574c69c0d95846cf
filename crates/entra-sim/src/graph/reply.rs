//! Owns Graph's good answers: objects, lists in pages, ids, nothing.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use super::call::{Call, Options, Order};
use super::error::GraphError;
use super::filter::Case;
use crate::state::Sim;

/// A good answer.
#[derive(Debug)]
pub enum Reply {
    /// JSON with a status.
    Json(StatusCode, Value),
    /// Plain text, for `/$count`.
    Text(String),
    /// 204.
    Nothing,
}

/// What a handler returns.
pub type Outcome = Result<Reply, GraphError>;

impl Reply {
    /// An object with its context.
    pub fn object(sim: &Sim, call: &Call, context: &str, object: Value) -> Self {
        Self::Json(StatusCode::OK, with_context(sim, call, context, narrow(object, &call.options)))
    }

    /// A new object.
    pub fn created(sim: &Sim, call: &Call, context: &str, object: Value) -> Self {
        Self::Json(StatusCode::CREATED, with_context(sim, call, context, object))
    }

    /// A list that has no pages.
    pub fn values(sim: &Sim, call: &Call, context: &str, values: Vec<Value>) -> Self {
        Self::Json(StatusCode::OK, with_context(sim, call, context, json!({ "value": values })))
    }

    /// The HTTP answer.
    pub fn answer(self) -> Response {
        let mut response = match self {
            Self::Json(status, body) => (status, body.to_string()).into_response(),
            Self::Text(text) => return text.into_response(),
            Self::Nothing => StatusCode::NO_CONTENT.into_response(),
        };
        let headers = response.headers_mut();
        if headers.contains_key(header::CONTENT_TYPE) {
            headers.insert(
                header::CONTENT_TYPE,
                HeaderValue::from_static(
                    "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8",
                ),
            );
        }
        if let Ok(value) = HeaderValue::from_str(&uuid::Uuid::new_v4().to_string()) {
            headers.insert("request-id", value);
        }
        response
    }
}

pub(super) fn with_context(sim: &Sim, call: &Call, context: &str, body: Value) -> Value {
    let mut out = Map::new();
    let metadata = format!("{}/{}/$metadata#{context}", sim.base, call.version);
    out.insert("@odata.context".into(), metadata.into());
    if let Value::Object(map) = body {
        out.extend(map);
    }
    Value::Object(out)
}

/// Keeps what `$select` names.
pub fn narrow(object: Value, options: &Options) -> Value {
    let (Some(select), Value::Object(map)) = (&options.select, &object) else {
        return object;
    };
    let kept = map
        .iter()
        .filter(|(name, _)| name.starts_with('@') || select.iter().any(|wanted| wanted == "*" || wanted.eq_ignore_ascii_case(name)));
    Value::Object(kept.map(|(name, value)| (name.clone(), value.clone())).collect())
}

/// One object of a list: its sorting key and how to show it.
pub struct Item<'a> {
    /// Unique, e.g. the object id.
    pub key: String,
    /// Shows the whole object.
    pub show: Box<dyn Fn() -> Value + 'a>,
}

/// Whether a list takes `$filter`, `$search` and `$orderby` only as advanced queries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListKind {
    /// `/users`, `/groups`, ...
    Plain,
    /// Memberships.
    Relation,
    /// Logs: every query is taken, texts are compared with regard to case, the newest comes first.
    Report,
}

/// Answers one page of a list. `cut` drops properties that are shown only on request.
pub fn page<'a>(
    sim: &Sim,
    call: &Call,
    (context, path): (&str, &str),
    kind: ListKind,
    items: impl Iterator<Item = Item<'a>>,
    cut: impl Fn(Value) -> Value,
) -> Outcome {
    let options = &call.options;
    // A filtered log stays in its order; other lists may not.
    let queried = options.search.is_some() || options.order.is_some() || (options.filter.is_some() && kind != ListKind::Report);
    let needs_advanced = kind != ListKind::Report
        && (options.search.is_some()
            || options.filter.as_ref().is_some_and(|filter| kind == ListKind::Relation || filter.is_advanced())
            || (kind == ListKind::Relation && options.order.is_some()));
    if needs_advanced && !call.is_advanced() {
        return Err(GraphError::unsupported(
            "The specified query needs the header 'ConsistencyLevel: eventual' and the option $count=true.",
        ));
    }
    let mut items: Vec<Item<'a>> = items.collect();
    items.sort_by(|left, right| left.key.cmp(&right.key));
    if queried || options.filter.is_some() {
        items = query(items, options, if kind == ListKind::Report { Case::Matters } else { Case::Ignored });
    }
    let total = items.len();
    let start = match &options.skip_token {
        None => 0,
        Some(token) => start(&items, token, queried).ok_or_else(|| {
            GraphError::new(
                StatusCode::BAD_REQUEST,
                "Directory_ExpiredPageToken",
                "The specified page token value has expired or is not valid.",
            )
        })?,
    };
    let forced = sim.faults.lock().page_size;
    let wanted = options.top.unwrap_or(100);
    let size = forced.map_or(wanted, |forced| forced.min(wanted));
    let end = (start + size).min(total);
    let shown: Vec<Value> = items[start..end].iter().map(|item| narrow(cut((item.show)()), options)).collect();
    let mut body = json!({});
    if call.is_advanced() && options.skip_token.is_none() {
        body["@odata.count"] = total.into();
    }
    if end < total {
        let token = token(&items[end - 1].key, end, queried);
        body["@odata.nextLink"] = format!("{}/{}/{path}?{}", sim.base, call.version, options.next(&token)).into();
    }
    body["value"] = shown.into();
    Ok(Reply::Json(StatusCode::OK, with_context(sim, call, context, body)))
}

const TOKEN_HEAD: &str = "RFNwdAIAAQ";

/// A token names the last object shown, so that changes between two pages cannot shift the rest;
/// queried lists, whose order may be any, count instead.
fn token(last: &str, count: usize, queried: bool) -> String {
    let inner = if queried { format!("n{count}") } else { format!("k{last}") };
    format!("{TOKEN_HEAD}{}", URL_SAFE_NO_PAD.encode(inner))
}

fn start(items: &[Item<'_>], token: &str, queried: bool) -> Option<usize> {
    let inner = URL_SAFE_NO_PAD.decode(token.strip_prefix(TOKEN_HEAD)?).ok()?;
    let inner = String::from_utf8(inner).ok()?;
    if queried {
        let count: usize = inner.strip_prefix('n')?.parse().ok()?;
        return Some(count.min(items.len()));
    }
    let last = inner.strip_prefix('k')?;
    Some(items.partition_point(|item| item.key.as_str() <= last))
}

fn query<'a>(items: Vec<Item<'a>>, options: &Options, case: Case) -> Vec<Item<'a>> {
    let mut found: Vec<(Value, Item<'a>)> = items
        .into_iter()
        .map(|item| ((item.show)(), item))
        .filter(|(shown, _)| options.filter.as_ref().is_none_or(|filter| filter.holds(shown, case)))
        .filter(|(shown, _)| {
            options.search.as_ref().is_none_or(|(path, text)| {
                let held = shown.get(path).and_then(Value::as_str).unwrap_or_default().to_lowercase();
                held.split_whitespace().any(|word| word.starts_with(text)) || held.starts_with(text)
            })
        })
        .collect();
    if let Some(order) = &options.order {
        let (Order::Up(path) | Order::Down(path)) = order;
        if case == Case::Matters {
            // Logs arrive newest first; what happened within one second keeps its order too.
            found.reverse();
        }
        let text = |shown: &Value| shown.get(path).and_then(Value::as_str).unwrap_or_default().to_lowercase();
        found.sort_by_key(|(shown, _)| text(shown));
        if matches!(order, Order::Down(_)) {
            found.reverse();
        }
    }
    found.into_iter().map(|(_, item)| item).collect()
}
