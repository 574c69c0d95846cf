//! Owns time as the simulator sees it: the clock it is given and the stamps it stores and prints.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Duration, OffsetDateTime};

/// Where the present moment comes from; tests hand in their own.
pub type Clock = Arc<dyn Fn() -> OffsetDateTime + Send + Sync>;

/// The clock of the machine.
pub fn system() -> Clock {
    Arc::new(OffsetDateTime::now_utc)
}

/// A moment; shown to the second as `2026-03-04T09:15:22Z`, kept exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stamp(OffsetDateTime);

impl Stamp {
    /// The moment itself.
    pub fn new(moment: OffsetDateTime) -> Self {
        Self(moment)
    }

    /// Seconds since 1970.
    pub fn unix(self) -> i64 {
        self.0.unix_timestamp()
    }

    /// The stamp `seconds` later (earlier when negative).
    pub fn plus(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(Duration::seconds(seconds)))
    }

    /// Graph's spelling, `2026-03-04T09:15:22Z`.
    pub fn graph(self) -> String {
        let whole = self.0.replace_nanosecond(0).unwrap_or(self.0);
        whole.format(&Rfc3339).unwrap_or_default()
    }

    /// The sign-in service's spelling, `2026-03-04 09:15:22Z`.
    pub fn spaced(self) -> String {
        let shape = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]Z");
        self.0.format(shape).unwrap_or_default()
    }

    /// HTTP's spelling, `Wed, 04 Mar 2026 09:15:22 GMT` (RFC 9110, 5.6.7).
    pub fn http(self) -> String {
        let shape = format_description!("[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT");
        self.0.to_offset(time::UtcOffset::UTC).format(shape).unwrap_or_default()
    }

    /// The spelling inside a Graph error, `2026-03-04T09:15:22`.
    pub fn bare(self) -> String {
        let shape = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]");
        self.0.format(shape).unwrap_or_default()
    }
}

impl Serialize for Stamp {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.0.format(&Rfc3339).unwrap_or_default())
    }
}

impl<'de> Deserialize<'de> for Stamp {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        OffsetDateTime::parse(&text, &Rfc3339).map(Self::new).map_err(serde::de::Error::custom)
    }
}
