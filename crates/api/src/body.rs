//! JSON bodies: bounded, no member twice, and about the object that the path names. What a client sent is used or refused.

use std::fmt;

use axum::{
    body::to_bytes,
    extract::{FromRequest, Request},
};
use serde::de::{Deserialize as _, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::{
    error::ApiError,
    fault::{Fault, Faults, escape},
    state::ApiState,
};

/// Largest body.
const MOST_BODY: usize = 1 << 20;

/// A JSON body of at most 1 MiB.
#[derive(Debug)]
pub(crate) struct Json(pub Value);

impl FromRequest<ApiState> for Json {
    type Rejection = ApiError;
    async fn from_request(request: Request, state: &ApiState) -> Result<Self, ApiError> {
        match OptionalJson::from_request(request, state).await?.0 {
            Some(value) => Ok(Self(value)),
            None => Err(ApiError::fault("", "the body is empty: send a JSON object")),
        }
    }
}

/// A JSON body that may be left out.
#[derive(Debug)]
pub(crate) struct OptionalJson(pub Option<Value>);

impl FromRequest<ApiState> for OptionalJson {
    type Rejection = ApiError;
    async fn from_request(request: Request, state: &ApiState) -> Result<Self, ApiError> {
        let bytes = to_bytes(request.into_body(), MOST_BODY).await.map_err(|_| ApiError::BodyTooLarge(MOST_BODY))?;
        if bytes.is_empty() {
            return Ok(Self(None));
        }
        let value = parse(&bytes)?;
        of_this_account(&value, state.store.snapshot().account.id.as_str())?;
        Ok(Self(Some(value)))
    }
}

/// Refuses a body, or policies in it, that say they belong to another account: the address names the account.
fn of_this_account(body: &Value, account: &str) -> Result<(), ApiError> {
    let faults = Faults::default();
    let policies = body.get("policies").and_then(Value::as_array).into_iter().flatten().enumerate();
    let places = policies.map(|(i, policy)| (format!("/policies/{i}"), policy));
    for (pointer, object) in std::iter::once((String::new(), body)).chain(places) {
        if let Some(other) = object.get("account_id").and_then(Value::as_str).filter(|other| !other.is_empty() && *other != account) {
            let shown: String = other.chars().take(80).collect();
            faults.add(format!("{pointer}/account_id"), format!("{shown:?} is another account than {account}, which the address names"));
        }
    }
    faults.finish(())
}

/// Refuses a replacement whose body is that of another object: the one in the path would get what was meant for that.
pub(crate) fn same_object(body: &Value, id: &impl fmt::Display) -> Result<(), ApiError> {
    let (faults, id) = (Faults::default(), id.to_string());
    for key in ["id", "uid"] {
        if let Some(other) = body.get(key).and_then(Value::as_str).filter(|other| !other.is_empty() && !other.eq_ignore_ascii_case(&id)) {
            let shown: String = other.chars().take(80).collect();
            faults.add(format!("/{key}"), format!("{shown:?} is another object than {id}, which the address names"));
        }
    }
    faults.finish(())
}

fn parse(bytes: &[u8]) -> Result<Value, ApiError> {
    let doubles = Faults::default();
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = Strict { place: &Place::Root, doubles: &doubles }.deserialize(&mut reader);
    let value = value.and_then(|value| reader.end().map(|()| value));
    let value = value.map_err(|e| ApiError::Invalid(vec![Fault::new("", format!("the body is not JSON: {e}"))]))?;
    doubles.finish(value)
}

/// Where a value stands, as a chain up to the root, so that a pointer costs nothing until it is needed.
enum Place<'a> {
    Root,
    Member(&'a Place<'a>, &'a str),
    Element(&'a Place<'a>, usize),
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Member(parent, key) => {
                let shown: String = key.chars().take(80).collect();
                write!(f, "{parent}/{}", escape(&shown))
            }
            Self::Element(parent, at) => write!(f, "{parent}/{at}"),
        }
    }
}

/// Reads any value and notes members that come twice: readers differ in which of the two counts.
#[derive(Clone, Copy)]
struct Strict<'a> {
    place: &'a Place<'a>,
    doubles: &'a Faults,
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
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
        Ok(value.into())
    }
    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element_seed(Strict { place: &Place::Element(self.place, items.len()), ..self })? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(key) = object.next_key_seed(Key)? {
            let place = Place::Member(self.place, &key);
            let value = object.next_value_seed(Strict { place: &place, ..self })?;
            if members.contains_key(&key) {
                self.doubles.add(place.to_string(), "is given twice: send it once");
            } else {
                members.insert(key, value);
            }
        }
        Ok(Value::Object(members))
    }
}

struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = String;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        String::deserialize(deserializer)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pointers(error: ApiError) -> Vec<String> {
        let ApiError::Invalid(faults) = error else { panic!("not a fault: {error}") };
        faults.into_iter().map(|fault| fault.pointer).collect()
    }

    #[test]
    fn members_that_come_twice_are_named_all_at_once() {
        let body = br#"{"name":"a","include":[{"email":{"email":"x","email":"y"}},{}],"name":"b","a/b":1,"a/b":1}"#;
        assert_eq!(pointers(parse(body).unwrap_err()), ["/include/0/email/email", "/name", "/a~1b"]);
    }

    #[test]
    fn other_bodies_are_read_as_ever() {
        let text = r#"{"s":"å\n","n":[0,-1,18446744073709551615,1.5,null,true],"o":{"o":{}}}"#;
        assert_eq!(parse(text.as_bytes()).unwrap(), serde_json::from_str::<Value>(text).unwrap());
        let deep = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
        for bad in ["", "{", "{} {}", "{\"a\":1e999}", "\u{feff}{}", deep.as_str()] {
            assert_eq!(pointers(parse(bad.as_bytes()).unwrap_err()), [""], "{bad:.40}");
        }
        assert!(parse(b"{\"a\":\"\xff\"}").is_err());
    }

    #[test]
    fn the_body_of_another_object_is_refused() {
        let id = "86666835-06aa-4d90-8bbd-5a74ac4edf68";
        for good in [json!({}), json!([]), json!({ "id": id.to_uppercase(), "uid": id }), json!({ "id": null, "uid": "" })] {
            assert!(same_object(&good, &id).is_ok(), "{good}");
        }
        assert_eq!(pointers(same_object(&json!({ "id": "x", "uid": "y" }), &id).unwrap_err()), ["/id", "/uid"]);
    }
}
