//! Remarks on saved rules: which of them cannot be judged, or are never looked at, as things stand.

use std::collections::BTreeSet;

use model::{
    AccessGroupId, IdpId,
    access_policy::PolicyAction,
    auth_context::{ContextId, InUse},
    posture::PostureCheck,
    rule::{Rule, RuleSet},
};
use store::Snapshot;

use super::located;
use crate::{
    envelope::Message,
    state::{ApiConfig, ApiState},
};

/// Code of a remark.
const REMARK: u32 = 12190;
/// What it means for a policy when a rule is unknown.
const MEANS: &str = "an allow with it never applies, a block with it is never passed over";

/// One message for each rule that cannot be judged as this server is configured, or that its policy never looks at; also for a rule group
/// that holds such a rule. `action` is that of the policy; a rule group has none.
pub(crate) fn remarks(state: &ApiState, base: &str, rules: &RuleSet, action: Option<PolicyAction>) -> Vec<Message> {
    let snapshot = state.store.snapshot();
    let view = View { snapshot: &snapshot, config: &state.config, action };
    located(base, rules)
        .filter_map(|(pointer, rule)| {
            let text = view.of(rule)?;
            Some(Message { code: REMARK, text: format!("{}: {text}", rule.kind()), pointer: Some(pointer) })
        })
        .collect()
}

struct View<'a> {
    snapshot: &'a Snapshot,
    config: &'a ApiConfig,
    action: Option<PolicyAction>,
}

impl View<'_> {
    fn of(&self, rule: &Rule) -> Option<String> {
        match rule {
            Rule::Group { id } => self.inside(id),
            rule => self.unknown(rule).or_else(|| idle(rule, self.action?)),
        }
    }

    /// The first remark on a rule of the group, or of a group nested in it.
    fn inside(&self, start: &AccessGroupId) -> Option<String> {
        let (mut seen, mut open) = (BTreeSet::new(), vec![*start]);
        while let Some(id) = open.pop() {
            let Some(group) = self.snapshot.access_groups.get(&id).filter(|_| seen.insert(id)) else { continue };
            for rule in group.rules.iter() {
                match rule {
                    Rule::Group { id } => open.push(*id),
                    rule => {
                        if let Some(text) = self.of(rule) {
                            return Some(format!("the rule group {:?} holds the rule {}: {text}", group.name, rule.kind()));
                        }
                    }
                }
            }
        }
        None
    }

    /// Why the rule is unknown for everybody, or for too many to be meant.
    fn unknown(&self, rule: &Rule) -> Option<String> {
        let snapshot = self.snapshot;
        match rule {
            Rule::Okta { .. } => no_provider("okta"),
            Rule::Gsuite { .. } => no_provider("google-apps"),
            Rule::GithubOrganization { .. } => no_provider("github"),
            Rule::Saml { .. } => no_provider("saml"),
            Rule::AccountMember { .. } => Some(format!("who signs in is not tied to the administrators of the account yet: {MEANS}")),
            Rule::AzureGroup { identity_provider_id: id, .. } => {
                let settings = snapshot.idps.get(id)?.config.entra()?;
                (!settings.support_groups)
                    .then(|| "the provider does not read groups: switch support_groups on, or nobody's groups are known".to_owned())
            }
            Rule::Oidc { claim_name, identity_provider_id: id, .. } => {
                let claims = snapshot.idps.get(id)?.config.claims();
                (!claims.contains(claim_name))
                    .then(|| format!("the provider does not carry the claim {claim_name:?}: add it to the provider's claims"))
            }
            Rule::DevicePosture { integration_uid, .. } => {
                let rule = snapshot.posture_rules.get(&integration_uid.parse().ok()?)?;
                matches!(rule.check, PostureCheck::Intune { .. })
                    .then(|| "no sign-in is linked to a device yet: a rule about all of the person's devices can be judged".to_owned())
            }
            Rule::UserRiskScore { .. } => {
                let reads = snapshot.idps.values().any(|idp| idp.config.entra().is_some_and(|settings| settings.own.read_risk));
                (!reads)
                    .then(|| "no provider reads risk: switch read_risk on in a provider's options, or nobody's risk is known".to_owned())
            }
            Rule::Geo { .. } if !self.config.tells_country.load(std::sync::atomic::Ordering::Relaxed) => {
                Some("no trusted peer tells the country of clients: set http.country_header, or nobody's country is known".to_owned())
            }
            Rule::Certificate {} | Rule::CommonName { .. } => {
                let asked = snapshot.certificates.values().any(|authority| !authority.associated_hostnames.is_empty());
                (!asked).then(|| "no host asks clients for certificates: add an authority with its hosts to access/certificates".to_owned())
            }
            Rule::AuthContext { ac_id, identity_provider_id: id, .. } => context(snapshot, id, ac_id),
            _ => None,
        }
    }
}

fn no_provider(kind: &str) -> Option<String> {
    Some(format!("providers of type {kind} cannot be set up yet, so nobody signs in through one: {MEANS}"))
}

/// What can be told about an authentication context from what was imported.
fn context(snapshot: &Snapshot, idp: &IdpId, ac_id: &str) -> Option<String> {
    let Ok(id) = ac_id.parse::<ContextId>() else {
        return Some(format!("{ac_id:?} is no authentication context (c1 to c99): nobody is ever granted it"));
    };
    let settings = snapshot.idps.get(idp)?.config.entra()?;
    let Some(imported) = snapshot.auth_contexts.get(idp) else {
        let why = if settings.conditional_access_enabled {
            "the contexts of this provider were not read yet"
        } else {
            "the provider does not import its contexts: switch conditional_access_enabled on"
        };
        return Some(format!("whether {id} exists in the directory is not known: {why}"));
    };
    let Some(context) = imported.get(id) else {
        let at = imported.read_at.rfc3339();
        return Some(format!("the directory publishes no authentication context {id} to applications (read {at}): it cannot be granted"));
    };
    let name = &context.display_name;
    match context.in_use {
        InUse::Yes => None,
        InUse::No => Some(format!(
            "no enabled Conditional Access policy uses {id} ({name:?}): Entra grants it to everybody who asks, so this rule protects nothing"
        )),
        InUse::Unknown => Some(format!(
            "whether a Conditional Access policy uses {id} ({name:?}) is not known: without one, Entra grants it to everybody"
        )),
    }
}

/// Rules that their policy's action never looks at.
fn idle(rule: &Rule, action: PolicyAction) -> Option<String> {
    let about_person = rule.needs_identity() || matches!(rule, Rule::DevicePosture { .. });
    match (rule, action) {
        (Rule::ServiceToken { .. } | Rule::AnyValidServiceToken {} | Rule::LinkedAppToken { .. }, PolicyAction::Allow) => {
            Some("tokens of programs do not count in allow policies: use a Service Auth (non_identity) policy".into())
        }
        (_, PolicyAction::NonIdentity) if about_person => {
            Some("a Service Auth (non_identity) policy is judged without a person: this rule is never met".into())
        }
        (_, PolicyAction::Bypass) if about_person => Some("a bypass policy is judged without a person: this rule is never met".into()),
        _ => None,
    }
}
