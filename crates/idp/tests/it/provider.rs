//! An Entra-shaped provider on loopback whose every answer a test can replace, and which remembers what it was asked.

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use idp::{Callback, Client, Config, SignInError, SignedIn};
use model::{
    Secret, Timestamp,
    idp::{ClientCredentials, EntraCloud, EntraSettings, IdpConfig},
};
use oidc::jws::RsaKey;
use parking_lot::Mutex;
use serde_json::{Value, json};

pub const TENANT: &str = "6f0c2b1e-93d4-4a57-8e21-0d9b7c5e4a10";
pub const FOREIGN: &str = "0b5a0f66-2c1d-4d51-9a0e-77a1a3f0c9d2";
pub const CLIENT: &str = "b7d1e3f0-2c48-4f6d-9a55-71c0de8840aa";
pub const OID: &str = "3d9a4f72-5e1b-4c0d-8f36-2b7e61c9d014";
pub const SECRET: &str = "v3r8Q~harbour.works_secret-value";
pub const CALLBACK: &str = "https://team.localhost/cdn-cgi/access/callback";
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub const NOW: i64 = 1_790_000_000;

/// The key of the provider, and one that is not.
pub fn signing_keys() -> &'static (RsaKey, RsaKey) {
    static KEYS: OnceLock<(RsaKey, RsaKey)> = OnceLock::new();
    KEYS.get_or_init(|| (RsaKey::generate().unwrap(), RsaKey::generate().unwrap()))
}

pub enum Reply {
    Json(u16, Value),
    Text(u16, String),
    With(u16, &'static str, String, Value),
    Hang,
}

pub struct Seen {
    pub headers: HeaderMap,
    pub query: String,
    pub form: HashMap<String, String>,
}

type Answerer = Arc<dyn Fn(&Seen) -> Reply + Send + Sync>;

#[derive(Default)]
struct Inner {
    answers: Mutex<HashMap<&'static str, Answerer>>,
    seen: Mutex<HashMap<&'static str, Vec<Seen>>>,
}

#[derive(Clone)]
pub struct Provider {
    pub url: String,
    inner: Arc<Inner>,
}

impl Provider {
    pub async fn start() -> Self {
        let inner = Arc::new(Inner::default());
        let app = Router::new().fallback(serve).with_state(Arc::clone(&inner));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        let provider = Self { url, inner };
        let base = format!("{}/{TENANT}", provider.url);
        let document = json!({
            "issuer": provider.issuer(), "authorization_endpoint": format!("{base}/oauth2/v2.0/authorize"),
            "token_endpoint": format!("{base}/oauth2/v2.0/token"), "jwks_uri": format!("{base}/discovery/v2.0/keys"),
        });
        provider.answer("discovery", move |_| Reply::Json(200, document.clone()));
        provider.publish(&["k1"]);
        provider.tokens(provider.claims());
        provider.answer("graph", |_| Reply::Json(200, json!({"value": []})));
        provider
    }

    pub fn issuer(&self) -> String {
        format!("{}/{TENANT}/v2.0", self.url)
    }

    pub fn answer(&self, place: &'static str, f: impl Fn(&Seen) -> Reply + Send + Sync + 'static) {
        self.inner.answers.lock().insert(place, Arc::new(f));
    }

    /// Publishes the provider's key under these ids.
    pub fn publish(&self, kids: &[&str]) {
        let (n, e) = signing_keys().0.modulus_exponent();
        let template = format!("{}/{{tenantid}}/v2.0", self.url);
        let keys: Vec<Value> =
            kids.iter().map(|kid| json!({"kty": "RSA", "use": "sig", "kid": kid, "n": n, "e": e, "issuer": template})).collect();
        self.answer("keys", move |_| Reply::Json(200, json!({ "keys": keys })));
    }

    pub fn claims(&self) -> Value {
        json!({
            "aud": CLIENT, "iss": self.issuer(), "tid": TENANT, "oid": OID, "sub": "pairwise", "ver": "2.0",
            "iat": NOW - 300, "nbf": NOW - 300, "exp": NOW + 3600, "nonce": "n-1",
            "name": "Mara Lindqvist", "preferred_username": "mara@harbourworks.example",
            "email": "mara@harbourworks.example",
        })
    }

    pub fn claims_with(&self, extra: Value) -> Value {
        let mut claims = self.claims();
        for (name, value) in extra.as_object().unwrap() {
            claims[name] = value.clone();
        }
        claims
    }

    /// The token endpoint answers with these claims, signed as `k1`.
    pub fn tokens(&self, claims: Value) {
        self.raw_token(signing_keys().0.sign("k1", &claims).unwrap());
    }

