//! Owns a user: the profile in Graph's own spelling and what the sign-in service keeps beside it.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::id::ObjectId;
use super::standing::Standing;
use crate::clock::Stamp;

/// A secret text: never shown by `Debug`, compared in constant time.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps the text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for handing out to its owner.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether `offered` is the same text.
    pub fn matches(&self, offered: &str) -> bool {
        use subtle::ConstantTimeEq;
        !self.0.is_empty() && bool::from(self.0.as_bytes().ct_eq(offered.as_bytes()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("Secret(..)")
    }
}

/// Member or guest of the tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum UserType {
    /// Belongs to this tenant.
    #[default]
    Member,
    /// Invited from elsewhere.
    Guest,
}

/// What Graph shows of a user, apart from its id; one field per Graph property.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Profile {
    /// Sign-in name; unique in the tenant, compared without regard to case.
    pub user_principal_name: String,
    /// Name as shown.
    pub display_name: String,
    /// First name.
    pub given_name: Option<String>,
    /// Last name.
    pub surname: Option<String>,
    /// Mail address; many real users have none.
    pub mail: Option<String>,
    /// Mail alias; the default source of SCIM's `externalId`.
    pub mail_nickname: String,
    /// Whether sign-in is allowed; yes unless told.
    #[serde(default = "enabled")]
    pub account_enabled: bool,
    /// Member or guest.
    pub user_type: UserType,
    /// Title.
    pub job_title: Option<String>,
    /// Department.
    pub department: Option<String>,
    /// Staff number.
    pub employee_id: Option<String>,
    /// Office.
    pub office_location: Option<String>,
    /// Street.
    pub street_address: Option<String>,
    /// City.
    pub city: Option<String>,
    /// State or province.
    pub state: Option<String>,
    /// Postal code.
    pub postal_code: Option<String>,
    /// Country.
    pub country: Option<String>,
    /// Language, e.g. `en-GB`.
    pub preferred_language: Option<String>,
    /// Mobile number.
    pub mobile_phone: Option<String>,
    /// Work numbers; Graph allows one.
    pub business_phones: Vec<String>,
    /// Fax number.
    pub fax_number: Option<String>,
    /// Directory extensions, named `extension_{appId without dashes}_{name}`.
    #[serde(flatten)]
    pub extensions: BTreeMap<String, Value>,
}

fn enabled() -> bool {
    true
}

/// A user of the tenant.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// Object id.
    pub id: ObjectId,
    /// What Graph shows.
    pub profile: Profile,
    /// Password.
    pub password: Secret,
    /// When the user was made.
    pub created: Stamp,
    /// When the user was soft-deleted, if so.
    pub deleted: Option<Stamp>,
    /// Tokens and sessions that began before this moment are revoked.
    pub valid_from: Stamp,
    /// The user's manager.
    pub manager: Option<ObjectId>,
    /// Locks and the password's age.
    #[serde(default)]
    pub standing: Standing,
}

impl User {
    /// Not soft-deleted.
    pub fn is_live(&self) -> bool {
        self.deleted.is_none()
    }

    /// Live and allowed to sign in.
    pub fn may_sign_in(&self) -> bool {
        self.is_live() && self.profile.account_enabled
    }

    /// The mail address, unless it is missing or empty.
    pub fn mail(&self) -> Option<&str> {
        self.profile.mail.as_deref().filter(|mail| !mail.is_empty())
    }

    /// Graph's JSON for the user.
    pub fn graph(&self) -> Value {
        let mut shown = serde_json::to_value(&self.profile).unwrap_or_default();
        if let Some(map) = shown.as_object_mut() {
            map.shift_insert(0, "id".into(), Value::String(self.id.to_string()));
            map.insert("createdDateTime".into(), self.created.graph().into());
            map.insert("deletedDateTime".into(), self.deleted.map_or(Value::Null, |at| at.graph().into()));
            map.insert("signInSessionsValidFromDateTime".into(), self.valid_from.graph().into());
        }
        shown
    }
}
