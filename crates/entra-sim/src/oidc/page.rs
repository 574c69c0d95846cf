//! Owns the pages that people see at the sign-in service.

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::fault::{Fault, Trace, no_store};

/// What every form of a sign-in repeats.
#[derive(Clone)]
pub struct Thread {
    /// Where forms go.
    pub action: String,
    /// The sign-in under way.
    pub ctx: String,
    /// Its canary.
    pub canary: String,
    /// The application's name.
    pub app: String,
}

/// Asks for the user name.
#[derive(Template)]
#[template(path = "username.html")]
pub struct UserNamePage {
    /// Form thread.
    pub thread: Thread,
    /// Pre-filled name.
    pub typed: String,
    /// What was wrong with the last try.
    pub problem: Option<String>,
}

/// Asks for the password.
#[derive(Template)]
#[template(path = "password.html")]
pub struct PasswordPage {
    /// Form thread.
    pub thread: Thread,
    /// User name.
    pub typed: String,
    /// What was wrong with the last try.
    pub problem: Option<String>,
}

/// Asks for the second factor's code.
#[derive(Template)]
#[template(path = "code.html")]
pub struct CodePage {
    /// Form thread.
    pub thread: Thread,
    /// User name.
    pub upn: String,
    /// What was wrong with the last try.
    pub problem: Option<String>,
}

/// One line of the account picker.
#[derive(Debug, Clone)]
pub struct Choice {
    /// Object id, the button's value.
    pub id: String,
    /// Name.
    pub name: String,
    /// User name.
    pub upn: String,
}

/// Asks which account.
#[derive(Template)]
#[template(path = "picker.html")]
pub struct PickerPage {
    /// Form thread.
    pub thread: Thread,
    /// Signed-in accounts.
    pub choices: Vec<Choice>,
}

/// Asks for consent.
#[derive(Template)]
#[template(path = "consent.html")]
pub struct ConsentPage {
    /// Form thread.
    pub thread: Thread,
    /// User name.
    pub upn: String,
    /// Permissions asked for.
    pub permissions: Vec<String>,
    /// For whom.
    pub reach: Reach,
}

/// For whom a consent counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// The person.
    Person,
    /// The person, or everyone if they say so.
    Choice,
    /// Everyone.
    Organisation,
}

/// Offers to ask an administrator.
#[derive(Template)]
#[template(path = "approval.html")]
pub struct ApprovalPage {
    /// Form thread.
    pub thread: Thread,
    /// User name.
    pub upn: String,
    /// What is needed.
    pub text: String,
    /// What was wrong with the last try.
    pub problem: Option<String>,
}

/// Asks for a new password.
#[derive(Template)]
#[template(path = "renew.html")]
pub struct RenewPage {
    /// Form thread.
    pub thread: Thread,
    /// User name.
    pub typed: String,
    /// What was wrong with the last try.
    pub problem: Option<String>,
}

/// Says why the sign-in goes no further; there is no way back to the client.
#[derive(Template)]
#[template(path = "error.html")]
pub struct ErrorPage {
    /// The AADSTS number.
    pub code: u32,
    /// Its text.
    pub text: String,
    /// Trace id.
    pub trace: String,
    /// Correlation id.
    pub correlation: String,
    /// When.
    pub at: String,
}

/// Carries an answer to the client in a form.
#[derive(Template)]
#[template(path = "form_post.html")]
pub struct FormPostPage {
    /// The redirect URI.
    pub action: String,
    /// Fields.
    pub fields: Vec<(String, String)>,
}

/// Signs applications out through hidden frames.
#[derive(Template)]
#[template(path = "signed_out.html")]
pub struct SignedOutPage {
    /// Front-channel addresses.
    pub frames: Vec<String>,
    /// Where to go on.
    pub next: Option<String>,
}

/// Renders a page with the headers that all pages carry.
pub fn show(status: StatusCode, page: &impl Template) -> Response {
    let Ok(html) = page.render() else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let mut response = (status, html).into_response();
    let headers = response.headers_mut();
    no_store(headers);
    for (name, value) in [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "strict-origin-when-cross-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Shows an error page.
pub fn refuse(fault: &Fault, trace: &Trace) -> Response {
    let page = ErrorPage {
        code: fault.code,
        text: fault.text.clone(),
        trace: trace.trace.to_string(),
        correlation: trace.correlation.to_string(),
        at: trace.at.graph(),
    };
    let mut response = show(fault.status, &page);
    trace.mark(response.headers_mut());
    response
}
