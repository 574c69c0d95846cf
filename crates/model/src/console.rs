//! The administrators' console: who may sign in to it and as what, and what its local door opened.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{
    AppId, Audience, ConsoleDoorId, IdpId, PolicyId, SessionDuration, Timestamp,
    access_policy::{AccessPolicy, Demands, PolicyAction, PolicyLink},
    api_token::Permission,
    app::{App, AppCookies, AppKind},
    rule::{Rule, RuleSet},
};

/// What a person may do in the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConsoleRole {
    /// Everything.
    Administrator,
    /// Look, but neither change anything nor take a backup away.
    Reader,
}

impl ConsoleRole {
    /// The name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Reader => "read_only",
        }
    }
    /// The API's permissions that come with it.
    #[must_use]
    pub fn permissions(self) -> BTreeSet<Permission> {
        match self {
            Self::Administrator => Permission::ALL.into(),
            Self::Reader => [
                Permission::OrgRead,
                Permission::AppsRead,
                Permission::ServiceTokensRead,
                Permission::AuditRead,
                Permission::ScimLogsRead,
                Permission::CertificatesRead,
                Permission::PagesRead,
                Permission::PolicyTestsRead,
                Permission::ZeroTrustRead,
                Permission::TokensRead,
                Permission::UsersRead,
                Permission::ChangesRead,
            ]
            .into(),
        }
    }
}

/// Who has one of the roles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsolePolicy {
    /// Names the policy in decisions.
    pub id: PolicyId,
    /// Who; without any rule in `include` nobody.
    #[serde(flatten)]
    pub rules: RuleSet,
}

/// The built-in application "doorward console", on the team domain. It is none of the account's applications, so that nobody who may
/// write these can open it (ruling 29).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Console {
    /// Id in decisions.
    pub app: AppId,
    /// Names it while somebody signs in.
    pub aud: Audience,
    /// Who may change everything.
    pub administrators: ConsolePolicy,
    /// Who may look at everything.
    pub readers: ConsolePolicy,
    /// The login methods that are believed here; never empty.
    pub allowed_idps: Vec<IdpId>,
    /// How long one sign-in to the console lasts at most; it ends with the person's session in any case.
    pub session_duration: SessionDuration,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl Console {
    /// Its name in decisions and on pages.
    pub const NAME: &'static str = "doorward console";

    /// The role that a policy gives.
    #[must_use]
    pub fn role(&self, policy: PolicyId) -> Option<ConsoleRole> {
        if policy == self.administrators.id {
            Some(ConsoleRole::Administrator)
        } else if policy == self.readers.id {
            Some(ConsoleRole::Reader)
        } else {
            None
        }
    }

    /// True when the login method is one of those that are believed here.
    #[must_use]
    pub fn trusts(&self, idp: &IdpId) -> bool {
        self.allowed_idps.contains(idp)
    }

    /// It as an application with policies, administrators first, so that it is judged as every application is.
    #[must_use]
    pub fn as_app(&self) -> (App, Vec<AccessPolicy>) {
        let named = [("Administrators", &self.administrators), ("Read only", &self.readers)];
        let policies: Vec<AccessPolicy> = named
            .into_iter()
            .filter(|(_, policy)| !policy.rules.include.is_empty())
            .map(|(name, policy)| AccessPolicy {
                id: policy.id,
                name: name.to_owned(),
                decision: PolicyAction::Allow,
                rules: policy.rules.clone(),
                session_duration: None,
                demands: Demands::default(),
                owner: Some(self.app),
                created_at: self.created_at,
                updated_at: self.updated_at,
            })
            .collect();
        let links = (1..).zip(&policies).map(|(precedence, policy)| PolicyLink { id: policy.id, precedence }).collect();
        let app = App {
            id: self.app,
            aud: self.aud.clone(),
            kind: AppKind::Console,
            name: Self::NAME.to_owned(),
            destinations: Vec::new(),
            session_duration: self.session_duration.clone(),
            allowed_idps: self.allowed_idps.clone(),
            auto_redirect_to_identity: true,
            app_launcher_visible: false,
            logo_url: None,
            cookies: AppCookies::default(),
            options_preflight_bypass: false,
            cors_headers: None,
            custom_pages: Vec::new(),
            read_service_tokens_from_header: None,
            custom_deny_message: None,
            custom_deny_url: None,
            custom_non_identity_deny_url: None,
            service_auth_401_redirect: false,
            skip_interstitial: false,
            allow_iframe: false,
            tags: Vec::new(),
            policies: links,
            generation: 0,
            created_at: self.created_at,
            updated_at: self.updated_at,
        };
        (app, policies)
    }
}

