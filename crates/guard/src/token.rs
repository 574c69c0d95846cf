//! The tokens that doorward signs: application, organisation and meta JWTs (RS256).

use std::fmt;

use model::{Audience, Nonce, SessionDuration, Timestamp, app::App};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{SeqAccess, Visitor},
};
use serde_json::{Value, json};

use crate::live::LiveSession;

/// Longest token that is looked at, in bytes.
pub const MAX_TOKEN: usize = 4096;
/// Custom claims are put into the token only up to this size; the identity endpoint has all of them (ruling 3).
const MAX_CUSTOM: usize = 200;
/// A duration of zero still lets the redirect land.
const EXPIRES_IMMEDIATELY_SECS: i64 = 10;

/// A signed token with its end.
#[derive(Clone)]
pub struct Signed {
    /// Compact form.
    pub jwt: String,
    /// `exp`.
    pub expires_at: Timestamp,
}

/// Claims read back from any of our tokens; which ones are there depends on the type.
#[derive(Debug, Clone, Deserialize)]
pub struct Claims {
    /// Audience: an array in app and org tokens.
    pub aud: AudienceClaim,
    /// End, Unix seconds.
    pub exp: i64,
    /// Begin, Unix seconds.
    pub iat: i64,
    /// Issuer.
    pub iss: String,
    /// `app`, `org`.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// Session, for tokens of people.
    #[serde(default)]
    pub identity_nonce: Option<Nonce>,
    /// Client id, for tokens of programs.
    #[serde(default)]
    pub common_name: Option<String>,
    /// Hash of the binding cookie that was set with it.
    #[serde(default, rename = "dw_bind")]
    pub binding: Option<String>,
    /// Generations at the time of issue.
    #[serde(default, rename = "dw_gen")]
    pub generation: Generations,
}

impl Claims {
    /// True for a token of this very application that was not withdrawn. Its time is not looked at.
    pub fn is_for(&self, issuer: &str, app: &App) -> bool {
        self.kind == Kind::App && self.iss == issuer && self.aud.is(&app.aud) && self.generation.app >= app.generation
    }
}

/// `type`: what a token is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An application.
    App,
    /// The team domain.
    Org,
    /// Neither.
    Other,
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Word;
        impl Visitor<'_> for Word {
            type Value = Kind;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }
            fn visit_str<E>(self, text: &str) -> Result<Kind, E> {
                Ok(match text {
                    "app" => Kind::App,
                    "org" => Kind::Org,
                    _ => Kind::Other,
                })
            }
        }
        deserializer.deserialize_str(Word)
    }
}

/// `aud` as string or array.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AudienceClaim {
    /// A single one, in an array or not.
    One(String),
    /// Several, or none.
    Many(Vec<String>),
}

impl<'de> Deserialize<'de> for AudienceClaim {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrMany;
        impl<'de> Visitor<'de> for OneOrMany {
            type Value = AudienceClaim;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or an array of texts")
            }
            fn visit_str<E>(self, text: &str) -> Result<AudienceClaim, E> {
                Ok(AudienceClaim::One(text.to_owned()))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut all: A) -> Result<AudienceClaim, A::Error> {
                let Some(first) = all.next_element()? else { return Ok(AudienceClaim::Many(Vec::new())) };
                let Some(second) = all.next_element()? else { return Ok(AudienceClaim::One(first)) };
                let mut many = vec![first, second];
                while let Some(next) = all.next_element()? {
                    many.push(next);
                }
                Ok(AudienceClaim::Many(many))
            }
        }
        deserializer.deserialize_any(OneOrMany)
    }
}

impl AudienceClaim {
    /// True when exactly this audience is meant, and no other.
    pub fn is(&self, aud: &Audience) -> bool {
        matches!(self, Self::One(one) if one == aud.as_str())
    }
}

/// Generations a token was made under; a higher one known to the node makes the token worthless.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Generations {
    /// Of the application.
    #[serde(default)]
    pub app: u32,
    /// Version of the secret that bought a program's token.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub secret: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the serialiser asks for this form")]
const fn is_zero(n: &u32) -> bool {
    *n == 0
}

/// Claims of an application token for a person. `expires_at` never passes the session's own end.
pub fn app_claims(
    issuer: &str,
    aud: &Audience,
    app_generation: u32,
    session: &LiveSession,
    life: &SessionDuration,
    now: Timestamp,
) -> (Value, Timestamp) {
    let expires_at = now.plus_secs(life.secs().max(EXPIRES_IMMEDIATELY_SECS)).min(session.session.expires_at);
    let identity = &session.identity;
    let mut claims = json!({
        "aud": [aud], "email": identity.email, "exp": expires_at.secs(), "iat": now.secs(), "nbf": now.secs(), "iss": issuer,
        "type": "app", "identity_nonce": session.session.nonce, "sub": session.session.user_id, "dw_gen": Generations { app: app_generation, secret: 0 },
    });
    if let Some(country) = &identity.country {
        claims["country"] = json!(country);
    }
    if !identity.claims.is_empty() {
        let custom = json!(identity.claims);
        if custom.to_string().len() <= MAX_CUSTOM {
            claims["custom"] = custom;
        }
    }
    (claims, expires_at)
}

/// Claims of an organisation token: good on the team domain only. The identity stays on the server (ruling 3).
pub fn org_claims(issuer: &str, aud: &Audience, account: &model::AccountId, session: &LiveSession, now: Timestamp) -> Value {
    json!({
        "aud": [aud], "email": session.identity.email, "account_id": account, "exp": session.session.expires_at.secs(), "iat": now.secs(),
        "nbf": now.secs(), "iss": issuer, "sub": session.session.user_id, "type": "org", "identity_nonce": session.session.nonce,
    })
}

/// What a program's token is made of.
pub struct ServiceOrder<'a> {
    /// `iss`.
    pub issuer: &'a str,
    /// The application.
    pub app: &'a App,
    /// `common_name`; empty when a policy admits without a token.
    pub client_id: &'a str,
    /// Version of the secret.
    pub secret_version: u32,
    /// Life.
    pub life: &'a SessionDuration,
}

/// Claims of an application token for a program ("Service tokens" of Cloudflare One): no `nbf`, empty `sub`.
pub fn service_claims(order: &ServiceOrder<'_>, now: Timestamp) -> (Value, Timestamp) {
    let expires_at = now.plus_secs(order.life.secs().max(EXPIRES_IMMEDIATELY_SECS));
    let claims = json!({
        "type": "app", "aud": [order.app.aud], "exp": expires_at.secs(), "iat": now.secs(), "iss": order.issuer, "common_name": order.client_id,
        "sub": "", "dw_gen": Generations { app: order.app.generation, secret: order.secret_version },
    });
    (claims, expires_at)
}
