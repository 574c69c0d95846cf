//! What failing requests tell about an origin. Pure: settings and time in, state out.

use std::time::{Duration, Instant};

use model::upstream::PassiveHealth;

/// Failures of one origin, as one worker saw them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Health {
    in_a_row: u32,
    out_until: Option<Instant>,
}

impl Health {
    /// One more failure. An origin that fails again right after its back-off is out at once.
    pub(super) fn failed(self, settings: &PassiveHealth, now: Instant) -> Self {
        let in_a_row = self.in_a_row.saturating_add(1);
        let back_off = Duration::from_millis(u64::from(settings.back_off_ms));
        let out_until = if in_a_row >= settings.failures { Some(now + back_off) } else { self.out_until };
        Self { in_a_row, out_until }
    }
    /// True while others are to be asked first.
    pub(super) fn is_out(self, now: Instant) -> bool {
        self.out_until.is_some_and(|until| now < until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_out_after_failures_in_a_row_and_comes_back_on_trial() {
        let settings = PassiveHealth { failures: 3, back_off_ms: 1_000 };
        let (now, later) = (Instant::now(), Instant::now() + Duration::from_secs(2));
        let twice = Health::default().failed(&settings, now).failed(&settings, now);
        assert!(!twice.is_out(now));
        let thrice = twice.failed(&settings, now);
        assert!(thrice.is_out(now) && !thrice.is_out(later));
        assert!(thrice.failed(&settings, later).is_out(later), "on trial one failure is enough");
    }
}
