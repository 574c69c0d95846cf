//! Regular work: checks of sessions at their providers, what is imported of providers, expired sessions, key rotation, retention of
//! records.

mod access_log;
mod alerts;
mod auth_contexts;
mod beat;
mod certificates;
mod doctor;
mod readings;
mod seats;
mod service_tokens;

use std::{sync::Arc, time::Duration};

use guard::Guard;
use provisioning::expansion::Expansions;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use self::beat::Beat;
use crate::{
    access_log::AccessLog,
    acme::{self, Keeper},
    certificates::Certificates,
    config::Logs,
    http::Tls,
    live::Current,
    wiring::Clock,
};

const DAY_SECS: i64 = 86_400;
const MINUTE: Duration = Duration::from_secs(60);
/// Between two looks whose turn it is.
const LOOK: Duration = Duration::from_secs(5);

/// Starts the checks of sessions at their providers; they end soon after the server was told to stop.
pub(crate) fn start_liveness(liveness: login::liveness::Liveness, stop: CancellationToken) -> JoinHandle<()> {
    tokio::spawn(async move { liveness.run(stop.cancelled()).await })
}

/// Starts the other jobs; they end with the server.
pub(crate) fn start(guard: Guard, idp: idp::Client, live: Current, clock: Clock, stop: CancellationToken) {
    tokio::spawn(import(guard.clone(), idp.clone(), clock.clone(), stop.clone()));
    tokio::spawn(poll(guard.clone(), idp, clock.clone(), stop.clone()));
    tokio::spawn(async move {
        let mut beat = Beat::every(MINUTE, stop);
        let (mut daily, mut tokens) = (seats::Daily::default(), service_tokens::Daily::default());
        while beat.goes_on().await {
            if let Err(error) = guard.tend(clock()).await {
                tracing::error!(error = %error, "regular work of the guard failed; it is tried again in a minute");
            }
            if let Err(error) = daily.round(&guard, clock()).await {
                tracing::error!(error = %error, "seats of people who stayed away could not be freed; it is tried again in a minute");
            }
            if let Err(error) = tokens.round(&guard, clock()).await {
                tracing::error!(error = %error, "service tokens could not be looked at; it is tried again in a minute");
            }
            if let Err(error) = prune(&guard, &live.load_full().config.logs, clock()).await {
                tracing::error!(error = %error, "old records could not be removed; it is tried again in a minute");
            }
        }
    });
}

/// Looks once a minute after certificate files that changed, ends that come near, and the keys of TLS sessions.
pub(crate) fn start_certificates(
    guard: Guard,
    certificates: std::sync::Arc<Certificates>,
    tls: Tls,
    clock: Clock,
    stop: CancellationToken,
) {
    tokio::spawn(async move {
        let mut beat = Beat::after_each(MINUTE, stop);
        let mut rounds = certificates::Rounds::default();
        while beat.goes_on().await {
            if let Err(error) = rounds.round(&guard, &certificates, &tls, clock()).await {
                tracing::error!(error = %error, "the ends of certificates could not be noted; it is tried again in a minute");
            }
        }
    });
}

/// Orders certificates from the ACME server: looks every few seconds whose turn it is.
pub(crate) fn start_acme(keeper: std::sync::Arc<Keeper>, stop: CancellationToken) {
    tokio::spawn(async move {
        let mut memory = acme::Memory::default();
        let mut beat = Beat::every(LOOK, stop.clone());
        while beat.goes_on().await {
            // An order takes its time; the end of the server does not wait for it, and the next start begins a new one.
            let round = tokio::select! {
                () = stop.cancelled() => return,
                round = keeper.round(&mut memory) => round,
            };
            if let Err(error) = round {
                tracing::error!(error = %error, "what became of an order could not be kept; it is tried again");
            }
        }
    });
}

/// Notes once a minute what provisioning clients did.
pub(crate) fn start_noting(store: store::Store, contacts: provisioning::Contacts, stop: CancellationToken) {
    tokio::spawn(async move {
        let mut beat = Beat::every(MINUTE, stop);
        while beat.goes_on().await {
            if let Err(error) = contacts.flush(&store).await {
                tracing::warn!(%error, "calls of provisioning clients could not be noted");
            }
        }
    });
}

