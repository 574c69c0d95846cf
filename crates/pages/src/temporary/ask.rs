//! What a policy demands of somebody before it lets them in: why they need it, and whether they want to ask for approval.

use askama::Template;

use super::{Choice, choices};
use crate::{
    Look,
    notice::{Frame, rendered},
    text::{
        Language, fill,
        temporary::{Words, words},
    },
};

/// The page before an application that demands more.
#[derive(Debug, Clone)]
pub struct Ask {
    /// The application.
    pub app: String,
    /// What it demands.
    pub demand: Demand,
    /// The question put by the policy; absent: ours.
    pub prompt: Option<String>,
    /// Path that the form goes to.
    pub action: String,
    /// What binds the form to this session.
    pub state: String,
    /// The last answer was blank.
    pub was_blank: bool,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Demand {
    /// A purpose.
    Purpose,
    /// An approval.
    Approval {
        /// Who is asked, in the order of the policy.
        approvers: Vec<String>,
        /// A purpose must be given.
        purpose: bool,
    },
}

#[derive(Template)]
#[template(path = "ask.html")]
struct Page<'a> {
    frame: Frame<'a>,
    words: &'static Words,
    lead: String,
    fault: Option<&'static str>,
    action: &'a str,
    state: &'a str,
    prompt: &'a str,
    must_answer: bool,
    choices: Vec<Choice>,
    approvers: Option<String>,
    button: &'static str,
}

impl Ask {
    /// The whole page.
    pub fn render(&self, look: &Look, lang: Language) -> String {
        let words = words(lang);
        let (title, lead, button) = match self.demand {
            Demand::Purpose => (words.purpose_title, words.purpose_lead, words.purpose_button),
            Demand::Approval { .. } => (words.request_title, words.request_lead, words.request_button),
        };
        let (approvers, must_answer) = match &self.demand {
            Demand::Purpose => (None, true),
            Demand::Approval { approvers, purpose } => (Some(fill(words.request_asked, &[&approvers.join(", ")])), *purpose),
        };
        let page = Page {
            frame: Frame::new(look, lang, fill(title, &[&self.app])),
            words,
            lead: fill(lead, &[&self.app]),
            fault: self.was_blank.then_some(words.blank),
            action: &self.action,
            state: &self.state,
            prompt: self.prompt.as_deref().unwrap_or(words.why),
            must_answer,
            choices: if approvers.is_some() { choices(words, 4) } else { Vec::new() },
            approvers,
            button,
        };
        rendered(&page)
    }
    /// A question for the purpose.
    pub fn sample() -> Self {
        Self {
            app: "Payroll".into(),
            demand: Demand::Purpose,
            prompt: Some("Which ticket is it about?".into()),
            action: "/cdn-cgi/access/ask".into(),
            state: "c2FtcGxl".into(),
            was_blank: true,
        }
    }
    /// A request for approval.
    pub fn sample_approval() -> Self {
        let approvers = vec!["tessa@harbourworks.example".into(), "bram@harbourworks.example".into()];
        Self { demand: Demand::Approval { approvers, purpose: false }, prompt: None, was_blank: false, ..Self::sample() }
    }
}
