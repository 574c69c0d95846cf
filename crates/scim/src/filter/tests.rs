//! Tables of filters, and what holds for any of them.

use super::*;
use crate::resource::{Kind, Meta, Resource, parse};
use crate::schema::ENTERPRISE_URN;
use proptest::prelude::*;
use serde_json::{Value, json};

fn crew_member() -> Value {
    json!({
        "userName": "Mara@HarbourWorks.example",
        "externalId": "MaraZ",
        "displayName": "Mara \"Tide\" Zorn",
        "active": true,
        "title": "",
        "berth": 7,
        "depth": 2.5,
        "tags": ["Red", "green"],
        "name": {"givenName": "Mara", "familyName": "Žorn"},
        "emails": [
            {"type": "work", "value": "mara@harbourworks.example", "primary": true},
            {"type": "home", "value": "tide@home.example"},
        ],
        "roles": [],
        ENTERPRISE_URN: {"department": "Docks", "manager": {"value": "u-9"}},
        "urn:harbour:2.0:User": {"shift": "Night"},
    })
}

fn holds(filter: &str) -> bool {
    let doc = parse(Kind::User, crew_member().as_object().unwrap().clone()).unwrap().doc;
    let meta = Meta { created_ms: 1_767_323_045_678, modified_ms: 1_767_323_046_000, version: "W/\"1\"".into() };
    let resource = Resource { kind: Kind::User, id: "u-17", meta: &meta, doc: &doc };
    evaluate(&Filter::parse(filter).unwrap_or_else(|e| panic!("{filter}: {e}")), &resource)
}

#[test]
fn filters_that_hold() {
    for filter in [
        r#"userName eq "mara@harbourworks.EXAMPLE""#,
        r#"USERNAME Eq "mara@harbourworks.example""#,
        r#"urn:ietf:params:scim:schemas:core:2.0:User:userName eq "mara@harbourworks.example""#,
        r#"externalId eq "maraz""#,
        r#"id eq "u-17""#,
        r#"id eq "U-17" and manager eq "u-9""#,
        r#"DisplayName eq "mara \"tide\" zorn""#,
        r#"displayName co "TIDE" and displayName sw "mara" and displayName ew "ZORN""#,
        r#"name.familyName eq "žORN""#,
        r#"emails[type eq "work"].value eq "MARA@harbourworks.example""#,
        r#"emails[type eq "work" and value sw "m"]"#,
        r#"emails[primary eq "True"].value co "harbour""#,
        r#"emails[primary eq True]"#,
        r#"emails[not (type eq "work")].value ew "home.example""#,
        r#"emails[type eq "work" or type eq "other"].value pr"#,
        r#"emails eq "tide@home.example""#,
        r#"emails.type eq "HOME""#,
        r#"emails.value co "tide""#,
        r#"active eq true"#,
        r#"active eq True and not(active eq FALSE)"#,
        r#"active eq "true""#,
        r#"active ne false"#,
        r#"title ne "x""#,
        r#"nickName ne "x""#,
        r#"nickName eq null"#,
        r#"userName ne null"#,
        r#"title eq null and title eq """#,
        r#"active pr and name pr and emails pr and meta pr and id pr"#,
        r#"berth eq 7 and berth gt 6.5 and berth ge 7 and berth lt 8 and berth le 7.0"#,
        r#"depth gt -1e3"#,
        r#"tags eq "RED" and tags ne "blue""#,
        r#"userName gt "bram" and userName lt "Tessa""#,
        r#"meta.created gt "2019-09-18T18:15:26.5788954+00:00""#,
        r#"meta.created eq "2026-01-02T05:04:05.678+02:00""#,
        r#"active eq true and (meta.lastModified ge "2026-01-01T00:00:00Z" and meta.lastModified le "2026-01-03T00:00:00")"#,
        r#"meta.resourceType eq "User""#,
        r#"schemas eq "urn:ietf:params:scim:schemas:core:2.0:User""#,
        r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "docks""#,
        r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value eq "u-9""#,
        r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User pr"#,
        r#"department eq "Docks""#,
        r#"urn:HARBOUR:2.0:User:SHIFT eq "night""#,
        r#"nickName pr or userName pr and title ne "x""#,
        "  ( ( userName\tpr ) )  ",
    ] {
        assert!(holds(filter), "{filter}");
    }
}

