//! The window that started a test: the button, the wait, and what to compare when nothing comes back.

mod sample;

use askama::Template;

use super::{TEST_SCRIPT_PATH, sentence};
use crate::{
    Look,
    notice::{Frame, rendered},
    text::{
        Language, fill,
        test_run::{Words, words},
    },
};

/// The window that started a test.
#[derive(Debug, Clone)]
pub struct TestWaiting {
    /// Name of the login method.
    pub provider: String,
    /// Path of the test.
    pub page: String,
    /// Changes with each step of the test.
    pub mark: String,
    /// Name of the API token that started it: its holder sees the result as well.
    pub started_by: String,
    /// How far it is.
    pub progress: TestProgress,
    /// What to compare.
    pub help: TestHelp,
}

/// How far a test is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TestProgress {
    /// The button was not pressed yet.
    Ready,
    /// The other window is at the provider.
    Waiting,
    /// Nothing came back for a minute.
    Late,
    /// Somebody wants to see the list, or what a pasted text means.
    Asked,
}

/// What a person compares with what the provider shows.
#[derive(Debug, Clone)]
pub struct TestHelp {
    /// The redirect URI that is sent.
    pub callback: String,
    /// Client ID that is sent.
    pub client_id: String,
    /// Directory that is asked, where the provider has such.
    pub directory: Option<String>,
    /// The faults that stay on the provider's side.
    pub rows: Vec<ListedFault>,
    /// What came of a pasted text.
    pub pasted: Option<Pasted>,
}

/// A fault that the provider keeps on its own page.
#[derive(Debug, Clone)]
pub struct ListedFault {
    /// Codes that its page shows.
    pub codes: Vec<String>,
    /// What its page says in large letters, when that is known.
    pub recognise: Option<&'static str>,
    /// What happened.
    pub cause: String,
    /// What to do.
    pub fix: String,
}

/// A pasted text and what it means.
#[derive(Debug, Clone, Default)]
pub struct Pasted {
    /// The text.
    pub text: String,
    /// The registered address that was entered beside it.
    pub registered: String,
    /// What its codes mean.
    pub explained: Vec<Explained>,
    /// Addresses that are not the one that is sent.
    pub differences: Vec<Difference>,
    /// The text names exactly the address that is sent.
    pub received_as_sent: bool,
}

/// A code explained.
#[derive(Debug, Clone)]
pub struct Explained {
    /// `AADSTS50011`.
    pub label: String,
    /// What happened.
    pub cause: String,
    /// What to do.
    pub fix: String,
}

/// Two addresses, character by character.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The address of the provider's side.
    pub theirs: Marked,
    /// The address that is sent.
    pub ours: Marked,
}

/// A text with its differing part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marked {
    /// The same on both sides.
    pub before: String,
    /// Different.
    pub middle: String,
    /// The same on both sides.
    pub after: String,
}

/// What the page's script, or without it the browser, follows.
pub(super) struct Follow<'a> {
    pub page: &'a str,
    pub mark: &'a str,
    pub script: &'static str,
    /// Seconds after which a browser without script looks again.
    pub refresh: Option<u32>,
}

impl<'a> Follow<'a> {
    pub(super) fn new(page: &'a str, mark: &'a str, refresh: Option<u32>) -> Self {
        Self { page, mark, script: TEST_SCRIPT_PATH, refresh }
    }
}

#[derive(Template)]
#[template(path = "test_waiting.html")]
struct Page<'a> {
    frame: Frame<'a>,
    words: &'static Words,
    follow: Follow<'a>,
    lead: Vec<String>,
    button: &'static str,
    is_open: bool,
    help: &'a TestHelp,
}

impl TestWaiting {
    /// The whole page.
    pub fn render(&self, look: &Look, lang: Language) -> String {
        let words = words(lang);
        let (lead, button) = match self.progress {
            TestProgress::Ready => {
                (vec![fill(words.ready_lead, &[&self.provider]), fill(words.ready_who, &[&self.started_by])], words.ready_button)
            }
            TestProgress::Waiting => (vec![fill(words.waiting_lead, &[&self.provider])], words.waiting_button),
            TestProgress::Late => (vec![fill(words.late_lead, &[&self.provider])], words.waiting_button),
            TestProgress::Asked => (Vec::new(), words.waiting_button),
        };
        // While something is being read or pasted, nothing reloads by itself.
        let refresh = matches!(self.progress, TestProgress::Ready | TestProgress::Waiting).then_some(5);
        rendered(&Page {
            frame: Frame::new(look, lang, fill(words.title, &[&self.provider])),
            words,
            follow: Follow::new(&self.page, &self.mark, refresh),
            lead,
            button,
            is_open: refresh.is_none(),
            help: &self.help,
        })
    }
}

impl ListedFault {
    fn cause(&self) -> String {
        sentence(&self.cause)
    }
    fn fix(&self) -> String {
        sentence(&self.fix)
    }
    fn codes(&self) -> String {
        self.codes.join(", ")
    }
}

impl Explained {
    fn cause(&self) -> String {
        sentence(&self.cause)
    }
    fn fix(&self) -> String {
        sentence(&self.fix)
    }
}
