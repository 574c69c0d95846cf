//! Service tokens over time: those that nobody uses are switched off or removed where the organisation wants it, and those that end
//! soon are told (ruling 34).

use std::collections::BTreeMap;

use model::{
    ServiceTokenId, Timestamp,
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
/// Name of the warning.
const ENDS: &str = "service-token-ends";

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

    /// Brings the warnings about service tokens that end soon up to date.
    pub async fn warn_of_ending_tokens(&self, now: Timestamp) -> Result<(), StoreError> {
        let snapshot = self.inner.store.snapshot();
        let ending: Vec<Finding> = snapshot.service_tokens.values().filter_map(|token| ends(token, now)).collect();
        self.inner
            .store
            .write(move |tx| {
                let gone = |about: Option<&String>| !ending.iter().any(|finding| finding.about.as_ref() == about);
                for warning in tx.warnings()? {
                    if warning.subject == Subject::Organization && warning.finding.code == ENDS && gone(warning.finding.about.as_ref()) {
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

/// The warning about a token that is switched on and ends within the first step before an end, or has ended.
fn ends(token: &ServiceToken, now: Timestamp) -> Option<Finding> {
    let left = token.expires_at.filter(|_| token.enabled)?.secs_since(now);
    let days = left.div_euclid(DAY_SECS);
    let text = match days {
        days if days > STEPS[0] => return None,
        ..0 => format!("the service token {:?} has ended: its programs are refused", token.name),
        0 => format!("the service token {:?} ends today", token.name),
        days => format!("the service token {:?} ends in {days} day{}", token.name, if days == 1 { "" } else { "s" }),
    };
    let fix = "Refresh it, or remove it when no program needs it any more.";
    Some(Finding::warning(ENDS, text, fix).about(token.id.to_string()).ending_in(days))
}
