//! The registration: a token asked for with the client's own credentials (Microsoft: "OAuth 2.0 client credentials flow on the
//! Microsoft identity platform") proves directory, client ID and credential at once.

use std::collections::BTreeSet;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use model::{Secret, finding::Finding, idp::ClientAuthentication};
use serde_json::Value;

use super::{Look, directory::Directory};
use crate::{
    IdpError,
    check::trouble::{Probe, Stage},
    entra::redeem::{Applicant, Unanswered},
};

/// Permissions that are listed; the rest is counted.
const LISTED: usize = 30;

/// The findings, and the directory as the application sees it, when it got a token.
pub(super) async fn look<'a>(look: &'a Look<'a>) -> (Vec<Finding>, Option<Directory<'a>>) {
    let Look { client, endpoints, idp, credentials, deadline, .. } = look;
    let applicant = Applicant { client, endpoints, idp, credentials, deadline: *deadline };
    let url = endpoints.own_token();
    let probe = Probe {
        asker: &look.asker,
        url: &url,
        expected: "a token",
        unreachable: "token-endpoint-unreachable",
        unusable: "token-endpoint-unusable",
    };
    let finding = match applicant.prove().await {
        Ok((token, proof)) => return proven(look, token, proof),
        Err(Unanswered::Settings(IdpError::NoCredential(what))) => Finding::unknown(
            "client-not-checked",
            format!("without a {what}, directory ID and client ID could not be proven"),
            "Give doorward the credential that its settings ask for.",
        ),
        Err(Unanswered::Settings(error)) => {
            let fix = "Enter a certificate and its key that belong together, or name a federated token of the configuration file.";
            Finding::fault("client-credential", error.to_string(), fix)
        }
        Err(Unanswered::Exchange(error)) => probe.finding(&error, Stage::Exchange),
        Err(Unanswered::Status(status, error)) => probe.finding(&error, Stage::Status(status)),
        Err(Unanswered::Content(error)) => probe.finding(&error, Stage::Content),
    };
    (vec![finding], None)
}

fn proven<'a>(look: &'a Look<'a>, token: Secret, proof: usize) -> (Vec<Finding>, Option<Directory<'a>>) {
    let (endpoints, idp) = (&look.endpoints, look.idp);
    let credential = match idp.own.client_authentication {
        ClientAuthentication::Secret => "the client secret",
        ClientAuthentication::Certificate { .. } => "the client certificate",
        ClientAuthentication::Federated { .. } => "the federated token",
    };
    let text = format!("directory ID {}, client ID {} and {credential} fit together", endpoints.tenant(), idp.client_id);
    let mut findings = vec![Finding::ok("client-credentials", text)];
    if proof > 0 {
        let text = "the first client secret is refused; the second one is in use";
        findings.push(Finding::warning("secret-spent", text, "Make the second secret the first, and remove the old one."));
    }
    findings.push(permissions(token.expose(), &endpoints.graph_default_scope()));
    let roles = roles(token.expose()).map(BTreeSet::from_iter);
    (findings, Some(Directory { look, token, proof, roles }))
}

/// What the token says of itself. Its signature is not checked (it is Graph's to check), so this is for showing, never for access.
fn permissions(token: &str, scope: &str) -> Finding {
    let graph = scope.trim_end_matches("/.default");
    match roles(token) {
        None => Finding::unknown(
            "application-permissions-unknown",
            format!("the application permissions for {graph} could not be read"),
            "Look at them in the registration: API permissions, column Type.",
        ),
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
