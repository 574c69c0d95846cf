//! `openapi/v4.json`: made by walking through the whole API and hearing what each operation reads and answers.

mod answer;
pub mod asks;
pub mod document;
mod samples;
mod shape;
mod validate;

use std::collections::BTreeMap;

use api::operations;
use axum::body::Body;
use http::Request;
use model::api_token::Permission;
use serde_json::Value;

use self::document::{Heard, document};
use crate::{contract, golden};

/// What is heard on the walk through all operations and while the samples are read.
pub async fn walk() -> Vec<Heard> {
    let tour = contract::walk().await;
    let mut heard = tour.heard;
    for (verb, pattern, body) in samples::all() {
        let pattern = pattern.replacen('~', "/accounts/{account_id}", 1);
        let path = pattern.replace("{account_id}", &tour.world.account);
        let path = path.split('/').map(|s| if s.starts_with('{') { "86666835-06aa-4d90-8bbd-5a74ac4edf68" } else { s });
        tour.listening.take();
        tour.world.call(verb, &path.collect::<Vec<_>>().join("/"), Some(body.clone())).await;
        let name = format!("{verb} {pattern}");
        assert!(operations().iter().any(|op| document::name(op) == name), "{name} is not an operation");
        heard.push(Heard { name, asks: tour.listening.take(), sent: Some(body), content: String::new(), answer: Value::Null });
    }
    heard
}

/// The committed table of permissions, which a test of its own holds to be true, in the contract's names.
fn permissions() -> BTreeMap<String, Vec<String>> {
    let name = |word: &str| serde_json::from_value::<Permission>(word.into()).unwrap().name().to_owned();
    let lines = include_str!("authorization.txt").lines().filter_map(|line| line.split_once(": "));
    let lines = lines.filter(|(_, words)| !matches!(*words, "any" | "nobody"));
    lines.map(|(operation, words)| (operation.to_owned(), words.split(' ').map(name).collect())).collect()
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
