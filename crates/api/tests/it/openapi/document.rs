//! The description of the API, made of what was heard on a walk through all of it.

use std::collections::BTreeMap;

use api::{Operation, operations};
use serde_json::{Map, Value, json};

use super::{
    answer::Seen,
    asks::Ask,
    shape::{Shape, parameter, parameters},
};

/// What envelopes come in.
const JSON: &str = "application/json";

/// One request of the walk and its answer.
#[derive(Debug, Clone)]
pub struct Heard {
    /// Verb and path pattern.
    pub name: String,
    pub asks: Vec<Ask>,
    pub sent: Option<Value>,
    /// The answer's `Content-Type`.
    pub content: String,
    pub answer: Value,
}

impl Heard {
    /// Samples are only read.
    pub fn answered(&self) -> bool {
        !self.content.is_empty()
    }
    /// The media type of the answer, without its parameters.
    fn media(&self) -> &str {
        self.content.split(';').next().unwrap_or_default().trim()
    }
}

/// Verb and path pattern.
pub fn name(op: &Operation) -> String {
    format!("{} {}", op.verb, op.path)
}

/// Path without the account and the last id: `access/apps`.
pub fn resource(path: &str) -> String {
    let path = path.strip_prefix("/accounts/{account_id}").filter(|rest| !rest.is_empty()).unwrap_or(path);
    let mut steps: Vec<&str> = path.split('/').filter(|s| !s.is_empty()).collect();
    if steps.last().is_some_and(|s| s.starts_with('{')) {
        steps.pop();
    }
    steps.join("/")
}

/// The shapes of the bodies that each operation reads.
pub fn bodies(walk: &[Heard]) -> BTreeMap<String, Shape> {
    let mut bodies = BTreeMap::<String, Shape>::new();
    for heard in walk {
        if let Some(shape) = Shape::of(&heard.asks) {
            let known = bodies.remove(&heard.name);
            bodies.insert(heard.name.clone(), known.map_or(shape.clone(), |known| known.or(shape)));
        }
    }
    bodies
}

