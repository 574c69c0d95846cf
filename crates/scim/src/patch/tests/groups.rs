//! Operations on groups and their members, small and large.

use super::*;

fn group(members: &[&str]) -> Doc {
    let members: Vec<_> = members.iter().map(|id| json!({"value": id, "display": format!("Name of {id}")})).collect();
    doc(Kind::Group, json!({"displayName": "Pilots", "externalId": "a1c07f2e", "members": members, "berth": 1}))
}

fn ids(doc: &Doc) -> String {
    doc.members().map(|m| m.value.to_owned()).collect::<Vec<_>>().join(" ")
}

#[test]
fn members_come_and_go_in_every_dialect() {
    for (what, operations, expected) in [
        ("add, default", json!([{"op": "Add", "path": "members", "value": [{"$ref": null, "value": "u-3"}]}]), "u-1 u-2 u-3"),
        ("add several", json!([{"op": "add", "path": "members", "value": [{"value": "u-3"}, {"value": "u-4"}]}]), "u-1 u-2 u-3 u-4"),
        ("add one object", json!([{"op": "add", "path": "members", "value": {"value": "u-3"}}]), "u-1 u-2 u-3"),
        (
            "add bare ids",
            json!([{"op": "add", "path": "Members", "value": ["u-3"]}, {"op": "add", "path": "members", "value": "u-4"}]),
            "u-1 u-2 u-3 u-4",
        ),
        ("add path-less", json!([{"op": "add", "value": {"members": [{"value": "u-3"}]}}]), "u-1 u-2 u-3"),
        (
            "add with URN",
            json!([{"op": "add", "path": "urn:ietf:params:scim:schemas:core:2.0:Group:members", "value": [{"value": "u-3"}]}]),
            "u-1 u-2 u-3",
        ),
        (
            "add with an extra key",
            json!([{"name": "addMember", "op": "add", "path": "members", "value": [{"value": "u-3"}]}]),
            "u-1 u-2 u-3",
        ),
        (
            "add one who is there",
            json!([{"op": "Add", "path": "members", "value": [{"value": "U-1"}, {"value": "u-3"}, {"value": "u-3"}]}]),
            "u-1 u-2 u-3",
        ),
        ("add nobody", json!([{"op": "Add", "path": "members", "value": []}, {"op": "Add", "path": "members", "value": null}]), "u-1 u-2"),
        ("remove, default", json!([{"op": "Remove", "path": "members", "value": [{"$ref": null, "value": "u-1"}]}]), "u-2"),
        ("remove, flag", json!([{"op": "remove", "path": "members[value eq \"u-1\"]"}]), "u-2"),
        ("remove, other capitals", json!([{"op": "remove", "path": "MEMBERS[VALUE Eq \"U-1\"]"}]), "u-2"),
        ("remove bare ids", json!([{"op": "remove", "path": "members", "value": ["u-1", "u-7"]}]), "u-2"),
        ("remove by another filter", json!([{"op": "remove", "path": "members[display ew \"u-1\"]"}]), "u-2"),
        (
            "remove one who is not there",
            json!([{"op": "Remove", "path": "members", "value": [{"value": "u-7"}]}, {"op": "remove", "path": "members[value eq \"u-8\"]"}]),
            "u-1 u-2",
        ),
        ("remove an empty list removes nobody", json!([{"op": "Remove", "path": "members", "value": []}]), "u-1 u-2"),
        ("remove with neither value nor filter", json!([{"op": "Remove", "path": "members"}]), ""),
        ("replace", json!([{"op": "replace", "path": "members", "value": [{"value": "u-9"}, {"value": "u-9"}]}]), "u-9"),
        ("replace path-less", json!([{"op": "replace", "value": {"members": ["u-9"], "displayName": "P"}}]), "u-9"),
        ("replace by nobody", json!([{"op": "replace", "path": "members", "value": []}]), ""),
        ("empty, then add", json!([{"op": "remove", "path": "members"}, {"op": "add", "path": "members", "value": ["u-5"]}]), "u-5"),
        (
            "add, remove, add again",
            json!([
                {"op": "add", "path": "members", "value": ["u-3"]}, {"op": "remove", "path": "members[value eq \"u-3\"]"},
                {"op": "remove", "path": "members", "value": ["u-1"]}, {"op": "add", "path": "members", "value": ["u-1"]},
            ]),
            "u-2 u-1",
        ),
        ("add by filter", json!([{"op": "add", "path": "members[value eq \"u-3\"].display", "value": "Tessa"}]), "u-1 u-2 u-3"),
    ] {
        let before = group(&["u-1", "u-2"]);
        let after = patched(Kind::Group, &before, operations).unwrap_or_else(|e| panic!("{what}: {e}")).after;
        assert_eq!(ids(&after), expected, "{what}");
        assert_eq!(after.external_id(), Some("a1c07f2e"));
    }
}

