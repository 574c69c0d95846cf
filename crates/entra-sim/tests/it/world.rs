//! Owns starting a simulator for a test and walking its sign-in pages as a browser would.

use std::collections::HashMap;

use entra_sim::oidc::aadsts::{self, Leg};
use entra_sim::{AppCard, Config, Running, Seed};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode};
use serde_json::Value;

/// Callback of the sign-in application in tests.
pub const CALLBACK: &str = "https://team.localhost/cdn-cgi/access/callback";
/// A PKCE pair (RFC 7636, appendix B).
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// Its challenge.
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
/// What doorward asks for.
pub const SCOPE: &str = "openid profile email offline_access User.Read GroupMember.Read.All";

/// A simulator and a browser beside it.
pub struct World {
    /// The simulator.
    pub sim: Running,
    /// Keeps cookies, follows no redirects.
    pub browser: Client,
    /// The sign-in application.
    pub app: AppCard,
}

/// A browser of its own.
pub fn browser() -> Client {
    Client::builder().cookie_store(true).redirect(Policy::none()).build().unwrap()
}

/// Starts the built-in tenant on a free port.
pub async fn world() -> World {
    world_of(Seed { redirect_uris: vec![CALLBACK.into()], ..Seed::default() }).await
}

/// Starts a tenant on a free port.
pub async fn world_of(seed: Seed) -> World {
    let mut config = Config::new("127.0.0.1:0".parse().unwrap(), "http://localhost:{port}");
    config.seed = seed;
    let sim = entra_sim::start(config).await.unwrap();
    let app = sim.sign_in_app().unwrap();
    World { sim, browser: browser(), app }
}

/// The fields of a page's form.
pub fn hidden(html: &str) -> HashMap<String, String> {
    html.split("<input type=\"hidden\" ")
        .skip(1)
        .filter_map(|part| {
            let (_, rest) = part.split_once("name=\"")?;
            let (name, rest) = rest.split_once("\" value=\"")?;
            let (value, _) = rest.split_once('"')?;
            Some((name.to_owned(), value.to_owned()))
        })
        .collect()
}

