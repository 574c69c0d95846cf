//! Look-ups by filter: how long one takes, one after the other, and how many a second there are over many connections.

use std::time::Instant;

use anyhow::{Result, bail};
use http::Method;
use tokio::task::JoinSet;

use super::{Ids, Plan, people};
use crate::{
    door::Endpoint,
    line::Line,
    measure::{Times, rate, say},
};

/// Connections for the rate.
const AT_ONCE: usize = 16;

/// A kind of look-up, as Entra makes them.
#[derive(Debug, Clone, Copy)]
enum Kind {
    UserName,
    ExternalId,
    GroupName,
    /// Of somebody who is not there: what comes before each create.
    Nobody,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::UserName => "look-up by userName",
            Self::ExternalId => "look-up by externalId",
            Self::GroupName => "look-up by a group's displayName",
            Self::Nobody => "look-up by userName, nobody there",
        }
    }

    /// The question about a number, and how many answer it.
    fn question(self, base: &str, n: usize) -> (String, u8) {
        let (resource, attribute, value, found) = match self {
            Self::UserName => ("Users", "userName", people::user_name(n), 1),
            Self::ExternalId => ("Users", "externalId", people::person_object_id(n), 1),
            Self::GroupName => ("Groups", "displayName", people::group_name(n).replace(' ', "%20"), 1),
            Self::Nobody => ("Users", "userName", format!("nobody-{n}@harbourworks.example"), 0),
        };
        let more = if resource == "Groups" { "excludedAttributes=members&" } else { "" };
        (format!("{base}/{resource}?{more}filter={attribute}%20eq%20%22{value}%22"), found)
    }
}

/// Prints median and 99th percentile of each kind, and the rate.
pub async fn report(plan: &Plan, endpoint: &Endpoint, ids: &Ids) -> Result<()> {
    let mut kinds = vec![(Kind::Nobody, usize::MAX)];
    if !ids.people.is_empty() {
        kinds.extend([(Kind::UserName, ids.people.len()), (Kind::ExternalId, ids.people.len())]);
    }
    if !ids.groups.is_empty() {
        kinds.push((Kind::GroupName, ids.groups.len()));
    }
    for (kind, among) in kinds {
        let mut line = endpoint.server.connect(&endpoint.secret).await?;
        let mut times = Times::default();
        for sample in 0..plan.samples {
            let start = Instant::now();
            ask(&mut line, endpoint, kind, sample, among).await?;
            times.add(start.elapsed());
        }
        let start = Instant::now();
        let all = at_once(endpoint, kind, among, plan.samples).await?;
        say(&format!("{:<36}{} (median / 99th of a hundred), {} a second", kind.name(), times.shown(), rate(all, start)));
    }
    Ok(())
}

async fn ask(line: &mut Line, endpoint: &Endpoint, kind: Kind, sample: usize, among: usize) -> Result<()> {
    let n = (people::scattered(sample as u64 + 99) % among as u64) as usize;
    let (path, found) = kind.question(&endpoint.base, n);
    let answer = line.expect(200, Method::GET, &path, "").await?;
    let wanted = format!("\"totalResults\":{found}");
    if !answer.windows(wanted.len()).any(|part| part == wanted.as_bytes()) {
        bail!("{path} did not answer with {found}: {}", String::from_utf8_lossy(&answer));
    }
    Ok(())
}

async fn at_once(endpoint: &Endpoint, kind: Kind, among: usize, each: usize) -> Result<usize> {
    let mut tasks = JoinSet::new();
    for client in 0..AT_ONCE {
        let endpoint = endpoint.clone();
        tasks.spawn(async move {
            let mut line = endpoint.server.connect(&endpoint.secret).await?;
            for sample in 0..each {
                ask(&mut line, &endpoint, kind, client * each + sample, among).await?;
            }
            Ok::<_, anyhow::Error>(())
        });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    Ok(AT_ONCE * each)
}
