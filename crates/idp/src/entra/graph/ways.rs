//! The other ways to groups and names when the first one is refused, with every fault each of them may have.

use parking_lot::Mutex;
use serde_json::{Value, json};

use super::{
    exchange::{GRAPH, Question},
    table::{answer, deadline, endpoints, id},
    *,
};
use crate::{error::SignInError, fetch::Answer};

/// A Graph that answers each call by a script and remembers what it was asked.
struct Script<F> {
    answers: F,
    asked: Mutex<Vec<(String, Option<String>)>>,
}

const LISTING: &str = "microsoft.graph.group";
const IDS: &str = "getMemberGroups";
const MIXED: &str = "transitiveMemberOf";
const NAMES: &str = "getByIds";

fn script<F: Fn(&str, &str) -> (u16, Value) + Sync>(answers: F) -> Script<F> {
    Script { answers, asked: Mutex::default() }
}

impl<F: Fn(&str, &str) -> (u16, Value) + Sync> Source for Script<F> {
    async fn ask(&self, question: &Question, until: Deadline) -> Result<Answer, SignInError> {
        let call = question.url.path().rsplit('/').next().unwrap().to_owned();
        let (status, body) = (self.answers)(&call, question.body.as_deref().unwrap_or_default());
        self.asked.lock().push((call, question.body.clone()));
        if status == 0 {
            tokio::time::sleep_until(until.instant()).await;
            return Err(SignInError::Down { what: GRAPH, detail: "no complete answer in time".into() });
        }
        answer(status, None, body.as_str().map_or_else(|| body.to_string(), str::to_owned))
    }
}

impl<F> Script<F> {
    fn calls(&self) -> Vec<String> {
        self.asked.lock().iter().map(|(call, _)| call.clone()).collect()
    }
}

fn ids(numbers: std::ops::Range<usize>) -> Value {
    json!({ "value": numbers.map(id).collect::<Vec<_>>() })
}

fn too_large() -> (u16, Value) {
    (400, json!({"error": {"code": "Directory_ResultSizeLimitExceeded", "message": "too many"}}))
}

fn mixed() -> (u16, Value) {
    let typed =
        |number: usize, kind: &str| json!({"@odata.type": format!("#microsoft.graph.{kind}"), "id": id(number), "displayName": "x"});
    (200, json!({"value": [typed(1, "group"), typed(2, "directoryRole"), typed(3, "group"), typed(4, "administrativeUnit")]}))
}

/// What comes of a listing, the ids and the mixed list, and who was asked.
async fn found(listing: (u16, Value), ids: (u16, Value), mixed: (u16, Value)) -> (Result<usize, &'static str>, Vec<String>) {
    let graph = script(|call, _| match call {
        LISTING => listing.clone(),
        IDS => ids.clone(),
        MIXED => mixed.clone(),
        other => panic!("{other}"),
    });
    let list = my_groups(&graph, &endpoints(), deadline()).await;
    (list.map(|list| list.len()).map_err(|reason| reason.as_str()), graph.calls())
}

#[tokio::test(start_paused = true)]
async fn what_one_call_refuses_the_next_may_tell() {
    let (empty, refused) = ((200, json!({"value": []})), (403, json!({"error": {"code": "Authorization_RequestDenied"}})));
    let (odd, broken) = ((400, json!({"error": {"code": "Request_UnsupportedQuery"}})), (500, json!({})));
    let (token, silent) = ((401, json!({"error": {"code": "InvalidAuthenticationToken"}})), (0, json!({})));
    let (no, failed) = (Err("graph-refused"), Err("graph-failed"));
    for (listing, ids, mixed, expected, calls) in [
        (empty.clone(), refused.clone(), refused.clone(), Ok(0), &[LISTING][..]),
        (refused.clone(), (200, ids(0..3)), refused.clone(), Ok(3), &[LISTING, IDS]),
        (refused.clone(), too_large(), mixed(), Ok(2), &[LISTING, IDS, MIXED]),
        (refused.clone(), too_large(), refused.clone(), no, &[LISTING, IDS, MIXED]),
        (refused.clone(), refused.clone(), mixed(), no, &[LISTING, IDS]),
        (refused.clone(), token.clone(), mixed(), no, &[LISTING, IDS]),
        (refused.clone(), broken.clone(), mixed(), no, &[LISTING, IDS]),
        (refused.clone(), silent.clone(), mixed(), no, &[LISTING, IDS]),
        (odd.clone(), empty.clone(), mixed(), Ok(2), &[LISTING, MIXED]),
        (odd.clone(), empty.clone(), (200, json!({"value": [{"id": id(1)}]})), failed, &[LISTING, MIXED]),
        (odd.clone(), empty.clone(), odd.clone(), failed, &[LISTING, MIXED]),
        // A token that is not taken is not shown again.
        (token, empty.clone(), mixed(), no, &[LISTING]),
        (broken, empty.clone(), mixed(), failed, &[LISTING]),
        (silent, empty, mixed(), failed, &[LISTING]),
    ] {
        let case = format!("{listing} then {ids} then {mixed}", listing = listing.0, ids = ids.0, mixed = mixed.0);
        assert_eq!(found(listing, ids, mixed).await, (expected, calls.iter().map(ToString::to_string).collect()), "{case}");
    }
}

