//! Which members of a group a PATCH is about, told by its operations as they were read: what applies them sees the same.

use serde_json::Value;

use crate::filter::{Filter, Literal, Operator};
use crate::resource::get;

use super::{Operation, PatchRequest, Verb};

/// What a PATCH does to the members of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TouchedMembers {
    /// Nothing.
    None,
    /// It adds or removes these ids and no other, as the body has them.
    Ids(Vec<String>),
    /// Anything else: it has to see all of them.
    All,
}

impl PatchRequest {
    /// The members that have to be seen to apply this to a group. Whatever is not plainly an addition or removal by id touches all.
    #[must_use]
    pub fn touched_members(&self) -> TouchedMembers {
        let mut ids = Vec::new();
        let mut touched = false;
        for operation in self.operations.iter().filter(|operation| is_about_members(operation)) {
            let Some(named) = ids_of(operation) else { return TouchedMembers::All };
            touched = true;
            ids.extend(named);
        }
        if touched { TouchedMembers::Ids(ids) } else { TouchedMembers::None }
    }
}

fn is_about_members(operation: &Operation) -> bool {
    operation.path.attr.name.eq_ignore_ascii_case("members")
}

fn ids_of(operation: &Operation) -> Option<Vec<String>> {
    let value = operation.value.as_ref().filter(|value| !value.is_null());
    if operation.path.attr.sub.is_some() {
        return None;
    }
    match (&operation.path.filter, operation.verb) {
        (None, Verb::Add | Verb::Remove) => ids_in(value?),
        (Some(Filter::Compare(of, Operator::Eq, Literal::Text(id))), Verb::Remove)
            if of.sub.is_none() && of.name == "value" && value.is_none() =>
        {
            Some(vec![id.clone()])
        }
        _ => None,
    }
}

/// The ids in a value of `members`: a list of objects or bare texts, or one of them. `None` when it is anything else, also when it is an
/// empty list.
fn ids_in(value: &Value) -> Option<Vec<String>> {
    let id = |element: &Value| match element {
        Value::String(id) => Some(id.clone()),
        Value::Object(map) => get(map, "value").and_then(Value::as_str).map(str::to_owned),
        _ => None,
    };
    let ids: Option<Vec<String>> = match value {
        Value::Array(list) => list.iter().map(id).collect(),
        single => Some(vec![id(single)?]),
    };
    ids.filter(|ids| !ids.is_empty())
}