#[test]
fn filters_that_do_not_hold() {
    for filter in [
        r#"userName eq "mara""#,
        r#"userName eq "mara@harbourworks.example ""#,
        r#"userName eq true"#,
        r#"id eq "u-17" and members eq "u-1""#,
        r#"emails[type eq "work" and value sw "t"]"#,
        r#"emails[type eq "work"].value eq "tide@home.example""#,
        r#"emails[type eq "other"].value ne "x""#,
        r#"emails[display pr]"#,
        r#"emails ne "tide@home.example""#,
        r#"phoneNumbers[type eq "work"]"#,
        r#"active eq false or active eq "False""#,
        r#"title pr or roles pr or nickName pr"#,
        r#"berth eq "7""#,
        r#"berth gt 7"#,
        r#"tags ne "red""#,
        r#"name eq "Mara""#,
        r#"name.givenName.x pr or userName pr"#,
        r#"meta.created gt "yesterday""#,
        r#"meta.created lt "2026-01-02T03:04:05.678Z""#,
        r#"meta.resourceType eq "user""#,
        r#"urn:harbour:2.0:User:department eq "Docks""#,
        r#"not (userName pr)"#,
        r#"nickName gt "a""#,
        r#"(nickName pr or userName pr) and title pr"#,
    ] {
        let read = Filter::parse(filter);
        assert!(read.is_err() || !holds(filter), "{filter}");
    }
}

#[test]
fn unreadable_filters_say_where() {
    let deep = format!("{}userName pr{}", "(".repeat(9), ")".repeat(9));
    let nots = format!("{}userName pr{}", "not (".repeat(5_000 / 5), ")".repeat(1_000));
    let wide = vec!["id pr"; 201].join(" or ");
    for (filter, at, says) in [
        ("", 0, "an attribute"),
        ("userName", 8, "an operator"),
        ("userName eq", 11, "a value"),
        ("userName eq mara", 12, "a value in double quotes"),
        ("userName eq 'mara'", 12, "a value in double quotes"),
        ("userName eq \"mara", 12, "without closing quote"),
        ("userName eq \"a\\\"", 12, "without closing quote"),
        ("userName eq \"\\x\"", 12, "JSON does not allow"),
        ("userName eq \"a\nb\"", 12, "JSON does not allow"),
        ("userName is \"mara\"", 9, "an operator"),
        ("userName pr extra", 12, "the end"),
        ("userName pr and", 15, "an attribute"),
        ("userName pr and or id pr", 19, "an operator"),
        ("(userName pr", 12, "\")\" is expected"),
        ("userName pr)", 11, "the end"),
        ("emails[type pr", 14, "\"]\" is expected"),
        ("emails[type pr]]", 15, "the end"),
        ("emails[type pr].", 16, "a sub-attribute"),
        ("emails[type pr].value", 21, "an operator"),
        ("emails[a[b pr]]", 8, "brackets within brackets"),
        ("emails.value[type pr]", 0, "brackets may only follow"),
        ("emails[urn:x:y pr]", 7, "a sub-attribute"),
        ("not userName pr", 4, "an operator"),
        ("not (userName pr", 16, "\")\" is expected"),
        ("active gt true", 10, "cannot be compared"),
        ("active gt \"true\"", 7, "has no order"),
        ("emails.primary le \"true\"", 15, "has no order"),
        ("emails[primary lt \"true\"]", 15, "has no order"),
        ("emails[type pr].primary ge \"a\"", 24, "has no order"),
        ("x509Certificates gt \"a\"", 17, "has no order"),
        ("userName co 5", 12, "cannot be compared"),
        ("userName le null", 12, "cannot be compared"),
        ("berth eq 01", 9, "a value"),
        ("a.b.c pr", 0, "an attribute"),
        ("%20 pr", 0, "an attribute"),
        ("user\0Name pr", 4, "an operator"),
        (&deep, 9, "nested deeper than 8"),
        (&nots[..4_000], 45, "nested deeper than 8"),
        (&wide, 1799, "more than 200 parts"),
        (&format!("userName eq \"{}\"", "x".repeat(5_000)), 4096, "more than 4096 bytes"),
    ] {
        let error = Filter::parse(filter).unwrap_err();
        assert!(error.problem.contains(says), "{filter:.60}: {error}");
        assert_eq!(error.at, at, "{filter:.60}: {error}");
        let answer = crate::ScimError::from(error);
        assert_eq!((answer.status, answer.scim_type), (400, Some(crate::ScimType::InvalidFilter)));
    }
    assert!(Filter::parse(&deep[1..deep.len() - 1]).is_ok());
}

