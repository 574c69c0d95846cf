//! `oidc`: a claim of the ID token has a value; in an array, one element has it.
//!
//! A claim kept as JSON `null` was asked for and not told, which is an answer; a claim that is not kept at all was
//! never asked for, which is not.

use model::{IdpId, identity::Identity};
use serde_json::Value;

use crate::{Reason, truth::Finding};

#[derive(Debug)]
pub(crate) struct Has {
    name: Box<str>,
    value: Box<str>,
    idp: IdpId,
}

impl Has {
    pub fn new(name: &str, value: &str, idp: IdpId) -> Self {
        Self { name: name.into(), value: value.into(), idp }
    }
    /// True when it speaks of this provider.
    pub fn is_of(&self, idp: &IdpId) -> bool {
        self.idp == *idp
    }
    pub fn judge(&self, identity: &Identity) -> Finding {
        if !self.is_of(&identity.idp) {
            return Finding::no(Reason::OtherProvider);
        }
        match identity.claims.get(&*self.name) {
            None => Finding::unknown(Reason::ClaimUnknown),
            Some(Value::Array(values)) => Finding::when(values.iter().any(|value| self.equals(value))),
            Some(value) => Finding::when(self.equals(value)),
        }
    }
    /// Texts compare as they are; numbers and booleans as JSON writes them. Objects and nested arrays equal nothing.
    fn equals(&self, claim: &Value) -> bool {
        match claim {
            Value::String(text) => **text == *self.value,
            Value::Bool(true) => &*self.value == "true",
            Value::Bool(false) => &*self.value == "false",
            Value::Number(number) => number.to_string() == *self.value,
            Value::Null | Value::Array(_) | Value::Object(_) => false,
        }
    }
}
