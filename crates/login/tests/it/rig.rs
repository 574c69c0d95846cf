//! Store, guard, client and checks around providers of a test's own, with a clock that a test moves.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use guard::{
    Guard,
    live::LiveSession,
    sign_in::{Admission, Arrival, Watch},
};
use login::{LoginState, liveness::Liveness};
use model::{
    Email, IdpId, Secret, Timestamp, UserId,
    identity::{AuthContexts, EmailTrust, GroupSource, Groups, Identity, SubjectKey},
    idp::{
        ClientCredentials, CredentialSlot, EntraCloud, EntraOptions, EntraSettings, IdentityProvider, IdpConfig, Liveness as Settings,
        ScimSettings,
    },
    session::{RevokeReason, SessionState},
};
use store::{SealingKey, Store};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use crate::provider::Provider;

const TENANT: &str = "0d9b7c5e-4a10-4a57-8e21-6f0c2b1e93d4";
pub const INTERVAL: u32 = 300;
pub const GRACE: u32 = 3600;

pub struct Rig {
    pub guard: Guard,
    pub store: Store,
    pub checks: Liveness,
    clock: Arc<AtomicI64>,
    folder: PathBuf,
}

impl Drop for Rig {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Rig {
    pub async fn start() -> Self {
        let folder = std::env::temp_dir().join(format!("login-it-{}", hex::encode(rand::random::<[u8; 8]>())));
        let clock = Arc::new(AtomicI64::new(1_790_000_000));
        let read = clock.clone();
        let now: Arc<dyn Fn() -> Timestamp + Send + Sync> = Arc::new(move || Timestamp::from_secs(read.load(Ordering::Relaxed)));
        let settings = store::Config {
            path: folder.clone(),
            sealing_key: SealingKey::from_bytes([7; 32]),
            now: now.clone(),
            cache: Default::default(),
        };
        let store = Store::open(settings).await.unwrap();
        store.initialise("Harbour Works").await.unwrap();
        let config = guard::Config {
            team_origin: "https://team.localhost".into(),
            team_host: "team.localhost".into(),
            port_suffix: String::new(),
            token_cache_bytes: 1 << 20,
            unrecorded: guard::Unrecorded::default(),
        };
        let guard = Guard::start(store.clone(), config, now()).await.unwrap();
        let client = idp::Config { allowed_private: vec!["127.0.0.0/8".parse().unwrap()], ..idp::Config::default() };
        let checks = Liveness::new(guard.clone(), idp::Client::new(client).unwrap(), now);
        Self { guard, store, checks, clock, folder }
    }

    pub fn now(&self) -> Timestamp {
        Timestamp::from_secs(self.clock.load(Ordering::Relaxed))
    }
    pub fn pass(&self, secs: u32) {
        self.clock.fetch_add(secs.into(), Ordering::Relaxed);
    }

    /// A login method whose token endpoint is this one.
    pub async fn add(&self, provider: &Provider) -> IdpId {
        let (id, now) = (IdpId::random(), self.now());
        let idp = IdentityProvider {
            id,
            name: "Entra".into(),
            config: IdpConfig::Entra(EntraSettings {
                client_id: "c".into(),
                directory_id: TENANT.parse().unwrap(),
                support_groups: false,
                conditional_access_enabled: false,
                email_claim_name: None,
                claims: Vec::new(),
                prompt: None,
                pkce_enabled: true,
                cloud: Some(EntraCloud { login_url: provider.url.clone(), graph_url: provider.url.clone() }),
                own: EntraOptions { liveness: Settings { interval_seconds: INTERVAL, grace_seconds: GRACE }, ..EntraOptions::default() },
            }),
            scim: ScimSettings::default(),
            created_at: now,
            updated_at: now,
        };
        let mut credentials = ClientCredentials::default();
        credentials.set(CredentialSlot::Secret, Some(Secret::new("a~secret")));
        self.store
            .write(move |tx| {
                tx.put_idp(&idp)?;
                tx.set_idp_credential(&id, CredentialSlot::Secret, credentials.get(CredentialSlot::Secret))
            })
            .await
            .unwrap();
        id
    }

