//! One server of the API with an account, an administrator's token, and the words to talk to it.

use std::{
    collections::BTreeSet,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
};

use api::{
    ApiConfig, ApiState, BegunTest, Checking, Comparing, Doctor, DriftCheck, Importing, KeyMaker, KeyMakerError, LoginTestOrder,
    LoginTests, ProviderCheck, Searching, TokenOrder, new_token, router,
};
use axum::{Router, body::Body};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use idp::{
    CheckRequest, Provider,
    entra::{ContextsError, MembersError, NestedGroup},
    trial::{Said, TrialReport, TrialState},
};
use model::{
    Email, IdpId, KeyId, LoginTestId, Nonce, SeatId, Secret, Timestamp, UserId,
    api_token::{Permission, Resources},
    auth_context::{Imported, ImportedContext, InUse},
    drift::{Compared, Difference, GroupReport, Outcome, Person, Report},
    finding::{Finding, Severity},
    identity::{AuthContexts, DirectoryGroup, EmailTrust, GroupSource, Groups, Identity, SubjectKey},
    key::SigningKey,
    provisioned::{Provisioned, ResourceKind},
    readings::Readings,
    session::{Session, SessionState},
    user::User,
};
use serde_json::{Value, json};
use store::{Clock, Config, SealingKey, Store};
use tower::ServiceExt;

/// 4 March 2026, morning.
const BEGIN: i64 = 1_772_611_200_000;

pub struct World {
    pub store: Store,
    pub guard: guard::Guard,
    pub account: String,
    /// The administrator's token.
    pub token: String,
    pub doctor: Doctor,
    /// What was polled about people.
    pub readings: Arc<Mutex<Arc<Readings>>>,
    pub alerter: Arc<Alerter>,
    router: Router,
    clock: Arc<AtomicI64>,
    folder: PathBuf,
}

/// An answer.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Value,
}

/// A configuration file of which a key changed.
struct File;

impl api::Reload for File {
    fn reload(&self) -> api::Reloading<'_> {
        Box::pin(std::future::ready(Ok(api::Reloaded {
            changed: vec!["logs.level".into()],
            needs_restart: vec!["http.listen".into()],
            certificate_files: false,
        })))
    }
}

/// Stands for a server whose configuration file names a mail server, unless told otherwise, and whose webhook does not answer.
#[derive(Default)]
pub struct Alerter {
    pub no_mail: AtomicBool,
}
impl api::Alerter for Alerter {
    fn configured(&self) -> api::ConfiguredAlerts {
        let mail_to = vec!["ilo@harbourworks.example".into()];
        let mail_server = (!self.no_mail.load(Ordering::SeqCst)).then(|| "mail.harbourworks.example".into());
        api::ConfiguredAlerts { webhook: None, mail_server, mail_to }
    }
    fn test(&self, _: Timestamp) -> api::Telling<'_> {
        let to = "https://alerts.harbourworks.example".into();
        Box::pin(std::future::ready(vec![
            api::Told { way: "webhook", to, error: Some("the webhook answered with status 500".into()) },
            api::Told { way: "mail", to: "ilo@harbourworks.example".into(), error: None },
        ]))
    }
}

struct Keys;
impl KeyMaker for Keys {
    fn generate(&self, now: Timestamp) -> Result<(SigningKey, Secret), KeyMakerError> {
        let key = SigningKey {
            id: KeyId::from_bytes(rand::random()),
            n: "sXch".into(),
            e: "AQAB".into(),
            certificate: String::new(),
            created_at: now,
            retires_at: None,
        };
        Ok((key, Secret::new("MIIE")))
    }
}

