//! Bodies in the forms in which Entra is known to send them (`tests/fixtures/entra`): what is answered, what is kept, what was counted
//! as odd, and that the same once more changes nothing, so that no cycle brings it again.

use std::{collections::BTreeMap, fs, path::Path};

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::rig::{Answer, Rig};

/// One case. `{ilo}`, `{mara}`, `{bram}` (users of the default mapping) and `{pilots}` (an empty group) are there before.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    /// Where the shape was seen.
    source: String,
    requests: Vec<Recorded>,
    /// What is then shown: path → attributes; `null` stands for one that is absent.
    after: BTreeMap<String, Map<String, Value>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Recorded {
    method: String,
    path: String,
    body: Value,
    status: u16,
    /// What the provisioning log has to count; left out where the request is refused.
    normalised: Option<BTreeMap<String, u32>>,
    /// The name for what this request creates.
    #[serde(rename = "as")]
    created: Option<String>,
}

/// A server with the people of the cases, and their ids by name.
struct Stage {
    rig: Rig,
    ids: BTreeMap<String, String>,
}

impl Stage {
    async fn set() -> Self {
        let rig = Rig::start().await;
        let mut ids = BTreeMap::new();
        for nick in ["ilo", "mara", "bram"] {
            ids.insert(nick.to_owned(), rig.user(nick).await);
        }
        ids.insert("pilots".to_owned(), rig.group("Pilots").await);
        Self { rig, ids }
    }

    fn named(&self, text: &str) -> String {
        self.ids.iter().fold(text.to_owned(), |text, (name, id)| text.replace(&format!("{{{name}}}"), id))
    }

    async fn send(&self, request: &Recorded) -> Answer {
        let body: Value = serde_json::from_str(&self.named(&request.body.to_string())).unwrap();
        self.rig.send(&request.method, &self.named(&request.path), Some(body)).await
    }
}

fn cases() -> Vec<(String, Case)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/entra");
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let file = entry.unwrap().path();
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        let read: Vec<Case> = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap_or_else(|error| panic!("{name}: {error}"));
        found.extend(read.into_iter().map(|case| (name.clone(), case)));
    }
    found
}

#[tokio::test]
async fn every_recorded_body_is_taken_as_it_should_be() {
    let cases = cases();
    assert!(cases.len() >= 45, "only {} cases were found", cases.len());
    for (file, case) in &cases {
        let place = format!("{file}: {}", case.name);
        assert!(!case.source.is_empty(), "{place}");
        let mut stage = Stage::set().await;
        for (n, request) in case.requests.iter().enumerate() {
            let place = format!("{place}, request {}", n + 1);
            let answer = stage.send(request).await;
            assert_eq!(answer.status, request.status, "{place}: {:#}", answer.body);
            if let Some(wanted) = &request.normalised {
                assert_eq!(&stage.rig.last_logged().await.normalised, wanted, "{place}: as the provisioning log has it");
            }
            if let Some(name) = &request.created {
                stage.ids.insert(name.clone(), answer.id());
            }
            again(&stage, request, &place).await;
        }
        for (path, wanted) in &case.after {
            let shown = stage.rig.get(&stage.named(path)).await.expect(200).body;
            for (name, value) in wanted {
                let value: Value = serde_json::from_str(&stage.named(&value.to_string())).unwrap();
                let there = shown.get(name).cloned().unwrap_or(Value::Null);
                assert_eq!(unordered(name, there), unordered(name, value), "{place}, {name} at {path}");
            }
            assert!(!shown.to_string().contains("null"), "{place}: {shown}");
        }
    }
}

/// The same request once more: no new version, nothing shown differently. A create is refused as a duplicate.
async fn again(stage: &Stage, request: &Recorded, place: &str) {
    let path = match &request.created {
        Some(name) => format!("{}/{}", request.path, stage.ids[name]),
        None => stage.named(&request.path),
    };
    let before = stage.rig.get(&path).await.expect(200);
    let status = if request.method == "POST" { 409 } else { request.status };
    let second = stage.send(request).await;
    assert_eq!(second.status, status, "{place}, sent again: {:#}", second.body);
    let after = stage.rig.get(&path).await.expect(200);
    assert_eq!(after.header("etag"), before.header("etag"), "{place}: sent again, it made a new version");
    assert_eq!(after.body, before.body, "{place}: sent again, it changed something");
}

/// Members have no order, other lists do.
fn unordered(name: &str, mut value: Value) -> Value {
    if let (true, Value::Array(list)) = (name == "members", &mut value) {
        list.sort_by_key(ToString::to_string);
    }
    value
}
