//! `users/{user_id}/access` and `apps/{app_id}/access`: who may open what and what that hangs on, a page at a time, by the evaluator of
//! requests.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
};

use axum::extract::State;
use guard::trial::{Candidate, Origin, People, Tried};
use model::{
    AppId, IdpId, Timestamp, UserId,
    access_grant::Standing,
    app::{App, AppKind},
};
use serde_json::{Value, json};
use store::{Reader, Snapshot, StoreError, UserFilter};

use super::policy_tests::policies_of;
use crate::{
    caller::{AccessRead, Caller},
    envelope::Answer,
    error::ApiError,
    explained::person::{self, Looked},
    pagination::Paging,
    params::{At, Query, contains},
    state::{ApiState, Stop},
    trials::{self, Who},
};

/// Most verdicts on a page: each is judged anew.
const MOST_PER_PAGE: u32 = 50;
/// Rules told of one verdict; the rest is counted, and `apps/{app_id}/check` has all of them.
const RULES_SHOWN: usize = 20;

/// What one person may open, by the applications' names; `search` finds a part of these.
pub(crate) async fn of_person(
    _: Caller<AccessRead>,
    State(state): State<ApiState>,
    At(id): At<UserId>,
    query: Query,
) -> Result<Answer, ApiError> {
    let paging = Paging::read(&query, 25)?.at_most(MOST_PER_PAGE);
    let looking = Looking::now(&state);
    let sought = query.text("search").unwrap_or_default();
    let mut apps: Vec<Arc<App>> = looking.snapshot.apps.values().filter(|app| contains(&app.name, sought)).cloned().collect();
    apps.sort_by_key(|app| (app.name.to_lowercase(), app.id));
    let total = apps.len() as u64;
    let apps = paging.stretch(apps);
    let rows = state.read(move |reader| {
        let found = trials::candidates(reader, &looking.people, &Who::Id(id.to_string()))?.into_iter().next();
        let candidate = looking.with_grants(reader, found.ok_or_else(|| ApiError::missing("person or provisioned user", id))?)?;
        let told = candidate.told_by.map(|idp| looking.people.told(reader, &idp)).transpose()?;
        let row = |app: &Arc<App>| {
            let tried = Tried::new(&policies_of(&looking.snapshot, app), &looking.snapshot, told.as_ref()).of(app.id);
            let mut row = looking.verdict(reader, app, &tried, &candidate)?;
            row["app"] = json!({
                "id": app.id.to_string(), "name": app.name, "type": app.kind.as_str(), "domain": app.domain().map(ToString::to_string),
            });
            Ok(row)
        };
        apps.iter().map(row).collect::<Result<Vec<Value>, Stop>>()
    });
    Ok(Answer::page(paging.with_total(rows.await?, total)))
}

/// Who of the registry may open one application, the oldest record first; `search` finds a part of name or address.
pub(crate) async fn of_app(
    _: Caller<AccessRead>,
    State(state): State<ApiState>,
    At(id): At<AppId>,
    query: Query,
) -> Result<Answer, ApiError> {
    let paging = Paging::read(&query, 25)?.at_most(MOST_PER_PAGE);
    let looking = Looking::now(&state);
    let app = Arc::clone(looking.snapshot.apps.get(&id).ok_or_else(|| ApiError::missing("application", id))?);
    let filter = UserFilter { search: query.text("search").map(str::to_owned), ..UserFilter::default() };
    let rows = state.read(move |reader| {
        let listed = reader.list_users(&filter, paging.page())?;
        let policies = policies_of(&looking.snapshot, &app);
        let mut compiled: HashMap<Option<IdpId>, Tried> = HashMap::new();
        let mut rows = Vec::with_capacity(listed.items.len());
        for user in listed.items {
            let found = looking.people.person(reader, &user, reader.last_identity(&user.id)?)?;
            let candidate = looking.with_grants(reader, found)?;
            let tried = match compiled.entry(candidate.told_by) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(free) => {
                    let told = candidate.told_by.map(|idp| looking.people.told(reader, &idp)).transpose()?;
                    free.insert(Tried::new(&policies, &looking.snapshot, told.as_ref()).of(app.id))
                }
            };
            rows.push(looking.verdict(reader, &app, tried, &candidate)?);
        }
        Ok((rows, listed.total))
    });
    let (rows, total) = rows.await?;
    Ok(Answer::page(paging.with_total(rows, total)))
}

/// People and the configuration of one moment.
struct Looking {
    people: People,
    snapshot: Arc<Snapshot>,
    now: Timestamp,
}

