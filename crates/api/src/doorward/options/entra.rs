//! The options of an Entra provider.

use model::{
    ObjectId,
    idp::{Authority, EntraOptions, EntraSettings, GroupsFrom, Tenants},
};
use serde_json::{Value, json};

use super::{liveness, write_liveness};
use crate::fault::Fields;

/// Most tenants of an allow-list.
const MOST_TENANTS: usize = 200;

pub(super) fn read(f: &Fields<'_>, settings: &EntraSettings) -> EntraOptions {
    const FROM: [(&str, GroupsFrom); 2] = [("token_first", GroupsFrom::TokenFirst), ("graph", GroupsFrom::Graph)];
    EntraOptions {
        groups_from: f.word("groups_from", &FROM).unwrap_or_default(),
        tenants: f.object("tenants").and_then(|inner| tenants(&inner)),
        client_authentication: settings.own.client_authentication.clone(),
        liveness: liveness(f),
        secret_ends_at: f.time("secret_ends_at"),
        read_risk: f.flag("read_risk").unwrap_or(false),
    }
}

/// An authority for several tenants is worth nothing without the list of those that are meant.
fn tenants(f: &Fields<'_>) -> Option<Tenants> {
    const AUTHORITIES: [(&str, Authority); 2] = [("organizations", Authority::Organizations), ("common", Authority::Common)];
    f.require("authority");
    let authority = f.word("authority", &AUTHORITIES);
    let allowed = f.parsed_array::<ObjectId>("allowed").unwrap_or_default();
    if allowed.is_empty() {
        f.fault("allowed", "allowed must name at least one tenant: without a list, people of every tenant could sign in");
    }
    if allowed.len() > MOST_TENANTS {
        f.fault("allowed", format!("has more than {MOST_TENANTS} tenants"));
    }
    f.done();
    Some(Tenants { authority: authority?, allowed })
}

pub(super) fn write(own: &EntraOptions) -> Value {
    json!({
        "groups_from": own.groups_from,
        "tenants": own.tenants.as_ref().map(|t| json!({
            "authority": t.authority.as_str(),
            "allowed": t.allowed.iter().map(ToString::to_string).collect::<Vec<_>>(),
        })),
        "liveness": write_liveness(own.liveness),
        "secret_ends_at": own.secret_ends_at.map(|at| at.rfc3339()),
        "read_risk": own.read_risk,
    })
}
