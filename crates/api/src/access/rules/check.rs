//! Rules against what exists: what they name must be there, groups must not go in circles.

use std::collections::BTreeMap;

use model::{
    AccessGroupId, AccountId, IdpId, ListId,
    list::Items,
    rule::{Rule, RuleSet},
};
use store::{Reader, StoreError};

use super::located;
use crate::fault::Faults;

/// Notes a fault for everything that the rules name and that does not exist, and fills in the account where a rule leaves it out. `base` is
/// the pointer of the object that holds the rules.
pub(crate) fn check(reader: &Reader<'_>, base: &str, rules: &mut RuleSet, faults: &Faults) -> Result<(), StoreError> {
    let account = reader.account()?.id;
    for rule in rules.iter_mut() {
        if let Rule::AccountMember { account_id } = rule {
            account_id.get_or_insert_with(|| account.clone());
        }
    }
    for (pointer, rule) in located(base, rules) {
        let place = Place { reader, faults, pointer: format!("{pointer}/{}", rule.kind()) };
        match rule {
            Rule::Group { id } if reader.access_group(id)?.is_none() => place.fault("id", format!("there is no rule group {id}")),
            Rule::ServiceToken { token_id } if reader.service_token(token_id)?.is_none() => {
                place.fault("token_id", format!("there is no service token {token_id}"));
            }
            Rule::LinkedAppToken { app_uid } if reader.app(app_uid)?.is_none() => {
                place.fault("app_uid", format!("there is no application {app_uid}"));
            }
            Rule::EmailList { id } => place.list(id, Kind::Email)?,
            Rule::IpList { id } => place.list(id, Kind::Ip)?,
            Rule::LoginMethod { id } => place.provider("id", id, None)?,
            Rule::AzureGroup { identity_provider_id: id, .. } | Rule::AuthContext { identity_provider_id: id, .. } => {
                place.provider("identity_provider_id", id, Some("azureAD"))?;
            }
            Rule::Oidc { identity_provider_id: id, .. } => place.provider("identity_provider_id", id, None)?,
            Rule::Saml { identity_provider_id: id, .. } => place.provider_to_come(id, "saml")?,
            Rule::Okta { identity_provider_id: id, .. } => place.provider_to_come(id, "okta")?,
            Rule::Gsuite { identity_provider_id: id, .. } => place.provider_to_come(id, "google-apps")?,
            Rule::GithubOrganization { identity_provider_id: id, .. } => place.provider_to_come(id, "github")?,
            Rule::DevicePosture { integration_uid, account_id } => {
                if !posture_rule_exists(reader, integration_uid)? {
                    place.fault("integration_uid", format!("there is no device posture rule {integration_uid}"));
                }
                place.account(account_id.as_ref(), &account);
            }
            Rule::AccountMember { account_id } => place.account(account_id.as_ref(), &account),
            _ => {}
        }
    }
    Ok(())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Email,
    Ip,
}

/// Where a rule stands.
struct Place<'a> {
    reader: &'a Reader<'a>,
    faults: &'a Faults,
    pointer: String,
}

impl Place<'_> {
    fn fault(&self, member: &str, message: String) {
        self.faults.add(format!("{}/{member}", self.pointer), message);
    }
    fn account(&self, named: Option<&AccountId>, account: &AccountId) {
        if let Some(id) = named.filter(|id| *id != account) {
            self.fault("account_id", format!("there is no account {id} on this server: leave it out, or write {account}"));
        }
    }
    fn list(&self, id: &ListId, wanted: Kind) -> Result<(), StoreError> {
        match (self.reader.list(id)?.map(|list| (list.name, list.items)), wanted) {
            (None, _) => self.fault("id", format!("there is no list {id}")),
            (Some((name, Items::Ip(_))), Kind::Email) => {
                self.fault("id", format!("{name:?} is a list of type IP; this rule needs one of type EMAIL"));
            }
            (Some((name, Items::Email(_))), Kind::Ip) => {
                self.fault("id", format!("{name:?} is a list of type EMAIL; this rule needs one of type IP"));
            }
            (Some((_, Items::Email(_))), Kind::Email) | (Some((_, Items::Ip(_))), Kind::Ip) => {}
        }
        Ok(())
    }
    fn provider(&self, member: &str, id: &IdpId, kind: Option<&str>) -> Result<(), StoreError> {
        match (self.reader.idp(id)?, kind) {
            (None, _) => self.fault(member, format!("there is no identity provider {id}")),
            (Some(idp), Some(kind)) if idp.config.kind() != kind => {
                let found = idp.config.kind();
                self.fault(member, format!("{:?} is of type {found}; this rule needs one of type {kind}", idp.name));
            }
            _ => {}
        }
        Ok(())
    }
    /// A provider of a type that cannot be set up yet: that it is missing is said in a remark.
    fn provider_to_come(&self, id: &IdpId, kind: &str) -> Result<(), StoreError> {
        match self.reader.idp(id)? {
            Some(_) => self.provider("identity_provider_id", id, Some(kind)),
            None => Ok(()),
        }
    }
}

fn posture_rule_exists(reader: &Reader<'_>, id: &str) -> Result<bool, StoreError> {
    let Ok(id) = id.parse() else { return Ok(false) };
    Ok(reader.posture_rule(&id)?.is_some())
}

/// A way by which rules, followed from group to group, come to a group.
pub(crate) struct Way {
    /// Pointer of the rule where it begins.
    pub pointer: String,
    /// The groups on it, by name; the last one is the group that was looked for.
    pub groups: Vec<String>,
}

/// The way by which rules come to a group, when there is one.
pub(crate) fn reaches(reader: &Reader<'_>, base: &str, rules: &RuleSet, target: &AccessGroupId) -> Result<Option<Way>, StoreError> {
    for (pointer, rule) in located(base, rules) {
        let Rule::Group { id } = rule else { continue };
        let from = below(reader, id)?;
        if !from.contains_key(target) {
            continue;
        }
        let mut groups = Vec::new();
        let mut next = Some(*target);
        while let Some(id) = next {
            groups.push(reader.access_group(&id)?.map_or_else(|| id.to_string(), |group| group.name));
            next = from.get(&id).copied().flatten();
        }
        groups.reverse();
        return Ok(Some(Way { pointer: format!("{pointer}/group/id"), groups }));
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
            for group in below(reader, id)?.keys() {
                let found = reader.access_group(group)?;
                if found.is_some_and(|g| g.rules.iter().any(Rule::needs_identity)) {
                    return Ok(Some(format!("{pointer}/group")));
                }
            }
        }
    }
    Ok(None)
}

/// The group and every group nested in it, each with the one that led there.
fn below(reader: &Reader<'_>, start: &AccessGroupId) -> Result<BTreeMap<AccessGroupId, Option<AccessGroupId>>, StoreError> {
    let (mut seen, mut open) = (BTreeMap::from([(*start, None)]), vec![*start]);
    while let Some(id) = open.pop() {
        let Some(group) = reader.access_group(&id)? else { continue };
        for rule in group.rules.iter() {
            if let Rule::Group { id: inner } = rule
                && !seen.contains_key(inner)
            {
                seen.insert(*inner, Some(id));
                open.push(*inner);
            }
        }
    }
    Ok(seen)
}
