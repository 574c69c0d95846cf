//! The attributes that doorward knows, in one table: input is canonicalised by it, filters compare by it, `/Schemas` shows it.

mod enterprise;
mod group;
mod user;

pub use enterprise::ENTERPRISE;
pub use group::GROUP;
pub use user::USER;

use crate::resource::Kind;

/// URN of the core User schema (RFC 7643 section 4.1).
pub const USER_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// URN of the core Group schema (RFC 7643 section 4.2).
pub const GROUP_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
/// URN of the enterprise user extension (RFC 7643 section 4.3).
pub const ENTERPRISE_URN: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// Data types of RFC 7643 section 2.3 that are in use here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    Text,
    Boolean,
    DateTime,
    Reference,
    Binary,
    Complex,
}

/// One or many values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plurality {
    One,
    Many,
}

/// Who may change an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mutability {
    ReadOnly,
    ReadWrite,
    Immutable,
}

/// How text is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    Exact,
    Ignored,
}

/// Whether the attribute must be there, and whether it must be alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Demand {
    Optional,
    Required,
    /// Required and unique within the provider, compared caselessly.
    Unique,
}

/// One attribute's characteristics (RFC 7643 section 7).
#[derive(Debug)]
pub struct Attribute {
    pub name: &'static str,
    pub kind: Type,
    pub plurality: Plurality,
    pub demand: Demand,
    pub case: Case,
    pub mutability: Mutability,
    pub description: &'static str,
    /// Suggested values of `type`-like attributes.
    pub canonical: &'static [&'static str],
    /// What a reference points at.
    pub references: &'static [&'static str],
    pub sub: &'static [Attribute],
}

/// Attributes are entries of one table: equal means the same entry.
impl PartialEq for Attribute {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Attribute {
    /// Finds a sub-attribute by name, in any capitals.
    #[must_use]
    pub fn sub(&'static self, name: &str) -> Option<&'static Attribute> {
        find(self.sub, name)
    }

    /// Whether it holds a list.
    #[must_use]
    pub fn is_many(&self) -> bool {
        self.plurality == Plurality::Many
    }

    const fn new(name: &'static str, kind: Type, description: &'static str) -> Self {
        Self {
            name,
            kind,
            plurality: Plurality::One,
            demand: Demand::Optional,
            case: Case::Ignored,
            mutability: Mutability::ReadWrite,
            description,
            canonical: &[],
            references: &[],
            sub: &[],
        }
    }

    const fn text(name: &'static str, description: &'static str) -> Self {
        Self::new(name, Type::Text, description)
    }

    const fn boolean(name: &'static str, description: &'static str) -> Self {
        Self::new(name, Type::Boolean, description)
    }

    const fn reference(name: &'static str, targets: &'static [&'static str], description: &'static str) -> Self {
        Self { references: targets, case: Case::Exact, ..Self::new(name, Type::Reference, description) }
    }

    const fn complex(name: &'static str, sub: &'static [Attribute], description: &'static str) -> Self {
        Self { sub, ..Self::new(name, Type::Complex, description) }
    }

    const fn list(name: &'static str, sub: &'static [Attribute], description: &'static str) -> Self {
        Self { plurality: Plurality::Many, ..Self::complex(name, sub, description) }
    }

    const fn demand(self, demand: Demand) -> Self {
        Self { demand, ..self }
    }

    const fn mutability(self, mutability: Mutability) -> Self {
        Self { mutability, ..self }
    }

    const fn exact(self) -> Self {
        Self { case: Case::Exact, ..self }
    }

    const fn suggesting(self, canonical: &'static [&'static str]) -> Self {
        Self { canonical, ..self }
    }
}

/// The attributes of every resource (RFC 7643 section 3.1), which are part of no schema.
///
/// `id` and `externalId` are compared caselessly, although the RFC has them exact: Entra's look-ups want it (its
/// `externalId` is a mail nickname or a GUID) and our own ids never differ by case alone.
pub static COMMON: &[Attribute] = &[
    Attribute::text("id", "Identifier given by doorward.").mutability(Mutability::ReadOnly),
    Attribute::text("externalId", "Identifier given by the provisioning client."),
    Attribute::complex(
        "meta",
        &[
            Attribute::text("resourceType", "Kind of the resource.").exact().mutability(Mutability::ReadOnly),
            Attribute::new("created", Type::DateTime, "When it was created.").mutability(Mutability::ReadOnly),
            Attribute::new("lastModified", Type::DateTime, "When it last changed.").mutability(Mutability::ReadOnly),
            Attribute::reference("location", &["uri"], "Its address.").mutability(Mutability::ReadOnly),
            Attribute::text("version", "Its weak entity tag.").exact().mutability(Mutability::ReadOnly),
        ],
        "What the server knows about the resource.",
    )
    .mutability(Mutability::ReadOnly),
    Attribute { plurality: Plurality::Many, ..Attribute::reference("schemas", &["uri"], "The schemas in use.") },
];

/// Finds an attribute by name, in any capitals.
#[must_use]
pub fn find(table: &'static [Attribute], name: &str) -> Option<&'static Attribute> {
    table.iter().find(|a| a.name.eq_ignore_ascii_case(name))
}

/// A core attribute of a resource of this kind, common ones included.
#[must_use]
pub fn core_attribute(kind: Kind, name: &str) -> Option<&'static Attribute> {
    let table = match kind {
        Kind::User => USER,
        Kind::Group => GROUP,
    };
    find(COMMON, name).or_else(|| find(table, name))
}

/// A core attribute of either kind: the two schemas agree on the names they share.
#[must_use]
pub fn any_core_attribute(name: &str) -> Option<&'static Attribute> {
    find(COMMON, name).or_else(|| find(USER, name)).or_else(|| find(GROUP, name))
}

/// An attribute of an extension by the extension's URN; unknown extensions have none.
#[must_use]
pub fn extension_attribute(urn: &str, name: &str) -> Option<&'static Attribute> {
    if urn.eq_ignore_ascii_case(ENTERPRISE_URN) { find(ENTERPRISE, name) } else { None }
}

