//! A store in a temporary folder with one provider, two applications and their policies, and the guard above it.

use std::{
    net::IpAddr,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU32, Ordering},
    },
};

use guard::{ClientCertificate, Config, Guard, Request, Unrecorded, Verdict, live::LiveSession, sign_in::Admission};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use model::{
    AppId, Audience, Email, IdpId, ObjectId, PolicyId, Secret, ServiceTokenId, SessionDuration, Timestamp, UserId,
    access_policy::{AccessPolicy, PolicyAction, PolicyLink},
    app::{App, AppCookies, AppKind},
    identity::{AuthContexts, DirectoryGroup, EmailTrust, GroupSource, Groups, Identity, SubjectKey},
    idp::{EntraOptions, EntraSettings, IdentityProvider, IdpConfig, ScimSettings},
    rule::{Rule, RuleSet},
    service_token::ServiceToken,
};
use store::{Purpose, SealingKey, Store};

pub const PILOTS: u128 = 0x11;
static FOLDERS: AtomicU32 = AtomicU32::new(0);

pub struct Rig {
    pub guard: Guard,
    pub store: Store,
    pub idp: IdpId,
    pub wiki: AppId,
    pub payroll: AppId,
    /// Of every request.
    pub certificate: ClientCertificate,
    clock: Arc<AtomicI64>,
    folder: PathBuf,
}

impl Drop for Rig {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Where requests come from.
const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
/// Bytes for verified tokens: more than a test has.
const ROOM: usize = 1 << 20;

pub fn object(n: u128) -> ObjectId {
    ObjectId::new(uuid::Uuid::from_u128(n))
}

impl Rig {
    pub async fn start() -> Self {
        Self::start_with(Unrecorded::default()).await
    }

    pub async fn start_with(unrecorded: Unrecorded) -> Self {
        Self::started((unrecorded, ROOM)).await
    }

    /// With so many bytes for verified tokens.
    pub async fn start_remembering(bytes: usize) -> Self {
        Self::started((Unrecorded::default(), bytes)).await
    }

    async fn started(settings: (Unrecorded, usize)) -> Self {
        let folder = std::env::temp_dir().join(format!("guard-it-{}-{}", std::process::id(), FOLDERS.fetch_add(1, Ordering::Relaxed)));
        std::fs::create_dir_all(&folder).unwrap();
        let clock = Arc::new(AtomicI64::new(1_790_000_000));
        let (store, guard) = open(&folder, &clock, settings).await;
        let idp = IdpId::random();
        let mut rig = Self {
            guard,
            store,
            idp,
            wiki: AppId::random(),
            payroll: AppId::random(),
            certificate: ClientCertificate::NotAsked,
            clock,
            folder,
        };
        rig.configure().await;
        rig
    }

    /// The same folder after a stop and a start.
    pub async fn reopen(mut self) -> Self {
        self.store.close().await;
        (self.store, self.guard) = open(&self.folder, &self.clock, (Unrecorded::default(), ROOM)).await;
        self
    }

    pub fn now(&self) -> Timestamp {
        Timestamp::from_secs(self.clock.load(Ordering::Relaxed))
    }
    pub fn pass(&self, secs: i64) {
        self.clock.fetch_add(secs, Ordering::Relaxed);
    }

    async fn configure(&mut self) {
        let (now, idp, wiki, payroll) = (self.now(), self.idp, self.wiki, self.payroll);
        let provider = IdentityProvider {
            id: idp,
            name: "Entra".into(),
            config: IdpConfig::Entra(EntraSettings {
                client_id: "c".into(),
                directory_id: object(0xaa),
                support_groups: true,
                conditional_access_enabled: false,
                email_claim_name: None,
                claims: Vec::new(),
                prompt: None,
                pkce_enabled: true,
                cloud: None,
                own: EntraOptions::default(),
            }),
            scim: ScimSettings::default(),
            created_at: now,
            updated_at: now,
        };
        let pilots = Rule::AzureGroup { id: object(PILOTS), identity_provider_id: idp };
        self.store
            .write(move |tx| {
                tx.put_idp(&provider)?;
                for (app, host, rule) in [
                    (wiki, "wiki.localhost", pilots.clone()),
                    (payroll, "payroll.localhost", Rule::Email { email: "tessa@harbourworks.example".parse().unwrap() }),
                ] {
                    let policy = policy(PolicyAction::Allow, rule, now);
                    tx.put_policy(&policy)?;
                    tx.put_app(&self_hosted(app, host, &[policy.id], now))?;
                }
                Ok(())
            })
            .await
            .unwrap();
    }

