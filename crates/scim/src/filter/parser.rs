//! Reading filters and patch paths by recursive descent, bounded in length, depth and number of parts.

use serde_json::Number;

use crate::path::{AttrPath, PatchPath, is_name, spelt};
use crate::schema::{Attribute, Type};

use super::{Filter, FilterError, Literal, MAX_DEPTH, MAX_LENGTH, MAX_NODES, Operator};

/// Where a name stands: at the top of a resource, or within the brackets of a list attribute.
#[derive(Clone, Copy)]
enum Scope {
    Resource,
    Element(Option<&'static Attribute>),
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    nodes: usize,
}

/// Booleans and binary values have none (RFC 7644 table 3); a list or object stands for its `value`.
fn has_order(known: &'static Attribute) -> bool {
    let leaf = known.sub("value").unwrap_or(known);
    !matches!(leaf.kind, Type::Boolean | Type::Binary)
}

/// Reads a whole filter.
pub(super) fn parse(text: &str) -> Result<Filter, FilterError> {
    let mut parser = Parser::new(text)?;
    let filter = parser.any(Scope::Resource)?;
    parser.end()?;
    Ok(filter)
}

/// Reads a whole patch path.
pub(crate) fn parse_path(text: &str) -> Result<PatchPath, FilterError> {
    let mut parser = Parser::new(text)?;
    parser.space();
    let start = parser.at;
    let token = parser.token();
    let mut attr = AttrPath::read(token).ok_or_else(|| parser.wrong_at(start, "an attribute is expected"))?;
    let mut filter = None;
    if parser.eat('[') {
        filter = Some(parser.brackets(&attr, start)?);
        if parser.eat('.') {
            attr.sub = Some(parser.sub_name(attr.attribute())?);
        }
    }
    parser.end()?;
    Ok(PatchPath { attr, filter })
}

impl<'a> Parser<'a> {
    fn new(text: &'a str) -> Result<Self, FilterError> {
        let parser = Self { text, at: 0, depth: 0, nodes: 0 };
        if text.len() > MAX_LENGTH {
            return Err(parser.wrong_at(MAX_LENGTH, &format!("more than {MAX_LENGTH} bytes")));
        }
        Ok(parser)
    }

    fn any(&mut self, scope: Scope) -> Result<Filter, FilterError> {
        self.chain(scope, "or", Self::all, Filter::Or)
    }

    fn all(&mut self, scope: Scope) -> Result<Filter, FilterError> {
        self.chain(scope, "and", Self::one, Filter::And)
    }

    fn chain(
        &mut self,
        scope: Scope,
        word: &str,
        part: fn(&mut Self, Scope) -> Result<Filter, FilterError>,
        join: fn(Vec<Filter>) -> Filter,
    ) -> Result<Filter, FilterError> {
        let first = part(self, scope)?;
        if !self.eat_word(word) {
            return Ok(first);
        }
        let mut parts = vec![first, part(self, scope)?];
        while self.eat_word(word) {
            parts.push(part(self, scope)?);
        }
        Ok(join(parts))
    }

