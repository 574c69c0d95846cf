//! Facts and links on the wire: each value with its source and its age.

use model::{
    Timestamp,
    registry::{Apart, Fact, Link, LinkStrength, RegistryIdentity, Source},
};
use serde_json::{Map, Value, json};

/// Every fact by name; one that nobody told is null.
pub(super) fn all(identity: &RegistryIdentity, now: Timestamp) -> Value {
    let mut out = Map::new();
    out.insert("name".into(), fact(identity.name.as_ref(), now, |name| json!(name)));
    out.insert("email".into(), fact(identity.email.as_ref(), now, |email| json!(email.as_str())));
    out.insert("upn".into(), fact(identity.upn.as_ref(), now, |upn| json!(upn)));
    out.insert("active".into(), fact(identity.active.as_ref(), now, |active| json!(active)));
    for (attribute, told) in &identity.attributes {
        out.insert(attribute.as_str().into(), fact(Some(told), now, |text| json!(text)));
    }
    Value::Object(out)
}

/// `value`, `source` (`sign_in` or `scim`), the provisioned `resource`, `at` and `age_seconds`.
pub(super) fn fact<T>(fact: Option<&Fact<T>>, now: Timestamp, value: impl Fn(&T) -> Value) -> Value {
    let Some(fact) = fact else { return Value::Null };
    let (source, resource) = match fact.source {
        Source::SignIn => ("sign_in", None),
        Source::Scim { resource } => ("scim", Some(resource.to_string())),
    };
    json!({
        "value": value(&fact.value), "source": source, "resource": resource, "at": fact.at.rfc3339(), "age_seconds": fact.age_secs(now),
    })
}

/// One word for how the person is tied to what is provisioned: `none`, `weak`, `strong` or `conflict`.
pub(super) fn link(identity: &RegistryIdentity) -> &'static str {
    if identity.is_in_conflict() {
        "conflict"
    } else if identity.links.is_empty() {
        "none"
    } else if identity.links.iter().any(|link| link.strength == LinkStrength::Strong) {
        "strong"
    } else {
        "weak"
    }
}

/// The linked users, merged or not.
pub(super) fn links(links: &[Link]) -> Value {
    links.iter().map(one).collect()
}

fn one(link: &Link) -> Value {
    let attributes: Map<String, Value> =
        link.facts.attributes.iter().map(|(attribute, value)| (attribute.as_str().to_owned(), json!(value))).collect();
    json!({
        "resource": link.resource.to_string(),
        "idp_uid": link.idp.to_string(),
        "strength": match link.strength { LinkStrength::Strong => "strong", LinkStrength::Weak => "weak" },
        "active": link.active,
        "merged": link.apart.is_none(),
        "apart_because": link.apart.map(Apart::as_str),
        "conflict": link.apart == Some(Apart::Conflict),
        "facts": {
            "name": link.facts.name,
            "email": link.facts.email.as_ref().map(|email| email.as_str()),
            "user_name": link.facts.user_name,
            "attributes": attributes,
        },
        "groups": link.groups.as_ref().map(|groups| groups.iter().map(super::groups::plain).collect::<Value>()),
        "at": link.at.rfc3339(),
    })
}
