//! The binding cookie: random, beside the application cookie; the token holds its hash. A token that was taken without it, out of a log or
//! from an origin, opens nothing.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::HeaderMap;
use model::Timestamp;
use subtle::ConstantTimeEq;

use crate::{
    compiled::CompiledApp,
    credential::{BINDING_COOKIE, cookies},
    sign_in::http_date,
    token::Claims,
};

/// Most cookies of the name that are looked at: with cookies by path there may be several.
const MOST: usize = 8;

/// A fresh one.
pub(crate) struct Binding(String);

impl Binding {
    pub(crate) fn random() -> Self {
        Self(URL_SAFE_NO_PAD.encode(rand::random::<[u8; 24]>()))
    }
    /// As the token holds it.
    pub(crate) fn hash(&self) -> String {
        hash(&self.0)
    }
    /// `Set-Cookie`. Never for scripts, whatever the application cookie is.
    pub(crate) fn cookie(&self, path: &str, expires_at: Timestamp) -> String {
        format!("{BINDING_COOKIE}={}; Expires={}; Path={path}; Secure; HttpOnly; SameSite=None", self.0, http_date(expires_at))
    }
}

/// True when the request may use the token: its binding is there, or neither token nor application know of one.
pub(crate) fn holds(app: &CompiledApp, claims: &Claims, headers: &HeaderMap) -> bool {
    match &claims.binding {
        None => !app.app.cookies.binding,
        Some(bound) => cookies(headers, BINDING_COOKIE).take(MOST).any(|value| hash(value).as_bytes().ct_eq(bound.as_bytes()).into()),
    }
}

fn hash(value: &str) -> String {
    URL_SAFE_NO_PAD.encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, value.as_bytes()))
}
