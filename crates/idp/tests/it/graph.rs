//! Groups from Graph: complete over every page size, or unknown with the reason.

use std::time::Duration;

use idp::{Client, Config};
use model::{
    ObjectId,
    identity::{GroupSource, Groups, GroupsUnknown},
};
use serde_json::{Value, json};

use crate::provider::{Provider, Reply, Seen, client, config};

fn id(number: usize) -> String {
    format!("00000000-0000-4000-8000-{number:012x}")
}

fn overage() -> Value {
    json!({"_claim_names": {"groups": "src1"}, "_claim_sources": {"src1": {"endpoint": "https://graph.windows.net/x"}}})
}

/// Serves `total` groups in pages of `size`, like Graph: `@odata.nextLink` with a `$skiptoken`.
fn directory(p: &Provider, total: usize, size: usize) {
    let base = p.url.clone();
    p.answer("graph", move |seen| {
        let from = skip(seen);
        let until = (from + size).min(total);
        let list: Vec<Value> = (from..until)
            .map(|n| json!({"id": id(n), "displayName": if n % 7 == 0 { Value::Null } else { json!(format!("Crew {n}")) }}))
            .collect();
        let mut page = json!({"@odata.context": "x", "value": list});
        if until < total {
            page["@odata.nextLink"] =
                json!(format!("{base}/v1.0/me/transitiveMemberOf/microsoft.graph.group?$count=true&$skiptoken={until}"));
        }
        Reply::Json(200, page)
    });
}

fn skip(seen: &Seen) -> usize {
    seen.query.split_once("skiptoken=").map_or(0, |(_, n)| n.parse().unwrap())
}

async fn groups(p: &Provider, client: &Client) -> Groups {
    p.sign_in(client).await.unwrap().groups
}

async fn reason(p: &Provider, client: &Client) -> GroupsUnknown {
    match groups(p, client).await {
        Groups::Unknown { reason, .. } => reason,
        Groups::Known { list, .. } => panic!("{} groups are taken for known", list.len()),
    }
}

#[tokio::test]
async fn every_size_over_every_page_size_is_read_completely() {
    let p = Provider::start().await;
    let client = client();
    p.tokens(p.claims_with(overage()));
    for (total, size) in [
        (0, 100),
        (1, 1),
        (2, 1),
        (300, 1),
        (99, 100),
        (100, 100),
        (101, 100),
        (250, 7),
        (999, 999),
        (1000, 999),
        (2000, 100),
        (5000, 100),
        (5000, 999),
    ] {
        directory(&p, total, size);
        let found = groups(&p, &client).await;
        let Groups::Known { list, source, .. } = &found else {
            panic!("{total} in pages of {size}: {found:?}");
        };
        assert_eq!((list.len(), *source), (total, GroupSource::Graph), "{total} in pages of {size}");
        for n in [0, total / 2, total.saturating_sub(1)] {
            let group: ObjectId = id(n).parse().unwrap();
            assert_eq!(found.contains(&group), Some(n < total), "{n} of {total}");
        }
    }
}

#[tokio::test]
async fn every_page_is_asked_with_token_and_consistency_level() {
    let p = Provider::start().await;
    p.tokens(p.claims_with(overage()));
    directory(&p, 250, 100);
    groups(&p, &client()).await;
    p.seen("graph", |seen| {
        assert_eq!(seen.len(), 3);
        assert_eq!(seen[0].query, "$count=true&$select=id,displayName&$top=999");
        for request in seen {
            assert_eq!(request.headers["authorization"], "Bearer opaque-graph-token");
            assert_eq!(request.headers["consistencylevel"], "eventual");
        }
    });
}

#[tokio::test]
async fn an_absent_claim_an_odd_claim_and_names_are_settled_by_graph() {
    let p = Provider::start().await;
    let client = client();
    for extra in [
        json!({}),
        json!({"hasgroups": true}),
        json!({"groups": ["Pilots"]}),
        json!({"groups": "x"}),
        json!({"groups": [id(1)], "_claim_names": {"groups": "src1"}}),
    ] {
        p.tokens(p.claims_with(extra.clone()));
        directory(&p, 3, 2);
        let Groups::Known { list, source, .. } = groups(&p, &client).await else {
            panic!("{extra}");
        };
        assert_eq!((list.len(), source), (3, GroupSource::Graph), "{extra}");
        assert_eq!(list[1].name.as_deref(), Some("Crew 1"));
    }
    directory(&p, 0, 10);
    p.tokens(p.claims());
    let none = groups(&p, &client).await;
    assert!(matches!(none, Groups::Known { list, .. } if list.is_empty()));
}

