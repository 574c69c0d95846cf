//! Owns attribute mappings and the defaults of a non-gallery application.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::scoping::ScopingFilter;

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
    /// When it is sent.
    #[serde(default)]
    pub flow: Flow,
    /// Sent when an object is made and its source has nothing.
    #[serde(default)]
    pub default: Option<String>,
}

/// When an attribute is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Flow {
    /// Whenever it differs.
    #[default]
    Always,
    /// Only when the object is made.
    ObjectAddOnly,
}

/// The mapping of one kind of object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ObjectMapping {
    /// Objects of this kind are provisioned.
    pub enabled: bool,
    /// Lines.
    pub attributes: Vec<AttributeMapping>,
    /// Who is left out although assigned.
    #[serde(default)]
    pub filter: ScopingFilter,
}

impl ObjectMapping {
    /// The target attributes that objects are matched by, in the order in which they are tried.
    pub fn matching(&self) -> Vec<&AttributeMapping> {
        let mut lines: Vec<&AttributeMapping> = self.attributes.iter().filter(|line| line.matching.is_some()).collect();
        lines.sort_by_key(|line| line.matching);
        lines
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

fn line(expression: &str, target: &str) -> AttributeMapping {
    AttributeMapping { expression: expression.to_owned(), target: target.to_owned(), matching: None, flow: Flow::Always, default: None }
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
            users: ObjectMapping { enabled: true, attributes: users, filter: ScopingFilter::default() },
            groups: ObjectMapping { enabled: true, attributes: groups, filter: ScopingFilter::default() },
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
}