/// Looks at login methods. The first look is a minute after the start, when everything else has begun.
pub(crate) fn start_doctor(guard: Guard, doctor: api::Doctor, clock: Clock, stop: CancellationToken) {
    tokio::spawn(async move {
        let mut beat = Beat::after_each(MINUTE, stop);
        while beat.goes_on().await {
            if let Err(error) = doctor::round(&guard, &doctor, clock()).await {
                tracing::error!(error = %error, "a login method could not be looked at; it is tried again");
            }
        }
    });
}

/// Fills in nested members: looks every few seconds whose turn it is.
pub(crate) fn start_expansions(expansions: Expansions, clock: Clock, stop: CancellationToken) {
    tokio::spawn(async move {
        let mut beat = Beat::every(LOOK, stop.clone());
        while beat.goes_on().await {
            // Large groups take their time; the end of the server does not wait for them, and what is kept is whole groups.
            let round = tokio::select! {
                () = stop.cancelled() => return,
                round = expansions.round(clock()) => round,
            };
            if let Err(error) = round {
                tracing::error!(error = %error, "nested members could not be kept; it is tried again");
            }
        }
    });
}

/// Looks once a minute whether lines of the access log were lost.
pub(crate) fn start_counting(guard: Guard, log: Arc<AccessLog>, clock: Clock, stop: CancellationToken) {
    tokio::spawn(async move {
        let mut beat = Beat::every(MINUTE, stop);
        let mut losses = access_log::Losses::starting(clock());
        while beat.goes_on().await {
            if let Err(error) = losses.round(&guard, &log, clock()).await {
                tracing::error!(error = %error, "the warning about lost lines could not be kept; it is tried again in a minute");
            }
        }
    });
}

/// Tells warnings that are due.
pub(crate) fn start_alerts(guard: Guard, live: Current, clock: Clock, stop: CancellationToken) {
    tokio::spawn(async move {
        let mut beat = Beat::every(LOOK, stop);
        while beat.goes_on().await {
            if let Err(error) = alerts::round(&guard, &live.load_full().alerts, clock()).await {
                tracing::error!(error = %error, "the list of warnings could not be read; it is tried again");
            }
        }
    });
}

/// Looks every few seconds whose turn it is: an administrator who has just switched the import on waits for its list.
async fn import(guard: Guard, idp: idp::Client, clock: Clock, stop: CancellationToken) {
    let mut import = auth_contexts::Import::default();
    let mut beat = Beat::every(LOOK, stop);
    while beat.goes_on().await {
        if let Err(error) = import.round(guard.store(), &idp, clock()).await {
            tracing::error!(error = %error, "imported authentication contexts could not be kept; it is tried again");
        }
    }
}

/// Polls every source, whoever's turn it is.
pub(crate) async fn poll_once(guard: &Guard, idp: &idp::Client, now: model::Timestamp) {
    readings::Polls::default().round(guard, idp, now).await;
}

/// Looks every few seconds whose turn it is.
async fn poll(guard: Guard, idp: idp::Client, clock: Clock, stop: CancellationToken) {
    let mut polls = readings::Polls::default();
    let mut beat = Beat::every(LOOK, stop.clone());
    while beat.goes_on().await {
        // Long lists take their time; the end of the server does not wait for them.
        tokio::select! {
            () = stop.cancelled() => return,
            () = polls.round(&guard, &idp, clock()) => {}
        }
    }
}

/// Removes records whose time is over, a piece at a time so that other writes are not held up.
async fn prune(guard: &Guard, logs: &Logs, now: model::Timestamp) -> Result<(), store::StoreError> {
    let (decisions, audit, most) =
        (now.plus_secs(-logs.decision_days * DAY_SECS), now.plus_secs(-logs.audit_days * DAY_SECS), logs.most_decisions);
    while guard.store().write(move |tx| tx.prune_logs(decisions, most, audit)).await? >= store::PRUNED_AT_ONCE {}
    let most = logs.most_changes;
    while guard.store().write(move |tx| tx.prune_audit(most)).await? >= store::PRUNED_AT_ONCE {}
    let kept = store::KeptUpdates {
        since: now.plus_secs(-logs.provisioning_days * DAY_SECS),
        most: logs.most_provisioning,
        bytes: logs.provisioning_mib << 20,
    };
    while guard.store().write(move |tx| tx.prune_scim_updates(kept)).await? >= store::PRUNED_AT_ONCE {}
    Ok(())
}
