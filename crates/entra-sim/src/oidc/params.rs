//! Owns reading request parameters: each at most once, from a query or a form.

use std::collections::HashMap;

use super::fault::Fault;

/// Parameters by name.
#[derive(Clone, Default)]
pub struct Params(HashMap<String, String>);

impl Params {
    /// Reads form-encoded text.
    pub fn read(text: &[u8]) -> Result<Self, Fault> {
        let mut found = HashMap::new();
        for (name, value) in form_urlencoded::parse(text) {
            if found.insert(name.to_string(), value.into_owned()).is_some() {
                return Err(Fault::new(9_000_411, "invalid_request", format!("The parameter '{name}' is given more than once.")));
            }
        }
        Ok(Self(found))
    }

    /// A parameter that is there and not empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// A parameter that must be there.
    pub fn need(&self, name: &str) -> Result<&str, Fault> {
        self.get(name).ok_or_else(|| Fault::missing(name))
    }
}
