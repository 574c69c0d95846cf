//! One newtype per kind of id, so that mixing two kinds does not compile.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A text was not an id of the expected form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{value:?} is not a valid {kind}: expected {expected}")]
pub struct InvalidId {
    /// What kind of id was expected.
    pub kind: &'static str,
    /// The offending text, cut to 80 characters.
    pub value: String,
    /// The expected form in words.
    pub expected: &'static str,
}

fn invalid(kind: &'static str, value: &str, expected: &'static str) -> InvalidId {
    InvalidId { kind, value: value.chars().take(80).collect(), expected }
}

macro_rules! uuid_id {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Wraps a UUID.
            pub const fn new(uuid: Uuid) -> Self { Self(uuid) }
            /// A fresh random (version 4) id.
            pub fn random() -> Self { Self(Uuid::new_v4()) }
            /// The UUID inside.
            pub const fn uuid(self) -> Uuid { self.0 }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { self.0.as_hyphenated().fmt(f) }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { write!(f, concat!(stringify!($name), "({})"), self.0) }
        }
        impl FromStr for $name {
            type Err = InvalidId;
            /// Accepts the 36-character dashed form, either case.
            fn from_str(s: &str) -> Result<Self, InvalidId> {
                match Uuid::try_parse(s) {
                    Ok(uuid) if s.len() == 36 => Ok(Self(uuid)),
                    _ => Err(invalid(stringify!($name), s, "a dashed UUID")),
                }
            }
        }
    )* };
}

uuid_id! {
    /// A posture integration: where facts about devices are read.
    PostureIntegrationId,
    /// A posture rule: what a device must be.
    PostureRuleId,
    /// A person in the user registry. Stable per (issuer, subject); a removed and returning person gets another.
    UserId,
    /// The seat record of a person.
    SeatId,
    /// An identity provider (login method).
    IdpId,
    /// An application.
    AppId,
    /// An Access policy, reusable or owned by one application.
    PolicyId,
    /// A rule group (`/access/groups`).
    AccessGroupId,
    /// A service token.
    ServiceTokenId,
    /// A SCIM User or Group resource as this server names it.
    ScimId,
    /// A record of the provisioning log.
    ScimUpdateId,
    /// A Gateway list, referred to by `email_list` and `ip_list` rules.
    ListId,
    /// A warning.
    WarningId,
    /// A page of the organisation's own.
    CustomPageId,
    /// A certificate authority for client certificates (mTLS).
    CertificateId,
    /// The key pair of an application's short-lived SSH certificates.
    AppCaId,
    /// Somebody's wish to be let in for a while, or the grant that came of it.
    GrantId,
    /// A run of the policy tester.
    PolicyTestId,
}

macro_rules! hex_id {
    ($($(#[$doc:meta])* $name:ident, $len:literal, $expected:literal);* $(;)?) => { $(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Box<str>);

        impl $name {
            /// Builds the id from exactly the right number of random bytes.
            pub fn from_bytes(bytes: [u8; $len / 2]) -> Self { Self(hex::encode(bytes).into()) }
            /// The hexadecimal text.
            pub fn as_str(&self) -> &str { &self.0 }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(&self.0) }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { write!(f, concat!(stringify!($name), "({})"), self.0) }
        }
        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(s: &str) -> Result<Self, InvalidId> {
                let ok = s.len() == $len && s.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
                if ok { Ok(Self(s.into())) } else { Err(invalid(stringify!($name), s, $expected)) }
            }
        }
        impl TryFrom<String> for $name {
            type Error = InvalidId;
            fn try_from(s: String) -> Result<Self, InvalidId> { s.parse() }
        }
        impl From<$name> for String {
            fn from(id: $name) -> String { id.0.into() }
        }
    )* };
}

hex_id! {
    /// The account every object belongs to.
    AccountId, 32, "32 lower-case hexadecimal characters";
    /// An API token's public id.
    ApiTokenId, 32, "32 lower-case hexadecimal characters";
    /// The AUD of an application: names it for its whole life.
    Audience, 64, "64 lower-case hexadecimal characters";
    /// The id of a signing key (`kid`).
    KeyId, 64, "64 lower-case hexadecimal characters";
    /// The reference of a decision, shown on pages and looked up with a permission. 128 random bits.
    Reference, 32, "32 lower-case hexadecimal characters";
    /// A one-time token of the console's local door, and what it opened. 128 random bits.
    ConsoleDoorId, 32, "32 lower-case hexadecimal characters";
    /// A test of a login method. 128 random bits.
    LoginTestId, 32, "32 lower-case hexadecimal characters";
}

/// The `identity_nonce`: id of a session. Sixteen alphanumeric characters (about 95 bits).
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Nonce(Box<str>);

impl Nonce {
    const ALPHABET: &'static [u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    /// Builds a nonce from sixteen indexes; each is taken modulo 62 by the caller's random source.
    pub fn from_indexes(indexes: [u8; 16]) -> Self {
        Self(indexes.iter().map(|i| char::from(Self::ALPHABET[usize::from(*i) % 62])).collect::<String>().into())
    }
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
impl fmt::Display for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl fmt::Debug for Nonce {
    /// A nonce finds an identity: keep most of it out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Nonce({}…)", self.0.get(..4).unwrap_or(""))
    }
}
impl FromStr for Nonce {
    type Err = InvalidId;
    fn from_str(s: &str) -> Result<Self, InvalidId> {
        let ok = s.len() == 16 && s.bytes().all(|b| b.is_ascii_alphanumeric());
        if ok { Ok(Self(s.into())) } else { Err(invalid("Nonce", "…", "16 alphanumeric characters")) }
    }
}
impl TryFrom<String> for Nonce {
    type Error = InvalidId;
    fn try_from(s: String) -> Result<Self, InvalidId> {
        s.parse()
    }
}
impl From<Nonce> for String {
    fn from(n: Nonce) -> String {
        n.0.into()
    }
}

/// The object id of a directory object (an Entra group or person): a GUID, compared without regard to case.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, Debug)]
#[serde(transparent)]
pub struct ObjectId(Uuid);

impl ObjectId {
    /// Wraps a UUID.
    pub const fn new(uuid: Uuid) -> Self {
        Self(uuid)
    }
    /// The UUID inside.
    pub const fn uuid(self) -> Uuid {
        self.0
    }
}
impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_hyphenated().fmt(f)
    }
}
impl FromStr for ObjectId {
    type Err = InvalidId;
    fn from_str(s: &str) -> Result<Self, InvalidId> {
        match Uuid::try_parse(s) {
            Ok(uuid) if s.len() == 36 => Ok(Self(uuid)),
            _ => Err(invalid("object id", s, "the GUID shown as Object Id in Entra")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_accept_their_own_form_only() {
        assert!("6f0c2b1e-93d4-4a57-8e21-0d9b7c5e4a10".parse::<AppId>().is_ok());
        assert!("6f0c2b1e93d44a578e210d9b7c5e4a10".parse::<AppId>().is_err());
        assert!("6f0c2b1e93d44a578e210d9b7c5e4a10".parse::<AccountId>().is_ok());
        assert!("6F0C2b1e93d44a578e210d9b7c5e4a10".parse::<AccountId>().is_err());
        assert!("q7TrB2xLw9Zk0HdM".parse::<Nonce>().is_ok());
        assert!("q7TrB2xLw9Zk0Hd!".parse::<Nonce>().is_err());
        let a: ObjectId = "61503835-B6FE-4630-AF88-DE551DD59A2A".parse().unwrap();
        assert_eq!(a.to_string(), "61503835-b6fe-4630-af88-de551dd59a2a");
    }
}
