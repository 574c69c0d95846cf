//! The v4 API with a token.

use http::Method;
use reqwest::Client;
use serde_json::{Value, json};

use crate::must::Must;

/// The API of the world's account.
#[derive(Clone)]
pub struct Api {
    client: Client,
    root: String,
    token: String,
    account: String,
}

/// An answer of the API.
#[derive(Debug, Clone)]
pub struct Reply {
    /// Status.
    pub status: u16,
    /// The envelope.
    pub body: Value,
}

impl Api {
    pub(crate) async fn open(client: Client, team: &str, token: &str) -> Self {
        let mut api = Self { client, root: format!("{team}/client/v4"), token: token.to_owned(), account: String::new() };
        let accounts = api.at(Method::GET, "/accounts", None).await.result();
        accounts[0]["id"].as_str().must("an account").clone_into(&mut api.account);
        api
    }

    /// The same API with another token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: token.to_owned(), ..self.clone() }
    }

    /// The token.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The account's id.
    pub fn account(&self) -> &str {
        &self.account
    }

    /// Calls an operation of the account and returns whatever it answers.
    pub async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Reply {
        self.at(method, &format!("/accounts/{}/{path}", self.account), body).await
    }

    /// The result of a GET.
    pub async fn get(&self, path: &str) -> Value {
        self.call(Method::GET, path, None).await.result()
    }

    /// Makes something.
    pub async fn post(&self, path: &str, body: Value) -> Value {
        self.call(Method::POST, path, Some(&body)).await.result()
    }

    /// Replaces something.
    pub async fn put(&self, path: &str, body: Value) -> Value {
        self.call(Method::PUT, path, Some(&body)).await.result()
    }

    /// Removes something.
    pub async fn delete(&self, path: &str) -> Value {
        self.call(Method::DELETE, path, None).await.result()
    }

    /// Changes some members of the organisation.
    pub async fn organization(&self, change: Value) {
        let mut whole = self.get("access/organizations").await;
        for (key, value) in change.as_object().must("an object") {
            whole[key] = value.clone();
        }
        self.put("access/organizations", whole).await;
    }

    /// The person in the registry.
    pub async fn user(&self, email: &str) -> Value {
        let users = self.get("access/users?per_page=1000").await;
        users.as_array().must("a list").iter().find(|user| user["email"] == email).cloned().must(email)
    }

    /// Makes a service token; its id, client id and secret.
    pub async fn service_token(&self, name: &str, duration: &str) -> Value {
        self.post("access/service_tokens", json!({ "name": name, "duration": duration })).await
    }

    /// The decision behind a reference.
    pub async fn decision(&self, reference: &str) -> Value {
        self.get(&format!("doorward/decisions/{reference}")).await
    }

    async fn at(&self, method: Method, path: &str, body: Option<&Value>) -> Reply {
        let mut request = self.client.request(method.clone(), format!("{}{path}", self.root)).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await.must("the API answers");
        let status = answer.status().as_u16();
        let text = answer.text().await.must("the API's body");
        let body = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{method} {path} answered {status} without JSON: {text}"));
        Reply { status, body }
    }
}

impl Reply {
    /// The result of a success.
    #[track_caller]
    pub fn result(self) -> Value {
        assert!(self.body["success"] == true, "the API answered {}: {:#}", self.status, self.body["errors"]);
        self.body["result"].clone()
    }
}