#[test]
fn precedence_is_not_before_and_before_or() {
    for (filter, printed) in [
        ("a pr or b pr and c pr", "a pr or b pr and c pr"),
        ("(a pr or b pr) and c pr", "(a pr or b pr) and c pr"),
        ("a pr or (b pr and c pr)", "a pr or b pr and c pr"),
        ("NOT (a pr) AND b pr", "not (a pr) and b pr"),
        ("(a pr and b pr) and c pr", "(a pr and b pr) and c pr"),
        ("emails[type eq \"work\"].Value eq \"x\"", "emails[type eq \"work\" and value eq \"x\"]"),
        ("active eq True", "active eq true"),
        ("a eq \"\\u0041\\/\"", "a eq \"A/\""),
    ] {
        assert_eq!(Filter::parse(filter).unwrap().to_string(), printed);
    }
}

#[test]
fn hints_are_given_only_for_what_must_hold() {
    use Indexed::*;
    for (filter, expected) in [
        (r#"userName eq "Mara@X""#, Some((UserName, "mara@x"))),
        (r#"externalId eq "MaraZ""#, Some((ExternalId, "maraz"))),
        (r#"displayName eq "Night Pilots""#, Some((DisplayName, "night pilots"))),
        (r#"ID eq "u-1" and manager eq "u-9""#, Some((Id, "u-1"))),
        (r#"displayName eq "x" and (active eq true and userName eq "y")"#, Some((UserName, "y"))),
        (r#"emails[type eq "work"].value eq "A@x""#, Some((WorkEmail, "a@x"))),
        (r#"emails[value eq "a@x" and type eq "Work"]"#, Some((WorkEmail, "a@x"))),
        (r#"emails[type eq "home"].value eq "a@x""#, None),
        (r#"emails[type eq "work" or value eq "a@x"]"#, None),
        (r#"emails[type eq "work"].value sw "a""#, None),
        (r#"emails.value eq "a@x""#, None),
        (r#"userName eq "a" or userName eq "b""#, None),
        (r#"not (userName eq "a")"#, None),
        (r#"userName ne "a""#, None),
        (r#"userName eq """#, None),
        (r#"userName eq null"#, None),
        (r#"name.givenName eq "a""#, None),
        (r#"urn:x:2.0:User:userName eq "a""#, None),
    ] {
        let found = index_hint(&Filter::parse(filter).unwrap());
        assert_eq!(found, expected.map(|(attribute, text)| (attribute, text.to_owned())), "{filter}");
    }
}

fn any_path() -> impl Strategy<Value = AttrPath> {
    let name = "(userName|emails|name.givenName|meta.created|members.\\$ref|[a-z][a-zA-Z0-9_-]{0,5}(\\.[a-z]{1,4})?|urn:[a-z]{1,3}:[0-9]\\.[0-9]:(User:)?[a-z]{1,4})";
    name.prop_filter_map("a path", |text| AttrPath::read(&text).filter(|_| !text.eq_ignore_ascii_case("not")))
}

fn any_literal() -> impl Strategy<Value = Literal> {
    prop_oneof![
        any::<String>().prop_map(Literal::Text),
        any::<i64>().prop_map(|n| Literal::Number(n.into())),
        any::<bool>().prop_map(Literal::Boolean),
        Just(Literal::Null),
    ]
}

fn any_comparison(path: impl Strategy<Value = AttrPath>) -> impl Strategy<Value = Filter> {
    (path, proptest::sample::select(&Operator::ALL[..]), any_literal()).prop_map(|(path, operator, literal)| match literal {
        Literal::Text(_) => Filter::Compare(path, operator, literal),
        Literal::Number(_) if !matches!(operator, Operator::Co | Operator::Sw | Operator::Ew) => Filter::Compare(path, operator, literal),
        Literal::Boolean(_) | Literal::Null => Filter::Compare(path, Operator::Ne, literal),
        Literal::Number(_) => Filter::Present(path),
    })
}

fn nested(leaf: impl Strategy<Value = Filter> + 'static) -> impl Strategy<Value = Filter> {
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 2..4).prop_map(Filter::And),
            proptest::collection::vec(inner.clone(), 2..4).prop_map(Filter::Or),
            inner.prop_map(|inner| Filter::Not(Box::new(inner))),
        ]
    })
}

fn any_filter() -> impl Strategy<Value = Filter> {
    let sub = "(value|type|primary)".prop_map(|name| AttrPath { schema: None, name, sub: None });
    let list = "(emails|members|berths)".prop_map(|name| AttrPath { schema: None, name, sub: None });
    let element = (list, nested(any_comparison(sub))).prop_map(|(path, inner)| Filter::Element(path, Box::new(inner)));
    nested(prop_oneof![3 => any_comparison(any_path()), 1 => element])
}

proptest! {
    #[test]
    fn what_is_printed_reads_back(filter in any_filter()) {
        let printed = filter.to_string();
        match Filter::parse(&printed) {
            Ok(read) => prop_assert_eq!(read, filter, "{}", printed),
            Err(error) => prop_assert!(
                ["deeper", "bytes", "has no order"].iter().any(|known| error.problem.contains(known)),
                "{}: {}", printed, error
            ),
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,40}") {
        if let Err(error) = Filter::parse(&text) {
            prop_assert!(error.at <= text.len());
        }
        let _ = crate::path::PatchPath::parse(&text);
    }

    #[test]
    fn any_jumble_of_tokens_is_read_or_refused(
        tokens in proptest::collection::vec(
            "(\\(|\\)|\\[|\\]|\\.|and|or|not|eq|pr|gt| |\"a\"|\"|\\\\|1|true|emails|userName|urn:a:b|\u{0}|é)", 0..30
        )
    ) {
        let text = tokens.concat();
        if let Ok(filter) = Filter::parse(&text) {
            prop_assert_eq!(Filter::parse(&filter.to_string()).unwrap(), filter);
        }
    }

    #[test]
    fn evaluating_obeys_logic(filter in any_filter(), other in any_filter()) {
        let map: serde_json::Map<String, Value> = crew_member().as_object().unwrap().clone();
        let (a, b) = (evaluate(&filter, &map), evaluate(&other, &map));
        prop_assert_eq!(evaluate(&Filter::Not(Box::new(filter.clone())), &map), !a);
        prop_assert_eq!(evaluate(&Filter::And(vec![filter.clone(), other.clone()]), &map), a && b);
        prop_assert_eq!(evaluate(&Filter::Or(vec![filter, other]), &map), a || b);
    }

    #[test]
    fn a_hint_never_loses_a_match(name in "[aA][bB]?", given in "[aAbB]{1,2}", attribute in "(userName|externalId|displayName)") {
        let map = json!({attribute.clone(): given}).as_object().unwrap().clone();
        let filter = Filter::parse(&format!("{attribute} eq \"{name}\" and active ne false")).unwrap();
        let (_, text) = index_hint(&filter).unwrap();
        prop_assert_eq!(evaluate(&filter, &map), crate::fold::fold(&given) == text);
    }
}
