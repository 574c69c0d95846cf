//! An identity as the v4 API shows it: what a sign-in told, with the member names of the wire.

use model::{
    AccountId,
    identity::{Groups, Identity},
};
use serde_json::{Map, Value, json};

/// The wire form. Facts that need a device or a certificate are empty: nothing here can know them.
pub(crate) fn write(account: &AccountId, identity: &Identity) -> Map<String, Value> {
    let mut out = Map::new();
    let mut put = |key: &str, value: Value| out.insert(key.into(), value);
    put("account_id", json!(account.as_str()));
    put("user_uuid", json!(identity.user_id.to_string()));
    put("email", json!(identity.email.as_str()));
    put("name", json!(identity.name));
    put("idp", json!({ "id": identity.idp.to_string(), "type": identity.idp_kind }));
    put("ip", json!(identity.ip.to_string()));
    if let Some(country) = &identity.country {
        put("geo", json!({ "country": country }));
    }
    put("iat", json!(identity.signed_in_at.secs()));
    match &identity.groups {
        Groups::Known { list, .. } => {
            put("groups", list.iter().map(|g| json!({ "id": g.id.to_string(), "name": g.name })).collect());
        }
        Groups::Unknown { reason, .. } => {
            put("groups_unknown", json!(reason.as_str()));
        }
    }
    if !identity.amr.is_empty() {
        put("amr", json!(identity.amr));
    }
    put("oidc_fields", json!(identity.claims));
    put("auth_status", json!("NONE"));
    put("common_name", json!(""));
    put("device_id", json!(""));
    put("device_sessions", json!({}));
    put("devicePosture", json!({}));
    put("is_gateway", json!(false));
    put("is_warp", json!(false));
    let no_certificate =
        json!({ "auth_status": "NONE", "cert_issuer_dn": "", "cert_issuer_ski": "", "cert_presented": false, "cert_serial": "" });
    put("mtls_auth", no_certificate);
    put("service_token_id", json!(""));
    put("service_token_status", json!(false));
    put("version", json!(2));
    out
}
