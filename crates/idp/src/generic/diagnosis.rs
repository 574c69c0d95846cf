//! What an error of a generic provider means (RFC 6749 sections 4.1.2.1 and 5.2, OpenID Connect Core 1.0 section 3.1.2.6).

use reqwest::StatusCode;
use serde_json::Value;

use super::sign_in::TOKEN;
use crate::error::{Refusal, Remedy, SignInError, tame};

/// Cause, fix and who can act, by the `error` value.
pub(crate) fn diagnose(error: &str, description: &str) -> Refusal {
    use Remedy::{Administrator, Person, SignInAgain};
    let error: String = error.chars().filter(char::is_ascii_graphic).take(64).collect();
    let (cause, fix, remedy) = match error.as_str() {
        "access_denied" => ("the sign-in was cancelled or not allowed at the provider", "Sign in again, or ask an administrator.", Person),
        "invalid_client" => (
            "the provider does not accept the client ID together with the client secret",
            "Check the client ID and enter the client secret again.",
            Administrator,
        ),
        "invalid_grant" => ("the code or the session at the provider is not good any more", "Sign in again.", SignInAgain),
        "unauthorized_client" | "unsupported_grant_type" | "unsupported_response_type" => (
            "the client may not sign people in with an authorization code",
            "Allow the authorization code flow for the client at the provider.",
            Administrator,
        ),
        "invalid_scope" => {
            ("the provider does not know a scope of the request", "Correct the scopes of the provider's settings.", Administrator)
        }
        "invalid_request" => (
            "the provider did not accept the request",
            "Check the addresses of the provider's settings and the callback that is registered for the client.",
            Administrator,
        ),
        "login_required" | "interaction_required" | "consent_required" | "account_selection_required" => {
            ("the provider needs to ask the person something", "Sign in interactively.", Person)
        }
        "temporarily_unavailable" | "server_error" => {
            ("the provider is busy or had an error of its own", "Try again in a few minutes.", SignInAgain)
        }
        _ => ("the provider refused the sign-in", "An administrator finds the attempt in the provider's log.", Administrator),
    };
    Refusal { code: None, error, cause: cause.into(), fix: fix.into(), remedy, detail: tame(description) }
}

/// Reads an error answer of the token endpoint.
pub(super) fn refused(status: StatusCode, body: &[u8]) -> SignInError {
    let map = oidc::json::object(body).unwrap_or_default();
    let text = |name: &str| map.get(name).and_then(Value::as_str).unwrap_or("");
    let (error, description) = (text("error"), text("error_description"));
    let passing = matches!(error, "temporarily_unavailable" | "server_error");
    if status.is_server_error() || status.as_u16() == 429 || passing {
        return SignInError::Down { what: TOKEN, detail: format!("status {status} {}", tame(description)) };
    }
    if error.is_empty() {
        return SignInError::Nonsense { what: TOKEN, detail: format!("status {status} without an OAuth error") };
    }
    SignInError::Refused(Box::new(diagnose(error, description)))
}

/// True when a refused refresh token says something about the person, not about the client or the hour.
pub(super) fn is_about_the_person(refusal: &Refusal) -> bool {
    matches!(refusal.error.as_str(), "invalid_grant" | "interaction_required" | "consent_required" | "login_required")
}
