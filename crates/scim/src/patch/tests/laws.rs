//! What holds for any sequence of operations.

use proptest::prelude::*;

use super::*;
use crate::resource::tests::{NULL, any_json};

fn any_operation() -> impl Strategy<Value = Value> {
    let path = proptest::sample::select(vec![
        "active",
        "title",
        "userName",
        "name",
        "name.givenName",
        "emails",
        "emails.value",
        "emails[type eq \"work\"]",
        "emails[type eq \"work\"].value",
        "emails[value sw \"u\"].primary",
        "berth",
        "berth.x",
        "berth[value eq \"work\"]",
        "members",
        "members[value eq \"u-1\"]",
        "members[value eq \"u-2\"].display",
        "members[type pr]",
        "displayName",
        "manager",
        "manager.value",
        "roles",
        "urn:a:1.0:User:x",
        "urn:a:1.0:User",
        "urn:a:b:c",
        "schemas",
        "id",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager",
    ]);
    let op = proptest::sample::select(vec!["add", "Replace", "remove", "Remove"]);
    (op, proptest::option::weighted(0.9, path), proptest::option::weighted(0.8, any_json())).prop_map(|(op, path, value)| {
        let mut operation = json!({"op": op});
        if let Some(path) = path {
            operation["path"] = path.into();
        }
        if let Some(value) = value {
            operation["value"] = value;
        }
        operation
    })
}

/// One operation on members, and its effect on a plain list of ids.
fn any_member_operation() -> impl Strategy<Value = (Value, u8, Vec<String>)> {
    (0..5_u8, proptest::collection::vec("u-[0-7]", 0..4)).prop_map(|(what, ids)| {
        let one = ids.first().cloned().unwrap_or_else(|| "u-9".to_owned());
        let listed = json!(ids.iter().map(|id| json!({"value": id})).collect::<Vec<_>>());
        let operation = match what {
            0 => json!({"op": "Add", "path": "members", "value": listed}),
            1 => json!({"op": "Remove", "path": "members", "value": listed}),
            2 => json!({"op": "replace", "path": "members", "value": listed}),
            3 => json!({"op": "remove", "path": format!("members[value eq \"{one}\"]")}),
            _ => json!({"op": "remove", "path": format!("members[value eq \"{one}\" and value pr]")}),
        };
        (operation, what, if what < 3 { ids } else { vec![one] })
    })
}

fn model(members: &mut Vec<String>, what: u8, ids: Vec<String>) {
    if what == 2 {
        members.clear();
    }
    for id in ids {
        match what {
            0 | 2 if !members.contains(&id) => members.push(id),
            0 | 2 => {}
            _ => members.retain(|m| *m != id),
        }
    }
}

proptest! {
    #[test]
    fn all_at_once_is_one_after_the_other_or_nothing(
        operations in proptest::collection::vec(any_operation(), 0..6), group in any::<bool>()
    ) {
        let (kind, before) = if group {
            (Kind::Group, doc(Kind::Group, json!({"displayName": "Pilots", "members": ["u-1", "u-2"], "berth": 1})))
        } else {
            (Kind::User, doc(Kind::User, mara()))
        };
        let whole = patched(kind, &before, Value::from(operations.clone()));
        let single = operations.iter().try_fold(before.clone(), |doc, operation| {
            patched(kind, &doc, json!([operation])).map(|p| p.after)
        });
        match (whole, single) {
            (Ok(whole), Ok(single)) => {
                prop_assert_eq!(whole.changed, single != before);
                prop_assert_eq!(whole.after, single);
            }
            // A required attribute may be emptied and filled again within one body.
            (Ok(_), Err(error)) => prop_assert!(error.detail.contains("needs a") || error.detail.contains("must be a text"), "{}", error),
            (Err(whole), single) => {
                prop_assert!(single.is_err());
                prop_assert_eq!(whole.status, 400);
            }
        }
    }

    #[test]
    fn what_comes_out_can_be_read_again(operations in proptest::collection::vec(any_operation(), 0..4)) {
        let before = doc(Kind::User, mara());
        if let Ok(patched) = patched(Kind::User, &before, Value::from(operations)) {
            let mut body = patched.after.as_map().clone();
            // The mark that a removed `false` leaves is the one null, and is never read back.
            if body.get("active") == Some(&Value::Null) {
                body.shift_remove("active");
            }
            let kept = body.clone();
            let text = serde_json::to_string(&body).unwrap();
            prop_assert!(!NULL.iter().any(|null| text.contains(null)), "{text}");
            for name in ["id", "schemas", "meta", "groups", "password"] {
                prop_assert!(!body.contains_key(name));
            }
            let again = crate::resource::parse(Kind::User, body).unwrap();
            prop_assert_eq!(again.doc.as_map(), &kept);
        }
    }

    #[test]
    fn what_is_not_named_stays_as_and_where_it_was(value in any_json(), add in any::<bool>()) {
        let before = doc(Kind::User, mara());
        let operation = json!([{"op": if add { "add" } else { "replace" }, "path": "berth", "value": value}]);
        let after = patched(Kind::User, &before, operation).unwrap().after;
        let others: Vec<_> = after.as_map().iter().filter(|(name, _)| *name != "berth").collect();
        prop_assert_eq!(others, before.as_map().iter().collect::<Vec<_>>());
    }

    #[test]
    fn members_follow_a_plain_model(steps in proptest::collection::vec(any_member_operation(), 0..12)) {
        let before = doc(Kind::Group, json!({"displayName": "Pilots", "members": ["u-0", "u-1", "u-2"]}));
        let mut expected: Vec<String> = before.members().map(|m| m.value.to_owned()).collect();
        let mut operations = Vec::new();
        for (operation, what, ids) in steps {
            operations.push(operation);
            model(&mut expected, what, ids);
        }
        let after = patched(Kind::Group, &before, Value::from(operations)).unwrap().after;
        prop_assert_eq!(after.members().map(|m| m.value.to_owned()).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn any_body_is_read_or_refused(body in any_json(), operations in any_json()) {
        let whole = json!({"Operations": operations});
        for body in [&body, &whole] {
            if let Value::Object(body) = body {
                let _ = PatchRequest::parse(Kind::User, body);
            }
        }
    }
}
