//! What the service says of itself (RFC 7643 sections 5 to 7): configuration, resource types and schemas.

use serde_json::{Map, Value, json};

use crate::list::{MAX_COUNT, list_response};
use crate::resource::Kind;
use crate::schema::{Attribute, Case, Demand, ENTERPRISE, ENTERPRISE_URN, GROUP, GROUP_URN, Mutability, Plurality, Type, USER, USER_URN};

#[cfg(test)]
mod tests;

/// The `ServiceProviderConfig`. `base_url` is the endpoint's, such as `https://…/scim/v2`.
#[must_use]
pub fn service_provider_config(base_url: &str) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "patch": {"supported": true},
        "bulk": {"supported": false, "maxOperations": 0, "maxPayloadSize": 0},
        "filter": {"supported": true, "maxResults": MAX_COUNT},
        "changePassword": {"supported": false},
        "sort": {"supported": true},
        "etag": {"supported": true},
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "Bearer secret",
            "description": "The secret that doorward shows once for each identity provider, as a bearer token.",
            "specUri": "https://www.rfc-editor.org/info/rfc6750",
            "primary": true,
        }],
        "meta": meta(base_url, "ServiceProviderConfig", "ServiceProviderConfig"),
    })
}

/// All resource types, as a list answer.
#[must_use]
pub fn resource_types(base_url: &str) -> Value {
    listed([Kind::User, Kind::Group].map(|kind| one_resource_type(base_url, kind)).to_vec())
}

/// One resource type by its id, `User` or `Group`.
#[must_use]
pub fn resource_type(base_url: &str, id: &str) -> Option<Value> {
    let kind = [Kind::User, Kind::Group].into_iter().find(|kind| kind.as_str().eq_ignore_ascii_case(id))?;
    Some(one_resource_type(base_url, kind))
}

/// All schemas, as a list answer.
#[must_use]
pub fn schemas(base_url: &str) -> Value {
    listed(SCHEMAS.iter().map(|schema| schema.to_json(base_url)).collect())
}

/// One schema by its URN.
#[must_use]
pub fn schema(base_url: &str, urn: &str) -> Option<Value> {
    SCHEMAS.iter().find(|schema| schema.urn.eq_ignore_ascii_case(urn)).map(|schema| schema.to_json(base_url))
}

struct Schema {
    urn: &'static str,
    name: &'static str,
    description: &'static str,
    attributes: &'static [Attribute],
}

static SCHEMAS: [Schema; 3] = [
    Schema { urn: USER_URN, name: "User", description: "User account", attributes: USER },
    Schema { urn: GROUP_URN, name: "Group", description: "Group", attributes: GROUP },
    Schema { urn: ENTERPRISE_URN, name: "EnterpriseUser", description: "Enterprise user", attributes: ENTERPRISE },
];

impl Schema {
    fn to_json(&self, base_url: &str) -> Value {
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
            "id": self.urn,
            "name": self.name,
            "description": self.description,
            "attributes": self.attributes.iter().map(attribute).collect::<Vec<_>>(),
            "meta": meta(base_url, "Schema", &format!("Schemas/{}", self.urn)),
        })
    }
}

fn one_resource_type(base_url: &str, kind: Kind) -> Value {
    let mut body = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
        "id": kind.as_str(),
        "name": kind.as_str(),
        "endpoint": format!("/{}", kind.endpoint()),
        "description": match kind { Kind::User => "User account", Kind::Group => "Group" },
        "schema": kind.schema(),
    });
    if kind == Kind::User {
        body["schemaExtensions"] = json!([{"schema": ENTERPRISE_URN, "required": false}]);
    }
    body["meta"] = meta(base_url, "ResourceType", &format!("ResourceTypes/{}", kind.as_str()));
    body
}

fn attribute(known: &Attribute) -> Value {
    let mut shown = Map::new();
    let mut put = |name: &str, value: Value| shown.insert(name.to_owned(), value);
    put("name", known.name.into());
    put("type", type_name(known.kind).into());
    put("multiValued", (known.plurality == Plurality::Many).into());
    put("description", known.description.into());
    put("required", (known.demand != Demand::Optional).into());
    if !known.canonical.is_empty() {
        put("canonicalValues", json!(known.canonical));
    }
    put("caseExact", (known.case == Case::Exact).into());
    put("mutability", mutability(known.mutability).into());
    put("returned", "default".into());
    put("uniqueness", if known.demand == Demand::Unique { "server" } else { "none" }.into());
    if !known.references.is_empty() {
        put("referenceTypes", json!(known.references));
    }
    if !known.sub.is_empty() {
        put("subAttributes", known.sub.iter().map(attribute).collect());
    }
    Value::Object(shown)
}

fn type_name(kind: Type) -> &'static str {
    match kind {
        Type::Text => "string",
        Type::Boolean => "boolean",
        Type::DateTime => "dateTime",
        Type::Reference => "reference",
        Type::Binary => "binary",
        Type::Complex => "complex",
    }
}

fn mutability(mutability: Mutability) -> &'static str {
    match mutability {
        Mutability::ReadOnly => "readOnly",
        Mutability::ReadWrite => "readWrite",
        Mutability::Immutable => "immutable",
    }
}

fn meta(base_url: &str, resource_type: &str, path: &str) -> Value {
    json!({"resourceType": resource_type, "location": format!("{}/{path}", base_url.trim_end_matches('/'))})
}

fn listed(resources: Vec<Value>) -> Value {
    let total = u64::try_from(resources.len()).unwrap_or(u64::MAX);
    list_response(resources, total, 1)
}
