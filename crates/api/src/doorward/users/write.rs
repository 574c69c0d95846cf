//! A person of the registry on the wire, in a list and whole.

use model::{
    IdpId, Timestamp,
    readings::Readings,
    session::{Session, SessionState},
};
use serde_json::{Map, Value, json};
use store::Snapshot;

use super::{Known, Row, facts, groups};
use crate::access::users::{active_sessions::apps_of, devices};

/// What a person is shown with.
pub(super) struct Around<'a> {
    pub snapshot: &'a Snapshot,
    pub readings: &'a Readings,
    pub now: Timestamp,
}

/// A person of a list.
pub(super) fn row(row: &Row, snapshot: &Snapshot) -> Value {
    let Row { user, identity, last_idp, last_seen } = row;
    json!({
        "id": user.id.to_string(),
        "email": user.email.as_str(),
        "name": user.name,
        "access_seat": user.access_seat,
        "identity_provider": provider(*last_idp, snapshot),
        "link": facts::link(identity),
        "active": identity.active.as_ref().map(|active| active.value),
        "last_seen": time(*last_seen),
        "last_successful_login": time(user.last_successful_login),
        "created_at": user.created_at.rfc3339(),
        "updated_at": user.updated_at.rfc3339(),
    })
}

/// A person with everything that is known.
pub(super) fn known(known: &Known, around: &Around<'_>) -> Value {
    let Known { row: head, sign_in, groups: named, sessions, used, ended } = known;
    let (user, now) = (&head.user, around.now);
    let mut out = row(head, around.snapshot);
    let mut put = |key: &str, value: Value| out[key] = value;
    put("issuer", json!(user.key.as_ref().map(|key| &key.issuer)));
    put("subject", json!(user.key.as_ref().map(|key| &key.subject)));
    put("seat", json!({ "seat_uid": user.seat_id.to_string(), "access_seat": user.access_seat, "gateway_seat": false }));
    put("identity", facts::all(&head.identity, now));
    put("groups", groups::write(&head.identity, named.as_deref(), sign_in.as_ref(), now));
    put("links", facts::links(&head.identity.links));
    put("conflict", json!(head.identity.is_in_conflict()));
    put("devices", devices::of(user, around.readings, now).map(|told| device(&told, around.snapshot)).collect());
    let session = |session: &Session| {
        let apps: Map<String, Value> = apps_of(session, used, around.snapshot);
        json!({
            "nonce": session.nonce.as_str(),
            "identity_provider": provider(Some(session.idp), around.snapshot),
            "created_at": session.created_at.rfc3339(),
            "expires_at": session.expires_at.rfc3339(),
            "apps": apps.into_iter().map(|(_, app)| app).collect::<Value>(),
        })
    };
    put("sessions", sessions.iter().map(session).collect());
    let revocations = json!({ "count": user.generation, "sessions": ended.iter().filter_map(revoked).collect::<Vec<_>>() });
    put("revocations", revocations);
    out
}

/// A session that was ended, for as long as it would have lived.
fn revoked(session: &Session) -> Option<Value> {
    let SessionState::Revoked { at, why } = session.state else { return None };
    Some(json!({ "nonce": session.nonce.as_str(), "created_at": session.created_at.rfc3339(), "at": at.rfc3339(), "why": why.as_str() }))
}

fn device(told: &devices::Told<'_>, snapshot: &Snapshot) -> Value {
    let integration = snapshot.posture_integrations.get(&told.integration);
    json!({
        "integration": { "id": told.integration.to_string(), "name": integration.map(|integration| &integration.name) },
        "compliance": told.devices,
        "read_at": told.reading.at.rfc3339(),
        "good_until": told.reading.good_until.rfc3339(),
        "counts": told.counts,
    })
}

fn provider(idp: Option<IdpId>, snapshot: &Snapshot) -> Value {
    let Some(id) = idp else { return Value::Null };
    let known = snapshot.idps.get(&id);
    json!({ "id": id.to_string(), "name": known.map(|idp| &idp.name), "type": known.map(|idp| idp.config.kind()) })
}

fn time(at: Option<Timestamp>) -> Value {
    json!(at.map(Timestamp::rfc3339))
}
