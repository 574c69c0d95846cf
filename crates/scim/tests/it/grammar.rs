//! Attack cases 50 and 51: no text of a filter or path, and no body, makes the crate panic; what is refused is a 400.

use proptest::prelude::*;
use scim::{
    Filter, Kind, ListQuery, PatchRequest, ScimError, etag, filter, path::PatchPath, projection::Projection, resource,
    schema::ENTERPRISE_URN, sort::Sort,
};
use serde_json::{Map, Value, json};

/// Texts made of what the grammar is made of, and of what it is not.
fn grammar_like() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        proptest::sample::select(vec![
            "userName",
            "emails",
            "members",
            "active",
            "meta.created",
            "name.",
            ".value",
            "[",
            "]",
            "(",
            ")",
            " and ",
            " or ",
            "not ",
            "not(",
            " eq ",
            " ne ",
            " co ",
            " sw ",
            " ew ",
            " gt ",
            " pr",
            " le ",
            "\"",
            "\\",
            "\\u0000",
            "\\ud800",
            "\"x\"",
            "\"\"",
            "true",
            "False",
            "null",
            "1e400",
            "-0",
            "12",
            ":",
            "urn:",
            "urn:ietf:params:scim:schemas:core:2.0:User:",
            "$ref",
            "%",
            "'",
            ";--",
            "\u{0}",
            "\u{200b}",
            "é",
            " ",
            "\t",
            ",",
            "://",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,3}",
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

fn is_bad_request(error: &ScimError) -> bool {
    error.status == 400 && error.scim_type.is_some() && !error.detail.is_empty()
}

fn person() -> scim::Doc {
    let body = json!({
        "userName": "ilo@harbourworks.example", "active": false, "emails": [{"type": "work", "value": "ilo@harbourworks.example"}],
        "name": {"givenName": "Ilo"}, ENTERPRISE_URN: {"manager": "u-9", "department": "Docks"}, "berth": [1, "a", {"value": true}],
    });
    resource::parse(Kind::User, body.as_object().unwrap().clone()).unwrap().doc
}

proptest! {
    #[test]
    fn any_text_is_a_filter_or_a_plain_refusal(text in grammar_like()) {
        match Filter::parse(&text) {
            Ok(read) => {
                let _ = filter::evaluate(&read, &person());
                let _ = filter::index_hint(&read);
                // What was read says the same when it is written out.
                prop_assert_eq!(Filter::parse(&read.to_string()).unwrap().to_string(), read.to_string());
            }
            Err(error) => prop_assert!(is_bad_request(&error.into())),
        }
    }

    #[test]
    fn any_text_is_a_path_or_a_plain_refusal(text in grammar_like(), op in "(add|replace|remove)", value in any::<Option<bool>>()) {
        if let Err(error) = PatchPath::parse(&text) {
            prop_assert!(is_bad_request(&error));
        }
        let body = json!({"Operations": [{"op": op, "path": text, "value": value}]});
        let applied = PatchRequest::parse(Kind::User, body.as_object().unwrap()).and_then(|request| scim::patch::apply(&person(), &request));
        match applied {
            Ok(patched) => prop_assert!(op != "remove" || !patched.after.active(), "{} let somebody in", text),
            Err(error) => prop_assert!(is_bad_request(&error), "{error}"),
        }
    }

    #[test]
    fn any_text_is_a_parameter_or_a_plain_refusal(text in grammar_like(), other in grammar_like()) {
        for name in ["filter", "sortBy", "sortOrder", "startIndex", "count", "attributes", "excludedAttributes"] {
            if let Err(error) = ListQuery::from_pairs([(name, text.as_str())]) {
                prop_assert!(is_bad_request(&error), "{error}");
            }
        }
        let _ = (Sort::parse(&text, Some(&other)), etag::matches(&text, &other));
        if let Ok(projection) = Projection::parse(Some(&text), Some(&other)) {
            let wire = person().as_map().clone();
            let shown = projection.apply(wire.clone());
            prop_assert!(shown.keys().all(|key| wire.contains_key(key)));
        }
    }

    #[test]
    fn any_bytes_are_a_body_or_a_plain_refusal(bytes in proptest::collection::vec(any::<u8>(), 0..48), text in grammar_like()) {
        let almost = format!("{{\"userName\":\"ilo\",\"active\":{text}}}");
        for body in [bytes.as_slice(), text.as_bytes(), almost.as_bytes()] {
            match scim::json::parse(body) {
                Err(error) => prop_assert!(is_bad_request(&error)),
                Ok(map) => all_readings(&map),
            }
        }
    }
}

fn all_readings(map: &Map<String, Value>) {
    for kind in [Kind::User, Kind::Group] {
        let _ = resource::parse(kind, map.clone());
        let _ = resource::parse_replacement(kind, map.clone(), &person());
        let _ = PatchRequest::parse(kind, map);
    }
    let _ = ListQuery::from_search_body(map);
}

#[test]
fn nesting_ends_at_eight_and_length_at_four_kilobytes() {
    for (depth, accepted) in [(8, true), (9, false), (100_000, false)] {
        let text = format!("{}userName pr{}", "(".repeat(depth), ")".repeat(depth));
        assert_eq!(Filter::parse(&text).is_ok(), accepted, "{depth}");
        let text = format!("{}userName pr{}", "not (".repeat(depth), ")".repeat(depth));
        assert_eq!(Filter::parse(&text).is_ok(), accepted, "{depth}");
    }
    assert!(Filter::parse(&format!("userName eq \"{}\"", "x".repeat(1_000_000))).is_err());
    assert!(PatchPath::parse(&"a".repeat(1_000_000)).is_err());
}
