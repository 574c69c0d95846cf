//! What is kept of orders: certificates, attempts that failed, and the warnings about them.

use std::collections::BTreeSet;

use model::{
    Timestamp,
    acme::Attempts,
    finding::{Finding, Severity},
    warning::Subject,
};
use store::{LoadedCertificate, Store, StoreError, Tx};

use super::trouble::Trouble;

/// A certificate that could not be renewed.
const NOT_RENEWED: &str = "certificate-not-renewed";
/// A name without any.
const NOT_ISSUED: &str = "certificate-not-issued";
/// Failures before a renewal is told: the first may be a passing one, and there is time.
const TOLD_AFTER: u32 = 2;
/// Days before the end at which it is a fault.
const FAULT_DAYS: i64 = 3;
const DAY_SECS: i64 = 86_400;

/// Keeps a certificate. When this returns it is served.
pub(super) async fn issued(store: &Store, loaded: LoadedCertificate) -> Result<(), StoreError> {
    let write = move |tx: &mut Tx<'_>| {
        clear(tx, &loaded.public.name)?;
        tx.put_acme_certificate(&loaded.public, &loaded.private)
    };
    store.write(write).await
}

/// Notes a failure and warns.
pub(super) async fn failed(
    store: &Store,
    name: &str,
    attempts: Attempts,
    ends: Option<Timestamp>,
    trouble: &Trouble,
) -> Result<(), StoreError> {
    let name = name.to_owned();
    let (reason, fix) = (trouble.reason.clone(), trouble.fix);
    let write = move |tx: &mut Tx<'_>| {
        tx.put_acme_attempts(&name, &attempts)?;
        let finding = finding(&name, &reason, fix, ends, tx.now());
        if finding.code == NOT_ISSUED || attempts.failed >= TOLD_AFTER {
            tx.raise_warning(Subject::Organization, finding)?;
        }
        Ok(())
    };
    store.write(write).await
}

fn finding(name: &str, reason: &str, fix: &'static str, ends: Option<Timestamp>, now: Timestamp) -> Finding {
    let Some(ends) = ends else {
        return Finding::fault(NOT_ISSUED, format!("no certificate for {name} could be had: {reason}"), fix).about(name);
    };
    let days = ends.secs_since(now).div_euclid(DAY_SECS);
    let text = match days {
        ..0 => format!("certificate of {name} has ended and could not be renewed: {reason}"),
        _ => format!("certificate of {name} ends in {days} days and could not be renewed: {reason}"),
    };
    let severity = if days <= FAULT_DAYS { Severity::Fault } else { Severity::Warning };
    Finding::new(NOT_RENEWED, severity, text).with_fix(fix).about(name).ending_in(days)
}

/// Clears warnings about names that are not ordered for any more.
pub(super) async fn forget_others(store: &Store, names: BTreeSet<String>) -> Result<(), StoreError> {
    let write = move |tx: &mut Tx<'_>| {
        for warning in tx.warnings()? {
            let ours = [NOT_RENEWED, NOT_ISSUED].contains(&warning.finding.code.as_ref());
            if ours && !warning.finding.about.as_ref().is_some_and(|about| names.contains(about)) {
                tx.remove_warning(&warning.id)?;
            }
        }
        Ok(())
    };
    store.write(write).await
}

/// Lets every name be tried at once.
pub(super) async fn forget_attempts(store: &Store, names: BTreeSet<String>) -> Result<(), StoreError> {
    store.write(move |tx| names.iter().try_for_each(|name| tx.forget_acme_attempts(name))).await
}

fn clear(tx: &mut Tx<'_>, name: &str) -> Result<(), StoreError> {
    tx.clear_warning_about(Subject::Organization, NOT_RENEWED, name)?;
    tx.clear_warning_about(Subject::Organization, NOT_ISSUED, name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_told_with_its_end_its_reason_and_what_to_do() {
        let now = Timestamp::from_secs(1_790_000_000);
        let told = |days: Option<i64>| finding("wiki.example", "it refused", "Do this.", days.map(|d| now.plus_secs(d * DAY_SECS)), now);
        let soon = told(Some(20));
        assert_eq!(soon.text, "certificate of wiki.example ends in 20 days and could not be renewed: it refused");
        assert_eq!((soon.severity, soon.days_left, soon.fix.as_deref()), (Severity::Warning, Some(20), Some("Do this.")));
        assert_eq!(told(Some(3)).severity, Severity::Fault);
        assert_eq!(told(Some(-1)).text, "certificate of wiki.example has ended and could not be renewed: it refused");
        let none = told(None);
        assert_eq!(none.text, "no certificate for wiki.example could be had: it refused");
        assert_eq!((none.severity, none.about.as_deref()), (Severity::Fault, Some("wiki.example")));
    }
}
