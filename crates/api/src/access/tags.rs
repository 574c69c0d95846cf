//! `/accounts/{account_id}/access/tags`: words by which applications are grouped. A tag's name is its id.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod update;
mod wire;

use std::str::FromStr;

use model::app::App;
use store::Snapshot;

use crate::{audit::Object, params::PathId};

/// How audit records name a tag.
pub(crate) const NOUN: Object = Object("tag");

/// A name that an address can hold: paths with escapes of these characters are refused at the door, since they have several readings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name(pub String);

impl FromStr for Name {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        const NOT: &str = "/\\%;#?*";
        let shown: String = text.chars().take(80).collect();
        if text.trim().is_empty() || text.chars().count() > 255 {
            return Err(format!("{shown:?} is not a tag's name: it has 1 to 255 characters and is not blank"));
        }
        if text.chars().any(|c| c.is_control() || NOT.contains(c)) || matches!(text, "." | "..") {
            return Err(format!("{shown:?} is not a tag's name: it must not hold control characters or any of {NOT}"));
        }
        Ok(Self(text.to_owned()))
    }
}

impl PathId for Name {
    const SEGMENT: &'static str = "tag_name";
}

/// Applications that have the tag.
fn users<'a>(snapshot: &'a Snapshot, name: &str) -> impl Iterator<Item = &'a App> {
    snapshot.apps.values().map(AsRef::as_ref).filter(move |app| app.tags.iter().any(|tag| tag == name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_stand_in_an_address() {
        for good in ["ops", "Night shift", "R&D", "Ångström", "a.b", "v1.2+x"] {
            assert!(good.parse::<Name>().is_ok(), "{good}");
        }
        for bad in ["", " ", ".", "..", "a/b", "50%", "a\nb", "a?b", "a#b", "a*", &"x".repeat(256)] {
            assert!(bad.parse::<Name>().is_err(), "{bad:?}");
        }
    }
}
