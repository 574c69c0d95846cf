//! What ends over time: service tokens that nobody uses are switched off or removed where the organisation wants it; service tokens and
//! authorities for client certificates that end soon are told (ruling 34).

use std::collections::BTreeMap;

use model::{
    ServiceTokenId, Timestamp,
    certificate::Certificate,
    finding::Finding,
    log::AuditRecord,
    organization::{InactiveAction, ServiceTokenInactivity},
    rule::Rule,
    service_token::ServiceToken,
    warning::{STEPS, Subject},
};
use serde_json::json;
use store::{Snapshot, StoreError, Tx};

use crate::door::Guard;

const DAY_SECS: i64 = 86_400;
/// Names of the warnings.
const ENDS: &str = "service-token-ends";
const AUTHORITY_ENDS: &str = "client-authority-ends";

impl Guard {
    /// Disables or deletes, as the organisation's setting says, the service tokens that no policy names and that were not used for as
    /// long as it says; how many. Each is audited.
    pub async fn clean_up_service_tokens(&self, now: Timestamp) -> Result<usize, StoreError> {
        // What is known of the uses of this moment counts.
        self.note_tokens_seen_after(0).await?;
        let store = self.inner.store.clone();
        self.inner
            .store
            .write(move |tx| {
                let snapshot = store.snapshot();
                let Some(setting) = snapshot.organization.service_token_inactivity.filter(|s| s.enabled) else { return Ok(0) };
                let seen = tx.service_tokens_seen()?;
                let idle: Vec<_> = idle(&snapshot, &seen, &setting, now).cloned().collect();
                idle.iter().try_for_each(|token| end(tx, token, &setting, seen.get(&token.id)))?;
                Ok(idle.len())
            })
            .await
    }

    /// Brings the warnings about service tokens and authorities for client certificates that end soon up to date.
    pub async fn warn_of_endings(&self, now: Timestamp) -> Result<(), StoreError> {
        let snapshot = self.inner.store.snapshot();
        let tokens = snapshot.service_tokens.values().filter_map(|token| ends(token, now));
        let authorities = snapshot.certificates.values().filter_map(|certificate| authority_ends(certificate, now));
        let ending: Vec<Finding> = tokens.chain(authorities).collect();
        self.inner
            .store
            .write(move |tx| {
                for warning in tx.warnings()? {
                    let is_ours = warning.subject == Subject::Organization && [ENDS, AUTHORITY_ENDS].contains(&&*warning.finding.code);
                    if is_ours && !ending.iter().any(|finding| warning.is_about(finding)) {
                        tx.remove_warning(&warning.id)?;
                    }
                }
                ending.into_iter().try_for_each(|finding| tx.raise_warning(Subject::Organization, finding))
            })
            .await
    }
}

/// Those that no policy and no group names, and whose last use, or change by an administrator, is longer ago than the setting allows.
fn idle<'a>(
    snapshot: &'a Snapshot,
    seen: &'a BTreeMap<ServiceTokenId, Timestamp>,
    setting: &ServiceTokenInactivity,
    now: Timestamp,
) -> impl Iterator<Item = &'a ServiceToken> {
    let before = now.plus_secs(-i64::from(setting.threshold_days) * DAY_SECS);
    let action = setting.action;
    snapshot.service_tokens.values().map(AsRef::as_ref).filter(move |token| {
        let last = seen.get(&token.id).copied().unwrap_or_default().max(token.created_at).max(token.updated_at);
        last < before && (token.enabled || action == InactiveAction::Delete) && !is_named(snapshot, &token.id)
    })
}

fn is_named(snapshot: &Snapshot, id: &ServiceTokenId) -> bool {
    let names = |rule: &Rule| matches!(rule, Rule::ServiceToken { token_id } if token_id == id);
    snapshot.policies.values().any(|p| p.rules.iter().any(names)) || snapshot.access_groups.values().any(|g| g.rules.iter().any(names))
}

fn end(tx: &mut Tx<'_>, token: &ServiceToken, setting: &ServiceTokenInactivity, seen: Option<&Timestamp>) -> Result<(), StoreError> {
    let at = tx.now();
    let verb = match setting.action {
        InactiveAction::Disable => {
            tx.put_service_token(&ServiceToken { enabled: false, updated_at: at, ..token.clone() })?;
            "expire"
        }
        InactiveAction::Delete => {
            tx.remove_service_token(&token.id)?;
            "delete"
        }
    };
    let known = json!({ "name": token.name, "client_id": token.client_id, "enabled": token.enabled });
    let why = json!({ "enabled": false, "last_seen_at": seen.map(|at| at.rfc3339()), "inactivity_threshold_days": setting.threshold_days });
    tx.audit(&AuditRecord {
        at,
        actor: "system".into(),
        action: format!("service_token.{verb}"),
        object: format!("service_token/{}", token.id),
        before: Some(known),
        after: Some(why),
    })
}

/// The warning about a token that is switched on.
fn ends(token: &ServiceToken, now: Timestamp) -> Option<Finding> {
    let (days, when) = ending(token.expires_at.filter(|_| token.enabled)?, now)?;
    let text = format!("the service token {:?} {when}", token.name);
    let fix = "Refresh it, or remove it when no program needs it any more.";
    Some(Finding::warning(ENDS, text, fix).about(token.id.to_string()).ending_in(days))
}

/// The warning about an authority that some host asks for.
fn authority_ends(certificate: &Certificate, now: Timestamp) -> Option<Finding> {
    let (days, when) = ending(certificate.expires_on, now).filter(|_| !certificate.associated_hostnames.is_empty())?;
    let text = format!("the authority {:?} for client certificates {when}; its certificates do not count from then on", certificate.name);
    let fix = "Add the authority that follows it to the same hosts, and remove this one when its certificates are replaced.";
    Some(Finding::warning(AUTHORITY_ENDS, text, fix).about(certificate.id.to_string()).ending_in(days))
}

/// Days to an end, and that in words; from the first step before an end on.
fn ending(end: Timestamp, now: Timestamp) -> Option<(i64, String)> {
    let days = end.secs_since(now).div_euclid(DAY_SECS);
    let when = match days {
        days if days > STEPS[0] => return None,
        ..0 => "has ended".to_owned(),
        0 => "ends today".to_owned(),
        days => format!("ends in {days} day{}", if days == 1 { "" } else { "s" }),
    };
    Some((days, when))
}
