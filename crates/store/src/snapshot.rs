//! The configuration as everybody sees it: immutable, published whole after each commit that changed it.

use std::{collections::BTreeMap, sync::Arc};

use model::{
    AccessGroupId, AccountId, ApiTokenId, AppId, Audience, CertificateId, CustomPageId, IdpId, KeyId, ListId, PolicyId,
    PostureIntegrationId, PostureRuleId, Secret, ServiceTokenId, SessionDuration, Timestamp,
    access_group::AccessGroup,
    access_policy::AccessPolicy,
    acme::Challenge,
    api_token::ApiToken,
    app::App,
    app_ca::AppCa,
    app_streams::AppStreams,
    auth_context::Imported,
    certificate::{Certificate, HostnameSettings},
    console::Console,
    custom_page::CustomPage,
    idp::{ClientCredentials, IdentityProvider},
    key::SigningKey,
    list::List,
    organization::{Account, LoginDesign, Organization, OrganizationPages},
    posture::{PostureIntegration, PostureRule},
    service_token::ServiceToken,
    tag::Tag,
    upstream::Upstream,
};

use crate::{LoadedCertificate, OpenChallenges, Reader, StoreError, objects::Kind};

/// The whole configuration at one position of the feed.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// Position in the feed of the last change of configuration.
    pub version: u64,
    /// The account; before [`Store::initialise`](crate::Store::initialise) one without name and with an id of zeros.
    pub account: Account,
    /// The organisation; before that likewise.
    pub organization: Organization,
    /// Applications.
    pub apps: BTreeMap<AppId, Arc<App>>,
    /// Where their requests go.
    pub upstreams: BTreeMap<AppId, Arc<Upstream>>,
    /// Policies, reusable and owned.
    pub policies: BTreeMap<PolicyId, Arc<AccessPolicy>>,
    /// Rule groups.
    pub access_groups: BTreeMap<AccessGroupId, Arc<AccessGroup>>,
    /// Identity providers.
    pub idps: BTreeMap<IdpId, Arc<IdentityProvider>>,
    /// Their client credentials, unsealed in memory.
    pub idp_credentials: BTreeMap<IdpId, Arc<ClientCredentials>>,
    /// The authentication contexts of their tenants, where they were imported.
    pub auth_contexts: BTreeMap<IdpId, Arc<Imported>>,
    /// Service tokens.
    pub service_tokens: BTreeMap<ServiceTokenId, Arc<ServiceToken>>,
    /// API tokens.
    pub api_tokens: BTreeMap<ApiTokenId, Arc<ApiToken>>,
    /// Posture integrations.
    pub posture_integrations: BTreeMap<PostureIntegrationId, Arc<PostureIntegration>>,
    /// Their client secrets, unsealed in memory.
    pub posture_secrets: BTreeMap<PostureIntegrationId, Secret>,
    /// Posture rules.
    pub posture_rules: BTreeMap<PostureRuleId, Arc<PostureRule>>,
    /// Lists.
    pub lists: BTreeMap<ListId, Arc<List>>,
    /// Tags, by name.
    pub tags: BTreeMap<String, Arc<Tag>>,
    /// Pages of the organisation's own.
    pub custom_pages: BTreeMap<CustomPageId, Arc<CustomPage>>,
    /// Authorities for client certificates.
    pub certificates: BTreeMap<CertificateId, Arc<Certificate>>,
    /// How hosts treat client certificates, by host.
    pub hostname_settings: BTreeMap<String, Arc<HostnameSettings>>,
    /// Public halves of applications' key pairs for short-lived certificates.
    pub app_cas: BTreeMap<AppId, Arc<AppCa>>,
    /// Certificates from the ACME server, by name.
    pub acme_certificates: BTreeMap<String, Arc<LoadedCertificate>>,
    /// Challenges of the ACME server that are to be answered, by token.
    pub acme_challenges: OpenChallenges,
    /// What ends the streams of applications, where it was set.
    pub app_streams: BTreeMap<AppId, Arc<AppStreams>>,
    /// The administrators' console; `None` while nobody was named who may sign in to it.
    pub console: Option<Arc<Console>>,
    /// Signing keys: the current one first, then the retired ones, the youngest first. Those whose time was over when the snapshot was
    /// made are left out; whoever publishes keys compares `retires_at` with the present all the same.
    pub keys: Vec<Arc<LoadedKey>>,
}

/// A signing key with both halves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadedKey {
    /// What is published.
    pub public: SigningKey,
    /// The private half: PKCS #8 in DER, base64.
    pub private_pkcs8: Secret,
}

