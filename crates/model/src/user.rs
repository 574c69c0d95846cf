//! People in the registry.

use serde::{Deserialize, Serialize};

use crate::{Email, SeatId, Timestamp, UserId, identity::SubjectKey};

/// A person. Made by the first admitted sign-in or beforehand through the API (then without rights and without key).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Id; `sub` in tokens.
    pub id: UserId,
    /// Key; `None` until the first sign-in of a person made through the API.
    pub key: Option<SubjectKey>,
    /// Address of the last sign-in.
    pub email: Email,
    /// User principal name of the last sign-in.
    pub upn: Option<String>,
    /// Name.
    pub name: String,
    /// Seat record.
    pub seat_id: SeatId,
    /// Holds an Access seat.
    pub access_seat: bool,
    /// Raised by every revocation: sessions of a lower generation are dead.
    pub generation: u32,
    /// Last admitted sign-in.
    pub last_successful_login: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}
