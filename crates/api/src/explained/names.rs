//! The names of what rules refer to: groups of the directory by what is provisioned and by the sign-in, the rest by the configuration.

use std::{collections::BTreeMap, sync::Arc};

use model::{
    IdpId, ObjectId,
    identity::{DirectoryGroup, Groups, Identity},
    provisioned::ResourceKind,
    rule::Rule,
};
use serde_json::Value;
use store::{ProvisionedKey, Reader, Snapshot, StoreError};

/// Groups that are looked up for one explanation.
const LOOKED_UP: usize = 500;
/// Groups of the person that a sentence names.
const NAMED: usize = 5;

/// Names of what the rules of an explanation refer to.
pub(crate) struct Names {
    pub snapshot: Arc<Snapshot>,
    groups: BTreeMap<(IdpId, ObjectId), String>,
    /// Groups whose name neither provisioning nor the sign-in told.
    unnamed: Vec<(IdpId, ObjectId)>,
    theirs: Option<Theirs>,
}

/// The groups that the person was judged with: their provider, some of them, and how many there are.
struct Theirs {
    idp: IdpId,
    first: Vec<DirectoryGroup>,
    count: usize,
}

impl Theirs {
    fn of(identity: &Identity) -> Option<Self> {
        let Groups::Known { list, .. } = &identity.groups else { return None };
        Some(Self { idp: identity.idp, first: list.iter().take(NAMED).cloned().collect(), count: list.len() })
    }
}

impl Names {
    /// Looks up the groups that the explanation's rules name, and those of the person that its facts show.
    pub(crate) fn of(
        reader: &Reader<'_>,
        snapshot: Arc<Snapshot>,
        explanation: &Value,
        identity: Option<&Identity>,
    ) -> Result<Self, StoreError> {
        let (mut wanted, idp) = (Vec::new(), identity.map(|identity| identity.idp));
        // What the verdict hung on comes first: not all may find a name.
        let policies = explanation["policies"].as_array().into_iter().flatten();
        let hung_on = policies.filter(|policy| !policy["id"].is_null() && policy["id"] == explanation["conclusion"]["policy"]);
        hung_on.chain([explanation]).for_each(|part| collect(part, idp, &mut wanted));
        let (mut groups, mut unnamed) = (BTreeMap::new(), Vec::new());
        for key in wanted {
            if groups.contains_key(&key) || unnamed.contains(&key) {
                continue;
            }
            let (idp, id) = key;
            let found = reader.find_provisioned(&idp, ResourceKind::Group, ProvisionedKey::ExternalId, &id.to_string())?;
            let provisioned = found.into_iter().find_map(|group| group.display_name);
            if let Some(name) = provisioned.or_else(|| told(identity, &id)) {
                groups.insert(key, name);
            } else {
                unnamed.push(key);
            }
        }
        Ok(Self { snapshot, groups, unnamed, theirs: identity.and_then(Theirs::of) })
    }

    /// Groups that are named by their id for want of a name.
    pub(super) fn unnamed(&self) -> &[(IdpId, ObjectId)] {
        &self.unnamed
    }

    /// Takes in the name of a group.
    pub(super) fn learn(&mut self, group: (IdpId, ObjectId), name: String) {
        self.groups.insert(group, name);
    }

    /// The groups that the person was in, by their names as far as these are known; `None` when nothing is known of them any more.
    pub(super) fn theirs(&self) -> Option<String> {
        let Theirs { idp, first, count } = self.theirs.as_ref()?;
        let name = |group: &DirectoryGroup| {
            let known = self.groups.get(&(*idp, group.id)).or(group.name.as_ref());
            known.cloned().unwrap_or_else(|| group.id.to_string())
        };
        let mut names: Vec<String> = first.iter().map(name).collect();
        match count - first.len() {
            0 => {}
            1 => names.push("1 more group".to_owned()),
            more => names.push(format!("{more} more groups")),
        }
        let Some(last) = names.pop() else { return Some("no group".to_owned()) };
        Some(if names.is_empty() { last } else { format!("{} and {last}", names.join(", ")) })
    }

    /// The name of a service token.
    pub(super) fn service_token(&self, id: &str) -> String {
        let known = id.parse().ok().and_then(|id| self.snapshot.service_tokens.get(&id));
        known.map_or_else(|| id.to_owned(), |token| token.name.clone())
    }

    /// The name of an application.
    pub(super) fn app(&self, id: &str) -> String {
        let known = id.parse().ok().and_then(|id| self.snapshot.apps.get(&id));
        known.map_or_else(|| id.to_owned(), |app| app.name.clone())
    }

    /// The name of a provider.
    pub(crate) fn provider(&self, id: &IdpId) -> String {
        self.snapshot.idps.get(id).map_or_else(|| id.to_string(), |idp| idp.name.clone())
    }

    /// The text of the person's groups with names in place of ids, where these are known.
    pub(super) fn in_text(&self, value: &str) -> String {
        let named = |id: &ObjectId| self.groups.iter().find(|((_, known), _)| known == id).map(|(_, name)| name.as_str());
        let word = |word: &str| named(&word.trim_end_matches(',').parse().ok()?).map(|name| (word.ends_with(','), name));
        let words = value.split(' ').map(|text| match word(text) {
            Some((true, name)) => format!("{name},"),
            Some((false, name)) => name.to_owned(),
            None => text.to_owned(),
        });
        words.collect::<Vec<_>>().join(" ")
    }

