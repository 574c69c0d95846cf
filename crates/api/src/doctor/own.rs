//! What doorward knows of a login method by itself: provisioning and looking again.

use model::{
    Timestamp,
    auth_context::Imported,
    finding::Finding,
    idp::{IdentityProvider, ScimContact, ScimSettings, SecretUsed},
};

const DAY: i64 = 86_400;

pub(super) fn findings(idp: &IdentityProvider, contact: Option<&ScimContact>, now: Timestamp) -> Vec<Finding> {
    let mut findings = vec![liveness(idp)];
    if idp.scim.enabled {
        findings.push(scim(contact.map(|contact| contact.last_used_at), now));
        findings.extend(contact.and_then(|contact| former_secret(&idp.scim, contact, now)));
        if !idp.scim.user_deprovision {
            let text = "SCIM is on, and people whom it deactivates keep their sessions: user_deprovision is off";
            findings.push(Finding::note("scim-keeps-sessions", text).with_fix("Switch user_deprovision on."));
        }
    }
    findings
}

fn liveness(idp: &IdentityProvider) -> Finding {
    let liveness = idp.config.liveness();
    if liveness.interval_seconds == 0 {
        let text = "doorward does not ask again between sign-ins: a disabled account keeps its session until it ends";
        return Finding::note("liveness-off", text).with_fix("Set liveness in the provider's options, or use SCIM with user_deprovision.");
    }
    let text = format!(
        "doorward asks again every {} s; a provider that does not answer is borne for {} s",
        liveness.interval_seconds, liveness.grace_seconds
    );
    Finding::ok("liveness", text)
}

/// Entra calls about every 40 minutes while it has something to send, and hardly ever when it is quarantined.
fn scim(contact: Option<Timestamp>, now: Timestamp) -> Finding {
    let Some(at) = contact else {
        return Finding::unknown(
            "scim-never",
            "SCIM is on, and no provisioning client has called with its secret since this is watched",
            "In the provisioning application: Tenant URL and Secret Token, Test Connection, Start provisioning; then wait for a cycle, about \
             40 minutes.",
        );
    };
    let ago = now.secs_since(at).max(0);
    let text = format!("the provisioning client called last at {}, {} minutes ago", at.rfc3339(), ago / 60);
    let fix = "Look at Provisioning in the provisioning application: is it on, or in quarantine? Is its secret still the current one?";
    match ago {
        ..DAY => Finding::ok("scim-contact", text),
        DAY..=604_800 => Finding::note("scim-quiet", format!("{text}; that may mean that nothing changed")).with_fix(fix),
        _ => Finding::warning("scim-silent", text, fix),
    }
}

/// A client that still shows the secret before: provisioning stops when that ends.
fn former_secret(settings: &ScimSettings, contact: &ScimContact, now: Timestamp) -> Option<Finding> {
    let ends_at = settings.former_secret_at(now)?.ends_at;
    if contact.secret_used(settings, now) != SecretUsed::Former {
        return None;
    }
    let left = ends_at.secs_since(now);
    let text =
        format!("the provisioning client still shows the former secret, which ends at {}, in {} hours", ends_at.rfc3339(), left / 3600);
    let fix = "Put the new secret into the provisioning application (Secret Token, Test Connection, Save); make another one when it was not kept.";
    Some(if left <= DAY {
        Finding::warning("scim-former-secret", text, fix)
    } else {
        Finding::note("scim-former-secret", text).with_fix(fix)
    })
}

/// The authentication contexts that rules are built with: imported, and how old?
pub(super) fn contexts(idp: &IdentityProvider, imported: Option<&Imported>, now: Timestamp) -> Option<Finding> {
    let wanted = idp.config.entra().is_some_and(|settings| settings.conditional_access_enabled);
    wanted.then(|| match imported {
        None => Finding::unknown(
            "contexts-not-imported",
            "authentication contexts are switched on and were not imported yet",
            "POST …/doorward/identity_providers/{id}/auth_contexts/refresh tells why; it needs the application permission \
             AuthenticationContext.Read.All or Policy.Read.ConditionalAccess.",
        ),
        Some(imported) => {
            let hours = now.secs_since(imported.read_at).max(0) / 3600;
            let text = format!("{} authentication contexts were imported {hours} hours ago", imported.contexts.len());
            if hours < 3 * 24 {
                Finding::ok("contexts", text)
            } else {
                Finding::warning("contexts-old", text, "Refresh them: POST …/doorward/identity_providers/{id}/auth_contexts/refresh.")
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use model::{Secret, finding::Severity, idp::FormerSecret};

    use super::*;

    #[test]
    fn a_client_with_the_former_secret_is_told_and_warned_of_a_day_before_its_end() {
        let now = Timestamp::from_secs(1_790_000_000);
        let settings = |left| ScimSettings {
            secret_hash: Some(Secret::new("new")),
            former_secret: Some(FormerSecret { hash: Secret::new("old"), ends_at: now.plus_secs(left) }),
            ..ScimSettings::default()
        };
        for (used, left, expected) in [
            ("old", 3 * DAY, Some(Severity::Note)),
            ("old", DAY, Some(Severity::Warning)),
            ("old", 1, Some(Severity::Warning)),
            ("old", 0, None),
            ("new", 60, None),
        ] {
            let contact = ScimContact { secret_hash: Some(Secret::new(used)), ..ScimContact::at(now) };
            assert_eq!(former_secret(&settings(left), &contact, now).map(|found| found.severity), expected, "{used} {left}");
        }
    }

    #[test]
    fn a_silent_client_is_told_by_how_long_it_is_silent() {
        let now = Timestamp::from_secs(1_790_000_000);
        for (ago, code, severity) in [
            (None, "scim-never", Severity::Unknown),
            (Some(0), "scim-contact", Severity::Ok),
            (Some(-50), "scim-contact", Severity::Ok),
            (Some(DAY - 1), "scim-contact", Severity::Ok),
            (Some(DAY), "scim-quiet", Severity::Note),
            (Some(7 * DAY), "scim-quiet", Severity::Note),
            (Some(7 * DAY + 1), "scim-silent", Severity::Warning),
        ] {
            let found = scim(ago.map(|secs| now.plus_secs(-secs)), now);
            assert_eq!((&*found.code, found.severity), (code, severity), "{ago:?}");
        }
    }
}
