//! Owns why a call of a SCIM endpoint fails, and Graph's word for it.

/// Why a call failed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Failure {
    /// No usable tenant URL or secret.
    #[error("the job has no tenant URL or secret token")]
    NotConfigured,
    /// No answer.
    #[error("the SCIM endpoint did not answer: {0}")]
    Transport(String),
    /// The credentials are not accepted.
    #[error("the SCIM endpoint refused the credentials with status {0}")]
    Credentials(u16),
    /// The endpoint is in trouble.
    #[error("the SCIM endpoint answered with status {0}")]
    Trouble(u16),
    /// This one object is refused.
    #[error("the SCIM endpoint answered {method} {path} with status {status}: {detail}")]
    Refused {
        /// Verb.
        method: String,
        /// Path.
        path: String,
        /// Status.
        status: u16,
        /// The answer's `detail`.
        detail: String,
    },
    /// The answer is not what SCIM asks for.
    #[error("the answer of the SCIM endpoint cannot be used: {0}")]
    Nonsense(&'static str),
    /// The object cannot be looked up.
    #[error("the object cannot be matched: {0}")]
    Unmatched(&'static str),
    /// More than one object fits.
    #[error("more than one object in the target has {0}")]
    Ambiguous(String),
}

impl Failure {
    /// Whether it concerns the endpoint as a whole, not one object.
    pub fn is_general(&self) -> bool {
        matches!(self, Self::NotConfigured | Self::Transport(_) | Self::Credentials(_) | Self::Trouble(_) | Self::Nonsense(_))
    }

    /// Graph's word for it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::NotConfigured | Self::Credentials(_) => "InvalidCredentials",
            Self::Transport(_) => "SystemForCrossDomainIdentityManagementServiceUnreachable",
            Self::Trouble(_) => "SystemForCrossDomainIdentityManagementServiceUnavailable",
            Self::Refused { status: 409, .. } => "SystemForCrossDomainIdentityManagementEntryConflict",
            Self::Refused { .. } => "SystemForCrossDomainIdentityManagementBadRequest",
            Self::Nonsense(_) => "SystemForCrossDomainIdentityManagementServiceIncompatible",
            Self::Unmatched(_) => "JoiningPropertyValueIsNotPresent",
            Self::Ambiguous(_) => "DuplicateTargetEntries",
        }
    }
}
