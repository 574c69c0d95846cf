//! Sorting of lists by `sortBy` and `sortOrder` (RFC 7644 section 3.4.2.3).

use std::cmp::Ordering;

use serde_json::Value;
use time::OffsetDateTime;

use crate::error::{ScimError, quote};
use crate::filter::{Subject, date};
use crate::fold::fold;
use crate::path::AttrPath;
use crate::resource::get;
use crate::schema::{Attribute, Case, Type};

/// Direction of a sort.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    #[default]
    Ascending,
    Descending,
}

/// What to sort by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sort {
    path: AttrPath,
    order: Order,
}

/// A value to sort by. Without a value a resource comes last, and first when descending, as the RFC has it.
#[derive(Debug, Clone, PartialEq)]
pub enum SortKey {
    Boolean(bool),
    Number(f64),
    Moment(OffsetDateTime),
    Text(String),
    Missing,
}

impl Sort {
    /// Reads `sortBy` and `sortOrder`; the order is caseless and ascending when it is not given.
    ///
    /// # Errors
    /// 400 `invalidPath` or `invalidValue`.
    pub fn parse(by: &str, order: Option<&str>) -> Result<Self, ScimError> {
        let path = AttrPath::read(by.trim()).ok_or_else(|| ScimError::invalid_path(format!("sortBy {} is no attribute.", quote(by))))?;
        let order = match order {
            None => Order::Ascending,
            Some(order) if order.eq_ignore_ascii_case("ascending") => Order::Ascending,
            Some(order) if order.eq_ignore_ascii_case("descending") => Order::Descending,
            Some(order) => {
                let detail = format!("sortOrder {} is neither ascending nor descending.", quote(order));
                return Err(ScimError::invalid_value(detail));
            }
        };
        Ok(Self { path, order })
    }

    /// The attribute to sort by.
    #[must_use]
    pub fn path(&self) -> &AttrPath {
        &self.path
    }

    /// The direction.
    #[must_use]
    pub fn order(&self) -> Order {
        self.order
    }

    /// The key of one resource: of a list the primary element, else the first.
    #[must_use]
    pub fn key(&self, subject: &dyn Subject) -> SortKey {
        let holder = self.path.schema.as_deref().unwrap_or(&self.path.name);
        let Some(value) = subject.attribute(holder) else { return SortKey::Missing };
        let value = match &self.path.schema {
            Some(_) => value.as_object().and_then(|extension| get(extension, &self.path.name)),
            None => Some(value.as_ref()),
        };
        value.map_or(SortKey::Missing, |value| key(value, self.path.sub.as_deref(), self.path.attribute()))
    }

    /// Sorts resources; equal ones keep their order.
    pub fn sort<S: Subject>(&self, resources: &mut [S]) {
        resources.sort_by_cached_key(|resource| Directed { key: self.key(resource), order: self.order });
    }
}

fn key(value: &Value, sub: Option<&str>, definition: Option<&'static Attribute>) -> SortKey {
    match value {
        Value::Array(list) => list
            .iter()
            .find(|element| element.get("primary") == Some(&Value::Bool(true)))
            .or_else(|| list.first())
            .map_or(SortKey::Missing, |element| key(element, sub, definition)),
        Value::Object(map) => {
            let part = sub.unwrap_or("value");
            let definition = definition.and_then(|known| known.sub(part));
            get(map, part).map_or(SortKey::Missing, |leaf| leaf_key(leaf, definition))
        }
        bare if sub.is_none_or(|sub| sub.eq_ignore_ascii_case("value")) => leaf_key(bare, definition),
        _ => SortKey::Missing,
    }
}

fn leaf_key(value: &Value, definition: Option<&'static Attribute>) -> SortKey {
    match value {
        Value::Bool(boolean) => SortKey::Boolean(*boolean),
        Value::Number(number) => number.as_f64().map_or(SortKey::Missing, SortKey::Number),
        Value::String(text) => match definition {
            Some(known) if known.kind == Type::DateTime => date(text).map_or(SortKey::Missing, SortKey::Moment),
            Some(known) if known.case == Case::Exact => SortKey::Text(text.clone()),
            _ => SortKey::Text(fold(text)),
        },
        _ => SortKey::Missing,
    }
}

impl Eq for SortKey {}

impl PartialOrd for SortKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for SortKey {
    fn cmp(&self, other: &Self) -> Ordering {
        fn rank(key: &SortKey) -> u8 {
            match key {
                SortKey::Boolean(_) => 0,
                SortKey::Number(_) => 1,
                SortKey::Moment(_) => 2,
                SortKey::Text(_) => 3,
                SortKey::Missing => 4,
            }
        }
        match (self, other) {
            (Self::Boolean(a), Self::Boolean(b)) => a.cmp(b),
            (Self::Number(a), Self::Number(b)) => a.total_cmp(b),
            (Self::Moment(a), Self::Moment(b)) => a.cmp(b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            _ => rank(self).cmp(&rank(other)),
        }
    }
}

#[derive(PartialEq, Eq)]
struct Directed {
    key: SortKey,
    order: Order,
}

impl PartialOrd for Directed {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Directed {
    fn cmp(&self, other: &Self) -> Ordering {
        match self.order {
            Order::Ascending => self.key.cmp(&other.key),
            Order::Descending => other.key.cmp(&self.key),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Map, json};

    fn crew() -> Vec<Map<String, Value>> {
        let enterprise = crate::schema::ENTERPRISE_URN;
        let people = json!([
            {"userName": "tessa", "title": "Pilot", "emails": [{"value": "a@x"}, {"value": "z@x", "primary": true}]},
            {"userName": "Bram", "active": true, "emails": [{"value": "m@x"}], enterprise: {"department": "Docks"}},
            {"userName": "ilo", "active": false, "name": {"familyName": "Åberg"}, enterprise: {"department": "docks"}},
            {"userName": "Mara", "name": {"familyName": "Zorn"}, "meta": {"created": "2026-01-02T00:00:00+02:00"}},
        ]);
        serde_json::from_value(people).unwrap()
    }

    #[test]
    fn every_kind_of_attribute_sorts() {
        for (by, order, expected) in [
            ("userName", None, "Bram ilo Mara tessa"),
            ("username", Some("Descending"), "tessa Mara ilo Bram"),
            ("title", Some("ascending"), "tessa Bram ilo Mara"),
            ("title", Some("descending"), "Bram ilo Mara tessa"),
            ("emails", None, "Bram tessa ilo Mara"),
            ("emails.value", None, "Bram tessa ilo Mara"),
            ("active", None, "ilo Bram tessa Mara"),
            ("name.familyName", None, "Mara ilo tessa Bram"),
            ("meta.created", None, "Mara tessa Bram ilo"),
            ("department", None, "Bram ilo tessa Mara"),
            ("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", None, "Bram ilo tessa Mara"),
            ("noSuchThing", None, "tessa Bram ilo Mara"),
        ] {
            let mut people = crew();
            Sort::parse(by, order).unwrap().sort(&mut people);
            let names: Vec<_> = people.iter().filter_map(|p| p["userName"].as_str()).collect();
            assert_eq!(names.join(" "), expected, "{by} {order:?}");
        }
    }

    #[test]
    fn what_is_no_sort_is_refused() {
        assert_eq!(Sort::parse("a b", None).unwrap_err().status, 400);
        assert_eq!(Sort::parse("userName", Some("up")).unwrap_err().status, 400);
    }
}
