//! The three rule lists of policies and rule groups: reading, checking against what exists, remarks.

mod check;
mod read;
mod remark;

pub(crate) use check::{check, identity_rule, reaches};
pub(crate) use read::read;
pub(crate) use remark::remarks;

use model::rule::{Rule, RuleSet};
use serde_json::Value;

/// Every rule with its JSON pointer in an object whose own pointer is `base`.
pub(crate) fn located<'a>(base: &'a str, rules: &'a RuleSet) -> impl Iterator<Item = (String, &'a Rule)> {
    [("include", &rules.include), ("exclude", &rules.exclude), ("require", &rules.require)]
        .into_iter()
        .flat_map(move |(list, rules)| rules.iter().enumerate().map(move |(i, rule)| (format!("{base}/{list}/{i}"), rule)))
}

/// One list on the wire.
pub(crate) fn wire(rules: &[Rule]) -> Value {
    rules.iter().map(|rule| serde_json::to_value(rule).unwrap_or(Value::Null)).collect()
}
