//! Whether a resource fulfils a filter: comparison by type, caseless where the schema says so.

use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::{Map, Number, Value};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::fold;
use crate::path::AttrPath;
use crate::resource::{Doc, get, subject_value};
use crate::schema::{Attribute, Case, Type};

use super::{Filter, Literal, Operator};

/// What a filter can be asked about: anything with top-level attributes.
pub trait Subject {
    /// A top-level attribute by name, in any capitals; an extension's object by its URN.
    fn attribute(&self, name: &str) -> Option<Cow<'_, Value>>;
}

impl Subject for Map<String, Value> {
    fn attribute(&self, name: &str) -> Option<Cow<'_, Value>> {
        subject_value(self, name)
    }
}

impl Subject for Doc {
    fn attribute(&self, name: &str) -> Option<Cow<'_, Value>> {
        subject_value(self.as_map(), name)
    }
}

/// Whether `subject` fulfils `filter`.
///
/// A comparison with a list holds when it holds for one of its values (for `ne`: when no value is equal). A list of
/// objects, or an object, named without sub-attribute stands for its `value`. A boolean also equals its name as text,
/// as Entra's `primary eq "True"` has it. Moments are compared as moments. Values of different types never compare.
#[must_use]
pub fn evaluate(filter: &Filter, subject: &dyn Subject) -> bool {
    match filter {
        Filter::And(parts) => parts.iter().all(|part| evaluate(part, subject)),
        Filter::Or(parts) => parts.iter().any(|part| evaluate(part, subject)),
        Filter::Not(inner) => !evaluate(inner, subject),
        Filter::Present(path) => found(path, subject).is_some_and(|value| is_present(&value, path.sub.as_deref())),
        Filter::Compare(path, operator, literal) => {
            let value = found(path, subject);
            compare(value.as_deref(), path.sub.as_deref(), path.attribute(), *operator, literal)
        }
        Filter::Element(path, inner) => found(path, subject).is_some_and(|value| match value.as_ref() {
            Value::Array(list) => list.iter().any(|element| element_matches(inner, element, path.attribute())),
            single => element_matches(inner, single, path.attribute()),
        }),
    }
}

/// Whether one element of a list (or a single object) fulfils the filter between its brackets.
pub(crate) fn element_matches(filter: &Filter, element: &Value, list: Option<&'static Attribute>) -> bool {
    match filter {
        Filter::And(parts) => parts.iter().all(|part| element_matches(part, element, list)),
        Filter::Or(parts) => parts.iter().any(|part| element_matches(part, element, list)),
        Filter::Not(inner) => !element_matches(inner, element, list),
        Filter::Present(path) => part_of(element, &path.name).is_some_and(|value| is_present(value, path.sub.as_deref())),
        Filter::Compare(path, operator, literal) => {
            let definition = list.and_then(|known| known.sub(&path.name));
            compare(part_of(element, &path.name), path.sub.as_deref(), definition, *operator, literal)
        }
        // The parser refuses brackets within brackets.
        Filter::Element(..) => false,
    }
}

fn part_of<'a>(element: &'a Value, name: &str) -> Option<&'a Value> {
    match element {
        Value::Object(map) => get(map, name),
        Value::Array(_) | Value::Null => None,
        bare => name.eq_ignore_ascii_case("value").then_some(bare),
    }
}

fn found<'a>(path: &AttrPath, subject: &'a dyn Subject) -> Option<Cow<'a, Value>> {
    let Some(urn) = &path.schema else { return subject.attribute(&path.name) };
    match subject.attribute(urn) {
        Some(Cow::Borrowed(extension)) => get(extension.as_object()?, &path.name).map(Cow::Borrowed),
        Some(Cow::Owned(extension)) => get(extension.as_object()?, &path.name).cloned().map(Cow::Owned),
        // An extension whose URN does not end in User or Group, named as a whole.
        None => subject.attribute(&format!("{urn}:{}", path.name)),
    }
}

fn is_present(value: &Value, sub: Option<&str>) -> bool {
    match (value, sub) {
        (Value::Array(list), _) => list.iter().any(|element| is_present(element, sub)),
        (_, Some(sub)) => part_of(value, sub).is_some_and(|part| is_present(part, None)),
        (Value::Null, None) => false,
        (Value::String(text), None) => !text.is_empty(),
        (Value::Object(map), None) => map.values().any(|part| is_present(part, None)),
        (Value::Bool(_) | Value::Number(_), None) => true,
    }
}

