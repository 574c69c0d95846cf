//! The end of a secret or certificate, as a finding.

use model::{Timestamp, finding::Finding, warning::STEPS};

/// What ends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ending {
    /// "client secret".
    pub(crate) what: &'static str,
    /// Code while there is time.
    pub(crate) fine: &'static str,
    /// Code when the end is near.
    pub(crate) near: &'static str,
    /// Code when it has come.
    pub(crate) over: &'static str,
    /// What to do about it.
    pub(crate) fix: &'static str,
}

/// The client secret.
pub(crate) const SECRET: Ending = Ending {
    what: "client secret",
    fine: "secret-end",
    near: "secret-ends",
    over: "secret-expired",
    fix: "Make a new client secret (App registrations, Certificates & secrets) and enter its Value as the second secret; when the check \
          is content, make it the first one.",
};
/// The client certificate.
pub(crate) const CERTIFICATE: Ending = Ending {
    what: "client certificate",
    fine: "certificate-end",
    near: "certificate-ends",
    over: "certificate-expired",
    fix: "Make a new certificate, upload it (App registrations, Certificates & secrets), then give doorward its key.",
};

impl Ending {
    /// The finding; `source` says how the end is known.
    pub(crate) fn finding(self, end: Timestamp, now: Timestamp, source: &str) -> Finding {
        let days = end.secs_since(now).div_euclid(86_400);
        let when = end.rfc3339();
        if end <= now {
            let text = format!("the {} ended at {when} ({source})", self.what);
            return Finding::fault(self.over, text, self.fix).ending_in(days.min(-1));
        }
        let text = format!("the {} ends at {when}, in {days} days ({source})", self.what);
        if days <= STEPS[0] {
            Finding::warning(self.near, text, self.fix).ending_in(days)
        } else {
            Finding::ok(self.fine, text).ending_in(days)
        }
    }
}

#[cfg(test)]
mod tests {
    use model::finding::Severity;

    use super::*;

    #[test]
    fn an_end_is_fine_near_or_over() {
        let now = Timestamp::from_secs(1_790_000_000);
        for (secs, code, severity, days) in [
            (31 * 86_400, "secret-end", Severity::Ok, 31),
            (31 * 86_400 - 1, "secret-ends", Severity::Warning, 30),
            (86_400, "secret-ends", Severity::Warning, 1),
            (1, "secret-ends", Severity::Warning, 0),
            (0, "secret-expired", Severity::Fault, -1),
            (-200_000, "secret-expired", Severity::Fault, -3),
        ] {
            let found = SECRET.finding(now.plus_secs(secs), now, "as told");
            assert_eq!((&*found.code, found.severity, found.days_left), (code, severity, Some(days)), "{secs}");
        }
    }
}
