//! Authorities for client certificates, what hosts do with such certificates, and applications' key pairs for short-lived ones.

use std::sync::Arc;

use model::{
    AppId, CertificateId, Secret,
    app_ca::AppCa,
    certificate::{Certificate, HostnameSettings},
};

use crate::{
    Reader, StoreError, Tx,
    objects::{Kind, Sealed},
    snapshot::Delta,
    statement::objects as sql,
};

impl Reader<'_> {
    /// One authority.
    pub fn certificate(&self, id: &CertificateId) -> Result<Option<Certificate>, StoreError> {
        self.object(Kind::Certificate, &id.to_string())
    }
    /// What a host does with client certificates.
    pub fn hostname_settings(&self, host: &str) -> Result<Option<HostnameSettings>, StoreError> {
        self.object(Kind::HostnameSettings, host)
    }
    /// The public half of an application's key pair.
    pub fn app_ca(&self, app: &AppId) -> Result<Option<AppCa>, StoreError> {
        self.object(Kind::AppCa, &app.to_string())
    }
    /// The private half: PKCS #8 in DER, base64.
    pub fn app_ca_private(&self, app: &AppId) -> Result<Option<Secret>, StoreError> {
        self.sealed_text(Sealed::AppCaPrivate, &app.to_string())
    }
}

impl Tx<'_> {
    /// Puts an authority.
    pub fn put_certificate(&mut self, certificate: &Certificate) -> Result<(), StoreError> {
        let delta = Delta::Certificate(certificate.id, Some(Arc::new(certificate.clone())));
        self.put_object(Kind::Certificate, &certificate.id.to_string(), None, certificate, delta)
    }
    /// Removes an authority. `NotFound` when there is none.
    pub fn remove_certificate(&mut self, id: &CertificateId) -> Result<(), StoreError> {
        self.remove_object(Kind::Certificate, &id.to_string(), Delta::Certificate(*id, None))
    }
    /// Puts what a host does with client certificates.
    pub fn put_hostname_settings(&mut self, settings: &HostnameSettings) -> Result<(), StoreError> {
        let delta = Delta::HostnameSettings(settings.hostname.clone(), Some(Arc::new(settings.clone())));
        self.put_object(Kind::HostnameSettings, &settings.hostname, None, settings, delta)
    }
    /// Removes it: the host is back to the defaults. `NotFound` when there is none.
    pub fn remove_hostname_settings(&mut self, host: &str) -> Result<(), StoreError> {
        self.remove_object(Kind::HostnameSettings, host, Delta::HostnameSettings(host.to_owned(), None))
    }
    /// Puts an application's key pair; it dies with the application. `NotFound` when there is no such application.
    pub fn put_app_ca(&mut self, app: &AppId, ca: &AppCa, private: &Secret) -> Result<(), StoreError> {
        let key = app.to_string();
        if self.app(app)?.is_none() {
            return Err(StoreError::NotFound { noun: Kind::App.name(), id: key });
        }
        self.put_object(Kind::AppCa, &key, Some(&key), ca, Delta::AppCa(*app, Some(Arc::new(ca.clone()))))?;
        self.seal(Sealed::AppCaPrivate, &key, private.expose().as_bytes())
    }
    /// Removes it with its private half. `NotFound` when there is none.
    pub fn remove_app_ca(&mut self, app: &AppId) -> Result<(), StoreError> {
        let key = app.to_string();
        self.remove_object(Kind::AppCa, &key, Delta::AppCa(*app, None))?;
        self.run(&sql::UNSEAL, &[Sealed::AppCaPrivate.name().into(), (&key).into()])?;
        Ok(())
    }
}
