//! Identities as stored: one row for equal sign-ins, what differs each time kept apart.

use std::net::{IpAddr, Ipv4Addr};

use aws_lc_rs::digest;
use model::{
    Timestamp,
    identity::{AuthContexts, Groups, Identity},
};
use serde::{Deserialize, Serialize};

use crate::{
    StoreError, Tx,
    objects::{from_json, to_json},
    statement::sessions as sql,
};

/// What differs between two sign-ins of the same person with the same claims.
#[derive(Debug, Serialize, Deserialize)]
struct Circumstances {
    signed_in_at: Timestamp,
    groups_at: Timestamp,
    ip: IpAddr,
    country: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sid: Option<String>,
    #[serde(default, skip_serializing_if = "AuthContexts::is_empty")]
    contexts: AuthContexts,
}

/// An identity in its two parts, as they are stored.
#[derive(Debug)]
pub(crate) struct Parts {
    pub hash: String,
    pub doc: String,
    pub circumstances: String,
}

/// Takes an identity apart.
pub(crate) fn split(identity: &Identity) -> Result<Parts, StoreError> {
    let mut lasting = identity.clone();
    let circumstances = Circumstances {
        signed_in_at: std::mem::take(&mut lasting.signed_in_at),
        groups_at: std::mem::take(groups_at(&mut lasting.groups)),
        ip: std::mem::replace(&mut lasting.ip, IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
        country: lasting.country.take(),
        sid: lasting.sid.take(),
        contexts: std::mem::take(&mut lasting.contexts),
    };
    let doc = to_json("identity", identity.user_id, &lasting)?;
    Ok(Parts {
        hash: hex::encode(digest::digest(&digest::SHA256, doc.as_bytes())),
        doc,
        circumstances: to_json("identity", identity.user_id, &circumstances)?,
    })
}

/// Puts an identity together.
pub(crate) fn join(doc: &str, circumstances: &str) -> Result<Identity, StoreError> {
    let mut identity: Identity = from_json("identity", "record", doc)?;
    let Circumstances { signed_in_at, groups_at: at, ip, country, sid, contexts } = from_json("identity", "record", circumstances)?;
    identity.signed_in_at = signed_in_at;
    *groups_at(&mut identity.groups) = at;
    identity.ip = ip;
    identity.country = country;
    identity.sid = sid;
    identity.contexts = contexts;
    Ok(identity)
}

const fn groups_at(groups: &mut Groups) -> &mut Timestamp {
    match groups {
        Groups::Known { at, .. } | Groups::Unknown { at, .. } => at,
    }
}

impl Tx<'_> {
    /// Drops those identities that neither a session nor a person refers to any more.
    pub(crate) fn drop_identities(&self, mut hashes: Vec<String>) -> Result<(), StoreError> {
        hashes.sort_unstable();
        hashes.dedup();
        hashes.iter().try_for_each(|hash| self.run(&sql::DROP_IDENTITY, &[hash.into()]).map(drop))
    }
}
