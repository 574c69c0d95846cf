//! The result of an evaluation.

use std::time::Duration;

use model::{IdpId, PolicyId, Timestamp, auth_context::ContextSet};
use serde::Serialize;

use crate::Reason;

/// The fast verdict with what the request path needs next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// The verdict.
    pub outcome: Outcome,
    /// Life of the application token as the deciding policy sets it; `None`: the application's own.
    pub session_duration: Option<Duration>,
    /// The end of the grant that an Allow rests on: then the question is a new one.
    pub until: Option<Timestamp>,
    /// The application has Service Auth policies (a failed one may be answered with 401).
    pub set_has_service_auth: bool,
}

/// What happens with the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The person may pass.
    Allow {
        /// The policy that matched.
        policy: PolicyId,
    },
    /// Forward without any check, token or log.
    Bypass {
        /// The policy that matched.
        policy: PolicyId,
    },
    /// Pass without a person.
    ServiceAuth {
        /// The policy that matched.
        policy: PolicyId,
    },
    /// Refused.
    Deny(Denial),
    /// Nobody has signed in, and the right person could pass.
    Login,
    /// This person could pass once their provider grants authentication contexts that it was never asked for.
    StepUp(StepUp),
    /// This person could pass once they gave or were given what the policy demands beside its rules. Closed until then.
    Ask(Ask),
}

impl Outcome {
    /// The stable name: `allow`, `bypass`, `service-auth`, `deny`, `login`, `step-up`, `ask`.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Allow { .. } => "allow",
            Self::Bypass { .. } => "bypass",
            Self::ServiceAuth { .. } => "service-auth",
            Self::Deny(_) => "deny",
            Self::Login => "login",
            Self::StepUp(_) => "step-up",
            Self::Ask(_) => "ask",
        }
    }
    /// The policy that decided; for a refusal the one that came nearest or that blocks, for a step-up the one that would let in.
    pub const fn policy(&self) -> Option<PolicyId> {
        match self {
            Self::Allow { policy } | Self::Bypass { policy } | Self::ServiceAuth { policy } => Some(*policy),
            Self::Deny(denial) => denial.policy,
            Self::StepUp(step_up) => Some(step_up.policy),
            Self::Ask(ask) => Some(ask.policy),
            Self::Login => None,
        }
    }
    /// True when the request goes on to the origin.
    pub const fn is_open(&self) -> bool {
        matches!(self, Self::Allow { .. } | Self::Bypass { .. } | Self::ServiceAuth { .. })
    }
}

/// What a signed-in person lacks: a question to their provider, never a permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct StepUp {
    /// The provider to ask: the one that the person signed in with.
    #[serde(rename = "identity_provider_id")]
    pub idp: IdpId,
    /// The Allow policy that would apply first.
    pub policy: PolicyId,
    /// What must be granted for that; none of them can be spared. Never empty.
    pub contexts: ContextSet,
}

/// What an Allow policy that matches demands besides, and the person has not: one of the two at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Ask {
    /// The policy. It is the first Allow that matches; those behind it are not asked.
    pub policy: PolicyId,
    /// A purpose, given in this session.
    pub purpose: bool,
    /// An approval that holds now.
    pub approval: bool,
}

/// A refusal, and what it hung on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Denial {
    /// Which sort of refusal.
    pub kind: DenialKind,
    /// The policy that blocks or, when none matched, the allow policy that came nearest; `None` when there is none.
    pub policy: Option<PolicyId>,
    /// Kind of the rule it hung on, as on the wire (`azureAD`).
    pub rule: Option<&'static str>,
    /// Which of the policy's three lists it stands in, perhaps inside a rule group.
    pub part: Option<Part>,
    /// What that rule said.
    pub reason: Reason,
}

/// Sorts of refusal; each has a page of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DenialKind {
    /// A person signed in and no policy admits them.
    NoPolicyMatched,
    /// A person signed in and a Block policy applies to them.
    BlockPolicy,
    /// Nobody could pass with this request, whoever they are: *forbidden*, without offering a sign-in.
    NonIdentity,
}

/// One of the three lists of a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// Any of these.
    Include,
    /// All of these.
    Require,
    /// None of these.
    Exclude,
}