/// One object put (or removed, when there is none).
#[derive(Debug, Clone)]
pub(crate) enum Delta {
    Account(Account),
    Organization(Box<Organization>),
    App(AppId, Option<Arc<App>>),
    Upstream(AppId, Option<Arc<Upstream>>),
    Policy(PolicyId, Option<Arc<AccessPolicy>>),
    AccessGroup(AccessGroupId, Option<Arc<AccessGroup>>),
    Idp(IdpId, Option<Arc<IdentityProvider>>),
    IdpCredentials(IdpId, Option<Arc<ClientCredentials>>),
    AuthContexts(IdpId, Option<Arc<Imported>>),
    ServiceToken(ServiceTokenId, Option<Arc<ServiceToken>>),
    ApiToken(ApiTokenId, Option<Arc<ApiToken>>),
    Key(KeyId, Option<Arc<LoadedKey>>),
    PostureIntegration(PostureIntegrationId, Option<Arc<PostureIntegration>>),
    PostureSecret(PostureIntegrationId, Option<Secret>),
    PostureRule(PostureRuleId, Option<Arc<PostureRule>>),
    List(ListId, Option<Arc<List>>),
    Tag(String, Option<Arc<Tag>>),
    CustomPage(CustomPageId, Option<Arc<CustomPage>>),
    Certificate(CertificateId, Option<Arc<Certificate>>),
    HostnameSettings(String, Option<Arc<HostnameSettings>>),
    AppCa(AppId, Option<Arc<AppCa>>),
    AcmeCertificate(String, Option<Arc<LoadedCertificate>>),
    AcmeChallenge(String, Option<Arc<Challenge>>),
    AppStreams(AppId, Option<Arc<AppStreams>>),
    Console(Option<Arc<Console>>),
}

impl Snapshot {
    /// Reads everything.
    pub(crate) fn load(reader: &Reader<'_>, now: Timestamp) -> Result<Self, StoreError> {
        let mut snapshot = Self::blank();
        snapshot.version = reader.config_seq()?;
        if let Some(account) = reader.object(Kind::Account, Kind::SINGLE)? {
            snapshot.account = account;
        }
        if let Some(organization) = reader.object(Kind::Organization, Kind::SINGLE)? {
            snapshot.organization = organization;
        }
        snapshot.apps = reader.objects(Kind::App)?;
        snapshot.upstreams = reader.objects(Kind::Upstream)?;
        snapshot.policies = reader.objects(Kind::Policy)?;
        snapshot.access_groups = reader.objects(Kind::AccessGroup)?;
        snapshot.idps = reader.objects(Kind::Idp)?;
        snapshot.auth_contexts = reader.objects(Kind::AuthContexts)?;
        snapshot.service_tokens = reader.objects(Kind::ServiceToken)?;
        snapshot.api_tokens = reader.objects(Kind::ApiToken)?;
        for id in snapshot.idps.keys() {
            let credentials = reader.idp_credentials(id)?;
            if credentials != ClientCredentials::default() {
                snapshot.idp_credentials.insert(*id, Arc::new(credentials));
            }
        }
        snapshot.posture_integrations = reader.objects(Kind::PostureIntegration)?;
        snapshot.posture_rules = reader.objects(Kind::PostureRule)?;
        for id in snapshot.posture_integrations.keys() {
            if let Some(secret) = reader.posture_secret(id)? {
                snapshot.posture_secrets.insert(*id, secret);
            }
        }
        snapshot.lists = reader.objects(Kind::List)?;
        snapshot.tags = reader.objects(Kind::Tag)?;
        snapshot.custom_pages = reader.objects(Kind::CustomPage)?;
        snapshot.certificates = reader.objects(Kind::Certificate)?;
        snapshot.hostname_settings = reader.objects(Kind::HostnameSettings)?;
        snapshot.app_cas = reader.objects(Kind::AppCa)?;
        snapshot.acme_certificates = reader.acme_certificates()?;
        snapshot.acme_challenges = reader.acme_challenges()?;
        snapshot.app_streams = reader.objects(Kind::AppStreams)?;
        snapshot.console = reader.console()?.map(Arc::new);
        snapshot.keys = reader.loaded_keys()?.into_iter().map(Arc::new).collect();
        snapshot.order_keys(now);
        Ok(snapshot)
    }

    /// The next snapshot: this one with some objects replaced.
    pub(crate) fn with(&self, deltas: impl Iterator<Item = Delta>, version: u64, now: Timestamp) -> Self {
        let mut next = self.clone();
        next.version = version;
        for delta in deltas {
            next.apply(delta);
        }
        next.order_keys(now);
        next
    }

