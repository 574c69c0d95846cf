//! Items of a list as a body gives them: values of one type, none twice, times kept for those that stay.

use std::collections::{BTreeMap, BTreeSet};

use model::{
    Email, Timestamp,
    list::{Item, Items},
    rule::IpRange,
};
use serde_json::{Value, json};

use crate::{
    asked,
    fault::{Fields, kind},
};

/// Most items of a list.
pub(super) const MOST: usize = 5000;

/// Types of list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Email,
    Ip,
}

impl Kind {
    pub(super) const fn of(items: &Items) -> Self {
        match items {
            Items::Email(_) => Self::Email,
            Items::Ip(_) => Self::Ip,
        }
    }
    /// The wire name.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "EMAIL",
            Self::Ip => "IP",
        }
    }
    /// No items.
    pub(super) const fn empty(self) -> Items {
        match self {
            Self::Email => Items::Email(Vec::new()),
            Self::Ip => Items::Ip(Vec::new()),
        }
    }
    /// Reads a member that is an array of items; `None` when it is left out.
    pub(super) fn items(self, f: &Fields<'_>, key: &'static str) -> Option<Items> {
        match self {
            Self::Email => items(f, key).map(Items::Email),
            Self::Ip => items(f, key).map(Items::Ip),
        }
    }
    /// The values that shall go, each with its pointer, as they are compared.
    pub(super) fn values(self, f: &Fields<'_>, key: &'static str) -> Vec<Gone> {
        let read = |(pointer, value): (String, &Value)| {
            let Some(text) = value.as_str() else {
                f.faults().add(pointer, format!("must be a text, not {}", kind(value)));
                return None;
            };
            let same = match self {
                Self::Email => Email::parse(text).map(|value| value.same()),
                Self::Ip => IpRange::parse(text).map(|value| value.same()),
            };
            same.map_err(|why| f.faults().add(pointer.clone(), why)).ok().map(|same| Gone { pointer, shown: text.to_owned(), same })
        };
        asked::note(|| format!("{}/0", f.at(key)), || json!({ "type": "string" }));
        f.array_up_to(key, MOST).unwrap_or_default().into_iter().filter_map(read).collect()
    }
}

/// A value that shall go.
#[derive(Debug)]
pub(super) struct Gone {
    pub pointer: String,
    pub shown: String,
    pub same: String,
}

/// What a list can hold.
pub(super) trait Entry: Sized + Clone {
    fn parse(text: &str) -> Result<Self, String>;
    /// As it was given.
    fn text(&self) -> &str;
    /// Equal for values that mean the same.
    fn same(&self) -> String;
}

impl Entry for Email {
    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map_err(|e| format!("{e}"))
    }
    fn text(&self) -> &str {
        self.as_str()
    }
    fn same(&self) -> String {
        self.folded()
    }
}

impl Entry for IpRange {
    fn parse(text: &str) -> Result<Self, String> {
        Self::try_from(text.to_owned())
    }
    fn text(&self) -> &str {
        self.as_str()
    }
    fn same(&self) -> String {
        let (first, last) = self.bounds();
        format!("{first}-{last}")
    }
}

fn items<T: Entry>(f: &Fields<'_>, key: &'static str) -> Option<Vec<Item<T>>> {
    let mut seen = BTreeSet::new();
    let mut read = |(pointer, value)| {
        let item = Fields::of(value, pointer, f.faults())?;
        let text = item.required_text("value", 1024);
        let description = item.text("description").map(str::to_owned);
        item.read_only(&["created_at"]);
        item.done();
        let value = T::parse(text?).map_err(|why| item.fault("value", why)).ok()?;
        if !seen.insert(value.same()) {
            item.fault("value", format!("{:?} is listed twice", value.text()));
            return None;
        }
        Some(Item { value, description, created_at: Timestamp::default() })
    };
    Some(f.array_up_to(key, MOST)?.into_iter().filter_map(&mut read).collect())
}

/// The new items in place of the old ones: what was there already keeps the time when it was added.
pub(super) fn replaced(before: &Items, wish: Items, now: Timestamp) -> Items {
    fn kept<T: Entry>(before: &[Item<T>], mut wish: Vec<Item<T>>, now: Timestamp) -> Vec<Item<T>> {
        let times: BTreeMap<String, Timestamp> = before.iter().map(|item| (item.value.same(), item.created_at)).collect();
        for item in &mut wish {
            item.created_at = times.get(&item.value.same()).copied().unwrap_or(now);
        }
        wish
    }
    match (before, wish) {
        (Items::Email(before), Items::Email(wish)) => Items::Email(kept(before, wish, now)),
        (Items::Ip(before), Items::Ip(wish)) => Items::Ip(kept(before, wish, now)),
        (_, other) => other,
    }
}

/// Takes items out and puts others at the end. What is appended and there already gets the description that came with it.
/// The values that were to go and are not there.
pub(super) fn edited(items: &mut Items, append: Items, gone: Vec<Gone>, now: Timestamp) -> Vec<Gone> {
    fn edit<T: Entry>(items: &mut Vec<Item<T>>, append: Vec<Item<T>>, gone: Vec<Gone>, now: Timestamp) -> Vec<Gone> {
        let there: BTreeSet<String> = items.iter().map(|item| item.value.same()).collect();
        let out: BTreeSet<&str> = gone.iter().map(|gone| gone.same.as_str()).collect();
        items.retain(|item| !out.contains(item.value.same().as_str()));
        let mut places: BTreeMap<String, usize> = items.iter().enumerate().map(|(at, item)| (item.value.same(), at)).collect();
        for mut item in append {
            match places.get(&item.value.same()) {
                Some(at) if item.description.is_some() => items[*at].description = item.description,
                Some(_) => {}
                None => {
                    places.insert(item.value.same(), items.len());
                    item.created_at = now;
                    items.push(item);
                }
            }
        }
        gone.into_iter().filter(|gone| !there.contains(&gone.same)).collect()
    }
    match (items, append) {
        (Items::Email(items), Items::Email(append)) => edit(items, append, gone, now),
        (Items::Ip(items), Items::Ip(append)) => edit(items, append, gone, now),
        _ => gone,
    }
}
