//! Queries on lists (RFC 7644 section 3.4.2): reading them from a URL or a `.search` body, and the list answer.

use serde_json::{Map, Value, json};

use crate::error::{ScimError, quote};
use crate::filter::{Filter, Subject, evaluate};
use crate::projection::Projection;
use crate::resource::get;
use crate::sort::Sort;

#[cfg(test)]
mod tests;

/// The schema of a list answer.
pub const LIST_SCHEMA: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
/// The schema of a `.search` body.
pub const SEARCH_SCHEMA: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
/// Most resources in one answer; announced as `filter.maxResults`.
pub const MAX_COUNT: usize = 1_000;
/// How many resources one answer has when the client does not say.
pub const DEFAULT_COUNT: usize = 100;

/// What a client asks of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct ListQuery {
    pub filter: Option<Filter>,
    pub sort: Option<Sort>,
    pub projection: Projection,
    /// First resource to show, from 1.
    pub start_index: u64,
    /// How many to show, from 0 (only the total) to [`MAX_COUNT`].
    pub count: usize,
}

impl Default for ListQuery {
    fn default() -> Self {
        Self { filter: None, sort: None, projection: Projection::default(), start_index: 1, count: DEFAULT_COUNT }
    }
}

/// The parameters as texts, before they are understood.
#[derive(Default)]
struct Raw {
    filter: Option<String>,
    sort_by: Option<String>,
    sort_order: Option<String>,
    start_index: Option<String>,
    count: Option<String>,
    attributes: Option<String>,
    excluded: Option<String>,
}

impl ListQuery {
    /// Reads the decoded parameters of a query string. Names are caseless, unknown ones are ignored (Entra's
    /// `aadOptscim062020` may be among them), empty values count as not given.
    ///
    /// `startIndex` below 1 means 1, a negative `count` means 0, one above [`MAX_COUNT`] means that.
    ///
    /// # Errors
    /// 400: `invalidFilter`, `invalidPath`, or `invalidValue` for a number that is none or a parameter given twice.
    pub fn from_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, ScimError> {
        let mut raw = Raw::default();
        for (name, value) in pairs {
            let Some(slot) = raw.slot(name) else { continue };
            if value.is_empty() {
                continue;
            }
            if let Some(names) = slot.as_mut().filter(|_| name.to_ascii_lowercase().ends_with("attributes")) {
                // Several lists of names are one.
                *names = format!("{names},{value}");
                continue;
            }
            if slot.is_some() {
                return Err(ScimError::invalid_value(format!("The parameter {} is given twice.", quote(name))));
            }
            *slot = Some(value.to_owned());
        }
        let projection = Projection::parse(raw.attributes.as_deref(), raw.excluded.as_deref())?;
        raw.understood(projection)
    }

    /// Reads the body of a `POST …/.search` (RFC 7644 section 3.4.3).
    ///
    /// # Errors
    /// As [`from_pairs`](Self::from_pairs); `invalidSyntax` when the body has another schema.
    pub fn from_search_body(body: &Map<String, Value>) -> Result<Self, ScimError> {
        if let Some(Value::Array(schemas)) = get(body, "schemas")
            && !schemas.iter().filter_map(Value::as_str).any(|urn| urn.eq_ignore_ascii_case(SEARCH_SCHEMA))
        {
            return Err(ScimError::invalid_syntax(format!("The schemas of a search must have {SEARCH_SCHEMA}.")));
        }
        let mut raw = Raw::default();
        for (name, value) in body {
            let Some(slot) = raw.slot(name) else { continue };
            *slot = match value {
                Value::Null | Value::Array(_) => None,
                Value::String(text) if text.is_empty() => None,
                Value::String(text) => Some(text.clone()),
                Value::Number(number) => Some(number.to_string()),
                _ => return Err(ScimError::invalid_value(format!("{} must be a text or a number.", quote(name)))),
            };
        }
        let listed = |name: &str| match get(body, name) {
            Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
            Some(Value::String(one)) => vec![one.as_str()],
            _ => Vec::new(),
        };
        let projection = Projection::of(&listed("attributes"), &listed("excludedAttributes"))?;
        raw.understood(projection)
    }

    /// Whether a resource is on the list.
    #[must_use]
    pub fn matches(&self, subject: &dyn Subject) -> bool {
        self.filter.as_ref().is_none_or(|filter| evaluate(filter, subject))
    }

    /// The part of a complete, sorted list that is to be shown.
    #[must_use]
    pub fn page<'a, T>(&self, all: &'a [T]) -> &'a [T] {
        let start = usize::try_from(self.start_index.saturating_sub(1)).unwrap_or(usize::MAX).min(all.len());
        &all[start..start.saturating_add(self.count).min(all.len())]
    }

    /// The answer: `total` resources match, and these are the ones to show, as they go over the wire.
    #[must_use]
    pub fn response(&self, resources: Vec<Map<String, Value>>, total: u64) -> Value {
        let shown = resources.into_iter().map(|wire| Value::Object(self.projection.apply(wire))).collect();
        list_response(shown, total, self.start_index)
    }
}

impl Raw {
    fn slot(&mut self, name: &str) -> Option<&mut Option<String>> {
        Some(match name.to_ascii_lowercase().as_str() {
            "filter" => &mut self.filter,
            "sortby" => &mut self.sort_by,
            "sortorder" => &mut self.sort_order,
            "startindex" => &mut self.start_index,
            "count" => &mut self.count,
            "attributes" => &mut self.attributes,
            "excludedattributes" => &mut self.excluded,
            _ => return None,
        })
    }

    fn understood(self, projection: Projection) -> Result<ListQuery, ScimError> {
        let start = self.start_index.map_or(Ok(1), |text| integer("startIndex", &text))?;
        let most = i64::try_from(MAX_COUNT).unwrap_or(i64::MAX);
        let count = match self.count {
            Some(text) => usize::try_from(integer("count", &text)?.clamp(0, most)).unwrap_or(MAX_COUNT),
            None => DEFAULT_COUNT,
        };
        Ok(ListQuery {
            filter: self.filter.map(|text| Filter::parse(&text)).transpose()?,
            sort: self.sort_by.map(|by| Sort::parse(&by, self.sort_order.as_deref())).transpose()?,
            projection,
            start_index: u64::try_from(start.max(1)).unwrap_or(1),
            count,
        })
    }
}

/// A list answer of resources that are shown as they are.
#[must_use]
pub fn list_response(resources: Vec<Value>, total: u64, start_index: u64) -> Value {
    json!({
        "schemas": [LIST_SCHEMA],
        "totalResults": total,
        "startIndex": start_index,
        "itemsPerPage": resources.len(),
        "Resources": resources,
    })
}

/// A whole number; one that is too long for the machine is as good as the largest.
fn integer(name: &str, text: &str) -> Result<i64, ScimError> {
    let text = text.trim();
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(ScimError::invalid_value(format!("{name} must be a whole number, not {}.", quote(text))));
    }
    Ok(text.parse().unwrap_or(if text.starts_with('-') { i64::MIN } else { i64::MAX }))
}
