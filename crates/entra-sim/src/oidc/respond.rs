//! Owns answers to the client's redirect URI: by query, fragment or form, errors included.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::fault::{Fault, Trace, no_store};
use super::page::{self, FormPostPage};
use super::request::{Mode, Return};

/// Which encoding an answer uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spelling {
    /// Upper-case percent escapes.
    Usual,
    /// Lower-case escapes, as Microsoft writes errors.
    Lower,
}

/// Sends a good answer.
pub fn send(back: &Return, mut fields: Vec<(String, String)>) -> Response {
    if let Some(state) = &back.state {
        fields.push(("state".into(), state.clone()));
    }
    deliver(back, &fields, Spelling::Usual)
}

/// Sends an error.
pub fn send_fault(back: &Return, fault: &Fault, trace: &Trace, base: &str) -> Response {
    let mut fields = vec![
        ("error".to_owned(), fault.error.to_owned()),
        ("error_description".to_owned(), fault.description(trace)),
        ("error_uri".to_owned(), fault.uri(base)),
    ];
    if let Some(word) = fault.suberror {
        fields.insert(1, ("error_subcode".to_owned(), word.to_owned()));
    }
    if let Some(state) = &back.state {
        fields.push(("state".into(), state.clone()));
    }
    deliver(back, &fields, Spelling::Lower)
}

/// Sends the refusal of an administrator's consent: with `admin_consent`, without `tenant`.
pub fn send_admin_refusal(back: &Return, fault: &Fault, trace: &Trace, base: &str) -> Response {
    let mut fields = vec![
        ("error".to_owned(), "access_denied".to_owned()),
        ("error_description".to_owned(), fault.description(trace)),
        ("error_uri".to_owned(), fault.uri(base)),
        ("admin_consent".to_owned(), "True".to_owned()),
    ];
    if let Some(state) = &back.state {
        fields.push(("state".into(), state.clone()));
    }
    deliver(back, &fields, Spelling::Lower)
}

/// Tells the client that the person pressed Cancel; without number or text, as Microsoft does.
pub fn send_cancel(back: &Return) -> Response {
    let mut fields = vec![("error".to_owned(), "access_denied".to_owned()), ("error_subcode".to_owned(), "cancel".to_owned())];
    if let Some(state) = &back.state {
        fields.push(("state".into(), state.clone()));
    }
    deliver(back, &fields, Spelling::Lower)
}

fn deliver(back: &Return, fields: &[(String, String)], spelling: Spelling) -> Response {
    let query = encode(fields, spelling);
    let target = match back.mode {
        Mode::FormPost => {
            return page::show(StatusCode::OK, &FormPostPage { action: back.uri.clone(), fields: fields.to_vec() });
        }
        Mode::Fragment => format!("{}#{query}", back.uri),
        Mode::Query => {
            let joint = if back.uri.contains('?') { '&' } else { '?' };
            let tail = if spelling == Spelling::Lower { "#" } else { "" };
            format!("{}{joint}{query}{tail}", back.uri)
        }
    };
    let Ok(location) = HeaderValue::from_str(&target) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let mut response = StatusCode::FOUND.into_response();
    response.headers_mut().insert(header::LOCATION, location);
    no_store(response.headers_mut());
    response
}

fn encode(fields: &[(String, String)], spelling: Spelling) -> String {
    let text = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    match spelling {
        Spelling::Usual => text,
        Spelling::Lower => lower_escapes(&text),
    }
}

fn lower_escapes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut left = 0;
    for letter in text.chars() {
        if letter == '%' {
            left = 3;
        }
        if left > 0 {
            left -= 1;
            out.push(letter.to_ascii_lowercase());
        } else {
            out.push(letter);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_redirects_use_plus_and_lower_case_escapes() {
        let fields = [("error_description".to_owned(), "AADSTS1: No Way\r\nX".to_owned())];
        assert_eq!(encode(&fields, Spelling::Lower), "error_description=AADSTS1%3a+No+Way%0d%0aX");
    }
}
