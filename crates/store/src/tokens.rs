//! Service tokens and API tokens.

use std::{collections::BTreeMap, sync::Arc};

use model::{ApiTokenId, ServiceTokenId, Timestamp, api_token::ApiToken, service_token::ServiceToken};

use crate::{Reader, StoreError, Tx, objects::Kind, snapshot::Delta};

impl Reader<'_> {
    /// One service token.
    pub fn service_token(&self, id: &ServiceTokenId) -> Result<Option<ServiceToken>, StoreError> {
        self.object(Kind::ServiceToken, &id.to_string())
    }
    /// When a service token last admitted a request, as far as it was noted. `None`: never.
    pub fn service_token_seen(&self, id: &ServiceTokenId) -> Result<Option<Timestamp>, StoreError> {
        self.object(Kind::ServiceTokenSeen, &id.to_string())
    }
    /// The same of all that were ever used.
    pub fn service_tokens_seen(&self) -> Result<BTreeMap<ServiceTokenId, Timestamp>, StoreError> {
        Ok(self.objects::<ServiceTokenId, Timestamp>(Kind::ServiceTokenSeen)?.into_iter().map(|(id, at)| (id, *at)).collect())
    }
    /// One API token.
    pub fn api_token(&self, id: &ApiTokenId) -> Result<Option<ApiToken>, StoreError> {
        self.object(Kind::ApiToken, id.as_str())
    }
    /// When an API token was used last, as far as it was written down.
    pub fn api_token_use(&self, id: &ApiTokenId) -> Result<Option<Timestamp>, StoreError> {
        self.object(Kind::ApiTokenUse, id.as_str())
    }
}

impl Tx<'_> {
    /// Puts a service token.
    pub fn put_service_token(&mut self, token: &ServiceToken) -> Result<(), StoreError> {
        let delta = Delta::ServiceToken(token.id, Some(Arc::new(token.clone())));
        self.put_object(Kind::ServiceToken, &token.id.to_string(), None, token, delta)
    }
    /// Removes a service token. `NotFound` when there is none.
    pub fn remove_service_token(&mut self, id: &ServiceTokenId) -> Result<(), StoreError> {
        self.remove_aside(Kind::ServiceTokenSeen, &id.to_string())?;
        self.remove_object(Kind::ServiceToken, &id.to_string(), Delta::ServiceToken(*id, None))
    }
    /// Notes that a service token was used then; one that is gone, or an earlier time than the known one, changes nothing. Not in the
    /// feed: nothing is decided by it on a request's way.
    pub fn note_service_token_seen(&mut self, id: &ServiceTokenId, at: Timestamp) -> Result<(), StoreError> {
        let is_news = self.service_token_seen(id)?.is_none_or(|known| known < at);
        if is_news && self.service_token(id)?.is_some() {
            self.put_aside(Kind::ServiceTokenSeen, &id.to_string(), &at)?;
        }
        Ok(())
    }
    /// Puts an API token.
    pub fn put_api_token(&mut self, token: &ApiToken) -> Result<(), StoreError> {
        let delta = Delta::ApiToken(token.id.clone(), Some(Arc::new(token.clone())));
        self.put_object(Kind::ApiToken, token.id.as_str(), None, token, delta)
    }
    /// Notes when an API token was used, unless it is gone. Nothing follows from it: no change goes into the feed.
    pub fn note_api_token_use(&mut self, id: &ApiTokenId, at: Timestamp) -> Result<(), StoreError> {
        if self.api_token(id)?.is_none() { Ok(()) } else { self.put_aside(Kind::ApiTokenUse, id.as_str(), &at) }
    }
    /// Removes an API token. `NotFound` when there is none.
    pub fn remove_api_token(&mut self, id: &ApiTokenId) -> Result<(), StoreError> {
        self.remove_aside(Kind::ApiTokenUse, id.as_str())?;
        self.remove_object(Kind::ApiToken, id.as_str(), Delta::ApiToken(id.clone(), None))
    }
}
