//! Owns the first path segment: a tenant's id or domain, `common` or `organizations`.

use super::fault::Fault;
use crate::directory::id::TenantId;
use crate::directory::{Directory, Tenant};

/// What the first path segment names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authority {
    /// The tenant itself.
    Tenant,
    /// Any account.
    Common,
    /// Any work or school account.
    Organizations,
    /// A further tenant.
    Other(TenantId),
}

impl Authority {
    /// Reads the segment, further tenants included.
    pub fn of(segment: &str, directory: &Directory) -> Result<Self, Fault> {
        match directory.other(segment) {
            Some(other) => Ok(Self::Other(other.tenant.id)),
            None => Self::read(segment, &directory.tenant),
        }
    }

    /// Reads the segment.
    pub fn read(segment: &str, tenant: &Tenant) -> Result<Self, Fault> {
        if segment.eq_ignore_ascii_case("common") {
            return Ok(Self::Common);
        }
        if segment.eq_ignore_ascii_case("organizations") {
            return Ok(Self::Organizations);
        }
        if segment.eq_ignore_ascii_case(&tenant.domain) || segment.parse::<TenantId>() == Ok(tenant.id) {
            return Ok(Self::Tenant);
        }
        if segment.parse::<TenantId>().is_err() && !segment.contains('.') {
            return Err(Fault::new(
                900_023,
                "invalid_request",
                format!("Specified tenant identifier '{segment}' is neither a valid DNS name, nor a valid external domain."),
            ));
        }
        Err(Fault::new(
            90_002,
            "invalid_request",
            format!(
                "Tenant '{segment}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud."
            ),
        ))
    }

    /// The segment that documents of this authority carry: the tenant's id, or the literal word.
    pub fn segment(self, directory: &Directory) -> String {
        match self {
            Self::Tenant => directory.tenant.id.to_string(),
            Self::Common => "common".to_owned(),
            Self::Organizations => "organizations".to_owned(),
            Self::Other(id) => id.to_string(),
        }
    }

    /// Whether it names one tenant.
    pub fn is_specific(self) -> bool {
        matches!(self, Self::Tenant | Self::Other(_))
    }

    /// The tenant it names, unless it takes accounts of every one.
    pub fn seat(self, own: TenantId) -> Option<TenantId> {
        match self {
            Self::Tenant => Some(own),
            Self::Other(id) => Some(id),
            Self::Common | Self::Organizations => None,
        }
    }

    /// Whether accounts of a tenant may sign in here.
    pub fn takes(self, own: TenantId, home: TenantId) -> bool {
        self.seat(own).is_none_or(|seat| seat == home)
    }
}
