//! A store in a folder of its own, a provider with SCIM switched on, and a client that speaks to the router.

use std::{
    net::Ipv4Addr,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use axum::{Router, body::Body};
use http::{HeaderMap, Request, StatusCode, header};
use http_body_util::BodyExt;
use model::{
    Email, IdpId, Nonce, ObjectId, SeatId, Timestamp, UserId,
    identity::{AuthContexts, EmailTrust, GroupSource, Groups, Identity, SubjectKey},
    idp::{EntraOptions, EntraSettings, IdentityProvider, IdentityUpdateBehavior, IdpConfig, ScimSettings},
    provisioning_log::ScimUpdate,
    session::{Session, SessionState},
    user::User,
};
use provisioning::{Contacts, ProvisioningState, router};
use serde_json::{Value, json};
use store::{Config, Purpose, SealingKey, Store};
use tower::ServiceExt;

pub const NOW: Timestamp = Timestamp::from_secs(1_790_000_000);
pub const SECRET: &str = "dw_scim_7hJk2mPq9rTv4wXz";
pub const TENANT: &str = "6C1F0A52-7D1B-4B9E-9E51-2F1C7B7A9D30";
pub const ORIGIN: &str = "https://team.harbourworks.example";

pub struct Rig {
    pub store: Store,
    pub idp: IdpId,
    pub contacts: Contacts,
    ticks: Arc<AtomicI64>,
    router: Router,
    folder: PathBuf,
}

#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Answer {
    /// The id of the resource in the body.
    pub fn id(&self) -> String {
        self.body["id"].as_str().unwrap_or_else(|| panic!("no id in {self:?}")).to_owned()
    }
    /// The header as text, empty when it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{:#}", self.body);
        self
    }
    #[track_caller]
    pub fn expect_error(self, status: u16, scim_type: Option<&str>) -> Self {
        let answer = self.expect(status);
        assert_eq!(answer.body["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:Error"]));
        assert_eq!(answer.body["status"], status.to_string());
        assert_eq!(answer.body["scimType"].as_str(), scim_type, "{:#}", answer.body);
        assert_eq!(answer.header("content-type"), "application/scim+json; charset=utf-8");
        answer
    }
}

pub fn settings(user_deprovision: bool, seat_deprovision: bool, behavior: IdentityUpdateBehavior) -> ScimSettings {
    ScimSettings { enabled: true, user_deprovision, seat_deprovision, identity_update_behavior: behavior, ..ScimSettings::default() }
}

impl Rig {
    pub async fn start() -> Self {
        Self::with(settings(true, true, IdentityUpdateBehavior::NoAction)).await
    }

