//! What an approver sees: who asks, for what and why; and what came of their word.

use askama::Template;

use super::{Choice, choices};
use crate::{
    Look,
    notice::{Frame, Notice, rendered},
    text::{
        Language, fill,
        temporary::{Words, words},
    },
};

/// A request for an approver to decide.
#[derive(Debug, Clone)]
pub struct Approve {
    /// Name of who asks.
    pub name: String,
    /// Their address.
    pub email: String,
    /// The application.
    pub app: String,
    /// The policy that demands it.
    pub policy: String,
    /// Why, in their words.
    pub purpose: Option<String>,
    /// For how many hours they ask.
    pub hours: u32,
    /// Path that the form goes to.
    pub action: String,
    /// What binds the form to this session.
    pub state: String,
}

/// What came of an approver's word, or why there is nothing to decide.
#[derive(Debug, Clone)]
pub struct ApprovalDone {
    /// Who asked.
    pub email: String,
    /// The application.
    pub app: String,
    /// What happened.
    pub done: Done,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// The person is let in.
    Approved,
    /// The word counts; others are needed.
    MoreNeeded,
    /// The person is not let in.
    Refused,
    /// It was decided, taken back or is too old.
    Closed,
    /// Nobody is signed in.
    SignInFirst,
}

#[derive(Template)]
#[template(path = "approve.html")]
struct Page<'a> {
    frame: Frame<'a>,
    words: &'static Words,
    request: &'a Approve,
    lead: String,
    choices: Vec<Choice>,
}

impl Approve {
    /// The whole page.
    pub fn render(&self, look: &Look, lang: Language) -> String {
        let words = words(lang);
        let lead = fill(words.approve_lead, &[&self.name, &self.app]);
        let frame = Frame::new(look, lang, words.approve_title);
        rendered(&Page { frame, words, request: self, lead, choices: choices(words, self.hours) })
    }
    /// Mara asks for the payroll.
    pub fn sample() -> Self {
        Self {
            name: "Mara Lind".into(),
            email: "mara@harbourworks.example".into(),
            app: "Payroll".into(),
            policy: "Auditors".into(),
            purpose: Some("Audit of <March>".into()),
            hours: 4,
            action: "/cdn-cgi/access/approve/7d0c4f0e-6f5e-4d0e-8f7a-2f1d3c4b5a69".into(),
            state: "c2FtcGxl".into(),
        }
    }
}

impl ApprovalDone {
    /// The whole page.
    pub fn render(&self, look: &Look, lang: Language) -> String {
        let words = words(lang);
        let (title, lead) = match self.done {
            Done::Approved => (words.done_title, words.done_approved),
            Done::MoreNeeded => (words.done_title, words.done_more),
            Done::Refused => (words.done_title, words.done_refused),
            Done::Closed => (words.closed_title, words.closed_lead),
            Done::SignInFirst => (words.sign_in_title, words.sign_in_lead),
        };
        Notice::new(look, lang, title).lead(fill(lead, &[&self.email, &self.app])).render_page()
    }
    /// An approval that was the last one needed.
    pub fn sample() -> Self {
        Self { email: "mara@harbourworks.example".into(), app: "Payroll".into(), done: Done::Approved }
    }
}
