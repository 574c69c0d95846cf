//! PATCH of a group: so many members added at once, and taken out again.

use std::time::Instant;

use anyhow::Result;
use http::Method;
use serde_json::{Value, json};

use super::{Ids, people};
use crate::{
    door::Endpoint,
    line::Line,
    measure::{Times, say, short},
};

/// How many members, and how often that is measured.
const CASES: [(usize, usize); 3] = [(1, 200), (100, 50), (10_000, 7)];

/// The body that adds or removes these members.
pub fn body<'a>(verb: &str, members: impl Iterator<Item = &'a str>) -> String {
    let members: Vec<Value> = members.map(|id| json!({"$ref": null, "value": id})).collect();
    json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": verb, "path": "members", "value": members}],
    })
    .to_string()
}

/// Prints medians for as many members as there are people. The group of each case keeps what it has: members come and go.
pub async fn report(endpoint: &Endpoint, ids: &Ids) -> Result<()> {
    let mut line = endpoint.server.connect(&endpoint.secret).await?;
    for (members, times) in CASES.into_iter().filter(|(members, _)| *members <= ids.people.len()) {
        let path = group(&mut line, endpoint, members).await?;
        let (mut added, mut removed) = (Times::default(), Times::default());
        for round in 0..times {
            let from = people::scattered(round as u64 + 1) as usize % ids.people.len();
            let chosen = || (0..members).map(|n| ids.people[(from + n * spread(ids.people.len(), members)) % ids.people.len()].as_str());
            for (verb, times) in [("Add", &mut added), ("Remove", &mut removed)] {
                let body = body(verb, chosen());
                let start = Instant::now();
                line.expect(204, Method::PATCH, &path, body).await?;
                times.add(start.elapsed());
            }
        }
        line.expect(204, Method::DELETE, &path, "").await?;
        let (added, removed) = (short(added.percentile(0.5)), short(removed.percentile(0.5)));
        say(&format!("{:<36}{added} to add, {removed} to remove (medians)", format!("PATCH of {members} members")));
    }
    Ok(())
}

/// The distance at which that many people are spread over all.
fn spread(people: usize, members: usize) -> usize {
    (people / members).max(1)
}

async fn group(line: &mut Line, endpoint: &Endpoint, members: usize) -> Result<String> {
    let named = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "displayName": format!("Measured {members}"),
    });
    let made: Value =
        serde_json::from_slice(&line.expect(201, Method::POST, &format!("{}/Groups", endpoint.base), named.to_string()).await?)?;
    Ok(format!("{}/Groups/{}", endpoint.base, made["id"].as_str().unwrap_or_default()))
}
