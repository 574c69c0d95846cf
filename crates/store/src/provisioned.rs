//! SCIM resources as they were sent, found by the attributes that are looked up.

use std::ops::ControlFlow;

use model::{
    IdpId, ScimId, Timestamp,
    provisioned::{Provisioned, ResourceKind},
};

use crate::{
    Listed, Reader, StoreError, Tx,
    fold::{anywhere, fold},
    objects::{from_json, to_json},
    reader::{Arg, Row, flag, signed},
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

/// What is indexed of a resource.
#[derive(Debug, PartialEq, Eq)]
struct Keys {
    /// What is unique within the population: a user's `userName`, a group's `displayName`.
    name: Option<String>,
    external_id: Option<String>,
    /// A user's.
    display_name: Option<String>,
    email: Option<String>,
    active: bool,
    created_at: i64,
}

impl Keys {
    fn of(resource: &Provisioned) -> Self {
        let folded = |text: &Option<String>| text.as_deref().map(fold);
        let (name, display_name) = match resource.kind {
            ResourceKind::User => (folded(&resource.user_name), folded(&resource.display_name)),
            ResourceKind::Group => (folded(&resource.display_name), None),
        };
        let (external_id, email) = (folded(&resource.external_id), folded(&resource.email));
        Self { name, external_id, display_name, email, active: resource.active, created_at: resource.created_at.millis() }
    }
    /// In the order of the statements.
    fn args(&self) -> [Arg<'_>; 6] {
        [
            self.name.as_deref().into(),
            self.external_id.as_deref().into(),
            self.display_name.as_deref().into(),
            self.email.as_deref().into(),
            flag(self.active).into(),
            self.created_at.into(),
        ]
    }
}

/// A resource as it is stored, without its document.
struct Stored {
    no: i64,
    population_no: i64,
    keys: Keys,
}

impl Reader<'_> {
    /// One resource of a provider.
    pub fn provisioned(&self, idp: &IdpId, kind: ResourceKind, id: &ScimId) -> Result<Option<Provisioned>, StoreError> {
        let Some(population) = self.population(idp, kind)? else { return Ok(None) };
        self.row(&sql::BY_ID, &[population.no.into(), (&id.to_string()).into()], read)
    }
    /// What a provider's resource is, without reading it; `None` when there is none.
    pub fn provisioned_kind(&self, idp: &IdpId, id: &ScimId) -> Result<Option<ResourceKind>, StoreError> {
        self.row(&sql::KIND, &[(&idp.to_string()).into(), (&id.to_string()).into()], |row| kind(row.text(0)?))
    }
    /// The resources of a provider with this value, the oldest first.
    pub fn find_provisioned(
        &self,
        idp: &IdpId,
        kind: ResourceKind,
        by: ProvisionedKey,
        value: &str,
    ) -> Result<Vec<Provisioned>, StoreError> {
        let statement = match (kind, by) {
            (_, ProvisionedKey::Id) => &sql::BY_ID,
            (_, ProvisionedKey::ExternalId) => &sql::BY_EXTERNAL_ID,
            (ResourceKind::User, ProvisionedKey::UserName) | (ResourceKind::Group, ProvisionedKey::DisplayName) => &sql::BY_NAME,
            (ResourceKind::User, ProvisionedKey::DisplayName) => &sql::BY_DISPLAY_NAME,
            (ResourceKind::User, ProvisionedKey::Email) => &sql::BY_EMAIL,
            // Groups have neither.
            (ResourceKind::Group, ProvisionedKey::UserName | ProvisionedKey::Email) => return Ok(Vec::new()),
        };
        let Some(population) = self.population(idp, kind)? else { return Ok(Vec::new()) };
        let mut found = self.rows(statement, &[population.no.into(), (&fold(value)).into()], read)?;
        // Here and not by the engine, which would walk the whole population in that order to find them.
        found.sort_by_key(|resource| (resource.created_at, resource.id));
        Ok(found)
    }
    /// A stretch of a provider's resources in order of creation. The total is a running one and costs nothing.
    pub fn list_provisioned(&self, idp: &IdpId, kind: ResourceKind, offset: u64, limit: u64) -> Result<Listed<Provisioned>, StoreError> {
        let Some(population) = self.population(idp, kind)? else { return Ok(Listed { items: Vec::new(), total: 0 }) };
        let items = self.rows(&sql::PAGE, &[population.no.into(), signed(limit).into(), signed(offset).into()], read)?;
        Ok(Listed { items, total: population.total })
    }
    /// At most `limit` resources of a provider whose name (`userName`, a group's `displayName`) holds the text, by name. Walks the
    /// population: for people who are typing, not for programs.
    pub fn search_provisioned(&self, idp: &IdpId, kind: ResourceKind, text: &str, limit: u64) -> Result<Vec<Provisioned>, StoreError> {
        let Some(population) = self.population(idp, kind)? else { return Ok(Vec::new()) };
        self.rows(&sql::NAMED_LIKE, &[population.no.into(), (&anywhere(text)).into(), signed(limit).into()], read)
    }
    /// A stretch of a provider's resources with this text somewhere in a name or address, in order of creation. Looks at all of them.
    pub fn sift_provisioned(
        &self,
        idp: &IdpId,
        kind: ResourceKind,
        part: &str,
        (offset, limit): (u64, u64),
    ) -> Result<Listed<Provisioned>, StoreError> {
        let Some(population) = self.population(idp, kind)? else { return Ok(Listed { items: Vec::new(), total: 0 }) };
        let pattern = anywhere(part);
        let args = [population.no.into(), (&pattern).into(), signed(limit).into(), signed(offset).into()];
        let items = self.rows(&sql::PAGE_OF_PART, &args, read)?;
        Ok(Listed { items, total: self.count(&sql::COUNT_OF_PART, &[population.no.into(), (&pattern).into()])? })
    }
    /// Hands every resource of a provider to `f` in order of creation, until it breaks: for filters that no index serves.
    pub fn each_provisioned(
        &self,
        idp: &IdpId,
        kind: ResourceKind,
        f: &mut dyn FnMut(Provisioned) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let Some(population) = self.population(idp, kind)? else { return Ok(()) };
        self.each(&sql::EACH, &[population.no.into()], |row| Ok(f(read(row)?)))
    }
    /// The number of a resource, whatever it is.
    pub(crate) fn number(&self, id: &ScimId) -> Result<Option<i64>, StoreError> {
        self.row(&sql::NUMBER, &[(&id.to_string()).into()], |row| row.int(0))
    }

    fn stored(&self, id: &str) -> Result<Option<Stored>, StoreError> {
        let text = |row: &Row<'_, '_>, column| Ok::<_, StoreError>(row.opt_text(column)?.map(str::to_owned));
        self.row(&sql::KEYS, &[id.into()], |row| {
            let keys = Keys {
                name: text(row, 2)?,
                external_id: text(row, 3)?,
                display_name: text(row, 4)?,
                email: text(row, 5)?,
                active: row.int(6)? != 0,
                created_at: row.int(7)?,
            };
            Ok(Stored { no: row.int(0)?, population_no: row.int(1)?, keys })
        })
    }
}

