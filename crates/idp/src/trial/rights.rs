//! What the provider gave besides the person: permissions, groups, contexts, the refresh token, its clock.

use model::{
    identity::{GroupSource, Groups, GroupsUnknown},
    idp::IdpConfig,
};

use super::{note, ok, warning};
use crate::{
    SignedIn,
    entra::{Finding, Severity},
};

/// Names that are listed; the rest is counted.
const LISTED: usize = 10;
/// Seconds that need no word.
const USUAL: u64 = 30;
/// Seconds that tokens tolerate.
const TOLERATED: u64 = 300;

const CONSENT: &str = "Add the delegated permission (App registrations, API permissions, Microsoft Graph) and grant admin consent.";

pub(super) fn findings(config: &IdpConfig, asked: &[&str], got: &SignedIn) -> Vec<Finding> {
    let mut out = vec![groups(config, &got.groups)];
    out.extend(scopes(config, asked, got));
    out.push(refresh_token(config, got));
    // Only Entra has them.
    if config.entra().is_some() {
        out.push(match got.contexts.as_slice() {
            [] => note("contexts", "no authentication context was met; rules about one ask for it when it is needed"),
            held => note("contexts", format!("authentication contexts met: {}", held.join(", "))),
        });
    }
    out.push(match got.amr.as_slice() {
        [] => note("amr", "the provider did not tell how the person proved who they are (amr), so rules about the method are unknown"),
        methods => ok("amr", format!("authentication methods told (amr): {}", methods.join(", "))),
    });
    out.push(match &got.sid {
        Some(_) => ok("sid", "the provider's session id (sid) is present: a sign-out at the provider can end the session here"),
        None => warning(
            "sid-missing",
            "the provider's session id (sid) is missing, so a sign-out at the provider does not end the session here",
            if config.entra().is_some() {
                "Add the optional claim sid to the ID token."
            } else {
                "If the provider knows front-channel logout with a session id, switch that on for the client there."
            },
        ),
    });
    out.push(clock(got.skew_secs));
    out
}

fn groups(config: &IdpConfig, groups: &Groups) -> Finding {
    let reason = match groups {
        Groups::Known { list, source, at } => {
            let from = match source {
                GroupSource::Token => "the ID token",
                GroupSource::Graph => "Microsoft Graph",
                GroupSource::Provisioning => "provisioning",
            };
            let names: Vec<String> = list.iter().take(LISTED).map(|g| g.name.clone().unwrap_or_else(|| g.id.to_string())).collect();
            let more = if list.len() > LISTED { format!(" and {} more", list.len() - LISTED) } else { String::new() };
            let listed = if names.is_empty() { String::new() } else { format!(": {}{more}", names.join(", ")) };
            return ok("groups", format!("{} groups, read from {from} at {}{listed}", list.len(), at.rfc3339()));
        }
        Groups::Unknown { reason, .. } => reason,
    };
    let cost = "rules about groups never let this person in, and no block is skipped";
    match reason {
        GroupsUnknown::NotRequested if config.entra().is_none() => {
            note("groups-not-requested", "this kind of provider tells no directory groups; rules use its claims")
        }
        GroupsUnknown::NotRequested => {
            warning("groups-not-requested", format!("groups are not read: {cost}"), "Switch support_groups on in the provider's settings.")
        }
        GroupsUnknown::GraphRefused => warning(
            "groups-graph-refused",
            format!("groups are unknown, because Microsoft Graph refused to tell them: {cost}"),
            "Add the delegated permission GroupMember.Read.All and grant admin consent.",
        ),
        GroupsUnknown::GraphFailed => warning(
            "groups-graph-failed",
            format!("groups are unknown, because Microsoft Graph did not answer: {cost}"),
            "Test again; if it stays, check that the server may call the provider's Graph address.",
        ),
        GroupsUnknown::Incomplete => warning(
            "groups-incomplete",
            format!("groups are unknown, because only a part of the list could be read: {cost}"),
            "Test again; if it stays, look into the server's log.",
        ),
    }
}

