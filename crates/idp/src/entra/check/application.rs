//! The registration: a token asked for with the client's own credentials (Microsoft: "OAuth 2.0 client credentials flow on the
//! Microsoft identity platform") proves directory, client ID and secret at once.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use model::{Secret, idp::EntraSettings};
use serde_json::Value;

use super::{
    Finding,
    trouble::{Probe, Stage},
};
use crate::{
    entra::{
        Endpoints,
        redeem::{TOKEN, refused},
    },
    error::SignInError,
    fetch::{Deadline, Fetcher},
    token::MAX_ANSWER,
};

/// Permissions that are listed; the rest is counted.
const LISTED: usize = 30;

pub(super) async fn look(
    fetcher: &Fetcher,
    endpoints: &Endpoints,
    idp: &EntraSettings,
    secret: Option<&Secret>,
    deadline: Deadline,
) -> Vec<Finding> {
    let Some(secret) = secret else {
        return vec![Finding::note("client-not-checked", "without a client secret, directory ID and client ID could not be proven")];
    };
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
    let form = [
        ("client_id", idp.client_id.as_str()),
        ("client_secret", secret.expose()),
        ("grant_type", "client_credentials"),
        ("scope", &scope),
    ];
    let request = fetcher.http.post(url.clone()).form(&form);
    let answer = match fetcher.send(TOKEN, &url, request, MAX_ANSWER, deadline).await {
        Ok(answer) => answer,
        Err(error) => return vec![probe.finding(&error, Stage::Exchange)],
    };
    if !answer.status.is_success() {
        return vec![probe.finding(&refused(TOKEN, answer.status, &answer.body), Stage::Status(answer.status))];
    }
    let map = oidc::json::object(&answer.body).unwrap_or_default();
    let Some(token) = map.get("access_token").and_then(Value::as_str) else {
        let error = SignInError::Nonsense { what: TOKEN, detail: "no access_token in the answer".into() };
        return vec![probe.finding(&error, Stage::Content)];
    };
    let proven = format!("directory ID {}, client ID {} and the client secret fit together", endpoints.tenant(), idp.client_id);
    vec![Finding::ok("client-credentials", proven), permissions(token, &scope)]
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
