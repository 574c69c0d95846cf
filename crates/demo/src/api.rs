//! Owns talking to doorward's v4 API, as any script would.

use std::fmt::Write;

use anyhow::{Context, Result, anyhow, bail};
use reqwest::{Client, Method};
use serde_json::Value;

/// The API with a token.
#[derive(Clone)]
pub struct Api {
    client: Client,
    root: String,
    token: String,
    account: String,
}

impl Api {
    /// Signs in and finds the account.
    pub async fn open(client: Client, root: String, token: String) -> Result<Self> {
        let mut api = Self { client, root, token, account: String::new() };
        let accounts = api.call(Method::GET, "/accounts", None).await?;
        let first = accounts.get(0).and_then(|account| account["id"].as_str()).context("the API lists no account")?;
        api.account = first.to_owned();
        Ok(api)
    }

    /// The account's id.
    pub fn account(&self) -> &str {
        &self.account
    }

    /// The token.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Something of the account.
    pub async fn get(&self, path: &str) -> Result<Value> {
        self.call(Method::GET, &self.under(path), None).await
    }

    /// Makes something.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        self.call(Method::POST, &self.under(path), Some(body)).await
    }

    /// Replaces something.
    pub async fn put(&self, path: &str, body: &Value) -> Result<Value> {
        self.call(Method::PUT, &self.under(path), Some(body)).await
    }

    /// The object of a list that carries a name.
    pub async fn named(&self, path: &str, name: &str) -> Result<Option<Value>> {
        let list = self.get(path).await?;
        let list = list.as_array().with_context(|| format!("{path} did not answer with a list"))?;
        Ok(list.iter().find(|one| one["name"] == name).cloned())
    }

    fn under(&self, path: &str) -> String {
        format!("/accounts/{}/{path}", self.account)
    }

    async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value> {
        let what = format!("{method} {path}");
        let mut request = self.client.request(method, format!("{}{path}", self.root)).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await.with_context(|| what.clone())?;
        let status = answer.status();
        let mut body: Value = answer.json().await.with_context(|| format!("{what} answered {status} without JSON"))?;
        if !status.is_success() || body["success"] != true {
            bail!("{what} answered {status}:{}", faults(&body));
        }
        body.get_mut("result").map(Value::take).ok_or_else(|| anyhow!("{what} answered without a result"))
    }
}

fn faults(body: &Value) -> String {
    let mut text = String::new();
    for error in body["errors"].as_array().into_iter().flatten() {
        let pointer = error["source"]["pointer"].as_str().unwrap_or_default();
        let _always = write!(text, "\n  {} {} {pointer}", error["code"], error["message"].as_str().unwrap_or_default());
    }
    text
}

/// A text member of an object.
pub fn text(object: &Value, key: &str) -> Result<String> {
    object[key].as_str().map(str::to_owned).with_context(|| format!("the answer has no text {key:?}: {object}"))
}
