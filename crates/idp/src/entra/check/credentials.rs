//! The credential itself: its shape, and when it ends.

use model::{
    Secret, Timestamp,
    finding::Finding,
    idp::{ClientAuthentication, ClientCredentials, EntraSettings},
};
use serde_json::{Map, Value};
use x509_parser::pem::Pem;

use super::Look;
use crate::{
    check::ending::{CERTIFICATE, SECRET},
    entra::{SecretWarning, check_secret_shape},
};

/// What can be told of it without asking anybody.
pub(super) fn shape(idp: &EntraSettings, credentials: &ClientCredentials, now: Timestamp) -> Vec<Finding> {
    match &idp.own.client_authentication {
        ClientAuthentication::Secret => vec![secret_shape(credentials.secret.as_ref().or(credentials.second_secret.as_ref()))],
        ClientAuthentication::Certificate { certificate_pem } => {
            let mut findings = vec![certificate(certificate_pem, now)];
            if credentials.private_key.is_none() {
                let fix = "Enter the private key of the certificate (PKCS #8, PEM).";
                findings.push(Finding::fault("private-key-missing", "no private key is stored for the client certificate", fix));
            }
            findings
        }
        ClientAuthentication::Federated { token } => {
            vec![Finding::note(
                "federated-credential",
                format!("doorward proves itself with the federated token {token:?}; it has no secret that ends"),
            )]
        }
    }
}

fn secret_shape(secret: Option<&Secret>) -> Finding {
    let Some(secret) = secret else {
        return Finding::fault("secret-missing", "no client secret is stored", "Enter the Value of a client secret.");
    };
    match check_secret_shape(secret.expose()) {
        Some(SecretWarning::SecretId) => Finding::fault(
            "secret-id",
            "the client secret is a GUID: it is the Secret ID, not the secret",
            "Copy the column Value; it is shown only once, so make a new client secret if it was not saved.",
        ),
        Some(SecretWarning::WhiteSpace) => Finding::fault(
            "secret-white-space",
            "the client secret begins or ends with white space, which the copying added",
            "Enter the Value again without it.",
        ),
        None => Finding::ok("secret-shape", "the client secret has the shape of a Value"),
    }
}

fn certificate(pem: &str, now: Timestamp) -> Finding {
    let end = Pem::iter_from_buffer(pem.as_bytes()).next().and_then(|pem| {
        let pem = pem.ok()?;
        let validity = pem.parse_x509().ok()?.validity().clone();
        Some((Timestamp::from_secs(validity.not_before.timestamp()), Timestamp::from_secs(validity.not_after.timestamp())))
    });
    match end {
        None => Finding::fault("certificate-unreadable", "the client certificate is no X.509 certificate in PEM", "Enter it again."),
        Some((begin, _)) if begin > now => Finding::fault(
            "certificate-not-yet-valid",
            format!("the client certificate is good from {} on only", begin.rfc3339()),
            "Check the server's clock, or make a certificate that is good now.",
        ),
        Some((_, end)) => CERTIFICATE.finding(end, now, "as the certificate says"),
    }
}

/// When the secret in use (counted from 0) ends: read from the registration, else as an administrator told it, else unknown.
pub(super) fn end(look: &Look<'_>, used: usize, registration: Option<&Map<String, Value>>) -> Vec<Finding> {
    let own = &look.idp.own;
    let secret = in_use(look.credentials, used);
    let (ClientAuthentication::Secret, Some(secret)) = (&own.client_authentication, secret) else { return Vec::new() };
    if check_secret_shape(secret.expose()) == Some(SecretWarning::SecretId) {
        return Vec::new();
    }
    let listed = registration.and_then(|map| map.get("passwordCredentials")?.as_array());
    if let Some(ends) = listed.map(|list| ends(list, secret.expose())) {
        // The same first characters: the one that ends last may be ours, the others are not counted.
        return vec![match ends.into_iter().max() {
            Some(end) => SECRET.finding(end, look.now, "read from the registration"),
            None => Finding::warning(
                "secret-unlisted",
                "the registration lists no client secret that begins like the configured one",
                "Compare the first characters under Certificates & secrets; the secret may be of another registration or removed.",
            ),
        }];
    }
    match own.secret_ends_at {
        Some(end) => vec![SECRET.finding(end, look.now, "as an administrator told doorward")],
        None => vec![Finding::unknown(
            "secret-end-unknown",
            "nobody told doorward when the client secret ends, and it may not read it",
            "Set secret_ends_at in the provider's options, as the column Expires shows it; or grant the application permission \
             Application.Read.All.",
        )],
    }
}

/// The secret that was believed; they are tried in this order.
fn in_use(credentials: &ClientCredentials, used: usize) -> Option<&Secret> {
    [&credentials.secret, &credentials.second_secret].into_iter().flatten().nth(used)
}

/// The ends of the listed credentials whose hint the secret begins with (Microsoft Graph: "passwordCredential resource type").
fn ends(list: &[Value], secret: &str) -> Vec<Timestamp> {
    let hinted = |item: &&Value| item["hint"].as_str().is_some_and(|hint| !hint.is_empty() && secret.starts_with(hint));
    list.iter().filter(hinted).filter_map(|item| Timestamp::parse(item["endDateTime"].as_str()?)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_are_matched_by_their_first_characters() {
        let list = [
            json!({"hint": "abc", "endDateTime": "2026-10-01T00:00:00Z"}),
            json!({"hint": "xyz", "endDateTime": "2027-10-01T00:00:00Z"}),
            json!({"hint": "", "endDateTime": "2028-10-01T00:00:00Z"}),
            json!({"hint": null, "endDateTime": "2028-10-01T00:00:00Z"}),
            json!({"hint": "abc", "endDateTime": "soon"}),
        ];
        assert_eq!(ends(&list, "abc8Q~x"), [Timestamp::parse("2026-10-01T00:00:00Z").unwrap()]);
        assert!(ends(&list, "Abc8Q~x").is_empty());
    }

    #[test]
    fn the_end_is_that_of_the_secret_in_use() {
        let secret = |text: &str| Some(Secret::new(text));
        for (first, second, used, expected) in [
            (secret("first"), secret("second"), 0, Some("first")),
            (secret("first"), secret("second"), 1, Some("second")),
            (None, secret("second"), 0, Some("second")),
            (None, None, 0, None),
        ] {
            let credentials = ClientCredentials { secret: first, second_secret: second, ..ClientCredentials::default() };
            assert_eq!(in_use(&credentials, used).map(Secret::expose), expected);
        }
    }
}