/// A checker that finds what it was asked with: whether there is a secret, never which.
struct Echo;
impl ProviderCheck for Echo {
    fn check<'a>(&'a self, provider: Provider<'a>, request: &'a CheckRequest<'a>, now: Timestamp) -> Checking<'a> {
        let text = format!("{} {} {:?} {}", provider.config.client_id(), request.callback, request.person, now.rfc3339());
        let asked = Finding::note("asked", text);
        let secret = provider.credentials.secret.as_ref();
        let right = secret.is_some_and(|s| s.expose() == entra_body()["config"]["client_secret"]);
        let severity = if right { Severity::Ok } else { Severity::Fault };
        let secret = Finding::new("secret", severity, "looked at").with_fix("copy the Value");
        Box::pin(std::future::ready(vec![asked, secret]))
    }
    /// Two groups, for who proves to be the application.
    fn groups_named<'a>(&'a self, provider: Provider<'a>, words: &'a str, _: Timestamp) -> Searching<'a> {
        let secret = provider.credentials.secret.as_ref();
        let right = secret.is_some_and(|s| s.expose() == entra_body()["config"]["client_secret"]);
        let group = |id: &str, name: &str| NestedGroup { id: id.parse().unwrap(), name: Some(name.into()) };
        let mut groups =
            vec![group("a1c07f2e-5e1b-4c0d-8f36-2b7e61c9d014", "Pilots"), group("0b7d9a52-44c1-4e8a-9f3d-6a1e2c5b7f90", "Night Pilots")];
        groups.retain(|group| group.name.as_ref().is_some_and(|name| name.starts_with(words)));
        Box::pin(std::future::ready(if right { Ok((groups, false)) } else { Err(MembersError::Forbidden { status: 403 }) }))
    }
    /// Three contexts, for who proves to be the application.
    fn auth_contexts<'a>(&'a self, provider: idp::Provider<'a>, now: Timestamp) -> Importing<'a> {
        let secret = provider.credentials.secret.as_ref();
        let right = secret.is_some_and(|s| s.expose() == entra_body()["config"]["client_secret"]);
        let context = |id: &str, name: &str, in_use| ImportedContext {
            id: id.parse().unwrap(),
            display_name: name.into(),
            description: String::new(),
            in_use,
        };
        let contexts = vec![
            context("c1", "Strong sign-in", InUse::Yes),
            context("c3", "Night shift", InUse::No),
            context("c4", "Old harbour", InUse::Unknown),
        ];
        let imported = Imported { contexts, read_at: now, policies_unread: Some("one policy could not be read".into()) };
        Box::pin(std::future::ready(if right { Ok(imported) } else { Err(ContextsError::Forbidden { status: 403 }) }))
    }
}

/// A comparison that finds one person of a nested group in the one group there is; nothing to compare where SCIM is off.
struct Unlike;
impl DriftCheck for Unlike {
    fn report(&self, _: IdpId, time: std::time::Duration, now: Timestamp) -> Comparing<'_> {
        assert!(time.as_secs() <= 20, "somebody waits");
        let person = Person {
            kind: Difference::Nested,
            name: Some("Mara Lindqvist".into()),
            user_name: Some("mara@harbourworks.example".into()),
            object_id: None,
            scim_id: None,
            through: vec!["Night Pilots".into()],
        };
        let compared = Compared { directory: 2, scim: 1, nested: 1, people: vec![person], ..Compared::default() };
        let group = GroupReport {
            id: "a1c07f2e-5e1b-4c0d-8f36-2b7e61c9d014".parse().unwrap(),
            name: Some("Pilots".into()),
            scim_id: None,
            policies: Vec::new(),
            rule_groups: vec!["Crew".into()],
            outcome: Outcome::Compared(compared),
        };
        let report = Report { at: now, groups: vec![group], groups_omitted: 0, expansion: None };
        Box::pin(std::future::ready(Ok(Some(report))))
    }
}

