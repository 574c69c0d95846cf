//! A pasted text: which codes it holds and what they mean, and for a redirect URI the difference, character by character.

use axum::{
    body::Body,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, Response},
};
use idp::entra::diagnose_text;
use pages::{Explained, Pasted, TestRefusal};

use super::{compare, open::refused, show};
use crate::{start, state::LoginState};

/// Characters of the text that are looked at and shown again.
const MOST_TEXT: usize = 8000;
/// Characters of the registered address.
const MOST_ADDRESS: usize = 2000;
/// Code of an address that is not registered.
const REDIRECT_URI: u32 = 50_011;

/// `POST …/test/{id}/explain` with `text` and `registered`.
pub(super) async fn explain(State(state): State<LoginState>, Path(id): Path<String>, headers: HeaderMap, body: Bytes) -> Response<Body> {
    // Strangers' text is not read.
    if show::look(&state, &id, &headers).is_none() {
        return refused(&state, &headers, TestRefusal::NotYours);
    }
    let field = |wanted: &str, most: usize| -> String {
        let found = url::form_urlencoded::parse(&body).take(10).find(|(name, _)| name == wanted);
        found.map(|(_, value)| value.chars().take(most).collect()).unwrap_or_default()
    };
    let pasted = pasted(field("text", MOST_TEXT), field("registered", MOST_ADDRESS), &start::redirect_uri(&state));
    show::asked(&state, &id, &headers, Some(pasted))
}

fn pasted(text: String, registered: String, ours: &str) -> Pasted {
    let found = diagnose_text(&text);
    let about_address = found.iter().any(|refusal| refusal.code == Some(REDIRECT_URI));
    let received = if about_address { compare::addresses(&text) } else { Vec::new() };
    let received_as_sent = received.iter().any(|address| address == ours);
    let theirs = received.into_iter().chain(compare::addresses(&registered));
    let differences = theirs.filter_map(|address| compare::difference(&address, ours)).take(compare::MOST).collect();
    let explained = found.iter().map(|r| Explained { label: r.label(), cause: r.cause.clone(), fix: r.fix.clone() }).collect();
    Pasted { text, registered, explained, differences, received_as_sent }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = "https://team.harbourworks.example/cdn-cgi/access/callback";

    #[test]
    fn microsofts_words_and_the_registered_address_show_the_difference() {
        let text = format!(
            "Sorry, but we're having trouble signing you in.\nAADSTS50011: The redirect URI '{OURS}' specified in the request does not match \
             the redirect URIs configured for the application 'b7d1e3f0-2c48-4f6d-9a55-71c0de8840aa'. Navigate to \
             https://aka.ms/redirectUriMismatchError to learn more about how to fix this."
        );
        let alone = pasted(text.clone(), String::new(), OURS);
        assert!(alone.received_as_sent && alone.differences.is_empty());
        assert_eq!(alone.explained.len(), 1);
        let beside = pasted(text, format!("{OURS}/"), OURS);
        assert_eq!(beside.differences.len(), 1);
        assert_eq!((beside.differences[0].theirs.middle.as_str(), beside.differences[0].ours.middle.as_str()), ("/", ""));
    }

    #[test]
    fn an_address_that_was_changed_on_its_way_shows_in_microsofts_words_alone() {
        let http = pasted(
            "AADSTS50011: The redirect URI 'http://team.harbourworks.example/cdn-cgi/access/callback' …".into(),
            String::new(),
            OURS,
        );
        assert!(!http.received_as_sent);
        assert_eq!((http.differences[0].theirs.middle.as_str(), http.differences[0].ours.middle.as_str()), ("", "s"));
    }

    #[test]
    fn text_without_a_code_explains_nothing() {
        let nothing = pasted("<b>AADSTS</b> https://evil.example/".into(), String::new(), OURS);
        assert!(nothing.explained.is_empty() && nothing.differences.is_empty() && !nothing.received_as_sent);
    }
}
