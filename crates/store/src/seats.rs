//! Seats: how many are in use, who holds which, and what administrators are told about them.

use model::{
    SeatId, Timestamp, WarningId,
    seats::{SeatEvent, finding},
    user::User,
    warning::{Subject, Warning},
};

use crate::{
    Reader, StoreError, Tx,
    objects::from_json,
    reader::{signed, unsigned},
    statement::seats as sql,
};

impl Reader<'_> {
    /// Seats in use: one number, however many people there are.
    pub fn seats_used(&self) -> Result<u64, StoreError> {
        Ok(self.row(&sql::USED, &[], |row| row.int(0))?.map_or(0, unsigned))
    }
    /// The person whose seat record this is, whether or not they hold the seat.
    pub fn user_by_seat(&self, seat: &SeatId) -> Result<Option<User>, StoreError> {
        self.row(&sql::HOLDER, &[(&seat.to_string()).into()], |row| from_json("user", "record", row.text(0)?))
    }
    /// Holders of seats who were last seen before that time, and when; at most so many, the longest absent first.
    pub fn idle_holders(&self, before: Timestamp, limit: u64) -> Result<Vec<(User, Timestamp)>, StoreError> {
        self.rows(&sql::IDLE, &[before.millis().into(), signed(limit).into()], |row| {
            let seen = row.opt_int(1)?.map_or(before, Timestamp::from_millis);
            Ok((from_json("user", "record", row.text(0)?)?, seen))
        })
    }
}

impl Tx<'_> {
    /// Brings the warning about seats up to date. Whatever takes or frees a seat, or changes the limit, has it done; a refusal is told by
    /// whoever refuses.
    pub fn look_at_seats(&mut self, event: SeatEvent) -> Result<(), StoreError> {
        let (limit, used, now) = (self.organization()?.seat_limit, self.seats_used()?, self.now());
        let known =
            self.warnings()?.into_iter().find(|warning| warning.subject == Subject::Organization && warning.finding.code == "seats");
        let found = finding(used, limit, event, known.as_ref().map(|warning| &warning.finding));
        match (known, found) {
            (None, None) => Ok(()),
            (Some(gone), None) => self.remove_warning(&gone.id),
            (None, Some(new)) => self.put_warning(&Warning::raise(WarningId::random(), Subject::Organization, new, now)),
            (Some(known), Some(found)) if known.finding == found => Ok(()),
            (Some(known), Some(found)) => self.put_warning(&known.seen(found, now)),
        }
    }

    /// A person's record is about to say another thing about their seat than before.
    pub(crate) fn count_seat(&mut self, held: bool, holds: bool) -> Result<(), StoreError> {
        if held == holds {
            return Ok(());
        }
        self.run(&sql::CHANGE, &[if holds { 1i64 } else { -1 }.into()])?;
        // Without a limit there is nothing to tell, and never was.
        if self.organization()?.seat_limit.is_some() { self.look_at_seats(SeatEvent::Counted) } else { Ok(()) }
    }
}
