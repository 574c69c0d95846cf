//! A store in a temporary folder, a guard above it, a worker on this thread behind a plain HTTP/1.1 listener, and an origin.

use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use guard::{Guard, live::LiveSession, sign_in::Admission};
use http::HeaderName;
use model::{
    AppId, Audience, Email, IdpId, ObjectId, PolicyId, SessionDuration, Timestamp, UserId,
    access_policy::{AccessPolicy, PolicyAction, PolicyLink},
    app::{App, AppCookies, AppKind},
    identity::{AuthContexts, EmailTrust, GroupSource, Groups, Identity, SubjectKey},
    idp::{EntraOptions, EntraSettings, IdentityProvider, IdpConfig, ScimSettings},
    rule::{Rule, RuleSet},
    session::RevokeReason,
    upstream::{OriginUrl, Upstream},
};
use proxy::{Proxy, Worker};
use store::{SealingKey, Store};
use tokio::sync::mpsc;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    front::{Speaks, Way, listen},
    origin::{self, Event},
    wire::{Answer, Wire},
};

static FOLDERS: AtomicU32 = AtomicU32::new(0);
pub const NOW: Timestamp = Timestamp::from_secs(1_790_000_000);

/// Hosts: `wiki` and `payroll` want a sign-in, `open` does not; `hasty` is open and waits a second for an answer.
pub struct Rig {
    pub guard: Guard,
    pub store: Store,
    pub front: SocketAddr,
    /// The same for HTTP/2 with prior knowledge.
    pub front2: SocketAddr,
    pub stop: CancellationToken,
    pub open: TaskTracker,
    events: mpsc::UnboundedReceiver<Event>,
    idp: IdpId,
    apps: Vec<(&'static str, AppId)>,
    folder: PathBuf,
}

impl Drop for Rig {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Runs a test on local runtimes of its own, once with every request served by the library and once with those relayed that can be;
/// nothing may take a minute.
pub fn run(test: impl AsyncFn(Rig)) {
    for way in [Way::Library, Way::Relay] {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build_local(Default::default()).unwrap();
        let limited = async { tokio::time::timeout(Duration::from_secs(60), async { test(Rig::start(way).await).await }).await };
        runtime.block_on(limited).unwrap_or_else(|_| panic!("{way:?}: the test ends"));
    }
}

impl Rig {
    async fn start(way: Way) -> Self {
        let folder = std::env::temp_dir().join(format!("proxy-it-{}-{}", std::process::id(), FOLDERS.fetch_add(1, Ordering::Relaxed)));
        std::fs::create_dir_all(&folder).unwrap();
        let settings = store::Config {
            path: folder.clone(),
            sealing_key: SealingKey::from_bytes([7; 32]),
            now: Arc::new(|| NOW),
            cache: Default::default(),
        };
        let store = Store::open(settings).await.unwrap();
        store.initialise("Harbour Works").await.unwrap();
        let config = guard::Config {
            team_origin: "https://team.localhost:8443".into(),
            team_host: "team.localhost".into(),
            port_suffix: ":8443".into(),
            token_cache_bytes: 1 << 20,
            unrecorded: guard::Unrecorded::default(),
        };
        let guard = Guard::start(store.clone(), config, NOW).await.unwrap();
        let (address, events) = origin::start().await;
        let (stop, open) = (CancellationToken::new(), TaskTracker::new());
        let proxy = Proxy::new(guard.clone(), tokio::runtime::Handle::current())
            .with_stop(stop.clone())
            .with_open(open.clone())
            .with_foreign_headers(vec![HeaderName::from_static("x-country")]);
        let worker = Worker::new(Arc::new(proxy));
        let (front, front2) = (listen(worker.clone(), Speaks::Http1(way)).await, listen(worker, Speaks::Http2).await);
        let apps = ["wiki", "payroll", "open", "hasty"].map(|name| (name, AppId::random())).to_vec();
        let rig = Self { guard, store, front, front2, stop, open, events, idp: IdpId::random(), apps, folder };
        rig.configure(address).await;
        rig
    }

    async fn configure(&self, origin: SocketAddr) {
        let (idp, apps) = (self.idp, self.apps.clone());
        self.store
            .write(move |tx| {
                tx.put_idp(&provider(idp))?;
                for (name, id) in apps {
                    let action = if matches!(name, "open" | "hasty") { PolicyAction::Bypass } else { PolicyAction::Allow };
                    let policy = policy(action);
                    tx.put_policy(&policy)?;
                    tx.put_app(&app(id, name, policy.id))?;
                    tx.put_upstream(&id, &upstream(origin, if name == "hasty" { 1_000 } else { 30_000 }))?;
                }
                Ok(())
            })
            .await
            .unwrap();
    }

    pub fn app(&self, name: &str) -> AppId {
        self.apps.iter().find(|(n, _)| *n == name).unwrap().1
    }

