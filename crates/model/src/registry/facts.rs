//! What a provisioned user says about its person, read from the stored document. That is in the RFC's form: the protocol room has brought
//! it there before it was stored (RFC 7643 sections 4.1 and 4.3).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Email, provisioned::Provisioned};

/// Longest text that is a fact, in characters; what is longer is cut.
const LONGEST: usize = 512;
/// The schema of the enterprise extension (RFC 7643 section 4.3).
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// An attribute that the registry shows beside name, address and groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attribute {
    /// `name.givenName`
    GivenName,
    /// `name.familyName`
    FamilyName,
    /// `title`
    Title,
    /// `department` of the enterprise extension.
    Department,
    /// `employeeNumber` of the enterprise extension.
    EmployeeNumber,
    /// `costCenter` of the enterprise extension.
    CostCenter,
    /// `organization` of the enterprise extension.
    Organization,
    /// `division` of the enterprise extension.
    Division,
    /// `manager` of the enterprise extension: its value, an id or a name as the directory sent it.
    Manager,
    /// `userType`
    UserType,
    /// `preferredLanguage`
    PreferredLanguage,
}

impl Attribute {
    const ALL: [Self; 11] = [
        Self::GivenName,
        Self::FamilyName,
        Self::Title,
        Self::Department,
        Self::EmployeeNumber,
        Self::CostCenter,
        Self::Organization,
        Self::Division,
        Self::Manager,
        Self::UserType,
        Self::PreferredLanguage,
    ];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::GivenName => "given_name",
            Self::FamilyName => "family_name",
            Self::Title => "title",
            Self::Department => "department",
            Self::EmployeeNumber => "employee_number",
            Self::CostCenter => "cost_center",
            Self::Organization => "organization",
            Self::Division => "division",
            Self::Manager => "manager",
            Self::UserType => "user_type",
            Self::PreferredLanguage => "preferred_language",
        }
    }

    fn read(self, document: &Value) -> Option<&Value> {
        let extended = |name: &str| document.get(ENTERPRISE)?.get(name);
        match self {
            Self::GivenName => document.get("name")?.get("givenName"),
            Self::FamilyName => document.get("name")?.get("familyName"),
            Self::Title => document.get("title"),
            Self::Department => extended("department"),
            Self::EmployeeNumber => extended("employeeNumber"),
            Self::CostCenter => extended("costCenter"),
            Self::Organization => extended("organization"),
            Self::Division => extended("division"),
            Self::Manager => {
                let manager = extended("manager")?;
                manager.get("displayName").or_else(|| manager.get("value")).or(Some(manager))
            }
            Self::UserType => document.get("userType"),
            Self::PreferredLanguage => document.get("preferredLanguage"),
        }
    }
}

/// The facts of one provisioned user that the registry shows. Two equal ones are one identity: a change that leaves them equal changes
/// nothing for the person.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct ScimFacts {
    /// `displayName`; else `name.formatted`.
    pub name: Option<String>,
    /// The work address, when it is one.
    pub email: Option<Email>,
    /// `userName`
    pub user_name: Option<String>,
    /// The others, in the order of [`Attribute`].
    pub attributes: Vec<(Attribute, String)>,
}

impl ScimFacts {
    /// Reads them.
    pub fn of(user: &Provisioned) -> Self {
        let formatted = || user.document.get("name")?.get("formatted")?.as_str();
        Self {
            name: user.display_name.as_deref().or_else(formatted).and_then(text),
            email: user.email.as_deref().and_then(|address| address.parse().ok()),
            user_name: user.user_name.as_deref().and_then(text),
            attributes: Attribute::ALL
                .into_iter()
                .filter_map(|attribute| Some((attribute, text(attribute.read(&user.document)?.as_str()?)?)))
                .collect(),
        }
    }
}

fn text(text: &str) -> Option<String> {
    let text: String = text.trim().chars().take(LONGEST).collect();
    (!text.is_empty()).then_some(text)
}