    /// Replaces the wiki's policies.
    pub async fn wiki_policies(&self, list: Vec<AccessPolicy>) {
        self.policies_of(self.wiki, "wiki.localhost", list).await;
    }

    /// Replaces the payroll's policies.
    pub async fn payroll_policies(&self, list: Vec<AccessPolicy>) {
        self.policies_of(self.payroll, "payroll.localhost", list).await;
    }

    async fn policies_of(&self, app: AppId, host: &'static str, list: Vec<AccessPolicy>) {
        let now = self.now();
        self.store
            .write(move |tx| {
                for policy in &list {
                    tx.put_policy(policy)?;
                }
                let generation = tx.app(&app)?.unwrap().generation;
                let ids: Vec<PolicyId> = list.iter().map(|p| p.id).collect();
                tx.put_app(&App { generation, ..self_hosted(app, host, &ids, now) })
            })
            .await
            .unwrap();
    }

    pub fn identity(&self, name: &str, groups: &[u128]) -> Identity {
        let now = self.now();
        let list = groups.iter().map(|g| DirectoryGroup { id: object(*g), name: None }).collect();
        let email: Email = format!("{name}@harbourworks.example").parse().unwrap();
        Identity {
            user_id: UserId::random(),
            idp: self.idp,
            idp_kind: "azureAD".into(),
            key: SubjectKey { issuer: object(0xaa).to_string(), subject: format!("subject-of-{name}") },
            upn: Some(email.to_string()),
            email,
            email_trust: EmailTrust::TenantMember,
            name: name.into(),
            groups: Groups::known(list, GroupSource::Token, now),
            amr: Vec::new(),
            contexts: AuthContexts::default(),
            sid: None,
            claims: Default::default(),
            evaluations: vec![],
            country: None,
            ip: [127, 0, 0, 1].into(),
            signed_in_at: now,
        }
    }

    /// A session and an application token for the wiki.
    pub async fn sign_in(&self, name: &str, groups: &[u128]) -> (Arc<LiveSession>, String) {
        let live = self
            .guard
            .open_session(self.identity(name, groups), Admission::Admitted(self.wiki), self.guard.moment(), self.now())
            .await
            .unwrap();
        let token = self.wiki_token(&live);
        (live, token)
    }

    pub fn wiki_token(&self, live: &LiveSession) -> String {
        let app = self.guard.app(&self.wiki).unwrap();
        let policy = app.policies[0].id;
        self.guard.app_token(&app, policy, live, self.now()).unwrap().jwt
    }

    /// Another one, a second older.
    pub fn older_wiki_token(&self, live: &LiveSession) -> String {
        let app = self.guard.app(&self.wiki).unwrap();
        self.guard.app_token(&app, app.policies[0].id, live, self.now().plus_secs(-1)).unwrap().jwt
    }

    pub fn payroll_token(&self, live: &LiveSession) -> String {
        let app = self.guard.app(&self.payroll).unwrap();
        self.guard.app_token(&app, app.policies[0].id, live, self.now()).unwrap().jwt
    }

