//! Operations on users, one row each: Entra's default dialect, its `aadOptscim062020` one, the RFC's, the validator's.

use super::*;
use crate::resource::{Meta, Resource};

/// Rows of: what it is, the operations, and the attributes that differ afterwards.
fn check(rows: impl IntoIterator<Item = (&'static str, Value, Value)>) {
    for (what, operations, expected) in rows {
        assert_eq!(change(operations).unwrap_or_else(|e| panic!("{what}: {e}")), expected, "{what}");
    }
}

#[test]
fn a_user_is_disabled_in_every_dialect() {
    check([
        ("disable, default", json!([{"op": "Replace", "path": "active", "value": "False"}]), json!({"active": false})),
        ("disable, flag", json!([{"op": "replace", "path": "active", "value": false}]), json!({"active": false})),
        ("disable, add", json!([{"op": "Add", "path": "active", "value": "false"}]), json!({"active": false})),
        ("disable, path-less", json!([{"op": "replace", "value": {"active": "False"}}]), json!({"active": false})),
        ("disable, wrapped", json!([{"op": "Replace", "path": "Active", "value": [{"value": "False"}]}]), json!({"active": false})),
        ("empty path counts as none", json!([{"op": "replace", "path": "", "value": {"active": false}}]), json!({"active": false})),
    ]);
}

#[test]
fn removing_active_leaves_it_unassigned_and_lets_nobody_in_again() {
    let meta = Meta { created_ms: 0, modified_ms: 0, version: String::new() };
    for (before, operations, active) in [
        (json!(true), json!([{"op": "remove", "path": "active"}]), true),
        (json!(false), json!([{"op": "Remove", "path": "active"}]), false),
        (json!(false), json!([{"op": "remove", "path": "urn:ietf:params:scim:schemas:core:2.0:User:active"}]), false),
        (json!(false), json!([{"op": "replace", "path": "active", "value": null}]), false),
        (json!(false), json!([{"op": "replace", "value": {"active": null}}]), false),
        (json!(true), json!([{"op": "replace", "path": "active", "value": "False"}, {"op": "remove", "path": "active"}]), false),
        (json!(false), json!([{"op": "remove", "path": "active"}, {"op": "remove", "path": "active"}]), false),
    ] {
        let mut body = mara();
        body["active"] = before;
        let after = patched(Kind::User, &doc(Kind::User, body.clone()), operations.clone()).unwrap().after;
        assert_eq!(after.active(), active, "{operations}");
        let shown = Resource { kind: Kind::User, id: "u-1", meta: &meta, doc: &after }.to_wire("https://x");
        assert!(!shown.contains_key("active"), "{operations}");
        for (filter, matches) in [("active pr", false), ("active eq false", false), ("active eq true", false), ("active eq null", true)] {
            assert_eq!(crate::filter::evaluate(&crate::Filter::parse(filter).unwrap(), &after), matches, "{filter}");
        }
        // What was read can be sent back, and changes nothing.
        assert_eq!(crate::resource::parse_replacement(Kind::User, shown, &after).unwrap().doc.active(), active, "{operations}");
        let again = patched(Kind::User, &after, json!([{"op": "remove", "path": "active"}])).unwrap();
        assert!(!again.changed, "{operations}");
        let back = patched(Kind::User, &after, json!([{"op": "Add", "path": "active", "value": "True"}])).unwrap().after;
        assert!(back.active() && back.as_map()["active"] == json!(true), "{operations}");
    }
}

#[test]
fn several_attributes_change_in_every_dialect() {
    let number = format!("{ENTERPRISE_URN}:employeeNumber");
    check([
        (
            "several attributes, default",
            json!([
                {"op": "Replace", "path": "displayName", "value": "Mara Z"},
                {"op": "Replace", "path": "name.givenName", "value": "M."},
                {"op": "Add", "path": number, "value": "17"},
            ]),
            json!({"displayName": "Mara Z", "name": {"givenName": "M.", "familyName": "Zorn"},
                ENTERPRISE_URN: {"department": "Docks", "employeeNumber": "17"}}),
        ),
        (
            "several attributes, flag",
            json!([{"op": "replace", "value": {"displayName": "Mara Z", "name.givenName": "M.", number.clone(): "17"}}]),
            json!({"displayName": "Mara Z", "name": {"givenName": "M.", "familyName": "Zorn"},
                ENTERPRISE_URN: {"department": "Docks", "employeeNumber": "17"}}),
        ),
        (
            "several attributes, RFC objects",
            json!([{"op": "add", "value": {"name": {"givenName": "M."}, ENTERPRISE_URN: {"employeeNumber": "17"}}}]),
            json!({"name": {"givenName": "M.", "familyName": "Zorn"}, ENTERPRISE_URN: {"department": "Docks", "employeeNumber": "17"}}),
        ),
        ("core URN as key", json!([{"op": "add", "value": {crate::schema::USER_URN: {"title": "Pilot"}}}]), json!({"title": "Pilot"})),
        (
            "core URN in path",
            json!([{"op": "add", "path": "urn:ietf:params:scim:schemas:core:2.0:User:title", "value": "Pilot"}]),
            json!({"title": "Pilot"}),
        ),
        (
            "core URN as path",
            json!([{"op": "add", "path": crate::schema::USER_URN, "value": {"title": "Pilot"}}]),
            json!({"title": "Pilot"}),
        ),
        ("add on a single value", json!([{"op": "Add", "path": "displayName", "value": "M"}]), json!({"displayName": "M"})),
        ("names in capitals", json!([{"OP": "ADD", "Path": "NICKNAME", "Value": "M"}]), json!({"nickName": "M"})),
        ("extra keys", json!([{"op": "add", "name": "addTitle", "path": "title", "value": "Pilot"}]), json!({"title": "Pilot"})),
    ]);
}

#[test]
fn elements_are_chosen_and_created_by_filter() {
    let work = |value: &str| json!([{"type": "work", "value": value, "primary": true}]);
    check([
        (
            "filter with match",
            json!([{"op": "Replace", "path": "emails[type eq \"work\"].value", "value": "m@x"}]),
            json!({"emails": work("m@x")}),
        ),
        (
            "filter with match, add",
            json!([{"op": "Add", "path": "Emails[Type eq \"Work\"].Value", "value": "m@x"}]),
            json!({"emails": work("m@x")}),
        ),
        ("filter as key", json!([{"op": "replace", "value": {"emails[type eq \"work\"].value": "m@x"}}]), json!({"emails": work("m@x")})),
        (
            "filter without match creates",
            json!([
                {"op": "Add", "path": "phoneNumbers[type eq \"mobile\"].value", "value": "+1"},
                {"op": "Replace", "path": "phoneNumbers[type eq \"fax\"].value", "value": "+2"},
            ]),
            json!({"phoneNumbers": [{"type": "mobile", "value": "+1"}, {"type": "fax", "value": "+2"}]}),
        ),
        (
            "address in parts",
            json!([
                {"op": "Add", "path": "addresses[type eq \"work\"].streetAddress", "value": "Quay 1"},
                {"op": "Add", "path": "addresses[type eq \"work\"].locality", "value": "Harbour"},
            ]),
            json!({"addresses": [{"type": "work", "streetAddress": "Quay 1", "locality": "Harbour"}]}),
        ),
        (
            "role by primary",
            json!([{"op": "Add", "path": "roles[primary eq \"True\"].value", "value": "Admin"}]),
            json!({"roles": [{"primary": true, "value": "Admin"}]}),
        ),
        (
            "roles as JSON in a string",
            json!([{"op": "Add", "path": "roles", "value": [{"value": "{\"id\":\"1\",\"value\":\"Admin\"}"}]}]),
            json!({"roles": [{"value": "{\"id\":\"1\",\"value\":\"Admin\"}"}]}),
        ),
        (
            "whole element merges",
            json!([{"op": "add", "path": "emails[type eq \"work\"]", "value": {"display": "M"}}]),
            json!({"emails": [{"type": "work", "value": "mara@harbourworks.example", "primary": true, "display": "M"}]}),
        ),
        (
            "whole element replaced",
            json!([{"op": "replace", "path": "emails[type eq \"work\"]", "value": {"value": "m@x", "Primary": "False"}}]),
            json!({"emails": [{"type": "work", "value": "m@x", "primary": false}]}),
        ),
    ]);
}

#[test]
fn lists_grow_and_are_replaced() {
    check([
        (
            "a new primary takes over",
            json!([{"op": "add", "path": "emails", "value": [{"type": "home", "value": "h@x", "primary": "True"}]}]),
            json!({"emails": [
                {"type": "work", "value": "mara@harbourworks.example", "primary": false},
                {"type": "home", "value": "h@x", "primary": true},
            ]}),
        ),
        (
            "adding what is there",
            json!([{"op": "add", "path": "emails", "value": {"type": "work", "value": "mara@harbourworks.example", "primary": true}}]),
            json!({}),
        ),
        ("list replaced", json!([{"op": "replace", "path": "emails", "value": [{"value": "h@x"}]}]), json!({"emails": [{"value": "h@x"}]})),
        (
            "part of every element",
            json!([{"op": "replace", "path": "emails.display", "value": "M"}]),
            json!({"emails": [{"type": "work", "value": "mara@harbourworks.example", "primary": true, "display": "M"}]}),
        ),
    ]);
}

#[test]
fn a_manager_is_set_in_every_form() {
    let manager = format!("{ENTERPRISE_URN}:manager");
    check([
        (
            "manager, bare id",
            json!([{"op": "Add", "path": manager, "value": "u-9"}]),
            json!({ENTERPRISE_URN: {"department": "Docks", "manager": "u-9"}}),
        ),
        (
            "manager, object",
            json!([{"op": "replace", "path": manager, "value": {"value": "u-9"}}]),
            json!({ENTERPRISE_URN: {"department": "Docks", "manager": {"value": "u-9"}}}),
        ),
        (
            "manager, list without URN",
            json!([{"op": "Add", "path": "manager", "value": [{"$ref": "http://x/Users/u-9", "value": "u-9"}]}]),
            json!({ENTERPRISE_URN: {"department": "Docks", "manager": {"$ref": "http://x/Users/u-9", "value": "u-9"}}}),
        ),
        (
            "manager, path-less",
            json!([{"op": "replace", "value": {manager.clone(): {"value": "u-9"}}}]),
            json!({ENTERPRISE_URN: {"department": "Docks", "manager": {"value": "u-9"}}}),
        ),
        (
            "manager, another one leaves nothing of the first",
            json!([
                {"op": "add", "path": manager, "value": {"value": "u-8", "displayName": "Bram"}},
                {"op": "replace", "path": manager, "value": {"value": "u-9"}},
            ]),
            json!({ENTERPRISE_URN: {"department": "Docks", "manager": {"value": "u-9"}}}),
        ),
        (
            "manager, bare id kept bare",
            json!([
                {"op": "add", "path": manager, "value": "u-8"},
                {"op": "replace", "path": format!("{manager}.value"), "value": "u-9"},
            ]),
            json!({ENTERPRISE_URN: {"department": "Docks", "manager": "u-9"}}),
        ),
        (
            "manager, bare id grows parts",
            json!([
                {"op": "add", "path": manager, "value": "u-8"},
                {"op": "add", "path": format!("{manager}.displayName"), "value": "Bram"},
            ]),
            json!({ENTERPRISE_URN: {"department": "Docks", "manager": {"value": "u-8", "displayName": "Bram"}}}),
        ),
        ("manager removed", json!([{"op": "add", "path": manager, "value": "u-8"}, {"op": "Remove", "path": manager}]), json!({})),
    ]);
}

#[test]
fn extensions_and_unknown_attributes_are_changed() {
    let department = format!("{ENTERPRISE_URN}:department");
    check([
        ("extension emptied", json!([{"op": "remove", "path": department}]), json!({ENTERPRISE_URN: null})),
        ("extension removed", json!([{"op": "remove", "path": ENTERPRISE_URN}]), json!({ENTERPRISE_URN: null})),
        (
            "custom extension",
            json!([{"op": "Add", "path": "urn:ietf:params:scim:schemas:extension:Harbour:2.0:User:berth", "value": "7"}]),
            json!({"urn:ietf:params:scim:schemas:extension:Harbour:2.0:User": {"berth": "7"}}),
        ),
        (
            "extension of another form, as a whole",
            json!([
                {"op": "add", "value": {"http://harbour.example/scim": {"a": 1}}},
                {"op": "add", "value": {"http://harbour.example/scim": {"b": 2}}},
            ]),
            json!({"http://harbour.example/scim": {"a": 1, "b": 2}}),
        ),
        ("unknown attribute", json!([{"op": "add", "path": "berth", "value": {"a": [null, 1]}}]), json!({"berth": {"a": [1]}})),
        (
            "unknown attribute, other capitals",
            json!([{"op": "replace", "path": "FAVOURITETIDE", "value": "flood"}]),
            json!({"favouriteTide": "flood"}),
        ),
        (
            "unknown list grows",
            json!([{"op": "add", "path": "tags", "value": ["a"]}, {"op": "add", "path": "tags", "value": ["a", "b"]}, {"op": "add", "path": "tags", "value": "c"}]),
            json!({"tags": ["a", "b", "c"]}),
        ),
    ]);
}

#[test]
fn what_is_removed_is_gone_and_nothing_else() {
    check([
        ("remove an attribute", json!([{"op": "Remove", "path": "displayName"}]), json!({"displayName": null})),
        ("remove a part", json!([{"op": "remove", "path": "name.givenName"}]), json!({"name": {"familyName": "Zorn"}})),
        (
            "remove all parts",
            json!([{"op": "remove", "path": "name.givenName"}, {"op": "remove", "path": "name.familyName"}]),
            json!({"name": null}),
        ),
        ("remove an element", json!([{"op": "remove", "path": "emails[type eq \"work\"]"}]), json!({"emails": null})),
        (
            "remove a part of an element",
            json!([{"op": "remove", "path": "emails[type eq \"work\"].primary"}]),
            json!({"emails": [{"type": "work", "value": "mara@harbourworks.example"}]}),
        ),
        (
            "remove elements by value",
            json!([{"op": "Remove", "path": "emails", "value": [{"value": "MARA@harbourworks.example"}]}]),
            json!({"emails": null}),
        ),
        ("remove other elements by value", json!([{"op": "Remove", "path": "emails", "value": [{"value": "other@x"}]}]), json!({})),
        ("remove an empty list of values", json!([{"op": "Remove", "path": "emails", "value": []}]), json!({})),
        (
            "remove what is not there",
            json!([
                {"op": "remove", "path": "title"}, {"op": "remove", "path": "phoneNumbers[type eq \"fax\"].value"},
                {"op": "remove", "path": "emails[type eq \"fax\"]"}, {"op": "remove", "path": "urn:x:2.0:User:berth"},
                {"op": "remove", "path": "name.middleName"}, {"op": "remove", "path": "manager"},
            ]),
            json!({}),
        ),
    ]);
}

#[test]
fn nulls_and_read_only_attributes_do_no_harm() {
    check([
        ("null takes away", json!([{"op": "replace", "path": "displayName", "value": null}]), json!({"displayName": null})),
        (
            "null takes away by key",
            json!([{"op": "replace", "value": {"name.givenName": null, "favouriteTide": null}}]),
            json!({"name": {"familyName": "Zorn"}, "favouriteTide": null}),
        ),
        (
            "null adds nothing",
            json!([{"op": "add", "value": {"displayName": null, "name": {"givenName": null}, "emails": null}}]),
            json!({}),
        ),
        (
            "read-only keys are ignored",
            json!([{"op": "replace", "value": {"id": "forged", "meta": {"version": "x"}, "schemas": ["x"], "groups": [], "password": "x", "title": "Pilot"}}]),
            json!({"title": "Pilot"}),
        ),
        (
            "schemas and password in a path are ignored",
            json!([{"op": "add", "path": "schemas", "value": ["x"]}, {"op": "replace", "path": "password", "value": "x"}]),
            json!({}),
        ),
        (
            "several on one attribute",
            json!([{"op": "replace", "path": "title", "value": "a"}, {"op": "replace", "path": "title", "value": "b"}]),
            json!({"title": "b"}),
        ),
        (
            "a rename",
            json!([{"op": "replace", "value": {"userName": "mz@harbourworks.example"}}]),
            json!({"userName": "mz@harbourworks.example"}),
        ),
        ("nothing", json!([]), json!({})),
    ]);
}

#[test]
fn what_cannot_be_done_is_refused_as_a_whole() {
    use crate::ScimType::*;
    let many: Vec<_> = (0..=MAX_OPERATIONS).map(|_| json!({"op": "remove", "path": "title"})).collect();
    let wide = |n: usize| -> Value { (0..n).map(|i| (format!("a{i}"), json!(1))).collect::<serde_json::Map<_, _>>().into() };
    let wider: Vec<_> = (0..3).map(|_| json!({"op": "add", "value": wide(4_000)})).collect();
    for (operations, scim_type, says) in [
        (json!([{"op": "replace", "path": "id", "value": "x"}]), Mutability, "Operation 1: id is read-only"),
        (json!([{"op": "replace", "path": "meta.version", "value": "x"}]), Mutability, "meta is read-only"),
        (json!([{"op": "remove", "path": "ID"}]), Mutability, "read-only"),
        (json!([{"op": "add", "path": "groups", "value": [{"value": "g-1"}]}]), Mutability, "read-only"),
        (json!([{"op": "remove", "path": "userName"}]), Mutability, "required"),
        (json!([{"op": "remove", "path": "active.value"}]), NoTarget, "without parts"),
        (json!([{"op": "remove", "path": "active[value eq false]"}]), NoTarget, "without parts"),
        (json!([{"op": "replace", "value": {"active": "perhaps"}}]), InvalidValue, "active must be"),
        (json!([{"op": "replace", "path": "userName", "value": null}]), InvalidValue, "needs a userName"),
        (json!([{"op": "replace", "path": "userName", "value": ""}]), InvalidValue, "needs a userName"),
        (json!([{"op": "replace", "path": "externalId", "value": 17}]), InvalidValue, "externalId must be a text"),
        (json!([{"op": "replace", "path": "externalId", "value": "x".repeat(2_000)}]), InvalidValue, "more than 1024"),
        (json!([{"op": "replace", "path": "title"}]), InvalidValue, "needs a value"),
        (json!([{"op": "replace", "path": "title", "value": {"a": 1}}]), InvalidValue, "single value"),
        (json!([{"op": "replace", "path": "title.x", "value": "a"}]), NoTarget, "has no part"),
        (json!([{"op": "replace", "path": "name", "value": "Mara"}]), InvalidValue, "must be an object"),
        (json!([{"op": "add", "path": "name[givenName eq \"x\"].familyName", "value": "a"}]), NoTarget, "takes no filter"),
        (json!([{"op": "replace", "path": "emails[type ne \"work\"].value", "value": "a"}]), NoTarget, "does not describe"),
        (
            json!([{"op": "replace", "path": "emails[type eq \"a\" or type eq \"b\"]", "value": {"value": "a"}}]),
            NoTarget,
            "does not describe",
        ),
        (json!([{"op": "replace", "path": "emails[type eq \"work\"]", "value": "a"}]), InvalidValue, "one object"),
        (json!([{"op": "add", "path": "favouriteTide[a pr].b", "value": "x"}]), NoTarget, "is not a list"),
        (json!([{"op": "add", "path": "favouriteTide.x", "value": "x"}]), NoTarget, "has no parts"),
        (json!([{"op": "add", "path": format!("{ENTERPRISE_URN}"), "value": "x"}]), InvalidValue, "must be an object"),
        (json!([{"op": "remove"}]), NoTarget, "needs a path"),
        (json!([{"op": "remove", "value": {"title": "x"}}]), NoTarget, "needs a path"),
        (json!([{"op": "move", "path": "title"}]), InvalidSyntax, "is not add, replace or remove"),
        (json!([{"path": "title"}]), InvalidSyntax, "needs an op"),
        (json!([{"op": 1}]), InvalidSyntax, "needs an op"),
        (json!(["add"]), InvalidSyntax, "must be an object"),
        (json!([{"op": "add", "value": "x"}]), InvalidSyntax, "object of attributes"),
        (
            json!([{"op": "add", "path": "title", "value": "x"}, {"op": "add", "path": "emails[", "value": "x"}]),
            InvalidPath,
            "Operation 2: The path",
        ),
        (json!([{"op": "add", "path": 7, "value": "x"}]), InvalidPath, "must be a text"),
        (json!([{"op": "add", "value": {"a b": 1}}]), InvalidPath, "cannot be read"),
        (json!({"op": "add"}), InvalidSyntax, "Operations, a list"),
        (json!(many), TooMany, "1001 operations"),
        (json!(wider), TooMany, "more than 10000 attributes"),
        (
            json!([{"op": "add", "value": wide(9_999)}, {"op": "add", "path": "x", "value": "y".repeat(60_000)}, {"op": "add", "path": "y", "value": ["y".repeat(60_000), "z".repeat(60_000)]}]),
            TooMany,
            "are kept",
        ),
    ] {
        let shown = operations.to_string().chars().take(90).collect::<String>();
        let error = change(operations).expect_err(&shown);
        assert_eq!((error.status, error.scim_type), (400, Some(scim_type)), "{shown}: {error}");
        assert!(error.detail.contains(says), "{shown}: {error}");
    }
    let body = json!({"schemas": ["urn:x"], "Operations": []});
    assert!(PatchRequest::parse(Kind::User, body.as_object().unwrap()).is_err());
    let body = json!({"operations": []});
    assert!(PatchRequest::parse(Kind::User, body.as_object().unwrap()).is_ok());
}

#[test]
fn what_was_normalised_is_counted() {
    let before = doc(Kind::User, mara());
    let patched = patched(
        Kind::User,
        &before,
        json!([
            {"op": "Replace", "path": "active", "value": "False"},
            {"op": "Add", "path": "phoneNumbers[type eq \"work\"].value", "value": "+1"},
            {"op": "replace", "value": {"name.givenName": "M", format!("{ENTERPRISE_URN}:department"): "Quay", "id": "x"}},
            {"op": "add", "path": "manager", "value": "u-9"},
        ]),
    )
    .unwrap();
    let counts: Vec<_> = patched.normalised.iter().map(|(quirk, n)| (quirk.as_str(), *n)).collect();
    assert_eq!(
        counts,
        [
            ("operation_case", 2),
            ("boolean_string", 1),
            ("dotted_key", 1),
            ("urn_key", 1),
            ("element_created", 1),
            ("bare_manager", 1),
            ("implied_extension", 1),
            ("read_only_ignored", 1),
        ]
    );
}

#[test]
fn a_patch_that_changes_nothing_says_so() {
    let before = doc(Kind::User, mara());
    let same = json!([{"op": "Replace", "path": "active", "value": "True"}, {"op": "Add", "path": "displayName", "value": "Mara Zorn"}]);
    assert!(!patched(Kind::User, &before, same).unwrap().changed);
    let other = json!([{"op": "Replace", "path": "displayName", "value": "mara zorn"}]);
    assert!(patched(Kind::User, &before, other).unwrap().changed);
}

#[test]
fn attributes_keep_their_places() {
    let before = doc(Kind::User, mara());
    let after = patched(
        Kind::User,
        &before,
        json!([
            {"op": "remove", "path": "externalId"}, {"op": "replace", "path": "displayName", "value": "M"},
            {"op": "add", "path": "title", "value": "Pilot"}, {"op": "replace", "path": "emails[type eq \"work\"].value", "value": "m@x"},
        ]),
    )
    .unwrap()
    .after;
    let names: Vec<_> = after.as_map().keys().map(String::as_str).collect();
    assert_eq!(names, ["userName", "active", "displayName", "name", "emails", "favouriteTide", ENTERPRISE_URN, "title"]);
}
