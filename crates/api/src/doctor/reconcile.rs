//! Findings become warnings: what is new is raised, what stays is brought up to date, what is gone is cleared.

use model::{
    WarningId,
    finding::Checked,
    warning::{OF_PROVISIONING, Subject, Warning, is_worth_a_warning},
};

/// What changes.
#[derive(Debug, Default)]
pub(super) struct Change {
    pub(super) put: Vec<Warning>,
    pub(super) gone: Vec<WarningId>,
}

/// `before`: the warnings about the subject.
pub(super) fn reconcile(before: Vec<Warning>, subject: Subject, checked: &Checked) -> Change {
    let mut change = Change::default();
    let mut before = before;
    for finding in checked.findings.iter().filter(|finding| is_worth_a_warning(finding)) {
        let known = before.iter().position(|warning| warning.is_about(finding)).map(|at| before.swap_remove(at));
        change.put.push(match known {
            Some(warning) => warning.seen(finding.clone(), checked.at),
            None => Warning::raise(WarningId::random(), subject, finding.clone(), checked.at),
        });
    }
    // Who could not be asked has not said that all is well.
    let silent = checked.findings.iter().any(|finding| finding.code.ends_with("-unreachable"));
    if !silent {
        let of_checks = |warning: &Warning| !warning.finding.code.starts_with(OF_PROVISIONING);
        change.gone = before.into_iter().filter(of_checks).map(|warning| warning.id).collect();
    }
    change
}

#[cfg(test)]
mod tests {
    use model::{IdpId, Timestamp, finding::Finding};

    use super::*;

    #[test]
    fn warnings_come_stay_and_go_with_their_findings() {
        let subject = Subject::IdentityProvider(IdpId::random());
        let at = |n: i64| Timestamp::from_secs(1_790_000_000 + n);
        let look = |n, findings: &[Finding]| Checked { at: at(n), findings: findings.to_vec() };
        let (skew, ends) = (Finding::warning("clock-skew", "x", "y"), Finding::warning("secret-ends", "x", "y").ending_in(20));
        let fine = Finding::ok("keys", "x");
        let first = reconcile(Vec::new(), subject, &look(0, &[skew.clone(), fine.clone(), ends.clone()]));
        assert_eq!((first.put.len(), first.gone.len()), (2, 0));
        let again = reconcile(first.put.clone(), subject, &look(1, &[ends.clone(), fine.clone()]));
        assert_eq!((again.put.len(), again.gone.len()), (1, 1));
        assert_eq!((again.put[0].id, again.put[0].first_seen, again.put[0].last_seen), (first.put[1].id, at(0), at(1)));
        assert_eq!(again.gone[0], first.put[0].id);
        let down = Finding::fault("discovery-unreachable", "x", "y");
        let silent = reconcile(again.put.clone(), subject, &look(2, &[down]));
        assert_eq!((silent.put.len(), silent.gone.len()), (1, 0), "a provider that is down has not given the secret more time");
        let tripped = Warning::raise(WarningId::random(), subject, Finding::warning("provisioning-mass-deactivation", "x", "y"), at(3));
        assert_eq!(reconcile(vec![tripped], subject, &look(3, &[])).gone, [], "provisioning clears its own");
        let two =
            [Finding::warning("permission-missing", "x", "y").about("a"), Finding::warning("permission-missing", "x", "y").about("b")];
        assert_eq!(reconcile(Vec::new(), subject, &look(3, &two)).put.len(), 2);
    }
}