/// Why a selector may not stand in the console's rules; `None`: it may. What others than its administrators can change, or what lets in
/// people whom nobody chose, would make somebody administrator by the back door.
#[must_use]
pub const fn unfit_for_console(rule: &Rule) -> Option<&'static str> {
    match rule {
        Rule::Group { .. } => {
            Some("a rule group can be changed by whoever may write the organisation: name the people or directory groups here")
        }
        Rule::EmailList { .. } | Rule::IpList { .. } => Some("a list can be changed by whoever may write lists: name the addresses here"),
        Rule::ServiceToken { .. } | Rule::AnyValidServiceToken {} | Rule::LinkedAppToken { .. } => {
            Some("programs use API tokens; the console is for people")
        }
        Rule::ExternalEvaluation { .. } => Some("what another server says cannot open the console"),
        Rule::AccountMember { .. } => Some("an account member is whom this very policy makes one"),
        _ => None,
    }
}

/// True for a selector that says by itself who somebody is; the others may narrow in `require` and `exclude`.
#[must_use]
pub const fn chooses_people(rule: &Rule) -> bool {
    matches!(
        rule,
        Rule::Email { .. }
            | Rule::EmailDomain { .. }
            | Rule::AzureGroup { .. }
            | Rule::Oidc { .. }
            | Rule::Saml { .. }
            | Rule::Okta { .. }
            | Rule::Gsuite { .. }
            | Rule::GithubOrganization { .. }
    )
}

/// What the local door opened for somebody who may read the sealing key: one stay in the console, whatever the identity provider does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoorStay {
    /// The one-time token's id: it opens once.
    pub id: ConsoleDoorId,
    /// Who made the token, as they named themselves on the machine.
    pub by: String,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// When somebody signed out.
    #[serde(default)]
    pub ended_at: Option<Timestamp>,
}

impl DoorStay {
    /// True while it lasts.
    #[must_use]
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.ended_at.is_none() && self.opened_at <= now && now < self.expires_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_changes_nothing_and_takes_no_backup() {
        for permission in ConsoleRole::Reader.permissions() {
            assert!(permission.name().ends_with("Read"), "{permission}");
        }
        assert!(!ConsoleRole::Reader.permissions().contains(&Permission::BackupRead));
        assert_eq!(ConsoleRole::Administrator.permissions().len(), Permission::ALL.len());
    }

    #[test]
    fn a_role_without_rules_is_nobodys() {
        let at = Timestamp::from_secs(1);
        let policy = |include: Vec<Rule>| ConsolePolicy { id: PolicyId::random(), rules: RuleSet { include, ..RuleSet::default() } };
        let mara = Rule::Email { email: "mara@harbourworks.example".parse().unwrap() };
        let console = Console {
            app: AppId::random(),
            aud: Audience::from_bytes([1; 32]),
            administrators: policy(vec![mara]),
            readers: policy(vec![]),
            allowed_idps: vec![],
            session_duration: SessionDuration::hours(8),
            created_at: at,
            updated_at: at,
        };
        let (app, policies) = console.as_app();
        assert_eq!((app.policies.len(), policies.len()), (1, 1));
        assert_eq!(console.role(policies[0].id), Some(ConsoleRole::Administrator));
        assert_eq!(console.role(PolicyId::random()), None);
    }
}
