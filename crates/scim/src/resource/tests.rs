//! Tables of bodies and of what is read from them.

use super::*;
use crate::ScimType;
use crate::schema::ENTERPRISE_URN;
use proptest::prelude::*;
use serde_json::json;

fn read(kind: Kind, body: Value) -> Result<Parsed, ScimError> {
    parse(kind, body.as_object().unwrap().clone())
}

fn user(body: Value) -> Doc {
    read(Kind::User, body).unwrap().doc
}

/// The create that Entra sends, as its documentation shows it.
fn entra_user() -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE_URN],
        "externalId": "mara", "userName": "Mara@HarbourWorks.example", "active": true, "displayName": "Mara Zorn",
        "emails": [{"primary": true, "type": "work", "value": "mara@harbourworks.example"}],
        "meta": {"resourceType": "User"},
        "name": {"formatted": "Mara Zorn", "familyName": "Zorn", "givenName": "Mara"}, "roles": [],
        ENTERPRISE_URN: {"department": "Docks"},
    })
}

#[test]
fn an_entra_create_comes_back_as_it_was_sent() {
    let parsed = read(Kind::User, entra_user()).unwrap();
    assert!(parsed.normalised.is_empty());
    let doc = &parsed.doc;
    assert_eq!(doc.user_name(), Some("Mara@HarbourWorks.example"));
    assert_eq!(doc.external_id(), Some("mara"));
    assert_eq!(doc.display_name(), Some("Mara Zorn"));
    assert_eq!((doc.given_name(), doc.family_name()), (Some("Mara"), Some("Zorn")));
    assert_eq!(doc.work_email(), Some("mara@harbourworks.example"));
    assert!(doc.active());
    let meta = Meta { created_ms: 1_767_323_045_678, modified_ms: 1_767_323_046_000, version: "W/\"1\"".into() };
    let resource = Resource { kind: Kind::User, id: "u-1", meta: &meta, doc };
    let wire = resource.to_wire("https://team.harbourworks.example/scim/v2/");
    let mut expected = entra_user();
    expected["id"] = json!("u-1");
    expected["meta"] = json!({
        "resourceType": "User", "created": "2026-01-02T03:04:05.678Z", "lastModified": "2026-01-02T03:04:06Z",
        "location": "https://team.harbourworks.example/scim/v2/Users/u-1", "version": "W/\"1\"",
    });
    assert_eq!(Value::Object(wire.clone()), expected);
    let order: Vec<_> = wire.keys().map(String::as_str).collect();
    assert_eq!(
        order,
        ["schemas", "id", "externalId", "userName", "active", "displayName", "emails", "name", "roles", ENTERPRISE_URN, "meta"]
    );
}

