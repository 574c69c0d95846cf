//! The API's side: the questions, and errors that say what to do.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Checked, Order};
use crate::client::{self, Access, ClientError};

/// Why nothing could be asked.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// Nobody, or not the API, answered; or it refused.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// What was read could not be written.
    #[error("{0} could not be written")]
    Written(String, #[source] std::io::Error),
    /// No login method with two sides to compare.
    #[error("no login method of type azureAD has SCIM switched on, so there is nothing to compare")]
    NothingProvisioned,
    /// No such login method.
    #[error("there is no login method {wanted:?}; there are: {there}")]
    NoProvider {
        /// Name or id asked for.
        wanted: String,
        /// Those that exist.
        there: String,
    },
}

pub(super) struct Client(client::Client);

/// A login method as the list shows it.
pub(super) struct Provider {
    pub(super) id: String,
    pub(super) name: String,
    kind: String,
    /// An Entra provider whose SCIM endpoint answers.
    pub(super) is_provisioned: bool,
}

impl Client {
    pub(super) fn open(order: &Order) -> Result<Self, AskError> {
        let access = Access { api: &order.api, token_file: &order.token_file, ca_file: order.ca_file.as_deref() };
        Ok(Self(client::Client::open(&access)?))
    }

    pub(super) async fn account(&self) -> Result<String, AskError> {
        Ok(self.0.account().await?)
    }

    pub(super) async fn providers(&self, account: &str, wanted: Option<&str>) -> Result<Vec<Provider>, AskError> {
        let path = format!("accounts/{account}/access/identity_providers?per_page=1000");
        let list = self.call(Method::GET, &path, None).await?;
        let text = |item: &Value, key: &str| item.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let all = list.as_array().cloned().unwrap_or_default();
        let all = all.iter().map(|item| Provider {
            id: text(item, "id"),
            name: text(item, "name"),
            kind: text(item, "type"),
            is_provisioned: item["type"] == "azureAD" && item["scim_config"]["enabled"] == true,
        });
        let (found, others): (Vec<_>, Vec<_>) = all.partition(|p| wanted.is_none_or(|w| p.name == w || p.id.eq_ignore_ascii_case(w)));
        match wanted {
            Some(wanted) if found.is_empty() => {
                let there = others.iter().map(|p| format!("{:?}", p.name)).collect::<Vec<_>>().join(", ");
                Err(AskError::NoProvider { wanted: wanted.to_owned(), there: if there.is_empty() { "none".into() } else { there } })
            }
            _ => Ok(found),
        }
    }

    pub(super) async fn check(&self, account: &str, provider: Provider, person: Option<&str>) -> Result<Checked, AskError> {
        let path = format!("accounts/{account}/doorward/identity_providers/{}/check", provider.id);
        let body = person.map(|person| json!({ "person": person }));
        let mut told = self.call(Method::POST, &path, body).await?;
        let findings = told.get_mut("findings").and_then(Value::as_array_mut).map(std::mem::take).unwrap_or_default();
        let Provider { id, name, kind, .. } = provider;
        Ok(Checked { id, name, kind, at: told["checked_at"].take(), findings })
    }

    /// Has the groups of a login method compared; the report as the API tells it.
    pub(super) async fn drift(&self, account: &str, provider: &Provider) -> Result<Value, AskError> {
        let path = format!("accounts/{account}/doorward/identity_providers/{}/drift", provider.id);
        self.call(Method::POST, &path, None).await
    }

    /// Hands the body of an answer on as it comes, however long it is.
    pub(super) async fn download(&self, path: &str, take: &mut dyn FnMut(&[u8]) -> Result<(), AskError>) -> Result<(), AskError> {
        let mut answer = self.0.open_download(path).await?;
        while let Some(part) = self.0.part(&mut answer).await? {
            take(&part)?;
        }
        Ok(())
    }

    pub(super) async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Result<Value, AskError> {
        Ok(self.0.call(method, path, body).await?)
    }
}
