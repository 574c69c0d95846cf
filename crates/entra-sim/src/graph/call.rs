//! Owns one call of Graph: its path split into segments, its query options, its body.

use axum::body::Bytes;
use axum::http::{HeaderMap, Method};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::error::GraphError;
use super::filter::Filter;
use crate::oidc::access::Caller;

/// Largest page.
pub const MAX_PAGE: usize = 999;

/// Order of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    /// `$orderby=name`
    Up(String),
    /// `$orderby=name desc`
    Down(String),
}

/// Whether the call opted into advanced queries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consistency {
    /// No header: simple queries only.
    Session,
    /// `ConsistencyLevel: eventual`.
    Eventual,
}

/// Query options.
#[derive(Debug, Clone)]
pub struct Options {
    /// `$select`
    pub select: Option<Vec<String>>,
    /// `$filter`
    pub filter: Option<Filter>,
    /// `$top`
    pub top: Option<usize>,
    /// `$skiptoken`
    pub skip_token: Option<String>,
    /// `$deltatoken`
    pub delta_token: Option<String>,
    /// `$count=true`
    pub counted: bool,
    /// `$orderby`
    pub order: Option<Order>,
    /// `$search`, e.g. `displayName:night`
    pub search: Option<(String, String)>,
    /// All pairs as they came.
    pairs: Vec<(String, String)>,
}

impl Options {
    /// Reads the query string.
    pub fn read(query: &str) -> Result<Self, GraphError> {
        let pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let mut options = Self {
            select: None,
            filter: None,
            top: None,
            skip_token: None,
            delta_token: None,
            counted: false,
            order: None,
            search: None,
            pairs,
        };
        for (name, value) in options.pairs.clone() {
            options.take(&name, &value)?;
        }
        Ok(options)
    }

    fn take(&mut self, name: &str, value: &str) -> Result<(), GraphError> {
        match name {
            "$select" => self.select = Some(value.split(',').map(|part| part.trim().to_owned()).collect()),
            "$filter" => {
                let filter = Filter::parse(value).map_err(|error| GraphError::bad(format!("Invalid filter clause: {error}.")))?;
                self.filter = Some(filter);
            }
            "$top" => {
                let top = value.parse::<usize>().ok().filter(|top| (1..=MAX_PAGE).contains(top));
                self.top = Some(top.ok_or_else(|| {
                    GraphError::bad(format!("Invalid page size specified: '{value}'. Must be between 1 and 999 inclusive."))
                })?);
            }
            "$skiptoken" => self.skip_token = Some(value.to_owned()),
            "$deltatoken" => self.delta_token = Some(value.to_owned()),
            "$count" => self.counted = value == "true",
            "$orderby" => {
                let (path, way) = value.split_once(' ').unwrap_or((value, "asc"));
                self.order = Some(match way {
                    "asc" => Order::Up(path.to_owned()),
                    "desc" => Order::Down(path.to_owned()),
                    _ => return Err(GraphError::bad("Invalid orderby clause.")),
                });
            }
            "$search" => {
                let clause = value.trim_matches('"').split_once(':');
                let (path, text) =
                    clause.ok_or_else(|| GraphError::bad("Syntax error: a search clause has the form \"property:value\"."))?;
                self.search = Some((path.to_owned(), text.trim_matches('"').to_lowercase()));
            }
            other if other.starts_with('$') => {
                return Err(GraphError::unsupported(format!("The query option '{other}' is not supported by the simulator.")));
            }
            _ => {}
        }
        Ok(())
    }

    /// The query of the next page.
    pub fn next(&self, token: &str) -> String {
        let mut out = form_urlencoded::Serializer::new(String::new());
        for (name, value) in self.pairs.iter().filter(|(name, _)| name != "$skiptoken") {
            out.append_pair(name, value);
        }
        out.append_pair("$skiptoken", token);
        out.finish().replace("%24", "$")
    }
}

/// One call.
#[derive(Debug)]
pub struct Call {
    /// `v1.0` or `beta`.
    pub version: &'static str,
    /// Verb.
    pub method: Method,
    /// Path segments after the version; `users('x')` counts as two.
    pub segments: Vec<String>,
    /// Query options.
    pub options: Options,
    /// Advanced queries.
    pub consistency: Consistency,
    /// Who calls.
    pub caller: Caller,
    /// Body.
    pub body: Bytes,
}

impl Call {
    /// Splits a path; `/me` stays as it is.
    pub fn split(path: &str) -> Vec<String> {
        let mut segments = Vec::new();
        for raw in path.split('/').filter(|part| !part.is_empty()) {
            let part = percent_encoding::percent_decode_str(raw).decode_utf8_lossy().into_owned();
            let keyed = part.strip_suffix(')').and_then(|rest| rest.split_once('('));
            match keyed {
                Some((name, key)) => {
                    segments.push(name.to_owned());
                    segments.push(key.replace('\'', ""));
                }
                None => segments.push(part),
            }
        }
        segments
    }

    /// Reads consistency from the headers.
    pub fn consistency(headers: &HeaderMap) -> Consistency {
        let eventual = headers
            .get("consistencylevel")
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| value.eq_ignore_ascii_case("eventual"));
        if eventual { Consistency::Eventual } else { Consistency::Session }
    }

    /// Whether `ConsistencyLevel: eventual` and `$count=true` are both given.
    pub fn is_advanced(&self) -> bool {
        self.consistency == Consistency::Eventual && self.options.counted
    }

    /// The body as JSON of a shape.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, GraphError> {
        serde_json::from_slice(&self.body).map_err(|error| GraphError::bad(format!("Unable to read JSON request payload: {error}.")))
    }

    /// The body as a JSON object.
    pub fn object(&self) -> Result<serde_json::Map<String, Value>, GraphError> {
        self.json()
    }
}