/// The claims of a token, unchecked.
pub fn payload(token: &str) -> Value {
    use base64::Engine as _;
    let middle = token.split('.').nth(1).unwrap();
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(middle).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

/// The parameters of a redirect's query.
pub fn query(location: &str) -> HashMap<String, String> {
    url::Url::parse(location).unwrap().query_pairs().into_owned().collect()
}

/// A URL with parameters.
pub fn with_query<V: AsRef<str>>(url: &str, params: &[(&str, V)]) -> url::Url {
    let pairs = params.iter().map(|(name, value)| (*name, value.as_ref()));
    url::Url::parse_with_params(url, pairs).unwrap()
}

/// Where a redirect leads.
pub fn location(response: &Response) -> String {
    assert_eq!(response.status(), StatusCode::FOUND);
    response.headers()["location"].to_str().unwrap().to_owned()
}

/// Whatever the token endpoint refuses, it refuses as the table of errors says.
fn as_in_the_table(status: StatusCode, body: &Value) {
    let code = body["error_codes"][0].as_u64().and_then(|code| u32::try_from(code).ok());
    let Some(row) = code.and_then(aadsts::find) else {
        return;
    };
    let fits = |end: &aadsts::End| {
        matches!(end.leg, Leg::Token | Leg::Refresh)
            && end.error == body["error"].as_str()
            && end.suberror == body["suberror"].as_str()
            && end.status == status.as_u16()
    };
    assert!(row.legs.iter().any(fits), "{status} {body}");
}

impl World {
    /// The usual authorize parameters.
    pub fn usual(&self) -> Vec<(&'static str, String)> {
        vec![
            ("client_id", self.app.client_id.to_string()),
            ("response_type", "code".into()),
            ("redirect_uri", CALLBACK.into()),
            ("scope", SCOPE.into()),
            ("state", "st/ate".into()),
            ("nonce", "n-0".into()),
            ("code_challenge", CHALLENGE.into()),
            ("code_challenge_method", "S256".into()),
        ]
    }

    /// The usual parameters with some replaced; an empty value removes one.
    pub fn with(&self, changes: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
        let mut all = self.usual();
        for (name, value) in changes {
            all.retain(|(known, _)| known != name);
            if !value.is_empty() {
                all.push((name, (*value).to_owned()));
            }
        }
        all
    }

    /// Calls the authorize endpoint.
    pub async fn authorize(&self, params: &[(&'static str, String)]) -> Response {
        self.browser.get(with_query(&format!("{}/oauth2/v2.0/authorize", self.sim.authority()), params)).send().await.unwrap()
    }

    /// Sends a form of the sign-in pages with what the page holds and some more.
    pub async fn submit(&self, html: &str, more: &[(&str, &str)]) -> Response {
        let mut fields = hidden(html);
        for (name, value) in more {
            fields.insert((*name).to_owned(), (*value).to_owned());
        }
        self.browser.post(format!("{}/login", self.sim.authority())).form(&fields).send().await.unwrap()
    }

    /// Signs a person in with user name and password and returns the redirect's parameters.
    pub async fn sign_in(&self, upn: &str, params: &[(&'static str, String)]) -> HashMap<String, String> {
        let password = self.sim.person(upn).unwrap().password;
        let page = self.authorize(params).await.text().await.unwrap();
        let answer = self.submit(&page, &[("loginfmt", upn), ("passwd", &password)]).await;
        query(&location(&answer))
    }

    /// Calls the token endpoint.
    pub async fn token(&self, form: &[(&str, &str)]) -> (StatusCode, Value) {
        let answer = browser().post(format!("{}/oauth2/v2.0/token", self.sim.authority())).form(form).send().await.unwrap();
        let (status, body) = (answer.status(), answer.json().await.unwrap());
        as_in_the_table(status, &body);
        (status, body)
    }

    /// Redeems a code the usual way.
    pub async fn redeem(&self, code: &str) -> (StatusCode, Value) {
        let id = self.app.client_id.to_string();
        self.token(&[
            ("grant_type", "authorization_code"),
            ("client_id", &id),
            ("client_secret", &self.app.client_secret),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ])
        .await
    }

    /// Signs a person in and redeems the code.
    pub async fn tokens(&self, upn: &str) -> Value {
        let back = self.sign_in(upn, &self.usual()).await;
        let (status, body) = self.redeem(&back["code"]).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        body
    }

    /// The claims of a person's fresh ID token, signed in from a browser of its own.
    pub async fn claims(&mut self, upn: &str) -> Value {
        self.browser = browser();
        let tokens = self.tokens(upn).await;
        payload(tokens["id_token"].as_str().unwrap())
    }

    /// A token for the automation application.
    pub async fn admin(&self) -> String {
        let app = self.sim.admin_app().unwrap();
        let id = app.client_id.to_string();
        let (status, body) = self
            .token(&[
                ("grant_type", "client_credentials"),
                ("client_id", &id),
                ("client_secret", &app.client_secret),
                ("scope", "https://graph.microsoft.com/.default"),
            ])
            .await;
        assert_eq!(status, StatusCode::OK, "{body}");
        body["access_token"].as_str().unwrap().to_owned()
    }
}

/// Calls Graph and returns status and body.
pub async fn graph(base: &str, token: &str, method: reqwest::Method, path: &str, body: Option<Value>) -> (StatusCode, Value) {
    let url = if path.starts_with("http") { path.to_owned() } else { format!("{base}/v1.0{path}") };
    let mut call = browser().request(method, url).bearer_auth(token).header("ConsistencyLevel", "eventual");
    if let Some(body) = body {
        call = call.json(&body);
    }
    let answer = call.send().await.unwrap();
    let status = answer.status();
    let text = answer.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

impl World {
    /// Reads from Graph and expects success.
    pub async fn get(&self, token: &str, path: &str) -> Value {
        let (status, body) = graph(&self.sim.base, token, reqwest::Method::GET, path, None).await;
        assert_eq!(status, StatusCode::OK, "{path}: {body}");
        body
    }

    /// Writes to Graph and expects success.
    pub async fn write(&self, token: &str, method: reqwest::Method, path: &str, body: Value) -> Value {
        let body = if body.is_null() { None } else { Some(body) };
        let (status, body) = graph(&self.sim.base, token, method, path, body).await;
        assert!(status.is_success(), "{path}: {status} {body}");
        body
    }

    /// The error that a call of Graph ends in: status and code.
    pub async fn refused(&self, token: &str, method: reqwest::Method, path: &str, body: Option<Value>) -> (u16, String) {
        let (status, body) = graph(&self.sim.base, token, method, path, body).await;
        let code = body["error"]["code"].as_str().unwrap_or_default().to_owned();
        (status.as_u16(), code)
    }

    /// Follows all pages of a list and returns the ids in order, and how many pages there were.
    pub async fn all(&self, token: &str, path: &str) -> (Vec<String>, usize) {
        let (mut ids, mut pages, mut next) = (Vec::new(), 0, path.to_owned());
        loop {
            let body = self.get(token, &next).await;
            pages += 1;
            ids.extend(body["value"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()));
            match body["@odata.nextLink"].as_str() {
                Some(link) => next = link.to_owned(),
                None => return (ids, pages),
            }
        }
    }
}
