//! Lists that rules refer to: addresses and networks kept apart from the policies that use them.

use serde::{Deserialize, Serialize};

use crate::{Email, ListId, Timestamp, rule::IpRange};

/// A list ("Lists" of Cloudflare One). Its kind never changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct List {
    /// Id.
    pub id: ListId,
    /// Name.
    pub name: String,
    /// What it is for.
    #[serde(default)]
    pub description: Option<String>,
    /// What is in it, in the order given.
    pub items: Items,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// Items of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "items", rename_all = "snake_case")]
pub enum Items {
    /// `EMAIL`: addresses, for `email_list` rules.
    Email(Vec<Item<Email>>),
    /// `IP`: addresses and networks, for `ip_list` rules.
    Ip(Vec<Item<IpRange>>),
}

impl Items {
    /// How many there are.
    pub const fn len(&self) -> usize {
        match self {
            Self::Email(items) => items.len(),
            Self::Ip(items) => items.len(),
        }
    }
    /// True when there is none.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// One item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item<T> {
    /// The value.
    pub value: T,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// When it was added.
    pub created_at: Timestamp,
}
