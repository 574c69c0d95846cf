//! `grants`: who is let in for a while by a policy that demands approval, and administrators' grants by date.

use axum::extract::State;
use model::{AppId, Email, GrantId, PolicyId, Timestamp, UserId, access_grant::Grant};
use serde_json::{Value, json};
use store::{Reader, Snapshot, StoreError};

use crate::{
    audit::Object,
    body::Json,
    caller::{AppsRead, AppsWrite, Caller},
    envelope::Answer,
    error::ApiError,
    fault::{Faults, Fields},
    pagination::Paging,
    params::{At, Query},
    state::{ApiState, Stop},
};

pub(super) const NOUN: Object = Object("grant");
/// Characters of a reason.
const LONGEST_REASON: usize = 1000;
/// A grant by date lasts no longer than two years: what is meant for ever belongs into a policy.
const LONGEST_SECS: i64 = 731 * 86_400;

/// The youngest first, those that are over included; with `state=current` without these.
pub(crate) async fn list(_: Caller<AppsRead>, State(state): State<ApiState>, query: Query) -> Result<Answer, ApiError> {
    let paging = Paging::read(&query, 100)?;
    let (now, snapshot) = (state.now(), state.store.snapshot());
    query.only("state", &["current"])?;
    let not_over = query.text("state").map(|_| now);
    let listed = state.read(move |reader| {
        let found = reader.list_grants(not_over, paging.page())?;
        let rows = found.items.iter().map(|grant| shown(reader, &snapshot, grant, now)).collect::<Result<Vec<Value>, StoreError>>()?;
        Ok((rows, found.total))
    });
    let (rows, total) = listed.await?;
    Ok(Answer::page(paging.with_total(rows, total)))
}

/// One grant.
pub(crate) async fn get(_: Caller<AppsRead>, State(state): State<ApiState>, At(id): At<GrantId>) -> Result<Answer, ApiError> {
    let (now, snapshot) = (state.now(), state.store.snapshot());
    let found = state.read(move |reader| {
        let grant = reader.grant(&id)?.ok_or_else(|| ApiError::missing("grant", id))?;
        Ok(shown(reader, &snapshot, &grant, now)?)
    });
    Ok(Answer::ok(found.await?))
}

/// Grants a person access from one time until another.
pub(crate) async fn create(caller: Caller<AppsWrite>, State(state): State<ApiState>, Json(body): Json) -> Result<Answer, ApiError> {
    let (wish, actor, snapshot) = (read(&body)?, caller.actor(), state.store.snapshot());
    let made = state.write(move |tx, _| {
        let (now, faults) = (tx.now(), Faults::default());
        let grant = wish.grant(tx, now, &faults)?;
        let grant = faults.finish_some(grant)?;
        tx.put_grant(&grant)?;
        NOUN.created(tx, actor, grant.id, write(&grant, now))?;
        Ok(shown(tx, &snapshot, &grant, now)?)
    });
    Ok(Answer::created(made.await?))
}

/// Takes a grant away: open streams that rest on it are cut.
pub(crate) async fn delete(caller: Caller<AppsWrite>, State(state): State<ApiState>, At(id): At<GrantId>) -> Result<Answer, ApiError> {
    let actor = caller.actor();
    let removed = state.write(move |tx, _| {
        let grant = tx.grant(&id)?.ok_or_else(|| ApiError::missing("grant", id))?;
        tx.remove_grant(&id)?;
        let before = write(&grant, tx.now());
        NOUN.deleted(tx, actor, id, before)?;
        Ok(())
    });
    removed.await?;
    Ok(Answer::deleted(id))
}

/// What a body asks for.
struct Wish {
    user: Option<UserId>,
    email: Option<Email>,
    app: AppId,
    policy: Option<PolicyId>,
    from: Option<Timestamp>,
    until: Timestamp,
    reason: Option<String>,
}

