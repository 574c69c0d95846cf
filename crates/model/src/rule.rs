//! Access rules as data. The JSON (one key an object) is frozen by the v4 API and is also the stored form.

use serde::{Deserialize, Serialize};

use crate::{AccessGroupId, AccountId, AppId, Email, IdpId, ListId, ObjectId, ServiceTokenId};

/// One selector with its value ("Access policies: selectors" of Cloudflare One; names as on the wire).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Rule {
    /// Anyone.
    #[serde(rename = "everyone")]
    Everyone {},
    /// A person's address, compared without regard to case.
    #[serde(rename = "email")]
    Email { email: Email },
    /// The part after the `@`.
    #[serde(rename = "email_domain")]
    EmailDomain { domain: String },
    /// A list of addresses.
    #[serde(rename = "email_list")]
    EmailList { id: ListId },
    /// Source address or network.
    #[serde(rename = "ip")]
    Ip { ip: IpRange },
    /// A list of networks.
    #[serde(rename = "ip_list")]
    IpList { id: ListId },
    /// Country of the source address, ISO 3166-1 alpha-2.
    #[serde(rename = "geo")]
    Geo { country_code: CountryCode },
    /// A rule group.
    #[serde(rename = "group")]
    Group { id: AccessGroupId },
    /// An Entra group by object id, nested membership included.
    #[serde(rename = "azureAD")]
    AzureGroup { id: ObjectId, identity_provider_id: IdpId },
    /// Signed in by this provider.
    #[serde(rename = "login_method")]
    LoginMethod { id: IdpId },
    /// A method in `amr` (RFC 8176).
    #[serde(rename = "auth_method")]
    AuthMethod { auth_method: String },
    /// An Entra Conditional Access authentication context.
    #[serde(rename = "auth_context")]
    AuthContext { id: String, ac_id: String, identity_provider_id: IdpId },
    /// A claim listed in the provider's `claims`.
    #[serde(rename = "oidc")]
    Oidc { claim_name: String, claim_value: String, identity_provider_id: IdpId },
    /// A SAML attribute.
    #[serde(rename = "saml")]
    Saml { attribute_name: String, attribute_value: String, identity_provider_id: IdpId },
    /// An Okta group by name.
    #[serde(rename = "okta")]
    Okta { name: String, identity_provider_id: IdpId },
    /// A Google Workspace group.
    #[serde(rename = "gsuite")]
    Gsuite { email: String, identity_provider_id: IdpId },
    /// A GitHub organisation, optionally a team in it.
    #[serde(rename = "github-organization")]
    GithubOrganization {
        name: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        team: Option<String>,
        identity_provider_id: IdpId,
    },
    /// One service token.
    #[serde(rename = "service_token")]
    ServiceToken { token_id: ServiceTokenId },
    /// Any valid service token of the account.
    #[serde(rename = "any_valid_service_token")]
    AnyValidServiceToken {},
    /// A bearer issued to another application.
    #[serde(rename = "linked_app_token")]
    LinkedAppToken { app_uid: AppId },
    /// Any valid client certificate.
    #[serde(rename = "certificate")]
    Certificate {},
    /// A client certificate with this common name.
    #[serde(rename = "common_name")]
    CommonName { common_name: String },
    /// A device posture check passed. The account, where it was given, is this server's.
    #[serde(rename = "device_posture")]
    DevicePosture {
        integration_uid: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        account_id: Option<AccountId>,
    },
    /// A signed verdict of the customer's endpoint.
    #[serde(rename = "external_evaluation")]
    ExternalEvaluation { evaluate_url: String, keys_url: String },
    /// The person's risk level is in the list.
    #[serde(rename = "user_risk_score")]
    UserRiskScore { user_risk_score: Vec<RiskLevel> },
    /// A member of the account: an administrator of this platform. The API fills in this server's account where none is given.
    #[serde(rename = "cloudflare_account_member")]
    AccountMember {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        account_id: Option<AccountId>,
    },
}

impl Rule {
    /// Every selector's name on the wire.
    pub const KINDS: [&'static str; 26] = [
        "everyone",
        "email",
        "email_domain",
        "email_list",
        "ip",
        "ip_list",
        "geo",
        "group",
        "azureAD",
        "login_method",
        "auth_method",
        "auth_context",
        "oidc",
        "saml",
        "okta",
        "gsuite",
        "github-organization",
        "service_token",
        "any_valid_service_token",
        "linked_app_token",
        "certificate",
        "common_name",
        "device_posture",
        "external_evaluation",
        "user_risk_score",
        "cloudflare_account_member",
    ];

