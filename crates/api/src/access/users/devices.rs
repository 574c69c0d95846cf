//! What the directory told about a person's devices: the readings of the integrations, each with its age.

use model::{
    PostureIntegrationId, Timestamp,
    posture::ComplianceStatus,
    readings::{Reading, Readings},
    user::User,
};

/// What one integration told.
pub(crate) struct Told<'a> {
    /// The integration.
    pub integration: PostureIntegrationId,
    /// When it was read, and until when that counts.
    pub reading: &'a Reading<Vec<ComplianceStatus>>,
    /// Compliance of each of the person's devices.
    pub devices: &'a [ComplianceStatus],
    /// Whether it counts now.
    pub counts: bool,
}

impl Told<'_> {
    /// Devices that are known now.
    pub(crate) fn count(&self) -> usize {
        if self.counts { self.devices.len() } else { 0 }
    }
}

/// What the integrations of the person's directory told; one that was never read is not among them.
pub(crate) fn of<'a>(user: &'a User, readings: &'a Readings, now: Timestamp) -> impl Iterator<Item = Told<'a>> {
    readings.devices.iter().filter_map(move |(integration, reading)| {
        let key = user.key.as_ref().filter(|key| key.issuer == reading.issuer)?;
        let devices = reading.people.get(&key.subject).map_or(&[][..], Vec::as_slice);
        Some(Told { integration: *integration, reading, devices, counts: reading.counts_at(now) })
    })
}