#[tokio::test(start_paused = true)]
async fn ids_are_a_whole_list_or_none() {
    let refused = (403, json!({}));
    for (status, body) in [
        (200, json!({})),
        (200, json!({"value": {}})),
        (200, json!({"value": [id(1), 7]})),
        (200, json!({"value": [id(1), "pilots"]})),
        (200, json!({"value": [id(1), null]})),
        (200, json!({"value": [id(1)], "@odata.nextLink": "https://graph.example/x"})),
        (200, ids(0..MAX_ENTRIES + 1)),
        (200, json!("{\"value\":[")),
        (200, json!("")),
        (429, json!({})),
        (404, json!({})),
        (206, ids(0..1)),
    ] {
        let start: String = body.to_string().chars().take(60).collect();
        let (list, _) = found(refused.clone(), (status, body), mixed()).await;
        assert_eq!(list, Err("graph-refused"), "{status} {start}");
    }
    for total in [0, 1, 999, 1001, 5000, 11_000] {
        assert_eq!(found(refused.clone(), (200, ids(0..total)), mixed()).await.0, Ok(total));
    }
}

/// Groups 0 to `total`, every third with a name, after names were looked up.
async fn named<F: Fn(&str, &str) -> (u16, Value) + Sync>(graph: &Script<F>, total: usize) -> Vec<DirectoryGroup> {
    let own = |n: usize| n.is_multiple_of(3).then(|| "Pilots".to_owned());
    let mut list: Vec<_> = (0..total).map(|n| DirectoryGroup { id: id(n).parse().unwrap(), name: own(n) }).collect();
    fill_names(graph, &endpoints(), &mut list, deadline()).await;
    let after: Vec<String> = list.iter().map(|group| group.id.to_string()).collect();
    assert_eq!(after, (0..total).map(id).collect::<Vec<_>>(), "no name adds or removes a group");
    assert!(list.iter().step_by(3).all(|group| group.name.as_deref() == Some("Pilots")), "a name that was told stays");
    list
}

fn told(asked: &str) -> Value {
    let asked: Value = serde_json::from_str(asked).unwrap();
    assert_eq!(asked["types"], json!(["group"]));
    let name =
        |id: &Value| json!({"@odata.type": "#microsoft.graph.group", "id": id, "displayName": format!("Crew {}", id.as_str().unwrap())});
    json!({ "value": asked["ids"].as_array().unwrap().iter().map(name).collect::<Vec<_>>() })
}

#[tokio::test(start_paused = true)]
async fn names_are_asked_for_by_the_thousand_and_only_where_they_are_missing() {
    for (total, calls) in [(0, 0), (1, 0), (2, 1), (1500, 1), (1503, 2), (15_000, 10), (18_000, 10)] {
        let graph = script(|_, asked| (200, told(asked)));
        let list = named(&graph, total).await;
        assert_eq!(graph.calls(), vec![NAMES; calls], "{total}");
        let nameless = list.iter().filter(|group| group.name.is_none()).count();
        assert_eq!(nameless, (total * 2 / 3).saturating_sub(10_000), "{total}");
        assert!(list.get(1).is_none_or(|group| group.name == Some(format!("Crew {}", id(1)))));
        for (_, body) in graph.asked.lock().iter() {
            let asked: Value = serde_json::from_str(body.as_ref().unwrap()).unwrap();
            assert!(asked["ids"].as_array().unwrap().len() <= 1000);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_fault_at_any_question_for_names_costs_names_and_nothing_else() {
    for at in 0..3 {
        for (status, body) in [
            (403, json!({})),
            (400, json!({})),
            (429, json!({})),
            (500, json!({})),
            (0, json!({})),
            (200, json!({})),
            (200, json!("<html>")),
            (200, json!({"value": [{"id": id(9), "displayName": "Forged"}, {"id": "pilots", "displayName": "x"}, 7, {"id": id(1)}]})),
        ] {
            let count = std::sync::atomic::AtomicUsize::new(0);
            let graph = script(|_, asked| {
                let now = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == at;
                if now { (status, body.clone()) } else { (200, told(asked)) }
            });
            let begun = tokio::time::Instant::now();
            let list = named(&graph, 4000).await;
            assert!(begun.elapsed().as_secs() <= 2, "{status}: nobody waits long for names");
            let names = list.iter().filter(|group| group.name.as_deref().is_some_and(|name| name.starts_with("Crew"))).count();
            assert!(names >= at.min(2) * 1000, "{status} at {at}: {names}");
            assert!(list.iter().all(|group| group.name.as_deref() != Some("Forged")), "a group that has a name keeps it");
        }
    }
}
