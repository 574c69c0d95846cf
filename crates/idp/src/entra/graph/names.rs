//! Names for groups of which only the ids are known. Names are for people's eyes: no rule holds one, so none is ever waited for long.

use std::{collections::HashMap, time::Duration};

use model::{ObjectId, identity::DirectoryGroup};
use serde_json::{Value, json};

use super::{
    exchange::{Question, Source, answered},
    listing::group,
};
use crate::{entra::Endpoints, fetch::Deadline};

/// Ids in one question (Microsoft Graph: "directoryObject: getByIds").
const MAX_IDS: usize = 1000;
/// Most questions.
const MAX_QUESTIONS: usize = 10;
/// Longest time that somebody signing in waits for names.
const PATIENCE: Duration = Duration::from_secs(2);

/// Fills in the names that are missing, as far as Graph tells them; the ids stay what they are, whatever comes back.
pub(in crate::entra) async fn fill(source: &impl Source, endpoints: &Endpoints, groups: &mut [DirectoryGroup], deadline: Deadline) {
    let deadline = deadline.within(PATIENCE);
    let nameless: Vec<String> = groups.iter().filter(|group| group.name.is_none()).map(|group| group.id.to_string()).collect();
    let mut names = HashMap::new();
    for ids in nameless.chunks(MAX_IDS).take(MAX_QUESTIONS) {
        let body = json!({ "ids": ids, "types": ["group"] }).to_string();
        // What was told before stays.
        let Ok(answer) = answered(source, &Question::post(endpoints.objects_by_ids(), body), deadline).await else { break };
        let Some(told) = read(&answer.body) else { break };
        names.extend(told);
    }
    for group in groups.iter_mut().filter(|group| group.name.is_none()) {
        group.name = names.remove(&group.id);
    }
}

fn read(body: &[u8]) -> Option<Vec<(ObjectId, String)>> {
    let map = oidc::json::object(body).ok()?;
    let told = map.get("value").and_then(Value::as_array)?.iter().filter_map(group);
    Some(told.filter_map(|group| Some((group.id, group.name?))).collect())
}
