//! Owns mapping expressions: `[attribute]`, `"constant"` and the functions that default mappings use.

use std::collections::BTreeMap;

use serde_json::Value;

/// A parsed expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expression {
    /// `[attribute]`
    Source(String),
    /// `"text"`
    Constant(String),
    /// Left empty, as in `Switch([IsSoftDeleted], , ...)`.
    Nothing,
    /// `Name(arguments)`
    Call(Function, Vec<Expression>),
}

/// The functions that are understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    /// `Switch(source, default, key, value, ...)`
    Switch,
    /// `Join(separator, source, ...)`
    Join,
    /// `Coalesce(source, ...)`
    Coalesce,
    /// `ToLower(source)`
    ToLower,
    /// `Append(source, suffix)`
    Append,
    /// `Not(source)`
    Not,
}

/// Why an expression was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ExpressionError {
    /// A function that the simulator lacks.
    #[error("the function {0:?} is not known; use Switch, Join, Coalesce, ToLower, Append or Not")]
    UnknownFunction(String),
    /// The text breaks off or has something too much.
    #[error("the expression is not well formed at character {0}")]
    Malformed(usize),
}

impl Expression {
    /// Parses the text of a mapping's source.
    pub fn parse(text: &str) -> Result<Self, ExpressionError> {
        let mut reader = Reader { text, at: 0 };
        let expression = reader.expression()?;
        reader.blanks();
        if reader.at < text.len() {
            return Err(ExpressionError::Malformed(reader.at));
        }
        Ok(expression)
    }

    /// The value for one object's attributes; `None` when there is nothing to send.
    pub fn value(&self, source: &BTreeMap<&'static str, Value>) -> Option<Value> {
        match self {
            Self::Source(name) => source
                .iter()
                .find(|(known, _)| known.eq_ignore_ascii_case(name))
                .map(|(_, value)| value.clone())
                .filter(|value| !value.is_null() && value.as_str() != Some("")),
            Self::Constant(text) => Some(Value::String(text.clone())),
            Self::Nothing => None,
            Self::Call(function, arguments) => call(*function, arguments, source),
        }
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        other => other.to_string(),
    }
}

fn call(function: Function, arguments: &[Expression], source: &BTreeMap<&'static str, Value>) -> Option<Value> {
    let value = |at: usize| arguments.get(at).and_then(|one| one.value(source));
    match function {
        Function::Switch => {
            let key = value(0).map(|found| text(&found)).unwrap_or_default();
            let cases = arguments.get(2..).unwrap_or_default();
            cases
                .chunks_exact(2)
                .find(|pair| pair[0].value(source).is_some_and(|case| text(&case) == key))
                .and_then(|pair| pair[1].value(source))
                .or_else(|| value(1))
        }
        Function::Join => {
            let separator = value(0).map(|found| text(&found)).unwrap_or_default();
            let parts: Vec<String> = arguments.iter().skip(1).filter_map(|one| one.value(source)).map(|found| text(&found)).collect();
            (!parts.is_empty()).then(|| Value::String(parts.join(&separator)))
        }
        Function::Coalesce => arguments.iter().find_map(|one| one.value(source)),
        Function::ToLower => value(0).map(|found| Value::String(text(&found).to_lowercase())),
        Function::Append => {
            let suffix = value(1).map(|found| text(&found)).unwrap_or_default();
            value(0).map(|found| Value::String(text(&found) + &suffix))
        }
        Function::Not => match value(0).map(|found| text(&found)).as_deref() {
            Some("True") => Some(Value::String("False".to_owned())),
            Some("False") => Some(Value::String("True".to_owned())),
            _ => None,
        },
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn blanks(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn until(&mut self, end: char) -> Result<String, ExpressionError> {
        let start = self.at;
        let length = self.text[start..].find(end).ok_or(ExpressionError::Malformed(start))?;
        self.at = start + length + end.len_utf8();
        Ok(self.text[start..start + length].to_owned())
    }

    fn expression(&mut self) -> Result<Expression, ExpressionError> {
        self.blanks();
        match self.peek() {
            Some('[') => {
                self.at += 1;
                Ok(Expression::Source(self.until(']')?.trim().to_owned()))
            }
            Some('"') => {
                self.at += 1;
                Ok(Expression::Constant(self.until('"')?))
            }
            Some(',' | ')') => Ok(Expression::Nothing),
            Some(first) if first.is_ascii_alphabetic() => self.call(),
            _ => Err(ExpressionError::Malformed(self.at)),
        }
    }

    fn call(&mut self) -> Result<Expression, ExpressionError> {
        let name = self.until('(')?;
        let function = match name.trim() {
            "Switch" => Function::Switch,
            "Join" => Function::Join,
            "Coalesce" => Function::Coalesce,
            "ToLower" => Function::ToLower,
            "Append" => Function::Append,
            "Not" => Function::Not,
            other => return Err(ExpressionError::UnknownFunction(other.to_owned())),
        };
        let mut arguments = Vec::new();
        loop {
            arguments.push(self.expression()?);
            self.blanks();
            let next = self.peek();
            self.at += next.map_or(0, char::len_utf8);
            match next {
                Some(',') => {}
                Some(')') => return Ok(Expression::Call(function, arguments)),
                _ => return Err(ExpressionError::Malformed(self.at)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person() -> BTreeMap<&'static str, Value> {
        BTreeMap::from([
            ("IsSoftDeleted", Value::Bool(false)),
            ("givenName", "Mara".into()),
            ("surname", "Lind".into()),
            ("mail", "".into()),
        ])
    }

    #[test]
    fn expressions_give_the_documented_values() {
        let table = [
            ("[givenName]", Some("Mara")),
            ("[mail]", None),
            ("[unknown]", None),
            ("\"fixed\"", Some("fixed")),
            ("Join(\" \", [givenName], [surname])", Some("Mara Lind")),
            ("Switch([IsSoftDeleted], , \"False\", \"True\", \"True\", \"False\")", Some("True")),
            ("Coalesce([mail], [givenName])", Some("Mara")),
            ("ToLower([surname])", Some("lind")),
            ("Append([givenName], \"-x\")", Some("Mara-x")),
            ("Not([IsSoftDeleted])", Some("True")),
        ];
        for (written, expected) in table {
            let value = Expression::parse(written).unwrap().value(&person());
            assert_eq!(value, expected.map(Value::from), "{written}");
        }
    }

    #[test]
    fn broken_expressions_are_refused() {
        for written in ["", "[open", "Join(\"a\"", "[a] [b]", "\"open"] {
            assert!(matches!(Expression::parse(written), Err(ExpressionError::Malformed(_))), "{written}");
        }
        assert_eq!(Expression::parse("Rot13([a])"), Err(ExpressionError::UnknownFunction("Rot13".into())));
    }
}
