//! The table of sizes, page sizes and fault points: the set equals the directory's, or it is unknown.

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use model::{
    Timestamp,
    idp::{EntraCloud, EntraSettings},
};
use reqwest::StatusCode;
use serde_json::{Value, json};
use url::Url;

use super::{
    exchange::{GRAPH, Question},
    *,
};
use crate::{error::SignInError, fetch::Answer};

const NEXT: &str = "https://graph.microsoft.com/v1.0/me/transitiveMemberOf/microsoft.graph.group?$skiptoken=";
/// A case costs about as much as the entries read; beyond this many not every fault is tried at every page.
const AFFORDABLE: usize = 6_000;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    Busy(Option<u64>),
    /// So many times, without a word about how long.
    Busier(usize),
    Broken,
    EmptyPage,
    NoValue,
    Circle,
    Truncated,
    Silence,
}

const FAULTS: [Fault; 9] = [
    Fault::Busy(None),
    Fault::Busy(Some(1)),
    Fault::Busy(Some(600)),
    Fault::Broken,
    Fault::EmptyPage,
    Fault::NoValue,
    Fault::Circle,
    Fault::Truncated,
    Fault::Silence,
];

/// A directory in pages, with a fault at one of them.
struct Directory<'a> {
    bodies: &'a [String],
    fault: Option<(usize, Fault)>,
    deadline: Deadline,
    met: AtomicUsize,
}

pub(in crate::entra) fn id(number: usize) -> String {
    format!("00000000-0000-4000-8000-{number:012x}")
}

fn bodies(total: usize, size: usize) -> Vec<String> {
    let count = total.div_ceil(size).max(1);
    (0..count)
        .map(|page| {
            let ids = (page * size)..((page + 1) * size).min(total);
            let mut body = json!({"value": ids.map(|n| json!({"id": id(n), "displayName": null})).collect::<Vec<_>>()});
            if page + 1 < count {
                body["@odata.nextLink"] = json!(format!("{NEXT}{}", page + 1));
            }
            body.to_string()
        })
        .collect()
}

pub(in crate::entra) fn answer(status: u16, retry_after: Option<u64>, body: String) -> Result<Answer, SignInError> {
    let status = StatusCode::from_u16(status).unwrap();
    Ok(Answer { status, retry_after, date: None, skew_secs: None, body: body.into_bytes() })
}

impl Source for Directory<'_> {
    async fn ask(&self, question: &Question, _: Deadline) -> Result<Answer, SignInError> {
        self.page(&question.url).await
    }
}

impl Directory<'_> {
    async fn page(&self, url: &Url) -> Result<Answer, SignInError> {
        let asked = url.as_str().split_once("skiptoken=").map_or("0", |(_, n)| n);
        // The page after an inserted empty one.
        let (page, again) = asked.strip_prefix('e').map_or((asked, false), |n| (n, true));
        let page: usize = page.parse().unwrap();
        let body = &self.bodies[page];
        let Some((_, fault)) = self.fault.filter(|(at, _)| *at == page && !again) else {
            return answer(200, None, body.clone());
        };
        let met = self.met.fetch_add(1, Ordering::Relaxed);
        match fault {
            Fault::Busy(wait) if met == 0 => answer(429, wait, "{}".into()),
            Fault::Busier(times) if met < times => answer(429, None, "{}".into()),
            Fault::Busy(_) | Fault::Busier(_) => answer(200, None, body.clone()),
            Fault::Broken => answer(500, None, "{}".into()),
            Fault::EmptyPage => answer(200, None, json!({"value": [], "@odata.nextLink": format!("{NEXT}e{page}")}).to_string()),
            Fault::NoValue => answer(200, None, json!({"@odata.nextLink": format!("{NEXT}{page}")}).to_string()),
            Fault::Circle => {
                let mut body: Value = serde_json::from_str(body).unwrap();
                body["@odata.nextLink"] = json!(format!("{NEXT}{page}"));
                answer(200, None, body.to_string())
            }
            Fault::Truncated => answer(200, None, body[..body.len() - 1].to_owned()),
            Fault::Silence => {
                tokio::time::sleep_until(self.deadline.instant()).await;
                Err(SignInError::Down { what: GRAPH, detail: "no complete answer in time".into() })
            }
        }
    }
}

