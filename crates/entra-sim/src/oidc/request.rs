//! Owns the authorize request: reading it and deciding which faults stay on the sign-in page.
//!
//! Source: "Microsoft identity platform and OAuth 2.0 authorization code flow".

use super::authority::Authority;
use super::claims_request::ClaimsRequest;
use super::fault::Fault;
use super::params::Params;
use super::scope::Scopes;
use crate::directory::Directory;
use crate::directory::app::Application;
use crate::directory::id::{AppId, ObjectId};

/// How the answer travels back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// In the query.
    Query,
    /// In the fragment.
    Fragment,
    /// In a form.
    FormPost,
}

/// What the authorize endpoint hands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// A code.
    Code,
    /// An ID token.
    IdToken,
    /// Both.
    CodeAndIdToken,
}

/// What the client wants the person to be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prompt {
    /// Whatever is needed.
    Usual,
    /// Credentials again.
    Login,
    /// Nothing at all.
    None,
    /// Consent again.
    Consent,
    /// Which account.
    SelectAccount,
}

/// How the code is bound to its client (RFC 7636).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Challenge {
    /// `S256`.
    Sha256(String),
    /// `plain`, also when no method is given.
    Plain(String),
}

/// Where an answer goes.
#[derive(Debug, Clone)]
pub struct Return {
    /// The redirect URI.
    pub uri: String,
    /// How.
    pub mode: Mode,
    /// Returned as it came.
    pub state: Option<String>,
}

/// What a sign-in is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Goal {
    /// A code or an ID token for the client.
    SignIn,
    /// An administrator's consent for the whole tenant.
    AdminConsent(AdminConsent),
}

/// What an administrator is asked to grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AdminConsent {
    /// Whatever the registration lists (the older endpoint).
    Registered,
    /// What the request's `scope` lists, kept as it was written.
    Scopes(String),
}

/// A request that may be answered at its redirect URI.
#[derive(Debug, Clone)]
pub struct AuthorizeRequest {
    /// First path segment.
    pub segment: String,
    /// The client.
    pub app_id: AppId,
    /// Its service principal.
    pub principal: ObjectId,
    /// Where the answer goes.
    pub back: Return,
    /// What is wanted.
    pub wanted: Wanted,
    /// Scopes.
    pub scopes: Scopes,
    /// Echoed into the ID token.
    pub nonce: Option<String>,
    /// PKCE.
    pub challenge: Option<Challenge>,
    /// Prompt.
    pub prompt: Prompt,
    /// Suggested user name.
    pub login_hint: Option<String>,
    /// Contexts and capabilities asked for.
    pub claims: ClaimsRequest,
    /// What it is for.
    pub goal: Goal,
}

/// A refused request.
#[derive(Debug)]
pub enum Refusal {
    /// Shown to the person; the client never hears.
    Page(Fault),
    /// Sent to the client.
    Redirect(Return, Box<Fault>),
}

impl AuthorizeRequest {
    /// Reads and checks a request.
    pub fn read(segment: &str, params: &Params, base: &str, directory: &Directory) -> Result<Self, Refusal> {
        let authority = Authority::of(segment, directory).map_err(Refusal::Page)?;
        let (app, principal) = client(params, authority, directory).map_err(Refusal::Page)?;
        let uri = redirect_uri(params, app).map_err(Refusal::Page)?;
        let mut back = Return { uri, mode: Mode::Query, state: params.get("state").map(str::to_owned) };
        let wanted = match wanted(params, app, &mut back) {
            Ok(wanted) => wanted,
            Err(fault) => return Err(Refusal::Redirect(back, Box::new(fault))),
        };
        let refuse = |fault| Refusal::Redirect(back.clone(), Box::new(fault));
        let scopes = params.need("scope").and_then(|text| Scopes::read(text, base, directory)).map_err(refuse)?;
        let nonce = params.get("nonce").map(str::to_owned);
        if wanted != Wanted::Code && nonce.is_none() {
            return Err(refuse(Fault::missing("nonce")));
        }
        Ok(Self {
            segment: segment.to_owned(),
            app_id: app.app_id,
            principal,
            wanted,
            scopes,
            nonce,
            challenge: challenge(params).map_err(refuse)?,
            prompt: prompt(params).map_err(refuse)?,
            login_hint: params.get("login_hint").map(str::to_owned),
            claims: ClaimsRequest::read(params, directory).map_err(refuse)?,
            goal: Goal::SignIn,
            back,
        })
    }
}

/// The client of a request and its service principal.
pub fn client<'d>(params: &Params, authority: Authority, directory: &'d Directory) -> Result<(&'d Application, ObjectId), Fault> {
    let written = params.need("client_id")?;
    let unknown = || unknown_client(written, directory);
    let app_id: AppId = written.parse().map_err(|_| unknown())?;
    let app = directory.app(app_id).ok_or_else(unknown)?;
    let sp = directory.principal_of(app_id).ok_or_else(unknown)?;
    if !sp.account_enabled {
        return Err(Fault::new(7_000_112, "unauthorized_client", format!("Application '{app_id}'({}) is disabled.", app.display_name)));
    }
    if matches!(authority, Authority::Other(_)) && app.sign_in_audience == "AzureADMyOrg" {
        return Err(unknown());
    }
    if !authority.is_specific() && app.sign_in_audience == "AzureADMyOrg" {
        return Err(Fault::new(
            50_194,
            "invalid_request",
            format!(
                "Application '{app_id}'({}) is not configured as a multi-tenant application. Usage of the /common endpoint is not supported for such applications. Use a tenant-specific endpoint or configure the application to be multi-tenant.",
                app.display_name
            ),
        ));
    }
    Ok((app, sp.id))
}

