//! Selectors whose facts doorward cannot obtain yet: always unknown, each with the reason.

use model::rule::Rule;

use crate::Reason;

pub(super) const fn reason(rule: &Rule) -> Reason {
    match rule {
        Rule::EmailList { .. } | Rule::IpList { .. } => Reason::ListsUnavailable,
        Rule::Saml { .. } => Reason::SamlUnavailable,
        Rule::Okta { .. } => Reason::OktaUnavailable,
        Rule::Gsuite { .. } => Reason::GoogleWorkspaceUnavailable,
        Rule::GithubOrganization { .. } => Reason::GithubUnavailable,
        Rule::LinkedAppToken { .. } => Reason::LinkedAppTokenUnavailable,
        Rule::Certificate {} | Rule::CommonName { .. } => Reason::ClientCertificateUnavailable,
        Rule::ExternalEvaluation { .. } => Reason::ExternalEvaluationUnavailable,
        Rule::AccountMember { .. } => Reason::AccountMemberUnavailable,
        // Answered elsewhere; unknown is the safe word for a rule that should not have come here.
        Rule::Everyone {}
        | Rule::Email { .. }
        | Rule::EmailDomain { .. }
        | Rule::Ip { .. }
        | Rule::Geo { .. }
        | Rule::Group { .. }
        | Rule::AzureGroup { .. }
        | Rule::LoginMethod { .. }
        | Rule::AuthMethod { .. }
        | Rule::AuthContext { .. }
        | Rule::Oidc { .. }
        | Rule::DevicePosture { .. }
        | Rule::UserRiskScore { .. }
        | Rule::ServiceToken { .. }
        | Rule::AnyValidServiceToken {} => Reason::RuleUnreadable,
    }
}
