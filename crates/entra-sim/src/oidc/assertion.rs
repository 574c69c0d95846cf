//! Owns client assertions: reading them and checking those that a registered certificate signed.
//!
//! Source: "Microsoft identity platform application authentication certificate credentials"; RFC 7523.

use aws_lc_rs::signature::{
    RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::aadsts;
use super::fault::Fault;
use crate::clock::Stamp;
use crate::directory::app::Application;

/// `client_assertion_type` of a JWT.
pub const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// Seconds by which the client's clock may differ.
const TOLERANCE: i64 = 300;
/// Longest assertion.
const LONGEST: usize = 16 * 1024;

/// How an assertion is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scheme {
    /// RSASSA-PSS with SHA-256.
    Ps256,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
}

impl Scheme {
    fn parameters(self) -> &'static RsaParameters {
        match self {
            Self::Ps256 => &RSA_PSS_2048_8192_SHA256,
            Self::Rs256 => &RSA_PKCS1_2048_8192_SHA256,
        }
    }
}

/// An assertion, taken apart but not believed.
#[derive(Debug)]
pub struct Assertion {
    scheme: Scheme,
    header: Value,
    claims: Value,
    message: String,
    signature: Vec<u8>,
}

/// What an assertion is held against.
pub struct Terms<'a> {
    /// Audiences that name this endpoint.
    pub audiences: &'a [String],
    /// The present moment.
    pub now: Stamp,
}

/// `invalid_client` with status 401, text of one's own.
pub fn refused(code: u32, text: impl Into<String>) -> Fault {
    Fault::new(code, "invalid_client", text).unauthorized()
}

fn malformed(why: &str) -> Fault {
    refused(50_027, format!("JWT token is invalid or malformed: {why}."))
}

impl Assertion {
    /// Takes a compact JWT apart.
    pub fn read(text: &str) -> Result<Self, Fault> {
        if text.len() > LONGEST {
            return Err(malformed("it is too long"));
        }
        let mut parts = text.split('.');
        let (Some(header), Some(claims), Some(signature), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
            return Err(malformed("it does not have three parts"));
        };
        let json = |part: &str| -> Option<Value> {
            let value: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()?;
            value.is_object().then_some(value)
        };
        let head = json(header).ok_or_else(|| malformed("its header is no JSON object"))?;
        let body = json(claims).ok_or_else(|| malformed("its payload is no JSON object"))?;
        let scheme = match head["alg"].as_str() {
            Some("PS256") => Scheme::Ps256,
            Some("RS256") => Scheme::Rs256,
            other => return Err(malformed(&format!("its algorithm {other:?} is not supported, use PS256 or RS256"))),
        };
        let bytes = URL_SAFE_NO_PAD.decode(signature).map_err(|_| malformed("its signature is not base64url"))?;
        Ok(Self { scheme, header: head, claims: body, message: format!("{header}.{claims}"), signature: bytes })
    }

    /// A claim that is a text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.claims.get(name)?.as_str()
    }

    /// A member of the header that is a text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.header.get(name)?.as_str()
    }

    /// Whether the header names a certificate.
    pub fn names_certificate(&self) -> bool {
        self.header("x5t").is_some() || self.header("x5t#S256").is_some()
    }

    /// The audiences.
    pub fn audiences(&self) -> Vec<&str> {
        match self.claims.get("aud") {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }

    /// Whether an RSA key (RSAPublicKey, DER) made the signature.
    pub fn is_signed_by(&self, key: &[u8]) -> bool {
        UnparsedPublicKey::new(self.scheme.parameters(), key).verify(self.message.as_bytes(), &self.signature).is_ok()
    }

    /// Whether a key of a key set (modulus and exponent in base64url) made the signature.
    pub fn is_signed_by_jwk(&self, key: &Value) -> bool {
        let part = |name: &str| key.get(name).and_then(Value::as_str).and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
        let (Some(n), Some(e)) = (part("n"), part("e")) else {
            return false;
        };
        RsaPublicKeyComponents { n, e }.verify(self.scheme.parameters(), self.message.as_bytes(), &self.signature).is_ok()
    }

    /// Checks `exp`, which must be there, and `nbf` (700024).
    pub fn within_time(&self, now: Stamp) -> Result<(), Fault> {
        // RFC 7519, 2: seconds, possibly with a fraction, as MSAL for Python has it. A cast beyond the range saturates.
        let number = |name: &str| self.claims.get(name).and_then(Value::as_f64).map(|seconds| seconds as i64);
        let (from, until) = (number("nbf"), number("exp"));
        let begun = from.is_none_or(|at| at <= now.unix() + TOLERANCE);
        let running = until.is_some_and(|at| at > now.unix() - TOLERANCE);
        if begun && running {
            return Ok(());
        }
        let shown = |at: Option<i64>| {
            let moment = at.and_then(|seconds| time::OffsetDateTime::from_unix_timestamp(seconds).ok());
            moment.map_or_else(|| "unknown".to_owned(), |moment| Stamp::new(moment).graph())
        };
        Err(refused(
            700_024,
            format!(
                "Client assertion is not within its valid time range. Current time: {}, assertion valid from {}, expiry time of assertion {}.",
                now.graph(),
                shown(from),
                shown(until)
            ),
        ))
    }

    /// Checks an assertion that a certificate of the application must have signed.
    pub fn check_certificate(&self, app: &Application, terms: &Terms<'_>) -> Result<(), Fault> {
        let named = self.header("x5t#S256").or_else(|| self.header("x5t")).unwrap_or_default();
        let known = app.key_credentials.iter().find(|one| {
            // MSAL for Python pads its thumbprints.
            let is = |name: &str, print: String| self.header(name).map(|said| said.trim_end_matches('=') == print);
            let (long, short) = (is("x5t#S256", one.sha256()), is("x5t", one.sha1()));
            long.or(short).unwrap_or(false) && long.unwrap_or(true)
        });
        let untrusted = |reason: &str| {
            let text = aadsts::find(700_027).map_or("", |row| row.text);
            refused(700_027, format!("{text} [Reason - {reason}, Thumbprint of key used by client: '{named}', App id: '{}']", app.app_id))
        };
        let Some(known) = known else {
            return Err(untrusted("The key was not found"));
        };
        if known.end_date_time <= terms.now || known.start_date_time.plus(-TOLERANCE) > terms.now {
            return Err(untrusted("The key used is expired"));
        }
        if !known.public_key().is_some_and(|key| self.is_signed_by(&key)) {
            let reason = "The key was found, but use of the key to verify the signature failed";
            return Err(refused(
                700_027,
                format!("Client assertion failed signature validation. [Reason - {reason}, App id: '{}']", app.app_id),
            ));
        }
        let id = app.app_id.to_string();
        if !self.text("iss").is_some_and(|iss| iss.eq_ignore_ascii_case(&id))
            || !self.text("sub").is_some_and(|sub| sub.eq_ignore_ascii_case(&id))
        {
            return Err(refused(
                700_021,
                "Client assertion application identifier doesn't match 'client_id' parameter: 'iss' and 'sub' must both be the client id.",
            ));
        }
        if !self.audiences().iter().any(|one| terms.audiences.iter().any(|known| known.eq_ignore_ascii_case(one))) {
            return Err(refused(
                700_023,
                format!(
                    "Client assertion audience claim does not match Realm issuer. Use '{}'.",
                    terms.audiences.first().map_or("", String::as_str)
                ),
            ));
        }
        self.within_time(terms.now)
    }
}
