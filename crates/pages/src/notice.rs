//! The frame of all pages, and the plain page most of them are: what happened, facts, what to do, ways on.

use askama::Template;
use model::Reference;

use crate::{
    Look,
    link::Link,
    text::{Language, Text},
};

/// What every page has around its content.
pub(crate) struct Frame<'a> {
    pub look: &'a Look,
    pub lang: &'static str,
    pub style: String,
    pub title: String,
}

impl<'a> Frame<'a> {
    pub fn new(look: &'a Look, lang: Language, title: impl Into<String>) -> Self {
        Self { look, lang: lang.tag(), style: look.style_href(), title: title.into() }
    }
    pub fn has_header(&self) -> bool {
        self.look.logo().is_some() || !self.look.organisation().is_empty() || self.look.header().is_some()
    }
}

/// Renders a template. Writing to memory cannot fail; should it, the page still says something.
pub(crate) fn rendered(template: &impl Template) -> String {
    template.render().unwrap_or_else(|_| "<!doctype html><title>doorward</title><p>This page could not be shown.</p>".into())
}

/// One row of facts.
pub(crate) struct FactRow {
    label: &'static str,
    value: String,
    is_code: bool,
    /// Its language when it is not the page's.
    lang: Option<&'static str>,
}

/// A plain page, put together line by line.
#[derive(Template)]
#[template(path = "notice.html")]
pub(crate) struct Notice<'a> {
    frame: Frame<'a>,
    lead: Vec<String>,
    message: Option<&'a str>,
    facts: Vec<FactRow>,
    advice: Vec<String>,
    links: Vec<Link>,
    form: Option<Link>,
}

impl<'a> Notice<'a> {
    pub fn new(look: &'a Look, lang: Language, title: impl Into<String>) -> Self {
        let frame = Frame::new(look, lang, title);
        Self { frame, lead: Vec::new(), message: None, facts: Vec::new(), advice: Vec::new(), links: Vec::new(), form: None }
    }
    pub fn lead(mut self, line: impl Into<String>) -> Self {
        self.lead.push(line.into());
        self
    }
    pub fn message(mut self, message: Option<&'a str>) -> Self {
        self.message = message.filter(|text| !text.trim().is_empty());
        self
    }
    pub fn fact(mut self, label: &'static str, value: Option<&str>) -> Self {
        let row = value.map(|value| FactRow { label, value: value.to_owned(), is_code: false, lang: None });
        self.facts.extend(row);
        self
    }
    /// A fact in words that exist in English only.
    pub fn english(mut self, label: &'static str, value: Option<String>) -> Self {
        let row = value.map(|value| FactRow { label, value, is_code: false, lang: Some("en") });
        self.facts.extend(row);
        self
    }
    pub fn code(mut self, label: &'static str, value: Option<&str>) -> Self {
        let row = value.map(|value| FactRow { label, value: value.to_owned(), is_code: true, lang: None });
        self.facts.extend(row);
        self
    }
    pub fn reference(self, text: &Text, reference: &Reference) -> Self {
        self.code(text.label_reference, Some(reference.as_str()))
    }
    /// A button that posts an empty form.
    pub fn button(mut self, form: Option<Link>) -> Self {
        self.form = form;
        self
    }
    pub fn advice(mut self, line: impl Into<String>) -> Self {
        self.advice.push(line.into());
        self
    }
    pub fn link(mut self, link: Option<Link>) -> Self {
        self.links.extend(link);
        self
    }
    pub fn render_page(&self) -> String {
        rendered(self)
    }
}