fn read(body: &Value) -> Result<Wish, ApiError> {
    let faults = Faults::default();
    let wish = Fields::of(body, "", &faults).and_then(|fields| {
        let (user, email) = (fields.parsed("user_id"), fields.parsed("email"));
        if fields.given("user_id") == fields.given("email") {
            fields.fault("user_id", "name the person by user_id or by email, not by both");
        }
        let (app, policy) = (fields.required("app_id"), fields.parsed("policy_id"));
        let (from, until) = (fields.time("from"), if fields.require("until") { fields.time("until") } else { None });
        let reason = fields.text_up_to("reason", LONGEST_REASON).filter(|text| !text.trim().is_empty()).map(str::to_owned);
        fields.read_only(&["id", "approvers", "state", "created_at", "user_email", "user_name", "app_name", "policy_name"]);
        fields.done();
        Some(Wish { user, email, app: app?, policy, from, until: until?, reason })
    });
    faults.finish_some(wish)
}

impl Wish {
    fn grant(self, reader: &Reader<'_>, now: Timestamp, faults: &Faults) -> Result<Option<Grant>, Stop> {
        let user = self.person(reader, faults)?;
        let policy = self.policy(reader, faults)?;
        let from = self.from.unwrap_or(now);
        if self.until <= from || self.until <= now {
            faults.add("/until", "must lie after from and after now");
        } else if self.until.secs_since(from) > LONGEST_SECS {
            faults.add("/until", "a grant lasts at most two years: for longer, write a policy");
        }
        Ok(user.zip(policy).map(|(user, policy)| Grant {
            id: GrantId::random(),
            user,
            app: self.app,
            policy,
            from,
            until: self.until,
            approvers: Vec::new(),
            reason: self.reason,
            created_at: now,
        }))
    }

    fn person(&self, reader: &Reader<'_>, faults: &Faults) -> Result<Option<UserId>, Stop> {
        if let Some(id) = self.user {
            if reader.user(&id)?.is_none() {
                faults.add("/user_id", format!("there is no person {id}"));
            }
            return Ok(Some(id));
        }
        let Some(email) = &self.email else { return Ok(None) };
        let people = reader.users_by_email(email)?;
        match people.as_slice() {
            [one] => return Ok(Some(one.id)),
            [] => faults.add("/email", format!("nobody with the address {email} is in the registry: enter them with access/users first")),
            several => faults.add("/email", format!("{} people have the address {email}: name one by user_id", several.len())),
        }
        Ok(None)
    }

    /// The policy named, or the only one of the application that demands approval.
    fn policy(&self, reader: &Reader<'_>, faults: &Faults) -> Result<Option<PolicyId>, Stop> {
        let Some(app) = reader.app(&self.app)? else {
            faults.add("/app_id", format!("there is no application {}", self.app));
            return Ok(None);
        };
        let mut demanding = Vec::new();
        for link in &app.policies {
            if reader.policy(&link.id)?.is_some_and(|policy| policy.demands.approval_required) {
                demanding.push(link.id);
            }
        }
        match (self.policy, demanding.as_slice()) {
            (Some(id), all) if all.contains(&id) => return Ok(Some(id)),
            (Some(id), _) => faults.add("/policy_id", format!("{id} is no policy of this application that demands approval")),
            (None, [only]) => return Ok(Some(*only)),
            (None, []) => faults.add("/app_id", "no policy of this application demands approval: there is nothing that a grant could meet"),
            (None, several) => {
                faults.add("/policy_id", format!("{} policies of this application demand approval: name one", several.len()))
            }
        }
        Ok(None)
    }
}

/// With the names of whom and what it is about.
fn shown(reader: &Reader<'_>, snapshot: &Snapshot, grant: &Grant, now: Timestamp) -> Result<Value, StoreError> {
    let (mut out, person) = (write(grant, now), reader.user(&grant.user)?);
    out["user_email"] = json!(person.as_ref().map(|person| person.email.as_str()));
    out["user_name"] = json!(person.as_ref().map(|person| &person.name));
    out["app_name"] = json!(snapshot.apps.get(&grant.app).map(|app| &app.name));
    out["policy_name"] = json!(snapshot.policies.get(&grant.policy).map(|policy| &policy.name));
    Ok(out)
}

pub(super) fn write(grant: &Grant, now: Timestamp) -> Value {
    let state = match grant {
        grant if grant.holds_at(now) => "active",
        grant if now < grant.from => "future",
        _ => "over",
    };
    json!({
        "id": grant.id, "user_id": grant.user, "app_id": grant.app, "policy_id": grant.policy, "from": grant.from.rfc3339(),
        "until": grant.until.rfc3339(), "state": state, "approvers": grant.approvers, "reason": grant.reason,
        "created_at": grant.created_at.rfc3339(),
    })
}
