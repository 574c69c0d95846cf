//! Samples of the window that started a test.

use super::{Difference, Explained, ListedFault, Marked, Pasted, TestHelp, TestProgress, TestWaiting};

impl TestWaiting {
    /// Before the button is pressed.
    pub fn sample() -> Self {
        Self {
            provider: "Harbour Works Entra".into(),
            page: "/cdn-cgi/access/test/5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a".into(),
            mark: "ready-0".into(),
            started_by: "first administrator".into(),
            progress: TestProgress::Ready,
            help: TestHelp {
                callback: "https://team.harbourworks.example/cdn-cgi/access/callback".into(),
                client_id: "b7d1e3f0-2c48-4f6d-9a55-71c0de8840aa".into(),
                directory: Some("6f0c2b1e-93d4-4a57-8e21-0d9b7c5e4a10".into()),
                rows: vec![ListedFault {
                    codes: vec!["AADSTS50105".into()],
                    recognise: Some("is not assigned to a role for the application"),
                    cause: "the application requires assignment and this person is not assigned to it".into(),
                    fix: "Assign the person (Enterprise applications, Users and groups).".into(),
                }],
                pasted: None,
            },
        }
    }
    /// A minute without a return.
    pub fn sample_late() -> Self {
        Self { progress: TestProgress::Late, mark: "late-1".into(), ..Self::sample() }
    }
    /// A pasted text about a redirect URI with a slash too many.
    pub fn sample_pasted() -> Self {
        let same = "https://team.harbourworks.example/cdn-cgi/access/callback";
        let marked = |middle: &str| Marked { before: same.into(), middle: middle.into(), after: String::new() };
        let mut page = Self { progress: TestProgress::Asked, mark: "waiting-1".into(), ..Self::sample() };
        page.help.pasted = Some(Pasted {
            text: "AADSTS50011: The redirect URI <b>does</b> not match".into(),
            registered: format!("{same}/"),
            explained: vec![Explained {
                label: "AADSTS50011".into(),
                cause: "the redirect address (callback) of the request is not registered".into(),
                fix: "Register doorward's callback address exactly under the platform Web.".into(),
            }],
            differences: vec![Difference { theirs: marked("/"), ours: marked("") }],
            received_as_sent: false,
        });
        page
    }
}