/// A desk that keeps one test, and tells of it to whoever ordered it.
#[derive(Default)]
struct Desk(std::sync::Mutex<Option<LoginTestOrder>>);
impl LoginTests for Desk {
    fn begin(&self, order: LoginTestOrder) -> BegunTest {
        let url = format!("https://team.localhost:8443/start-of-{}", order.by_name);
        *self.0.lock().unwrap() = Some(order);
        BegunTest { id: LoginTestId::from_bytes([7; 16]), url, expires_at: Timestamp::from_millis(BEGIN + 600_000) }
    }
    fn report(&self, id: &LoginTestId, idp: &IdpId, by: &str) -> Option<TrialReport> {
        let kept = self.0.lock().unwrap();
        kept.as_ref().filter(|order| order.idp == *idp && order.by == by && *id == LoginTestId::from_bytes([7; 16]))?;
        let begun_at = Timestamp::from_millis(BEGIN);
        let finding = Finding::fault("secret-expired", "over", "make one");
        let said = Said { error: "invalid_client".into(), code: Some("AADSTS7000222".into()), ..Said::default() };
        Some(TrialReport {
            state: TrialState::Failed,
            begun_at,
            finished_at: Some(begun_at),
            forgotten_at: begun_at,
            findings: vec![finding],
            identity: None,
            sent: vec![("GET".into(), "https://login.example/authorize".into()), ("prompt".into(), "login".into())],
            said: Some(said),
        })
    }
}

impl World {
    pub async fn start() -> Self {
        let folder = std::env::temp_dir().join(format!("doorward-api-{}", uuid::Uuid::new_v4()));
        let (clock, alerter) = (Arc::new(AtomicI64::new(BEGIN)), Arc::<Alerter>::default());
        let hand = Arc::clone(&clock);
        let now: Clock = Arc::new(move || Timestamp::from_millis(hand.load(Ordering::SeqCst)));
        let sealing_key = SealingKey::from_bytes([7; 32]);
        let store =
            Store::open(Config { path: folder.clone(), sealing_key, now: Arc::clone(&now), cache: Default::default() }).await.unwrap();
        assert!(store.initialise("Harbour Works").await.unwrap());
        let (key, private) = Keys.generate(now()).unwrap();
        store.write(move |tx| tx.put_key(&key, &private)).await.unwrap();
        let config = ApiConfig {
            team_origin: "https://team.localhost:8443".into(),
            api_base: "https://team.localhost:8443/client/v4".into(),
            private_targets: vec!["localhost:9443".into()],
            private_networks: Vec::new(),
            federated_tokens: vec!["cluster".into()],
            tells_country: Arc::default(),
            decision_days: Arc::new(AtomicI64::new(90)),
        };
        let door = guard::Config {
            team_origin: "https://team.localhost:8443".into(),
            team_host: "team.localhost".into(),
            port_suffix: ":8443".into(),
            token_cache_bytes: 1 << 20,
            unrecorded: guard::Unrecorded::GoOn,
        };
        let guard = guard::Guard::start(store.clone(), door, now()).await.unwrap();
        let account = store.snapshot().account.id.to_string();
        let readings: Arc<Mutex<Arc<Readings>>> = Arc::default();
        let polled = readings.clone();
        let state = ApiState::new(store.clone(), now, config, Arc::new(Keys), Arc::new(Echo), Arc::new(Unlike), Arc::new(Desk::default()))
            .with_readings(Arc::new(move || polled.lock().unwrap().clone()))
            .with_reload(Arc::new(File))
            .with_alerts(alerter.clone())
            .with_guard(guard.clone());
        let (doctor, router) = (state.doctor(), router(state));
        let mut world = Self { store, guard, account, token: String::new(), doctor, readings, alerter, router, clock, folder };
        world.token = world.token_with(&Permission::ALL, None).await;
        world
    }