    /// What a rule names, in words, and the provider that it speaks of.
    pub(crate) fn rule(&self, rule: &Rule) -> (String, Option<String>) {
        let snapshot = &self.snapshot;
        let list = |id| snapshot.lists.get(id).map_or_else(|| format!("{id}"), |list| list.name.clone());
        match rule {
            Rule::AzureGroup { id, identity_provider_id: idp } => {
                let name = self.groups.get(&(*idp, *id)).cloned().unwrap_or_else(|| id.to_string());
                (name, Some(self.provider(idp)))
            }
            Rule::Everyone {} => ("everyone".into(), None),
            Rule::Email { email } => (email.to_string(), None),
            Rule::EmailDomain { domain } => (domain.clone(), None),
            Rule::EmailList { id } | Rule::IpList { id } => (list(id), None),
            Rule::Ip { ip } => (ip.as_str().to_owned(), None),
            Rule::Geo { country_code } => (country_code.as_str().to_owned(), None),
            Rule::Group { id } => (snapshot.access_groups.get(id).map_or_else(|| id.to_string(), |group| group.name.clone()), None),
            Rule::LoginMethod { id } => (self.provider(id), None),
            Rule::AuthMethod { auth_method } => (auth_method.clone(), None),
            Rule::AuthContext { ac_id, identity_provider_id: idp, .. } => (ac_id.clone(), Some(self.provider(idp))),
            Rule::Oidc { claim_name, claim_value, identity_provider_id: idp } => {
                (format!("{claim_name}={claim_value}"), Some(self.provider(idp)))
            }
            Rule::Saml { attribute_name, attribute_value, identity_provider_id: idp } => {
                (format!("{attribute_name}={attribute_value}"), Some(self.provider(idp)))
            }
            Rule::Okta { name, identity_provider_id: idp } | Rule::GithubOrganization { name, identity_provider_id: idp, .. } => {
                (name.clone(), Some(self.provider(idp)))
            }
            Rule::Gsuite { email, identity_provider_id: idp } => (email.clone(), Some(self.provider(idp))),
            Rule::ServiceToken { token_id } => {
                (snapshot.service_tokens.get(token_id).map_or_else(|| token_id.to_string(), |token| token.name.clone()), None)
            }
            Rule::AnyValidServiceToken {} => ("any valid service token".into(), None),
            Rule::LinkedAppToken { app_uid } => {
                (snapshot.apps.get(app_uid).map_or_else(|| app_uid.to_string(), |app| app.name.clone()), None)
            }
            Rule::Certificate {} => ("any valid client certificate".into(), None),
            Rule::CommonName { common_name } => (common_name.clone(), None),
            Rule::DevicePosture { integration_uid, .. } => {
                let known = integration_uid.parse().ok().and_then(|id| snapshot.posture_rules.get(&id));
                (known.map_or_else(|| integration_uid.clone(), |rule| rule.name.clone()), None)
            }
            Rule::ExternalEvaluation { evaluate_url, .. } => (evaluate_url.clone(), None),
            Rule::UserRiskScore { user_risk_score } => {
                let levels: Vec<String> =
                    user_risk_score.iter().filter_map(|level| serde_json::to_value(level).ok()?.as_str().map(str::to_owned)).collect();
                (levels.join(" or "), None)
            }
            Rule::AccountMember { account_id } => {
                (account_id.as_ref().map_or_else(|| snapshot.account.id.to_string(), ToString::to_string), None)
            }
        }
    }
}

/// The name that the sign-in told of a group that the person is in.
fn told(identity: Option<&Identity>, id: &ObjectId) -> Option<String> {
    let Groups::Known { list, .. } = &identity?.groups else { return None };
    list.iter().find(|group| group.id == *id)?.name.clone()
}

/// The text of a fact that is the person's groups: how many, and some of them by name or id.
fn shown_groups(fact: &Value) -> Option<String> {
    fact["value"].as_str().filter(|_| fact["class"] == "groups").map(str::to_owned)
}

/// The groups that rules name, and those that facts show of a person of this provider, wherever they stand.
fn collect(value: &Value, idp: Option<IdpId>, found: &mut Vec<(IdpId, ObjectId)>) {
    match value {
        Value::Object(members) => {
            if let Some(rule) = members.get("azureAD") {
                let part = |key: &str| rule.get(key).and_then(Value::as_str);
                if let (Some(Ok(idp)), Some(Ok(id))) = (part("identity_provider_id").map(str::parse), part("id").map(str::parse)) {
                    found.push((idp, id));
                }
            }
            if let (Some(idp), Some(shown)) = (idp, shown_groups(value)) {
                found.extend(shown.split([' ', ',']).filter_map(|word| Some((idp, word.parse().ok()?))));
            }
            members.values().for_each(|value| collect(value, idp, found));
            found.truncate(LOOKED_UP);
        }
        Value::Array(items) => items.iter().for_each(|value| collect(value, idp, found)),
        _ => {}
    }
}
