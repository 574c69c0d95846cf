//! Owns what the tenant looks like at first start: from a file or the built-in *Harbour Works*.

pub mod build;
pub mod crowd;
pub mod harbour;
mod names;
mod posture;
pub mod shape;

use std::fmt;
use std::path::PathBuf;

use crate::directory::user::Secret;
use crate::provisioning::mapping::ExternalIdSource;

/// Where the tenant comes from.
#[derive(Debug, Clone, Default)]
pub enum TenantSource {
    /// *Harbour Works*.
    #[default]
    BuiltIn,
    /// A JSON file, see the crate's README.
    File(PathBuf),
    /// The same JSON, given directly.
    Json(String),
}

/// The tenant and what the starter wants of its well-known applications.
#[derive(Clone, Default)]
pub struct Seed {
    /// Where the tenant comes from.
    pub tenant: TenantSource,
    /// Redirect URIs of the sign-in application (`doorward`).
    pub redirect_uris: Vec<String>,
    /// Front-channel logout address of the sign-in application.
    pub logout_url: Option<String>,
    /// Client secret of the sign-in application; random when absent.
    pub client_secret: Option<String>,
    /// Client secret of the automation application (`harbour-admin`); random when absent.
    pub admin_client_secret: Option<String>,
    /// Tenant URL of the provisioning job, when known beforehand.
    pub scim_base: Option<String>,
    /// Secret token of the provisioning job, when known beforehand.
    pub scim_secret: Option<String>,
    /// Source of users' `externalId`.
    pub external_id: ExternalIdSource,
}

impl fmt::Debug for Seed {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.debug_struct("Seed").field("tenant", &self.tenant).field("redirect_uris", &self.redirect_uris).finish_non_exhaustive()
    }
}

/// Name of the sign-in application in the built-in tenant.
pub const SIGN_IN_APP: &str = "doorward";
/// Name of the provisioning application in the built-in tenant.
pub const PROVISIONING_APP: &str = "doorward provisioning";
/// Name of the automation application in the built-in tenant.
pub const ADMIN_APP: &str = "harbour-admin";

/// Makes a client secret of the kind the portal shows: 40 characters with `Q~` near the start.
pub fn random_secret() -> Secret {
    let body = crate::random::token(37);
    let (head, tail) = body.split_at(3);
    Secret::new(format!("{head}8Q~{tail}"))
}
