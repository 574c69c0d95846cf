//! The order of steps: what is named comes before what names it, and goes after it.

use std::collections::BTreeSet;

use super::{
    plan::{Act, Step},
    references,
};

/// Orders creations and changes; the order that they have is kept as far as possible. Objects that need each other are a fault: the API
/// takes no object that names what is not there.
pub(super) fn creations(mut waiting: Vec<Step>) -> Result<Vec<Step>, String> {
    let mut missing: BTreeSet<(&'static str, String)> = waiting
        .iter()
        .filter(|step| step.act == Act::Create && step.part.is_none())
        .map(|step| (step.kind.key, step.name.clone()))
        .collect();
    let mut ordered = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        let Some(next) = waiting.iter().position(|step| step.needs.iter().all(|need| !missing.contains(need))) else {
            let names = waiting.iter().map(|step| format!("{} {:?}", step.kind.noun, step.name)).collect::<Vec<_>>().join(", ");
            return Err(format!(
                "these need each other, so that none can be made first: {names}. Make one of them without the reference first"
            ));
        };
        let step = waiting.remove(next);
        if step.part.is_none() {
            missing.remove(&(step.kind.key, step.name.clone()));
        }
        ordered.push(step);
    }
    Ok(ordered)
}

/// Orders removals: an object goes before those that it names.
pub(super) fn removals(mut waiting: Vec<Step>) -> Vec<Step> {
    let mut ordered = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        let named: BTreeSet<(&'static str, String)> = waiting.iter().flat_map(|step| references::of(&step.body)).collect();
        let free = |step: &Step| step.id.as_ref().is_none_or(|id| !named.contains(&(step.kind.key, id.clone())));
        // Those that name each other in a circle are left to the server to refuse.
        let next = waiting.iter().rposition(free).unwrap_or(waiting.len() - 1);
        ordered.push(waiting.remove(next));
    }
    ordered
}
