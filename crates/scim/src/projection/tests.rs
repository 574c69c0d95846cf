//! Tables of projections.

use super::*;
use serde_json::json;

fn mara() -> Map<String, Value> {
    serde_json::from_value(json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "id": "u-1",
        "userName": "mara@harbourworks.example",
        "name": {"givenName": "Mara", "familyName": "Zorn"},
        "emails": [
            {"type": "work", "value": "mara@harbourworks.example"},
            {"type": "home", "value": "mara@home.example"},
        ],
        ENTERPRISE_URN: {"department": "Docks", "manager": "u-9"},
        "urn:harbour:2.0:User": {"berths": [{"type": "north", "value": "7"}, {"type": "south", "value": "8"}]},
        "meta": {"resourceType": "User", "version": "W/\"1\""},
    }))
    .unwrap()
}

/// What is left besides `schemas` and `id`, which must be there.
fn shown(attributes: Option<&str>, excluded: Option<&str>) -> Value {
    let mut left = Projection::parse(attributes, excluded).unwrap().apply(mara());
    assert!(left.shift_remove("schemas").is_some());
    assert_eq!(left.shift_remove("id"), Some(json!("u-1")));
    Value::Object(left)
}

#[test]
fn attributes_show_only_what_is_named() {
    let work = json!({"type": "work", "value": "mara@harbourworks.example"});
    for (names, expected) in [
        ("userName", json!({"userName": "mara@harbourworks.example"})),
        ("USERNAME , id", json!({"userName": "mara@harbourworks.example"})),
        ("urn:ietf:params:scim:schemas:core:2.0:User:userName", json!({"userName": "mara@harbourworks.example"})),
        ("name.givenName", json!({"name": {"givenName": "Mara"}})),
        ("name.givenName,name.FamilyName", json!({"name": {"givenName": "Mara", "familyName": "Zorn"}})),
        ("name,name.givenName", json!({"name": {"givenName": "Mara", "familyName": "Zorn"}})),
        ("emails.type", json!({"emails": [{"type": "work"}, {"type": "home"}]})),
        ("emails[type eq \"work\"]", json!({"emails": [work]})),
        ("emails[type eq \"home\"].value", json!({"emails": [{"value": "mara@home.example"}]})),
        ("emails[type eq \"a,b]\"],userName", json!({"userName": "mara@harbourworks.example"})),
        (ENTERPRISE_URN, json!({ENTERPRISE_URN: {"department": "Docks", "manager": "u-9"}})),
        ("department", json!({ENTERPRISE_URN: {"department": "Docks"}})),
        ("manager.value", json!({ENTERPRISE_URN: {"manager": "u-9"}})),
        ("manager.displayName", json!({})),
        ("urn:harbour:2.0:User:berths[type eq \"south\"]", json!({"urn:harbour:2.0:User": {"berths": [{"type": "south", "value": "8"}]}})),
        ("urn:harbour:2.0:User:berths[type eq \"south\"].value", json!({"urn:harbour:2.0:User": {"berths": [{"value": "8"}]}})),
        ("meta.version", json!({"meta": {"version": "W/\"1\""}})),
        ("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", json!({ENTERPRISE_URN: mara()[ENTERPRISE_URN]})),
        ("noSuchThing", json!({})),
    ] {
        assert_eq!(shown(Some(names), None), expected, "{names}");
    }
}

#[test]
fn excluded_attributes_hide_what_is_named_but_never_id_and_schemas() {
    let all = shown(None, None);
    assert_eq!(all.as_object().unwrap().len(), 6);
    let without = |names: &str, change: fn(&mut Map<String, Value>)| {
        let mut expected = all.as_object().unwrap().clone();
        change(&mut expected);
        assert_eq!(shown(None, Some(names)), Value::Object(expected), "{names}");
    };
    without("id,schemas,ID", |_| {});
    without("noSuchThing", |_| {});
    without("", |_| {});
    without("Emails", |m| drop(m.shift_remove("emails")));
    without("name.givenName", |m| m["name"] = json!({"familyName": "Zorn"}));
    without("name.givenName,name.familyName", |m| drop(m.shift_remove("name")));
    without("emails[type eq \"home\"]", |m| drop(m["emails"].as_array_mut().unwrap().pop()));
    without("department", |m| m[ENTERPRISE_URN] = json!({"manager": "u-9"}));
    without(ENTERPRISE_URN, |m| drop(m.shift_remove(ENTERPRISE_URN)));
    without("urn:harbour:2.0:User:berths.type", |m| {
        m["urn:harbour:2.0:User"] = json!({"berths": [{"value": "7"}, {"value": "8"}]});
    });
}

#[test]
fn both_lists_can_be_given_at_once() {
    assert_eq!(
        shown(Some("name,userName"), Some("name.familyName")),
        json!({
            "userName": "mara@harbourworks.example",
            "name": {"givenName": "Mara"},
        })
    );
}

#[test]
fn a_caller_learns_what_it_need_not_load() {
    for (attributes, excluded, wants) in [
        (None, None, true),
        (None, Some("members"), false),
        (None, Some("Members"), false),
        (None, Some("members.display"), true),
        (Some("displayName"), None, false),
        (Some("id,members.value"), None, true),
    ] {
        let projection = Projection::parse(attributes, excluded).unwrap();
        assert_eq!(projection.wants("members"), wants, "{attributes:?} {excluded:?}");
    }
}

#[test]
fn what_is_no_attribute_is_refused() {
    for names in ["a b", "name..x", "emails[", "1", &"a,".repeat(101)] {
        assert_eq!(Projection::parse(Some(names), None).unwrap_err().status, 400, "{names}");
    }
    assert!(Projection::parse(Some(" , "), Some("")).unwrap().is_all());
}

#[test]
fn the_urn_of_a_core_schema_stands_for_all_of_it() {
    let core = shown(Some("urn:ietf:params:scim:schemas:core:2.0:User"), None);
    assert_eq!((&core["name"], core.get(ENTERPRISE_URN)), (&mara()["name"], None));
    let rest = shown(None, Some("urn:ietf:params:scim:schemas:core:2.0:user"));
    assert_eq!((rest.get("name"), &rest[ENTERPRISE_URN]), (None, &mara()[ENTERPRISE_URN]));
    let projection = Projection::parse(Some(crate::schema::GROUP_URN), None).unwrap();
    assert!(projection.wants("members"));
    assert!(!Projection::parse(None, Some(crate::schema::GROUP_URN)).unwrap().wants("members"));
}

#[test]
fn what_is_left_out_in_part_is_still_wanted() {
    for (excluded, wanted) in [("members", false), ("members.display", true), ("members[type eq \"Group\"]", true), ("displayName", true)] {
        assert_eq!(Projection::parse(None, Some(excluded)).unwrap().wants("members"), wanted, "{excluded}");
    }
}