/// The description. `permissions` are the names of which each operation needs one.
pub fn document(walk: &[Heard], permissions: &BTreeMap<String, Vec<String>>) -> Value {
    let (bodies, results) = (bodies(walk), Results::of(walk));
    let rule = bodies.values().filter_map(Shape::rules).reduce(Shape::or).map_or_else(|| json!({}), |rule| rule.schema());
    let mut components = Map::from_iter([
        ("message".to_owned(), message()),
        ("envelope".to_owned(), envelope()),
        ("refusal".to_owned(), refusal()),
        ("result_info".to_owned(), result_info()),
        ("not_supported_yet".to_owned(), json!({ "enum": [null, false, "", [], {}] })),
        ("rule".to_owned(), rule),
    ]);
    components.extend(results.components.iter().map(|(name, seen)| (name.clone(), seen.schema())));
    let mut paths = Map::new();
    for op in operations() {
        let heard: Vec<&Heard> = walk.iter().filter(|heard| heard.name == name(&op)).collect();
        let written = operation(&op, &heard, bodies.get(&name(&op)), &results, permissions.get(&name(&op)));
        let path = paths.entry(op.path).or_insert_with(|| json!({}));
        path[op.verb.as_str().to_lowercase()] = written;
    }
    let refused =
        json!({ "description": "Refused", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/refusal" } } } });
    json!({
        "openapi": "3.1.0",
        "info": { "title": "doorward", "version": "4", "license": { "name": "Apache-2.0" } },
        "servers": [{ "url": "/client/v4" }],
        "security": [{ "api_token": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": { "api_token": { "type": "http", "scheme": "bearer" } },
            "responses": { "refused": refused },
            "schemas": components,
        },
    })
}

fn operation(op: &Operation, heard: &[&Heard], body: Option<&Shape>, results: &Results, permissions: Option<&Vec<String>>) -> Value {
    let mut asked = BTreeMap::new();
    heard.iter().for_each(|heard| parameters(&heard.asks, &mut asked));
    let mut all: Vec<Value> = op.path.split('/').filter_map(|s| s.strip_prefix('{')?.strip_suffix('}')).map(in_path).collect();
    all.extend(asked.into_iter().map(|(name, schema)| json!({ "name": name, "in": "query", "schema": parameter(schema) })));
    let operation_id: Vec<String> = op.path.split('/').filter(|s| !s.is_empty()).map(|s| s.trim_matches(['{', '}']).to_owned()).collect();
    let mut out = json!({
        "operationId": format!("{}_{}", op.verb.as_str().to_lowercase(), operation_id.join("_")),
        "tags": [resource(op.path)],
        "parameters": all,
    });
    if let Some(permissions) = permissions {
        out["x-api-token-group"] = json!(permissions);
    }
    if let Some(body) = body {
        let optional = heard.iter().any(|heard| heard.sent.is_none());
        out["requestBody"] = json!({ "required": !optional, "content": { "application/json": { "schema": body.schema() } } });
    }
    let status = op.status.as_str();
    out["responses"] = json!({
        status: { "description": "Done", "content": results.content(op, heard) },
        "4XX": { "$ref": "#/components/responses/refused" },
        "503": { "$ref": "#/components/responses/refused" },
    });
    out
}

fn in_path(name: &str) -> Value {
    let schema = match name {
        "account_id" | "token_id" | "reference" => json!({ "type": "string", "pattern": "^[0-9a-f]{32}$" }),
        "nonce" => json!({ "type": "string", "pattern": "^[0-9A-Za-z]{16}$" }),
        "name" | "tag_name" | "policy_test_id" | "target_id" => json!({ "type": "string", "minLength": 1 }),
        _ => json!({ "type": "string", "format": "uuid" }),
    };
    json!({ "name": name, "in": "path", "required": true, "schema": schema })
}

/// What successes carry.
struct Results {
    /// Objects that several operations on one resource answer with.
    components: BTreeMap<String, Seen>,
}

impl Results {
    fn of(walk: &[Heard]) -> Self {
        let mut components = BTreeMap::<String, Seen>::new();
        for heard in walk.iter().filter(|heard| heard.answered()) {
            let Some((verb, path)) = heard.name.split_once(' ') else { continue };
            let result = &heard.answer["result"];
            if verb != "DELETE" && (result["id"].is_string() || result["uid"].is_string()) {
                components.entry(component(path)).or_default().add(result);
            }
        }
        // A list's elements belong to their component when they are of its kind.
        for heard in walk.iter().filter(|heard| heard.name.starts_with("GET ")) {
            let known = components.get_mut(&component(&heard.name[4..]));
            if let (Some(known), Some(items)) = (known, heard.answer["result"].as_array()) {
                items.iter().filter(|item| known.resembles(item)).cloned().collect::<Vec<_>>().iter().for_each(|item| known.add(item));
            }
        }
        Self { components }
    }

    fn content(&self, op: &Operation, heard: &[&Heard]) -> Value {
        let files: Vec<&str> = heard.iter().map(|heard| heard.media()).filter(|media| !matches!(*media, "" | JSON)).collect();
        if files.is_empty() {
            return json!({ JSON: { "schema": self.answer(op, heard) } });
        }
        assert!(heard.iter().all(|heard| heard.media() != JSON), "{} {} answers with files or with an envelope", op.verb, op.path);
        files.into_iter().map(|media| (media.to_owned(), json!({ "schema": { "type": "string" } }))).collect::<Map<_, _>>().into()
    }

    fn answer(&self, op: &Operation, heard: &[&Heard]) -> Value {
        let heard: Vec<&&Heard> = heard.iter().filter(|heard| heard.answered()).collect();
        let name = component(op.path);
        let reference = json!({ "$ref": format!("#/components/schemas/{name}") });
        let known = self.components.get(&name);
        let is_known = |value: &Value| op.verb != http::Method::DELETE && known.is_some_and(|known| known.resembles(value));
        let listed = heard.iter().any(|heard| !heard.answer["result_info"].is_null());
        let results: Vec<&Value> = heard.iter().map(|heard| &heard.answer["result"]).collect();
        let mut seen = Seen::default();
        results.iter().for_each(|result| seen.add(result));
        let items: Vec<&Value> = results.iter().filter_map(|result| result.as_array()).flatten().collect();
        let schema = if !results.is_empty() && results.iter().all(|result| result.is_object() && is_known(result)) {
            reference
        } else if !items.is_empty() && items.iter().all(|item| is_known(item)) {
            json!({ "type": "array", "items": reference })
        } else {
            seen.schema()
        };
        let mut properties = json!({ "result": schema });
        let mut required = vec!["result"];
        if listed {
            properties["result_info"] = json!({ "$ref": "#/components/schemas/result_info" });
            required.push("result_info");
        }
        json!({ "allOf": [{ "$ref": "#/components/schemas/envelope" }, { "type": "object", "properties": properties, "required": required }] })
    }
}

/// Name of what stands at a path. An action on a thing answers with that thing.
fn component(path: &str) -> String {
    let is_read = operations().iter().any(|op| op.verb == http::Method::GET && resource(op.path) == resource(path));
    let thing = if is_read { path } else { path.rsplit_once('/').map_or(path, |(thing, _)| thing) };
    resource(thing).replace('/', "_").replace(['{', '}'], "")
}

fn message() -> Value {
    let source = json!({ "type": "object", "properties": { "pointer": { "type": "string" } }, "required": ["pointer"], "additionalProperties": false });
    let link = json!({ "type": "object", "properties": { "code": { "type": "integer" }, "message": { "type": "string" } } });
    json!({
        "type": "object",
        "properties": {
            "code": { "type": "integer", "minimum": 1000 },
            "message": { "type": "string", "minLength": 1 },
            "source": source,
            "error_chain": { "type": "array", "items": link },
        },
        "required": ["code", "message"],
        "additionalProperties": false,
    })
}

fn envelope() -> Value {
    let messages = json!({ "type": "array", "items": { "$ref": "#/components/schemas/message" } });
    json!({
        "type": "object",
        "properties": {
            "success": { "type": "boolean", "enum": [true] },
            "errors": { "type": "array", "enum": [[]] },
            "messages": messages,
        },
        "required": ["success", "errors", "messages"],
    })
}

fn refusal() -> Value {
    json!({
        "type": "object",
        "properties": {
            "success": { "type": "boolean", "enum": [false] },
            "errors": { "type": "array", "minItems": 1, "items": { "$ref": "#/components/schemas/message" } },
            "messages": { "type": "array", "enum": [[]] },
            "result": { "type": "null" },
        },
        "required": ["success", "errors", "messages", "result"],
        "additionalProperties": false,
    })
}

fn result_info() -> Value {
    let number = json!({ "type": "integer", "minimum": 0 });
    let names = ["page", "per_page", "count", "total_count", "total_pages"];
    let members: Map<String, Value> = names.iter().map(|name| ((*name).to_owned(), number.clone())).collect();
    // The totals are left out where the caller says so.
    json!({ "type": "object", "properties": members, "required": ["page", "per_page", "count"] })
}
