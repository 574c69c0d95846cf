//! An Allow that may be remembered: which policy it was, and of which version of the configuration.

use model::PolicyId;

use crate::PolicySet;

/// Bits for the policy's place.
const PLACE_BITS: u32 = 16;

/// The last Allow of a session at an application, small enough to be kept in one atomic word.
///
/// It says something only for the set and the version of the configuration that it was made for, and only where the verdict depends on
/// nothing but those and the identity of the session ([`PolicySet::may_be_remembered`]). Whoever keeps it has
/// one for each session and application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Remembered(u64);

impl Remembered {
    /// Remembers that this policy let the person in; nothing when that may be different at the next request.
    pub fn of(set: &PolicySet, version: u64, policy: PolicyId) -> Self {
        let place = set.second.iter().position(|one| one.id == policy).and_then(|place| u16::try_from(place + 1).ok());
        match (place, version_bits(version)) {
            (Some(place), Some(version)) if set.may_be_remembered() => Self(version | u64::from(place)),
            _ => Self::default(),
        }
    }
    /// The policy that lets the person in, when it was remembered for this version.
    pub fn policy(self, set: &PolicySet, version: u64) -> Option<PolicyId> {
        let place = self.0 & ((1 << PLACE_BITS) - 1);
        if version_bits(version)? | place != self.0 {
            return None;
        }
        let place = usize::try_from(place).ok()?.checked_sub(1)?;
        set.second.get(place).map(|policy| policy.id)
    }
    /// As a word.
    pub const fn bits(self) -> u64 {
        self.0
    }
    /// From a word that [`Remembered::bits`] gave.
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }
}

/// `None` when the version is too large to be kept, after 2^48 changes.
const fn version_bits(version: u64) -> Option<u64> {
    if version >> (64 - PLACE_BITS) == 0 { Some(version << PLACE_BITS) } else { None }
}
