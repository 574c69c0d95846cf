//! Owns what mapping expressions and scoping filters see of a person or a group.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::directory::Directory;
use crate::directory::group::Group;
use crate::directory::id::ObjectId;
use crate::directory::user::{User, UserType};

/// Source attributes by name; names are found without regard to case.
#[derive(Debug, Clone, Default)]
pub struct Source(BTreeMap<String, Value>);

/// Whether a person is assigned and passes the scoping filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entitlement {
    /// In scope.
    Inside,
    /// Not, or no longer: `IsSoftDeleted` holds for the mapping.
    Outside,
}

impl Source {
    /// From pairs of name and value.
    pub fn of<'a>(pairs: impl IntoIterator<Item = (&'a str, Value)>) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect())
    }

    /// An attribute; neither null nor the empty text, which count as absent.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(&name.to_ascii_lowercase()).filter(|value| !value.is_null() && value.as_str() != Some(""))
    }

    /// A person. `roles` are the app roles held on the job's application.
    pub fn person(directory: &Directory, user: &User, entitlement: Entitlement, roles: &[Value]) -> Self {
        let profile = &user.profile;
        let text = |value: &Option<String>| value.clone().map_or(Value::Null, Value::String);
        let upn = match profile.user_type {
            UserType::Guest => {
                profile.user_principal_name.split_once("#EXT#").map_or(profile.user_principal_name.as_str(), |(home, _)| home)
            }
            UserType::Member => profile.user_principal_name.as_str(),
        };
        let manager = user.manager.filter(|id| directory.users.get(id).is_some_and(User::is_live));
        let gone = !user.may_sign_in() || entitlement == Entitlement::Outside;
        let own = [
            ("objectId", user.id.to_string().into()),
            ("userPrincipalName", upn.into()),
            ("originalUserPrincipalName", profile.user_principal_name.as_str().into()),
            ("IsSoftDeleted", Value::Bool(gone)),
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
            ("manager", manager.map_or(Value::Null, |id| id.to_string().into())),
            ("appRoleAssignments", Value::Array(roles.to_vec())),
        ];
        let extensions = profile.extensions.iter().map(|(name, value)| (name.as_str(), value.clone()));
        Self::of(own.into_iter().chain(extensions))
    }

    /// A group.
    pub fn group(group: &Group) -> Self {
        Self::of([
            ("objectId", group.id.to_string().into()),
            ("displayName", group.display_name.as_str().into()),
            ("mailNickname", group.mail_nickname.as_str().into()),
            ("description", group.description.clone().map_or(Value::Null, Value::String)),
            ("mailEnabled", Value::Bool(group.mail_enabled)),
            ("securityEnabled", Value::Bool(group.security_enabled)),
        ])
    }
}

/// App roles as the role functions of expressions see them.
pub fn roles(directory: &Directory, application: ObjectId, held: &[Uuid]) -> Vec<Value> {
    let Some(application) = directory.principals.get(&application) else {
        return Vec::new();
    };
    let roles = application.app_roles.iter().filter(|role| held.contains(&role.id));
    roles
        .map(|role| json!({"id": role.id, "value": role.value.as_ref().unwrap_or(&role.display_name), "displayName": role.display_name}))
        .collect()
}
