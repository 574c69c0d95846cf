//! The kept document and what the rest of doorward reads from it.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::fold;
use crate::schema::ENTERPRISE_URN;

/// One resource's attributes as they were sent, in their order, without `id`, `meta` and `schemas`.
///
/// It comes from [`parse`](super::parse) or [`apply`](crate::patch::apply). Serialised it is the plain JSON object;
/// reading one back is meant for what was written that way and checks nothing.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Doc(Map<String, Value>);

/// One member of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member<'a> {
    /// Id of the member within the same provider.
    pub value: &'a str,
    /// The name that came with it, if any.
    pub display: Option<&'a str>,
}

impl Doc {
    pub(crate) fn from_map(map: Map<String, Value>) -> Self {
        Self(map)
    }

    pub(crate) fn map_mut(&mut self) -> &mut Map<String, Value> {
        &mut self.0
    }

    /// The attributes.
    #[must_use]
    pub fn as_map(&self) -> &Map<String, Value> {
        &self.0
    }

    /// A top-level attribute that is a text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        get(&self.0, name).and_then(Value::as_str)
    }

    /// `userName` as it was sent.
    #[must_use]
    pub fn user_name(&self) -> Option<&str> {
        self.text("userName")
    }

    /// `externalId` as it was sent; an empty one counts as none.
    #[must_use]
    pub fn external_id(&self) -> Option<&str> {
        self.text("externalId").filter(|id| !id.is_empty())
    }

    /// `displayName` as it was sent.
    #[must_use]
    pub fn display_name(&self) -> Option<&str> {
        self.text("displayName")
    }

    /// Whether the user may sign in. Absent means yes (Entra's first create may leave it out); anything there that
    /// is not plainly true means no, also the `null` that a removed `false` leaves.
    #[must_use]
    pub fn active(&self) -> bool {
        get(&self.0, "active").is_none_or(|value| value == &Value::Bool(true))
    }

    /// `name.givenName`.
    #[must_use]
    pub fn given_name(&self) -> Option<&str> {
        self.name_part("givenName")
    }

    /// `name.familyName`.
    #[must_use]
    pub fn family_name(&self) -> Option<&str> {
        self.name_part("familyName")
    }

    /// The address to know the user by: the one of type `work`, else the primary one, else the first.
    #[must_use]
    pub fn work_email(&self) -> Option<&str> {
        let emails = self.elements("emails");
        let value = |e: &'_ Value| e.get("value").and_then(Value::as_str).is_some_and(|v| !v.is_empty());
        let found = emails
            .iter()
            .find(|e| is_work(e) && value(e))
            .or_else(|| emails.iter().find(|e| e.get("primary") == Some(&Value::Bool(true)) && value(e)))
            .or_else(|| emails.iter().find(|e| value(e)))?;
        found.get("value").and_then(Value::as_str)
    }

    /// Every address of type `work`: what an index for [`Indexed::WorkEmail`](crate::Indexed::WorkEmail) must hold.
    pub fn work_emails(&self) -> impl Iterator<Item = &str> {
        self.elements("emails").iter().filter(|e| is_work(e)).filter_map(|e| e.get("value").and_then(Value::as_str))
    }

    /// Id of the manager, in whichever form it was sent.
    #[must_use]
    pub fn manager(&self) -> Option<&str> {
        let manager = get(self.0.get(ENTERPRISE_URN)?.as_object()?, "manager")?;
        manager.as_str().or_else(|| manager.get("value").and_then(Value::as_str)).filter(|id| !id.is_empty())
    }

    /// The members of a group, in their order.
    pub fn members(&self) -> impl Iterator<Item = Member<'_>> {
        self.elements("members").iter().filter_map(|m| {
            let value = m.get("value").and_then(Value::as_str)?;
            Some(Member { value, display: m.get("display").and_then(Value::as_str) })
        })
    }

    fn elements(&self, name: &str) -> &[Value] {
        get(&self.0, name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    fn name_part(&self, part: &str) -> Option<&str> {
        get(get(&self.0, "name")?.as_object()?, part)?.as_str()
    }
}

fn is_work(email: &Value) -> bool {
    email.get("type").and_then(Value::as_str).is_some_and(|t| fold::eq(t, "work"))
}

/// A member of an object by name, in any capitals.
pub(crate) fn get<'a>(map: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    map.get(name).or_else(|| map.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value))
}

/// The spelling under which an object has a member, if it has it.
pub(crate) fn key_of<'a>(map: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    map.get_key_value(name).or_else(|| map.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))).map(|(key, _)| key.as_str())
}

/// A top-level attribute as filters and sorting see it; the enterprise extension's are found without its URN too.
pub(crate) fn subject_value<'a>(map: &'a Map<String, Value>, name: &str) -> Option<Cow<'a, Value>> {
    get(map, name)
        .or_else(|| {
            crate::schema::extension_attribute(ENTERPRISE_URN, name)?;
            get(map.get(ENTERPRISE_URN)?.as_object()?, name)
        })
        .map(Cow::Borrowed)
}
