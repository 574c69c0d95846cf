//! Owns `/users/delta` and `/groups/delta`: pages of changes and the tokens between them.
//!
//! Source: "Use delta query to track changes in Microsoft Graph data".

use axum::http::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::call::Call;
use super::error::GraphError;
pub use super::history::Kind;
use super::history::{History, Removal, Tracked};
use super::reply::{Outcome, Reply, with_context};
use super::users::usual;
use super::{needs, wrong_verb};
use crate::directory::Directory;
use crate::directory::id::ObjectId;
use crate::state::Sim;

/// Objects on a page unless `/sim/paging` says otherwise.
const PAGE: usize = 100;

/// What a `$skiptoken` or `$deltatoken` stands for; it carries the first call's `$select`.
#[derive(Debug, Serialize, Deserialize)]
struct Token {
    run: Uuid,
    groups: bool,
    since: u64,
    until: u64,
    after: Option<ObjectId>,
    select: Option<Vec<String>>,
}

impl Token {
    fn write(&self, sim: &Sim) -> String {
        sim.keys.read().seal(&serde_json::to_vec(self).unwrap_or_default())
    }

    fn read(sim: &Sim, text: &str) -> Option<Self> {
        serde_json::from_slice(&sim.keys.read().open(text)?).ok()
    }
}

/// `GET /users/delta`, `GET /groups/delta`
pub fn route(sim: &Sim, call: &Call, kind: Kind) -> Outcome {
    if call.method != Method::GET {
        return Err(wrong_verb());
    }
    call.caller.need(if kind == Kind::Users { needs::USERS_DELTA } else { needs::GROUPS })?;
    if call.options.filter.is_some() || call.options.search.is_some() || call.options.order.is_some() {
        return Err(GraphError::unsupported("Delta queries of the simulator take $select only."));
    }
    let tenant = sim.tenant();
    let mut histories = sim.histories.lock();
    let history = histories.entry(tenant.tenant.id).or_default();
    let token = begin(sim, call, kind, &tenant, history)?;
    let size = sim.faults.lock().page_size.unwrap_or(PAGE);
    let mut left = history.changes(kind, token.since, token.until).filter(|(id, _)| token.after.is_none_or(|last| *id > last)).peekable();
    let mut shown = Vec::new();
    let mut last = token.after;
    while shown.len() < size
        && let Some((id, tracked)) = left.next()
    {
        last = Some(id);
        shown.push(entry(&tenant, call, &token, kind, id, tracked));
    }
    let name = if kind == Kind::Users { "users" } else { "groups" };
    let path = format!("{}/{}/{name}/delta", sim.base, call.version);
    let mut body = json!({});
    if left.peek().is_some() {
        let next = Token { after: last, ..token };
        body["@odata.nextLink"] = format!("{path}?$skiptoken={}", next.write(sim)).into();
    } else {
        let next = Token { since: token.until, until: token.until, after: None, ..token };
        body["@odata.deltaLink"] = format!("{path}?$deltatoken={}", next.write(sim)).into();
    }
    body["value"] = shown.into();
    Ok(Reply::Json(StatusCode::OK, with_context(sim, call, name, body)))
}

/// Where the call stands: a first call, a further page, or the changes since a token.
fn begin(sim: &Sim, call: &Call, kind: Kind, tenant: &Directory, history: &mut History) -> Result<Token, GraphError> {
    let expired =
        || GraphError::new(StatusCode::GONE, "syncStateNotFound", "The sync state is not found; start with a full synchronization.");
    let read = |text: &str, run: Uuid| {
        let token = Token::read(sim, text).ok_or_else(|| GraphError::bad("The token is not valid."))?;
        if token.groups != (kind == Kind::Groups) {
            return Err(GraphError::bad("The token was issued for another collection."));
        }
        if token.run == run { Ok(token) } else { Err(expired()) }
    };
    if let Some(text) = &call.options.skip_token {
        return read(text, history.run);
    }
    let since = match call.options.delta_token.as_deref() {
        Some("latest") | None => None,
        Some(text) => Some(read(text, history.run)?),
    };
    history.catch_up(tenant);
    let until = history.sequence;
    let fresh =
        |since| Token { run: history.run, groups: kind == Kind::Groups, since, until, after: None, select: call.options.select.clone() };
    Ok(match since {
        Some(token) => Token { until, ..token },
        None if call.options.delta_token.is_some() => fresh(until),
        None => fresh(0),
    })
}

fn entry(tenant: &Directory, call: &Call, token: &Token, kind: Kind, id: ObjectId, tracked: &Tracked) -> Value {
    if let Some(removal) = tracked.removed {
        let reason = if removal == Removal::Changed { "changed" } else { "deleted" };
        return json!({"id": id, "@removed": {"reason": reason}});
    }
    let selected = |name: &str| token.select.as_ref().is_none_or(|select| select.iter().any(|one| one == name));
    let whole = match kind {
        Kind::Users => tenant.users.get(&id).map(|user| if token.select.is_some() { user.graph() } else { usual(call, user.graph()) }),
        Kind::Groups => tenant.groups.get(&id).map(crate::directory::group::Group::graph),
    };
    let Some(Value::Object(whole)) = whole else {
        return json!({"id": id, "@removed": {"reason": "deleted"}});
    };
    let mut shown: Map<String, Value> = whole.into_iter().filter(|(name, _)| name == "id" || selected(name)).collect();
    if kind == Kind::Groups && selected("members") {
        let (came, went) = tracked.moved(token.since);
        let kind_of = |id: &ObjectId| if tenant.groups.contains_key(id) { "#microsoft.graph.group" } else { "#microsoft.graph.user" };
        let mut members: Vec<Value> = came.iter().map(|id| json!({"@odata.type": kind_of(id), "id": id})).collect();
        members.extend(went.iter().map(|id| json!({"@odata.type": kind_of(id), "id": id, "@removed": {"reason": "deleted"}})));
        if !members.is_empty() {
            shown.insert("members@delta".into(), members.into());
        }
    }
    Value::Object(shown)
}