fn compare(
    value: Option<&Value>,
    sub: Option<&str>,
    definition: Option<&'static Attribute>,
    operator: Operator,
    literal: &Literal,
) -> bool {
    if operator == Operator::Ne {
        return !compare(value, sub, definition, Operator::Eq, literal);
    }
    if operator == Operator::Eq && *literal == Literal::Null {
        return !value.is_some_and(|value| is_present(value, sub));
    }
    let Some(value) = value else { return false };
    let one = |single: &Value| match single {
        Value::Object(_) => {
            let part = sub.unwrap_or("value");
            part_of(single, part).is_some_and(|leaf| holds(leaf, definition.and_then(|known| known.sub(part)), operator, literal))
        }
        bare => {
            let leaf = part_of(bare, sub.unwrap_or("value"));
            leaf.is_some_and(|leaf| {
                let known = definition.and_then(|known| known.sub("value").or(Some(known)));
                holds(leaf, known, operator, literal)
            })
        }
    };
    match value {
        Value::Array(list) => list.iter().any(one),
        single => one(single),
    }
}

fn holds(value: &Value, definition: Option<&'static Attribute>, operator: Operator, literal: &Literal) -> bool {
    let order = |wanted: fn(Ordering) -> bool| order(value, definition, literal).is_some_and(wanted);
    match operator {
        Operator::Eq => match (value, literal) {
            (Value::String(text), Literal::Text(other)) if definition.is_none_or(|known| known.kind != Type::DateTime) => {
                if is_exact(definition) { text == other } else { fold::eq(text, other) }
            }
            _ => order(Ordering::is_eq),
        },
        Operator::Ne => order(Ordering::is_ne),
        Operator::Gt => order(Ordering::is_gt),
        Operator::Ge => order(Ordering::is_ge),
        Operator::Lt => order(Ordering::is_lt),
        Operator::Le => order(Ordering::is_le),
        Operator::Co => texts(value, definition, literal, |text, part| text.contains(part)),
        Operator::Sw => texts(value, definition, literal, |text, part| text.starts_with(part)),
        Operator::Ew => texts(value, definition, literal, |text, part| text.ends_with(part)),
    }
}

fn texts(value: &Value, definition: Option<&'static Attribute>, literal: &Literal, holds: fn(&str, &str) -> bool) -> bool {
    let (Value::String(text), Literal::Text(part)) = (value, literal) else { return false };
    if is_exact(definition) { holds(text, part) } else { holds(&fold::fold(text), &fold::fold(part)) }
}

/// How the value stands to the literal; `None` when the two do not compare.
fn order(value: &Value, definition: Option<&'static Attribute>, literal: &Literal) -> Option<Ordering> {
    match (value, literal) {
        (Value::String(text), Literal::Text(other)) => {
            if definition.is_some_and(|known| known.kind == Type::DateTime) {
                return Some(date(text)?.cmp(&date(other)?));
            }
            if is_exact(definition) {
                return Some(text.as_str().cmp(other));
            }
            Some(fold::fold(text).cmp(&fold::fold(other)))
        }
        (Value::Number(number), Literal::Number(other)) => numbers(number, other),
        (Value::Bool(boolean), Literal::Boolean(other)) => Some(boolean.cmp(other)),
        (Value::Bool(boolean), Literal::Text(text)) => equal_only(fold::eq(text, name_of(*boolean))),
        (Value::String(text), Literal::Boolean(boolean)) => equal_only(fold::eq(text, name_of(*boolean))),
        _ => None,
    }
}

fn equal_only(equal: bool) -> Option<Ordering> {
    equal.then_some(Ordering::Equal)
}

fn name_of(boolean: bool) -> &'static str {
    if boolean { "true" } else { "false" }
}

fn is_exact(definition: Option<&'static Attribute>) -> bool {
    definition.is_some_and(|known| known.case == Case::Exact)
}

fn numbers(left: &Number, right: &Number) -> Option<Ordering> {
    if let (Some(left), Some(right)) = (left.as_i128(), right.as_i128()) {
        return Some(left.cmp(&right));
    }
    left.as_f64()?.partial_cmp(&right.as_f64()?)
}

/// A moment as RFC 3339 has it; one without offset is taken as UTC.
pub(crate) fn date(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc3339).or_else(|_| OffsetDateTime::parse(&format!("{text}Z"), &Rfc3339)).ok()
}
