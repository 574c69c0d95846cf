//! No drift: what GET returned can be PUT back and changes nothing; POST of it makes a second thing; what was sent is shown as it was sent.

mod body;
mod known;
mod resources;

use std::collections::{BTreeMap, BTreeSet};

use api::operations;
use proptest::{
    collection::vec,
    prelude::any,
    strategy::{Strategy, ValueTree},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use serde_json::Value;

use self::{
    body::{Maker, Tape, without},
    known::{Known, lasting},
    resources::{NOT_HERE, Resource},
};
use crate::{
    openapi::{extract::Contract, validate},
    world::{Reply, World},
};

/// Bodies of each kind of thing.
const BODIES: usize = 24;
/// Refusals of one body, each of which takes something out of it.
const MENDINGS: usize = 40;

fn pattern(path: &str) -> String {
    path.replacen('~', "/accounts/{account_id}", 1)
}

/// One kind of thing under test.
struct Trial<'a> {
    world: &'a World,
    known: &'a Known,
    resource: &'a Resource,
    contract: &'a Contract,
    document: &'a Value,
    /// Verb of replacements.
    replace: &'static str,
    /// Members that were in a body that was taken.
    sent: BTreeSet<String>,
    taken: usize,
    /// What did not hold.
    wrong: BTreeSet<String>,
}

impl Trial<'_> {
    /// How it is written first: verb, path pattern, status.
    fn first(&self) -> (&'static str, &'static str) {
        self.resource.made_at.map_or((self.replace, self.resource.item), |at| ("POST", at))
    }
    fn generated(&self, choices: &[u16]) -> Value {
        let (verb, at) = self.first();
        let ours = &self.document["paths"][pattern(at)][verb.to_lowercase()]["requestBody"]["content"]["application/json"]["schema"];
        assert!(!ours.is_null(), "{verb} {at} has no body in the description");
        let theirs = self.contract.line(&format!("{verb} {}", pattern(at))).map(|line| line.0["body"].clone());
        let references = self.known.references(self.world);
        let maker = Maker { contract: self.contract, document: self.document, references: &references };
        maker.body(ours, theirs.as_ref(), &mut Tape::new(choices))
    }
    async fn write(&self, verb: &str, path: &str, body: &Value) -> Reply {
        self.world.call(verb, path, Some(body.clone())).await
    }
    /// Writes a generated body; what is refused is taken out of it.
    async fn settle(&mut self, choices: &[u16], number: u32) -> Option<(Value, Value)> {
        let mut body = self.generated(choices);
        (self.resource.mend)(self.known, &mut body, number);
        let (verb, at) = self.first();
        let path = self.known.path(self.world, at, None);
        for _ in 0..MENDINGS {
            let reply = self.write(verb, &path, &body).await;
            if reply.status.is_success() {
                return Some((body, reply.body["result"].clone()));
            }
            let pointers: Vec<String> = reply.bad(400).into_iter().map(|(_, pointer)| pointer).collect();
            // From the back: what stands before keeps its place.
            let less = pointers.iter().rev().filter(|pointer| without(&mut body, pointer, self.resource.needed)).count();
            (self.resource.mend)(self.known, &mut body, number);
            if less == 0 {
                eprintln!("  refused for good: {}", reply.body["errors"]);
                return None;
            }
        }
        None
    }

    async fn hold(&mut self, choices: &[u16], number: u32) {
        let Some((body, made)) = self.settle(choices, number).await else { return };
        let item = self.resource.item;
        let id = self.resource.made_at.is_some().then(|| id_of(&made).unwrap().to_owned());
        let path = self.known.path(self.world, item, id.as_deref());
        let reply = self.world.call("GET", &path, None).await;
        self.described(&reply.body);
        let shown = reply.good(200);
        self.shown_as_sent(&body, &shown);
        self.taken += 1;
        self.sent.extend(body.as_object().unwrap().iter().filter(|(_, value)| !value.is_null()).map(|(key, _)| key.clone()));

        let replace = self.replace;
        let put = self.write(replace, &path, &shown).await;
        self.that(put.status.is_success(), || format!("{} of what GET returned: {}", replace, put.body["errors"]));
        let after = self.world.get(&path).await;
        self.that(lasting(&after) == lasting(&shown), || format!("after {}:\n  {}\n  {}", replace, lasting(&after), lasting(&shown)));
        if let Some(at) = self.resource.made_at {
            if !self.resource.single {
                self.twin(at, &shown, number, id.as_deref().unwrap()).await;
            }
            // What is in use stays, and says so.
            let kept = self.world.call("DELETE", &path, None).await.status == 409;
            let gone = self.world.call("GET", &path, None).await.status;
            self.that(kept || gone == 404, || format!("after DELETE: {gone}"));
        }
    }
    /// The answer is as the served description says.
    fn described(&mut self, answer: &Value) {
        let operation = &self.document["paths"][pattern(self.resource.item)]["get"];
        let schema = &operation["responses"]["200"]["content"]["application/json"]["schema"];
        for fault in validate::faults(self.document, schema, answer) {
            self.that(false, || format!("GET answers otherwise than described: {fault}"));
        }
    }
    fn that(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.wrong.insert(format!("{}: {}", self.resource.item, what()));
        }
    }

    /// POST of what GET returned makes a second thing, apart from what must be unique.
    async fn twin(&mut self, at: &str, shown: &Value, number: u32, first: &str) {
        let mut body = shown.clone();
        if !self.resource.unique.is_empty() {
            let mut fresh = body.clone();
            (self.resource.mend)(self.known, &mut fresh, 5000 + number);
            for key in self.resource.unique {
                match fresh.get(*key) {
                    Some(value) if *value != shown[*key] => body[*key] = value.clone(),
                    _ => drop(body.as_object_mut().unwrap().shift_remove(*key)),
                }
            }
        }
        // What a secret is made of is sent again, since it is never shown.
        if let Some(secret) = self.secret() {
            body["config"]["client_secret"] = secret;
        }
        let path = self.known.path(self.world, at, None);
        let reply = self.write("POST", &path, &body).await;
        self.that(reply.status.is_success(), || format!("POST of what GET returned: {}", reply.body["errors"]));
        let Some(second) = id_of(&reply.body["result"]) else { return };
        self.that(second != first, || "POST of what GET returned made no second thing".to_owned());
        let path = self.known.path(self.world, self.resource.item, Some(second));
        self.world.call("DELETE", &path, None).await;
    }
    fn secret(&self) -> Option<Value> {
        let mut body = serde_json::json!({});
        (self.resource.mend)(self.known, &mut body, 1);
        Some(body["config"]["client_secret"].clone()).filter(|secret| !secret.is_null())
    }

    /// Every member that was sent with a value is shown with it: numbers as numbers, lists in their order.
    fn shown_as_sent(&mut self, body: &Value, shown: &Value) {
        for (key, value) in body.as_object().unwrap() {
            if self.resource.shown_otherwise.contains(&key.as_str()) {
                continue;
            }
            let same = value.is_null() || contains(&shown[key], value);
            self.that(same, || format!("{key} was sent as {value} and is shown as {}", shown[key]));
        }
    }
}

