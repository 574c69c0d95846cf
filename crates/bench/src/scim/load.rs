//! Bulk load over many connections at once, each sending one request after the other.

use std::{
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use bytes::Bytes;
use http::Method;
use serde_json::Value;
use tokio::task::JoinSet;

use super::{Ids, Plan, patch, people};
use crate::{door::Endpoint, line::Line};

/// Connections that load memberships: each PATCH is long, and all have to be answered within the server's limit.
const PATCHING: usize = 8;
/// Most members of one PATCH: the largest that is measured.
const MEMBERS_AT_ONCE: usize = 10_000;

/// Creates people; their ids in order.
pub async fn people(endpoint: &Endpoint, connections: usize, numbers: Range<usize>) -> Result<Vec<String>> {
    created(endpoint, connections, numbers, "Users", people::person).await
}

/// Creates groups; their ids in order.
pub async fn groups(endpoint: &Endpoint, connections: usize, numbers: Range<usize>) -> Result<Vec<String>> {
    created(endpoint, connections, numbers, "Groups", people::group).await
}

async fn created(
    endpoint: &Endpoint,
    connections: usize,
    numbers: Range<usize>,
    kind: &'static str,
    body: fn(usize) -> Value,
) -> Result<Vec<String>> {
    let (next, end) = (Arc::new(AtomicUsize::new(numbers.start)), numbers.end);
    let path: Arc<str> = format!("{}/{kind}", endpoint.base).into();
    let mut tasks = JoinSet::new();
    for _ in 0..connections {
        let (endpoint, path, next) = (endpoint.clone(), path.clone(), next.clone());
        tasks.spawn(async move {
            let mut line = endpoint.server.connect(&endpoint.secret).await?;
            let mut made = Vec::new();
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                if n >= end {
                    return Ok::<_, anyhow::Error>(made);
                }
                let answer = line.expect(201, Method::POST, &path, body(n).to_string()).await?;
                made.push((n, id_in(&answer)?));
            }
        });
    }
    let mut all = vec![String::new(); numbers.len()];
    while let Some(done) = tasks.join_next().await {
        for (n, id) in done?? {
            all[n - numbers.start] = id;
        }
    }
    Ok(all)
}

/// The id in an answer, without reading the rest: the load generator shares the machine with the server.
fn id_in(answer: &Bytes) -> Result<String> {
    let text = std::str::from_utf8(answer)?;
    let from = text.find("\"id\":\"").context("the answer has no id")? + 6;
    text.get(from..from + 36).map(str::to_owned).context("the id is short")
}

/// Puts everybody into their groups, or as many as there is time for; how many memberships that are.
pub async fn memberships(endpoint: &Endpoint, plan: &Plan, ids: &mut Ids) -> Result<usize> {
    let shared = Arc::new(std::mem::take(ids));
    let (next, put) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let end = Instant::now() + Duration::from_secs(plan.minutes * 60);
    let mut tasks = JoinSet::new();
    for _ in 0..PATCHING.min(plan.connections) {
        let (endpoint, plan, ids, next, put) = (endpoint.clone(), plan.clone(), shared.clone(), next.clone(), put.clone());
        tasks.spawn(async move {
            let mut line = endpoint.server.connect(&endpoint.secret).await?;
            loop {
                let group = next.fetch_add(1, Ordering::Relaxed);
                let Some(id) = ids.groups.get(group).filter(|_| Instant::now() < end) else { return Ok::<_, anyhow::Error>(()) };
                let members = people::members_of(group, plan.people, plan.groups, plan.memberships);
                put.fetch_add(fill(&mut line, &endpoint, id, &members, &ids).await?, Ordering::Relaxed);
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    *ids = Arc::into_inner(shared).context("the load has ended")?;
    Ok(put.load(Ordering::Relaxed))
}

async fn fill(line: &mut Line, endpoint: &Endpoint, group: &str, members: &[usize], ids: &Ids) -> Result<usize> {
    let path = format!("{}/Groups/{group}", endpoint.base);
    for some in members.chunks(MEMBERS_AT_ONCE) {
        let body = patch::body("Add", some.iter().map(|n| ids.people[*n].as_str()));
        line.expect(204, Method::PATCH, &path, body).await?;
    }
    Ok(members.len())
}
