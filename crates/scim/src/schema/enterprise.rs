//! The enterprise user extension (RFC 7643 section 4.3).

use super::Attribute;

static MANAGER: &[Attribute] = &[
    Attribute::text("value", "Id of the manager."),
    Attribute::reference("$ref", &["User"], "Address of the manager."),
    Attribute::text("displayName", "Name of the manager as it was sent."),
];

/// The attributes of the enterprise extension.
pub static ENTERPRISE: &[Attribute] = &[
    Attribute::text("employeeNumber", "Number or code of the employee."),
    Attribute::text("costCenter", "Cost centre."),
    Attribute::text("organization", "Organisation."),
    Attribute::text("division", "Division."),
    Attribute::text("department", "Department."),
    Attribute::complex("manager", MANAGER, "The user's manager."),
];
