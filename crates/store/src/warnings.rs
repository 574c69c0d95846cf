//! What was found out about set-ups: warnings, the last check of each login method, and when its provisioning called last. No request
//! is decided by any of it, so it is in no snapshot and in no feed.

use model::{
    IdpId, WarningId,
    drift::Report,
    finding::{Checked, Finding},
    idp::ScimContact,
    warning::{Subject, Warning},
};

use crate::{Reader, StoreError, Tx, objects::Kind};

impl Reader<'_> {
    /// All warnings, by id.
    pub fn warnings(&self) -> Result<Vec<Warning>, StoreError> {
        let found = self.objects::<WarningId, Warning>(Kind::Warning)?;
        Ok(found.into_values().map(|warning| (*warning).clone()).collect())
    }
    /// One warning.
    pub fn warning(&self, id: &WarningId) -> Result<Option<Warning>, StoreError> {
        self.object(Kind::Warning, &id.to_string())
    }
    /// The last check of a login method.
    pub fn provider_check(&self, id: &IdpId) -> Result<Option<Checked>, StoreError> {
        self.object(Kind::ProviderCheck, &id.to_string())
    }
    /// The last comparison of a login method's groups with its directory.
    pub fn drift_report(&self, id: &IdpId) -> Result<Option<Report>, StoreError> {
        self.object(Kind::DriftReport, &id.to_string())
    }
    /// What is known of a provider's provisioning client by its calls.
    pub fn scim_contact(&self, id: &IdpId) -> Result<Option<ScimContact>, StoreError> {
        self.object(Kind::ScimContact, &id.to_string())
    }
}

impl Tx<'_> {
    /// Puts a warning.
    pub fn put_warning(&mut self, warning: &Warning) -> Result<(), StoreError> {
        self.put_aside(Kind::Warning, &warning.id.to_string(), warning)
    }
    /// Removes a warning, when it is there.
    pub fn remove_warning(&mut self, id: &WarningId) -> Result<(), StoreError> {
        self.remove_aside(Kind::Warning, &id.to_string())
    }
    /// Raises a warning, or brings the same one up to date.
    pub fn raise_warning(&mut self, subject: Subject, finding: Finding) -> Result<(), StoreError> {
        let now = self.now();
        let known = self.warnings()?.into_iter().find(|warning| warning.subject == subject && warning.is_about(&finding));
        let warning = match known {
            Some(warning) => warning.seen(finding, now),
            None => Warning::raise(WarningId::random(), subject, finding, now),
        };
        self.put_warning(&warning)
    }
    /// Clears the warnings of a code about something.
    pub fn clear_warning(&mut self, subject: Subject, code: &str) -> Result<(), StoreError> {
        for warning in self.warnings()? {
            if warning.subject == subject && warning.finding.code == code {
                self.remove_warning(&warning.id)?;
            }
        }
        Ok(())
    }
    /// Clears the warning of a code about one of several things.
    pub fn clear_warning_about(&mut self, subject: Subject, code: &str, about: &str) -> Result<(), StoreError> {
        for warning in self.warnings()? {
            if warning.subject == subject && warning.finding.code == code && warning.finding.about.as_deref() == Some(about) {
                self.remove_warning(&warning.id)?;
            }
        }
        Ok(())
    }
    /// Keeps the check of a login method; the one before is forgotten.
    pub fn put_provider_check(&mut self, id: &IdpId, checked: &Checked) -> Result<(), StoreError> {
        self.put_aside(Kind::ProviderCheck, &id.to_string(), checked)
    }
    /// Keeps the comparison of a login method's groups; `None` forgets the one before.
    pub fn set_drift_report(&mut self, id: &IdpId, report: Option<&Report>) -> Result<(), StoreError> {
        match report {
            Some(report) => self.put_aside(Kind::DriftReport, &id.to_string(), report),
            None => self.remove_aside(Kind::DriftReport, &id.to_string()),
        }
    }
    /// Keeps what is known of a provider's provisioning client.
    pub fn put_scim_contact(&mut self, id: &IdpId, contact: &ScimContact) -> Result<(), StoreError> {
        self.put_aside(Kind::ScimContact, &id.to_string(), contact)
    }
    /// Forgets what was found out about a login method.
    pub(crate) fn forget_findings(&mut self, id: &IdpId) -> Result<(), StoreError> {
        let key = id.to_string();
        self.remove_aside(Kind::ProviderCheck, &key)?;
        self.remove_aside(Kind::ScimContact, &key)?;
        self.remove_aside(Kind::DriftReport, &key)?;
        for warning in self.warnings()? {
            if warning.subject == Subject::IdentityProvider(*id) {
                self.remove_warning(&warning.id)?;
            }
        }
        Ok(())
    }
}