    fn one(&mut self, scope: Scope) -> Result<Filter, FilterError> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(self.wrong(&format!("more than {MAX_NODES} parts")));
        }
        self.space();
        if self.eat('(') {
            return self.group(scope);
        }
        let start = self.at;
        let token = self.token();
        if token.eq_ignore_ascii_case("not") {
            let after = self.at;
            self.space();
            if self.eat('(') {
                return Ok(Filter::Not(Box::new(self.group(scope)?)));
            }
            self.at = after;
        }
        match scope {
            Scope::Element(list) => {
                let path = AttrPath::read_within(list, token).ok_or_else(|| self.wrong_at(start, "a sub-attribute is expected"))?;
                if self.peek() == Some('[') {
                    return Err(self.wrong("brackets within brackets"));
                }
                let known = list.and_then(|list| list.sub(&path.name));
                self.comparison(path, known)
            }
            Scope::Resource => {
                let mut path = AttrPath::read(token).ok_or_else(|| self.wrong_at(start, "an attribute is expected"))?;
                if !self.eat('[') {
                    let known = path.leaf();
                    return self.comparison(path, known);
                }
                let inner = self.brackets(&path, start)?;
                if !self.eat('.') {
                    return Ok(Filter::Element(path, Box::new(inner)));
                }
                let sub = self.sub_name(path.attribute())?;
                let known = path.attribute().and_then(|list| list.sub(&sub));
                let tail = self.comparison(AttrPath { schema: None, name: sub, sub: None }, known)?;
                path.sub = None;
                let both = match inner {
                    Filter::And(mut parts) => {
                        parts.push(tail);
                        parts
                    }
                    single => vec![single, tail],
                };
                Ok(Filter::Element(path, Box::new(Filter::And(both))))
            }
        }
    }

    /// The rest of `( … )`.
    fn group(&mut self, scope: Scope) -> Result<Filter, FilterError> {
        self.deeper()?;
        let inner = self.any(scope)?;
        self.space();
        if !self.eat(')') {
            return Err(self.wrong("\")\" is expected"));
        }
        self.depth -= 1;
        Ok(inner)
    }

    /// The rest of `path[ … ]`.
    fn brackets(&mut self, path: &AttrPath, start: usize) -> Result<Filter, FilterError> {
        if path.sub.is_some() || path.is_schema() {
            return Err(self.wrong_at(start, "brackets may only follow an attribute"));
        }
        self.deeper()?;
        let inner = self.any(Scope::Element(path.attribute()))?;
        self.space();
        if !self.eat(']') {
            return Err(self.wrong("\"]\" is expected"));
        }
        self.depth -= 1;
        Ok(inner)
    }

    /// The operator and the value; `known` is the table's entry of what the path ends at.
    fn comparison(&mut self, path: AttrPath, known: Option<&'static Attribute>) -> Result<Filter, FilterError> {
        self.space();
        let start = self.at;
        let word = self.token();
        if word.eq_ignore_ascii_case("pr") {
            return Ok(Filter::Present(path));
        }
        let operator = Operator::ALL
            .into_iter()
            .find(|operator| operator.as_str().eq_ignore_ascii_case(word))
            .ok_or_else(|| self.wrong_at(start, "an operator (eq, ne, co, sw, ew, gt, ge, lt, le, pr) is expected"))?;
        self.space();
        let value_at = self.at;
        let literal = self.literal()?;
        let fits = match operator {
            Operator::Eq | Operator::Ne => true,
            Operator::Co | Operator::Sw | Operator::Ew => matches!(literal, Literal::Text(_)),
            Operator::Gt | Operator::Ge | Operator::Lt | Operator::Le => {
                matches!(literal, Literal::Text(_) | Literal::Number(_))
            }
        };
        if !fits {
            return Err(self.wrong_at(value_at, &format!("{literal} cannot be compared by {}", operator.as_str())));
        }
        if operator.is_order() && known.is_some_and(|known| !has_order(known)) {
            return Err(self.wrong_at(start, &format!("{path} has no order and cannot be compared by {}", operator.as_str())));
        }
        Ok(Filter::Compare(path, operator, literal))
    }

    fn literal(&mut self) -> Result<Literal, FilterError> {
        if self.peek() == Some('"') {
            return self.quoted().map(Literal::Text);
        }
        let start = self.at;
        let rest = self.rest();
        let end = rest.find(|c: char| c.is_ascii_whitespace() || c == ')' || c == ']').unwrap_or(rest.len());
        let word = &rest[..end];
        self.at += end;
        if word.eq_ignore_ascii_case("true") {
            Ok(Literal::Boolean(true))
        } else if word.eq_ignore_ascii_case("false") {
            Ok(Literal::Boolean(false))
        } else if word.eq_ignore_ascii_case("null") {
            Ok(Literal::Null)
        } else {
            serde_json::from_str::<Number>(word)
                .map(Literal::Number)
                .map_err(|_| self.wrong_at(start, "a value in double quotes, a number, true, false or null is expected"))
        }
    }

    fn quoted(&mut self) -> Result<String, FilterError> {
        let start = self.at;
        let mut escaped = false;
        for (i, c) in self.rest().char_indices().skip(1) {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => {
                    let literal = &self.rest()[..=i];
                    let text = serde_json::from_str(literal).map_err(|_| self.wrong_at(start, "a text that JSON does not allow"))?;
                    self.at += i + 1;
                    return Ok(text);
                }
                _ => {}
            }
        }
        Err(self.wrong_at(start, "a text without closing quote"))
    }

    fn sub_name(&mut self, parent: Option<&'static Attribute>) -> Result<String, FilterError> {
        let start = self.at;
        let token = self.token();
        if !is_name(token) {
            return Err(self.wrong_at(start, "a sub-attribute is expected"));
        }
        Ok(spelt(parent, token))
    }

    fn deeper(&mut self) -> Result<(), FilterError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.wrong(&format!("nested deeper than {MAX_DEPTH} levels")));
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), FilterError> {
        self.space();
        if self.rest().is_empty() { Ok(()) } else { Err(self.wrong("the end is expected")) }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_whitespace()).len();
    }

    fn eat(&mut self, c: char) -> bool {
        let there = self.peek() == Some(c);
        if there {
            self.at += c.len_utf8();
        }
        there
    }

    /// The characters of names and URNs from here on; may be empty.
    fn token(&mut self) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, ':' | '.' | '_' | '-' | '$'))).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    /// Takes a joining word if it is the next token.
    fn eat_word(&mut self, word: &str) -> bool {
        let before = self.at;
        self.space();
        if self.token().eq_ignore_ascii_case(word) {
            return true;
        }
        self.at = before;
        false
    }

    fn wrong(&self, problem: &str) -> FilterError {
        self.wrong_at(self.at, problem)
    }

    fn wrong_at(&self, at: usize, problem: &str) -> FilterError {
        FilterError { at, problem: problem.to_owned() }
    }
}
