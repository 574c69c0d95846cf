//! Attribute paths (RFC 7644 section 3.10) and the paths of PATCH operations (section 3.5.2).

use std::fmt;

use crate::error::{ScimError, quote};
use crate::filter::{self, Filter};
use crate::schema::{self, Attribute, ENTERPRISE_URN, GROUP_URN, USER_URN};

/// `[urn:]attribute[.sub]`. Known names have the schema's spelling, a core URN is left away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttrPath {
    /// URN of an extension.
    pub schema: Option<String>,
    /// The attribute, or the URN of a whole schema when `schema` is none.
    pub name: String,
    pub sub: Option<String>,
}

impl AttrPath {
    /// The table's entry of the attribute itself.
    #[must_use]
    pub fn attribute(&self) -> Option<&'static Attribute> {
        match &self.schema {
            Some(urn) => schema::extension_attribute(urn, &self.name),
            None => schema::any_core_attribute(&self.name).or_else(|| schema::extension_attribute(ENTERPRISE_URN, &self.name)),
        }
    }

    /// The table's entry of what the path ends at.
    #[must_use]
    pub fn leaf(&self) -> Option<&'static Attribute> {
        match &self.sub {
            Some(sub) => self.attribute()?.sub(sub),
            None => self.attribute(),
        }
    }

    /// Reads a path as it stands at the top of a resource.
    pub(crate) fn read(token: &str) -> Option<Self> {
        let (schema, rest) = if schema::is_schema_urn(token) {
            return Some(Self { schema: None, name: known_urn(token).to_owned(), sub: None });
        } else if schema::starts_with_urn(token) {
            let (urn, rest) = token.rsplit_once(':')?;
            let urn = known_urn(urn);
            (if urn == USER_URN || urn == GROUP_URN { None } else { Some(urn.to_owned()) }, rest)
        } else {
            (None, token)
        };
        let (name, sub) = match rest.split_once('.') {
            Some((name, sub)) => (name, Some(sub)),
            None => (rest, None),
        };
        if !is_name(name) || sub.is_some_and(|sub| !is_name(sub)) {
            return None;
        }
        let mut path = Self { schema, name: name.to_owned(), sub: None };
        if let Some(known) = path.attribute() {
            path.name = known.name.to_owned();
        }
        path.sub = sub.map(|sub| spelt(path.attribute(), sub));
        Some(path)
    }

    /// Reads a name as it stands within `[…]` of a list attribute.
    pub(crate) fn read_within(list: Option<&'static Attribute>, token: &str) -> Option<Self> {
        let (name, sub) = match token.split_once('.') {
            Some((name, sub)) => (name, Some(sub)),
            None => (token, None),
        };
        if !is_name(name) || sub.is_some_and(|sub| !is_name(sub)) {
            return None;
        }
        Some(Self { schema: None, name: spelt(list, name), sub: sub.map(str::to_owned) })
    }

    /// Whether it is the URN of a whole schema.
    #[must_use]
    pub fn is_schema(&self) -> bool {
        self.schema.is_none() && schema::is_schema_urn(&self.name)
    }
}

impl fmt::Display for AttrPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(urn) = &self.schema {
            write!(f, "{urn}:")?;
        }
        f.write_str(&self.name)?;
        if let Some(sub) = &self.sub {
            write!(f, ".{sub}")?;
        }
        Ok(())
    }
}

/// An attribute path that may choose elements: `emails[type eq "work"].value`.
#[derive(Debug, Clone, PartialEq)]
pub struct PatchPath {
    /// The attribute; its `sub` is the part after the closing bracket.
    pub attr: AttrPath,
    /// What is between the brackets.
    pub filter: Option<Filter>,
}

impl PatchPath {
    /// Reads the `path` of a PATCH operation, or one entry of `attributes`.
    ///
    /// # Errors
    /// 400 `invalidPath` with the position, counted in bytes from 0.
    pub fn parse(text: &str) -> Result<Self, ScimError> {
        filter::parse_path(text).map_err(|e| ScimError::invalid_path(format!("The path {} cannot be read: {e}.", quote(text))))
    }
}