    /// The login method is at another provider now, with another secret.
    pub async fn turn(&self, id: IdpId, provider: &Provider, secret: &'static str) {
        let mut idp = (*self.store.snapshot().idps[&id]).clone();
        let IdpConfig::Entra(settings) = &mut idp.config else { panic!("of Entra") };
        settings.cloud = Some(EntraCloud { login_url: provider.url.clone(), graph_url: provider.url.clone() });
        self.store
            .write(move |tx| {
                tx.put_idp(&idp)?;
                tx.set_idp_credential(&id, CredentialSlot::Secret, Some(&Secret::new(secret)))
            })
            .await
            .unwrap();
    }

    /// The team domain: status and body of a GET.
    pub async fn get(&self, path: &str) -> (u16, String) {
        let client = idp::Client::new(idp::Config::default()).unwrap();
        let now = self.now();
        let state = LoginState {
            guard: self.guard.clone(),
            idp: client,
            tests: Arc::default(),
            letters: Arc::new(login::Logged),
            now: Arc::new(move || now),
        };
        let answer = exchange(&login::team_router(state), &format!("GET {path}"), &[], "").await;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
    }

    /// So many people with a watched session each.
    pub async fn people(&self, idp: IdpId, count: usize) -> Vec<Arc<LiveSession>> {
        let mut sessions = Vec::new();
        for number in 0..count {
            sessions.push(self.session(idp, number).await);
        }
        sessions
    }

    /// A watched session of a person.
    pub async fn session(&self, idp: IdpId, number: usize) -> Arc<LiveSession> {
        self.session_of(idp, number, None).await
    }

    /// The same, of a browser session at the provider.
    pub async fn session_of(&self, idp: IdpId, number: usize, sid: Option<&str>) -> Arc<LiveSession> {
        let now = self.now();
        let email: Email = format!("person{number}@harbourworks.example").parse().unwrap();
        let identity = Identity {
            user_id: UserId::random(),
            idp,
            idp_kind: "azureAD".into(),
            key: SubjectKey { issuer: TENANT.into(), subject: format!("subject-{number}") },
            upn: None,
            email,
            email_trust: EmailTrust::TenantMember,
            name: format!("Person {number}"),
            groups: Groups::known(Vec::new(), GroupSource::Token, now),
            amr: Vec::new(),
            contexts: AuthContexts::default(),
            sid: sid.map(str::to_owned),
            claims: Default::default(),
            evaluations: vec![],
            country: None,
            ip: [127, 0, 0, 1].into(),
            signed_in_at: now,
        };
        let token = hex::encode(rand::random::<[u8; 8]>());
        let watch = Some(Watch { refresh_token: Secret::new(token), first_check_at: now.plus_secs(INTERVAL.into()) });
        self.guard
            .open_session(Arrival { identity, watch }, Admission::Admitted(model::AppId::random()), self.guard.moment(), now)
            .await
            .unwrap()
    }

    /// Why a session ended; none while it lives.
    pub async fn ended(&self, live: &LiveSession) -> Option<RevokeReason> {
        let nonce = live.session.nonce.clone();
        let (stored, _) = self.store.read(move |r| r.session(&nonce)).await.unwrap().unwrap();
        match stored.state {
            SessionState::Live => None,
            SessionState::Revoked { why, .. } => Some(why),
        }
    }

    /// How many of these live.
    pub async fn alive(&self, sessions: &[Arc<LiveSession>]) -> usize {
        let mut alive = 0;
        for session in sessions {
            alive += usize::from(self.ended(session).await.is_none());
        }
        alive
    }
}

/// One exchange with a router: the answer as it came.
pub async fn exchange(router: &axum::Router, line: &str, headers: &[&str], body: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let router = router.clone();
    let server = tokio::spawn(async move { axum::serve(listener, router).await });
    let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
    let length = body.len();
    let request =
        format!("{line} HTTP/1.1\r\nhost: team.localhost\r\nconnection: close\r\n{headers}content-length: {length}\r\n\r\n{body}");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    server.abort();
    answer
}
