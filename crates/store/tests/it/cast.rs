//! Harbour Works and what belongs to it.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use model::{
    ApiTokenId, AppId, Audience, Email, IdpId, KeyId, Nonce, PolicyId, Reference, ScimId, SeatId, Secret, ServiceTokenId, SessionDuration,
    Timestamp, UserId,
    access_group::AccessGroup,
    access_policy::{AccessPolicy, PolicyAction},
    api_token::{ApiToken, Permission, RequestIp},
    app::{App, AppCookies, AppKind},
    identity::{AuthContexts, DirectoryGroup, EmailTrust, GroupSource, Groups, Identity, SubjectKey},
    idp::{EntraOptions, EntraSettings, IdentityProvider, IdpConfig, ScimSettings},
    key::SigningKey,
    log::AccessDecision,
    provisioned::{Provisioned, ResourceKind},
    rule::{Rule, RuleSet},
    service_token::ServiceToken,
    session::{Session, SessionState},
    upstream::{OriginUrl, Upstream},
    user::User,
};
use store::{Config, SealingKey, Store};

pub const TENANT: &str = "0d9b7c5e-4a10-4a57-8e21-6f0c2b1e93d4";
pub const NOON: Timestamp = Timestamp::from_millis(1_790_100_000_000);

/// A clock that a test moves.
#[derive(Clone)]
pub struct Hand(Arc<AtomicI64>);

impl Hand {
    pub fn new() -> Self {
        Self(Arc::new(AtomicI64::new(NOON.millis())))
    }
    pub fn turn(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1000, Ordering::SeqCst);
    }
    pub fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

pub fn config(folder: &Path, hand: &Hand) -> Config {
    let hand = hand.clone();
    Config {
        path: folder.join("data"),
        sealing_key: SealingKey::from_bytes([42; 32]),
        now: Arc::new(move || hand.now()),
        cache: Default::default(),
    }
}

/// An initialised store at noon.
pub async fn harbour_works(folder: &Path) -> Store {
    let store = Store::open(config(folder, &Hand::new())).await.unwrap();
    store.initialise("Harbour Works").await.unwrap();
    store
}

/// The same id for the same number, of any kind made from a UUID.
pub fn numbered<T: std::str::FromStr<Err: std::fmt::Debug>>(number: u64) -> T {
    format!("00000000-0000-4000-8000-{number:012x}").parse().unwrap()
}

pub fn user(number: u64) -> User {
    User {
        id: numbered(number),
        key: Some(key(number)),
        email: email(number),
        upn: Some(format!("Person{number}@harbourworks.example")),
        name: format!("Person {number}"),
        seat_id: numbered::<SeatId>(number),
        access_seat: false,
        generation: 1,
        last_successful_login: None,
        created_at: NOON.plus_secs(i64::try_from(number).unwrap()),
        updated_at: NOON,
    }
}

pub fn key(number: u64) -> SubjectKey {
    SubjectKey { issuer: TENANT.to_owned(), subject: format!("00000000-0000-4000-8000-{number:012x}") }
}

pub fn email(number: u64) -> Email {
    format!("Person{number}@HarbourWorks.example").parse().unwrap()
}

pub fn nonce(number: u64) -> Nonce {
    format!("{number:016}").parse().unwrap()
}

pub fn session(number: u64, user: &User) -> Session {
    Session {
        nonce: nonce(number),
        user_id: user.id,
        idp: numbered(1),
        user_generation: user.generation,
        account_generation: 1,
        created_at: NOON,
        expires_at: NOON.plus_secs(3600),
        state: SessionState::Live,
    }
}

pub fn identity(user: &User) -> Identity {
    let pilots = DirectoryGroup { id: numbered(77), name: Some("Pilots".to_owned()) };
    Identity {
        user_id: user.id,
        idp: numbered(1),
        idp_kind: "azureAD".to_owned(),
        key: user.key.clone().unwrap(),
        email: user.email.clone(),
        email_trust: EmailTrust::TenantMember,
        name: user.name.clone(),
        upn: user.upn.clone(),
        groups: Groups::known(vec![pilots], GroupSource::Token, NOON),
        amr: vec!["pwd".to_owned()],
        contexts: AuthContexts::default(),
        sid: None,
        claims: [("shoe".to_owned(), serde_json::json!(42))].into(),
        evaluations: vec![],
        country: Some("NO".to_owned()),
        ip: "192.0.2.7".parse().unwrap(),
        signed_in_at: NOON,
    }
}

pub fn app(number: u64) -> App {
    App {
        id: numbered::<AppId>(number),
        aud: Audience::from_bytes([u8::try_from(number).unwrap(); 32]),
        kind: AppKind::SelfHosted,
        name: format!("App {number}"),
        destinations: vec![format!("app{number}.harbourworks.example").parse().unwrap()],
        session_duration: SessionDuration::hours(24),
        allowed_idps: vec![],
        auto_redirect_to_identity: false,
        app_launcher_visible: true,
        logo_url: None,
        cookies: AppCookies::default(),
        options_preflight_bypass: false,
        cors_headers: None,
        custom_pages: vec![],
        read_service_tokens_from_header: None,
        custom_deny_message: None,
        custom_deny_url: None,
        custom_non_identity_deny_url: None,
        service_auth_401_redirect: false,
        skip_interstitial: false,
        allow_iframe: false,
        tags: vec![],
        policies: vec![],
        generation: 0,
        created_at: NOON,
        updated_at: NOON,
    }
}

