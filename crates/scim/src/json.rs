//! Reading a request body into bounded JSON: size, depth, number of values, length of texts, no key twice.

use std::fmt;

use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::error::{ScimError, quote};

/// Largest body read, in bytes. A group of 100,000 members is about 6 MiB.
pub const MAX_BODY: usize = 8 * 1024 * 1024;
/// Deepest nesting of objects and lists.
pub const MAX_DEPTH: usize = 12;
/// Most values (texts, numbers, objects …) in one body.
pub const MAX_VALUES: usize = 600_000;
/// Longest single text, in bytes.
pub const MAX_TEXT: usize = 64 * 1024;

/// Parses a request body.
///
/// # Errors
/// 413 when it is longer than [`MAX_BODY`]; 400 `invalidSyntax` when it is not one JSON object or breaks a bound.
pub fn parse(body: &[u8]) -> Result<Map<String, Value>, ScimError> {
    if body.len() > MAX_BODY {
        return Err(ScimError::too_large(format!("The body has {} bytes; at most {MAX_BODY} are read.", body.len())));
    }
    let mut left = MAX_VALUES;
    let mut reader = serde_json::Deserializer::from_slice(body);
    let value = Bounded { depth: 0, left: &mut left }
        .deserialize(&mut reader)
        .and_then(|value| reader.end().map(|()| value))
        .map_err(|e| ScimError::invalid_syntax(format!("The body is not usable JSON: {e}.")))?;
    match value {
        Value::Object(map) => Ok(map),
        _ => Err(ScimError::invalid_syntax("The body must be a JSON object.")),
    }
}

struct Bounded<'a> {
    depth: usize,
    left: &'a mut usize,
}

impl Bounded<'_> {
    fn inner(&mut self) -> Bounded<'_> {
        Bounded { depth: self.depth + 1, left: self.left }
    }

    fn text<E: serde::de::Error>(text: &str) -> Result<Value, E> {
        if text.len() > MAX_TEXT {
            return Err(E::custom(format!("a text of {} bytes, at most {MAX_TEXT} are allowed", text.len())));
        }
        Ok(Value::String(text.to_owned()))
    }

    fn enter<E: serde::de::Error>(&self) -> Result<(), E> {
        if self.depth >= MAX_DEPTH {
            return Err(E::custom(format!("nested deeper than {MAX_DEPTH} levels")));
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Bounded<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        *self.left = self.left.checked_sub(1).ok_or_else(|| D::Error::custom(format!("more than {MAX_VALUES} values")))?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Bounded<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number out of range"))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Value, E> {
        Self::text(text)
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<Value, A::Error> {
        self.enter()?;
        let mut values = Vec::new();
        while let Some(value) = list.next_element_seed(self.inner())? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut object: A) -> Result<Value, A::Error> {
        self.enter()?;
        let mut map = Map::new();
        while let Some(key) = object.next_key::<String>()? {
            if key.len() > 512 {
                return Err(A::Error::custom("a member name of more than 512 bytes"));
            }
            let value = object.next_value_seed(self.inner())?;
            if map.contains_key(&key) {
                return Err(A::Error::custom(format!("the member {} is given twice", quote(&key))));
            }
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn a_plain_body_is_read_in_its_order() {
        let map = parse(br#"{"b":1,"a":[true,null,{"x":-2,"y":1.5}],"c":"\u00e5"}"#).unwrap();
        assert_eq!(map.keys().collect::<Vec<_>>(), ["b", "a", "c"]);
        assert_eq!(Value::Object(map), json!({"b": 1, "a": [true, null, {"x": -2, "y": 1.5}], "c": "å"}));
    }

    #[test]
    fn what_breaks_a_bound_is_refused() {
        let deep = format!("{{\"a\":{}1{}}}", "[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH));
        let long = format!("{{\"externalId\":\"{}\"}}", "x".repeat(1_000_000));
        let many = format!("{{\"a\":[{}0]}}", "0,".repeat(MAX_VALUES));
        for (body, says) in [
            ("", "EOF"),
            ("[]", "must be a JSON object"),
            ("{\"a\":1} x", "trailing"),
            ("{\"a\":1,\"a\":2}", "given twice"),
            (deep.as_str(), "nested deeper"),
            (long.as_str(), "a text of 1000000 bytes"),
            (many.as_str(), "more than 600000 values"),
        ] {
            let error = parse(body.as_bytes()).unwrap_err();
            assert_eq!(error.status, 400);
            assert!(error.detail.contains(says), "{}", error.detail);
        }
        assert_eq!(parse(&vec![b' '; MAX_BODY + 1]).unwrap_err().status, 413);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let ours = parse(&bytes);
            if let Ok(map) = ours {
                prop_assert_eq!(serde_json::from_slice::<Map<String, Value>>(&bytes).unwrap(), map);
            }
        }
    }
}
