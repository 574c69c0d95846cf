//! `attributes` and `excludedAttributes` (RFC 7644 section 3.9), applied to a resource as it goes over the wire.

use serde_json::{Map, Value};

use crate::error::ScimError;
use crate::filter::{Filter, element_matches};
use crate::path::PatchPath;
use crate::schema::{self, Attribute, ENTERPRISE_URN};

/// Most names in each of the two lists.
pub const MAX_NAMES: usize = 100;

/// Which attributes to show.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Projection {
    only: Option<Vec<Selector>>,
    except: Vec<Selector>,
}

/// One name taken apart: `[urn,] attribute [, sub]`, and the filter on the attribute's elements.
#[derive(Debug, Clone, PartialEq)]
struct Selector {
    steps: Vec<String>,
    filter: Option<Chosen>,
}

/// A filter on the elements of a list, and how many steps are left to walk where it stands.
#[derive(Debug, Clone, PartialEq)]
struct Chosen {
    filter: Filter,
    list: Option<&'static Attribute>,
    steps_left: usize,
}

impl Projection {
    /// Reads both lists, as they stand in a query: names separated by commas. An empty list counts as not given.
    ///
    /// # Errors
    /// 400 `invalidPath` for what is no attribute path, `tooMany` above [`MAX_NAMES`].
    pub fn parse(attributes: Option<&str>, excluded: Option<&str>) -> Result<Self, ScimError> {
        Self::of(&attributes.map_or_else(Vec::new, names), &excluded.map_or_else(Vec::new, names))
    }

    /// Reads both lists, as they stand in a `.search` body: one name each.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn of(attributes: &[&str], excluded: &[&str]) -> Result<Self, ScimError> {
        let only = selectors(attributes)?;
        Ok(Self { only: if only.is_empty() { None } else { Some(only) }, except: selectors(excluded)? })
    }

    /// Whether everything is shown.
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.only.is_none() && self.except.is_empty()
    }

    /// Whether an attribute may be shown at all; a caller need not load what is not, such as a group's members.
    #[must_use]
    pub fn wants(&self, attribute: &str) -> bool {
        let named = |selector: &Selector| selector.is_core() || selector.steps.first().is_some_and(|s| s.eq_ignore_ascii_case(attribute));
        self.only.as_ref().is_none_or(|only| only.iter().any(named))
            && !self.except.iter().any(|selector| named(selector) && selector.steps.len() == 1 && selector.filter.is_none())
    }

    /// Takes away what is not asked for. `schemas` and `id` always stay.
    #[must_use]
    pub fn apply(&self, wire: Map<String, Value>) -> Map<String, Value> {
        let has_own = |name: &str| wire.keys().any(|key| key.eq_ignore_ascii_case(name));
        let only = self.only.as_ref().map(|only| only.iter().map(|s| s.routed(&has_own)).collect::<Vec<_>>());
        let except: Vec<_> = self.except.iter().map(|s| s.routed(&has_own)).collect();
        let (all_core, no_core) = (self.only.iter().flatten().any(Selector::is_core), self.except.iter().any(Selector::is_core));
        let mut shown = Map::new();
        for (key, value) in wire {
            if key == "schemas" || key == "id" {
                shown.insert(key, value);
                continue;
            }
            let is_core = !schema::starts_with_urn(&key) && !key.contains("://");
            if is_core && no_core {
                continue;
            }
            let kept = match &only {
                Some(_) if is_core && all_core => Some(value),
                Some(only) => keep(&key, value, &only.iter().map(Rest::of).collect::<Vec<_>>()),
                None => Some(value),
            };
            let kept = kept.and_then(|value| drop_from(&key, value, &except.iter().map(Rest::of).collect::<Vec<_>>()));
            if let Some(value) = kept {
                shown.insert(key, value);
            }
        }
        shown
    }
}

impl Selector {
    /// Whether it is the URN of a core schema, which stands for all of its attributes.
    fn is_core(&self) -> bool {
        matches!(self.steps.as_slice(), [urn] if urn == schema::USER_URN || urn == schema::GROUP_URN)
    }

    /// The selector with the enterprise URN in front when it names one of its attributes without it.
    fn routed(&self, has_own: &dyn Fn(&str) -> bool) -> Self {
        let mut routed = self.clone();
        if let Some(first) = routed.steps.first()
            && !has_own(first)
            && schema::any_core_attribute(first).is_none()
            && schema::extension_attribute(ENTERPRISE_URN, first).is_some()
        {
            routed.steps.insert(0, ENTERPRISE_URN.to_owned());
        }
        routed
    }
}

/// What of a selector is still to be walked.
#[derive(Clone, Copy)]
struct Rest<'a> {
    steps: &'a [String],
    filter: Option<&'a Chosen>,
}

impl<'a> Rest<'a> {
    fn of(selector: &'a Selector) -> Self {
        Self { steps: &selector.steps, filter: selector.filter.as_ref() }
    }