/// The error for a client that the tenant does not have (700016).
pub fn unknown_client(written: &str, directory: &Directory) -> Fault {
    Fault::new(
        700_016,
        "unauthorized_client",
        format!(
            "Application with identifier '{written}' was not found in the directory '{}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant.",
            directory.tenant.display_name
        ),
    )
}

/// The redirect URI of a request, checked against those registered.
pub fn redirect_uri(params: &Params, app: &Application) -> Result<String, Fault> {
    let registered: Vec<&String> = app.redirect_uris().collect();
    if registered.is_empty() {
        return Err(Fault::new(900_971, "invalid_request", "No reply address provided."));
    }
    let Some(written) = params.get("redirect_uri") else {
        let last = i64::try_from(registered.len()).unwrap_or(1) - 1;
        let drawn = usize::try_from(crate::random::between(0, last)).unwrap_or(0);
        return Ok(registered[drawn].clone());
    };
    if registered.iter().any(|known| same_redirect(known, written)) {
        return Ok(written.to_owned());
    }
    Err(Fault::new(
        50_011,
        "invalid_request",
        format!(
            "The redirect URI '{written}' specified in the request does not match the redirect URIs configured for the application '{}'. Make sure the redirect URI sent in the request matches one added to your application in the Azure portal.",
            app.app_id
        ),
    ))
}

/// Exact comparison, except that plain `http://localhost` may carry any port.
fn same_redirect(registered: &str, written: &str) -> bool {
    if registered == written {
        return true;
    }
    let portless = |uri: &str| {
        let mut url = url::Url::parse(uri).ok()?;
        let loopback = url.scheme() == "http" && url.host_str() == Some("localhost");
        if !loopback {
            return None;
        }
        url.set_port(None).ok()?;
        Some(url.to_string())
    };
    portless(registered).is_some_and(|known| portless(written) == Some(known))
}

fn wanted(params: &Params, app: &Application, back: &mut Return) -> Result<Wanted, Fault> {
    let mut words: Vec<&str> = params.get("response_type").map(|text| text.split_ascii_whitespace().collect()).unwrap_or_default();
    words.sort_unstable();
    let named = params.get("response_mode");
    back.mode = match named {
        Some("fragment") => Mode::Fragment,
        Some("form_post") => Mode::FormPost,
        None if words.contains(&"id_token") => Mode::Fragment,
        _ => Mode::Query,
    };
    if !matches!(named, None | Some("query" | "fragment" | "form_post")) {
        return Err(Fault::new(9_002_328, "invalid_request", "The response_mode is not supported; use query, fragment or form_post."));
    }
    let wanted = match words.as_slice() {
        [] => return Err(Fault::missing("response_type")),
        ["code"] => Wanted::Code,
        ["id_token"] => Wanted::IdToken,
        ["code", "id_token"] => Wanted::CodeAndIdToken,
        _ => return Err(unsupported_response()),
    };
    if wanted != Wanted::Code {
        if !app.web.implicit_grant_settings.enable_id_token_issuance {
            return Err(unsupported_response());
        }
        if named == Some("query") {
            back.mode = Mode::Fragment;
            return Err(Fault::new(9_002_329, "invalid_request", "The response_mode 'query' is not supported for this response_type."));
        }
    }
    Ok(wanted)
}

fn unsupported_response() -> Fault {
    Fault::new(700_054, "unsupported_response_type", "response_type 'id_token' is not enabled for the application.")
}

fn challenge(params: &Params) -> Result<Option<Challenge>, Fault> {
    let method = params.get("code_challenge_method");
    let Some(value) = params.get("code_challenge") else {
        return match method {
            Some(_) => Err(Fault::missing("code_challenge")),
            None => Ok(None),
        };
    };
    if !(43..=128).contains(&value.len()) {
        return Err(Fault::new(501_491, "invalid_request", "Invalid size of Code_Challenge parameter."));
    }
    match method {
        Some("S256") => Ok(Some(Challenge::Sha256(value.to_owned()))),
        None | Some("plain") => Ok(Some(Challenge::Plain(value.to_owned()))),
        Some(other) => Err(Fault::new(50_149, "invalid_request", format!("Invalid Code_Challenge_method parameter '{other}'."))),
    }
}

fn prompt(params: &Params) -> Result<Prompt, Fault> {
    match params.get("prompt") {
        None => Ok(Prompt::Usual),
        Some("login") => Ok(Prompt::Login),
        Some("none") => Ok(Prompt::None),
        Some("consent") => Ok(Prompt::Consent),
        Some("select_account") => Ok(Prompt::SelectAccount),
        Some(other) => Err(Fault::new(90_023, "invalid_request", format!("Unsupported 'prompt' value '{other}'."))),
    }
}

#[cfg(test)]
mod tests {
    use super::same_redirect;

    #[test]
    fn redirect_addresses_are_compared_exactly_except_for_the_port_of_plain_localhost() {
        let table = [
            ("https://a.example/cb", "https://a.example/cb", true),
            ("https://a.example/cb", "https://a.example/CB", false),
            ("https://a.example/cb", "https://a.example/cb/", false),
            ("https://localhost:1/cb", "https://localhost:2/cb", false),
            ("http://localhost/cb", "http://localhost:8123/cb", true),
            ("http://localhost:1/cb", "http://localhost:2/other", false),
        ];
        for (registered, written, same) in table {
            assert_eq!(same_redirect(registered, written), same, "{registered} {written}");
        }
    }
}
