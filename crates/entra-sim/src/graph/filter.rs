//! Owns `$filter`: a small part of OData's language over Graph's JSON.

use std::cmp::Ordering;

use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Whether capitals matter where texts are compared: in logs they do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    /// They do not.
    Ignored,
    /// They do.
    Matters,
}

/// The order that a comparison asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// `lt`
    Below,
    /// `le`
    AtMost,
    /// `gt`
    Above,
    /// `ge`
    AtLeast,
}

/// A parsed filter.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// `left eq literal`
    Equal(String, Value),
    /// `left ne literal`
    Differs(String, Value),
    /// `left ge literal` and its like
    Compares(String, Side, Value),
    /// `contains(left,'x')`
    Contains(String, String),
    /// `startswith(left,'x')`
    Starts(String, String),
    /// `endswith(left,'x')`
    Ends(String, String),
    /// `left in ('a','b')`
    Among(String, Vec<Value>),
    /// `list/any(x:x eq 'a')`
    Has(String, Value),
    /// `not (...)`
    Not(Box<Filter>),
    /// `... and ...`
    And(Box<Filter>, Box<Filter>),
    /// `... or ...`
    Or(Box<Filter>, Box<Filter>),
}

/// The filter is not one that is understood.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the filter is not understood near character {0}")]
pub struct FilterError(usize);

fn same(held: &Value, wanted: &Value, case: Case) -> bool {
    match (held, wanted, case) {
        (Value::String(held), Value::String(wanted), Case::Ignored) => held.eq_ignore_ascii_case(wanted),
        _ => held == wanted,
    }
}

impl Side {
    fn holds(self, held: &Value, wanted: &Value) -> bool {
        let order = match (held, wanted) {
            (Value::Number(held), Value::Number(wanted)) => held.as_f64().partial_cmp(&wanted.as_f64()),
            (Value::String(held), Value::String(wanted)) => {
                let moments = (OffsetDateTime::parse(held, &Rfc3339), OffsetDateTime::parse(wanted, &Rfc3339));
                Some(if let (Ok(held), Ok(wanted)) = moments { held.cmp(&wanted) } else { held.cmp(wanted) })
            }
            _ => None,
        };
        order.is_some_and(|order| match self {
            Self::Below => order == Ordering::Less,
            Self::AtMost => order != Ordering::Greater,
            Self::Above => order == Ordering::Greater,
            Self::AtLeast => order != Ordering::Less,
        })
    }
}

