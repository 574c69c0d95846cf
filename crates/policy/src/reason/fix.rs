//! What to do about a rule that stands in the way: one sentence for each reason, in one table.
//!
//! Sentences have places in braces, which whoever shows them fills in with names: `{person}` who asked, `{provider}` the login method that
//! the rule speaks of, `{rule}` what the rule names (a group, an address, a country …), `{fact}` what was found instead, `{policy}` the
//! policy.

use crate::Reason;

impl Reason {
    /// The sentence for a rule of this kind (its name on the wire). Only `matches` and `differs` depend on the kind.
    pub fn fix_of(self, kind: &str) -> &'static str {
        match self {
            Self::Matches => of_match(kind),
            Self::Differs => of_difference(kind),
            _ => self.fix(),
        }
    }

    /// The sentence for whatever kind of rule.
    pub const fn fix(self) -> &'static str {
        match self {
            Self::Matches => {
                "The policy \"{policy}\" keeps out whoever fits this rule ({rule}): change the policy, or what makes {person} fit it."
            }
            Self::Differs => {
                "Change what the rule looks at so that it is {rule}, or add a rule that fits {person} to the policy \"{policy}\"."
            }
            Self::OtherProvider => "Sign in through {provider}, of which the rule speaks, or add a rule for the provider that was used.",
            Self::NoServiceToken => "Send the client id and secret of a service token that is enabled and has not expired.",
            Self::SignInRequired => "Sign in: nothing is known about the person before that.",
            Self::NoInclude => "Add an include rule to the policy \"{policy}\": without one it never applies.",
            Self::EmailUnverified => {
                "Name {person} by a group, or have the address vouched for: let the provider send xms_edov, or mark it as authoritative for the domain."
            }
            Self::AddressUnknown => "Check http.trusted_peers and the header in which the trusted peer tells the client's address.",
            Self::CountryUnknown => "Let a trusted peer tell the country (http.country_header): it is not guessed from the address.",
            Self::GroupsNotRequested => "Switch on support_groups for {provider}, and sign in again.",
            Self::GroupsGraphRefused => {
                "Grant the application GroupMember.Read.All in {provider} with an administrator's consent, and sign in again."
            }
            Self::GroupsGraphFailed => "Sign in again once Microsoft Graph answers; `doorward doctor idp` tells whether it does.",
            Self::GroupsIncomplete => "Sign in again: a page of the list of groups was missing.",
            Self::GroupNotProvisioned => {
                "Let {person} sign in once, or assign the group {rule} to the provisioning of {provider}: SCIM has not sent it."
            }
            Self::GroupNestedUnknown => {
                "Let {person} sign in once, or let {provider} fill in the members of groups in groups (expand_nested_secs)."
            }
            Self::AuthenticationMethodsUnknown => {
                "Let {provider} tell how people authenticate (the claim amr), or ask for an authentication context instead."
            }
            Self::AuthenticationContextNotAsked => "Sign in again: the authentication context {rule} is then asked for.",
            Self::AuthenticationContextNotGranted => {
                "Fulfil what Conditional Access asks for the authentication context {rule}, and sign in again; the sign-in logs of {provider} tell more."
            }
            Self::ClaimUnknown => "Add the claim {rule} to the claims of {provider}, and sign in again.",
            Self::ServiceTokenNotCounted => {
                "Move the rule to a Service Auth policy: a service token does not count in Allow policies such as \"{policy}\"."
            }
            Self::IdentityRuleNotCounted => {
                "Move the rule to an Allow policy: rules about people do not count in Bypass and Service Auth policies such as \"{policy}\"."
            }
            Self::RuleGroupMissing => "Take the rule out of \"{policy}\", or make the rule group that it names again.",
            Self::RuleGroupCycle => "Break the circle: the rule group leads to itself through the groups that it names.",
            Self::RuleGroupTooLarge => "Split the rule group: it is nested too deep, or has too many rules when written out.",
            Self::RuleUnreadable => "Write the rule anew: its value has not the form that it must have.",
            Self::DeviceNotLinked => {
                "Use the posture check that asks for all of a person's devices: no sign-in tells which device is at hand."
            }
            Self::PostureRuleMissing => "Take the rule out of \"{policy}\", or make the posture rule that it names again.",
            Self::NoDevice => "Enrol a device of {person} in Intune.",
            Self::DevicesUnread => {
                "Grant the integration DeviceManagementManagedDevices.Read.All with an administrator's consent, and wait for the next reading."
            }
            Self::DevicesStale => "Find out why the directory's devices are not read any more: the server's log and warnings tell.",
            Self::OtherDirectory => "Connect the posture integration or the reading of risk to the directory of {person}.",
            Self::ClientCertificateNotAsked => {
                "Add the host to the certificate authority whose certificates should count: it asks for none."
            }
            Self::NoClientCertificate => "Show a client certificate of an authority that is set up for this host.",
            Self::CommonNameUnclear => "Show a client certificate with exactly one common name.",
            Self::ListMissing => "Take the rule out of \"{policy}\", or make the list that it names again.",
            Self::ListOfAnotherKind => "Name a list of the kind that the rule looks for: addresses of people, or addresses of clients.",
            Self::SamlUnavailable => "Use another kind of rule: there are no SAML providers yet.",
            Self::OktaUnavailable => "Use another kind of rule: there are no Okta providers yet.",
            Self::GoogleWorkspaceUnavailable => "Use another kind of rule: there are no Google Workspace providers yet.",
            Self::GithubUnavailable => "Use another kind of rule: there are no GitHub providers yet.",
            Self::EvaluationMissing => "Sign in again: the service behind {rule} is then asked about {person}.",
            Self::EvaluationFailed => {
                "Find out why the service behind {rule} did not answer, or answered what could not be believed; then sign in again."
            }
            Self::RiskUnread => {
                "Switch on the reading of risk for {provider}, and grant IdentityRiskyUser.Read.All with an administrator's consent."
            }
            Self::RiskStale => "Find out why the risk is not read any more: the server's log and warnings tell.",
            Self::RiskHidden => "Give the tenant a licence that shows risk levels, or take the rule out of \"{policy}\".",
            Self::NoLinkedAppToken => "Hand on the token of the application {rule} in the header Cf-Access-Token.",
            Self::LinkedAppTokenNotCounted => {
                "Move the rule to a Service Auth policy: tokens of other applications do not count in Allow policies such as \"{policy}\"."
            }
            Self::AccountMemberUnavailable => "Name {person} by address or group instead: membership of the account is not available.",
            Self::NoAllowPolicy => "Add an Allow policy to the application: without one nobody is let in.",
        }
    }
}