pub fn upstream(port: u16) -> Upstream {
    let url = OriginUrl::try_from(format!("http://127.0.0.1:{port}")).unwrap();
    Upstream { connect_timeout_ms: 1_000, response_timeout_ms: 1_000, updated_at: NOON, ..Upstream::of(url) }
}

pub fn rules() -> RuleSet {
    RuleSet { include: vec![Rule::Everyone {}], require: vec![], exclude: vec![] }
}

pub fn policy(number: u64, owner: Option<AppId>) -> AccessPolicy {
    AccessPolicy {
        id: numbered::<PolicyId>(number),
        name: format!("Policy {number}"),
        decision: PolicyAction::Allow,
        rules: rules(),
        session_duration: None,
        demands: Default::default(),
        owner,
        created_at: NOON,
        updated_at: NOON,
    }
}

pub fn access_group(number: u64) -> AccessGroup {
    AccessGroup {
        id: numbered(number),
        name: format!("Group {number}"),
        rules: rules(),
        is_default: false,
        created_at: NOON,
        updated_at: NOON,
    }
}

pub fn idp(number: u64) -> IdentityProvider {
    IdentityProvider {
        id: numbered::<IdpId>(number),
        name: "Entra".to_owned(),
        config: IdpConfig::Entra(EntraSettings {
            client_id: "client".to_owned(),
            directory_id: TENANT.parse().unwrap(),
            support_groups: true,
            conditional_access_enabled: false,
            email_claim_name: None,
            claims: vec![],
            prompt: None,
            pkce_enabled: true,
            cloud: None,
            own: EntraOptions::default(),
        }),
        scim: ScimSettings::default(),
        created_at: NOON,
        updated_at: NOON,
    }
}

pub fn service_token(number: u64) -> ServiceToken {
    ServiceToken {
        id: numbered::<ServiceTokenId>(number),
        name: format!("Crane {number}"),
        client_id: format!("{number:032x}.access"),
        secret_hash: Secret::new("00"),
        client_secret_version: 1,
        previous: None,
        duration: None,
        expires_at: None,
        enabled: true,
        created_at: NOON,
        updated_at: NOON,
    }
}

pub fn api_token(number: u8) -> ApiToken {
    ApiToken {
        id: ApiTokenId::from_bytes([number; 16]),
        name: "admin".to_owned(),
        secret_hash: Secret::new("00"),
        permissions: Permission::ALL.into(),
        resources: None,
        request_ip: RequestIp::default(),
        enabled: true,
        not_before: None,
        expires_at: None,
        created_at: NOON,
        updated_at: NOON,
    }
}

pub fn signing_key(number: u8, retires_at: Option<Timestamp>) -> SigningKey {
    SigningKey {
        id: KeyId::from_bytes([number; 32]),
        n: "n".to_owned(),
        e: "AQAB".to_owned(),
        certificate: "certificate".to_owned(),
        created_at: NOON.plus_secs(i64::from(number)),
        retires_at,
    }
}

pub fn provisioned(number: u64, kind: ResourceKind) -> Provisioned {
    let person = kind == ResourceKind::User;
    Provisioned {
        id: numbered::<ScimId>(number),
        idp: numbered(1),
        kind,
        external_id: Some(format!("external-{number}")),
        user_name: person.then(|| format!("Person{number}@harbourworks.example")),
        display_name: Some(format!("{} {number}", kind.as_str())),
        email: person.then(|| email(number).as_str().to_owned()),
        active: true,
        document: serde_json::json!({ "schemas": [], "userName": "kept As Sent", "urn:x:own": { "Ship": "Teal" } }),
        created_at: NOON.plus_secs(i64::try_from(number).unwrap()),
        updated_at: NOON,
    }
}

pub fn decision(number: u64) -> AccessDecision {
    AccessDecision {
        reference: Reference::from_bytes(u128::from(number).to_be_bytes()),
        at: NOON.plus_secs(i64::try_from(number).unwrap()),
        allowed: number.is_multiple_of(2),
        action: "login".to_owned(),
        app_id: Some(numbered(number % 3)),
        host: "wiki.harbourworks.example".to_owned(),
        path: "/".to_owned(),
        user_id: Some(numbered::<UserId>(number % 5)),
        user_email: Some(email(number % 5).as_str().to_owned()),
        idp: None,
        ip: "192.0.2.7".parse().unwrap(),
        country: None,
        policy_id: None,
        explanation: serde_json::json!({ "reasons": ["everyone"] }),
        facts: None,
    }
}