impl Filter {
    /// Parses the text.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        let mut reader = Reader { words: words(text)?, at: 0, end: text.len() };
        let filter = reader.either()?;
        match reader.peek() {
            None => Ok(filter),
            Some(_) => Err(reader.stuck()),
        }
    }

    /// Whether the filter needs `ConsistencyLevel: eventual` and `$count=true`.
    pub fn is_advanced(&self) -> bool {
        match self {
            Self::Differs(..) | Self::Compares(..) | Self::Contains(..) | Self::Ends(..) | Self::Not(_) => true,
            Self::And(left, right) | Self::Or(left, right) => left.is_advanced() || right.is_advanced(),
            Self::Equal(..) | Self::Starts(..) | Self::Among(..) | Self::Has(..) => false,
        }
    }

    /// Whether an object passes.
    pub fn holds(&self, object: &Value, case: Case) -> bool {
        let held = |path: &str| {
            path.split('/').try_fold(object, |at, part| {
                at.as_object()?.iter().find(|(name, _)| name.eq_ignore_ascii_case(part)).map(|(_, value)| value)
            })
        };
        let fold = |text: &str| if case == Case::Ignored { text.to_lowercase() } else { text.to_owned() };
        let text = |path: &str| fold(held(path).and_then(Value::as_str).unwrap_or_default());
        let equal = |held: &Value, wanted: &Value| same(held, wanted, case);
        match self {
            Self::Equal(path, wanted) => equal(held(path).unwrap_or(&Value::Null), wanted),
            Self::Differs(path, wanted) => !equal(held(path).unwrap_or(&Value::Null), wanted),
            Self::Compares(path, side, wanted) => held(path).is_some_and(|held| side.holds(held, wanted)),
            Self::Contains(path, part) => !part.is_empty() && text(path).contains(&fold(part)),
            Self::Starts(path, start) => !start.is_empty() && text(path).starts_with(&fold(start)),
            Self::Ends(path, end) => !end.is_empty() && text(path).ends_with(&fold(end)),
            Self::Among(path, wanted) => held(path).is_some_and(|held| wanted.iter().any(|one| equal(held, one))),
            Self::Has(path, wanted) => held(path).and_then(Value::as_array).is_some_and(|list| list.iter().any(|held| equal(held, wanted))),
            Self::Not(inner) => !inner.holds(object, case),
            Self::And(left, right) => left.holds(object, case) && right.holds(object, case),
            Self::Or(left, right) => left.holds(object, case) || right.holds(object, case),
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Word {
    Name(String),
    Text(String),
    Sign(char),
}

fn words(text: &str) -> Result<Vec<(usize, Word)>, FilterError> {
    let mut found = Vec::new();
    let mut rest = text.char_indices().peekable();
    while let Some((at, letter)) = rest.next() {
        match letter {
            ' ' => {}
            '(' | ')' | ',' | ':' => found.push((at, Word::Sign(letter))),
            '\'' => {
                let mut value = String::new();
                loop {
                    match rest.next() {
                        Some((_, '\'')) if rest.peek().is_some_and(|(_, next)| *next == '\'') => {
                            rest.next();
                            value.push('\'');
                        }
                        Some((_, '\'')) => break,
                        Some((_, other)) => value.push(other),
                        None => return Err(FilterError(at)),
                    }
                }
                found.push((at, Word::Text(value)));
            }
            _ => {
                let mut value = String::from(letter);
                // A moment, which stands without quotes, has colons inside.
                let ends = if letter.is_ascii_digit() { " (),'" } else { " (),:'" };
                while let Some((_, next)) = rest.peek()
                    && !ends.contains(*next)
                {
                    value.push(*next);
                    rest.next();
                }
                found.push((at, Word::Name(value)));
            }
        }
    }
    Ok(found)
}

struct Reader {
    words: Vec<(usize, Word)>,
    at: usize,
    end: usize,
}

impl Reader {
    fn peek(&self) -> Option<&Word> {
        self.words.get(self.at).map(|(_, word)| word)
    }

    fn stuck(&self) -> FilterError {
        FilterError(self.words.get(self.at).map_or(self.end, |(at, _)| *at))
    }

    fn keyword(&mut self, wanted: &str) -> bool {
        let hit = matches!(self.peek(), Some(Word::Name(name)) if name == wanted);
        self.at += usize::from(hit);
        hit
    }

    fn sign(&mut self, wanted: char) -> Result<(), FilterError> {
        if self.peek() == Some(&Word::Sign(wanted)) {
            self.at += 1;
            Ok(())
        } else {
            Err(self.stuck())
        }
    }

    fn name(&mut self) -> Result<String, FilterError> {
        match self.peek() {
            Some(Word::Name(name)) => {
                let name = name.clone();
                self.at += 1;
                Ok(name)
            }
            _ => Err(self.stuck()),
        }
    }

    fn literal(&mut self) -> Result<Value, FilterError> {
        let value = match self.peek() {
            Some(Word::Text(text)) => Value::String(text.clone()),
            Some(Word::Name(name)) => match name.as_str() {
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                "null" => Value::Null,
                // GUIDs and numbers may stand without quotes.
                other => other.parse::<i64>().map_or_else(|_| Value::String(other.to_owned()), Value::from),
            },
            _ => return Err(self.stuck()),
        };
        self.at += 1;
        Ok(value)
    }

    fn either(&mut self) -> Result<Filter, FilterError> {
        let mut left = self.both()?;
        while self.keyword("or") {
            left = Filter::Or(Box::new(left), Box::new(self.both()?));
        }
        Ok(left)
    }

    fn both(&mut self) -> Result<Filter, FilterError> {
        let mut left = self.one()?;
        while self.keyword("and") {
            left = Filter::And(Box::new(left), Box::new(self.one()?));
        }
        Ok(left)
    }

    fn one(&mut self) -> Result<Filter, FilterError> {
        if self.keyword("not") {
            return Ok(Filter::Not(Box::new(self.one()?)));
        }
        if self.peek() == Some(&Word::Sign('(')) {
            self.at += 1;
            let inner = self.either()?;
            self.sign(')')?;
            return Ok(inner);
        }
        let name = self.name()?;
        if self.peek() == Some(&Word::Sign('(')) {
            self.at += 1;
            return self.call(&name);
        }
        match self.name()?.as_str() {
            "eq" => Ok(Filter::Equal(name, self.literal()?)),
            "ne" => Ok(Filter::Differs(name, self.literal()?)),
            "lt" => Ok(Filter::Compares(name, Side::Below, self.literal()?)),
            "le" => Ok(Filter::Compares(name, Side::AtMost, self.literal()?)),
            "gt" => Ok(Filter::Compares(name, Side::Above, self.literal()?)),
            "ge" => Ok(Filter::Compares(name, Side::AtLeast, self.literal()?)),
            "in" => {
                self.sign('(')?;
                let mut values = vec![self.literal()?];
                while self.sign(',').is_ok() {
                    values.push(self.literal()?);
                }
                self.sign(')')?;
                Ok(Filter::Among(name, values))
            }
            _ => {
                self.at -= 1;
                Err(self.stuck())
            }
        }
    }

    fn call(&mut self, function: &str) -> Result<Filter, FilterError> {
        if let Some(list) = function.strip_suffix("/any") {
            let variable = self.name()?;
            self.sign(':')?;
            let inner = self.name()?;
            if inner != variable || !self.keyword("eq") {
                return Err(self.stuck());
            }
            let value = self.literal()?;
            self.sign(')')?;
            return Ok(Filter::Has(list.to_owned(), value));
        }
        let path = self.name()?;
        self.sign(',')?;
        let Value::String(text) = self.literal()? else {
            return Err(self.stuck());
        };
        self.sign(')')?;
        match function.to_ascii_lowercase().as_str() {
            "startswith" => Ok(Filter::Starts(path, text)),
            "endswith" => Ok(Filter::Ends(path, text)),
            "contains" => Ok(Filter::Contains(path, text)),
            _ => Err(self.stuck()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn filters_select_as_odata_says() {
        let mara = json!({"displayName": "Mara O'Neil", "accountEnabled": true, "mail": null, "tags": ["a"], "web": {"url": "x"},
            "at": "2026-03-04T09:40:07Z", "count": 7});
        let table = [
            ("displayName eq 'mara o''neil'", true),
            ("displayName ne 'Ilo'", true),
            ("startswith(displayName,'Mar')", true),
            ("endsWith(displayName, 'neil')", true),
            ("accountEnabled eq false", false),
            ("mail eq null and accountEnabled eq true", true),
            ("not (mail eq null) or displayName in ('Ilo','Mara O''Neil')", true),
            ("tags/any(t:t eq 'a')", true),
            ("web/url eq 'x'", true),
            ("at ge 2026-03-04T09:40:07Z and at lt 2026-03-04T09:40:07.5Z", true),
            ("at gt 2026-03-04T09:40:07Z or at lt '2026-03-01'", false),
            ("count le 7 and count gt 6", true),
            ("contains(displayName,'o''n')", true),
        ];
        for (text, expected) in table {
            assert_eq!(Filter::parse(text).unwrap().holds(&mara, Case::Ignored), expected, "{text}");
        }
        for text in ["displayName eq 'mara o''neil'", "contains(displayName,'o''n')", "startswith(displayName,'mar')"] {
            assert!(!Filter::parse(text).unwrap().holds(&mara, Case::Matters), "{text}");
        }
    }

    #[test]
    fn broken_filters_are_refused() {
        for text in ["", "displayName", "displayName like 'x'", "a eq 'x", "a eq 'x')", "matches(a,'b')", "a ge"] {
            assert!(Filter::parse(text).is_err(), "{text}");
        }
    }
}