#[tokio::test]
async fn an_empty_page_with_a_next_page_is_read_on() {
    let p = Provider::start().await;
    let base = p.url.clone();
    p.answer("graph", move |seen| {
        if seen.query.contains("skiptoken") {
            Reply::Json(200, json!({"value": [{"id": id(1), "displayName": null}], "@odata.nextLink": null}))
        } else {
            let next = format!("{base}/v1.0/me/transitiveMemberOf/microsoft.graph.group?$skiptoken=1");
            Reply::Json(200, json!({"value": [], "@odata.nextLink": next}))
        }
    });
    let found = groups(&p, &client()).await;
    assert_eq!(found.contains(&id(1).parse().unwrap()), Some(true));
}

#[tokio::test]
async fn a_refusal_is_unknown_and_the_sign_in_goes_on() {
    let p = Provider::start().await;
    let client = client();
    for status in [401, 403] {
        p.answer("graph", move |_| Reply::Json(status, json!({"error": {"code": "Authorization_RequestDenied", "message": "no"}})));
        assert_eq!(reason(&p, &client).await, GroupsUnknown::GraphRefused, "{status}");
    }
}

#[tokio::test]
async fn failures_and_nonsense_are_unknown() {
    let p = Provider::start().await;
    let client = client();
    for (status, body) in [
        (500, "{}".to_owned()),
        (404, "{}".to_owned()),
        (302, String::new()),
        (200, String::new()),
        (200, "<html>".to_owned()),
        (200, r#"{"error":{}}"#.to_owned()),
        (200, r#"{"value":[],"value":[]}"#.to_owned()),
        (200, r#"{"value":[{"id":"pilots"}]}"#.to_owned()),
        (200, format!(r#"{{"value":[],"x":"{}"}}"#, "y".repeat(2 << 20))),
    ] {
        let sent = body.clone();
        p.answer("graph", move |_| Reply::Text(status, sent.clone()));
        let start: String = body.chars().take(40).collect();
        assert_eq!(reason(&p, &client).await, GroupsUnknown::GraphFailed, "{status} {start}");
    }
    p.answer("graph", |_| Reply::Hang);
    // Long enough for the sign-in that comes before.
    let client = Client::new(Config { total_timeout: Duration::from_secs(3), ..config() }).unwrap();
    assert_eq!(reason(&p, &client).await, GroupsUnknown::GraphFailed);
}

#[tokio::test]
async fn a_missing_page_makes_the_whole_list_unknown() {
    let p = Provider::start().await;
    let client = client();
    let base = p.url.clone();
    let first = move |next: &str| json!({"value": [{"id": id(1)}], "@odata.nextLink": next.replace("BASE", &base)});
    let path = "BASE/v1.0/me/transitiveMemberOf/microsoft.graph.group?$skiptoken=1";
    for (status, body) in [(403, "{}"), (500, "{}"), (200, "{}"), (200, "")] {
        let first = first.clone();
        p.answer("graph", move |seen| {
            if seen.query.contains("skiptoken") { Reply::Text(status, body.to_owned()) } else { Reply::Json(200, first(path)) }
        });
        assert_eq!(reason(&p, &client).await, GroupsUnknown::Incomplete, "{status} {body}");
    }
    // A circle.
    let circle = first.clone();
    p.answer("graph", move |_| Reply::Json(200, circle(path)));
    assert_eq!(reason(&p, &client).await, GroupsUnknown::Incomplete);
}

// Attack case 35, and 31: Graph's answers lead nowhere else.
#[tokio::test]
async fn a_next_page_on_another_host_is_never_asked() {
    let p = Provider::start().await;
    let thief = Provider::start().await;
    let client = client();
    let elsewhere = [
        format!("{}/v1.0/me/transitiveMemberOf/microsoft.graph.group?$skiptoken=1", thief.url),
        format!("http://user:pw@{}/v1.0/x", p.url.trim_start_matches("http://")),
        "http://169.254.169.254/latest".to_owned(),
        "file:///etc/passwd".to_owned(),
        "/v1.0/me/transitiveMemberOf/microsoft.graph.group?$skiptoken=1".to_owned(),
    ];
    for next in elsewhere {
        let link = next.clone();
        p.answer("graph", move |_| Reply::Json(200, json!({"value": [], "@odata.nextLink": link})));
        assert_eq!(reason(&p, &client).await, GroupsUnknown::Incomplete, "{next}");
    }
    assert_eq!(thief.count("graph"), 0);
}

// Attack case 35.
#[tokio::test]
async fn the_address_in_the_claim_sources_is_never_called() {
    let p = Provider::start().await;
    let thief = Provider::start().await;
    p.tokens(p.claims_with(json!({"_claim_names": {"groups": "src1"}, "_claim_sources": {"src1": {
        "endpoint": format!("{}/v1.0/me/transitiveMemberOf/microsoft.graph.group", thief.url)}}})));
    directory(&p, 3, 10);
    assert!(matches!(groups(&p, &client()).await, Groups::Known { .. }));
    assert_eq!((thief.count("graph"), thief.count("elsewhere")), (0, 0));
    assert_eq!(p.count("graph"), 1);
}

#[tokio::test]
async fn a_busy_graph_gets_two_more_chances_when_it_names_a_short_wait() {
    let p = Provider::start().await;
    let client = client();
    let busy = |p: &Provider, status: u16, wait: &'static str, good_after: usize| {
        let from = p.count("graph");
        let q = p.clone();
        p.answer("graph", move |_| {
            if q.count("graph") - from < good_after {
                Reply::With(status, "retry-after", wait.into(), json!({"error": {"code": "TooManyRequests"}}))
            } else {
                Reply::Json(200, json!({"value": [{"id": id(1)}]}))
            }
        });
    };
    busy(&p, 429, "0", 1);
    assert!(matches!(groups(&p, &client).await, Groups::Known { .. }));
    busy(&p, 503, "0", 2);
    assert!(matches!(groups(&p, &client).await, Groups::Known { .. }));
    busy(&p, 503, "0", 3);
    assert_eq!(reason(&p, &client).await, GroupsUnknown::GraphFailed);
    busy(&p, 429, "30", 1);
    assert_eq!(reason(&p, &client).await, GroupsUnknown::GraphFailed);
}

#[tokio::test]
async fn without_an_access_token_groups_are_unknown() {
    let p = Provider::start().await;
    let token = crate::provider::signing_keys().0.sign("k1", &p.claims()).unwrap();
    p.answer("token", move |_| Reply::Json(200, json!({"token_type": "Bearer", "id_token": token})));
    assert_eq!(reason(&p, &client()).await, GroupsUnknown::GraphFailed);
}

#[tokio::test]
async fn when_listing_is_refused_the_ids_are_asked_for_whole_or_not_at_all() {
    let p = Provider::start().await;
    let client = client();
    p.answer("graph", |_| Reply::Json(403, json!({"error": {"code": "Authorization_RequestDenied"}})));
    p.answer("ids", |_| Reply::Json(200, json!({"value": [id(1), id(2)]})));
    assert!(matches!(groups(&p, &client).await, Groups::Known { list, .. } if list.len() == 2 && list[0].name.is_none()));
    for (status, body) in [
        (403, json!({"value": []})),
        (400, json!({"error": {"code": "Directory_ResultSizeLimitExceeded"}})),
        (200, json!({})),
        (200, json!({"value": [id(1), 7]})),
        (200, json!({"value": [id(1)], "@odata.nextLink": "https://graph.example/x"})),
    ] {
        p.answer("ids", move |_| Reply::Json(status, body.clone()));
        assert_eq!(reason(&p, &client).await, GroupsUnknown::GraphRefused, "{status}");
    }
}

#[tokio::test]
async fn groups_of_the_token_are_named_where_the_granted_scopes_allow_it() {
    let p = Provider::start().await;
    let client = client();
    let token = crate::provider::signing_keys().0.sign("k1", &p.claims_with(json!({"groups": [id(1), id(2)]}))).unwrap();
    let answer = |scope: Value| json!({"access_token": "opaque-graph-token", "id_token": token, "scope": scope});
    p.answer("names", |_| Reply::Json(200, json!({"value": [{"id": id(2), "displayName": "Pilots"}]})));
    for (scope, named) in [
        (Value::Null, false),
        (json!("openid User.Read GroupMember.Read.All"), false),
        (json!("openid User.Read Directory.Read.All"), true),
        (json!("https://graph.microsoft.com/directory.read.all profile"), true),
        (json!("Directory.Read"), false),
    ] {
        let (before, said) = (p.count("names"), answer(scope.clone()));
        p.answer("token", move |_| Reply::Json(200, said.clone()));
        let Groups::Known { list, source, .. } = groups(&p, &client).await else { panic!("{scope}") };
        assert_eq!((list.len(), source, list[0].name.as_deref()), (2, GroupSource::Token, None), "{scope}");
        assert_eq!(list[1].name.as_deref(), named.then_some("Pilots"), "{scope}");
        assert_eq!(p.count("names") - before, usize::from(named), "{scope}");
    }
    p.seen("names", |seen| assert_eq!(seen[0].headers["authorization"], "Bearer opaque-graph-token"));
    p.answer("names", |_| Reply::Json(403, json!({})));
    let said = answer(json!("Directory.Read.All"));
    p.answer("token", move |_| Reply::Json(200, said.clone()));
    assert!(matches!(groups(&p, &client).await, Groups::Known { list, .. } if list.len() == 2));
    assert_eq!(p.count("graph"), 0, "a whole list in the token needs no other");
}
