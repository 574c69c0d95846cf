//! The console's local door: where a one-time token made on the machine is given in. No password is asked for, ever.

use askama::Template;

use crate::{
    Look,
    notice::{Frame, rendered},
    text::{
        Language,
        console_door::{Words, words},
    },
};

/// The page of the door.
#[derive(Debug, Clone, Copy)]
pub struct ConsoleDoor {
    /// Why the last token did not open it.
    pub fault: Option<DoorFault>,
}

/// Why a token did not open the door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DoorFault {
    /// None of this server's, or torn.
    Unknown,
    /// Older than thirty minutes.
    Late,
    /// It opened the door before.
    Used,
    /// The form came from elsewhere.
    Foreign,
}

#[derive(Template)]
#[template(path = "console_door.html")]
struct Page<'a> {
    frame: Frame<'a>,
    words: &'static Words,
    fault: Option<&'static str>,
}

impl ConsoleDoor {
    /// The whole page.
    pub fn render(self, look: &Look, lang: Language) -> String {
        let words = words(lang);
        let fault = self.fault.map(|fault| match fault {
            DoorFault::Unknown => words.unknown,
            DoorFault::Late => words.late,
            DoorFault::Used => words.used,
            DoorFault::Foreign => words.foreign,
        });
        rendered(&Page { frame: Frame::new(look, lang, words.title), words, fault })
    }
    /// A token that was used before.
    pub const fn sample() -> Self {
        Self { fault: Some(DoorFault::Used) }
    }
}
