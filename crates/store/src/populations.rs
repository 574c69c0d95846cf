//! Populations: the users or the groups of one provider, by a number, with running totals.

use model::{IdpId, provisioned::ResourceKind};

use crate::{Reader, StoreError, Tx, reader::unsigned, statement::populations as sql};

/// How many resources a provider has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ProvisionedCounts {
    /// Users, inactive ones too.
    pub users: u64,
    /// Users whose `active` is true.
    pub active_users: u64,
    /// Groups.
    pub groups: u64,
}

/// A population as it stands.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Population {
    pub no: i64,
    pub total: u64,
    pub active: u64,
}

impl Reader<'_> {
    /// How many resources a provider has. Running totals: costs two look-ups, however many there are.
    pub fn provisioned_counts(&self, idp: &IdpId) -> Result<ProvisionedCounts, StoreError> {
        let users = self.population(idp, ResourceKind::User)?.unwrap_or_default();
        let groups = self.population(idp, ResourceKind::Group)?.unwrap_or_default();
        Ok(ProvisionedCounts { users: users.total, active_users: users.active, groups: groups.total })
    }
    /// A population; none before its first resource came.
    pub(crate) fn population(&self, idp: &IdpId, kind: ResourceKind) -> Result<Option<Population>, StoreError> {
        self.row(&sql::OF, &[(&idp.to_string()).into(), kind.as_str().into()], |row| {
            Ok(Population { no: row.int(0)?, total: unsigned(row.int(1)?), active: unsigned(row.int(2)?) })
        })
    }
}

impl Tx<'_> {
    /// The number of a population, which begins when it is not there.
    pub(crate) fn population_no(&mut self, idp: &IdpId, kind: ResourceKind) -> Result<i64, StoreError> {
        if let Some(population) = self.population(idp, kind)? {
            return Ok(population.no);
        }
        let begun = self.row(&sql::BEGIN, &[(&idp.to_string()).into(), kind.as_str().into()], |row| row.int(0))?;
        begun.ok_or_else(|| StoreError::NotFound { noun: "population", id: idp.to_string() })
    }
    /// Counts who came (or, below zero, went).
    pub(crate) fn count_provisioned(&mut self, population_no: i64, total: i64, active: i64) -> Result<(), StoreError> {
        self.run(&sql::COUNT, &[total.into(), active.into(), population_no.into()])?;
        Ok(())
    }
    /// Forgets the populations of a provider.
    pub(crate) fn forget_populations(&mut self, idp: &IdpId) -> Result<(), StoreError> {
        self.run(&sql::FORGET, &[(&idp.to_string()).into()])?;
        Ok(())
    }
}
