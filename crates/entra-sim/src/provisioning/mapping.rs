//! Owns attribute mappings: the defaults of a non-gallery application and Graph's schema JSON for them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::expression::{Expression, ExpressionError};
use crate::directory::Directory;
use crate::directory::group::Group;
use crate::directory::user::{User, UserType};

/// Prefix of enterprise attributes in target paths.
pub const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// Where a user's `externalId` comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ExternalIdSource {
    /// Entra's default; the target learns no object id.
    #[default]
    MailNickname,
    /// The object id, as a careful administrator maps it.
    ObjectId,
}

/// One line of the mapping table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AttributeMapping {
    /// Source expression.
    pub expression: String,
    /// Target attribute.
    pub target: String,
    /// Matching precedence, when objects are matched by it.
    pub matching: Option<u32>,
}

/// The mapping of one kind of object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ObjectMapping {
    /// Objects of this kind are provisioned.
    pub enabled: bool,
    /// Lines.
    pub attributes: Vec<AttributeMapping>,
}

impl ObjectMapping {
    /// The target attribute that objects are matched by.
    pub fn matching(&self) -> Option<&AttributeMapping> {
        self.attributes.iter().filter(|line| line.matching.is_some()).min_by_key(|line| line.matching)
    }
}

/// A job's synchronisation schema.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Schema {
    /// Id of the one synchronisation rule.
    pub rule_id: Uuid,
    /// Users.
    pub users: ObjectMapping,
    /// Groups.
    pub groups: ObjectMapping,
}

/// Why a schema was refused.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// A part is missing or of the wrong kind.
    #[error("{0} is missing or not of the right type")]
    Shape(&'static str),
    /// A source expression cannot be used.
    #[error("the mapping for {target:?} cannot be used")]
    Expression {
        /// Target attribute.
        target: String,
        /// What is wrong.
        #[source]
        source: ExpressionError,
    },
}

fn line(expression: &str, target: &str) -> AttributeMapping {
    AttributeMapping { expression: expression.to_owned(), target: target.to_owned(), matching: None }
}

impl Schema {
    /// The mappings that a non-gallery application starts with.
    pub fn usual(rule_id: Uuid, external_id: ExternalIdSource) -> Self {
        let external = match external_id {
            ExternalIdSource::MailNickname => "[mailNickname]",
            ExternalIdSource::ObjectId => "[objectId]",
        };
        let mut users = vec![
            line("[userPrincipalName]", "userName"),
            line("Switch([IsSoftDeleted], , \"False\", \"True\", \"True\", \"False\")", "active"),
            line("[displayName]", "displayName"),
            line("[jobTitle]", "title"),
            line("[mail]", "emails[type eq \"work\"].value"),
            line("[preferredLanguage]", "preferredLanguage"),
            line("[givenName]", "name.givenName"),
            line("[surname]", "name.familyName"),
            line("Join(\" \", [givenName], [surname])", "name.formatted"),
            line("[physicalDeliveryOfficeName]", "addresses[type eq \"work\"].formatted"),
            line("[streetAddress]", "addresses[type eq \"work\"].streetAddress"),
            line("[city]", "addresses[type eq \"work\"].locality"),
            line("[state]", "addresses[type eq \"work\"].region"),
            line("[postalCode]", "addresses[type eq \"work\"].postalCode"),
            line("[country]", "addresses[type eq \"work\"].country"),
            line("[telephoneNumber]", "phoneNumbers[type eq \"work\"].value"),
            line("[mobile]", "phoneNumbers[type eq \"mobile\"].value"),
            line("[facsimileTelephoneNumber]", "phoneNumbers[type eq \"fax\"].value"),
            line(external, "externalId"),
            line("[employeeId]", &format!("{ENTERPRISE}:employeeNumber")),
            line("[department]", &format!("{ENTERPRISE}:department")),
            line("[manager]", &format!("{ENTERPRISE}:manager")),
        ];
        users[0].matching = Some(1);
        let mut groups = vec![line("[displayName]", "displayName"), line("[objectId]", "externalId"), line("[members]", "members")];
        groups[0].matching = Some(1);
        Self {
            rule_id,
            users: ObjectMapping { enabled: true, attributes: users },
            groups: ObjectMapping { enabled: true, attributes: groups },
        }
    }

    /// Switches where users' `externalId` comes from.
    pub fn set_external_id(&mut self, source: ExternalIdSource) {
        let expression = match source {
            ExternalIdSource::MailNickname => "[mailNickname]",
            ExternalIdSource::ObjectId => "[objectId]",
        };
        for line in &mut self.users.attributes {
            if line.target == "externalId" {
                line.expression = expression.to_owned();
            }
        }
    }