    fn apply(&mut self, delta: Delta) {
        match delta {
            Delta::Account(account) => self.account = account,
            Delta::Organization(organization) => self.organization = *organization,
            Delta::App(id, app) => place(&mut self.apps, id, app),
            Delta::Upstream(id, upstream) => place(&mut self.upstreams, id, upstream),
            Delta::Policy(id, policy) => place(&mut self.policies, id, policy),
            Delta::AccessGroup(id, group) => place(&mut self.access_groups, id, group),
            Delta::Idp(id, idp) => place(&mut self.idps, id, idp),
            Delta::IdpCredentials(id, credentials) => place(&mut self.idp_credentials, id, credentials),
            Delta::AuthContexts(id, imported) => place(&mut self.auth_contexts, id, imported),
            Delta::ServiceToken(id, token) => place(&mut self.service_tokens, id, token),
            Delta::ApiToken(id, token) => place(&mut self.api_tokens, id, token),
            Delta::PostureIntegration(id, integration) => place(&mut self.posture_integrations, id, integration),
            Delta::PostureSecret(id, secret) => place(&mut self.posture_secrets, id, secret),
            Delta::PostureRule(id, rule) => place(&mut self.posture_rules, id, rule),
            Delta::List(id, list) => place(&mut self.lists, id, list),
            Delta::Tag(name, tag) => place(&mut self.tags, name, tag),
            Delta::CustomPage(id, page) => place(&mut self.custom_pages, id, page),
            Delta::Certificate(id, certificate) => place(&mut self.certificates, id, certificate),
            Delta::HostnameSettings(host, settings) => place(&mut self.hostname_settings, host, settings),
            Delta::AppCa(id, ca) => place(&mut self.app_cas, id, ca),
            Delta::AcmeCertificate(name, certificate) => place(&mut self.acme_certificates, name, certificate),
            Delta::AcmeChallenge(token, challenge) => place(&mut self.acme_challenges, token, challenge),
            Delta::AppStreams(id, streams) => place(&mut self.app_streams, id, streams),
            Delta::Console(console) => self.console = console,
            Delta::Key(id, key) => {
                self.keys.retain(|k| k.public.id != id);
                self.keys.extend(key);
            }
        }
    }

    fn order_keys(&mut self, now: Timestamp) {
        self.keys.retain(|k| k.public.retires_at.is_none_or(|at| at > now));
        self.keys.sort_by(|a, b| {
            let age = |k: &LoadedKey| {
                (k.public.retires_at.is_some(), std::cmp::Reverse(k.public.retires_at), std::cmp::Reverse(k.public.created_at))
            };
            age(a).cmp(&age(b)).then_with(|| a.public.id.cmp(&b.public.id))
        });
    }

    /// What there is before the account was made: nobody, nothing, everything refused.
    fn blank() -> Self {
        Self {
            version: 0,
            account: Account { id: AccountId::from_bytes([0; 16]), name: String::new(), generation: 0, created_at: Timestamp::default() },
            organization: new_organization("", Audience::from_bytes([0; 32]), Timestamp::default()),
            apps: BTreeMap::new(),
            upstreams: BTreeMap::new(),
            policies: BTreeMap::new(),
            access_groups: BTreeMap::new(),
            idps: BTreeMap::new(),
            idp_credentials: BTreeMap::new(),
            auth_contexts: BTreeMap::new(),
            service_tokens: BTreeMap::new(),
            api_tokens: BTreeMap::new(),
            posture_integrations: BTreeMap::new(),
            posture_secrets: BTreeMap::new(),
            posture_rules: BTreeMap::new(),
            lists: BTreeMap::new(),
            tags: BTreeMap::new(),
            custom_pages: BTreeMap::new(),
            certificates: BTreeMap::new(),
            hostname_settings: BTreeMap::new(),
            app_cas: BTreeMap::new(),
            acme_certificates: BTreeMap::new(),
            acme_challenges: OpenChallenges::new(),
            app_streams: BTreeMap::new(),
            console: None,
            keys: Vec::new(),
        }
    }
}

fn place<K: Ord, V>(map: &mut BTreeMap<K, V>, id: K, value: Option<V>) {
    match value {
        Some(value) => map.insert(id, value),
        None => map.remove(&id),
    };
}

/// An organisation with the settings a new one has: sessions of a day, strict service tokens, keys of six weeks.
pub(crate) fn new_organization(name: &str, aud: Audience, now: Timestamp) -> Organization {
    Organization {
        name: name.to_owned(),
        aud,
        session_duration: SessionDuration::hours(24),
        auto_redirect_to_identity: false,
        strict_service_token_auth: true,
        service_token_inactivity: None,
        custom_pages: OrganizationPages::default(),
        login_design: LoginDesign::default(),
        user_seat_expiration_inactive_time: None,
        seat_limit: None,
        is_ui_read_only: false,
        ui_read_only_toggle_reason: None,
        deny_unmatched_requests: true,
        key_rotation_interval_days: 42,
        created_at: now,
        updated_at: now,
    }
}