impl fmt::Display for PatchPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(filter) = &self.filter else { return self.attr.fmt(f) };
        let whole = AttrPath { sub: None, ..self.attr.clone() };
        write!(f, "{whole}[{filter}]")?;
        if let Some(sub) = &self.attr.sub {
            write!(f, ".{sub}")?;
        }
        Ok(())
    }
}

/// Spells a sub-attribute as its parent's schema does.
pub(crate) fn spelt(parent: Option<&'static Attribute>, name: &str) -> String {
    parent.and_then(|known| known.sub(name)).map_or(name, |known| known.name).to_owned()
}

/// RFC 7644's `ATTRNAME`, and a leading `$` for `$ref`.
pub(crate) fn is_name(text: &str) -> bool {
    let rest = text.strip_prefix('$').unwrap_or(text);
    rest.starts_with(|c: char| c.is_ascii_alphabetic()) && rest.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

fn known_urn(urn: &str) -> &str {
    [USER_URN, GROUP_URN, ENTERPRISE_URN].into_iter().find(|known| known.eq_ignore_ascii_case(urn)).unwrap_or(urn)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(schema: Option<&str>, name: &str, sub: Option<&str>) -> AttrPath {
        AttrPath { schema: schema.map(Into::into), name: name.into(), sub: sub.map(Into::into) }
    }

    #[test]
    fn paths_are_read_in_every_spelling() {
        let enterprise = Some(ENTERPRISE_URN);
        for (text, expected) in [
            ("userName", path(None, "userName", None)),
            ("USERNAME", path(None, "userName", None)),
            ("Name.GivenName", path(None, "name", Some("givenName"))),
            ("meta.created", path(None, "meta", Some("created"))),
            ("members.$ref", path(None, "members", Some("$ref"))),
            ("favouriteTide", path(None, "favouriteTide", None)),
            ("urn:ietf:params:scim:schemas:core:2.0:User:userName", path(None, "userName", None)),
            (&format!("{ENTERPRISE_URN}:manager"), path(enterprise, "manager", None)),
            (&format!("{}:Manager.Value", ENTERPRISE_URN.to_uppercase()), path(enterprise, "manager", Some("value"))),
            (ENTERPRISE_URN, path(None, ENTERPRISE_URN, None)),
            (
                "urn:ietf:params:scim:schemas:extension:Harbour:2.0:User:berth",
                path(Some("urn:ietf:params:scim:schemas:extension:Harbour:2.0:User"), "berth", None),
            ),
        ] {
            assert_eq!(AttrPath::read(text), Some(expected), "{text}");
        }
        for text in ["", ".", "a.", ".a", "a.b.c", "1a", "a b", "urn:", "urn:x:", "$", "a$b", "é"] {
            assert_eq!(AttrPath::read(text), None, "{text}");
        }
    }

    #[test]
    fn patch_paths_are_read_and_printed() {
        for (text, printed) in [
            ("members", "members"),
            ("Emails[Type eq \"work\"].Value", "emails[type eq \"work\"].value"),
            ("members[value eq \"u-17\"]", "members[value eq \"u-17\"]"),
            ("roles[primary eq \"True\"].value", "roles[primary eq \"True\"].value"),
            (" title ", "title"),
            (
                "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager",
                "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager",
            ),
            ("emails[type eq \"a]b\\\"\" and not (primary eq true)]", "emails[type eq \"a]b\\\"\" and not (primary eq true)]"),
        ] {
            let read = PatchPath::parse(text).unwrap();
            assert_eq!(read.to_string(), printed);
            assert_eq!(PatchPath::parse(printed).unwrap(), read);
        }
        for text in [
            "",
            "[",
            "emails[",
            "emails[]",
            "emails[type eq \"work\"",
            "emails[type eq \"work\"].",
            "a[b pr]c",
            "emails[type eq \"work\"].value.x",
            "userName eq \"x\"",
            "name.x[y pr]",
            "a[b[c pr]]",
        ] {
            let error = PatchPath::parse(text).unwrap_err();
            assert_eq!(error.scim_type, Some(crate::ScimType::InvalidPath), "{text}");
        }
    }
}
