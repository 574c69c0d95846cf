//! Tables: documents of earlier releases, addresses, names.

use serde_json::{Value, json};

use super::*;

fn early(permissions: &Value) -> Value {
    json!({
        "id": "6f0c2b1e93d44a578e210d9b7c5e4a10", "name": "ci", "secret_hash": "00", "permissions": permissions,
        "enabled": true, "expires_at": null, "created_at": 1_772_611_200_000_i64,
    })
}

fn read(document: Value) -> ApiToken {
    serde_json::from_value(document).unwrap()
}

#[test]
fn tokens_of_earlier_releases_keep_what_they_could_do() {
    let administrator = json!([
        "org_read",
        "org_write",
        "revoke",
        "apps_read",
        "apps_write",
        "service_tokens_read",
        "service_tokens_write",
        "users_read",
        "users_write",
        "audit_read",
        "scim_logs_read",
        "console_admin",
    ]);
    assert_eq!(read(early(&administrator)).permissions, Permission::ALL.into());
    let table = [
        (json!([]), vec![]),
        (json!(["revoke"]), vec![Permission::OrgRevoke, Permission::AppsRevoke]),
        (json!(["org_write"]), vec![Permission::OrgWrite, Permission::ZeroTrustWrite, Permission::TokensWrite]),
        (json!(["apps_read", "audit_read"]), vec![Permission::AppsRead, Permission::AuditRead]),
    ];
    for (stored, now) in table {
        let token = read(early(&stored));
        assert_eq!(token.permissions, now.into_iter().collect(), "{stored}");
        assert_eq!(token.updated_at, token.created_at);
        assert!(token.unlimited());
    }
}

#[test]
fn a_token_is_read_as_it_was_stored() {
    let mut token = read(early(&json!(["apps_read"])));
    token.resources = Some(Resources { apps: ["86666835-06aa-4d90-8bbd-5a74ac4edf68".parse().unwrap()].into(), ..Resources::default() });
    token.request_ip.within = vec!["203.0.113.0/24".to_owned().try_into().unwrap()];
    token.not_before = Some(token.created_at.plus_secs(60));
    assert_eq!(read(serde_json::to_value(&token).unwrap()), token);
    token.permissions = Permission::ALL.into();
    let mut stored = serde_json::to_value(&token).unwrap();
    stored["grants"] = json!(["apps_read"]);
    assert_eq!(read(stored).permissions, Permission::ALL.into(), "what is complete gets what is added later");
}

#[test]
fn an_address_that_nobody_knows_meets_no_condition() {
    let ranges = |list: &[&str]| list.iter().map(|text| (*text).to_owned().try_into().unwrap()).collect::<Vec<_>>();
    let table = [
        (&[][..], &[][..], Some("203.0.113.7"), true),
        (&[], &[], None, true),
        (&["203.0.113.0/24"], &[], Some("203.0.113.7"), true),
        (&["203.0.113.0/24"], &[], Some("::ffff:203.0.113.7"), true),
        (&["203.0.113.0/24"], &[], Some("198.51.100.1"), false),
        (&["203.0.113.0/24"], &[], None, false),
        (&["203.0.113.0/24"], &["203.0.113.7"], Some("203.0.113.7"), false),
        (&[], &["203.0.113.7"], Some("203.0.113.8"), true),
        (&[], &["203.0.113.7"], None, false),
    ];
    for (within, outside, address, admitted) in table {
        let condition = RequestIp { within: ranges(within), outside: ranges(outside) };
        assert_eq!(condition.admits(address.map(|a| a.parse().unwrap())), admitted, "{within:?} {outside:?} {address:?}");
    }
}

#[test]
fn permissions_are_known_by_both_their_names_and_by_one_only() {
    let names: BTreeSet<&str> = Permission::ALL.into_iter().map(Permission::name).collect();
    assert_eq!(names.len(), Permission::ALL.len());
    for permission in Permission::ALL {
        let stored = serde_json::to_value(permission).unwrap();
        assert_eq!(permission.name().parse(), Ok(permission));
        assert_eq!(stored.as_str().unwrap().parse(), Ok(permission));
    }
    assert_eq!("apps".parse::<Permission>().unwrap_err().to_string(), "\"apps\" is not a permission of this server");
}

#[test]
fn a_token_stands_by_its_switch_and_its_times() {
    let mut token = read(early(&json!([])));
    let now = token.created_at;
    assert_eq!(token.standing(now), Standing::Active);
    token.not_before = Some(now.plus_secs(1));
    assert_eq!(token.standing(now), Standing::Early);
    token.expires_at = Some(now);
    assert_eq!(token.standing(now), Standing::Expired);
    token.enabled = false;
    assert_eq!(token.standing(now), Standing::Disabled);
}
