//! Owns the sign-in service's cookies: the browser session and the browser mark of a sign-in.

use axum::http::{HeaderMap, HeaderValue, header};

/// The browser session.
pub const SESSION: &str = "ESTSAUTHPERSISTENT";
/// Ties sign-in pages to the browser that asked for them.
pub const BROWSER: &str = "esctx";

/// The device that the browser runs on; real browsers prove it by a certificate.
pub const DEVICE: &str = "simdevice";

/// A cookie of the request.
pub fn read(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(known, _)| *known == name)
        .map(|(_, value)| value.to_owned())
}

fn put(headers: &mut HeaderMap, cookie: &str) {
    if let Ok(value) = HeaderValue::from_str(cookie) {
        headers.append(header::SET_COOKIE, value);
    }
}

fn attributes(base: &str) -> &'static str {
    if base.starts_with("https://") { "Path=/; HttpOnly; Secure; SameSite=None" } else { "Path=/; HttpOnly; SameSite=Lax" }
}

/// Sets a cookie that lives as long as the browser.
pub fn set(headers: &mut HeaderMap, base: &str, name: &str, value: &str) {
    put(headers, &format!("{name}={value}; {}", attributes(base)));
}

/// Removes a cookie.
pub fn clear(headers: &mut HeaderMap, base: &str, name: &str) {
    put(headers, &format!("{name}=; {}; Max-Age=0", attributes(base)));
}
