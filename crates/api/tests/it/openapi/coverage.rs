//! What of the contract is answered, and how the answered operations differ from it: `docs/reference/api-coverage.md`.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use serde_json::Value;

use super::{
    document::resource,
    extract::{Contract, Line},
};

/// Members whose kind differs from the contract's on purpose. `pointer` of the result, and why.
const OTHER_KIND: [(&str, &str); 0] = [];

/// The page, and the kinds that differ without a reason.
pub fn page(contract: &Contract, document: &Value) -> (String, Vec<String>) {
    let mut page = String::from(
        "# Coverage of the v4 API\n\nMade by a test from `openapi/contract.json` and `openapi/v4.json`; `UPDATE_GOLDEN=1` makes it again.\n\
         What is not answered answers 501. A path is below `/accounts/{account_id}`, unless it names an account itself.\n\n",
    );
    summary(contract, document, &mut page);
    let clashes = differences(contract, document, &mut page);
    (page, clashes)
}

fn answered<'a>(document: &'a Value, line: &Line<'_>) -> &'a Value {
    let (verb, path) = line.name().split_once(' ').unwrap();
    &document["paths"][path][verb.to_lowercase()]
}

#[derive(Default)]
struct Row {
    core: (usize, usize),
    extended: (usize, usize),
    missing: Vec<String>,
}

fn summary(contract: &Contract, document: &Value, page: &mut String) {
    let (mut rows, mut total, mut old) = (BTreeMap::<String, Row>::new(), Row::default(), (0, 0));
    for line in contract.lines().filter(|line| line.tier() != "cloud-only") {
        let there = usize::from(!answered(document, &line).is_null());
        let row = rows.entry(resource(line.path())).or_default();
        for row in [&mut *row, &mut total] {
            let count = if line.tier() == "core" { &mut row.core } else { &mut row.extended };
            *count = (count.0 + there, count.1 + 1);
        }
        if line.deprecated() {
            old = (old.0 + there, old.1 + 1);
        }
        if there == 0 {
            let mark = if line.deprecated() { " (deprecated)" } else { "" };
            let below = line.path().rsplit('/').next().filter(|last| last.starts_with('{')).map(|last| format!(" {last}"));
            row.missing.push(format!("{}{}{mark}", line.name().split_once(' ').unwrap().0, below.unwrap_or_default()));
        }
    }
    let share = |(there, all): (usize, usize)| if all == 0 { "–".to_owned() } else { format!("{there} / {all}") };
    writeln!(page, "| | answered / contract |\n|---|---|").unwrap();
    writeln!(page, "| core | {} |\n| extended | {} |", share(total.core), share(total.extended)).unwrap();
    writeln!(page, "| of the core, deprecated there | {} |\n", share(old)).unwrap();
    writeln!(page, "| resource | core | extended | not answered |\n|---|---|---|---|").unwrap();
    for (name, row) in rows {
        let name = if name.is_empty() { "(the account)" } else { &name };
        writeln!(page, "| `{name}` | {} | {} | {} |", share(row.core), share(row.extended), row.missing.join(", ")).unwrap();
    }
}

fn differences(contract: &Contract, document: &Value, page: &mut String) -> Vec<String> {
    page.push_str(
        "\n## Differences of answered operations\n\n*Not supported yet*: known, and refused unless absent or switched off. *Refused*: not known. \
         *Not read*: parameters of the query without effect. *Never shown*: members that no answer has yet.\n\n",
    );
    let (mut rows, mut clashes) = (BTreeMap::<String, BTreeMap<&str, BTreeSet<String>>>::new(), Vec::new());
    for line in contract.lines() {
        let ours = answered(document, &line);
        if ours.is_null() {
            continue;
        }
        let row = rows.entry(resource(line.path())).or_default();
        let read = |name: &str| ours["parameters"].as_array().into_iter().flatten().any(|p| p["name"] == name && p["in"] == "query");
        row.entry("not read").or_default().extend(line.parameters().into_iter().filter(|name| !read(name)).map(str::to_owned));
        let mut sides = Sides { contract, document, row, clashes: &mut clashes, operation: line.name() };
        sides.body(&line.0["body"], &ours["requestBody"]["content"]["application/json"]["schema"], "");
        let answer = &ours["responses"][line.status().to_string()]["content"]["application/json"]["schema"];
        sides.result(&line.0["result"], &answer["allOf"][1]["properties"]["result"], "");
    }
    for (name, row) in rows {
        if row.values().all(BTreeSet::is_empty) {
            continue;
        }
        writeln!(page, "- `{}`", if name.is_empty() { "(the account)" } else { &name }).unwrap();
        for (what, members) in row.into_iter().filter(|(_, members)| !members.is_empty()) {
            writeln!(page, "  - {what}: {}", members.iter().map(|m| format!("`{m}`")).collect::<Vec<_>>().join(", ")).unwrap();
        }
    }
    clashes
}

