//! What came of a test: "Your connection works!" with the identity as doorward reads it, or the fault with what was sent and said.

use askama::Template;

use super::{sentence, waiting::Follow};
use crate::{
    Look,
    notice::{Frame, rendered},
    text::{
        Language, fill,
        test_run::{Words, words},
    },
};

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TestMark {
    /// As it should be.
    Fine,
    /// Worth knowing.
    Note,
    /// Works today and costs something.
    Warning,
    /// Signing in fails until it is mended.
    Fault,
}

/// One thing that the test found.
#[derive(Debug, Clone)]
pub struct TestFinding {
    /// How much it matters.
    pub mark: TestMark,
    /// What was found.
    pub text: String,
    /// What to do.
    pub fix: Option<String>,
}

/// A test that passed.
#[derive(Debug, Clone)]
pub struct TestPassed {
    /// Name of the login method.
    pub provider: String,
    /// Path of the test.
    pub page: String,
    /// Changes with each step of the test.
    pub mark: String,
    /// What was found, in order.
    pub findings: Vec<TestFinding>,
    /// The identity as get-identity would give it, JSON.
    pub identity: String,
}

/// A test that failed.
#[derive(Debug, Clone)]
pub struct TestFailed {
    /// Name of the login method.
    pub provider: String,
    /// Path of the test.
    pub page: String,
    /// Changes with each step of the test.
    pub mark: String,
    /// The fault, and whatever else was found.
    pub findings: Vec<TestFinding>,
    /// Address and parameters of the request, without one-time values and secrets.
    pub sent: Vec<(String, String)>,
    /// What the provider said.
    pub said: Option<TestSaid>,
}

/// An error in the provider's own terms.
#[derive(Debug, Clone, Default)]
pub struct TestSaid {
    /// The OAuth `error`.
    pub error: String,
    /// `AADSTS…`.
    pub code: Option<String>,
    /// Finds the attempt in the provider's logs.
    pub correlation_id: Option<String>,
    /// The same for one request.
    pub trace_id: Option<String>,
    /// When, as the provider wrote it.
    pub at: Option<String>,
    /// The provider's text, cut and without control characters.
    pub text: String,
}

/// A finding with its words.
struct Row {
    class: &'static str,
    mark: &'static str,
    text: String,
    fix: Option<String>,
}

#[derive(Template)]
#[template(path = "test_outcome.html")]
struct Page<'a> {
    frame: Frame<'a>,
    words: &'static Words,
    follow: Follow<'a>,
    lead: String,
    rows: Vec<Row>,
    identity: Option<&'a str>,
    sent: &'a [(String, String)],
    said: Vec<(&'static str, &'a str)>,
}

impl TestPassed {
    /// The whole page.
    pub fn render(&self, look: &Look, lang: Language) -> String {
        let words = words(lang);
        rendered(&Page {
            frame: Frame::new(look, lang, words.passed_title),
            words,
            follow: Follow::new(&self.page, &self.mark, None),
            lead: fill(words.passed_lead, &[&self.provider]),
            rows: rows(&self.findings, words),
            identity: Some(&self.identity),
            sent: &[],
            said: Vec::new(),
        })
    }
    /// Mara, without a refresh token.
    pub fn sample() -> Self {
        let finding = |mark, text: &str, fix: Option<&str>| TestFinding { mark, text: text.into(), fix: fix.map(Into::into) };
        Self {
            provider: "Harbour Works Entra".into(),
            page: "/cdn-cgi/access/test/5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a".into(),
            mark: "passed-1".into(),
            findings: vec![
                finding(
                    TestMark::Fine,
                    "Mara Lindqvist is read with the e-mail address mara@harbourworks.example, from the claim email",
                    None,
                ),
                finding(TestMark::Note, "the account is a member of the directory", None),
                finding(
                    TestMark::Warning,
                    "no refresh token was received, so sessions cannot be checked between sign-ins",
                    Some("Add the delegated permission offline_access and grant admin consent."),
                ),
            ],
            identity: "{\n  \"email\": \"mara@harbourworks.example\",\n  \"name\": \"Mara <Lindqvist>\"\n}".into(),
        }
    }
}

impl TestFailed {
    /// The whole page.
    pub fn render(&self, look: &Look, lang: Language) -> String {
        let words = words(lang);
        let said = self.said.as_ref().map(|said| told(said, words)).unwrap_or_default();
        rendered(&Page {
            frame: Frame::new(look, lang, words.failed_title),
            words,
            follow: Follow::new(&self.page, &self.mark, None),
            lead: fill(words.failed_lead, &[&self.provider]),
            rows: rows(&self.findings, words),
            identity: None,
            sent: &self.sent,
            said,
        })
    }
    /// A secret that has expired.
    pub fn sample() -> Self {
        Self {
            provider: "Harbour Works Entra".into(),
            page: "/cdn-cgi/access/test/5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a".into(),
            mark: "failed-1".into(),
            findings: vec![TestFinding {
                mark: TestMark::Fault,
                text: "the client secret has expired".into(),
                fix: Some("Make a new client secret (App registrations, Certificates & secrets) and enter its Value here.".into()),
            }],
            sent: vec![
                ("GET".into(), "https://login.microsoftonline.com/6f0c2b1e-93d4-4a57-8e21-0d9b7c5e4a10/oauth2/v2.0/authorize".into()),
                ("redirect_uri".into(), "https://team.harbourworks.example/cdn-cgi/access/callback".into()),
            ],
            said: Some(TestSaid {
                error: "invalid_client".into(),
                code: Some("AADSTS7000222".into()),
                correlation_id: Some("0d7c9c1a-5b1e-4f0e-9b1a-6a1f0c7e4400".into()),
                trace_id: Some("5b1e7d20-3c44-4f0e-9b1a-6a1f0c7e4400".into()),
                at: Some("2026-03-04 09:15:22Z".into()),
                text: "AADSTS7000222: The provided client secret keys for app are expired.".into(),
            }),
        }
    }
}

fn rows(findings: &[TestFinding], words: &Words) -> Vec<Row> {
    let row = |finding: &TestFinding| {
        let (class, mark) = match finding.mark {
            TestMark::Fine => ("fine", words.mark_fine),
            TestMark::Note => ("note", words.mark_note),
            TestMark::Warning => ("warning", words.mark_warning),
            TestMark::Fault => ("fault", words.mark_fault),
        };
        Row { class, mark, text: sentence(&finding.text), fix: finding.fix.as_deref().map(sentence) }
    };
    findings.iter().map(row).collect()
}

fn told<'a>(said: &'a TestSaid, words: &'static Words) -> Vec<(&'static str, &'a str)> {
    [
        (words.said_error, Some(said.error.as_str()).filter(|e| !e.is_empty())),
        (words.said_code, said.code.as_deref()),
        (words.said_correlation, said.correlation_id.as_deref()),
        (words.said_trace, said.trace_id.as_deref()),
        (words.said_at, said.at.as_deref()),
        (words.said_text, Some(said.text.as_str()).filter(|t| !t.is_empty())),
    ]
    .into_iter()
    .filter_map(|(label, value)| Some((label, value?)))
    .collect()
}