    /// One step further if this is the name to walk to.
    fn after(self, key: &str) -> Option<Self> {
        let (first, steps) = self.steps.split_first()?;
        first.eq_ignore_ascii_case(key).then_some(Self { steps, ..self })
    }

    /// Past the filter, if it stands here and chooses this element; as it is, if it does not stand here.
    fn past(self, element: &Value) -> Option<Self> {
        match self.filter {
            Some(chosen) if self.steps.len() == chosen.steps_left => {
                element_matches(&chosen.filter, element, chosen.list).then_some(Self { filter: None, ..self })
            }
            _ => Some(self),
        }
    }
}

fn keep(key: &str, value: Value, selectors: &[Rest<'_>]) -> Option<Value> {
    let rests: Vec<_> = selectors.iter().filter_map(|rest| rest.after(key)).collect();
    if rests.is_empty() { None } else { keep_in(value, &rests) }
}

fn keep_in(value: Value, rests: &[Rest<'_>]) -> Option<Value> {
    if rests.iter().any(|rest| rest.steps.is_empty() && rest.filter.is_none()) {
        return Some(value);
    }
    match value {
        Value::Array(list) => {
            let kept: Vec<_> = list.into_iter().filter_map(|element| keep_in(element, rests)).collect();
            if kept.is_empty() { None } else { Some(Value::Array(kept)) }
        }
        object @ Value::Object(_) => {
            let here: Vec<_> = rests.iter().filter_map(|rest| rest.past(&object)).collect();
            if here.iter().any(|rest| rest.steps.is_empty()) {
                return Some(object);
            }
            let Value::Object(map) = object else { return None };
            let kept: Map<_, _> = map.into_iter().filter_map(|(key, value)| Some((key.clone(), keep(&key, value, &here)?))).collect();
            if kept.is_empty() { None } else { Some(Value::Object(kept)) }
        }
        // A bare value stands for its own `value`.
        bare => rests.iter().any(|rest| rest.past(&bare).is_some_and(names_value)).then_some(bare),
    }
}

fn names_value(rest: Rest<'_>) -> bool {
    rest.steps.first().is_none_or(|step| step.eq_ignore_ascii_case("value"))
}

fn drop_from(key: &str, value: Value, selectors: &[Rest<'_>]) -> Option<Value> {
    let rests: Vec<_> = selectors.iter().filter_map(|rest| rest.after(key)).collect();
    if rests.is_empty() { Some(value) } else { drop_in(value, &rests) }
}

fn drop_in(value: Value, rests: &[Rest<'_>]) -> Option<Value> {
    if rests.iter().any(|rest| rest.steps.is_empty() && rest.filter.is_none()) {
        return None;
    }
    match value {
        Value::Array(list) => {
            let kept: Vec<_> = list.into_iter().filter_map(|element| drop_in(element, rests)).collect();
            if kept.is_empty() { None } else { Some(Value::Array(kept)) }
        }
        object @ Value::Object(_) => {
            let here: Vec<_> = rests.iter().filter_map(|rest| rest.past(&object)).collect();
            if here.iter().any(|rest| rest.steps.is_empty()) {
                return None;
            }
            let Value::Object(map) = object else { return None };
            let kept: Map<_, _> = map.into_iter().filter_map(|(key, value)| Some((key.clone(), drop_from(&key, value, &here)?))).collect();
            if kept.is_empty() { None } else { Some(Value::Object(kept)) }
        }
        bare => (!rests.iter().any(|rest| rest.past(&bare).is_some_and(names_value))).then_some(bare),
    }
}

fn selectors(names: &[&str]) -> Result<Vec<Selector>, ScimError> {
    let names: Vec<_> = names.iter().map(|name| name.trim()).filter(|name| !name.is_empty()).collect();
    if names.len() > MAX_NAMES {
        return Err(ScimError::too_many(format!("At most {MAX_NAMES} attributes can be named.")));
    }
    names.into_iter().map(selector).collect()
}

fn selector(name: &str) -> Result<Selector, ScimError> {
    let path = PatchPath::parse(name)?;
    let list = path.attr.attribute();
    let steps_left = usize::from(path.attr.sub.is_some());
    let steps = [path.attr.schema, Some(path.attr.name), path.attr.sub].into_iter().flatten().collect();
    Ok(Selector { steps, filter: path.filter.map(|filter| Chosen { filter, list, steps_left }) })
}

/// Splits at commas that are neither in brackets nor in quotes.
fn names(list: &str) -> Vec<&str> {
    let (mut found, mut start, mut brackets, mut quoted, mut escaped) = (Vec::new(), 0, 0_usize, false, false);
    for (i, c) in list.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '[' if !quoted => brackets += 1,
            ']' if !quoted => brackets = brackets.saturating_sub(1),
            ',' if !quoted && brackets == 0 => {
                found.push(&list[start..i]);
                start = i + 1;
            }
            _ => {}
        }
    }
    found.push(&list[start..]);
    found
}

#[cfg(test)]
mod tests;
