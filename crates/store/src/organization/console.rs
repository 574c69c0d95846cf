//! The administrators' console, and what its local door opened.

use std::sync::Arc;

use model::{
    ConsoleDoorId,
    console::{Console, DoorStay},
};

use crate::{Reader, StoreError, Tx, objects::Kind, snapshot::Delta};

/// What the door opened is kept so long after its end, in seconds: longer than any one-time token is good, so that none opens twice.
const KEPT_SECS: i64 = 86_400;

impl Reader<'_> {
    /// Who may sign in to the console; `None` while nobody was named.
    pub fn console(&self) -> Result<Option<Console>, StoreError> {
        self.object(Kind::Console, Kind::SINGLE)
    }
    /// What a one-time token opened, if it was used.
    pub fn door_stay(&self, id: &ConsoleDoorId) -> Result<Option<DoorStay>, StoreError> {
        self.object(Kind::ConsoleDoor, id.as_str())
    }
}

impl Tx<'_> {
    /// Puts who may sign in to the console.
    pub fn put_console(&mut self, console: &Console) -> Result<(), StoreError> {
        let delta = Delta::Console(Some(Arc::new(console.clone())));
        self.put_object(Kind::Console, Kind::SINGLE, None, console, delta)
    }
    /// Nobody may sign in to the console any more. `NotFound` when nobody might.
    pub fn remove_console(&mut self) -> Result<(), StoreError> {
        self.remove_object(Kind::Console, Kind::SINGLE, Delta::Console(None))
    }
    /// Notes what a one-time token opened; false when it was used before. Forgets what was over long ago.
    pub fn open_door(&mut self, stay: &DoorStay) -> Result<bool, StoreError> {
        if self.door_stay(&stay.id)?.is_some() {
            return Ok(false);
        }
        let past = self.now().plus_secs(-KEPT_SECS);
        for (id, old) in self.objects::<ConsoleDoorId, DoorStay>(Kind::ConsoleDoor)? {
            if old.expires_at < past {
                self.remove_aside(Kind::ConsoleDoor, id.as_str())?;
            }
        }
        self.put_aside(Kind::ConsoleDoor, stay.id.as_str(), stay)?;
        Ok(true)
    }
    /// Ends a stay; one that is over or was never there stays as it is.
    pub fn end_door_stay(&mut self, id: &ConsoleDoorId) -> Result<(), StoreError> {
        let now = self.now();
        match self.door_stay(id)?.filter(|stay| stay.ended_at.is_none()) {
            Some(stay) => self.put_aside(Kind::ConsoleDoor, id.as_str(), &DoorStay { ended_at: Some(now), ..stay }),
            None => Ok(()),
        }
    }
}
