//! Owns the identifiers of directory objects.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! guid {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Takes an existing GUID.
            pub const fn new(id: Uuid) -> Self {
                Self(id)
            }

            /// Makes a fresh random one.
            pub fn random() -> Self {
                Self(Uuid::new_v4())
            }

            /// The GUID itself.
            pub const fn guid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(to)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::try_parse(text).map(Self)
            }
        }
    };
}

guid!(
    /// The id of a tenant (`tid`).
    TenantId
);
guid!(
    /// The object id of a user, group, application or service principal.
    ObjectId
);
guid!(
    /// An application (client) id.
    AppId
);

/// Makes a GUID that is the same on every start for the same name.
pub fn named(space: Uuid, name: &str) -> Uuid {
    Uuid::new_v5(&space, name.as_bytes())
}
