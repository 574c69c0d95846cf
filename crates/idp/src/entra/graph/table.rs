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

use super::*;

const NEXT: &str = "https://graph.microsoft.com/v1.0/me/transitiveMemberOf/microsoft.graph.group?$skiptoken=";

#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    Busy(Option<u64>),
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

fn id(number: usize) -> String {
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

fn answer(status: u16, retry_after: Option<u64>, body: String) -> Result<Answer, SignInError> {
    let status = StatusCode::from_u16(status).unwrap();
    Ok(Answer { status, retry_after, date: None, skew_secs: None, body: body.into_bytes() })
}

impl Pages for Directory<'_> {
    async fn get(&self, url: &Url) -> Result<Answer, SignInError> {
        let asked = url.as_str().split_once("skiptoken=").map_or("0", |(_, n)| n);
        // The page after an inserted empty one.
        let (page, again) = asked.strip_prefix('e').map_or((asked, false), |n| (n, true));
        let page: usize = page.parse().unwrap();
        let body = &self.bodies[page];
        let Some((_, fault)) = self.fault.filter(|(at, _)| *at == page && !again) else {
            return answer(200, None, body.clone());
        };
        let first = self.met.fetch_add(1, Ordering::Relaxed) == 0;
        match fault {
            Fault::Busy(wait) if first => answer(429, wait, "{}".into()),
            Fault::Busy(_) => answer(200, None, body.clone()),
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

fn endpoints() -> Endpoints {
    let settings: EntraSettings = serde_json::from_value(json!({
        "client_id": "c", "directory_id": "6f0c2b1e-93d4-4a57-8e21-0d9b7c5e4a10", "support_groups": true,
        "conditional_access_enabled": false, "email_claim_name": null, "claims": [], "prompt": null, "pkce_enabled": true,
    }))
    .unwrap();
    Endpoints::new(&EntraCloud::default(), &settings).unwrap()
}

#[tokio::test(start_paused = true)]
async fn the_set_is_the_directorys_or_unknown_over_sizes_page_sizes_and_fault_points() {
    let endpoints = endpoints();
    let (mut whole, mut unknown) = (0, 0);
    for total in [0, 1, 2, 7, 100, 101, 999, 5000] {
        let wanted: BTreeSet<String> = (0..total).map(id).collect();
        for size in [1, 2, 7, 99, 100, 101, 999] {
            let pages = bodies(total, size);
            let last = pages.len() - 1;
            let points: BTreeSet<usize> = [0, last / 2, last].into_iter().filter(|at| *at <= last).collect();
            let faulty = points.iter().flat_map(|at| FAULTS.map(|fault| Some((*at, fault))));
            for fault in std::iter::once(None).chain(faulty) {
                let deadline = Deadline::after(Duration::from_secs(8), Timestamp::from_secs(1_790_000_000));
                let directory = Directory { bodies: &pages, fault, deadline, met: AtomicUsize::new(0) };
                let case = format!("{total} in pages of {size}, {fault:?}");
                match read_all(&directory, &endpoints, deadline).await {
                    Ok(list) => {
                        let found: BTreeSet<String> = list.iter().map(|group| group.id.to_string()).collect();
                        assert!(list.len() == total && found == wanted, "{case}: {} of them", found.len());
                        whole += 1;
                    }
                    Err(_) => {
                        let harmless = matches!(fault, None | Some((_, Fault::Busy(None | Some(1)) | Fault::EmptyPage)));
                        assert!(!harmless || last + 2 > MAX_PAGES, "{case}: unknown without need");
                        unknown += 1;
                    }
                }
            }
        }
    }
    assert!(whole > 200 && unknown > 200, "{whole} whole, {unknown} unknown");
}
