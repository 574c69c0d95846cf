//! Members over pages, faults and hostile answers: the whole list or none.

use parking_lot::Mutex;
use serde_json::json;

use super::{
    super::graph::{
        exchange::Question,
        table::{answer, deadline, endpoints, id as number},
    },
    *,
};
use crate::fetch::Answer;

/// A Graph that answers each call by a script and remembers the addresses.
struct Script<F> {
    answers: F,
    asked: Mutex<Vec<String>>,
}

impl<F: Fn(usize) -> (u16, Option<u64>, Value) + Sync> Source for &Script<F> {
    async fn ask(&self, question: &Question, _: Deadline) -> Result<Answer, SignInError> {
        let call = {
            let mut asked = self.asked.lock();
            asked.push(question.url.to_string());
            asked.len()
        };
        let (status, wait, body) = (self.answers)(call);
        answer(status, wait, body.to_string())
    }
}

fn group() -> ObjectId {
    "a1c07f2e-5e1b-4c0d-8f36-2b7e61c9d014".parse().unwrap()
}

fn people(numbers: std::ops::Range<usize>, next: Option<&str>) -> Value {
    let person = |n| json!({"id": number(n), "userPrincipalName": format!("p{n}@harbourworks.example"), "displayName": "P", "accountEnabled": n != 1});
    json!({"value": numbers.map(person).collect::<Vec<_>>(), "@odata.nextLink": next})
}

async fn read(answers: impl Fn(usize) -> (u16, Option<u64>, Value) + Sync) -> (Result<usize, MembersError>, Vec<String>) {
    let script = Script { answers, asked: Mutex::default() };
    let endpoints = endpoints();
    let found = transitive(lists(&script, &endpoints, deadline()), &group()).await;
    (found.map(|members| members.len()), script.asked.into_inner())
}

const NEXT: &str = "https://graph.microsoft.com/v1.0/next?$skiptoken=2";

#[tokio::test(start_paused = true)]
async fn a_group_is_read_page_by_page_with_what_the_comparison_needs() {
    let (found, asked) = read(|call| (200, None, people((call - 1) * 2..call * 2, (call == 1).then_some(NEXT)))).await;
    assert_eq!(found, Ok(4));
    assert_eq!(
        asked,
        [
            "https://graph.microsoft.com/v1.0/groups/a1c07f2e-5e1b-4c0d-8f36-2b7e61c9d014/transitiveMembers/microsoft.graph.user?\
             $count=true&$select=id,userPrincipalName,displayName,accountEnabled&$top=999",
            NEXT
        ]
    );
    let shown = person(&people(1..2, None)["value"][0]).unwrap();
    assert_eq!((shown.upn.as_deref(), shown.enabled), (Some("p1@harbourworks.example"), Some(false)));
    let bare = person(&json!({"id": number(7), "userPrincipalName": null, "displayName": null, "accountEnabled": null})).unwrap();
    assert_eq!((bare.upn, bare.name, bare.enabled), (None, None, None), "limited information");
}

#[tokio::test(start_paused = true)]
async fn half_a_list_is_none() {
    for (second, expected) in [
        ((403, None, json!({})), MembersError::Forbidden { status: 403 }),
        ((401, None, json!({})), MembersError::Forbidden { status: 401 }),
        ((404, None, json!({})), MembersError::Missing),
        ((500, None, json!({})), MembersError::Failed("status 500".into())),
        ((429, Some(600), json!({})), MembersError::Failed("Microsoft Graph is too busy".into())),
        ((200, None, json!({"value": {}})), MembersError::Failed("Microsoft Graph answered no list \"value\"".into())),
        ((200, None, json!({"value": [{"displayName": "nobody"}]})), MembersError::Failed("a member without object id".into())),
    ] {
        let (found, _) = read(|call| if call == 1 { (200, None, people(0..2, Some(NEXT))) } else { second.clone() }).await;
        assert_eq!(found, Err(expected));
    }
    for hostile in ["https://evil.example/v1.0/next", "http://graph.microsoft.com/v1.0/next", "https://u:p@graph.microsoft.com/x", NEXT] {
        let (found, asked) = read(|_| (200, None, people(0..2, Some(hostile)))).await;
        assert!(matches!(found, Err(MembersError::Failed(_))), "{hostile}");
        assert!(asked.len() <= 2, "{hostile}: {asked:?}");
    }
    assert!(!MembersError::Forbidden { status: 403 }.is_about_one_group() && MembersError::Missing.is_about_one_group());
}

#[tokio::test(start_paused = true)]
async fn a_busy_graph_is_waited_for_and_a_huge_group_is_unknown() {
    let (found, asked) = read(|call| if call < 3 { (429, Some(2), json!({})) } else { (200, None, people(0..3, None)) }).await;
    assert_eq!((found, asked.len()), (Ok(3), 3));
    let next = |call: usize| format!("https://graph.microsoft.com/v1.0/next?$skiptoken={call}");
    let (found, _) = read(|call| (200, None, people(call * 999..(call + 1) * 999, Some(&next(call))))).await;
    assert_eq!(found, Err(MembersError::TooMany(MAX_MEMBERS)));
}

#[tokio::test(start_paused = true)]
async fn direct_members_are_told_apart_by_what_they_are() {
    let endpoints = endpoints();
    let typed = |n, kind: &str| json!({"@odata.type": format!("#microsoft.graph.{kind}"), "id": number(n), "displayName": "Night Pilots"});
    for (item, expected) in [
        (typed(1, "user"), Some((1, 0))),
        (typed(1, "group"), Some((0, 1))),
        (typed(1, "device"), Some((0, 0))),
        (json!({"id": number(1)}), None),
        (json!({"@odata.type": "#microsoft.graph.user"}), None),
    ] {
        let script = Script { answers: |_| (200, None, json!({"value": [item.clone()]})), asked: Mutex::default() };
        let found = direct(lists(&script, &endpoints, deadline()), &group()).await.ok();
        assert_eq!(found.map(|found| (found.people.len(), found.groups.len())), expected, "{item}");
    }
}
