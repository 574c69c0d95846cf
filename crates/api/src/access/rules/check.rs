//! Rules against what exists: what they name must be there, groups must not go in circles.

use std::collections::BTreeSet;

use model::{
    AccessGroupId, IdpId,
    rule::{Rule, RuleSet},
};
use store::{Reader, StoreError};

use super::located;
use crate::fault::Faults;

/// Notes a fault for everything that the rules name and that does not exist. `base` is the pointer of the object that holds them.
pub(crate) fn check(reader: &Reader<'_>, base: &str, rules: &RuleSet, faults: &Faults) -> Result<(), StoreError> {
    for (pointer, rule) in located(base, rules) {
        let pointer = |member: &str| format!("{pointer}/{}/{member}", rule.kind());
        match rule {
            Rule::Group { id } if reader.access_group(id)?.is_none() => {
                faults.add(pointer("id"), format!("there is no rule group {id}"));
            }
            Rule::ServiceToken { token_id } if reader.service_token(token_id)?.is_none() => {
                faults.add(pointer("token_id"), format!("there is no service token {token_id}"));
            }
            Rule::LinkedAppToken { app_uid } if reader.app(app_uid)?.is_none() => {
                faults.add(pointer("app_uid"), format!("there is no application {app_uid}"));
            }
            Rule::AccountMember { account_id } if *account_id != reader.account()?.id => {
                faults.add(pointer("account_id"), format!("there is no account {account_id} on this server"));
            }
            Rule::EmailList { id } | Rule::IpList { id } => {
                faults.add(pointer("id"), format!("there is no list {id} (lists are not supported yet)"));
            }
            Rule::LoginMethod { id } => provider(reader, &pointer("id"), id, None, faults)?,
            Rule::AzureGroup { identity_provider_id: id, .. } | Rule::AuthContext { identity_provider_id: id, .. } => {
                provider(reader, &pointer("identity_provider_id"), id, Some("azureAD"), faults)?;
            }
            Rule::DevicePosture { integration_uid } if !posture_rule_exists(reader, integration_uid)? => {
                faults.add(pointer("integration_uid"), format!("there is no device posture rule {integration_uid}"));
            }
            Rule::Oidc { identity_provider_id: id, .. } => provider(reader, &pointer("identity_provider_id"), id, None, faults)?,
            Rule::Saml { identity_provider_id: id, .. }
            | Rule::Okta { identity_provider_id: id, .. }
            | Rule::Gsuite { identity_provider_id: id, .. }
            | Rule::GithubOrganization { identity_provider_id: id, .. } => {
                let kind = if rule.kind() == "gsuite" { "google-apps" } else { rule.kind().trim_end_matches("-organization") };
                provider(reader, &pointer("identity_provider_id"), id, Some(kind), faults)?;
            }
            _ => {}
        }
    }
    Ok(())
}

fn posture_rule_exists(reader: &Reader<'_>, id: &str) -> Result<bool, StoreError> {
    let Ok(id) = id.parse() else { return Ok(false) };
    Ok(reader.posture_rule(&id)?.is_some())
}

fn provider(reader: &Reader<'_>, pointer: &str, id: &IdpId, kind: Option<&str>, faults: &Faults) -> Result<(), StoreError> {
    match (reader.idp(id)?, kind) {
        (None, _) => faults.add(pointer, format!("there is no identity provider {id}")),
        (Some(idp), Some(kind)) if idp.config.kind() != kind => {
            faults.add(pointer, format!("{:?} is of type {}; this rule needs one of type {kind}", idp.name, idp.config.kind()));
        }
        _ => {}
    }
    Ok(())
}

/// Pointer of a rule whose groups, followed to their ends, come to `target`.
pub(crate) fn reaches(reader: &Reader<'_>, base: &str, rules: &RuleSet, target: &AccessGroupId) -> Result<Option<String>, StoreError> {
    for (pointer, rule) in located(base, rules) {
        if let Rule::Group { id } = rule
            && (id == target || below(reader, id)?.contains(target))
        {
            return Ok(Some(format!("{pointer}/group/id")));
        }
    }
    Ok(None)
}

/// Pointer of the first rule that needs to know who the person is, itself or through the group it names.
pub(crate) fn identity_rule(reader: &Reader<'_>, base: &str, rules: &RuleSet) -> Result<Option<String>, StoreError> {
    for (pointer, rule) in located(base, rules) {
        if rule.needs_identity() {
            return Ok(Some(format!("{pointer}/{}", rule.kind())));
        }
        if let Rule::Group { id } = rule {
            for group in below(reader, id)? {
                let found = reader.access_group(&group)?;
                if found.is_some_and(|g| g.rules.iter().any(Rule::needs_identity)) {
                    return Ok(Some(format!("{pointer}/group")));
                }
            }
        }
    }
    Ok(None)
}

/// The group and every group nested in it.
fn below(reader: &Reader<'_>, start: &AccessGroupId) -> Result<BTreeSet<AccessGroupId>, StoreError> {
    let (mut seen, mut open) = (BTreeSet::new(), vec![*start]);
    while let Some(id) = open.pop() {
        if seen.insert(id)
            && let Some(group) = reader.access_group(&id)?
        {
            open.extend(group.rules.iter().filter_map(|rule| match rule {
                Rule::Group { id } => Some(*id),
                _ => None,
            }));
        }
    }
    Ok(seen)
}
