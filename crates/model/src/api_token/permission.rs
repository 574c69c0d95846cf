//! What API tokens may do, under the names of the contract's permission groups.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

macro_rules! permissions {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// A permission. Its name is that of the permission group of the v4 API; what v4 has no group for begins with "Doorward:".
        /// The stored form is the variant's name in snake case: never change one.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Permission { $($(#[$doc])* $variant,)* }

        impl Permission {
            /// Every permission: what the first administrator's token holds.
            pub const ALL: [Self; [$($name),*].len()] = [$(Self::$variant),*];

            /// Its name on the wire.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

permissions! {
    /// Organisation, providers, groups: read.
    OrgRead = "Access: Organizations, Identity Providers, and Groups Read",
    /// Organisation, providers, groups: write.
    OrgWrite = "Access: Organizations, Identity Providers, and Groups Write",
    /// Revoke people's sessions.
    OrgRevoke = "Access: Organizations, Identity Providers, and Groups Revoke",
    /// Applications and policies: read.
    AppsRead = "Access: Apps and Policies Read",
    /// Applications and policies: write.
    AppsWrite = "Access: Apps and Policies Write",
    /// Revoke applications' tokens.
    AppsRevoke = "Access: Apps and Policies Revoke",
    /// Service tokens: read.
    ServiceTokensRead = "Access: Service Tokens Read",
    /// Service tokens: write.
    ServiceTokensWrite = "Access: Service Tokens Write",
    /// Access decisions and people's sessions: read.
    AuditRead = "Access: Audit Logs Read",
    /// Writes of provisioning clients: read.
    ScimLogsRead = "Access: SCIM Logs Read",
    /// Root certificates of mutual TLS: read.
    CertificatesRead = "Access: Mutual TLS Certificates Read",
    /// Root certificates of mutual TLS: write.
    CertificatesWrite = "Access: Mutual TLS Certificates Write",
    /// Custom pages: read.
    PagesRead = "Access: Custom Pages Read",
    /// Custom pages: write.
    PagesWrite = "Access: Custom Pages Write",
    /// Tests of policies: read results.
    PolicyTestsRead = "Access: Policy Test Read",
    /// Tests of policies: begin.
    PolicyTestsWrite = "Access: Policy Test Write",
    /// Lists and posture: read.
    ZeroTrustRead = "Zero Trust Read",
    /// Lists and posture: write.
    ZeroTrustWrite = "Zero Trust Write",
    /// People and seats: write.
    UsersWrite = "Zero Trust: Seats Write",
    /// The account itself: write.
    AccountWrite = "Account Settings Write",
    /// API tokens: read.
    TokensRead = "Account API Tokens Read",
    /// API tokens: write.
    TokensWrite = "Account API Tokens Write",
    /// People and sessions: read.
    UsersRead = "Doorward: People Read",
    /// Administrators' changes: read.
    ChangesRead = "Doorward: Changes Read",
    /// A backup of everything, sealed.
    BackupRead = "Doorward: Backup Read",
    /// Policy of the administrators' console (ruling 29).
    ConsoleAdmin = "Doorward: Administrators Write",
}

/// A text that names no permission.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a permission of this server")]
pub struct UnknownPermission(pub String);

impl FromStr for Permission {
    type Err = UnknownPermission;
    /// Takes the wire name, and the snake-case name of the variant, which is shorter to write.
    fn from_str(text: &str) -> Result<Self, UnknownPermission> {
        let unknown = || UnknownPermission(text.to_owned());
        let named = Self::ALL.into_iter().find(|p| p.name() == text);
        named.or_else(|| serde_json::from_value(serde_json::Value::from(text)).ok()).ok_or_else(unknown)
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
