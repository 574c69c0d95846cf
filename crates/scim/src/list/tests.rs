//! Tables of list queries and answers.

use super::*;
use crate::resource::{Kind, Meta, Resource, parse};
use crate::{ScimType, sort};

#[test]
fn numbers_are_clamped_and_never_a_server_fault() {
    for (pairs, start, count) in [
        (&[][..], 1, DEFAULT_COUNT),
        (&[("startIndex", "1"), ("count", "2")][..], 1, 2),
        (&[("startIndex", "0")], 1, DEFAULT_COUNT),
        (&[("startIndex", "-5"), ("count", "-1")], 1, 0),
        (&[("STARTINDEX", "7"), ("Count", "0")], 7, 0),
        (&[("count", "1001")], 1, MAX_COUNT),
        (&[("count", "99999999999999999999999999")], 1, MAX_COUNT),
        (&[("startIndex", "99999999999999999999999999")], i64::MAX.unsigned_abs(), DEFAULT_COUNT),
        (&[("startIndex", "-99999999999999999999999999")], 1, DEFAULT_COUNT),
        (&[("startIndex", ""), ("count", " 3 ")], 1, 3),
        (&[("aadOptscim062020", ""), ("anything", "x")], 1, DEFAULT_COUNT),
    ] {
        let query = ListQuery::from_pairs(pairs.iter().copied()).unwrap();
        assert_eq!((query.start_index, query.count), (start, count), "{pairs:?}");
    }
    for pairs in [
        &[("count", "many")][..],
        &[("count", "1.5")],
        &[("startIndex", "--1")],
        &[("count", "1"), ("COUNT", "2")],
        &[("sortBy", "a b")],
        &[("sortBy", "userName"), ("sortOrder", "sideways")],
        &[("attributes", "[")],
    ] {
        assert_eq!(ListQuery::from_pairs(pairs.iter().copied()).unwrap_err().status, 400, "{pairs:?}");
    }
    let error = ListQuery::from_pairs([("filter", "userName eq")]).unwrap_err();
    assert_eq!(error.scim_type, Some(ScimType::InvalidFilter));
    assert!(error.detail.contains("position 11"), "{}", error.detail);
}

#[test]
fn pages_never_leave_the_list() {
    let all = [1, 2, 3, 4, 5];
    for (start, count, expected) in
        [(1, 2, &[1, 2][..]), (4, 10, &[4, 5]), (5, 1, &[5]), (6, 1, &[]), (1, 0, &[]), (u64::MAX, MAX_COUNT, &[])]
    {
        let query = ListQuery { start_index: start, count, ..ListQuery::default() };
        assert_eq!(query.page(&all), expected, "{start} {count}");
    }
}

#[test]
fn a_search_body_says_the_same_as_a_query() {
    let body = json!({
        "schemas": [SEARCH_SCHEMA],
        "filter": "userName sw \"m\"",
        "sortBy": "userName", "sortOrder": "descending",
        "startIndex": 0, "count": 5000,
        "attributes": ["userName", "emails[type eq \"work\"]"],
        "excludedAttributes": [],
    });
    let found = ListQuery::from_search_body(body.as_object().unwrap()).unwrap();
    let expected = ListQuery::from_pairs([
        ("filter", "userName sw \"m\""),
        ("sortBy", "userName"),
        ("sortOrder", "descending"),
        ("count", "1000"),
        ("attributes", "userName,emails[type eq \"work\"]"),
    ]);
    assert_eq!(found, expected.unwrap());
    assert_eq!(found.sort.unwrap().order(), sort::Order::Descending);
    for body in [json!({"schemas": ["urn:x"]}), json!({"count": true}), json!({"startIndex": 1.5}), json!({"filter": {}})] {
        assert_eq!(ListQuery::from_search_body(body.as_object().unwrap()).unwrap_err().status, 400, "{body}");
    }
}

#[test]
fn the_answer_to_a_look_up_that_finds_nothing_is_an_empty_list() {
    let query = ListQuery::from_pairs([("filter", "userName eq \"7c2f1a1e-50a4-4a2f-9d3c-7f4a0b1c2d3e\"")]).unwrap();
    assert_eq!(
        query.response(Vec::new(), 0),
        json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
            "totalResults": 0, "startIndex": 1, "itemsPerPage": 0, "Resources": [],
        })
    );
}

#[test]
fn filter_sort_page_and_projection_work_together() {
    let crew: Vec<_> = ["Tessa", "ilo", "Mara", "bram", "mo"]
        .iter()
        .map(|name| parse(Kind::User, json!({"userName": name, "title": "Pilot"}).as_object().unwrap().clone()).unwrap().doc)
        .collect();
    let meta = Meta { created_ms: 0, modified_ms: 0, version: "W/\"1\"".into() };
    let query = ListQuery::from_pairs([
        ("filter", "title pr and not (userName eq \"MO\")"),
        ("sortBy", "userName"),
        ("startIndex", "2"),
        ("count", "2"),
        ("attributes", "userName"),
    ])
    .unwrap();
    let mut hits: Vec<_> = crew
        .iter()
        .map(|doc| Resource { kind: Kind::User, id: "u", meta: &meta, doc })
        .filter(|resource| query.matches(resource))
        .collect();
    query.sort.as_ref().unwrap().sort(&mut hits);
    let page = query.page(&hits).iter().map(|hit| hit.to_wire("https://x")).collect();
    let user = "urn:ietf:params:scim:schemas:core:2.0:User";
    assert_eq!(
        query.response(page, 4),
        json!({
            "schemas": [LIST_SCHEMA], "totalResults": 4, "startIndex": 2, "itemsPerPage": 2,
            "Resources": [
                {"schemas": [user], "id": "u", "userName": "ilo"},
                {"schemas": [user], "id": "u", "userName": "Mara"},
            ],
        })
    );
}
