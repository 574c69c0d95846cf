//! `certificates/settings`: what hosts do with client certificates.

use std::collections::BTreeSet;

use axum::extract::State;
use model::certificate::HostnameSettings;
use serde_json::{Value, json};
use store::Snapshot;

use super::wire::Host;
use crate::{
    audit::Object,
    body::Json,
    caller::{Caller, CertificatesRead, CertificatesWrite},
    envelope::Answer,
    error::ApiError,
    fault::{Faults, Fields},
    pagination::Paging,
    params::Query,
    state::ApiState,
};

const NOUN: Object = Object("certificate_settings");
/// Most hosts.
const MOST: usize = 1000;

/// The settings of the hosts that have any, and the defaults of those for which an authority stands.
pub(crate) async fn get(_: Caller<CertificatesRead>, State(state): State<ApiState>, query: Query) -> Result<Answer, ApiError> {
    let paging = Paging::read(&query, 1000)?;
    let snapshot = state.store.snapshot();
    Ok(Answer::page(paging.cut(shown(&snapshot))))
}

fn shown(snapshot: &Snapshot) -> Vec<Value> {
    let of_authorities = snapshot.certificates.values().flat_map(|certificate| certificate.associated_hostnames.iter().map(String::as_str));
    let hosts: BTreeSet<&str> = of_authorities.chain(snapshot.hostname_settings.keys().map(String::as_str)).collect();
    hosts
        .into_iter()
        .map(|host| write(host, snapshot.hostname_settings.get(host).is_some_and(|s| s.client_certificate_forwarding)))
        .collect()
}

/// Sets what the hosts of the list do; the others stay as they are.
pub(crate) async fn put(
    caller: Caller<CertificatesWrite>,
    State(state): State<ApiState>,
    query: Query,
    Json(body): Json,
) -> Result<Answer, ApiError> {
    let (paging, wishes, actor) = (Paging::read(&query, 1000)?, read(&body)?, caller.actor());
    let account = caller.account.clone();
    let saved = state.write(move |tx, snapshot| {
        for (i, wish) in wishes.iter().enumerate() {
            let stands = |c: &model::certificate::Certificate| c.associated_hostnames.contains(&wish.hostname);
            if !snapshot.certificates.values().any(|c| stands(c)) && !snapshot.hostname_settings.contains_key(&wish.hostname) {
                let text = format!("no certificate stands for {}: add the host to one first", wish.hostname);
                return Err(ApiError::fault(format!("/settings/{i}/hostname"), text).into());
            }
        }
        let before = wishes.iter().map(|wish| {
            let on = snapshot.hostname_settings.get(&wish.hostname).is_some_and(|s| s.client_certificate_forwarding);
            write(&wish.hostname, on)
        });
        let before: Value = before.collect();
        for wish in &wishes {
            tx.put_hostname_settings(wish)?;
        }
        let after: Value = wishes.iter().map(|wish| write(&wish.hostname, wish.client_certificate_forwarding)).collect();
        NOUN.updated(tx, actor, account, (before, after))?;
        Ok(())
    });
    saved.await?;
    Ok(Answer::page(paging.cut(shown(&state.store.snapshot()))).with_status_accepted())
}

fn read(body: &Value) -> Result<Vec<HostnameSettings>, ApiError> {
    let faults = Faults::default();
    let read = Fields::of(body, "", &faults).map(|fields| {
        fields.require("settings");
        let mut seen = BTreeSet::new();
        let mut one = |(pointer, value)| {
            let item = Fields::of(value, pointer, &faults)?;
            let hostname = item.required::<Host>("hostname").map(|Host(host)| host);
            item.require("china_network");
            item.flag_not_yet("china_network");
            item.require("client_certificate_forwarding");
            let client_certificate_forwarding = item.flag("client_certificate_forwarding");
            item.done();
            let hostname = hostname?;
            if !seen.insert(hostname.clone()) {
                item.fault("hostname", format!("{hostname} is listed twice"));
            }
            Some(HostnameSettings { hostname, china_network: false, client_certificate_forwarding: client_certificate_forwarding? })
        };
        let items = fields.array_up_to("settings", MOST).unwrap_or_default();
        let wishes = items.into_iter().filter_map(&mut one).collect();
        fields.done();
        wishes
    });
    faults.finish_some(read)
}

fn write(host: &str, forwarding: bool) -> Value {
    json!({ "hostname": host, "china_network": false, "client_certificate_forwarding": forwarding })
}
