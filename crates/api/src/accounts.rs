//! `/accounts`: the one account of the server.

use axum::extract::State;
use model::organization::Account;
use serde_json::{Value, json};

use crate::{
    audit::Object,
    body::{Json, same_object},
    caller::{AccountWrite, Anybody, Caller},
    envelope::Answer,
    error::ApiError,
    fault::{Faults, Fields},
    pagination::Paging,
    params::Query,
    state::ApiState,
};

const NOUN: Object = Object("account");

/// Lists the account.
pub(crate) async fn list(_: Caller<Anybody>, State(state): State<ApiState>, query: Query) -> Result<Answer, ApiError> {
    let paging = Paging::read(&query, 20)?;
    query.only("direction", &["asc", "desc"])?;
    let account = state.store.snapshot().account.clone();
    let named = query.text("name").is_none_or(|name| account.name == name);
    Ok(Answer::page(paging.cut(named.then(|| write(&account)))))
}

/// The account.
pub(crate) async fn get(_: Caller<Anybody>, State(state): State<ApiState>) -> Result<Answer, ApiError> {
    Ok(Answer::ok(write(&state.store.snapshot().account)))
}

/// Names the account anew.
pub(crate) async fn update(caller: Caller<AccountWrite>, State(state): State<ApiState>, Json(body): Json) -> Result<Answer, ApiError> {
    let (name, actor, id) = (read(&body)?, caller.actor(), caller.account.clone());
    same_object(&body, &id)?;
    let saved = state.write(move |tx, _| {
        let before = tx.account()?;
        let after = Account { name, ..before.clone() };
        tx.put_account(&after)?;
        NOUN.updated(tx, actor, id, (write(&before), write(&after)))?;
        Ok(write(&after))
    });
    Ok(Answer::ok(saved.await?))
}

fn read(body: &Value) -> Result<String, ApiError> {
    let faults = Faults::default();
    let name = Fields::of(body, "", &faults).and_then(|fields| {
        let name = fields.required_text("name", 100).map(str::to_owned);
        if fields.text("type").is_some_and(|kind| kind != "standard") {
            fields.fault("type", "an account of this server is of type standard");
        }
        if let Some(settings) = fields.object("settings") {
            settings.flag_not_yet("enforce_twofactor");
            settings.not_yet(&["abuse_contact_email"]);
            settings.done();
        }
        fields.not_yet(&["managed_by"]);
        fields.read_only(&["id", "created_on"]);
        fields.done();
        name
    });
    faults.finish_some(name)
}

fn write(account: &Account) -> Value {
    json!({
        "id": account.id.as_str(),
        "name": account.name,
        "type": "standard",
        "settings": { "enforce_twofactor": false },
        "created_on": account.created_at.rfc3339(),
    })
}
