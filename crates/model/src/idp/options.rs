//! doorward's own settings of an Entra provider, set through sub-resources of their own (ruling 1).

use serde::{Deserialize, Serialize};

use crate::{ObjectId, Timestamp};

/// Own settings of an Entra provider. The default is what a provider has that only the v4 API ever touched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct EntraOptions {
    /// Where groups are read.
    pub groups_from: GroupsFrom,
    /// Further tenants whose people may sign in; absent: those of the directory only.
    pub tenants: Option<Tenants>,
    /// How doorward proves to the token endpoint that it is the application.
    pub client_authentication: ClientAuthentication,
    /// Looking after people between their sign-ins.
    pub liveness: Liveness,
    /// When the client secret ends, as an administrator told it; Entra does not tell it without a permission.
    pub secret_ends_at: Option<Timestamp>,
    /// Read people's risk from Identity Protection (application permission `IdentityRiskyUser.Read.All`).
    pub read_risk: bool,
}

/// Where a person's groups are read at sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum GroupsFrom {
    /// The `groups` claim of the ID token when it is there and whole, else Graph.
    #[default]
    TokenFirst,
    /// Graph, whatever the token says.
    Graph,
}

/// Further tenants. Without an allow-list a multi-tenant authority would let in everybody who has a Microsoft account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tenants {
    /// Where people are sent to sign in.
    pub authority: Authority,
    /// Tenants whose people may sign in, besides the directory; never empty in anything that was saved.
    pub allowed: Vec<ObjectId>,
}

/// Authority of a sign-in that is open to several tenants (Microsoft: "OpenID Connect on the Microsoft identity platform").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Authority {
    /// Work and school accounts of any tenant.
    Organizations,
    /// The same, and personal accounts.
    Common,
}

impl Authority {
    /// Its segment in addresses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Organizations => "organizations",
            Self::Common => "common",
        }
    }
}

/// Client authentication at the token endpoint (Microsoft: "Microsoft identity platform application authentication certificate
/// credentials", "Workload identity federation").
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(tag = "method", rename_all = "snake_case")]
pub enum ClientAuthentication {
    /// A client secret; a second one is tried when the first is refused, so that secrets are changed without an outage.
    #[default]
    Secret,
    /// `private_key_jwt` signed with PS256 by the key of this certificate; the key is kept sealed.
    Certificate {
        /// The certificate, PEM.
        certificate_pem: String,
    },
    /// An assertion of another issuer, read anew from a file each time.
    Federated {
        /// Name of the file in `[outbound.federated_tokens]` of the server's configuration: the API names no paths.
        token: String,
    },
}

/// The checks between sign-ins: the refresh token is used on a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Liveness {
    /// Seconds between two checks of a session; 0: no checks.
    pub interval_seconds: u32,
    /// Seconds that a session lives on while the provider cannot be asked.
    pub grace_seconds: u32,
}

impl Default for Liveness {
    /// Every five minutes; an hour of grace.
    fn default() -> Self {
        Self { interval_seconds: 300, grace_seconds: 3600 }
    }
}