    /// A good answer of the token endpoint.
    pub fn id_token_answer(&self) -> Value {
        json!({"token_type": "Bearer", "id_token": signing_keys().0.sign("k1", &self.claims()).unwrap()})
    }

    pub fn raw_token(&self, id_token: String) {
        let body = json!({"token_type": "Bearer", "expires_in": 4387, "access_token": "opaque-graph-token",
            "refresh_token": "1.AXk", "id_token": id_token});
        self.answer("token", move |_| Reply::Json(200, body.clone()));
    }

    pub fn count(&self, place: &str) -> usize {
        self.inner.seen.lock().get(place).map_or(0, Vec::len)
    }

    pub fn seen<T>(&self, place: &str, f: impl Fn(&[Seen]) -> T) -> T {
        f(self.inner.seen.lock().get(place).map_or(&[][..], Vec::as_slice))
    }

    pub fn settings(&self) -> EntraSettings {
        EntraSettings {
            client_id: CLIENT.into(),
            directory_id: TENANT.parse().unwrap(),
            support_groups: true,
            conditional_access_enabled: false,
            email_claim_name: None,
            claims: vec![],
            prompt: None,
            pkce_enabled: true,
            cloud: Some(EntraCloud { login_url: self.url.clone(), graph_url: self.url.clone() }),
            own: model::idp::EntraOptions::default(),
        }
    }

    pub async fn sign_in(&self, client: &Client) -> Result<SignedIn, SignInError> {
        self.sign_in_at(client, NOW).await
    }

    pub async fn sign_in_at(&self, client: &Client, now: i64) -> Result<SignedIn, SignInError> {
        sign_in(client, &self.settings(), &secret(SECRET), &callback(), now).await
    }
}

pub fn secret(value: &str) -> ClientCredentials {
    ClientCredentials { secret: Some(Secret::new(value)), ..ClientCredentials::default() }
}

pub async fn sign_in(
    client: &Client,
    idp: &EntraSettings,
    credentials: &ClientCredentials,
    callback: &Callback<'_>,
    now: i64,
) -> Result<SignedIn, SignInError> {
    let config = IdpConfig::Entra(idp.clone());
    client.sign_in(idp::Provider { config: &config, credentials }, callback, Timestamp::from_secs(now)).await
}

pub fn callback() -> Callback<'static> {
    Callback { code: "1.code-of-mara", issuer: None, redirect_uri: CALLBACK, nonce: "n-1", code_verifier: Some(VERIFIER) }
}

pub fn config() -> Config {
    Config { allowed_private: vec!["127.0.0.0/8".parse().unwrap()], ..Config::default() }
}

pub fn client() -> Client {
    Client::new(config()).unwrap()
}

/// A client that gives up quickly.
pub fn hasty() -> Client {
    Client::new(Config { total_timeout: Duration::from_millis(400), ..config() }).unwrap()
}

async fn serve(State(inner): State<Arc<Inner>>, request: Request) -> Response {
    let path = request.uri().path().replacen("/organizations/", &format!("/{TENANT}/"), 1);
    let place = if path == format!("/{TENANT}/v2.0/.well-known/openid-configuration") {
        "discovery"
    } else if path == format!("/{TENANT}/discovery/v2.0/keys") {
        "keys"
    } else if path == format!("/{TENANT}/oauth2/v2.0/token") && request.method() == "POST" {
        "token"
    } else if path == "/v1.0/me/getMemberGroups" && request.method() == "POST" {
        "ids"
    } else if path == "/v1.0/directoryObjects/getByIds" && request.method() == "POST" {
        "names"
    } else if path.starts_with("/v1.0/me/transitiveMemberOf/microsoft.graph.group") {
        "graph"
    } else if path.ends_with("/conditionalAccess/authenticationContextClassReferences") {
        "contexts"
    } else if path.ends_with("/conditionalAccess/policies") {
        "policies"
    } else if path == "/v1.0/groups" {
        "groups"
    } else {
        "elsewhere"
    };
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap();
    let seen = Seen {
        headers: parts.headers,
        query: parts.uri.query().unwrap_or("").to_owned(),
        form: url::form_urlencoded::parse(&body).into_owned().collect(),
    };
    let answerer = inner.answers.lock().get(place).cloned();
    let reply = answerer.map_or_else(|| Reply::Text(404, String::new()), |f| f(&seen));
    inner.seen.lock().entry(place).or_default().push(seen);
    let build = |status: u16, body: String| {
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        response
    };
    match reply {
        Reply::Json(status, value) => build(status, value.to_string()),
        Reply::Text(status, text) => build(status, text),
        Reply::With(status, header, value, body) => {
            let mut response = build(status, body.to_string());
            response.headers_mut().insert(header, value.parse().unwrap());
            response
        }
        Reply::Hang => std::future::pending().await,
    }
}
