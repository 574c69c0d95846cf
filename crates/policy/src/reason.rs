//! Why a rule said what it said: one list with stable names, used in logs, explanations and the policy tester.

mod fix;
mod told;

use std::fmt;

use model::identity::GroupsUnknown;
use serde::{Serialize, Serializer};

macro_rules! reasons {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal),* $(,)?) => {
        /// Why a rule, or a policy as a whole, came to its value. The names of [`Reason::as_str`] are stable.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Reason { $($(#[doc = $doc])+ $name),* }

        impl Reason {
            /// Every reason, in the order of the list.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The stable name, in kebab case.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }

            /// What it means: a sentence or two.
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$name => concat!($($doc),+)),* }.trim()
            }
        }
    };
}

reasons! {
    /// The fact is what the rule asks for.
    Matches = "matches",
    /// The fact is something else than the rule asks for.
    Differs = "differs",
    /// The rule speaks of another provider than the one the person signed in with.
    OtherProvider = "other-provider",
    /// The request carried no valid service token.
    NoServiceToken = "no-service-token",
    /// Nobody has signed in yet.
    SignInRequired = "sign-in-required",
    /// The policy or rule group has no include rule, so it never matches.
    NoInclude = "no-include",
    /// The address of a guest or foreign account whose domain nobody vouched for.
    EmailUnverified = "email-unverified",
    /// The client's address is not known.
    AddressUnknown = "address-unknown",
    /// The client's country is not known: no trusted peer told it.
    CountryUnknown = "country-unknown",
    /// Groups are not read for this provider (`support_groups` is off).
    GroupsNotRequested = "groups-not-requested",
    /// The directory refused to tell the person's groups: permission or consent is missing.
    GroupsGraphRefused = "groups-graph-refused",
    /// Reading the person's groups failed.
    GroupsGraphFailed = "groups-graph-failed",
    /// A part of the person's list of groups is missing.
    GroupsIncomplete = "groups-incomplete",
    /// The person never signed in, and provisioning tells nothing about this group.
    GroupNotProvisioned = "group-not-provisioned",
    /// The person never signed in. Provisioning sent the group with its direct members only; whether they are in it through another group is not known.
    GroupNestedUnknown = "group-nested-unknown",
    /// The provider did not say how the person authenticated.
    AuthenticationMethodsUnknown = "authentication-methods-unknown",
    /// The provider was never asked for this authentication context, and did not name it by itself.
    AuthenticationContextNotAsked = "authentication-context-not-asked",
    /// The provider was asked for this authentication context and did not grant it.
    AuthenticationContextNotGranted = "authentication-context-not-granted",
    /// The provider was not asked for this claim.
    ClaimUnknown = "claim-unknown",
    /// A service token counts in Service Auth, Bypass and Block policies only.
    ServiceTokenNotCounted = "service-token-not-counted",
    /// Rules about the person do not count in Bypass and Service Auth policies.
    IdentityRuleNotCounted = "identity-rule-not-counted",
    /// The rule group does not exist.
    RuleGroupMissing = "rule-group-missing",
    /// The rule group leads to itself.
    RuleGroupCycle = "rule-group-cycle",
    /// The rule group is nested too deep, or has too many rules when written out.
    RuleGroupTooLarge = "rule-group-too-large",
    /// The rule's value has not the form that it must have.
    RuleUnreadable = "rule-unreadable",
    /// No sign-in is linked to a device, so nothing is known about the device at hand.
    DeviceNotLinked = "device-not-linked",
    /// The posture rule does not exist.
    PostureRuleMissing = "posture-rule-missing",
    /// The directory told no device of the person.
    NoDevice = "no-device",
    /// The directory's devices were never read: permission is missing, or it did not answer.
    DevicesUnread = "devices-unread",
    /// The directory's devices were read too long ago.
    DevicesStale = "devices-stale",
    /// The facts were read from another directory than the person's.
    OtherDirectory = "other-directory",
    /// Whether the client holds a certificate is not known: none is asked for on this host.
    ClientCertificateNotAsked = "client-certificate-not-asked",
    /// The client showed no certificate that an authority of this host vouches for.
    NoClientCertificate = "no-client-certificate",
    /// The client certificate has no common name, or several.
    CommonNameUnclear = "common-name-unclear",
    /// The list does not exist.
    ListMissing = "list-missing",
    /// The list holds something else than the rule looks for.
    ListOfAnotherKind = "list-of-another-kind",
    /// SAML providers are not available.
    SamlUnavailable = "saml-unavailable",
    /// Okta providers are not available.
    OktaUnavailable = "okta-unavailable",
    /// Google Workspace providers are not available.
    GoogleWorkspaceUnavailable = "google-workspace-unavailable",
    /// GitHub providers are not available.
    GithubUnavailable = "github-unavailable",
    /// The endpoint was not asked about this person: the rule is newer than their sign-in.
    EvaluationMissing = "evaluation-missing",
    /// The endpoint was asked and said nothing that can be believed.
    EvaluationFailed = "evaluation-failed",
    /// The person's risk was never read: it is not switched on, permission is missing, or the directory did not answer.
    RiskUnread = "risk-unread",
    /// The person's risk was read too long ago.
    RiskStale = "risk-stale",
    /// The tenant's licence hides the person's risk.
    RiskHidden = "risk-hidden",
    /// The request carried no valid token of another application.
    NoLinkedAppToken = "no-linked-app-token",
    /// A token of another application counts in Service Auth, Bypass and Block policies only.
    LinkedAppTokenNotCounted = "linked-app-token-not-counted",
    /// Membership of the account is not available.
    AccountMemberUnavailable = "account-member-unavailable",
    /// The application has no policy that could let a person in.
    NoAllowPolicy = "no-allow-policy",
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
impl From<&GroupsUnknown> for Reason {
    fn from(why: &GroupsUnknown) -> Self {
        match why {
            GroupsUnknown::NotRequested => Self::GroupsNotRequested,
            GroupsUnknown::GraphRefused => Self::GroupsGraphRefused,
            GroupsUnknown::GraphFailed => Self::GroupsGraphFailed,
            GroupsUnknown::Incomplete => Self::GroupsIncomplete,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_kebab_case_and_given_once() {
        let names: BTreeSet<_> = Reason::ALL.iter().map(|r| r.as_str()).collect();
        assert_eq!(names.len(), Reason::ALL.len());
        for name in names {
            assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{name}");
        }
    }

    #[test]
    fn reasons_of_unknown_groups_keep_the_name_of_the_model() {
        for why in [GroupsUnknown::NotRequested, GroupsUnknown::GraphRefused, GroupsUnknown::GraphFailed, GroupsUnknown::Incomplete] {
            assert_eq!(Reason::from(&why).as_str(), format!("groups-{}", why.as_str()));
        }
    }
}