/// Whether a URN names a schema and not an attribute in one: it ends in a version and `User` or `Group`.
///
/// RFC 7644 section 3.10 joins schema and attribute by the same colon, so the form is all there is to go by.
#[must_use]
pub fn is_schema_urn(text: &str) -> bool {
    let mut parts = text.rsplit(':');
    let (Some(last), Some(version)) = (parts.next(), parts.next()) else { return false };
    starts_with_urn(text)
        && (last.eq_ignore_ascii_case("User") || last.eq_ignore_ascii_case("Group"))
        && version.starts_with(|c: char| c.is_ascii_digit())
        && version.chars().all(|c| c.is_ascii_digit() || c == '.')
}

/// Whether a name begins like a URN.
#[must_use]
pub fn starts_with_urn(text: &str) -> bool {
    text.get(..4).is_some_and(|head| head.eq_ignore_ascii_case("urn:"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schema_urns_are_told_from_attribute_urns() {
        for (text, is) in [
            (USER_URN, true),
            (ENTERPRISE_URN, true),
            ("urn:ietf:params:scim:schemas:extension:Harbour:2.0:User", true),
            ("URN:ietf:params:scim:schemas:core:2.0:group", true),
            ("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", false),
            ("urn:ietf:params:scim:schemas:core:2.0:User:userName", false),
            ("User", false),
            ("urn:User", false),
        ] {
            assert_eq!(is_schema_urn(text), is, "{text}");
        }
    }

    #[test]
    fn names_within_one_table_differ_by_more_than_case() {
        fn check(table: &'static [Attribute]) {
            for (i, a) in table.iter().enumerate() {
                assert!(!table[..i].iter().any(|b| b.name.eq_ignore_ascii_case(a.name)), "{}", a.name);
                assert!(!a.description.is_empty());
                check(a.sub);
            }
        }
        for table in [COMMON, USER, GROUP, ENTERPRISE] {
            check(table);
        }
    }
}
