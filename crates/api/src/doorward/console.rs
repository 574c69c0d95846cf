//! `console`: who may sign in to the administrators' console, under a permission of its own (ruling 29).

use axum::extract::State;
use guard::console::Visit;
use model::{
    AppId, Audience, IdpId, PolicyId, SessionDuration,
    api_token::Permission,
    console::{Console, ConsolePolicy, chooses_people, unfit_for_console},
    rule::RuleSet,
};
use serde_json::{Value, json};
use store::Reader;

use crate::{
    access::rules,
    audit::Object,
    body::Json,
    caller::{Anybody, By, Caller, ConsoleRead, ConsoleWrite},
    envelope::Answer,
    error::ApiError,
    fault::{Faults, Fields},
    state::{ApiState, Stop},
};

const NOUN: Object = Object("console");
/// Hours that one sign-in lasts unless said otherwise.
const HOURS: u32 = 8;
/// Shortest and longest.
const LEAST_SECS: i64 = 5 * 60;
const MOST_SECS: i64 = 24 * 3600;

/// Who may sign in; null while nobody was named.
pub(crate) async fn get(_: Caller<ConsoleRead>, State(state): State<ApiState>) -> Result<Answer, ApiError> {
    Ok(Answer::ok(state.store.snapshot().console.as_deref().map_or(Value::Null, write)))
}

/// Names who may. People who are in the console and are not named any more are out at their next click.
pub(crate) async fn put(caller: Caller<ConsoleWrite>, State(state): State<ApiState>, Json(body): Json) -> Result<Answer, ApiError> {
    let (mut draft, actor, account) = (read(&body)?, caller.actor(), caller.account.clone());
    let saved = state
        .write(move |tx, _| {
            check(tx, &mut draft)?;
            let (now, before) = (tx.now(), tx.console()?);
            let old = |of: fn(&Console) -> &ConsolePolicy| before.as_ref().map_or_else(PolicyId::random, |console| of(console).id);
            let after = Console {
                app: before.as_ref().map_or_else(AppId::random, |console| console.app),
                aud: before.as_ref().map_or_else(|| Audience::from_bytes(rand::random()), |console| console.aud.clone()),
                administrators: ConsolePolicy { id: old(|console| &console.administrators), rules: draft.administrators },
                readers: ConsolePolicy { id: old(|console| &console.readers), rules: draft.readers },
                allowed_idps: draft.allowed_idps,
                session_duration: draft.session_duration,
                created_at: before.as_ref().map_or(now, |console| console.created_at),
                updated_at: now,
            };
            tx.put_console(&after)?;
            match &before {
                Some(before) => NOUN.updated(tx, actor, account, (write(before), write(&after)))?,
                None => NOUN.created(tx, actor, account, write(&after))?,
            }
            Ok(after)
        })
        .await?;
    Ok(Answer::ok(write(&saved)))
}

/// Nobody may sign in any more but through the local door.
pub(crate) async fn delete(caller: Caller<ConsoleWrite>, State(state): State<ApiState>) -> Result<Answer, ApiError> {
    let (actor, account) = (caller.actor(), caller.account.clone());
    state
        .write(move |tx, _| {
            let before = tx.console()?.ok_or_else(|| ApiError::missing("console", &account))?;
            tx.remove_console()?;
            NOUN.deleted(tx, actor, account, write(&before))?;
            Ok(())
        })
        .await?;
    Ok(Answer::ok(Value::Null))
}

/// Who is asking and what they may do: somebody in the console, or for scripts the owner of the token.
pub(crate) async fn session(caller: Caller<Anybody>, State(state): State<ApiState>) -> Result<Answer, ApiError> {
    let held = |held: &dyn Fn(&Permission) -> bool| Permission::ALL.iter().filter(|p| held(p)).map(|p| p.name()).collect::<Vec<_>>();
    let organization = &state.store.snapshot().organization;
    let mut out = match &caller.by {
        By::Token(token) => json!({
            "kind": "api_token",
            "name": token.name,
            "role": Value::Null,
            "expires_at": token.expires_at.map(|at| at.rfc3339()),
            "permissions": held(&|p| token.permissions.contains(p)),
        }),
        By::Console(visitor) => {
            let kind = match visitor.visit {
                Visit::Person { .. } => "person",
                Visit::Door(_) => "break_glass",
            };
            json!({
                "kind": kind,
                "name": visitor.name,
                "role": visitor.visit.role().as_str(),
                "expires_at": visitor.visit.until().rfc3339(),
                "permissions": held(&|p| visitor.permissions.contains(p)),
            })
        }
    };
    out["actor"] = json!(caller.actor());
    out["organization"] = json!(organization.name);
    let reason = organization.ui_read_only_toggle_reason.as_deref().unwrap_or("the organisation's settings say so");
    out["read_only_reason"] = json!(organization.is_ui_read_only.then_some(reason));
    Ok(Answer::ok(out))
}

