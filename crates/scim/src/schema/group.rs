//! The core Group schema (RFC 7643 section 4.2).

use super::{Attribute, Demand, Mutability};

static MEMBER: &[Attribute] = &[
    Attribute::text("value", "Id of the member.").mutability(Mutability::Immutable),
    Attribute::reference("$ref", &["User", "Group"], "Address of the member.").mutability(Mutability::Immutable),
    Attribute::text("type", "Kind of the member.").mutability(Mutability::Immutable).suggesting(&["User", "Group"]),
    Attribute::text("display", "Name of the member as it was sent."),
];

/// The attributes of a Group.
pub static GROUP: &[Attribute] = &[
    Attribute::text("displayName", "Unique name of the group.").demand(Demand::Unique),
    Attribute::list("members", MEMBER, "Direct members of the group."),
];