    pub fn ask(&self, host: &str, headers: &[(&'static str, &str)]) -> Verdict {
        self.ask_path(host, "/", headers)
    }

    pub fn ask_path(&self, host: &str, path: &str, headers: &[(&'static str, &str)]) -> Verdict {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        }
        self.asked(host, path, (&Method::GET, &map), HERE)
    }

    /// The same at the wiki with this token in the cookie, from another address.
    pub fn with_token_from(&self, address: IpAddr, token: &str) -> &'static str {
        let cookie = HeaderValue::from_str(&format!("CF_Authorization={token}")).unwrap();
        let headers = HeaderMap::from_iter([(http::header::COOKIE, cookie)]);
        outcome(&self.asked("wiki.localhost", "/", (&Method::GET, &headers), address))
    }

    pub fn ask_with(&self, host: &str, method: &Method, headers: &HeaderMap) -> Verdict {
        self.asked(host, "/", (method, headers), HERE)
    }

    fn asked(&self, host: &str, path: &str, (method, headers): (&Method, &HeaderMap), ip: IpAddr) -> Verdict {
        self.guard.admit(&Request {
            host,
            path,
            method,
            headers,
            ip: Some(ip),
            country: None,
            certificate: &self.certificate,
            now: self.now(),
        })
    }

    /// Changes the wiki.
    pub async fn wiki(&self, change: impl FnOnce(&mut App) + Send + 'static) {
        let wiki = self.wiki;
        self.store
            .write(move |tx| {
                let mut app = tx.app(&wiki)?.unwrap();
                change(&mut app);
                tx.put_app(&app)
            })
            .await
            .unwrap();
    }

    /// What becomes of a request with this token in the cookie.
    pub fn with_token(&self, host: &str, token: &str) -> &'static str {
        outcome(&self.ask(host, &[("cookie", &format!("CF_Authorization={token}"))]))
    }

    pub async fn service_token(&self, client_id: &str, secret: &str) -> ServiceToken {
        let now = self.now();
        let token = ServiceToken {
            id: ServiceTokenId::random(),
            name: client_id.into(),
            client_id: client_id.into(),
            secret_hash: self.store.sealer().hash(Purpose::ServiceToken, secret),
            client_secret_version: 1,
            previous: None,
            duration: None,
            expires_at: None,
            enabled: true,
            created_at: now,
            updated_at: now,
        };
        let stored = token.clone();
        self.store.write(move |tx| tx.put_service_token(&stored)).await.unwrap();
        token
    }
}

async fn open(folder: &std::path::Path, clock: &Arc<AtomicI64>, (unrecorded, token_cache_bytes): (Unrecorded, usize)) -> (Store, Guard) {
    let read = clock.clone();
    let settings = store::Config {
        path: folder.to_owned(),
        sealing_key: SealingKey::from_bytes([7; 32]),
        now: Arc::new(move || Timestamp::from_secs(read.load(Ordering::Relaxed))),
        cache: Default::default(),
    };
    let store = Store::open(settings).await.unwrap();
    store.initialise("Harbour Works").await.unwrap();
    let config = Config {
        team_origin: "https://team.localhost".into(),
        team_host: "team.localhost".into(),
        port_suffix: String::new(),
        token_cache_bytes,
        unrecorded,
    };
    let guard = Guard::start(store.clone(), config, Timestamp::from_secs(clock.load(Ordering::Relaxed))).await.unwrap();
    (store, guard)
}

pub fn outcome(verdict: &Verdict) -> &'static str {
    use guard::Refusal;
    match verdict {
        Verdict::Admit(_) => "admit",
        Verdict::Login(needed) if needed.unauthorized => "401",
        Verdict::Login(_) => "login",
        Verdict::Refuse(Refusal::ServiceTokenUnknown(_)) => "service-401",
        Verdict::Refuse(Refusal::ServiceTokenNotAllowed(..)) => "service-403",
        Verdict::Refuse(Refusal::Preflight(_)) => "preflight",
        Verdict::Refuse(Refusal::SeveralCookies(_)) => "several-cookies",
        Verdict::Refuse(Refusal::AmbiguousPath(_)) => "ambiguous-path",
        Verdict::Refuse(Refusal::Forbidden(..)) => "forbidden",
        Verdict::Refuse(Refusal::Unrecorded(_)) => "unrecorded",
        Verdict::Refuse(Refusal::Blocked(..)) => "blocked",
        Verdict::Preflight(..) => "granted",
        Verdict::NoSuchApp => "no-app",
    }
}

pub fn policy(decision: PolicyAction, rule: Rule, now: Timestamp) -> AccessPolicy {
    let rules = RuleSet { include: vec![rule], ..RuleSet::default() };
    AccessPolicy {
        id: PolicyId::random(),
        name: "Pilots".into(),
        decision,
        rules,
        session_duration: None,
        demands: Default::default(),
        owner: None,
        created_at: now,
        updated_at: now,
    }
}

pub fn self_hosted(id: AppId, host: &str, policies: &[PolicyId], now: Timestamp) -> App {
    let mut aud = [0u8; 32];
    aud[..16].copy_from_slice(id.uuid().as_bytes());
    App {
        id,
        aud: Audience::from_bytes(aud),
        kind: AppKind::SelfHosted,
        name: host.into(),
        destinations: vec![host.parse().unwrap()],
        session_duration: SessionDuration::hours(1),
        allowed_idps: Vec::new(),
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
        tags: Vec::new(),
        policies: policies.iter().zip(1..).map(|(id, precedence)| PolicyLink { id: *id, precedence }).collect(),
        generation: 0,
        created_at: now,
        updated_at: now,
    }
}

pub fn secret_is_quiet(secret: &Secret) -> bool {
    !format!("{secret:?}").contains(secret.expose())
}
