//! What the application shows to Entra's token endpoint: secrets, an assertion of its certificate's key, or one of another issuer.

use std::{collections::BTreeMap, path::PathBuf};

use model::{
    Secret,
    idp::{ClientAuthentication, ClientCredentials, EntraSettings},
};
use oidc::assertion::Assertion;
use tokio::io::AsyncReadExt as _;
use url::Url;

use crate::{IdpError, certificate::Pair, fetch::Deadline, token::Proof};

/// Largest assertion read from a file, in bytes.
const MAX_ASSERTION: u64 = 16 * 1024;

/// The login services of Microsoft's clouds (Microsoft: "National clouds", Microsoft Entra authentication endpoints).
const MICROSOFT: [&str; 3] =
    ["https://login.microsoftonline.com", "https://login.microsoftonline.us", "https://login.partner.microsoftonline.cn"];

/// Assertions of other issuers.
pub(crate) struct FederatedTokens {
    /// Files, by the name that settings use.
    pub files: BTreeMap<String, PathBuf>,
    /// Origin of the login service that the configuration file names.
    pub login: String,
}

impl FederatedTokens {
    /// Whoever receives an assertion can use it: it goes to Microsoft, and to whom the configuration file names, never to an address
    /// that only the API gave (ruling 7).
    fn may_go_to(&self, url: &Url) -> bool {
        let origin = url.origin().ascii_serialization();
        origin == self.login || MICROSOFT.contains(&origin.as_str())
    }
}

/// The proofs in the order in which they are tried; `url` is the token endpoint that will be asked.
pub(super) async fn proofs<'a>(
    idp: &EntraSettings,
    credentials: &'a ClientCredentials,
    tokens: &FederatedTokens,
    url: &Url,
    deadline: Deadline,
) -> Result<Vec<Proof<'a>>, IdpError> {
    match &idp.own.client_authentication {
        ClientAuthentication::Secret => {
            let proofs: Vec<_> = [&credentials.secret, &credentials.second_secret].into_iter().flatten().map(Proof::Post).collect();
            if proofs.is_empty() { Err(IdpError::NoCredential("client secret")) } else { Ok(proofs) }
        }
        ClientAuthentication::Certificate { certificate_pem } => {
            let key = credentials.private_key.as_ref().ok_or(IdpError::NoCredential("private key of the client certificate"))?;
            let pair = Pair::read(certificate_pem, key).map_err(IdpError::Certificate)?;
            let id = hex::encode(rand::random::<[u8; 16]>());
            let assertion = Assertion { client_id: &idp.client_id, audience: url.as_str(), id: &id, now_secs: deadline.now().secs() };
            let signed = assertion.sign(&pair.key, &pair.certificate).map_err(|_| IdpError::NotSigned)?;
            Ok(vec![Proof::Assertion(Secret::new(signed))])
        }
        ClientAuthentication::Federated { token } if tokens.may_go_to(url) => {
            Ok(vec![Proof::Assertion(federated(&tokens.files, token).await?)])
        }
        ClientAuthentication::Federated { token } => Err(IdpError::FederatedToken {
            name: token.clone(),
            reason: format!(
                "it is sent to Microsoft's login services, or to entra_login_url of the configuration file, not to {}",
                url.origin().ascii_serialization()
            ),
        }),
    }
}

/// Read anew each time: whoever writes the file replaces it before its assertion ends.
async fn federated(files: &BTreeMap<String, PathBuf>, name: &str) -> Result<Secret, IdpError> {
    let fault = |reason: String| IdpError::FederatedToken { name: name.to_owned(), reason };
    let path = files.get(name).ok_or_else(|| fault("the server's configuration does not name it in [outbound.federated_tokens]".into()))?;
    let file = tokio::fs::File::open(path).await.map_err(|e| fault(e.to_string()))?;
    let mut text = String::new();
    file.take(MAX_ASSERTION + 1).read_to_string(&mut text).await.map_err(|e| fault(e.to_string()))?;
    if text.len() as u64 > MAX_ASSERTION {
        return Err(fault(format!("it has more than {MAX_ASSERTION} bytes")));
    }
    let token = text.trim();
    let is_part = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    if token.split('.').count() != 3 || !token.split('.').all(is_part) {
        return Err(fault("it does not hold a signed token (three parts separated by dots)".into()));
    }
    Ok(Secret::new(token))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_federated_token_goes_to_microsoft_and_to_the_login_service_of_the_configuration_file() {
        let tokens = FederatedTokens { files: BTreeMap::new(), login: "https://login.harbourworks.example:8443".into() };
        for (url, may) in [
            ("https://login.microsoftonline.com/t/oauth2/v2.0/token", true),
            ("https://login.partner.microsoftonline.cn/t/oauth2/v2.0/token", true),
            ("https://login.harbourworks.example:8443/t/oauth2/v2.0/token", true),
            ("https://login.harbourworks.example/t/oauth2/v2.0/token", false),
            ("https://login.microsoftonline.com.evil.example/t/oauth2/v2.0/token", false),
            ("https://evil.example/login.microsoftonline.com", false),
            ("http://login.microsoftonline.com/t/oauth2/v2.0/token", false),
        ] {
            assert_eq!(tokens.may_go_to(&Url::parse(url).unwrap()), may, "{url}");
        }
    }

    #[tokio::test]
    async fn a_federated_token_is_read_anew_and_its_faults_are_named() {
        let folder = std::env::temp_dir().join(format!("doorward-federated-{}", hex::encode(rand::random::<[u8; 8]>())));
        std::fs::create_dir(&folder).unwrap();
        let path = folder.join("token");
        let files = BTreeMap::from([("workload".to_owned(), path.clone())]);
        let told = async |name: &str| federated(&files, name).await.map(|s| s.expose().to_owned()).map_err(|e| e.to_string());
        assert!(told("other").await.unwrap_err().contains("[outbound.federated_tokens]"));
        assert!(told("workload").await.unwrap_err().contains("\"workload\""));
        for (text, expected) in
            [("a.b.c\n", Ok("a.b.c")), ("d.e-_.f", Ok("d.e-_.f")), ("a.b", Err("three parts")), ("a..c", Err("three parts"))]
        {
            std::fs::write(&path, text).unwrap();
            match expected {
                Ok(token) => assert_eq!(told("workload").await.unwrap(), token),
                Err(word) => assert!(told("workload").await.unwrap_err().contains(word), "{text}"),
            }
        }
        std::fs::write(&path, "x".repeat(20_000)).unwrap();
        assert!(told("workload").await.unwrap_err().contains("more than"));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