    pub async fn with(scim: ScimSettings) -> Self {
        let ticks = Arc::new(AtomicI64::new(0));
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("scim-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir_all(&folder).unwrap();
        let contacts = Contacts::default();
        let (store, router) = serve(&folder, &ticks, &contacts).await;
        store.initialise("Harbour Works").await.unwrap();
        let mut rig = Self { store, contacts, ticks, idp: IdpId::random(), router, folder };
        rig.idp = rig.add_provider(scim, SECRET).await;
        rig
    }

    /// Opens the closed store again, as a restart does.
    pub async fn reopen(&mut self) {
        (self.store, self.router) = serve(&self.folder, &self.ticks, &self.contacts).await;
    }

    pub async fn add_provider(&self, scim: ScimSettings, secret: &str) -> IdpId {
        let id = IdpId::random();
        let secret_hash = Some(self.store.sealer().hash(Purpose::ScimSecret, secret));
        let provider = IdentityProvider {
            id,
            name: "Harbour Works Entra".into(),
            config: IdpConfig::Entra(EntraSettings {
                client_id: "2f6d3a7e-5f0b-4a3d-8f53-0c8f7f1d2b11".into(),
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
            scim: ScimSettings { secret_hash, ..scim },
            created_at: NOW,
            updated_at: NOW,
        };
        self.store.write(move |tx| tx.put_idp(&provider)).await.unwrap();
        id
    }

    /// Turns the clock on.
    pub fn turn_to(&self, at: Timestamp) {
        self.ticks.store(at.millis() - NOW.millis(), Ordering::Relaxed);
    }

    pub fn base(&self) -> String {
        format!("/populations/{}/scim/v2", self.idp)
    }

    /// Sends a request as Entra does: no Accept, no User-Agent.
    pub async fn send(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base()))
            .header(header::AUTHORIZATION, format!("Bearer {SECRET}"));
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/scim+json; charset=utf-8");
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        self.send_raw(request.body(body).unwrap()).await
    }

    pub async fn send_raw(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let body = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).unwrap() };
        Answer { status: parts.status, headers: parts.headers, body }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None).await
    }
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send("POST", path, Some(body)).await
    }
    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.send("PUT", path, Some(body)).await
    }
    pub async fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, None).await
    }
    /// A PATCH with these operations.
    pub async fn patch(&self, path: &str, operations: Value) -> Answer {
        let body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations});
        self.send("PATCH", path, Some(body)).await
    }

    /// Creates a user as Entra's default mapping does; answers the id.
    pub async fn user(&self, nick: &str) -> String {
        self.post("/Users", entra_user(nick)).await.expect(201).id()
    }

    /// Creates an empty group with an object id; answers the id.
    pub async fn group(&self, name: &str) -> String {
        let body = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group", "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
            "externalId": uuid::Uuid::new_v4().to_string(), "displayName": name, "meta": {"resourceType": "Group"}});
        self.post("/Groups", body).await.expect(201).id()
    }

    /// The ids of a group's members, sorted.
    pub async fn members(&self, group: &str) -> Vec<String> {
        let answer = self.get(&format!("/Groups/{group}")).await.expect(200);
        let members = answer.body["members"].as_array().unwrap();
        let mut ids: Vec<String> = members.iter().map(|m| m["value"].as_str().unwrap().to_owned()).collect();
        ids.sort();
        ids
    }

    /// Somebody who has signed in and holds a seat and a live session.
    pub async fn person(&self, nick: &str) -> Person {
        self.person_with(nick, ObjectId::new(uuid::Uuid::new_v4()), Some(upn(nick))).await
    }

    pub async fn person_with(&self, nick: &str, object_id: ObjectId, upn: Option<String>) -> Person {
        self.person_of(&TENANT.to_ascii_lowercase(), nick, object_id, upn).await
    }

    /// Somebody of this issuer.
    pub async fn person_of(&self, issuer: &str, nick: &str, object_id: ObjectId, upn: Option<String>) -> Person {
        let key = SubjectKey { issuer: issuer.into(), subject: object_id.to_string() };
        let user = User {
            id: UserId::random(),
            key: Some(key.clone()),
            email: address(nick),
            upn: upn.clone(),
            name: nick.into(),
            seat_id: SeatId::random(),
            access_seat: true,
            generation: 0,
            last_successful_login: Some(NOW),
            created_at: NOW,
            updated_at: NOW,
        };
        let nonce = Nonce::from_indexes(*uuid::Uuid::new_v4().as_bytes());
        let person = Person { user: user.id, nonce: nonce.clone() };
        let mut session = Session {
            nonce,
            user_id: user.id,
            idp: self.idp,
            user_generation: 0,
            account_generation: 0,
            created_at: NOW,
            expires_at: NOW.plus_secs(86_400),
            state: SessionState::Live,
        };
        let identity = Identity {
            user_id: user.id,
            idp: self.idp,
            idp_kind: "azureAD".into(),
            key,
            email: user.email.clone(),
            email_trust: EmailTrust::TenantMember,
            name: user.name.clone(),
            upn,
            groups: Groups::known(vec![], GroupSource::Token, NOW),
            amr: vec![],
            contexts: AuthContexts::default(),
            sid: None,
            claims: Default::default(),
            evaluations: vec![],
            country: None,
            ip: Ipv4Addr::LOCALHOST.into(),
            signed_in_at: NOW,
        };
        self.store
            .write(move |tx| {
                tx.put_user(&user)?;
                session.account_generation = tx.account()?.generation;
                tx.start_session(&session, &identity)
            })
            .await
            .unwrap();
        person
    }

    /// How the person stands: live sessions, seat, generation.
    pub async fn standing(&self, person: &Person) -> Standing {
        let id = person.user;
        self.store
            .read(move |reader| {
                let user = reader.user(&id)?.unwrap();
                Ok(Standing { sessions: reader.sessions_of(&id, NOW)?.len(), seat: user.access_seat, generation: user.generation })
            })
            .await
            .unwrap()
    }

    /// The provisioning log of this provider, oldest first.
    pub async fn log(&self) -> Vec<ScimUpdate> {
        let filter = store::ScimUpdateFilter { idps: vec![self.idp], ..Default::default() };
        let page = store::Page { page: 1, per_page: 1_000 };
        let listed = self.store.read(move |reader| reader.list_scim_updates(&filter, store::Chronology::OldestFirst, page)).await.unwrap();
        listed.items.into_iter().map(|logged| logged.update).collect()
    }

    /// The youngest record of the provisioning log.
    pub async fn last_logged(&self) -> ScimUpdate {
        self.log().await.pop().unwrap()
    }

    /// Actions and objects of the audit log, newest first.
    pub async fn audit(&self) -> Vec<model::log::AuditRecord> {
        self.store.read(|reader| reader.list_audit(store::Page { page: 1, per_page: 1_000 })).await.unwrap().items
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

pub struct Person {
    pub user: UserId,
    pub nonce: Nonce,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Standing {
    pub sessions: usize,
    pub seat: bool,
    pub generation: u32,
}

impl Standing {
    pub const UNTOUCHED: Self = Self { sessions: 1, seat: true, generation: 0 };
}

async fn serve(folder: &Path, ticks: &Arc<AtomicI64>, contacts: &Contacts) -> (Store, Router) {
    let config =
        Config { path: folder.to_owned(), sealing_key: SealingKey::from_bytes([7; 32]), now: ticking(ticks), cache: Default::default() };
    let store = Store::open(config).await.unwrap();
    let state = ProvisioningState { store: store.clone(), team_origin: ORIGIN.into(), contacts: contacts.clone() };
    (store, router(state))
}

/// A clock that moves on by a millisecond whenever it is read, so that the order of creation is the order of requests.
fn ticking(ticks: &Arc<AtomicI64>) -> store::Clock {
    let ticks = Arc::clone(ticks);
    Arc::new(move || Timestamp::from_millis(NOW.millis() + ticks.fetch_add(1, Ordering::Relaxed)))
}

pub fn upn(nick: &str) -> String {
    format!("{nick}@harbourworks.example")
}

fn address(nick: &str) -> Email {
    upn(nick).parse().unwrap()
}

/// The body of Entra's create with default mappings.
pub fn entra_user(nick: &str) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
        "externalId": nick, "userName": upn(nick), "active": true, "displayName": nick,
        "emails": [{"primary": true, "type": "work", "value": upn(nick)}],
        "meta": {"resourceType": "User"},
        "name": {"formatted": format!("{nick} Oduya"), "familyName": "Oduya", "givenName": nick},
        "roles": [],
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "Network"},
    })
}

/// Percent-encodes a filter for the query string.
pub fn filter(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