/// What a thing is addressed by.
fn id_of(thing: &Value) -> Option<&str> {
    ["id", "uid", "name"].iter().find_map(|key| thing[*key].as_str())
}

/// Whether an object has all that another has. What says nothing may be left out: clients take it for absent.
fn contains(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (_, Value::Null) => true,
        (Value::Null, part) => is_blank(part),
        (Value::Object(whole), Value::Object(part)) => {
            part.iter().all(|(key, value)| contains(whole.get(key).unwrap_or(&Value::Null), value))
        }
        (whole, part) => whole == part,
    }
}

fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.values().all(is_blank),
        _ => false,
    }
}

async fn holds(resource: &Resource) -> BTreeSet<String> {
    let (world, contract) = (World::start().await, Contract::read());
    let document: Value = serde_json::from_str(include_str!("../../../../openapi/v4.json")).unwrap();
    let known = Known::make(&world).await;
    let replaceable = !document["paths"][pattern(resource.item)]["put"].is_null();
    let replace = if replaceable { "PUT" } else { "PATCH" };
    let mut trial = Trial {
        world: &world,
        known: &known,
        resource,
        contract: &contract,
        document: &document,
        replace,
        sent: BTreeSet::new(),
        taken: 0,
        wrong: BTreeSet::new(),
    };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let tapes = vec(any::<u16>(), 0..400);
    for number in 0..BODIES {
        let choices = tapes.new_tree(&mut runner).unwrap().current();
        trial.hold(&choices, u32::try_from(number).unwrap()).await;
    }
    trial.that(trial.taken * 3 >= BODIES * 2, || "most bodies were refused".to_owned());
    let (verb, at) = trial.first();
    let ours = &document["paths"][pattern(at)][verb.to_lowercase()]["requestBody"]["content"]["application/json"]["schema"];
    let theirs = contract.line(&format!("{verb} {}", pattern(at)));
    let theirs = theirs.map(|line| contract.members(&line.0["body"]).into_keys().map(str::to_owned).collect::<BTreeSet<_>>());
    let supported = ours["properties"].as_object().unwrap().iter().filter(|(key, schema)| {
        schema["readOnly"] != true && schema["$ref"].is_null() && theirs.as_ref().is_none_or(|known| known.contains(*key))
    });
    let never: Vec<&String> = supported.map(|(key, _)| key).filter(|key| !trial.sent.contains(*key)).collect();
    eprintln!("{}: {} of {BODIES} bodies taken; members in none of them: {never:?}", resource.item, trial.taken);
    trial.wrong
}

#[tokio::test]
async fn what_get_returned_can_be_put_back_and_posted_again() {
    let mut wrong = BTreeSet::new();
    let only = std::env::var("STABLE").ok();
    for resource in resources::all().iter().filter(|resource| only.as_ref().is_none_or(|part| resource.item.contains(part.as_str()))) {
        wrong.extend(holds(resource).await);
    }
    assert!(wrong.is_empty(), "{}", wrong.into_iter().collect::<Vec<_>>().join("\n"));
}

#[test]
fn every_writable_thing_that_can_be_read_is_in_the_table() {
    let mut verbs = BTreeMap::<&str, BTreeSet<String>>::new();
    let all = operations();
    for op in &all {
        verbs.entry(op.path).or_default().insert(op.verb.to_string());
    }
    let listed: BTreeSet<String> = resources::all().iter().map(|resource| pattern(resource.item)).collect();
    for (path, verbs) in verbs {
        let written = ["PUT", "PATCH"].iter().any(|verb| verbs.contains(*verb)) && verbs.contains("GET");
        let reasoned = NOT_HERE.iter().any(|(name, _)| pattern(name).split_once(' ').is_some_and(|(_, there)| there == path));
        assert!(!written || reasoned || listed.contains(path), "{path} can be written and read: it needs an entry in stable/resources.rs");
    }
}