#[test]
fn what_is_said_about_a_member_can_change() {
    let before = group(&["u-1", "u-2"]);
    let after = patched(
        Kind::Group,
        &before,
        json!([
            {"op": "add", "path": "members", "value": [{"value": "u-1", "type": "User"}]},
            {"op": "replace", "path": "members[value eq \"U-2\"].display", "value": "Ilo"},
            {"op": "replace", "path": "members[display eq \"Name of u-1\"].display", "value": "Mara"},
        ]),
    )
    .unwrap()
    .after;
    assert_eq!(after.as_map()["members"], json!([{"value": "u-1", "display": "Mara", "type": "User"}, {"value": "u-2", "display": "Ilo"}]));
    let names: Vec<_> = after.as_map().keys().collect();
    assert_eq!(names, ["displayName", "externalId", "members", "berth"]);
}

#[test]
fn a_group_is_renamed_in_every_dialect() {
    for operations in [
        json!([{"op": "Replace", "path": "displayName", "value": "Night Pilots"}]),
        json!([{"op": "replace", "value": {"displayName": "Night Pilots"}}]),
        json!([{"op": "Add", "path": "DisplayName", "value": "Night Pilots"}]),
        json!([{"op": "replace", "value": {"id": "g-1", "displayName": "Night Pilots"}}]),
    ] {
        let after = patched(Kind::Group, &group(&["u-1"]), operations.clone()).unwrap().after;
        assert_eq!(after.display_name(), Some("Night Pilots"), "{operations}");
        assert_eq!(ids(&after), "u-1");
    }
    let after = patched(Kind::Group, &group(&[]), json!([{"op": "replace", "value": {"externalId": "other"}}])).unwrap().after;
    assert_eq!(after.external_id(), Some("other"));
}

#[test]
fn what_a_group_does_not_allow_is_refused() {
    for operations in [
        json!([{"op": "remove", "path": "displayName"}]),
        json!([{"op": "replace", "path": "displayName", "value": " "}]),
        json!([{"op": "add", "path": "members", "value": [{"display": "nobody"}]}]),
        json!([{"op": "remove", "path": "members", "value": [{}, {"display": "x"}]}]),
        json!([{"op": "add", "path": "members", "value": [{"value": "u-3"}, 7.5, true]}]),
        json!([{"op": "add", "path": "members[display eq \"x\"].type", "value": "User"}]),
        json!([{"op": "replace", "path": "members[value eq \"u-1\"].value", "value": "u-2"}]),
        json!([{"op": "replace", "path": "members.value", "value": "u-2"}]),
        json!([{"op": "remove", "path": "members.value"}]),
        json!([{"op": "replace", "path": "members[value eq \"u-1\"]", "value": {"value": ""}}]),
    ] {
        assert_eq!(patched(Kind::Group, &group(&["u-1"]), operations.clone()).unwrap_err().status, 400, "{operations}");
    }
}

#[test]
fn the_change_of_members_is_told() {
    let before = group(&["u-1", "u-2", "u-3"]);
    let operations =
        json!([{"op": "remove", "path": "members", "value": ["u-2"]}, {"op": "add", "path": "members", "value": ["u-4", "U-3"]}]);
    let after = patched(Kind::Group, &before, operations).unwrap().after;
    assert_eq!(member_change(&before, &after), MemberChange { added: vec!["u-4".into()], removed: vec!["u-2".into()] });
    assert_eq!(member_change(&before, &before), MemberChange::default());
}

/// A quadratic way would need 40,000 × 40,000 comparisons and more here, and be seen by the runner's time limit.
#[test]
fn a_large_group_takes_a_thousand_operations() {
    let count = 40_000;
    let members: Vec<_> = (0..count).map(|i| format!("u-{i}")).collect();
    let before = group(&members.iter().map(String::as_str).collect::<Vec<_>>());
    let operations: Vec<_> = (0..MAX_OPERATIONS)
        .map(|i| match i % 4 {
            0 => json!({"op": "Remove", "path": "members", "value": (0..40).map(|k| json!({"value": format!("u-{}", i * 40 + k)})).collect::<Vec<_>>()}),
            1 => json!({"op": "remove", "path": format!("members[value eq \"u-{}\"]", i * 40)}),
            2 => json!({"op": "Add", "path": "members", "value": (0..40).map(|k| json!({"value": format!("n-{}", i * 40 + k)})).collect::<Vec<_>>()}),
            _ => json!({"op": "replace", "path": format!("members[value eq \"u-{}\"].display", i * 40), "value": "x"}),
        })
        .collect();
    let after = patched(Kind::Group, &before, json!(operations)).unwrap().after;
    let change = member_change(&before, &after);
    assert_eq!((change.removed.len(), change.added.len()), (250 * 40 + 250, 250 * 40));
}

#[test]
fn searching_a_large_group_again_and_again_is_refused() {
    let members: Vec<_> = (0..4_000).map(|i| format!("u-{i}")).collect();
    let before = group(&members.iter().map(String::as_str).collect::<Vec<_>>());
    let condition = vec!["display eq \"x\""; 100].join(" and ");
    let operation = json!({"op": "remove", "path": format!("members[{condition}]")});
    let error = patched(Kind::Group, &before, json!(vec![operation.clone(); 11])).unwrap_err();
    assert_eq!(error.scim_type, Some(crate::ScimType::TooMany));
    assert!(patched(Kind::Group, &before, json!(vec![operation; 3])).is_ok());
}
