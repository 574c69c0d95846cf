//! Applications, and where their requests go.

use std::sync::Arc;

use model::{AppId, PolicyId, app::App, app_streams::AppStreams, upstream::Upstream};

use crate::{Reader, StoreError, Tx, objects::Kind, snapshot::Delta, statement::objects as sql};

impl Reader<'_> {
    /// One application.
    pub fn app(&self, id: &AppId) -> Result<Option<App>, StoreError> {
        self.object(Kind::App, &id.to_string())
    }
    /// Where its requests go.
    pub fn upstream(&self, id: &AppId) -> Result<Option<Upstream>, StoreError> {
        self.object(Kind::Upstream, &id.to_string())
    }
    /// What ends its streams; `None` when nobody set it.
    pub fn app_streams(&self, id: &AppId) -> Result<Option<AppStreams>, StoreError> {
        self.object(Kind::AppStreams, &id.to_string())
    }
}

impl Tx<'_> {
    /// Puts an application.
    pub fn put_app(&mut self, app: &App) -> Result<(), StoreError> {
        self.put_object(Kind::App, &app.id.to_string(), None, app, Delta::App(app.id, Some(Arc::new(app.clone()))))
    }
    /// Removes an application, with its upstream and the policies it owns. `NotFound` when there is none.
    pub fn remove_app(&mut self, id: &AppId) -> Result<(), StoreError> {
        let owner = id.to_string();
        self.remove_object(Kind::App, &owner, Delta::App(*id, None))?;
        self.forget_favourite(id)?;
        let owned = self.rows(&sql::OWNED, &[(&owner).into()], |row| Ok((row.text(0)?.to_owned(), row.text(1)?.to_owned())))?;
        for (kind, owned_id) in owned {
            if kind == Kind::Upstream.name() {
                self.remove_upstream(id)?;
            } else if kind == Kind::AppCa.name() {
                self.remove_app_ca(id)?;
            } else if kind == Kind::AppStreams.name() {
                self.remove_object(Kind::AppStreams, &owner, Delta::AppStreams(*id, None))?;
            } else {
                let policy = owned_id.parse::<PolicyId>().map_err(|e| StoreError::corrupt("policy", &owned_id, e))?;
                self.remove_policy(&policy)?;
            }
        }
        Ok(())
    }
    /// Puts where an application's requests go. `NotFound` when there is no such application.
    pub fn put_upstream(&mut self, id: &AppId, upstream: &Upstream) -> Result<(), StoreError> {
        let key = id.to_string();
        if self.app(id)?.is_none() {
            return Err(StoreError::NotFound { noun: Kind::App.name(), id: key });
        }
        self.put_object(Kind::Upstream, &key, Some(&key), upstream, Delta::Upstream(*id, Some(Arc::new(upstream.clone()))))
    }
    /// Sets what ends its streams. `NotFound` when there is no such application.
    pub fn put_app_streams(&mut self, id: &AppId, streams: &AppStreams) -> Result<(), StoreError> {
        let key = id.to_string();
        if self.app(id)?.is_none() {
            return Err(StoreError::NotFound { noun: Kind::App.name(), id: key });
        }
        self.put_object(Kind::AppStreams, &key, Some(&key), streams, Delta::AppStreams(*id, Some(Arc::new(*streams))))
    }
    /// Removes it. `NotFound` when there is none.
    pub fn remove_upstream(&mut self, id: &AppId) -> Result<(), StoreError> {
        self.remove_object(Kind::Upstream, &id.to_string(), Delta::Upstream(*id, None))
    }
}
