//! The step to the provider: a page that goes on by itself, because a form's redirect to another site would be stopped by the
//! pages' own Content-Security-Policy.

use askama::Template;

use crate::{
    Look,
    link::{Link, followable},
    notice::{Frame, rendered},
    text::{Language, fill, test_run::words},
};

/// "You are going to the provider."
#[derive(Debug, Clone)]
pub struct TestGoing {
    /// Name of the login method.
    pub provider: String,
    /// The authorize address.
    pub url: String,
}

#[derive(Template)]
#[template(path = "test_going.html")]
struct Page<'a> {
    frame: Frame<'a>,
    url: Option<&'a str>,
    lead: String,
    link: Option<Link>,
}

impl TestGoing {
    /// The whole page.
    pub fn render(&self, look: &Look, lang: Language) -> String {
        let words = words(lang);
        rendered(&Page {
            frame: Frame::new(look, lang, fill(words.title, &[&self.provider])),
            url: followable(&self.url),
            lead: fill(words.going, &[&self.provider]),
            link: Link::main(&self.url, words.go_on),
        })
    }
    /// On the way to Entra.
    pub fn sample() -> Self {
        Self {
            provider: "Harbour Works Entra".into(),
            url: "https://login.microsoftonline.com/6f0c2b1e-93d4-4a57-8e21-0d9b7c5e4a10/oauth2/v2.0/authorize?client_id=b7d1e3f0&prompt=login"
                .into(),
        }
    }
}
