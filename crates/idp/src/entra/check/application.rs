//! The registration: a token asked for with the client's own credentials (Microsoft: "OAuth 2.0 client credentials flow on the
//! Microsoft identity platform") proves directory, client ID and secret at once.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use model::idp::ClientAuthentication;
use serde_json::Value;

use super::{
    Finding,
    trouble::{Probe, Stage},
};
use crate::{
    IdpError,
    entra::redeem::{Applicant, Unanswered},
};

/// Permissions that are listed; the rest is counted.
const LISTED: usize = 30;

pub(super) async fn look(applicant: &Applicant<'_>) -> Vec<Finding> {
    let (endpoints, idp) = (applicant.endpoints, applicant.idp);
    let url = endpoints.own_token();
    let probe = Probe {
        idp,
        endpoints,
        url: &url,
        expected: "a token",
        unreachable: "token-endpoint-unreachable",
        unusable: "token-endpoint-unusable",
    };
    let scope = endpoints.graph_default_scope();
    let token = match applicant.own_token().await {
        Ok(token) => token,
        Err(Unanswered::Settings(IdpError::NoCredential(what))) => {
            return vec![Finding::note("client-not-checked", format!("without a {what}, directory ID and client ID could not be proven"))];
        }
        Err(Unanswered::Settings(error)) => {
            let fix = "Enter a certificate and its key that belong together, or name a federated token of the configuration file.";
            return vec![Finding::fault("client-credential", error.to_string(), fix)];
        }
        Err(Unanswered::Exchange(error)) => return vec![probe.finding(&error, Stage::Exchange)],
        Err(Unanswered::Status(status, error)) => return vec![probe.finding(&error, Stage::Status(status))],
        Err(Unanswered::Content(error)) => return vec![probe.finding(&error, Stage::Content)],
    };
    let credential = match idp.own.client_authentication {
        ClientAuthentication::Secret => "client secret",
        ClientAuthentication::Certificate { .. } => "client certificate",
        ClientAuthentication::Federated { .. } => "federated token",
    };
    let proven = format!("directory ID {}, client ID {} and the {credential} fit together", endpoints.tenant(), idp.client_id);
    vec![Finding::ok("client-credentials", proven), permissions(token.expose(), &scope)]
}

/// What the token says of itself. Its signature is not checked (it is Graph's to check), so this is for showing, never for access.
fn permissions(token: &str, scope: &str) -> Finding {
    let graph = scope.trim_end_matches("/.default");
    match roles(token) {
        None => Finding::note("application-permissions-unknown", format!("the application permissions for {graph} could not be read")),
        Some(roles) if roles.is_empty() => Finding::note(
            "application-permissions",
            format!("the registration has no application permissions for {graph}; signing in needs delegated ones only"),
        ),
        Some(roles) => {
            let more = roles.len().saturating_sub(LISTED);
            let rest = if more == 0 { String::new() } else { format!(" and {more} more") };
            let listed: Vec<&str> = roles.iter().take(LISTED).map(String::as_str).collect();
            let text = format!("the registration has these application permissions for {graph}: {}{rest}", listed.join(", "));
            Finding::note("application-permissions", text)
        }
    }
}

/// The `roles` of an unverified token; names that are no permission names are left out.
fn roles(token: &str) -> Option<Vec<String>> {
    let payload = token.split('.').nth(1)?;
    let claims = oidc::json::object(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
    let is_name = |name: &&str| name.len() <= 80 && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
    let Some(roles) = claims.get("roles") else { return Some(Vec::new()) };
    let mut names: Vec<String> = roles.as_array()?.iter().filter_map(Value::as_str).filter(is_name).map(str::to_owned).collect();
    names.sort();
    Some(names)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn token(claims: &Value) -> String {
        format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims.to_string()))
    }

    #[test]
    fn permissions_are_listed_and_odd_names_left_out() {
        let told = |token: &str| permissions(token, "https://graph.example/.default");
        let two = told(&token(&json!({ "roles": ["User.Read.All", "<script>", 7, "Policy.Read.All"] })));
        assert_eq!(
            two.text,
            "the registration has these application permissions for https://graph.example: Policy.Read.All, User.Read.All"
        );
        assert!(told(&token(&json!({}))).text.contains("no application permissions"));
        let many: Vec<String> = (0..100).map(|n| format!("R{n:03}")).collect();
        assert!(told(&token(&json!({ "roles": many }))).text.ends_with("R029 and 70 more"));
        for odd in ["", "opaque", "a.b.c", &token(&json!({ "roles": "x" })), &token(&json!([]))] {
            assert_eq!(told(odd).code, "application-permissions-unknown", "{odd}");
        }
    }
}
