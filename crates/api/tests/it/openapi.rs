//! `openapi/v4.json`: made by walking through the whole API and hearing what each operation reads and answers.

mod answer;
pub mod asks;
mod coverage;
pub mod document;
pub mod extract;
mod samples;
mod shape;
pub mod validate;

use std::collections::BTreeMap;

use api::operations;
use axum::body::Body;
use http::Request;
use model::api_token::Permission;
use serde_json::{Value, json};

use self::document::{Heard, document};
use crate::{contract, golden, world::id};

/// What is heard on the walk through all operations and while the samples are read.
pub async fn walk() -> Vec<Heard> {
    let contract::Tour { world, listening, mut heard, .. } = contract::walk().await;
    let everyone = json!([{ "everyone": {} }]);
    let config = json!({ "client_id": "b7d1e3f0-2c48-4f6d-9a55-71c0de8840aa", "client_secret": "x~y", "customer_id": "6f0c2b1e-93d4-4a57-8e21-0d9b7c5e4a10" });
    let intune = json!({ "name": "Intune", "type": "intune", "interval": "10m", "config": config });
    let crew = json!({ "name": "Crew", "type": "IP", "items": [{ "value": "203.0.113.7" }] });
    let known = samples::Known {
        integration: id(&world.call("POST", "~/devices/posture/integration", Some(intune)).await.good(200)),
        app: id(&world.app("harbour").await),
        idp: world.entra().await,
        group: id(&world.post("~/access/groups", json!({ "name": "Pilots", "include": everyone })).await),
        policy: id(&world.post("~/access/policies", json!({ "name": "p", "decision": "allow", "include": everyone })).await),
        user: id(&world.post("~/access/users", json!({ "email": "nemo@harbourworks.example", "name": "Nemo" })).await),
        list: id(&world.call("POST", "~/gateway/lists", Some(crew)).await.good(200)),
    };
    for (verb, pattern, body) in samples::all(&known) {
        let pattern = pattern.replacen('~', "/accounts/{account_id}", 1);
        let name = format!("{verb} {pattern}");
        let op = operations().into_iter().find(|op| document::name(op) == name).unwrap_or_else(|| panic!("{name} is not an operation"));
        let path = pattern.split('/').map(|segment| match segment {
            "{account_id}" => &world.account,
            "{app_id}" => &known.app,
            "{identity_provider_id}" => &known.idp,
            "{group_id}" => &known.group,
            "{policy_id}" => &known.policy,
            "{integration_id}" => &known.integration,
            "{user_id}" => &known.user,
            "{list_id}" => &known.list,
            other => other,
        });
        listening.take();
        let sent = Some(body).filter(|body| !body.is_null());
        let reply = world.call(verb, &path.collect::<Vec<_>>().join("/"), sent.clone()).await;
        let content = if reply.status == op.status { "application/json".to_owned() } else { String::new() };
        heard.push(Heard { name, asks: listening.take(), sent, content, answer: reply.body });
    }
    heard
}

/// The committed table of permissions, which a test of its own holds to be true, in the contract's names.
fn permissions() -> BTreeMap<String, Vec<String>> {
    let name = |word: &str| serde_json::from_value::<Permission>(word.into()).unwrap().name().to_owned();
    let lines = include_str!("authorization.txt").lines().filter_map(|line| line.split_once(": "));
    let lines = lines.filter(|(_, words)| !matches!(*words, "any" | "nobody"));
    let together = |words: &str| words.split('+').map(name).collect::<Vec<_>>().join(" + ");
    lines.map(|(operation, words)| (operation.to_owned(), words.split(' ').map(together).collect())).collect()
}

#[tokio::test]
async fn the_served_description_is_what_the_code_reads_and_answers() {
    let walk = walk().await;
    let document = document(&walk, &permissions());
    let wrong = differences(&document, &walk);
    assert_eq!(wrong, Vec::<String>::new());
    golden::check("../../openapi/v4.json", &format!("{document:#}\n"));
    let world = crate::world::World::start().await;
    let served = world.raw(Request::get(world.url("/openapi.json")).body(Body::empty()).unwrap()).await;
    assert_eq!((served.status.as_u16(), served.headers["content-type"].to_str().unwrap()), (200, "application/json"));
    assert!(golden::updating() || served.body == document, "another description is served");
}

#[test]
fn the_page_of_coverage_is_what_the_description_answers_of_the_contract() {
    let document = serde_json::from_str(include_str!("../../../../openapi/v4.json")).unwrap();
    let (page, clashes) = coverage::page(&extract::Contract::read(), &document);
    golden::check("../../docs/reference/api-coverage.md", &page);
    assert_eq!(clashes, Vec::<String>::new());
}

/// Answers and accepted bodies of the walk that are not as the description says.
fn differences(document: &Value, walk: &[Heard]) -> Vec<String> {
    let mut wrong = Vec::new();
    for op in operations() {
        let name = document::name(&op);
        let written = &document["paths"][op.path][op.verb.as_str().to_lowercase()];
        let content = &written["responses"][op.status.as_str()]["content"]["application/json"]["schema"];
        for heard in walk.iter().filter(|heard| heard.name == name && heard.answered()) {
            if !content.is_null() {
                wrong.extend(validate::faults(document, content, &heard.answer).into_iter().map(|f| format!("{name} answered {f}")));
            }
            let taken = &written["requestBody"]["content"]["application/json"]["schema"];
            if let (Some(sent), false) = (&heard.sent, taken.is_null()) {
                wrong.extend(validate::faults(document, taken, sent).into_iter().map(|f| format!("{name} took {f}")));
            }
        }
    }
    wrong
}
