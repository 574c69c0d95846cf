//! Reads a TOML table key by key, noting every fault with its path; keys that nobody read are faults too.

use std::{cell::RefCell, fmt, rc::Rc};

use url::Url;

/// One fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigFault {
    /// Where, for example `http.listen[1]`.
    pub path: String,
    /// What is wrong, and what would be right.
    pub message: String,
}

impl fmt::Display for ConfigFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.message)
    }
}

/// A table being read. Dropping it reports the keys that were left.
pub struct Section {
    path: String,
    table: toml::Table,
    faults: Rc<RefCell<Vec<ConfigFault>>>,
}

impl Section {
    /// The whole file.
    pub fn root(table: toml::Table) -> Self {
        Self { path: String::new(), table, faults: Rc::default() }
    }

    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// Notes a fault at a key of this table.
    pub fn fault(&self, key: &str, message: impl Into<String>) {
        self.faults.borrow_mut().push(ConfigFault { path: self.path_of(key), message: message.into() });
    }

    /// A table below this one; empty when it is not there.
    pub fn section(&mut self, key: &str) -> Self {
        let table = match self.table.remove(key) {
            None => toml::Table::new(),
            Some(toml::Value::Table(t)) => t,
            Some(_) => {
                self.fault(key, "must be a table");
                toml::Table::new()
            }
        };
        Self { path: self.path_of(key), table, faults: self.faults.clone() }
    }

    /// A value parsed from text; `None` when absent or faulty (then it is noted).
    pub fn text<T>(&mut self, key: &str, parse: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        match self.table.remove(key)? {
            toml::Value::String(s) => match parse(&s) {
                Ok(value) => Some(value),
                Err(message) => {
                    self.fault(key, message);
                    None
                }
            },
            other => {
                self.fault(key, format!("must be a text in quotes, not {}", other.type_str()));
                None
            }
        }
    }

    /// The same, but it must be there.
    pub fn required<T>(&mut self, key: &str, what: &str, parse: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        if self.table.contains_key(key) {
            return self.text(key, parse);
        }
        self.fault(key, format!("is missing: {what}"));
        None
    }

    /// An http or https address. A fault does not repeat it: a secret may stand in its path.
    pub fn address(&mut self, key: &str) -> Option<Url> {
        self.text(key, |s| match Url::parse(s) {
            Ok(url) if matches!(url.scheme(), "https" | "http") && url.host().is_some() => Ok(url),
            _ => Err("is not an http or https address".to_owned()),
        })
    }

    /// A list of texts.
    pub fn list<T>(&mut self, key: &str, parse: impl Fn(&str) -> Result<T, String>) -> Option<Vec<T>> {
        let toml::Value::Array(items) = self.table.remove(key)? else {
            self.fault(key, "must be a list of texts");
            return None;
        };
        let mut out = Vec::new();
        for (i, item) in items.iter().enumerate() {
            match item.as_str().ok_or_else(|| "must be a text in quotes".to_owned()).and_then(&parse) {
                Ok(value) => out.push(value),
                Err(message) => self.fault(&format!("{key}[{i}]"), message),
            }
        }
        Some(out)
    }

    /// A whole number within bounds.
    pub fn number(&mut self, key: &str, range: std::ops::RangeInclusive<i64>) -> Option<i64> {
        match self.table.remove(key)? {
            toml::Value::Integer(n) if range.contains(&n) => Some(n),
            _ => {
                self.fault(key, format!("must be a whole number from {} to {}", range.start(), range.end()));
                None
            }
        }
    }

    /// A number from 0 to 1.
    pub fn ratio(&mut self, key: &str) -> Option<f64> {
        let ratio = match self.table.remove(key)? {
            toml::Value::Float(ratio) => ratio,
            toml::Value::Integer(0) => 0.0,
            toml::Value::Integer(1) => 1.0,
            _ => f64::NAN,
        };
        if (0.0..=1.0).contains(&ratio) {
            return Some(ratio);
        }
        self.fault(key, "must be a number from 0 to 1, like 0.01");
        None
    }

    /// A table of texts.
    pub fn pairs<T>(&mut self, key: &str, parse: impl Fn(&str) -> Result<T, String>) -> Vec<(String, T)> {
        let mut below = self.section(key);
        let names: Vec<String> = below.table.keys().cloned().collect();
        names.into_iter().filter_map(|n| below.text(&n, &parse).map(|v| (n, v))).collect()
    }

    /// A list of tables.
    pub fn tables(&mut self, key: &str) -> Vec<Self> {
        let items = match self.table.remove(key) {
            None => return Vec::new(),
            Some(toml::Value::Array(items)) => items,
            Some(_) => {
                self.fault(key, "must be a list of tables");
                return Vec::new();
            }
        };
        let mut out = Vec::new();
        for (i, item) in items.into_iter().enumerate() {
            match item {
                toml::Value::Table(table) => {
                    out.push(Self { path: self.path_of(&format!("{key}[{i}]")), table, faults: self.faults.clone() })
                }
                _ => self.fault(&format!("{key}[{i}]"), "must be a table"),
            }
        }
        out
    }

    /// True when nothing was given under this key.
    pub fn lacks(&self, key: &str) -> bool {
        !self.table.contains_key(key)
    }

    /// All faults, in order of their paths.
    pub fn finish(self) -> Vec<ConfigFault> {
        let faults = self.faults.clone();
        drop(self);
        let mut list = faults.take();
        list.sort_by(|a, b| a.path.cmp(&b.path));
        list
    }
}

impl Drop for Section {
    fn drop(&mut self) {
        for key in self.table.keys() {
            self.fault(key, "is not a known key");
        }
    }
}