struct Sides<'a> {
    contract: &'a Contract,
    document: &'a Value,
    row: &'a mut BTreeMap<&'static str, BTreeSet<String>>,
    clashes: &'a mut Vec<String>,
    operation: &'a str,
}

impl<'a> Sides<'a> {
    fn ours(&self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str() {
            Some(reference) => self.document.pointer(&reference[1..]).unwrap(),
            None => schema,
        }
    }
    fn note(&mut self, what: &'static str, member: String) {
        self.row.entry(what).or_default().insert(member);
    }

    /// What the contract may send against what is read.
    fn body(&mut self, theirs: &Value, ours: &'a Value, at: &str) {
        let ours = self.ours(ours);
        let contract = self.contract;
        for (key, schemas) in contract.members(theirs) {
            let place = if at.is_empty() { key.to_owned() } else { format!("{at}.{key}") };
            let Some(mine) = ours["properties"].get(key) else {
                if ours["additionalProperties"] == false {
                    self.note("refused", place);
                }
                continue;
            };
            if mine["$ref"] == "#/components/schemas/not_supported_yet" {
                self.note("not supported yet", place);
                continue;
            }
            self.words(&schemas, mine, &place);
            let union = serde_json::json!({ "anyOf": schemas });
            self.body(&union, mine, &place);
            let items = contract.items(&schemas);
            if mine["items"].is_object() && !matches!(key, "include" | "exclude" | "require") {
                self.body(&items, &mine["items"], &format!("{place}[]"));
            }
        }
    }
    fn words(&mut self, theirs: &[&Value], mine: &Value, place: &str) {
        let Some(known) = mine["enum"].as_array() else { return };
        let all = theirs.iter().filter_map(|schema| schema["enum"].as_array()).flatten();
        let unknown: BTreeSet<String> = all.filter(|word| !known.contains(word)).map(|word| format!("{place}: {word}")).collect();
        unknown.into_iter().for_each(|word| self.note("not supported yet", word));
    }

    /// What the contract answers against what is answered here.
    fn result(&mut self, theirs: &Value, ours: &'a Value, at: &str) {
        let ours = self.ours(ours);
        let contract = self.contract;
        if ours["type"] == "array" {
            let items = contract.items(&contract.variants(theirs));
            return self.result(&items, &ours["items"], at);
        }
        for (key, schemas) in contract.members(theirs) {
            let place = if at.is_empty() { key.to_owned() } else { format!("{at}.{key}") };
            let Some(mine) = ours["properties"].get(key) else {
                if ours["properties"].is_object() {
                    self.note("never shown", place);
                }
                continue;
            };
            let types = contract.types(&schemas);
            let fits = |t: &str| t == "null" || types.iter().any(|theirs| theirs == t || theirs == "number" && t == "integer");
            let kinds = match &mine["type"] {
                Value::String(one) => vec![one.as_str()],
                Value::Array(more) => more.iter().filter_map(Value::as_str).collect(),
                _ => Vec::new(),
            };
            if !types.is_empty() && !kinds.iter().all(|t| fits(t)) && !OTHER_KIND.iter().any(|(known, _)| *known == place) {
                self.clashes.push(format!("{} answers {place} as {kinds:?}, the contract has {types:?}", self.operation));
            }
            if mine["type"] == "object" && !matches!(key, "include" | "exclude" | "require") {
                let union = serde_json::json!({ "anyOf": schemas });
                self.result(&union, mine, &place);
            }
        }
    }
}
