//! Each kind of rule on the wire, one golden file each: which spellings are accepted and how they are kept, which are refused and how.
//!
//! `sent` is written by hand, the rest is made again with UPDATE_GOLDEN=1. Names in braces stand for the ids of this test's world.

use std::{collections::BTreeSet, env, fmt::Write, fs, path::PathBuf};

use model::{
    ListId,
    list::{Item, Items, List},
    rule::Rule,
};
use serde_json::{Value, json};

use crate::world::{World, id};

const GROUPS: &str = "~/access/groups";

/// What rules of the golden files name: names and ids.
struct Harbour {
    world: World,
    ids: Vec<(&'static str, String)>,
}

impl Harbour {
    async fn start() -> Self {
        let world = World::start().await;
        let entra = world.entra().await;
        let group = id(&world.post(GROUPS, json!({ "name": "Pilots", "include": [{ "everyone": {} }] })).await);
        let token = id(&world.post("~/access/service_tokens", json!({ "name": "crane" })).await);
        let app = id(&world.app("wiki").await);
        let people = list(&world, "people", Items::Email(vec![item(&world, "mara@harbourworks.example")])).await;
        let places = list(&world, "places", Items::Ip(vec![item(&world, "203.0.113.0/24")])).await;
        let ids = vec![
            ("{account}", world.account.clone()),
            ("{entra}", entra),
            ("{group}", group),
            ("{token}", token),
            ("{app}", app),
            ("{people}", people),
            ("{places}", places),
            ("{posture}", crate::posture::all_compliant(&world).await),
        ];
        Self { world, ids }
    }
    fn named_to_ids(&self, value: &Value) -> Value {
        let text = self.ids.iter().fold(value.to_string(), |text, (name, id)| text.replace(name, id));
        serde_json::from_str(&text).unwrap()
    }
    fn ids_to_names(&self, text: &str) -> String {
        self.ids.iter().fold(text.to_owned(), |text, (name, id)| text.replace(id, name))
    }

    /// How the rule is kept; every way to write it back leaves it as it is.
    async fn kept(&self, sent: &Value) -> String {
        let made = self.world.post(GROUPS, json!({ "name": "One", "include": [self.named_to_ids(sent)] })).await;
        let kept = made["include"][0].to_string();
        let path = format!("{GROUPS}/{}", id(&made));
        let shown = self.world.get(&path).await;
        assert_eq!(shown["include"][0].to_string(), kept);
        assert_eq!(self.world.put(&path, shown).await["include"][0].to_string(), kept);
        // The stored form is the wire's.
        let stored: Rule = serde_json::from_str(&kept).unwrap();
        assert_eq!(serde_json::to_value(stored).unwrap().to_string(), kept);
        assert!(!kept.contains("null"), "{kept}");
        // As lists of policies it reads the same.
        let policy = json!({ "name": "One", "decision": "allow", "include": [{ "everyone": {} }], "require": [made["include"][0]] });
        assert_eq!(self.world.post("~/access/policies", policy).await["require"][0].to_string(), kept);
        self.ids_to_names(&kept)
    }
    async fn refused(&self, sent: &Value) -> Vec<String> {
        let body = json!({ "name": "One", "include": [self.named_to_ids(sent)] });
        let reply = self.world.call("POST", GROUPS, Some(body)).await;
        reply.bad(400);
        let said = |error: &Value| {
            let (pointer, message) = (error["source"]["pointer"].as_str().unwrap(), error["message"].as_str().unwrap());
            self.ids_to_names(&format!("{pointer}: {message}"))
        };
        reply.body["errors"].as_array().unwrap().iter().map(said).collect()
    }
}

fn item<T: TryFrom<String, Error: std::fmt::Debug>>(world: &World, value: &str) -> Item<T> {
    Item { value: value.to_owned().try_into().unwrap(), description: None, created_at: world.now() }
}

async fn list(world: &World, name: &str, items: Items) -> String {
    let id = ListId::random();
    let list = List { id, name: name.into(), description: None, items, created_at: world.now(), updated_at: world.now() };
    world.store.write(move |tx| tx.put_list(&list)).await.unwrap();
    id.to_string()
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/goldens/rules")
}

#[tokio::test]
async fn every_kind_of_rule_is_read_kept_and_refused_as_its_golden_file_says() {
    let harbour = Harbour::start().await;
    for kind in Rule::KINDS {
        let path = folder().join(format!("{kind}.json"));
        let golden: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let mut made = String::from("{\n  \"accepted\": [");
        let mut comma = "\n";
        for case in golden["accepted"].as_array().unwrap() {
            let sent = &case["sent"];
            assert_eq!(sent.as_object().unwrap().keys().collect::<Vec<_>>(), [kind]);
            write!(made, "{comma}    {{\"sent\": {sent},\n     \"kept\": {}}}", harbour.kept(sent).await).unwrap();
            comma = ",\n";
        }
        made.push_str("\n  ],\n  \"refused\": [");
        comma = "\n";
        for case in golden["refused"].as_array().unwrap() {
            let errors = json!(harbour.refused(&case["sent"]).await);
            write!(made, "{comma}    {{\"sent\": {},\n     \"errors\": {errors}}}", case["sent"]).unwrap();
            comma = ",\n";
        }
        made.push_str("\n  ]\n}\n");
        if env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(&path, &made).unwrap();
        }
        let made: Value = serde_json::from_str(&made).unwrap();
        let golden: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        assert_eq!(made, golden, "{kind}: run with UPDATE_GOLDEN=1 and review the difference");
        assert!(!golden["accepted"].as_array().unwrap().is_empty() && golden["refused"].as_array().unwrap().len() > 1, "{kind}");
    }
}

#[test]
fn there_is_a_golden_file_for_each_kind_and_for_nothing_else() {
    let files = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let kinds: BTreeSet<String> = Rule::KINDS.iter().map(|kind| format!("{kind}.json")).collect();
    assert_eq!(files.collect::<BTreeSet<_>>(), kinds);
}
