//! SCIM resources as they were sent, found by the attributes that are looked up.

use std::ops::ControlFlow;

use model::{
    IdpId, ScimId,
    provisioned::{Provisioned, ResourceKind},
};

use crate::{
    Listed, Reader, StoreError, Tx,
    fold::fold,
    objects::{from_json, to_json},
    reader::{Row, flag, signed},
    statement::{groups as groups_sql, provisioned as sql},
};

/// The attribute to look a resource up by. Case does not matter for any of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProvisionedKey {
    /// `userName`
    UserName,
    /// `externalId`
    ExternalId,
    /// `displayName`
    DisplayName,
    /// The work e-mail.
    Email,
    /// `id`
    Id,
}

impl Reader<'_> {
    /// One resource of a provider.
    pub fn provisioned(&self, idp: &IdpId, kind: ResourceKind, id: &ScimId) -> Result<Option<Provisioned>, StoreError> {
        self.row(&sql::BY_ID, &[(&idp.to_string()).into(), kind.as_str().into(), (&id.to_string()).into()], read)
    }
    /// The resources of a provider with this value, the oldest first.
    pub fn find_provisioned(
        &self,
        idp: &IdpId,
        kind: ResourceKind,
        by: ProvisionedKey,
        value: &str,
    ) -> Result<Vec<Provisioned>, StoreError> {
        let statement = match by {
            ProvisionedKey::UserName => &sql::BY_USER_NAME,
            ProvisionedKey::ExternalId => &sql::BY_EXTERNAL_ID,
            ProvisionedKey::DisplayName => &sql::BY_DISPLAY_NAME,
            ProvisionedKey::Email => &sql::BY_EMAIL,
            ProvisionedKey::Id => &sql::BY_ID,
        };
        self.rows(statement, &[(&idp.to_string()).into(), kind.as_str().into(), (&fold(value)).into()], read)
    }
    /// A stretch of a provider's resources in order of creation.
    pub fn list_provisioned(&self, idp: &IdpId, kind: ResourceKind, offset: u64, limit: u64) -> Result<Listed<Provisioned>, StoreError> {
        let idp = idp.to_string();
        let items = self.rows(&sql::PAGE, &[(&idp).into(), kind.as_str().into(), signed(limit).into(), signed(offset).into()], read)?;
        Ok(Listed { items, total: self.count(&sql::COUNT, &[(&idp).into(), kind.as_str().into()])? })
    }
    /// Hands every resource of a provider to `f` in order of creation, until it breaks: for filters that no index serves.
    pub fn each_provisioned(
        &self,
        idp: &IdpId,
        kind: ResourceKind,
        f: &mut dyn FnMut(Provisioned) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        self.each(&sql::EACH, &[(&idp.to_string()).into(), kind.as_str().into()], |row| Ok(f(read(row)?)))
    }
}

impl Tx<'_> {
    /// Puts a resource. `Conflict` when another one of the provider and kind has the `userName`, or another group the `displayName`;
    /// also when the id belongs to another provider or kind.
    pub fn put_provisioned(&mut self, resource: &Provisioned) -> Result<(), StoreError> {
        let (id, idp) = (resource.id.to_string(), resource.idp.to_string());
        let here = (idp.as_str(), resource.kind.as_str());
        let place = self.row(&sql::PLACE, &[(&id).into()], |row| Ok((row.text(0)?.to_owned(), row.text(1)?.to_owned())))?;
        if place.is_some_and(|(idp, kind)| (idp.as_str(), kind.as_str()) != here) {
            return Err(StoreError::Conflict { noun: resource.kind.as_str(), field: "id", value: id });
        }
        self.refuse_double(resource, ProvisionedKey::UserName, "userName", resource.user_name.as_deref())?;
        if resource.kind == ResourceKind::Group {
            self.refuse_double(resource, ProvisionedKey::DisplayName, "displayName", resource.display_name.as_deref())?;
        }
        let external_id = resource.external_id.as_deref().map(fold);
        let user_name = resource.user_name.as_deref().map(fold);
        let display_name = resource.display_name.as_deref().map(fold);
        let email = resource.email.as_deref().map(fold);
        let doc = to_json(resource.kind.as_str(), &id, resource)?;
        self.run(
            &sql::PUT,
            &[
                (&idp).into(),
                resource.kind.as_str().into(),
                (&id).into(),
                external_id.as_deref().into(),
                user_name.as_deref().into(),
                display_name.as_deref().into(),
                email.as_deref().into(),
                flag(resource.active).into(),
                resource.created_at.millis().into(),
                (&doc).into(),
            ],
        )?;
        Ok(())
    }
    /// Removes a resource; it leaves every group, and a group loses its members. `NotFound` when there is none.
    pub fn remove_provisioned(&mut self, idp: &IdpId, kind: ResourceKind, id: &ScimId) -> Result<(), StoreError> {
        let key = id.to_string();
        if self.provisioned(idp, kind, id)?.is_none() {
            return Err(StoreError::NotFound { noun: kind.as_str(), id: key });
        }
        self.run(&groups_sql::LEAVE_ALL, &[(&key).into()])?;
        self.run(&groups_sql::CLEAR, &[(&key).into()])?;
        self.row(&sql::REMOVE, &[(&idp.to_string()).into(), kind.as_str().into(), (&key).into()], |_| Ok(()))?;
        Ok(())
    }

    fn refuse_double(
        &self,
        resource: &Provisioned,
        by: ProvisionedKey,
        field: &'static str,
        value: Option<&str>,
    ) -> Result<(), StoreError> {
        let Some(value) = value else { return Ok(()) };
        let double = self.find_provisioned(&resource.idp, resource.kind, by, value)?.into_iter().any(|other| other.id != resource.id);
        if double {
            return Err(StoreError::Conflict { noun: resource.kind.as_str(), field, value: value.to_owned() });
        }
        Ok(())
    }
}

pub(crate) fn read(row: &Row<'_, '_>) -> Result<Provisioned, StoreError> {
    from_json("provisioned resource", "record", row.text(0)?)
}
