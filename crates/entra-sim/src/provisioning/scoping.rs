//! Owns scoping filters: which objects of those assigned are provisioned, by their attributes.
//!
//! Source: "Scoping users or groups to be provisioned with scoping filters".

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::source::Source;

/// Groups of clauses; one group has to hold, and in it every clause. None at all lets everyone pass.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ScopingFilter(Vec<Group>);

/// Clauses that hold together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Group {
    /// Its name in the portal.
    #[serde(default)]
    pub name: String,
    /// Clauses.
    pub clauses: Vec<Clause>,
}

/// `department EQUALS "Docks"`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Clause {
    /// Comparison.
    pub operator_name: Operator,
    /// Source attribute.
    pub source_operand_name: String,
    /// Values compared with.
    #[serde(default)]
    pub target_operand: Operand,
}

/// Values of a clause.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Operand {
    /// The values; usually one.
    pub values: Vec<String>,
}

/// How a clause compares; texts are compared exactly, with regard to case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Operator {
    /// `EQUALS`
    #[serde(rename = "EQUALS")]
    Equals,
    /// `NOT EQUALS`
    #[serde(rename = "NOT EQUALS")]
    NotEquals,
    /// `IS TRUE`
    #[serde(rename = "IS TRUE")]
    IsTrue,
    /// `IS FALSE`
    #[serde(rename = "IS FALSE")]
    IsFalse,
    /// `IS NULL`
    #[serde(rename = "IS NULL")]
    IsNull,
    /// `IS NOT NULL`
    #[serde(rename = "IS NOT NULL")]
    IsNotNull,
    /// `Greater_Than`, of numbers.
    #[serde(rename = "Greater_Than", alias = "GREATER THAN")]
    GreaterThan,
    /// `Greater_Than_OR_EQUALS`, of numbers.
    #[serde(rename = "Greater_Than_OR_EQUALS", alias = "GREATER THAN OR EQUALS")]
    AtLeast,
    /// `Includes`: holds the text somewhere.
    #[serde(rename = "Includes", alias = "INCLUDES")]
    Includes,
}

/// A filter that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the scoping filter cannot be used; REGEX MATCH and NOT REGEX MATCH are not simulated")]
pub struct ScopingError(#[source] serde_json::Error);

impl ScopingFilter {
    /// Whether an object passes.
    pub fn lets_pass(&self, source: &Source) -> bool {
        self.0.is_empty() || self.0.iter().any(|group| group.clauses.iter().all(|clause| clause.holds(source)))
    }

    /// Graph's JSON.
    pub fn graph(&self) -> Value {
        let groups = serde_json::to_value(self).unwrap_or_default();
        json!({"categoryFilterGroups": [], "groups": groups, "inputFilterGroups": []})
    }

    /// Takes Graph's JSON; null, or no group, lets everyone pass.
    pub fn read(scope: Option<&Value>) -> Result<Self, ScopingError> {
        match scope.and_then(|scope| scope.get("groups")) {
            None | Some(Value::Null) => Ok(Self::default()),
            Some(groups) => serde_json::from_value(groups.clone()).map_err(ScopingError),
        }
    }
}

impl Clause {
    fn holds(&self, source: &Source) -> bool {
        let held = source.get(&self.source_operand_name);
        let text = match held {
            Some(Value::Bool(truth)) => if *truth { "True" } else { "False" }.to_owned(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => String::new(),
        };
        let values = &self.target_operand.values;
        let number = |fits: fn(f64, f64) -> bool| match (text.parse(), values.first().and_then(|value| value.parse().ok())) {
            (Ok(left), Some(right)) => fits(left, right),
            _ => false,
        };
        match self.operator_name {
            Operator::Equals => values.contains(&text),
            Operator::NotEquals => !values.contains(&text),
            Operator::IsTrue => text.eq_ignore_ascii_case("true"),
            Operator::IsFalse => text.eq_ignore_ascii_case("false"),
            Operator::IsNull => held.is_none(),
            Operator::IsNotNull => held.is_some(),
            Operator::GreaterThan => number(|left, right| left > right),
            Operator::AtLeast => number(|left, right| left >= right),
            Operator::Includes => values.iter().any(|value| !value.is_empty() && text.contains(value.as_str())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(clauses: &[(&str, &str, &str)]) -> ScopingFilter {
        let clauses: Vec<Value> = clauses
            .iter()
            .map(|(name, operator, value)| json!({"operatorName": operator, "sourceOperandName": name, "targetOperand": {"values": [value]}}))
            .collect();
        ScopingFilter::read(Some(&json!({"groups": [{"name": "one", "clauses": clauses}]}))).unwrap()
    }

    #[test]
    fn clauses_compare_as_their_operators_say() {
        let tessa = Source::of([("department", "Docks".into()), ("accountEnabled", true.into()), ("employeeId", "70".into())]);
        let table = [
            (("department", "EQUALS", "Docks"), true),
            (("department", "EQUALS", "docks"), false),
            (("department", "NOT EQUALS", "Pilotage"), true),
            (("accountEnabled", "IS TRUE", ""), true),
            (("accountEnabled", "IS FALSE", ""), false),
            (("mail", "IS NULL", ""), true),
            (("mail", "IS NOT NULL", ""), false),
            (("employeeId", "Greater_Than", "9"), true),
            (("employeeId", "Greater_Than_OR_EQUALS", "70"), true),
            (("department", "Includes", "ock"), true),
        ];
        for (clause, expected) in table {
            assert_eq!(filter(&[clause]).lets_pass(&tessa), expected, "{clause:?}");
        }
        assert!(!filter(&[("department", "EQUALS", "Docks"), ("mail", "IS NOT NULL", "")]).lets_pass(&tessa), "all clauses of a group");
        assert!(ScopingFilter::read(None).unwrap().lets_pass(&tessa));
        let two = json!({"groups": [
            {"name": "a", "clauses": [{"operatorName": "IS NULL", "sourceOperandName": "department"}]},
            {"name": "b", "clauses": [{"operatorName": "IS NULL", "sourceOperandName": "mail"}]},
        ]});
        assert!(ScopingFilter::read(Some(&two)).unwrap().lets_pass(&tessa), "one of the groups");
    }

    #[test]
    fn what_is_not_simulated_is_refused() {
        let clause = json!({"operatorName": "REGEX MATCH", "sourceOperandName": "mail", "targetOperand": {"values": [".*"]}});
        assert!(ScopingFilter::read(Some(&json!({"groups": [{"name": "x", "clauses": [clause]}]}))).is_err());
    }
}