/// Asked for and not granted, with what it costs. `offline_access` is not among the granted scopes by design: see the refresh token.
fn scopes(config: &IdpConfig, asked: &[&str], got: &SignedIn) -> Vec<Finding> {
    let Some(granted) = &got.granted else {
        return vec![note("scopes-not-told", "the provider did not tell which permissions it granted")];
    };
    let has = |name: &str| granted.iter().any(|scope| scope.rsplit('/').next().unwrap_or(scope).eq_ignore_ascii_case(name));
    let covered = |name: &str| {
        has(name)
            || match name {
                "GroupMember.Read.All" => has("Group.Read.All") || has("Directory.Read.All"),
                "User.Read" => has("User.Read.All") || has("Directory.Read.All"),
                _ => false,
            }
    };
    let missing: Vec<&str> = asked.iter().copied().filter(|name| *name != "offline_access" && !covered(name)).collect();
    if missing.is_empty() {
        return vec![ok("permissions", format!("every permission that was asked for was granted: {}", asked.join(" ")))];
    }
    missing.into_iter().map(|name| missing_scope(config, name)).collect()
}

fn missing_scope(config: &IdpConfig, name: &str) -> Finding {
    if config.entra().is_none() {
        let text = format!("the scope {name} was asked for and not granted: the claims that the provider gives for it are missing");
        return warning("permission-missing", text, "Allow the client this scope at the provider, or take it out of the settings.");
    }
    let cost = match name {
        "GroupMember.Read.All" => {
            "groups of people in more than 200 groups, or without a groups claim in the token, stay unknown, and names of groups are missing"
        }
        "User.Read" => "Microsoft Graph cannot be asked for the signed-in person",
        "email" => "members come without the claim email, so that the user principal name serves as their address",
        "profile" => "names and the object id are missing",
        _ => "whatever the provider gives for it is missing",
    };
    warning("permission-missing", format!("the permission {name} was asked for and not granted: {cost}"), CONSENT)
}

fn refresh_token(config: &IdpConfig, got: &SignedIn) -> Finding {
    let interval = config.liveness().interval_seconds;
    match (&got.refresh_token, interval) {
        (Some(_), 0) => note("refresh-token", "a refresh token was received; checks between sign-ins are switched off (liveness)"),
        (Some(_), secs) => {
            ok("refresh-token", format!("a refresh token was received: the person is checked every {secs} s between sign-ins (liveness)"))
        }
        (None, 0) => {
            note("refresh-token-missing", "no refresh token was received; checks between sign-ins are switched off anyway (liveness)")
        }
        (None, _) => warning(
            "refresh-token-missing",
            "no refresh token was received, so liveness is off: a person who is disabled at the provider stays signed in until their session \
             ends, unless SCIM tells",
            if config.entra().is_some() {
                "Grant offline_access: add the delegated permission and grant admin consent."
            } else {
                "Have offline_access among the scopes and allow the client refresh tokens at the provider; where that is so already, set the \
                 option prompt to consent, without which many providers give none."
            },
        ),
    }
}

/// The provider's clock minus ours.
fn clock(skew: Option<i64>) -> Finding {
    let Some(skew) = skew else {
        return note("clock-unknown", "the provider's answer carries no date, so the clocks could not be compared");
    };
    let apart = skew.unsigned_abs();
    let direction = if skew > 0 { "behind" } else { "ahead of" };
    let text = format!("the server's clock is {apart} s {direction} the provider's");
    let finding = |severity, code| Finding::new(code, severity, text.clone()).with_fix("Let the server's clock be set by NTP.");
    if apart < USUAL {
        ok("clock", text)
    } else if apart <= TOLERATED {
        finding(Severity::Warning, "clock-skew")
    } else {
        finding(Severity::Fault, "clock-skew")
    }
}
