//! What was provisioned through a provider, read-only: `{id}/scim/users` and `{id}/scim/groups`.

use std::collections::BTreeMap;

use axum::extract::State;
use model::{
    IdpId,
    provisioned::{Provisioned, ResourceKind},
};
use serde_json::{Map, Value, json};
use store::{ProvisionedKey, Reader, StoreError};

use crate::{
    caller::{Caller, OrgRead},
    envelope::Answer,
    error::ApiError,
    pagination::Paging,
    params::{At, Query},
    state::ApiState,
};

pub(crate) async fn users(_: Caller<OrgRead>, State(state): State<ApiState>, At(id): At<IdpId>, query: Query) -> Result<Answer, ApiError> {
    list(state, id, ResourceKind::User, &query).await
}

pub(crate) async fn groups(_: Caller<OrgRead>, State(state): State<ApiState>, At(id): At<IdpId>, query: Query) -> Result<Answer, ApiError> {
    list(state, id, ResourceKind::Group, &query).await
}

async fn list(state: ApiState, id: IdpId, kind: ResourceKind, query: &Query) -> Result<Answer, ApiError> {
    let paging = Paging::read(query, 100)?;
    let filter = Filter::read(query, kind);
    if !state.store.snapshot().idps.contains_key(&id) {
        return Err(ApiError::missing("identity provider", id));
    }
    let (found, total) = state
        .read(move |reader| {
            if filter.is_open() {
                let listed = reader.list_provisioned(&id, kind, paging.offset(), paging.limit())?;
                return Ok((listed.items, listed.total));
            }
            let found = filter.find(reader, &id, kind)?;
            let total = found.len() as u64;
            Ok((paging.stretch(found), total))
        })
        .await?;
    Ok(Answer::page(paging.with_total(found.iter().map(write).collect(), total)))
}

/// Filters of the query; all given ones must hold, repeated ones are alternatives. Compared without regard to case.
#[derive(Debug)]
struct Filter {
    ids: Vec<String>,
    external_ids: Vec<String>,
    email: Option<String>,
    user_name: Option<String>,
    name: Option<String>,
}

impl Filter {
    fn read(query: &Query, kind: ResourceKind) -> Self {
        let every = |key| query.every(key).into_iter().map(str::to_owned).collect();
        let of_user = |key| query.text(key).filter(|_| kind == ResourceKind::User).map(str::to_owned);
        Self {
            ids: every("cf_resource_id"),
            external_ids: every("idp_resource_id"),
            email: of_user("email"),
            user_name: of_user("username"),
            name: query.text("name").map(str::to_owned),
        }
    }
    fn is_open(&self) -> bool {
        self.ids.is_empty() && self.external_ids.is_empty() && self.email.is_none() && self.user_name.is_none() && self.name.is_none()
    }
    /// What passes, the oldest first: looked for by the index of the first filter that is given, and sifted by the others.
    fn find(&self, reader: &Reader<'_>, idp: &IdpId, kind: ResourceKind) -> Result<Vec<Provisioned>, StoreError> {
        let of = |value: &Option<String>| value.iter().cloned().collect::<Vec<_>>();
        let wanted = [
            (ProvisionedKey::Id, self.ids.clone()),
            (ProvisionedKey::ExternalId, self.external_ids.clone()),
            (ProvisionedKey::UserName, of(&self.user_name)),
            (ProvisionedKey::Email, of(&self.email)),
            (ProvisionedKey::DisplayName, of(&self.name)),
        ];
        let mut found = BTreeMap::new();
        if let Some((key, values)) = wanted.into_iter().find(|(_, values)| !values.is_empty()) {
            for value in values {
                let resources = reader.find_provisioned(idp, kind, key, &value)?;
                found.extend(resources.into_iter().filter(|r| self.takes(r)).map(|r| ((r.created_at, r.id), r)));
            }
        }
        Ok(found.into_values().collect())
    }
    fn takes(&self, resource: &Provisioned) -> bool {
        let same = |have: Option<&str>, want: &str| have.is_some_and(|have| have.to_lowercase() == want.to_lowercase());
        let one_of = |have: Option<&str>, wanted: &[String]| wanted.is_empty() || wanted.iter().any(|want| same(have, want));
        let given = |have: Option<&str>, wanted: &Option<String>| wanted.as_deref().is_none_or(|want| same(have, want));
        one_of(Some(&resource.id.to_string()), &self.ids)
            && one_of(resource.external_id.as_deref(), &self.external_ids)
            && given(resource.email.as_deref(), &self.email)
            && given(resource.user_name.as_deref(), &self.user_name)
            && given(resource.display_name.as_deref(), &self.name)
    }
}

fn write(resource: &Provisioned) -> Value {
    let mut out = Map::new();
    out.insert("id".into(), json!(resource.id.to_string()));
    let mut text = |key: &str, value: &Option<String>| {
        if let Some(value) = value {
            out.insert(key.into(), json!(value));
        }
    };
    text("externalId", &resource.external_id);
    text("userName", &resource.user_name);
    text("displayName", &resource.display_name);
    if resource.kind == ResourceKind::User {
        out.insert("active".into(), json!(resource.active));
        out.insert("emails".into(), emails(&resource.document));
    }
    let schemas: Vec<&Value> =
        resource.document.get("schemas").and_then(Value::as_array).into_iter().flatten().filter(|s| s.is_string()).collect();
    out.insert("schemas".into(), json!(schemas));
    out.insert("meta".into(), json!({ "created": resource.created_at.rfc3339(), "lastModified": resource.updated_at.rfc3339() }));
    Value::Object(out)
}

/// Addresses in the types of the contract, whatever the directory sent beside them.
fn emails(document: &Value) -> Value {
    let sent = document.get("emails").and_then(Value::as_array).into_iter().flatten();
    let clean = sent.filter_map(|email| {
        let value = email.get("value")?.as_str()?;
        let mut out = Map::new();
        out.insert("value".into(), json!(value));
        if let Some(kind) = email.get("type").and_then(Value::as_str) {
            out.insert("type".into(), json!(kind));
        }
        if let Some(primary) = email.get("primary").and_then(Value::as_bool) {
            out.insert("primary".into(), json!(primary));
        }
        Some(Value::Object(out))
    });
    clean.collect()
}
