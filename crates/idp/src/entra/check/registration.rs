//! What the registration says of itself: who may sign in, which groups its tokens carry, which tokens it asks for.

use model::{
    finding::Finding,
    idp::{Authority, GroupsFrom},
};
use serde_json::{Map, Value};

use super::{Look, directory::Unread};

pub(super) fn look(look: &Look<'_>, registration: Result<&Map<String, Value>, &Unread>) -> Vec<Finding> {
    match registration {
        Ok(map) => {
            let mut findings = vec![audience(look, map)];
            findings.extend(groups_claim(look, map));
            findings.extend(token_version(map));
            findings
        }
        Err(why) => vec![Finding::unknown(
            "registration-unknown",
            match why {
                Unread::NotPermitted => "the registration could not be read: the application has no permission for it",
                Unread::Missing => "the registration could not be read: it belongs to another directory",
                Unread::Failed => "the registration could not be read: Microsoft Graph did not answer usably",
            },
            "Optional: grant the application permission Application.Read.All; then redirect addresses, the end of secrets, group claims \
             and permissions are checked here.",
        )],
    }
}

fn audience(look: &Look<'_>, map: &Map<String, Value>) -> Finding {
    let audience = map.get("signInAudience").and_then(Value::as_str).unwrap_or("");
    let single = audience == "AzureADMyOrg";
    let personal = audience == "AzureADandPersonalMicrosoftAccount";
    match look.idp.own.tenants.as_ref().map(|tenants| tenants.authority) {
        Some(_) if single => Finding::fault(
            "audience-single-tenant",
            "the settings let people of several directories in; the registration is for its own directory only",
            "Open the registration (Authentication, Supported account types), or take the further tenants out of the provider's options.",
        ),
        Some(Authority::Common) if !personal => Finding::warning(
            "audience-no-personal-accounts",
            "people are sent to the address for personal accounts too; the registration does not take those",
            "Use the authority organizations, or open the registration for personal accounts.",
        ),
        Some(_) => Finding::ok("audience", "the registration is open for several directories, as the settings are"),
        None if single => Finding::ok("audience", "the registration is for its own directory only, as the settings are"),
        None => {
            Finding::note("audience", "the registration is open for other directories; doorward takes people of its own directory only")
        }
    }
}

fn groups_claim(look: &Look<'_>, map: &Map<String, Value>) -> Vec<Finding> {
    if !look.idp.support_groups || look.idp.own.groups_from == GroupsFrom::Graph {
        return Vec::new();
    }
    let claims: Vec<&str> = map
        .get("groupMembershipClaims")
        .and_then(Value::as_str)
        .unwrap_or("")
        .split(',')
        .map(str::trim)
        .filter(|c| !c.is_empty())
        .collect();
    let whole = claims.iter().any(|c| matches!(*c, "SecurityGroup" | "All"));
    if claims.contains(&"ApplicationGroup") && !whole {
        return vec![Finding::warning(
            "groups-claim-direct-only",
            "the token lists groups that are assigned to the application, direct members only: people in nested groups are missed",
            "Token configuration, groups claim: choose Security groups; or set groups_from to graph in the provider's options.",
        )];
    }
    if !whole {
        return vec![Finding::note("groups-claim", "the token carries no groups; Microsoft Graph is asked at each sign-in")];
    }
    let optional = map.get("optionalClaims").and_then(|o| o["idToken"].as_array()).into_iter().flatten();
    let extra: Vec<&str> = optional
        .filter(|claim| claim["name"] == "groups")
        .filter_map(|claim| claim["additionalProperties"].as_array())
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    if extra.contains(&"emit_as_roles") {
        let fix = "Token configuration, groups claim: switch \"Emit groups as role claims\" off.";
        return vec![Finding::warning("groups-claim-as-roles", "the token carries the groups as roles, where doorward does not look", fix)];
    }
    if extra.iter().any(|e| {
        matches!(*e, "sam_account_name" | "dns_domain_and_sam_account_name" | "netbios_domain_and_sam_account_name" | "cloud_displayname")
    }) {
        let text = "the token names groups instead of giving their object ids; rules hold object ids, so Microsoft Graph is asked instead";
        return vec![Finding::warning("groups-claim-names", text, "Token configuration, groups claim, ID: choose Group ID.")];
    }
    vec![Finding::ok("groups-claim", "the token carries the object ids of groups, nested ones included, up to 200")]
}

fn token_version(map: &Map<String, Value>) -> Option<Finding> {
    let version = map.get("api").and_then(|api| api["requestedAccessTokenVersion"].as_i64());
    (version != Some(2)).then(|| {
        Finding::note(
            "token-version",
            "access tokens for this application would have the v1 shape; the ID tokens that doorward reads are v2 all the same",
        )
    })
}
