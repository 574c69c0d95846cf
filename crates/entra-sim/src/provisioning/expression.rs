//! Owns mapping expressions: `[attribute]`, constants, comparisons and functions, and reading their text.
//!
//! Source: "Reference for writing expressions for attribute mappings in Microsoft Entra ID".

mod function;
mod roles;
mod text;

use serde_json::Value;

pub use self::function::Function;
pub use self::roles::{Roles, is_growing};
pub use self::text::capitals;
use super::source::Source;

/// Deepest nesting of calls.
const DEEPEST: usize = 32;

/// A parsed expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expression {
    /// `[attribute]`
    Source(String),
    /// `"text"`, or a number.
    Constant(String),
    /// Left empty, as in `Switch([IsSoftDeleted], , ...)`.
    Nothing,
    /// `Name(arguments)`
    Call(Function, Vec<Expression>),
    /// `left = right`, as conditions of `IIF` have it.
    Compare(Box<Expression>, Sign, Box<Expression>),
}

/// The sign of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// `=`
    Equal,
    /// `<>`
    Unequal,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    More,
    /// `>=`
    AtLeast,
}

/// Why an expression was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ExpressionError {
    /// A function that the simulator lacks.
    #[error("the function {0:?} is not known; known are {names}", names = function::names())]
    UnknownFunction(String),
    /// The text breaks off or has something too much.
    #[error("the expression is not well formed at character {0}")]
    Malformed(usize),
    /// Too many or too few arguments, or a form that is not simulated.
    #[error("{0} does not take {1} arguments here")]
    Arguments(&'static str, usize),
}

impl Expression {
    /// Parses the text of a mapping's source.
    pub fn parse(text: &str) -> Result<Self, ExpressionError> {
        let mut reader = Reader { text, at: 0, depth: 0 };
        let expression = reader.expression()?;
        reader.blanks();
        if reader.at < text.len() || expression == Self::Nothing {
            return Err(ExpressionError::Malformed(reader.at));
        }
        Ok(expression)
    }

    /// The value for one object's attributes; `None` when there is nothing to send.
    pub fn value(&self, source: &Source) -> Option<Value> {
        match self {
            Self::Source(name) => source.get(name).cloned(),
            Self::Constant(text) => Some(Value::String(text.clone())),
            Self::Nothing => None,
            Self::Call(function, arguments) => function.call(arguments, source),
            Self::Compare(left, sign, right) => Some(Value::String(text::word(sign.holds(left.value(source), right.value(source))))),
        }
    }

    /// Whether an attribute is read anywhere in it.
    pub fn reads(&self, attribute: &str) -> bool {
        match self {
            Self::Source(name) => name.eq_ignore_ascii_case(attribute),
            Self::Constant(_) | Self::Nothing => false,
            Self::Call(_, arguments) => arguments.iter().any(|one| one.reads(attribute)),
            Self::Compare(left, _, right) => left.reads(attribute) || right.reads(attribute),
        }
    }
}

impl Sign {
    fn holds(self, left: Option<Value>, right: Option<Value>) -> bool {
        let shown = |value: Option<Value>| value.map(|found| text::of(&found)).unwrap_or_default();
        let (left, right) = (shown(left), shown(right));
        let order = match (left.parse::<f64>(), right.parse::<f64>()) {
            (Ok(left), Ok(right)) => left.total_cmp(&right),
            _ => left.cmp(&right),
        };
        match self {
            Self::Equal => order.is_eq(),
            Self::Unequal => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::AtMost => order.is_le(),
            Self::More => order.is_gt(),
            Self::AtLeast => order.is_ge(),
        }
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl Reader<'_> {
    fn stuck(&self) -> ExpressionError {
        ExpressionError::Malformed(self.at)
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn blanks(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn until(&mut self, end: char) -> Result<String, ExpressionError> {
        let start = self.at;
        let length = self.rest().find(end).ok_or(ExpressionError::Malformed(start))?;
        self.at = start + length + end.len_utf8();
        Ok(self.text[start..start + length].to_owned())
    }

    fn expression(&mut self) -> Result<Expression, ExpressionError> {
        let left = self.operand()?;
        self.blanks();
        let signs =
            [("<>", Sign::Unequal), ("<=", Sign::AtMost), (">=", Sign::AtLeast), ("=", Sign::Equal), ("<", Sign::Less), (">", Sign::More)];
        let Some((written, sign)) = signs.into_iter().find(|(written, _)| self.rest().starts_with(written)) else {
            return Ok(left);
        };
        self.at += written.len();
        let right = self.operand()?;
        Ok(Expression::Compare(Box::new(left), sign, Box::new(right)))
    }

    fn operand(&mut self) -> Result<Expression, ExpressionError> {
        self.blanks();
        match self.peek() {
            Some('[') => {
                self.at += 1;
                Ok(Expression::Source(self.until(']')?.trim().to_owned()))
            }
            Some('"') => self.quoted(),
            Some(',' | ')') => Ok(Expression::Nothing),
            Some(first) if first.is_ascii_digit() || first == '-' => {
                let length = self.rest().find(|c: char| !(c.is_ascii_digit() || "-.".contains(c))).unwrap_or(self.rest().len());
                let number = self.rest()[..length].to_owned();
                self.at += length;
                Ok(Expression::Constant(number))
            }
            Some(first) if first.is_ascii_alphabetic() => self.call(),
            _ => Err(self.stuck()),
        }
    }

    /// A constant; `\"` and `\\` stand for themselves.
    fn quoted(&mut self) -> Result<Expression, ExpressionError> {
        let start = self.at;
        self.at += 1;
        let mut text = String::new();
        loop {
            let next = self.peek().ok_or(ExpressionError::Malformed(start))?;
            self.at += next.len_utf8();
            match (next, self.peek()) {
                ('"', _) => return Ok(Expression::Constant(text)),
                ('\\', Some(escaped @ ('"' | '\\'))) => {
                    self.at += 1;
                    text.push(escaped);
                }
                _ => text.push(next),
            }
        }
    }

    fn call(&mut self) -> Result<Expression, ExpressionError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.stuck());
        }
        let name = self.until('(')?;
        let function = Function::named(name.trim()).ok_or_else(|| ExpressionError::UnknownFunction(name.trim().to_owned()))?;
        let mut arguments = Vec::new();
        loop {
            arguments.push(self.expression()?);
            self.blanks();
            let next = self.peek();
            self.at += next.map_or(0, char::len_utf8);
            match next {
                Some(',') => {}
                Some(')') => break,
                _ => return Err(self.stuck()),
            }
        }
        self.depth -= 1;
        function.check(&arguments)?;
        Ok(Expression::Call(function, arguments))
    }
}

#[cfg(test)]
mod tests;