    /// The selector's name on the wire: also the kind shown to people and logged.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Everyone {} => "everyone",
            Self::Email { .. } => "email",
            Self::EmailDomain { .. } => "email_domain",
            Self::EmailList { .. } => "email_list",
            Self::Ip { .. } => "ip",
            Self::IpList { .. } => "ip_list",
            Self::Geo { .. } => "geo",
            Self::Group { .. } => "group",
            Self::AzureGroup { .. } => "azureAD",
            Self::LoginMethod { .. } => "login_method",
            Self::AuthMethod { .. } => "auth_method",
            Self::AuthContext { .. } => "auth_context",
            Self::Oidc { .. } => "oidc",
            Self::Saml { .. } => "saml",
            Self::Okta { .. } => "okta",
            Self::Gsuite { .. } => "gsuite",
            Self::GithubOrganization { .. } => "github-organization",
            Self::ServiceToken { .. } => "service_token",
            Self::AnyValidServiceToken {} => "any_valid_service_token",
            Self::LinkedAppToken { .. } => "linked_app_token",
            Self::Certificate {} => "certificate",
            Self::CommonName { .. } => "common_name",
            Self::DevicePosture { .. } => "device_posture",
            Self::ExternalEvaluation { .. } => "external_evaluation",
            Self::UserRiskScore { .. } => "user_risk_score",
            Self::AccountMember { .. } => "cloudflare_account_member",
        }
    }

    /// True when the rule needs to know who the person is: it cannot be judged before a sign-in.
    pub const fn needs_identity(&self) -> bool {
        matches!(
            self,
            Self::Email { .. }
                | Self::EmailDomain { .. }
                | Self::EmailList { .. }
                | Self::AzureGroup { .. }
                | Self::LoginMethod { .. }
                | Self::AuthMethod { .. }
                | Self::AuthContext { .. }
                | Self::Oidc { .. }
                | Self::Saml { .. }
                | Self::Okta { .. }
                | Self::Gsuite { .. }
                | Self::GithubOrganization { .. }
                | Self::ExternalEvaluation { .. }
                | Self::UserRiskScore { .. }
                | Self::AccountMember { .. }
        )
    }
}

/// A risk level of `user_risk_score`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RiskLevel {
    /// Low.
    Low,
    /// Medium.
    Medium,
    /// High.
    High,
    /// No score yet.
    Unscored,
}

/// Two letters, kept as given and compared without regard to case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CountryCode(String);

impl CountryCode {
    /// The two letters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
impl TryFrom<String> for CountryCode {
    type Error = String;
    fn try_from(s: String) -> Result<Self, String> {
        let ok = s.len() == 2 && s.bytes().all(|b| b.is_ascii_alphanumeric());
        if ok { Ok(Self(s)) } else { Err(format!("{s:?} is not a two-letter country code")) }
    }
}
impl From<CountryCode> for String {
    fn from(c: CountryCode) -> String {
        c.0
    }
}

/// An address or network with the text it was given in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct IpRange {
    text: String,
    net: ipnet::IpNet,
}

impl IpRange {
    /// True when the address lies in the range; IPv4-mapped IPv6 addresses count as IPv4.
    pub fn contains(&self, ip: std::net::IpAddr) -> bool {
        self.net.contains(&ip.to_canonical())
    }
    /// First and last address; both of one family.
    pub fn bounds(&self) -> (std::net::IpAddr, std::net::IpAddr) {
        (self.net.network(), self.net.broadcast())
    }
    /// The text as given.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// IPv4-mapped IPv6 networks as the IPv4 networks that they are.
fn canonical(net: ipnet::IpNet) -> ipnet::IpNet {
    match (net.network().to_canonical(), net.prefix_len().checked_sub(96)) {
        (ip @ std::net::IpAddr::V4(_), Some(prefix)) if net.network().is_ipv6() => ipnet::IpNet::new(ip, prefix).unwrap_or(net),
        _ => net,
    }
}
impl TryFrom<String> for IpRange {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let net = text.parse::<ipnet::IpNet>().or_else(|_| text.parse::<std::net::IpAddr>().map(ipnet::IpNet::from));
        net.map(|net| Self { net: canonical(net), text: text.clone() })
            .map_err(|_| format!("{text:?} is neither an IP address nor a network like 203.0.113.0/24"))
    }
}
impl From<IpRange> for String {
    fn from(r: IpRange) -> String {
        r.text
    }
}

/// The three lists of a policy or rule group. `include` has at least one rule in anything that was saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct RuleSet {
    /// Any of these.
    pub include: Vec<Rule>,
    /// All of these.
    #[serde(default)]
    pub require: Vec<Rule>,
    /// None of these.
    #[serde(default)]
    pub exclude: Vec<Rule>,
}

impl RuleSet {
    /// All rules of the three lists, in the order include, require, exclude.
    pub fn iter(&self) -> impl Iterator<Item = &Rule> {
        self.include.iter().chain(&self.require).chain(&self.exclude)
    }
    /// The same, to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Rule> {
        self.include.iter_mut().chain(&mut self.require).chain(&mut self.exclude)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wire_form_is_one_key_per_rule() {
        let table = [
            r#"{"everyone":{}}"#,
            r#"{"email":{"email":"ada@corp.example"}}"#,
            r#"{"ip":{"ip":"203.0.113.0/24"}}"#,
            r#"{"geo":{"country_code":"PT"}}"#,
            r#"{"azureAD":{"id":"61503835-b6fe-4630-af88-de551dd59a2a","identity_provider_id":"86666835-06aa-4d90-8bbd-5a74ac4edf68"}}"#,
            r#"{"github-organization":{"name":"acme","identity_provider_id":"86666835-06aa-4d90-8bbd-5a74ac4edf68"}}"#,
            r#"{"user_risk_score":{"user_risk_score":["low","unscored"]}}"#,
        ];
        for text in table {
            let rule: Rule = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&rule).unwrap(), text);
            assert!(text.contains(rule.kind()));
        }
        for bad in [
            r#"{"email":{"email":"nobody"}}"#,
            r#"{"email":{"email":"a@b.c","x":1}}"#,
            r#"{"nonsense":{}}"#,
            r#"{"azureAD":{"id":"Admins","identity_provider_id":"x"}}"#,
        ] {
            assert!(serde_json::from_str::<Rule>(bad).is_err(), "{bad}");
        }
    }
}