    /// Sends an application's requests elsewhere.
    pub async fn send_elsewhere(&self, name: &str, origin: SocketAddr) {
        self.settle(name, upstream(origin, 30_000)).await;
    }

    /// Gives an application another upstream.
    pub async fn settle(&self, name: &str, upstream: Upstream) {
        let id = self.app(name);
        self.store.write(move |tx| tx.put_upstream(&id, &upstream)).await.unwrap();
    }

    pub async fn sign_in(&self, name: &str) -> Arc<LiveSession> {
        let email: Email = format!("{name}@harbourworks.example").parse().unwrap();
        let identity = Identity {
            user_id: UserId::random(),
            idp: self.idp,
            idp_kind: "azureAD".into(),
            key: SubjectKey { issuer: ObjectId::new(uuid::Uuid::from_u128(0xaa)).to_string(), subject: format!("subject-of-{name}") },
            upn: Some(email.to_string()),
            email,
            email_trust: EmailTrust::TenantMember,
            name: name.into(),
            groups: Groups::known(Vec::new(), GroupSource::Token, NOW),
            amr: Vec::new(),
            contexts: AuthContexts::default(),
            sid: None,
            claims: Default::default(),
            evaluations: vec![],
            country: None,
            ip: [127, 0, 0, 1].into(),
            signed_in_at: NOW,
        };
        self.guard.open_session(identity, Admission::Admitted(self.app("wiki")), self.guard.moment(), NOW).await.unwrap()
    }

    pub fn token(&self, app: &str, live: &LiveSession) -> String {
        let app = self.guard.app(&self.app(app)).unwrap();
        self.guard.app_token(&app, app.policies[0].id, live, NOW).unwrap().jwt
    }

    /// A `Cookie` line that opens an application.
    pub fn cookie(&self, app: &str, live: &LiveSession) -> String {
        format!("Cookie: CF_Authorization={}\r\n", self.token(app, live))
    }

    pub async fn revoke(&self, live: &LiveSession) {
        let user = live.session.user_id;
        self.store.write_first(move |tx| tx.revoke_user(&user, RevokeReason::Administrator)).await.unwrap();
    }

    pub async fn wire(&self) -> Wire {
        Wire::to(self.front).await
    }

    /// A whole exchange on a connection of its own.
    pub async fn ask(&self, line: &str, host: &str, headers: &str, body: &str) -> Answer {
        let mut wire = self.wire().await;
        wire.request(line, host, headers, body).await;
        wire.answer().await
    }

    pub async fn event(&mut self) -> Event {
        self.events.recv().await.unwrap()
    }

    /// The headers of the next request that the origin got whole.
    pub async fn asked(&mut self) -> http::HeaderMap {
        match self.event().await {
            Event::Asked { headers, .. } => headers,
            other => panic!("{other:?}"),
        }
    }
}

/// Everything to one origin.
pub fn upstream(origin: SocketAddr, response_timeout_ms: u32) -> Upstream {
    let url = OriginUrl::try_from(format!("http://{origin}")).unwrap();
    Upstream { response_timeout_ms, updated_at: NOW, ..Upstream::of(url) }
}

fn provider(id: IdpId) -> IdentityProvider {
    let settings = EntraSettings {
        client_id: "c".into(),
        directory_id: ObjectId::new(uuid::Uuid::from_u128(0xaa)),
        support_groups: true,
        conditional_access_enabled: false,
        email_claim_name: None,
        claims: Vec::new(),
        prompt: None,
        pkce_enabled: true,
        cloud: None,
        own: EntraOptions::default(),
    };
    let config = IdpConfig::Entra(settings);
    IdentityProvider { id, name: "Entra".into(), config, scim: ScimSettings::default(), created_at: NOW, updated_at: NOW }
}

fn policy(decision: PolicyAction) -> AccessPolicy {
    AccessPolicy {
        id: PolicyId::random(),
        name: "Everyone".into(),
        decision,
        rules: RuleSet { include: vec![Rule::Everyone {}], ..RuleSet::default() },
        session_duration: None,
        demands: Default::default(),
        owner: None,
        created_at: NOW,
        updated_at: NOW,
    }
}

fn app(id: AppId, name: &str, policy: PolicyId) -> App {
    let mut aud = [0u8; 32];
    aud[..16].copy_from_slice(id.uuid().as_bytes());
    App {
        id,
        aud: Audience::from_bytes(aud),
        kind: AppKind::SelfHosted,
        name: name.into(),
        destinations: vec![format!("{name}.localhost").parse().unwrap()],
        session_duration: SessionDuration::hours(1),
        allowed_idps: Vec::new(),
        auto_redirect_to_identity: false,
        app_launcher_visible: true,
        logo_url: None,
        // Several tokens in one request are taken as a fault elsewhere.
        cookies: AppCookies { path: true, ..AppCookies::default() },
        options_preflight_bypass: true,
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
        policies: vec![PolicyLink { id: policy, precedence: 1 }],
        generation: 0,
        created_at: NOW,
        updated_at: NOW,
    }
}