#[test]
fn an_entra_group_comes_back_with_an_empty_list_of_members() {
    let parsed = read(
        Kind::Group,
        json!({
            "schemas": [schema::GROUP_URN, "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
            "externalId": "a1c07f2e-0000-4000-8000-000000000001", "displayName": "Night Pilots", "meta": {"resourceType": "Group"},
        }),
    )
    .unwrap();
    let meta = Meta { created_ms: 0, modified_ms: 0, version: "W/\"1\"".into() };
    let wire = Resource { kind: Kind::Group, id: "g-1", meta: &meta, doc: &parsed.doc }.to_wire("https://x");
    assert_eq!(wire["schemas"], json!([schema::GROUP_URN]));
    assert_eq!(wire["members"], json!([]));
    assert_eq!(wire["meta"]["location"], "https://x/Groups/g-1");
    assert_eq!(parsed.doc.external_id(), Some("a1c07f2e-0000-4000-8000-000000000001"));
}

#[test]
fn odd_shapes_are_normalised_and_counted() {
    use Quirk::*;
    for (given, kept, quirks) in [
        (json!({"active": "False"}), json!({"active": false}), &[(BooleanString, 1)][..]),
        (json!({"ACTIVE": "true"}), json!({"active": true}), &[(AttributeCase, 1), (BooleanString, 1)]),
        (json!({"title": null, "x": {"y": null, "z": [null, 1]}}), json!({"x": {"z": [1]}}), &[(NullDropped, 3)]),
        (
            json!({"Emails": [{"Primary": "True", "Type": "work", "Value": "a@x"}]}),
            json!({"emails": [{"primary": true, "type": "work", "value": "a@x"}]}),
            &[(AttributeCase, 4), (BooleanString, 1)],
        ),
        (json!({"emails": "a@x"}), json!({"emails": [{"value": "a@x"}]}), &[(SingleAsList, 1), (BareElement, 1)]),
        (json!({"emails": [null, {}, {"value": null}]}), json!({"emails": []}), &[(NullDropped, 2)]),
        (json!({"title": [{"value": "Pilot"}]}), json!({"title": "Pilot"}), &[(ListAsSingle, 1)]),
        (json!({"password": "x", "groups": [{"value": "g"}], "id": "u", "meta": 7}), json!({}), &[(PasswordDropped, 1)]),
        (
            json!({ENTERPRISE_URN: {"Department": "Docks", "Manager": {"Value": "u-9", "$ref": null}}}),
            json!({ENTERPRISE_URN: {"department": "Docks", "manager": {"value": "u-9"}}}),
            &[(AttributeCase, 3), (NullDropped, 1)],
        ),
        (json!({ENTERPRISE_URN: {"manager": "u-9"}}), json!({ENTERPRISE_URN: {"manager": "u-9"}}), &[(BareManager, 1)]),
        (
            json!({ENTERPRISE_URN.to_lowercase(): {"manager": [{"value": "u-9"}]}}),
            json!({ENTERPRISE_URN: {"manager": {"value": "u-9"}}}),
            &[(ListAsSingle, 1)],
        ),
        (json!({schema::USER_URN: {"title": "Pilot", "id": "forged"}}), json!({"title": "Pilot"}), &[]),
        // Unknown attributes, misspelt ones and unknown extensions stay as they are.
        (json!({"Titel": "P", "urn:x:2.0:User": {"A": "True"}}), json!({"Titel": "P", "urn:x:2.0:User": {"A": "True"}}), &[]),
    ] {
        let mut body = given.clone();
        body["userName"] = json!("mara");
        let mut expected = kept;
        expected["userName"] = json!("mara");
        let parsed = read(Kind::User, body).unwrap();
        assert_eq!(Value::Object(parsed.doc.as_map().clone()), expected, "{given}");
        assert_eq!(parsed.normalised, quirks.iter().copied().collect(), "{given}");
    }
}

#[test]
fn unusable_bodies_are_refused_with_a_reason() {
    let long = "x".repeat(MAX_KEY_CHARS + 1);
    let deep = (0..20).fold(json!(1), |inner, _| json!([inner]));
    let big: Vec<_> = (0..10).map(|i| json!({"value": format!("{i}{}", "x".repeat(60_000))})).collect();
    let many: Vec<_> = (0..=MAX_ELEMENTS).map(|i| json!({"value": i.to_string()})).collect();
    for (kind, body, says) in [
        (Kind::User, json!({}), "needs a userName"),
        (Kind::User, json!({"userName": "  "}), "needs a userName"),
        (Kind::User, json!({"userName": null}), "needs a userName"),
        (Kind::User, json!({"userName": 5}), "needs a userName"),
        (Kind::User, json!({"userName": {"a": 1}}), "userName takes a single value"),
        (Kind::Group, json!({"userName": "x"}), "needs a displayName"),
        (Kind::User, json!({"userName": "a", "username": "b"}), "given twice"),
        (Kind::User, json!({"userName": "a", schema::USER_URN: {"userName": "b"}}), "given twice"),
        (Kind::User, json!({"userName": "a", "name": {"givenName": "x", "GivenName": "y"}}), "given twice"),
        (Kind::User, json!({"userName": "a", "berth": 1, "Berth": 2}), "given twice"),
        (Kind::User, json!({"userName": "a\u{0}b"}), "control character"),
        (Kind::User, json!({"userName": long}), "more than 1024 characters"),
        (Kind::User, json!({"userName": "a", "externalId": 17}), "externalId must be a text"),
        (Kind::User, json!({"userName": "a", "externalId": long}), "more than 1024 characters"),
        (Kind::User, json!({"userName": "a", "active": "perhaps"}), "active must be true or false"),
        (Kind::User, json!({"userName": "a", "active": 1}), "active must be true or false"),
        (Kind::User, json!({"userName": "a", "name": "Mara"}), "name must be an object"),
        (Kind::User, json!({"userName": "a", "addresses": ["x"]}), "must be objects"),
        (Kind::User, json!({"userName": "a", "emails": [["x"]]}), "must be objects"),
        (Kind::User, json!({"userName": "a", "emails": [{"primary": "x"}]}), "emails.primary must be"),
        (Kind::User, json!({"userName": "a", ENTERPRISE_URN: "x"}), "must be an object"),
        (Kind::User, json!({"userName": "a", ENTERPRISE_URN: {"manager": ["a", "b"]}}), "manager must be"),
        (Kind::User, json!({"userName": "a", "x": deep}), "deeper"),
        (Kind::User, json!({"userName": "a", "roles": big}), "bytes"),
        (Kind::User, json!({"userName": "a", "roles": many}), "more than 2000"),
        (Kind::Group, json!({"displayName": "Pilots", "members": [{"display": "Mara"}]}), "needs a value"),
        (Kind::Group, json!({"displayName": "Pilots", "members": [{"value": 7}]}), "needs a value"),
    ] {
        let error = read(kind, body.clone()).unwrap_err();
        assert_eq!(error.status, 400);
        assert!(error.detail.contains(says), "{says}: {}", error.detail);
    }
    assert_eq!(read(Kind::User, json!({})).unwrap_err().scim_type, Some(ScimType::InvalidValue));
}

#[test]
fn the_address_to_know_a_person_by_is_chosen_in_order() {
    for (emails, expected) in [
        (json!([]), None),
        (json!([{"value": "a@x"}, {"value": "b@x"}]), Some("a@x")),
        (json!([{"value": "a@x"}, {"value": "b@x", "primary": true}]), Some("b@x")),
        (json!([{"value": "b@x", "primary": true}, {"value": "c@x", "type": "Work"}]), Some("c@x")),
        (json!([{"type": "work"}, {"value": "", "primary": true}, {"value": "d@x"}]), Some("d@x")),
    ] {
        let doc = user(json!({"userName": "mara", "emails": emails}));
        assert_eq!(doc.work_email(), expected, "{emails}");
    }
    let doc =
        user(json!({"userName": "mara", "emails": [{"value": "a@x", "type": "work"}, {"value": "b@x", "type": "WORK"}, {"value": "c@x"}]}));
    assert_eq!(doc.work_emails().collect::<Vec<_>>(), ["a@x", "b@x"]);
}

#[test]
fn managers_are_read_in_every_form() {
    for manager in [json!("u-9"), json!({"value": "u-9"}), json!([{"value": "u-9"}]), json!({"Value": "u-9", "displayName": "Bram"})] {
        assert_eq!(user(json!({"userName": "mara", ENTERPRISE_URN: {"manager": manager}})).manager(), Some("u-9"), "{manager}");
    }
    assert_eq!(user(json!({"userName": "mara"})).manager(), None);
}

#[test]
fn members_are_read_in_every_form() {
    let body = json!({"displayName": "Pilots", "members": ["u-1", {"value": "u-2", "display": "Ilo", "$ref": null}]});
    let doc = read(Kind::Group, body).unwrap().doc;
    let members: Vec<_> = doc.members().collect();
    assert_eq!(members, [Member { value: "u-1", display: None }, Member { value: "u-2", display: Some("Ilo") }]);
}

#[test]
fn a_replace_that_forgets_active_lets_nobody_in_again() {
    for (before, body, active) in [
        (json!({"userName": "a", "active": false}), json!({"userName": "a"}), false),
        (json!({"userName": "a", "active": false}), json!({"userName": "a", "active": null}), false),
        (json!({"userName": "a", "active": false}), json!({"userName": "a", "active": "True"}), true),
        (json!({"userName": "a", "active": true}), json!({"userName": "a", "active": false}), false),
        (json!({"userName": "a"}), json!({"userName": "a"}), true),
    ] {
        let parsed = parse_replacement(Kind::User, body.as_object().unwrap().clone(), &user(before.clone())).unwrap();
        assert_eq!(parsed.doc.active(), active, "{before} {body}");
    }
    let gone = parse_replacement(Kind::User, entra_user().as_object().unwrap().clone(), &user(json!({"userName": "a", "title": "x"})));
    assert_eq!(gone.unwrap().doc.text("title"), None);
}

#[test]
fn a_document_that_was_kept_with_a_strange_active_counts_as_inactive() {
    for (active, expected) in [(json!(true), true), (json!(false), false), (json!("true"), false), (json!(null), false)] {
        let doc: Doc = serde_json::from_value(json!({"userName": "a", "active": active})).unwrap();
        assert_eq!(doc.active(), expected);
    }
}

#[test]
fn moments_are_written_in_utc_and_clamped() {
    for (ms, expected) in [
        (0, "1970-01-01T00:00:00Z"),
        (1_767_323_045_678, "2026-01-02T03:04:05.678Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
        (i64::MAX, "9999-12-31T23:59:59.999Z"),
        (i64::MIN, "0000-01-01T00:00:00Z"),
    ] {
        assert_eq!(rfc3339(ms), expected);
    }
}

/// Any JSON, small.
/// What stands in a written document that holds null as a value; a text may be the word.
pub(crate) const NULL: [&str; 3] = [":null", "[null", ",null"];

pub(crate) fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "(True|false|work|u-1|u-2|[a-zÅ ]{0,4})".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec(("(value|type|primary|Type|manager|givenName|[a-z]{1,2})", inner), 0..4)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn reading_what_was_kept_changes_nothing(
        name in "(title|active|emails|name|roles|Addresses|members|berth|x:y)", value in any_json(), group in any::<bool>()
    ) {
        let (kind, unique) = if group { (Kind::Group, "displayName") } else { (Kind::User, "userName") };
        let body = json!({unique: "Harbour", name: value});
        if let Ok(first) = read(kind, body) {
            let again = read(kind, Value::Object(first.doc.as_map().clone())).unwrap();
            prop_assert_eq!(&again.doc, &first.doc);
            prop_assert!(again.normalised.is_empty());
            prop_assert!(again.doc.as_map().keys().eq(first.doc.as_map().keys()));
            let text = serde_json::to_string(&first.doc).unwrap();
            prop_assert!(!NULL.iter().any(|null| text.contains(null)), "{text}");
        }
    }
}
