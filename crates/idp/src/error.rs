//! What can go wrong with a provider, told so that a person knows what to do.

use std::net::IpAddr;

use oidc::id_token::IdTokenError;

/// A fault of the configuration, found before anything is sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdpError {
    /// An extra root is not PEM.
    #[error("extra root certificate number {number} is not a PEM certificate: {reason}")]
    Root {
        /// Counted from 1.
        number: usize,
        /// What the parser says.
        reason: String,
    },
    /// The HTTP client cannot be built, for example because the machine has no root certificates.
    #[error("the HTTP client for identity providers cannot be built: {0}")]
    Build(String),
    /// An address of the cloud is not an origin.
    #[error(
        "{member} of the provider is {value:?}; expected an origin such as https://login.microsoftonline.com (plain \
         http only on a loopback host)"
    )]
    Cloud {
        /// `login_url` or `graph_url`.
        member: &'static str,
        /// What was configured.
        value: String,
    },
    /// The settings ask for a credential that is not stored.
    #[error("no {0} is stored for the provider")]
    NoCredential(&'static str),
    /// The client certificate or its key.
    #[error("the client certificate cannot be used: {0}")]
    Certificate(crate::CertificateError),
    /// The assertion could not be signed.
    #[error("the cryptography library could not sign with the key of the client certificate")]
    NotSigned,
    /// The assertion of another issuer could not be had.
    #[error("the federated token {name:?} cannot be used: {reason}")]
    FederatedToken {
        /// Its name in the settings.
        name: String,
        /// Why not.
        reason: String,
    },
    /// An address of a generic provider cannot be called.
    #[error("{member} of the provider is {value:?}; expected an https address without credentials (plain http only on a loopback host)")]
    Endpoint {
        /// `auth_url`, `token_url` or `certs_url`.
        member: &'static str,
        /// What was configured.
        value: String,
    },
}

/// Who can do something about a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// The person starts the sign-in again.
    SignInAgain,
    /// The person acts at the provider (other account, password, device).
    Person,
    /// An administrator changes the registration, the provider's settings or an assignment.
    Administrator,
}

/// The provider said no, with the diagnosis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Number of the AADSTS code, when there is one. For showing, never for branching on access.
    pub code: Option<u32>,
    /// The OAuth `error` value, cut to 64 characters.
    pub error: String,
    /// What happened, in plain words.
    pub cause: String,
    /// What to do.
    pub fix: String,
    /// By whom.
    pub remedy: Remedy,
    /// The provider's own text for the log: at most 500 characters, no control characters. Never for a page.
    pub detail: String,
}

impl Refusal {
    /// `AADSTS7000215`, or the OAuth error when there is no code.
    pub fn label(&self) -> String {
        self.code.map_or_else(|| self.error.clone(), |c| format!("AADSTS{c}"))
    }
}

/// Why a sign-in did not succeed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignInError {
    /// No connection, no answer in time, or a 5xx: try later.
    #[error("{what} did not answer: {detail}")]
    Down {
        /// Which service.
        what: &'static str,
        /// Why, for the log.
        detail: String,
    },
    /// The provider refused, or the settings forbid the call.
    #[error("{} ({})", .0.cause, .0.label())]
    Refused(Box<Refusal>),
    /// An answer that cannot be read, is too large, or is not signed by the provider.
    #[error("{what} answered something unusable: {detail}")]
    Nonsense {
        /// Which service.
        what: &'static str,
        /// Why, for the log.
        detail: String,
    },
    /// A properly signed answer that is not for this sign-in: nonce, issuer, audience, tenant, times.
    #[error("the answer does not belong to this sign-in: {0}")]
    Mismatch(String),
    /// No claim holds an e-mail address.
    #[error("no usable e-mail address: {}", .0.join("; "))]
    NoEmail(
        /// What was looked at, in order, and what was found.
        Vec<String>,
    ),
}

