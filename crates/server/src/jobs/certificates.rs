//! Certificates while the server runs: files that changed are read anew, ends that come near are told, and the keys of TLS sessions are
//! replaced.

use std::{collections::BTreeSet, sync::Arc};

use guard::Guard;
use model::{Timestamp, finding::Finding, warning::Subject};
use store::StoreError;

use crate::{
    certificates::{Certificates, KEY_LIFE_SECS},
    http::Tls,
};

/// Code of the warning.
pub(super) const FILE_ENDS: &str = "certificate-file-ends";
/// Days before the end of a certificate from a file at which it is told first.
const TOLD_DAYS: i64 = 21;
const DAY_SECS: i64 = 86_400;
const MINUTE_SECS: i64 = 60;

/// What happens in turn.
#[derive(Default)]
pub(super) struct Rounds {
    minutes: i64,
    /// Ends were looked at on this day.
    looked_on: Option<i64>,
}

impl Rounds {
    /// One minute's work.
    pub(super) async fn round(
        &mut self,
        guard: &Guard,
        certificates: &Arc<Certificates>,
        tls: &Tls,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.minutes += 1;
        if self.minutes * MINUTE_SECS >= i64::from(KEY_LIFE_SECS) {
            self.minutes = 0;
            if let Err(error) = tls.rotate_tickets() {
                tracing::error!(%error, "the keys of TLS sessions could not be replaced");
            }
        }
        let reread = tokio::task::spawn_blocking({
            let certificates = certificates.clone();
            move || certificates.reread()
        });
        match reread.await {
            Ok(Ok(false)) | Err(_) => {}
            Ok(Ok(true)) => {
                tracing::info!("certificate files changed: new connections get the new certificates");
                self.looked_on = None;
            }
            Ok(Err(error)) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "certificate files changed and cannot be used: the former certificates stay"
                );
            }
        }
        let today = now.secs() / DAY_SECS;
        if self.looked_on != Some(today) {
            tell_ends(guard, certificates, now).await?;
            self.looked_on = Some(today);
        }
        Ok(())
    }
}

/// Raises a warning for each certificate from a file that ends soon, and clears those of certificates that were replaced.
async fn tell_ends(guard: &Guard, certificates: &Certificates, now: Timestamp) -> Result<(), StoreError> {
    let ends: Vec<(String, i64)> = certificates
        .file_ends()
        .into_iter()
        .map(|ending| (ending.names.join(", "), ending.not_after.secs_since(now).div_euclid(DAY_SECS)))
        .filter(|(_, days)| *days <= TOLD_DAYS)
        .collect();
    guard
        .store()
        .write(move |tx| {
            let ending: BTreeSet<&String> = ends.iter().map(|(names, _)| names).collect();
            for warning in tx.warnings()? {
                if warning.finding.code == FILE_ENDS && !warning.finding.about.as_ref().is_some_and(|about| ending.contains(about)) {
                    tx.remove_warning(&warning.id)?;
                }
            }
            for (names, days) in &ends {
                tx.raise_warning(Subject::Organization, finding(names, *days))?;
            }
            Ok(())
        })
        .await
}

fn finding(names: &str, days: i64) -> Finding {
    let text = match days {
        ..0 => format!("the certificate file for {names} ended {} day(s) ago", -days),
        0 => format!("the certificate file for {names} ends today"),
        _ => format!("the certificate file for {names} ends in {days} day(s)"),
    };
    Finding::warning(FILE_ENDS, text, "Put a new certificate and its key into the files; they are read within a minute.")
        .about(names)
        .ending_in(days)
}
