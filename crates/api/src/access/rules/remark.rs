//! Remarks on saved rules: which of them cannot be judged, so that they will never let anybody in as things stand.

use model::{
    IdpId,
    access_policy::PolicyAction,
    auth_context::{ContextId, InUse},
    posture::PostureCheck,
    rule::{Rule, RuleSet},
};
use store::Snapshot;

use super::located;
use crate::envelope::Message;

/// Code of a remark.
const REMARK: u32 = 12190;

/// One message for each rule whose facts this server cannot obtain as it is configured.
pub(crate) fn remarks(snapshot: &Snapshot, base: &str, rules: &RuleSet, action: Option<PolicyAction>) -> Vec<Message> {
    located(base, rules)
        .filter_map(|(pointer, rule)| {
            let text = unknown(snapshot, rule).or_else(|| action.and_then(|a| idle(rule, a)))?;
            Some(Message { code: REMARK, text: format!("{}: {text}", rule.kind()), pointer: Some(pointer) })
        })
        .collect()
}

fn unknown(snapshot: &Snapshot, rule: &Rule) -> Option<String> {
    match rule {
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
        Rule::DevicePosture { integration_uid } => {
            let rule = snapshot.posture_rules.get(&integration_uid.parse().ok()?)?;
            matches!(rule.check, PostureCheck::Intune { .. })
                .then(|| "no sign-in is linked to a device yet: a rule about all of the person's devices can be judged".to_owned())
        }
        Rule::UserRiskScore { .. } => {
            let reads = snapshot.idps.values().any(|idp| idp.config.entra().is_some_and(|settings| settings.own.read_risk));
            (!reads).then(|| "no provider reads risk: switch read_risk on in a provider's options, or nobody's risk is known".to_owned())
        }
        Rule::AuthContext { ac_id, identity_provider_id: id, .. } => context(snapshot, id, ac_id),
        Rule::Certificate {}
        | Rule::CommonName { .. }
        | Rule::ExternalEvaluation { .. }
        | Rule::LinkedAppToken { .. }
        | Rule::AccountMember { .. } => Some(
            "this server cannot obtain the facts for this selector yet: an allow with it never applies, a block with it always may".into(),
        ),
        _ => None,
    }
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
    match (rule, action) {
        (Rule::ServiceToken { .. } | Rule::AnyValidServiceToken {}, PolicyAction::Allow | PolicyAction::Deny) => {
            Some("service tokens count only in Service Auth (non_identity) and bypass policies".into())
        }
        (rule, PolicyAction::NonIdentity) if rule.needs_identity() => {
            Some("a Service Auth (non_identity) policy is judged without a person: this rule is never met".into())
        }
        _ => None,
    }
}