    /// Moves the clock.
    pub fn pass(&self, secs: i64) {
        self.clock.fetch_add(secs * 1000, Ordering::SeqCst);
    }
    pub fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.clock.load(Ordering::SeqCst))
    }

    /// A token with these permissions, made as `doorward init` makes one.
    pub async fn token_with(&self, permissions: &[Permission], expires_at: Option<Timestamp>) -> String {
        let permissions: BTreeSet<Permission> = permissions.iter().copied().collect();
        self.token_of(TokenOrder { name: "test".into(), permissions, expires_at, ..TokenOrder::default() }).await
    }
    /// A token with these permissions for some applications and login methods only.
    pub async fn token_for(&self, permissions: &[Permission], apps: &[&str], providers: &[&str]) -> String {
        let resources = Resources {
            apps: apps.iter().map(|id| id.parse().unwrap()).collect(),
            identity_providers: providers.iter().map(|id| id.parse().unwrap()).collect(),
        };
        let permissions = permissions.iter().copied().collect();
        self.token_of(TokenOrder { name: "test".into(), permissions, resources: Some(resources), ..TokenOrder::default() }).await
    }
    pub async fn token_of(&self, order: TokenOrder) -> String {
        let (token, secret) = new_token(&mut rand::rng(), self.store.sealer(), order, self.now());
        self.store.write(move |tx| tx.put_api_token(&token)).await.unwrap();
        secret.expose().to_owned()
    }

    /// Where a path is; `~` is the account.
    pub fn url(&self, path: &str) -> String {
        format!("/client/v4{}", path.replacen('~', &format!("/accounts/{}", self.account), 1))
    }

    pub async fn send(&self, verb: &str, path: &str, authorization: Option<&str>, body: Option<String>) -> Reply {
        let mut request = Request::builder().method(verb).uri(self.url(path)).header("content-type", "application/json");
        if let Some(value) = authorization {
            request = request.header("authorization", value);
        }
        let request = request.body(body.map_or_else(Body::empty, Body::from)).unwrap();
        self.raw(request).await
    }

    /// The answer as it is.
    pub async fn response(&self, request: Request<Body>) -> axum::response::Response {
        self.router.clone().oneshot(request).await.unwrap()
    }

    pub async fn raw(&self, request: Request<Body>) -> Reply {
        let response = self.response(request).await;
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Reply { status: parts.status, headers: parts.headers, body }
    }

    /// As the administrator.
    pub async fn call(&self, verb: &str, path: &str, body: Option<Value>) -> Reply {
        let bearer = format!("Bearer {}", self.token);
        self.send(verb, path, Some(&bearer), body.map(|b| b.to_string())).await
    }
    pub async fn get(&self, path: &str) -> Value {
        self.call("GET", path, None).await.good(200)
    }
    pub async fn post(&self, path: &str, body: Value) -> Value {
        self.call("POST", path, Some(body)).await.good(201)
    }
    pub async fn put(&self, path: &str, body: Value) -> Value {
        self.call("PUT", path, Some(body)).await.good(200)
    }

    /// The provider of the house, made through the API; its id.
    pub async fn entra(&self) -> String {
        id(&self.post("~/access/identity_providers", entra_body()).await)
    }
    /// A group, as provisioning leaves one.
    pub async fn provisioned_group(&self, idp: &str, name: &str, external_id: &str) {
        let group = Provisioned {
            id: model::ScimId::random(),
            idp: idp.parse().unwrap(),
            kind: ResourceKind::Group,
            external_id: Some(external_id.into()),
            user_name: None,
            display_name: Some(name.into()),
            email: None,
            active: true,
            document: json!({ "displayName": name, "externalId": external_id }),
            created_at: self.now(),
            updated_at: self.now(),
        };
        self.store.write(move |tx| tx.put_provisioned(&group)).await.unwrap();
    }
    /// An application, made through the API.
    pub async fn app(&self, name: &str) -> Value {
        self.post("~/access/apps", json!({ "name": name, "type": "self_hosted", "domain": format!("{name}.localhost") })).await
    }

    /// A person with one live session, as a sign-in would leave them. There is no public door for that in this room.
    pub async fn signed_in(&self, address: &str, idp: &str) -> (String, String) {
        let (email, idp): (Email, IdpId) = (address.parse().unwrap(), idp.parse().unwrap());
        let now = self.now();
        let nonce = Nonce::from_indexes(rand::random::<[u8; 16]>().map(|b| b % 62));
        let key = SubjectKey { issuer: "tenant".into(), subject: uuid::Uuid::new_v4().to_string() };
        let user = User {
            id: UserId::random(),
            key: Some(key.clone()),
            email: email.clone(),
            upn: Some(address.to_owned()),
            name: "Mara".into(),
            seat_id: SeatId::random(),
            access_seat: true,
            generation: 1,
            last_successful_login: Some(now),
            created_at: now,
            updated_at: now,
        };
        let session = Session {
            nonce: nonce.clone(),
            user_id: user.id,
            idp,
            user_generation: 1,
            account_generation: self.store.snapshot().account.generation,
            created_at: now,
            expires_at: now.plus_secs(86_400),
            state: SessionState::Live,
        };
        let pilots = DirectoryGroup { id: "61503835-b6fe-4630-af88-de551dd59a2a".parse().unwrap(), name: Some("Pilots".into()) };
        let identity = Identity {
            user_id: user.id,
            idp,
            idp_kind: "azureAD".into(),
            key,
            email,
            email_trust: EmailTrust::TenantMember,
            name: "Mara".into(),
            upn: Some(address.to_owned()),
            groups: Groups::known(vec![pilots], GroupSource::Graph, now),
            amr: vec!["pwd".into(), "mfa".into()],
            contexts: AuthContexts::default(),
            sid: None,
            claims: [("team".to_owned(), json!("ops"))].into(),
            evaluations: vec![],
            country: Some("PT".into()),
            ip: "203.0.113.7".parse().unwrap(),
            signed_in_at: now,
        };
        let id = user.id;
        self.store
            .write(move |tx| {
                tx.put_user(&user)?;
                tx.start_session(&session, &identity)
            })
            .await
            .unwrap();
        (id.to_string(), nonce.to_string())
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Reply {
    /// The result of a success with this status; the envelope is checked.
    pub fn good(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{:#}", self.body);
        assert_eq!(self.headers.get("content-type").unwrap(), "application/json");
        assert_eq!(self.body["success"], true);
        assert_eq!(self.body["errors"], json!([]));
        assert!(self.body["messages"].is_array());
        self.body["result"].clone()
    }
    /// The errors' code and pointer (or message where there is none) of a refusal with this status; the envelope is checked.
    pub fn bad(&self, status: u16) -> Vec<(u64, String)> {
        assert_eq!(self.status.as_u16(), status, "{:#}", self.body);
        assert_eq!(self.headers.get("content-type").unwrap(), "application/json");
        assert_eq!((&self.body["success"], &self.body["result"]), (&Value::Bool(false), &Value::Null));
        let errors = self.body["errors"].as_array().unwrap();
        assert!(!errors.is_empty());
        errors
            .iter()
            .map(|e| {
                let text = e["source"]["pointer"].as_str().or(e["message"].as_str()).unwrap();
                (e["code"].as_u64().unwrap(), text.to_owned())
            })
            .collect()
    }
    /// The pointers of a refused body.
    pub fn pointers(&self) -> Vec<String> {
        self.bad(400).into_iter().map(|(_, pointer)| pointer).collect()
    }
    /// The text of the first error.
    pub fn text(&self) -> String {
        self.body["errors"][0]["message"].as_str().unwrap_or_default().to_owned()
    }
}

/// The example of the integration's documents, with values in the place of the placeholders.
pub fn entra_body() -> Value {
    json!({
        "config": {
            "client_id": "0f6a1f7e-55b0-4a6b-a1c0-0f7b2d9d4c11",
            "client_secret": "q3H8Q~vX1ZsbLr0nE_harbour",
            "directory_id": "9d1f3a52-7c9e-4d3a-8b7d-5d2f7f0a3e64",
            "support_groups": true
        },
        "type": "azureAD",
        "name": "my example idp"
    })
}

/// The id of a result.
pub fn id(result: &Value) -> String {
    result["id"].as_str().unwrap().to_owned()
}

/// A result without the times of change, at any depth.
pub fn timeless(mut value: Value) -> Value {
    fn strip(value: &mut Value) {
        match value {
            Value::Object(members) => {
                members.remove("updated_at");
                members.values_mut().for_each(strip);
            }
            Value::Array(items) => items.iter_mut().for_each(strip),
            _ => {}
        }
    }
    strip(&mut value);
    value
}