impl SignInError {
    /// A short stable name for logs and counters.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Down { .. } => "down",
            Self::Refused(_) => "refused",
            Self::Nonsense { .. } => "nonsense",
            Self::Mismatch(_) => "mismatch",
            Self::NoEmail(_) => "no-email",
        }
    }

    /// What to do, for a page.
    pub fn fix(&self) -> &str {
        match self {
            Self::Down { .. } => "Try again in a few minutes.",
            Self::Refused(refusal) => &refusal.fix,
            Self::Nonsense { .. } => {
                "Try again; if it stays, an administrator should check the provider's addresses, with Entra the directory ID."
            }
            Self::Mismatch(_) => {
                "Start the sign-in again from the application. If it stays, an administrator should check the \
                 provider's issuer (with Entra the directory ID), the client ID and the clock of the server."
            }
            Self::NoEmail(_) => {
                "An administrator should fill in the person's mail at the provider, see to it that ID tokens hold the claim email \
                 (with Entra the registration's optional claim), or set the provider's e-mail claim."
            }
        }
    }

    pub(crate) fn private_address(host: &str, address: IpAddr) -> Self {
        Self::Refused(Box::new(Refusal {
            code: None,
            error: "private_address".into(),
            cause: format!("{host} is at {address}, which is not a public address"),
            fix: "If that is meant, an administrator lists the network in the configuration file.".into(),
            remedy: Remedy::Administrator,
            detail: String::new(),
        }))
    }
}

/// Why looking again did not work.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RefreshError {
    /// The provider does not welcome the person any more: their sessions end.
    #[error("the provider withdrew the sign-in: {} ({})", .0.cause, .0.label())]
    Revoked(Box<Refusal>),
    /// Nothing was learnt about the person: try again later.
    #[error("the provider could not be asked: {0}")]
    Transient(SignInError),
}

impl RefreshError {
    pub(crate) fn somebody_else(who: &str) -> Self {
        Self::Revoked(Box::new(Refusal {
            code: None,
            error: "another_person".into(),
            cause: "the provider's answer is about somebody else, or about a tenant that is not admitted any more".into(),
            fix: "Sign in again.".into(),
            remedy: Remedy::SignInAgain,
            detail: tame(who),
        }))
    }
}

impl From<SignInError> for RefreshError {
    fn from(error: SignInError) -> Self {
        Self::Transient(error)
    }
}

impl From<IdpError> for SignInError {
    fn from(e: IdpError) -> Self {
        Self::Refused(Box::new(Refusal {
            code: None,
            error: "provider_settings".into(),
            cause: e.to_string(),
            fix: "An administrator corrects the provider's settings.".into(),
            remedy: Remedy::Administrator,
            detail: String::new(),
        }))
    }
}

/// Signed by the provider but not for this sign-in is a mismatch; everything else is no usable answer of `what`.
pub(crate) fn not_accepted(what: &'static str, error: &IdTokenError) -> SignInError {
    match error {
        IdTokenError::Nonce
        | IdTokenError::Issuer { .. }
        | IdTokenError::KeyOfAnotherIssuer(_)
        | IdTokenError::Audience { .. }
        | IdTokenError::AuthorizedParty(_)
        | IdTokenError::Tenant(_)
        | IdTokenError::Version1
        | IdTokenError::Version(_)
        | IdTokenError::Expired { .. }
        | IdTokenError::NotYet { .. } => SignInError::Mismatch(error.to_string()),
        IdTokenError::Token(_)
        | IdTokenError::NoKeyId
        | IdTokenError::UnknownKey(_)
        | IdTokenError::Missing(_)
        | IdTokenError::Claim { .. } => SignInError::Nonsense { what, detail: error.to_string() },
    }
}

/// Text written by somebody else, made fit for one log line: at most 500 characters, no control characters.
pub(crate) fn tame(text: &str) -> String {
    let flat: String = text.chars().take(500).map(|c| if c.is_control() { ' ' } else { c }).collect();
    flat.trim().to_owned()
}

/// An address as somebody typed it, fit to be shown: at most 120 characters, and no user or password in it.
pub(crate) fn shown_address(value: &str) -> String {
    let bare = value.rsplit_once('@').map(|(_, rest)| format!("…@{rest}"));
    bare.as_deref().unwrap_or(value).chars().take(120).collect()
}
