//! The list object of the v4 API: reading and writing it.

use std::collections::BTreeSet;

use model::list::{Item, Items, List};
use serde_json::{Map, Value, json};

use super::draft::{Entry, Gone, Kind};
use crate::{
    error::ApiError,
    fault::{Faults, Fields},
};

/// Types of the contract that are not built.
const OTHER_TYPES: [&str; 7] = ["SERIAL", "URL", "DOMAIN", "CATEGORY", "LOCATION", "DEVICE", "AAGUID"];

/// A list as a body describes it.
#[derive(Debug)]
pub(super) struct Draft {
    pub name: String,
    pub description: Option<String>,
    /// `None`: leave them as they are.
    pub items: Option<Items>,
}

/// Reads the body of a new list.
pub(super) fn read_new(body: &Value) -> Result<(Kind, Draft), ApiError> {
    let faults = Faults::default();
    let read = Fields::of(body, "", &faults).and_then(|fields| {
        let kind = new_kind(&fields);
        // Without a type nothing can be said about the values.
        let draft = members(&fields, kind);
        Some((kind?, draft?))
    });
    faults.finish_some(read)
}

/// Reads the body of a list that is there.
pub(super) fn read(body: &Value, kind: Kind) -> Result<Draft, ApiError> {
    let faults = Faults::default();
    let draft = Fields::of(body, "", &faults).and_then(|fields| {
        if fields.text("type").is_some_and(|other| other != kind.as_str()) {
            fields.fault("type", format!("the type of a list cannot change, and this one's is {}: make a new one", kind.as_str()));
        }
        members(&fields, Some(kind))
    });
    faults.finish_some(draft)
}

fn members(f: &Fields<'_>, kind: Option<Kind>) -> Option<Draft> {
    let name = f.required_text("name", 255).map(str::to_owned);
    let description = f.text("description").map(str::to_owned);
    let items = match kind {
        Some(kind) => kind.items(f, "items"),
        None => {
            f.given("items");
            None
        }
    };
    f.read_only(&["id", "count", "created_at", "updated_at"]);
    f.done();
    Some(Draft { name: name?, description, items })
}

fn new_kind(f: &Fields<'_>) -> Option<Kind> {
    const SUPPORTED: &str = "supported: EMAIL, IP";
    match f.required_text("type", 64)? {
        "EMAIL" => return Some(Kind::Email),
        "IP" => return Some(Kind::Ip),
        other if OTHER_TYPES.contains(&other) => f.fault("type", format!("lists of type {other} are not supported yet; {SUPPORTED}")),
        other => f.fault("type", format!("{other:?} is not a type of list; {SUPPORTED}")),
    }
    None
}

/// Reads an edit: items to append, values to remove.
pub(super) fn read_edit(body: &Value, kind: Kind) -> Result<(Items, Vec<Gone>), ApiError> {
    let faults = Faults::default();
    let read = Fields::of(body, "", &faults).map(|fields| {
        let append = kind.items(&fields, "append").unwrap_or_else(|| kind.empty());
        let gone = kind.values(&fields, "remove");
        fields.done();
        let coming = same_as(&append);
        for gone in gone.iter().filter(|gone| coming.contains(&gone.same)) {
            faults.add(gone.pointer.clone(), format!("{:?} is to be appended as well: send one of the two", gone.shown));
        }
        (append, gone)
    });
    faults.finish_some(read)
}

fn same_as(items: &Items) -> BTreeSet<String> {
    match items {
        Items::Email(items) => items.iter().map(|item| item.value.same()).collect(),
        Items::Ip(items) => items.iter().map(|item| item.value.same()).collect(),
    }
}

/// The wire form with its items.
pub(super) fn write(list: &List) -> Value {
    let mut out = write_head(list);
    out["items"] = write_items(&list.items);
    out
}

/// The wire form with the number of items alone.
pub(super) fn write_head(list: &List) -> Value {
    let mut out = Map::new();
    let mut put = |key: &str, value: Value| out.insert(key.into(), value);
    put("id", json!(list.id.to_string()));
    put("name", json!(list.name));
    if let Some(description) = &list.description {
        put("description", json!(description));
    }
    put("type", json!(Kind::of(&list.items).as_str()));
    put("count", json!(list.items.len()));
    put("created_at", json!(list.created_at.rfc3339()));
    put("updated_at", json!(list.updated_at.rfc3339()));
    Value::Object(out)
}

/// All items.
pub(super) fn write_items(items: &Items) -> Value {
    match items {
        Items::Email(items) => items.iter().map(write_item).collect(),
        Items::Ip(items) => items.iter().map(write_item).collect(),
    }
}

fn write_item<T: Entry>(item: &Item<T>) -> Value {
    match &item.description {
        Some(text) => json!({ "value": item.value.text(), "description": text, "created_at": item.created_at.rfc3339() }),
        None => json!({ "value": item.value.text(), "created_at": item.created_at.rfc3339() }),
    }
}

/// Both sides of a change for its audit record: a list is long, so only the items that differ are kept.
pub(super) fn differing(before: &List, after: &List) -> (Value, Value) {
    let (old, new) = (write_items(&before.items), write_items(&after.items));
    let (old, new) = (old.as_array().cloned().unwrap_or_default(), new.as_array().cloned().unwrap_or_default());
    let texts = |items: &[Value]| items.iter().map(Value::to_string).collect::<BTreeSet<_>>();
    let (in_old, in_new) = (texts(&old), texts(&new));
    let side = |list: &List, items: Vec<Value>, other: &BTreeSet<String>| {
        let mut out = write_head(list);
        out["items_that_differ"] = items.into_iter().filter(|item| !other.contains(&item.to_string())).collect();
        out
    };
    (side(before, old, &in_new), side(after, new, &in_old))
}