/// A login method that the console's administrators are believed from is theirs: whoever could turn it to another directory could make
/// themselves one of them.
pub(crate) fn guards<N>(reader: &Reader<'_>, caller: &Caller<N>, idp: &IdpId) -> Result<(), Stop> {
    if caller.may_open_console() || !reader.console()?.is_some_and(|console| console.trusts(idp)) {
        return Ok(());
    }
    let text = "the console's administrators sign in with this login method: changing whom it vouches for needs \"Doorward: Administrators Write\"";
    Err(ApiError::BeyondCaller(text.into()).into())
}

struct Draft {
    administrators: RuleSet,
    readers: RuleSet,
    allowed_idps: Vec<IdpId>,
    session_duration: SessionDuration,
}

fn read(body: &Value) -> Result<Draft, ApiError> {
    let faults = Faults::default();
    let draft = Fields::of(body, "", &faults).and_then(|fields| {
        fields.require("administrators");
        let administrators = fields.object("administrators").map(|of| rule_set(&of));
        let readers = fields.object("readers").map(|of| rule_set(&of)).unwrap_or_default();
        fields.require("allowed_idps");
        let mut allowed_idps: Vec<IdpId> = Vec::new();
        for (pointer, value) in fields.array("allowed_idps").unwrap_or_default() {
            match value.as_str().map(str::parse) {
                Some(Ok(id)) if !allowed_idps.contains(&id) => allowed_idps.push(id),
                Some(Ok(_)) => faults.add(pointer, "is named twice"),
                _ => faults.add(pointer, "must be the id of a login method"),
            }
        }
        if allowed_idps.is_empty() {
            fields.fault("allowed_idps", "name the login methods that administrators are believed from: one at least");
        }
        let session_duration = fields.duration("session_duration", LEAST_SECS, MOST_SECS).unwrap_or_else(|| SessionDuration::hours(HOURS));
        fields.read_only(&["name", "created_at", "updated_at"]);
        fields.done();
        Some(Draft { administrators: administrators?, readers, allowed_idps, session_duration })
    });
    faults.finish_some(draft)
}

/// The rules of one role, those apart that would let somebody in by the back door.
fn rule_set(fields: &Fields<'_>) -> RuleSet {
    let set = rules::read(fields);
    fields.done();
    for (pointer, rule) in rules::located("", &set) {
        let pointer = format!("{}{pointer}", fields.at("").trim_end_matches('/'));
        if let Some(why) = unfit_for_console(rule) {
            fields.faults().add(pointer, format!("{} cannot stand here: {why}", rule.kind()));
        } else if pointer.contains("/include/") && !chooses_people(rule) {
            fields
                .faults()
                .add(pointer, format!("{} says nothing about who somebody is: it may stand in require and exclude", rule.kind()));
        }
    }
    set
}

/// What the rules and the list name has to be there; rules of another login method than the listed ones would never match.
fn check(reader: &Reader<'_>, draft: &mut Draft) -> Result<(), Stop> {
    let faults = Faults::default();
    rules::check(reader, "/administrators", &mut draft.administrators, &faults)?;
    rules::check(reader, "/readers", &mut draft.readers, &faults)?;
    for (at, id) in draft.allowed_idps.iter().enumerate() {
        if reader.idp(id)?.is_none() {
            faults.add(format!("/allowed_idps/{at}"), format!("there is no identity provider {id}"));
        }
    }
    Ok(faults.finish(())?)
}

fn write(console: &Console) -> Value {
    let set = |policy: &ConsolePolicy| {
        json!({
            "include": rules::wire(&policy.rules.include),
            "exclude": rules::wire(&policy.rules.exclude),
            "require": rules::wire(&policy.rules.require),
        })
    };
    let readers = if console.readers.rules.include.is_empty() { Value::Null } else { set(&console.readers) };
    json!({
        "name": Console::NAME,
        "administrators": set(&console.administrators),
        "readers": readers,
        "allowed_idps": console.allowed_idps,
        "session_duration": console.session_duration.as_str(),
        "created_at": console.created_at.rfc3339(),
        "updated_at": console.updated_at.rfc3339(),
    })
}
