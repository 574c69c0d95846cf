//! What the fact was that a rule looked at, in words for an administrator.

use model::{
    identity::{DirectoryGroup, Groups, Identity},
    rule::Rule,
};
use serde::Serialize;

use crate::{Fact, Facts};

/// Longest value, in characters.
const LONGEST: usize = 256;
/// Groups of a person that are named.
const NAMED: usize = 5;

/// The value; `None` when it is not known, or not told here.
pub(super) fn of(rule: &Rule, facts: &Facts<'_>) -> Option<String> {
    match rule {
        Rule::Ip { .. } | Rule::IpList { .. } => facts.request.ip.map(|ip| ip.to_string()),
        Rule::Geo { .. } => match facts.request.country {
            Fact::Known(country) => Some(country.to_owned()),
            Fact::Unknown => None,
        },
        Rule::ServiceToken { .. } | Rule::AnyValidServiceToken {} => {
            Some(facts.request.service_token.map_or_else(|| "none".to_owned(), |id| id.to_string()))
        }
        _ => of_person(rule, facts.identity?),
    }
}

fn of_person(rule: &Rule, identity: &Identity) -> Option<String> {
    match rule {
        Rule::Email { .. } | Rule::EmailDomain { .. } | Rule::EmailList { .. } => Some(identity.email.to_string()),
        Rule::AzureGroup { .. } | Rule::Okta { .. } | Rule::Gsuite { .. } => match &identity.groups {
            Groups::Known { list, .. } => Some(groups(list)),
            Groups::Unknown { .. } => None,
        },
        Rule::LoginMethod { .. } => Some(identity.idp.to_string()),
        Rule::AuthMethod { .. } if identity.amr.is_empty() => None,
        Rule::AuthMethod { .. } => Some(identity.amr.join(", ")),
        Rule::AuthContext { .. } => {
            let held: Vec<String> = identity.contexts.held.iter().map(|held| held.id.to_string()).collect();
            Some(if held.is_empty() { "none".to_owned() } else { held.join(", ") })
        }
        Rule::Oidc { claim_name, .. } => identity.claims.get(claim_name).map(ToString::to_string),
        _ => None,
    }
}

fn groups(list: &[DirectoryGroup]) -> String {
    let name = |group: &DirectoryGroup| group.name.clone().unwrap_or_else(|| group.id.to_string());
    let named: Vec<String> = list.iter().take(NAMED).map(name).collect();
    match list.len() {
        0 => "no group".to_owned(),
        1 => format!("1 group: {}", named.join(", ")),
        n if n > NAMED => format!("{n} groups: {} …", named.join(", ")),
        n => format!("{n} groups: {}", named.join(", ")),
    }
}

/// A level or status as it is written on the wire.
pub(crate) fn word(value: &impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// At most [`LONGEST`] characters, none of which a terminal would obey.
pub(super) fn cut(text: String) -> String {
    if text.len() <= LONGEST && !text.contains(char::is_control) {
        return text;
    }
    let mut out: String = text.chars().take(LONGEST).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if text.chars().nth(LONGEST).is_some() {
        out.push('…');
    }
    out
}