impl Tx<'_> {
    /// Puts a resource. `Conflict` when another one of the provider and kind has the `userName` (a user) or the `displayName` (a group);
    /// also when the id belongs to another provider or kind.
    pub fn put_provisioned(&mut self, resource: &Provisioned) -> Result<(), StoreError> {
        let id = resource.id.to_string();
        let population_no = self.population_no(&resource.idp, resource.kind)?;
        let keys = Keys::of(resource);
        let doc = to_json(resource.kind.as_str(), &id, resource)?;
        match self.stored(&id)? {
            Some(stored) if stored.population_no != population_no => {
                Err(StoreError::Conflict { noun: resource.kind.as_str(), field: "id", value: id })
            }
            Some(stored) => self.replace(&stored, &keys, &doc, resource),
            None => self.add(population_no, &id, &keys, &doc, resource),
        }
    }
    fn add(&mut self, population_no: i64, id: &str, keys: &Keys, doc: &str, resource: &Provisioned) -> Result<(), StoreError> {
        let [name, external_id, display_name, email, active, created_at] = keys.args();
        let args = [population_no.into(), id.into(), name, external_id, display_name, email, active, created_at, doc.into()];
        // The id is free, as was just seen: what is taken is the name.
        self.row(&sql::ADD, &args, |row| row.int(0))?.ok_or_else(|| taken(resource))?;
        self.count_provisioned(population_no, 1, flag(keys.active))
    }
    fn replace(&mut self, stored: &Stored, keys: &Keys, doc: &str, resource: &Provisioned) -> Result<(), StoreError> {
        if stored.keys == *keys {
            self.run(&sql::REWRITE, &[doc.into(), stored.no.into()])?;
            return Ok(());
        }
        if let Some(name) = keys.name.as_deref().filter(|_| stored.keys.name != keys.name)
            && self.row(&sql::NAMED, &[stored.population_no.into(), name.into()], |row| row.int(0))?.is_some()
        {
            return Err(taken(resource));
        }
        let [name, external_id, display_name, email, active, created_at] = keys.args();
        let args = [name, external_id, display_name, email, active, created_at, doc.into(), stored.no.into()];
        self.run(&sql::REPLACE, &args)?;
        match flag(keys.active) - flag(stored.keys.active) {
            0 => Ok(()),
            change => self.count_provisioned(stored.population_no, 0, change),
        }
    }
    /// Removes a resource; it leaves every group, which is a change of them, and a group loses its members. `NotFound` when there is none.
    pub fn remove_provisioned(&mut self, idp: &IdpId, kind: ResourceKind, id: &ScimId) -> Result<(), StoreError> {
        let key = id.to_string();
        let population = self.population(idp, kind)?;
        let stored = self.stored(&key)?.filter(|stored| population.is_some_and(|population| population.no == stored.population_no));
        let Some(stored) = stored else {
            return Err(StoreError::NotFound { noun: kind.as_str(), id: key });
        };
        self.touch_groups_of(id)?;
        self.run(&groups_sql::LEAVE_ALL, &[stored.no.into()])?;
        self.run(&groups_sql::CLEAR, &[stored.no.into()])?;
        self.forget_expanded_of(&key)?;
        self.run(&sql::REMOVE, &[stored.no.into()])?;
        self.count_provisioned(stored.population_no, -1, -flag(stored.keys.active))
    }
    /// Moves the time of change of the groups on that this is a direct member of: who comes into them or leaves them otherwise than by a
    /// change of the group makes them another version, too.
    pub(crate) fn touch_groups_of(&mut self, member: &ScimId) -> Result<(), StoreError> {
        let Some(member_no) = self.number(member)? else { return Ok(()) };
        for (mut group, no) in self.rows(&groups_sql::HOLDERS, &[member_no.into()], |row| Ok((read(row)?, row.int(1)?)))? {
            let least = Timestamp::from_millis(group.updated_at.millis().saturating_add(1));
            group.updated_at = self.now().max(least);
            let doc = to_json(group.kind.as_str(), group.id, &group)?;
            self.run(&sql::REWRITE, &[(&doc).into(), no.into()])?;
        }
        Ok(())
    }
}

/// Another one has the name that is unique within the kind.
fn taken(resource: &Provisioned) -> StoreError {
    let (field, value) = match resource.kind {
        ResourceKind::User => ("userName", &resource.user_name),
        ResourceKind::Group => ("displayName", &resource.display_name),
    };
    StoreError::Conflict { noun: resource.kind.as_str(), field, value: value.clone().unwrap_or_default() }
}

pub(crate) fn read(row: &Row<'_, '_>) -> Result<Provisioned, StoreError> {
    from_json("provisioned resource", "record", row.text(0)?)
}

/// The kind behind its stored name, which is also its JSON.
pub(crate) fn kind(name: &str) -> Result<ResourceKind, StoreError> {
    serde_json::from_value(name.into()).map_err(|e| StoreError::corrupt("population", "kind", e))
}