pub(in crate::entra) fn endpoints() -> Endpoints {
    let settings: EntraSettings = serde_json::from_value(json!({
        "client_id": "c", "directory_id": "6f0c2b1e-93d4-4a57-8e21-0d9b7c5e4a10", "support_groups": true,
        "conditional_access_enabled": false, "email_claim_name": null, "claims": [], "prompt": null, "pkce_enabled": true,
    }))
    .unwrap();
    Endpoints::new(&EntraCloud::default(), &settings).unwrap()
}

pub(in crate::entra) fn deadline() -> Deadline {
    Deadline::after(Duration::from_secs(8), Timestamp::from_secs(1_790_000_000))
}

/// Every fault at every page; with many pages of many groups each at the first, the middle or the last, another for each `turn`.
fn faults(total: usize, pages: usize, turn: usize) -> Vec<(usize, Fault)> {
    if pages * total <= AFFORDABLE {
        return (0..pages).flat_map(|at| FAULTS.map(|fault| (at, fault))).collect();
    }
    let points = [0, pages / 2, pages - 1];
    FAULTS.into_iter().enumerate().map(|(n, fault)| (points[(n + turn) % 3], fault)).collect()
}

#[tokio::test(start_paused = true)]
async fn the_set_is_the_directorys_or_unknown_over_sizes_page_sizes_and_fault_points() {
    let endpoints = endpoints();
    let (mut whole, mut unknown) = (0, 0);
    for total in [0, 1, 2, 7, 100, 101, 999, 5000] {
        let wanted: BTreeSet<String> = (0..total).map(id).collect();
        for (turn, size) in [1, 2, 7, 99, 100, 101, 999].into_iter().enumerate() {
            let pages = bodies(total, size);
            let faulty = faults(total, pages.len(), turn).into_iter().map(Some);
            for fault in std::iter::once(None).chain(faulty) {
                let deadline = deadline();
                let directory = Directory { bodies: &pages, fault, deadline, met: AtomicUsize::new(0) };
                let case = format!("{total} in pages of {size}, {fault:?}");
                let harmless = matches!(fault, None | Some((_, Fault::Busy(None | Some(1)) | Fault::EmptyPage)));
                match my_groups(&directory, &endpoints, deadline).await {
                    Ok(list) => {
                        let found: BTreeSet<String> = list.iter().map(|group| group.id.to_string()).collect();
                        assert!(harmless && list.len() == total && found == wanted, "{case}: {} of them", found.len());
                        whole += 1;
                    }
                    Err(reason) => {
                        assert!(!harmless, "{case}: unknown without need");
                        let first = fault.is_some_and(|(at, fault)| at == 0 && fault != Fault::Circle);
                        let expected = if first { GroupsUnknown::GraphFailed } else { GroupsUnknown::Incomplete };
                        assert_eq!(reason, expected, "{case}");
                        unknown += 1;
                    }
                }
            }
        }
    }
    assert!(whole > 300 && unknown > 500, "{whole} whole, {unknown} unknown");
}

#[tokio::test(start_paused = true)]
async fn a_graph_that_is_busy_is_asked_three_times_and_no_more() {
    let (endpoints, pages) = (endpoints(), bodies(3, 2));
    for (times, known) in [(1, true), (2, true), (3, false)] {
        let deadline = deadline();
        let directory = Directory { bodies: &pages, fault: Some((1, Fault::Busier(times))), deadline, met: AtomicUsize::new(0) };
        let found = my_groups(&directory, &endpoints, deadline).await;
        assert_eq!(found.map(|list| list.len()), if known { Ok(3) } else { Err(GroupsUnknown::Incomplete) }, "busy {times} times");
        assert_eq!(directory.met.load(Ordering::Relaxed), 3.min(times + 1), "busy {times} times");
    }
}

#[tokio::test]
async fn more_groups_than_are_read_and_pages_without_end_are_unknown() {
    let endpoints = endpoints();
    let reading = async |pages: &[String]| {
        let deadline = deadline();
        let directory = Directory { bodies: pages, fault: None, deadline, met: AtomicUsize::new(0) };
        my_groups(&directory, &endpoints, deadline).await.map(|list| list.len())
    };
    assert_eq!(reading(&bodies(MAX_ENTRIES, 999)).await, Ok(MAX_ENTRIES));
    assert_eq!(reading(&bodies(MAX_ENTRIES + 1, 1000)).await, Err(GroupsUnknown::Incomplete));
    let empty: Vec<String> =
        (1..=MAX_ENTRIES + 1).map(|page| json!({"value": [], "@odata.nextLink": format!("{NEXT}{page}")}).to_string()).collect();
    assert_eq!(reading(&empty).await, Err(GroupsUnknown::Incomplete));
}
