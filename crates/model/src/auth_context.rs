//! Authentication contexts of Conditional Access: their ids, sets of them, and what was imported of a tenant's.

mod imported;

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use imported::{Imported, ImportedContext, InUse};

/// Id of an authentication context, `c1` to `c99` (Microsoft Graph: "authenticationContextClassReference resource type").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContextId(u8);

/// The text is no id of an authentication context.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no authentication context; expected c1 to c99")]
pub struct NoContextId(String);

impl FromStr for ContextId {
    type Err = NoContextId;

    fn from_str(text: &str) -> Result<Self, NoContextId> {
        let bad = || NoContextId(text.chars().take(40).collect());
        let digits = text.strip_prefix(['c', 'C']).ok_or_else(bad)?;
        let plain = digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0');
        match digits.parse() {
            Ok(number @ 1..=99) if plain => Ok(Self(number)),
            _ => Err(bad()),
        }
    }
}
impl fmt::Display for ContextId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "c{}", self.0)
    }
}
impl Serialize for ContextId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for ContextId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A set of authentication contexts of one provider; copied like a number.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct ContextSet(u128);

impl ContextSet {
    /// No context.
    pub const EMPTY: Self = Self(0);

    /// True when there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
    /// True when this one is in it.
    pub const fn contains(self, id: ContextId) -> bool {
        self.0 & (1 << id.0) != 0
    }
    /// The set and this one.
    #[must_use]
    pub const fn with(self, id: ContextId) -> Self {
        Self(self.0 | 1 << id.0)
    }
    /// The set but this one.
    #[must_use]
    pub const fn without(self, id: ContextId) -> Self {
        Self(self.0 & !(1 << id.0))
    }
    /// Its members, the lowest number first.
    pub fn iter(self) -> impl DoubleEndedIterator<Item = ContextId> {
        (1..=99).map(ContextId).filter(move |id| self.contains(*id))
    }
}

impl FromIterator<ContextId> for ContextSet {
    fn from_iter<I: IntoIterator<Item = ContextId>>(ids: I) -> Self {
        ids.into_iter().fold(Self::EMPTY, Self::with)
    }
}
impl fmt::Debug for ContextSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(|id| id.to_string())).finish()
    }
}
impl Serialize for ContextSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}
impl<'de> Deserialize<'de> for ContextSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Vec::<ContextId>::deserialize(deserializer)?.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_c1_to_c99_and_written_in_lower_case() {
        for (text, written) in [("c1", "c1"), ("C25", "c25"), ("c99", "c99")] {
            assert_eq!(text.parse::<ContextId>().unwrap().to_string(), written);
        }
        for bad in ["", "c", "c0", "c01", "c100", "c-1", "c+1", "1", "cc1", " c1", "c1 ", "urn:c1"] {
            assert!(bad.parse::<ContextId>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_set_holds_each_context_once_and_lists_the_lowest_first() {
        let id = |text: &str| text.parse::<ContextId>().unwrap();
        let set: ContextSet = [id("c99"), id("c2"), id("c99")].into_iter().collect();
        assert_eq!(serde_json::to_string(&set).unwrap(), r#"["c2","c99"]"#);
        assert_eq!(serde_json::from_str::<ContextSet>(r#"["c99","C2"]"#).unwrap(), set);
        assert!(set.contains(id("c2")) && !set.without(id("c2")).contains(id("c2")));
        assert!(set.without(id("c2")).without(id("c99")).is_empty());
    }
}
