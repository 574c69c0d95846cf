//! What is different between two configuration files, key by key, and what of it needs a restart.

use std::collections::{BTreeMap, BTreeSet};

use toml::{Table, Value};

/// Keys, and whole sections, that are taken over while the server runs. Everything else is made at the start and stays as it is until the
/// next one.
const LIVE: [&str; 15] = [
    "tls",
    "alerts",
    "http.trusted_peers",
    "http.client_address_header",
    "http.country_header",
    "http.drain_seconds",
    "logs.format",
    "logs.level",
    "logs.decision_days",
    "logs.most_decisions",
    "logs.audit_days",
    "logs.most_changes",
    "logs.provisioning_days",
    "logs.most_provisioning",
    "logs.provisioning_mib",
];

/// True when a key is taken over while the server runs.
pub(super) fn is_live(key: &str) -> bool {
    LIVE.iter().any(|live| key.strip_prefix(live).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
}

/// Keys whose values differ, in order. A list is one value.
pub(super) fn between(one: &Table, other: &Table) -> Vec<String> {
    let (one, other) = (flat(one), flat(other));
    let keys: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    keys.into_iter().filter(|key| one.get(*key) != other.get(*key)).cloned().collect()
}

fn flat(table: &Table) -> BTreeMap<String, &Value> {
    let mut out = BTreeMap::new();
    let mut open: Vec<(String, &Table)> = vec![(String::new(), table)];
    while let Some((path, table)) = open.pop() {
        for (key, value) in table {
            let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            match value {
                Value::Table(below) => open.push((path, below)),
                other => drop(out.insert(path, other)),
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_differ_are_named_and_what_needs_a_restart_is_told_apart() {
        let one: Table =
            "[http]\nlisten = [\"a\"]\ntrusted_peers = [\"10.0.0.0/8\"]\n[logs]\nlevel = \"info\"\n[tls.acme]\nnames = [\"a\"]"
                .parse()
                .unwrap();
        let other: Table =
            "[http]\nlisten = [\"a\", \"b\"]\ntrusted_peers = [\"10.0.0.0/8\"]\n[tls.acme]\nnames = [\"b\"]\n[alerts.mail]\nhost = \"x\""
                .parse()
                .unwrap();
        let different = between(&one, &other);
        assert_eq!(different, ["alerts.mail.host", "http.listen", "logs.level", "tls.acme.names"]);
        let (live, restart): (Vec<String>, Vec<String>) = different.into_iter().partition(|key| is_live(key));
        assert_eq!((live.len(), restart), (3, vec!["http.listen".to_owned()]));
        assert!(between(&one, &one.clone()).is_empty());
        for (key, live) in [
            ("tls.min_version", true),
            ("tlsx", false),
            ("http.drain_seconds", true),
            ("http.workers", false),
            ("logs.provisioning_days", true),
            ("logs.access.file", false),
            ("outbound.allowed_private", false),
            ("store.directory", false),
            ("limits.headers", false),
        ] {
            assert_eq!(is_live(key), live, "{key}");
        }
    }
}
