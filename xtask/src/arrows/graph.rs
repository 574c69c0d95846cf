//! The graph as text: shelf by shelf from the top, then the longest chain and what the plan grants but nobody uses.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::arrows::table::{Plan, Shelf};
use crate::arrows::workspace::Package;

pub fn draw(plan: &Plan, packages: &[Package]) -> String {
    let arrows: BTreeMap<&str, Vec<&str>> = packages
        .iter()
        .map(|package| (package.name.as_str(), package.house().map(|dependency| dependency.name.as_str()).collect()))
        .collect();
    let mut text = String::new();
    for shelf in Shelf::ALL.into_iter().rev() {
        let mut label = shelf.name();
        for row in plan.rows.iter().filter(|row| row.shelf == shelf) {
            let uses = match arrows.get(row.room.as_str()) {
                None => "(not built yet)".to_owned(),
                Some(uses) if uses.is_empty() => "nothing of ours".to_owned(),
                Some(uses) => uses.join(" "),
            };
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{label:<8} {:<13} -> {uses}", row.room);
            label = "";
        }
    }
    let chain = arrows.keys().map(|room| longest(&arrows, room, 0)).max_by_key(Vec::len).unwrap_or_default();
    let _ = writeln!(text, "longest chain: {}", chain.join(" > "));
    for row in &plan.rows {
        let Some(uses) = arrows.get(row.room.as_str()) else { continue };
        let named = row.below.iter().chain(&row.beside).filter(|entry| Shelf::parse(entry).is_none());
        let idle: Vec<&str> = named.map(String::as_str).filter(|entry| !uses.contains(entry)).collect();
        if !idle.is_empty() {
            let _ = writeln!(text, "granted and unused: {} -> {}", row.room, idle.join(" "));
        }
    }
    text
}

/// The longest way down from a room; the depth is bounded in case the arrows form a circle.
fn longest<'a>(arrows: &BTreeMap<&'a str, Vec<&'a str>>, room: &'a str, depth: usize) -> Vec<&'a str> {
    let below = arrows.get(room).into_iter().flatten();
    let rest = if depth > arrows.len() { None } else { below.map(|next| longest(arrows, next, depth + 1)).max_by_key(Vec::len) };
    [vec![room], rest.unwrap_or_default()].concat()
}
