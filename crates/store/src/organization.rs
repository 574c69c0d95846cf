//! The account, its organisation and their beginning.

mod alert_delivery;
mod console;

use model::{
    AccountId, Audience,
    change::ChangeKind,
    organization::{Account, Organization},
    seats::SeatEvent,
};

use crate::{
    Event, Reader, StoreError, Tx,
    objects::Kind,
    snapshot::{Delta, new_organization},
};

impl Reader<'_> {
    /// The account. `NotFound` before the store is initialised.
    pub fn account(&self) -> Result<Account, StoreError> {
        self.object(Kind::Account, Kind::SINGLE)?.ok_or_else(|| missing(Kind::Account))
    }
    /// The organisation. `NotFound` before the store is initialised.
    pub fn organization(&self) -> Result<Organization, StoreError> {
        self.object(Kind::Organization, Kind::SINGLE)?.ok_or_else(|| missing(Kind::Organization))
    }
}

impl Tx<'_> {
    /// Puts the account. A higher generation ends every session; a lower one than is stored is refused.
    pub fn put_account(&mut self, account: &Account) -> Result<(), StoreError> {
        let stored = self.object::<Account>(Kind::Account, Kind::SINGLE)?;
        let before = stored.map_or(account.generation, |a| a.generation);
        if account.generation < before {
            return Err(StoreError::Refused(format!("the account's generation is {before} and cannot go back to {}", account.generation)));
        }
        self.put_object(Kind::Account, Kind::SINGLE, None, account, Delta::Account(account.clone()))?;
        if account.generation > before {
            self.forget_all_checks()?;
            let kind = ChangeKind::Object { noun: Kind::Account.name().to_owned(), id: Kind::SINGLE.to_owned() };
            self.note(kind, None, Some(Event::AccountRevoked { generation: account.generation }));
        }
        Ok(())
    }
    /// Puts the organisation's settings.
    pub fn put_organization(&mut self, organization: &Organization) -> Result<(), StoreError> {
        let before = self.object::<Organization>(Kind::Organization, Kind::SINGLE)?.and_then(|stored| stored.seat_limit);
        self.put_object(Kind::Organization, Kind::SINGLE, None, organization, Delta::Organization(Box::new(organization.clone())))?;
        if before == organization.seat_limit { Ok(()) } else { self.look_at_seats(SeatEvent::Counted) }
    }
    /// Makes account and organisation; false when they are there already.
    pub(crate) fn initialise(&mut self, name: &str) -> Result<bool, StoreError> {
        if self.object::<Account>(Kind::Account, Kind::SINGLE)?.is_some() {
            return Ok(false);
        }
        let now = self.now();
        let id = AccountId::from_bytes(rand::random());
        self.put_account(&Account { id, name: name.to_owned(), generation: 1, created_at: now })?;
        self.put_organization(&new_organization(name, Audience::from_bytes(rand::random()), now))?;
        Ok(true)
    }
}

fn missing(kind: Kind) -> StoreError {
    StoreError::NotFound { noun: kind.name(), id: Kind::SINGLE.to_owned() }
}