    /// Graph's JSON.
    pub fn graph(&self, job: &str) -> Value {
        json!({
            "id": job,
            "version": "Date:2026-01-01T00:00:00.0000000Z",
            "directories": [],
            "synchronizationRules": [{
                "id": self.rule_id.to_string(),
                "name": "USER_OUTBOUND_USER",
                "priority": 1,
                "editable": true,
                "sourceDirectoryName": "Azure Active Directory",
                "targetDirectoryName": "customappsso",
                "objectMappings": [
                    object("User", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", &self.users),
                    object("Group", "urn:ietf:params:scim:schemas:core:2.0:Group", &self.groups),
                ],
            }],
        })
    }

    /// Takes Graph's JSON; the rule keeps its id.
    pub fn replaced_by(&self, body: &Value) -> Result<Self, SchemaError> {
        let mappings = body
            .pointer("/synchronizationRules/0/objectMappings")
            .and_then(Value::as_array)
            .ok_or(SchemaError::Shape("synchronizationRules[0].objectMappings"))?;
        let mut next = self.clone();
        for mapping in mappings {
            let read = read_object(mapping)?;
            match mapping.get("sourceObjectName").and_then(Value::as_str) {
                Some("User") => next.users = read,
                Some("Group") => next.groups = read,
                _ => return Err(SchemaError::Shape("objectMappings[].sourceObjectName")),
            }
        }
        Ok(next)
    }
}

fn object(source: &str, target: &str, mapping: &ObjectMapping) -> Value {
    let attributes: Vec<Value> = mapping
        .attributes
        .iter()
        .map(|line| {
            json!({
                "defaultValue": null,
                "exportMissingReferences": false,
                "flowBehavior": "FlowWhenChanged",
                "flowType": "Always",
                "matchingPriority": line.matching.unwrap_or(0),
                "targetAttributeName": line.target,
                "source": {"expression": line.expression, "name": line.expression.trim_matches(['[', ']']),
                    "type": if line.expression.starts_with('[') { "Attribute" } else { "Function" }, "parameters": []},
            })
        })
        .collect();
    json!({
        "enabled": mapping.enabled,
        "flowTypes": "Add, Update, Delete",
        "name": format!("Provision {source}s"),
        "sourceObjectName": source,
        "targetObjectName": target,
        "attributeMappings": attributes,
    })
}

fn read_object(body: &Value) -> Result<ObjectMapping, SchemaError> {
    let lines = body.get("attributeMappings").and_then(Value::as_array).ok_or(SchemaError::Shape("objectMappings[].attributeMappings"))?;
    let mut attributes = Vec::with_capacity(lines.len());
    for entry in lines {
        let target = entry.get("targetAttributeName").and_then(Value::as_str).ok_or(SchemaError::Shape("targetAttributeName"))?.to_owned();
        let expression =
            entry.pointer("/source/expression").and_then(Value::as_str).ok_or(SchemaError::Shape("source.expression"))?.to_owned();
        if let Err(source) = Expression::parse(&expression) {
            return Err(SchemaError::Expression { target, source });
        }
        let matching = entry
            .get("matchingPriority")
            .and_then(Value::as_u64)
            .filter(|priority| *priority > 0)
            .and_then(|priority| u32::try_from(priority).ok());
        attributes.push(AttributeMapping { expression, target, matching });
    }
    let enabled = body.get("enabled").and_then(Value::as_bool).unwrap_or(true);
    Ok(ObjectMapping { enabled, attributes })
}

/// A user's attributes as mapping expressions see them.
pub fn user_source(directory: &Directory, user: &User) -> BTreeMap<&'static str, Value> {
    let profile = &user.profile;
    let text = |value: &Option<String>| value.clone().map_or(Value::Null, Value::String);
    let upn = match profile.user_type {
        UserType::Guest => profile.user_principal_name.split_once("#EXT#").map_or(profile.user_principal_name.as_str(), |(home, _)| home),
        UserType::Member => profile.user_principal_name.as_str(),
    };
    BTreeMap::from([
        ("objectId", user.id.to_string().into()),
        ("userPrincipalName", upn.into()),
        ("originalUserPrincipalName", profile.user_principal_name.as_str().into()),
        ("IsSoftDeleted", Value::Bool(!user.may_sign_in())),
        ("accountEnabled", Value::Bool(profile.account_enabled)),
        ("displayName", profile.display_name.as_str().into()),
        ("mailNickname", profile.mail_nickname.as_str().into()),
        ("mail", text(&profile.mail)),
        ("givenName", text(&profile.given_name)),
        ("surname", text(&profile.surname)),
        ("jobTitle", text(&profile.job_title)),
        ("preferredLanguage", text(&profile.preferred_language)),
        ("physicalDeliveryOfficeName", text(&profile.office_location)),
        ("streetAddress", text(&profile.street_address)),
        ("city", text(&profile.city)),
        ("state", text(&profile.state)),
        ("postalCode", text(&profile.postal_code)),
        ("country", text(&profile.country)),
        ("telephoneNumber", text(&profile.business_phones.first().cloned())),
        ("mobile", text(&profile.mobile_phone)),
        ("facsimileTelephoneNumber", text(&profile.fax_number)),
        ("employeeId", text(&profile.employee_id)),
        ("department", text(&profile.department)),
        (
            "manager",
            user.manager.filter(|id| directory.users.get(id).is_some_and(User::is_live)).map_or(Value::Null, |id| id.to_string().into()),
        ),
    ])
}

/// A group's attributes as mapping expressions see them.
pub fn group_source(group: &Group) -> BTreeMap<&'static str, Value> {
    BTreeMap::from([
        ("objectId", group.id.to_string().into()),
        ("displayName", group.display_name.as_str().into()),
        ("mailNickname", group.mail_nickname.as_str().into()),
        ("description", group.description.clone().map_or(Value::Null, Value::String)),
    ])
}