impl Looking {
    fn now(state: &ApiState) -> Self {
        Self { people: person::people(state), snapshot: state.store.snapshot(), now: state.now() }
    }

    /// What was granted for a while counts, as it does at the door.
    fn with_grants(&self, reader: &Reader<'_>, mut candidate: Candidate) -> Result<Candidate, StoreError> {
        if let (Origin::Person(user), Some(facts)) = (candidate.origin, &mut candidate.facts) {
            let grants = reader.grants_of(&user, self.now)?;
            facts.standing = Some(Standing { purposes: Vec::new(), grants });
        }
        Ok(candidate)
    }

    /// The verdict about one person at one application, with the rules that it hangs on.
    fn verdict(&self, reader: &Reader<'_>, app: &App, tried: &Tried, candidate: &Candidate) -> Result<Value, StoreError> {
        let looked = Looked { people: &self.people, snapshot: Arc::clone(&self.snapshot), now: self.now };
        let mut told = person::person(reader, &looked, tried, candidate)?;
        let mut why = told["why"].take();
        let status = told["status"].take();
        let elsewhere =
            candidate.facts.as_ref().and_then(|facts| facts.identity.as_deref()).filter(|identity| {
                candidate.refused.is_none() && !app.allowed_idps.is_empty() && !app.allowed_idps.contains(&identity.idp)
            });
        let open_to_all = matches!(app.kind, AppKind::Bookmark { .. }) && app.policies.is_empty();
        let (status, policy) = if open_to_all && candidate.refused.is_none() {
            why["verdict"] = json!("shown to everybody");
            why["summary"] = json!("A bookmark without a policy is shown to everybody who is signed in.");
            (json!("approved"), Value::Null)
        } else if elsewhere.is_some() {
            why["verdict"] = json!("sent to sign in");
            why["summary"] =
                json!("The application does not take the login method of their last sign-in: they have to come through another one.");
            (json!("error"), Value::Null)
        } else {
            let id = &why["policy_id"];
            let named = why["policies"].as_array().into_iter().flatten().find(|policy| !id.is_null() && policy["id"] == *id);
            (status, named.cloned().unwrap_or_default())
        };
        let (rules, omitted) = hinges(&policy, status == "approved");
        Ok(json!({
            "user": { "id": told["id"], "email": told["email"], "name": told["name"], "source": told["source"], "registered": told["registered"] },
            "status": status,
            "verdict": why["verdict"],
            "summary": why["summary"],
            "policy": if policy.is_null() { Value::Null } else { json!({ "id": policy["id"], "name": policy["name"], "action": policy["action"] }) },
            "rules": rules,
            "rules_omitted": omitted,
            "fixes": if elsewhere.is_some() || open_to_all { json!([]) } else { why["fixes"].take() },
            "assumed": told["assumed"],
        }))
    }
}

/// The rules of a policy that its verdict hangs on: those that were met, or those that are in the way; else all of them.
fn hinges(policy: &Value, is_open: bool) -> (Vec<Value>, usize) {
    let all: Vec<&Value> = policy["rules"].as_array().into_iter().flatten().collect();
    let tells =
        |rule: &&&Value| if is_open { rule["verdict"] == "matched" && rule["part"] != "exclude" } else { rule.get("fix").is_some() };
    let mut found: Vec<&Value> = all.iter().filter(tells).copied().collect();
    if found.is_empty() {
        found = all;
    }
    let omitted = found.len().saturating_sub(RULES_SHOWN);
    (found.into_iter().take(RULES_SHOWN).cloned().collect(), omitted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_shows_the_rules_that_it_hangs_on() {
        let rule = |part: &str, verdict: &str, fix: Option<&str>| {
            let mut rule = json!({ "part": part, "verdict": verdict });
            if let Some(fix) = fix {
                rule["fix"] = json!(fix);
            }
            rule
        };
        let met =
            json!({ "rules": [rule("include", "matched", None), rule("include", "not matched", None), rule("exclude", "matched", None)] });
        assert_eq!(hinges(&met, true), (vec![rule("include", "matched", None)], 0));
        let missed = json!({ "rules": [rule("include", "not matched", Some("Add them")), rule("require", "matched", None)] });
        assert_eq!(hinges(&missed, false), (vec![rule("include", "not matched", Some("Add them"))], 0));
        let odd = json!({ "rules": vec![rule("include", "unknown", None); RULES_SHOWN + 3] });
        let (shown, omitted) = hinges(&odd, false);
        assert_eq!((shown.len(), omitted), (RULES_SHOWN, 3));
        assert_eq!(hinges(&Value::Null, true), (vec![], 0));
    }
}
