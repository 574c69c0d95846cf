//! PATCH bodies (RFC 7644 section 3.5.2) in the RFC's form and in both of Entra's dialects.

mod apply;
mod elements;
mod members;
#[cfg(test)]
mod tests;
mod touched;

use std::collections::HashSet;

use serde_json::{Map, Value};

use crate::error::{ScimError, quote};
use crate::path::{AttrPath, PatchPath};
use crate::quirk::{Normalised, Quirk, count};
use crate::resource::{Doc, Kind, get};
use crate::schema::starts_with_urn;

pub use apply::apply;
pub use members::{MemberChange, member_change};
pub use touched::TouchedMembers;

/// The schema of a PATCH body.
pub const PATCH_SCHEMA: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
/// Most operations in one body.
pub const MAX_OPERATIONS: usize = 1_000;
/// Most attributes that the operations of one body may name together.
pub const MAX_CHANGES: usize = 10_000;

/// A PATCH body that was read, for a resource of one kind.
#[derive(Debug, Clone, PartialEq)]
pub struct PatchRequest {
    kind: Kind,
    operations: Vec<Operation>,
    normalised: Normalised,
}

/// What came out of a PATCH.
#[derive(Debug, Clone, PartialEq)]
pub struct Patched {
    /// The document to keep from now on.
    pub after: Doc,
    /// What had to be normalised, in the body and in applying it.
    pub normalised: Normalised,
    /// Whether `after` differs from what was before; if not, version and time of change should stay.
    pub changed: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verb {
    Add,
    Replace,
    Remove,
}

/// Where an operation's path came from: read-only attributes are refused in a path and ignored among keys, because
/// clients send whole resources without path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    Path,
    Key,
}

#[derive(Debug, Clone, PartialEq)]
struct Operation {
    /// Place in the body, from 1, for error texts.
    number: usize,
    verb: Verb,
    origin: Origin,
    path: PatchPath,
    value: Option<Value>,
}

impl PatchRequest {
    /// Reads a body.
    ///
    /// `op` and the names of members are caseless, further members of an operation are ignored, and an operation
    /// without path is taken apart into one per attribute: `name.givenName`, `urn:…:User:department` and whole
    /// extensions are understood as keys.
    ///
    /// # Errors
    /// 400 `invalidSyntax` for a body of another form or an attribute that is named twice in one operation, `invalidPath` for an unreadable path, `noTarget` for a
    /// `remove` without path, `tooMany` above [`MAX_OPERATIONS`]. The text names the operation, counted from 1.
    pub fn parse(kind: Kind, body: &Map<String, Value>) -> Result<Self, ScimError> {
        if let Some(Value::Array(schemas)) = get(body, "schemas")
            && !schemas.iter().filter_map(Value::as_str).any(|urn| urn.eq_ignore_ascii_case(PATCH_SCHEMA))
        {
            return Err(ScimError::invalid_syntax(format!("The schemas of a PATCH body must have {PATCH_SCHEMA}.")));
        }
        let Some(Value::Array(list)) = get(body, "Operations") else {
            return Err(ScimError::invalid_syntax("A PATCH body needs Operations, a list."));
        };
        if list.len() > MAX_OPERATIONS {
            return Err(ScimError::too_many(format!("The body has {} operations; at most {MAX_OPERATIONS} are allowed.", list.len())));
        }
        let mut request = Self { kind, operations: Vec::with_capacity(list.len()), normalised: Normalised::new() };
        for (i, operation) in list.iter().enumerate() {
            request.read(i + 1, operation).map_err(|e| e.within(&format!("Operation {}", i + 1)))?;
        }
        Ok(request)
    }