/// The fact is not what the rule asks for.
fn of_difference(kind: &str) -> &'static str {
    match kind {
        "email" => "Add a rule for {person} to the policy \"{policy}\", or sign in as {rule}.",
        "email_domain" => "Sign in with an address of {rule}, or add a rule that fits {person} to the policy \"{policy}\".",
        "email_list" => "Add {fact} to the list {rule}.",
        "ip" => "Come from {rule}, or add {fact} to the policy \"{policy}\".",
        "ip_list" => "Add {fact} to the list {rule}, or come from an address in it.",
        "geo" => "Come from {rule}, or add the country {fact} to the policy \"{policy}\".",
        "azureAD" => "Add {person} to the group {rule} in {provider}; it counts from the next sign-in.",
        "okta" | "gsuite" | "saml" => "Add {person} to {rule} in {provider}; it counts from the next sign-in.",
        "github-organization" => "Add {person} to {rule} on GitHub; it counts from the next sign-in.",
        "login_method" => "Sign in through {rule}, or add the login method {fact} to the policy \"{policy}\".",
        "auth_method" => "Sign in with the method {rule}; a Conditional Access policy can ask for it.",
        "oidc" => "Give {person} the claim {rule} in {provider} (it was {fact}); it counts from the next sign-in.",
        "service_token" => "Use the service token {rule}, or add {fact} to the policy \"{policy}\".",
        "certificate" | "common_name" => "Show a client certificate that fits {rule}, or add {fact} to the policy \"{policy}\".",
        "device_posture" => "Bring every device of {person} to what {rule} asks for: what was found is {fact}.",
        "user_risk_score" => {
            "Look into the risk of {person} in {provider} (it is {fact}), and dismiss or remedy it; or add the level to the policy \"{policy}\"."
        }
        "external_evaluation" => "Ask the service behind {rule} why it refused {person}.",
        _ => Reason::Differs.fix(),
    }
}

/// The fact is what an exclude rule or a Block policy names.
fn of_match(kind: &str) -> &'static str {
    match kind {
        "everyone" => "The policy \"{policy}\" keeps everyone out: change it, or put a policy that lets {person} in before it.",
        "azureAD" | "okta" | "gsuite" | "saml" => {
            "Take {person} out of the group {rule} in {provider}, or change the policy \"{policy}\", which keeps its members out."
        }
        "ip" | "ip_list" => "Come from another address than {fact}, or change the policy \"{policy}\", which keeps {rule} out.",
        "geo" => "Come from another country than {fact}, or change the policy \"{policy}\", which keeps it out.",
        "email" | "email_domain" | "email_list" => "Change the policy \"{policy}\", which keeps {rule} out.",
        "login_method" => "Sign in through another login method than {rule}, or change the policy \"{policy}\", which keeps it out.",
        "user_risk_score" => "Dismiss or remedy the risk of {person} in {provider} (it is {fact}), or change the policy \"{policy}\".",
        _ => Reason::Matches.fix(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fix_is_a_sentence_and_its_places_are_known() {
        let kinds = ["email", "azureAD", "geo", "ip", "oidc", "user_risk_score", "device_posture", "group", "service_token"];
        let all = Reason::ALL.iter().flat_map(|reason| kinds.iter().map(|kind| reason.fix_of(kind)));
        for fix in all.chain(Reason::ALL.iter().map(|reason| reason.fix())) {
            assert!(fix.ends_with('.') && fix.starts_with(|c: char| c.is_ascii_uppercase()), "{fix}");
            for place in fix.split('{').skip(1) {
                let name = place.split('}').next().unwrap();
                assert!(["person", "provider", "rule", "fact", "policy"].contains(&name), "{name} in {fix}");
            }
            assert!(!fix.contains("  "), "{fix}");
        }
    }
}