    /// The kind of resource it is meant for.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    fn read(&mut self, number: usize, operation: &Value) -> Result<(), ScimError> {
        let Value::Object(operation) = operation else {
            return Err(ScimError::invalid_syntax("It must be an object."));
        };
        let verb = self.verb(get(operation, "op"))?;
        let value = get(operation, "value");
        let path = match get(operation, "path") {
            None | Some(Value::Null) => "",
            Some(Value::String(path)) => path.trim(),
            Some(_) => return Err(ScimError::invalid_path("The path must be a text.")),
        };
        if !path.is_empty() {
            let path = self.path(path)?;
            if !is_core_schema(&path.attr) {
                self.operations.push(Operation { number, verb, origin: Origin::Path, path, value: value.cloned() });
                return Ok(());
            }
        }
        if verb == Verb::Remove {
            return Err(ScimError::no_target("A remove needs a path."));
        }
        let Some(Value::Object(attributes)) = value else {
            return Err(ScimError::invalid_syntax("Without path the value must be an object of attributes."));
        };
        self.attributes(number, verb, attributes, &mut HashSet::new())
    }

    /// `seen`: what the operation has named already. Names are caseless, and of two values nobody knows which was meant: with `active` the
    /// wrong one would let somebody in.
    fn attributes(
        &mut self,
        number: usize,
        verb: Verb,
        attributes: &Map<String, Value>,
        seen: &mut HashSet<String>,
    ) -> Result<(), ScimError> {
        for (key, value) in attributes {
            let path = self.key(key, value)?;
            if !seen.insert(path.to_string().to_ascii_lowercase()) {
                let detail = format!("The attribute {} is given twice. Names are caseless; send it once.", quote(key));
                return Err(ScimError::invalid_syntax(detail));
            }
            if is_core_schema(&path.attr) {
                let Value::Object(inner) = value else {
                    return Err(ScimError::invalid_value(format!("{} must be an object.", quote(key))));
                };
                self.attributes(number, verb, inner, seen)?;
                continue;
            }
            if self.operations.len() >= MAX_CHANGES {
                return Err(ScimError::too_many(format!("The operations name more than {MAX_CHANGES} attributes.")));
            }
            self.operations.push(Operation { number, verb, origin: Origin::Key, path, value: Some(value.clone()) });
        }
        Ok(())
    }

    fn verb(&mut self, op: Option<&Value>) -> Result<Verb, ScimError> {
        let Some(Value::String(op)) = op else {
            return Err(ScimError::invalid_syntax("It needs an op: add, replace or remove."));
        };
        let (verb, spelt) = if op.eq_ignore_ascii_case("add") {
            (Verb::Add, "add")
        } else if op.eq_ignore_ascii_case("replace") {
            (Verb::Replace, "replace")
        } else if op.eq_ignore_ascii_case("remove") {
            (Verb::Remove, "remove")
        } else {
            return Err(ScimError::invalid_syntax(format!("The op {} is not add, replace or remove.", quote(op))));
        };
        if op != spelt {
            count(&mut self.normalised, Quirk::OperationCase);
        }
        Ok(verb)
    }

    fn path(&mut self, text: &str) -> Result<PatchPath, ScimError> {
        let path = PatchPath::parse(text)?;
        // Reading a path gives known names the schema's spelling.
        if !text.contains(&path.attr.name) || path.attr.sub.as_ref().is_some_and(|sub| !text.contains(sub)) {
            count(&mut self.normalised, Quirk::AttributeCase);
        }
        Ok(path)
    }

    fn key(&mut self, key: &str, value: &Value) -> Result<PatchPath, ScimError> {
        // An extension that is named by a web address, which the grammar of paths does not know.
        if value.is_object() && key.contains("://") {
            let attr = AttrPath { schema: None, name: key.to_owned(), sub: None };
            return Ok(PatchPath { attr, filter: None });
        }
        let path = self.path(key)?;
        if path.attr.schema.is_some() || (starts_with_urn(key) && !path.attr.is_schema()) {
            count(&mut self.normalised, Quirk::UrnKey);
        } else if path.attr.sub.is_some() {
            count(&mut self.normalised, Quirk::DottedKey);
        }
        Ok(path)
    }
}

fn is_core_schema(path: &AttrPath) -> bool {
    path.is_schema() && (path.name == crate::schema::USER_URN || path.name == crate::schema::GROUP_URN)
}
