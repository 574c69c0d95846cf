//! The plain page at the root of the team domain: who is signed in, and which applications are there.

use askama::Template;

use crate::{
    Look,
    link::{Link, followable},
    notice::{Frame, rendered},
    text::{Language, fill},
};

/// "Your applications".
#[derive(Debug, Clone)]
pub struct Launcher {
    /// Who is signed in: name.
    pub name: String,
    /// … and address.
    pub email: String,
    /// The applications, in the order to show them.
    pub apps: Vec<Tile>,
    /// Where to sign out.
    pub sign_out_url: String,
}

/// One application.
#[derive(Debug, Clone)]
pub struct Tile {
    /// Its name.
    pub name: String,
    /// Its address.
    pub url: String,
    /// Address of its logo.
    pub logo: Option<String>,
}

impl Tile {
    fn href(&self) -> Option<&str> {
        followable(&self.url)
    }
    fn logo(&self) -> Option<&str> {
        self.logo.as_deref().and_then(followable)
    }
    fn host(&self) -> &str {
        let rest = self.url.split_once("://").map_or(self.url.as_str(), |(_, rest)| rest);
        rest.trim_end_matches('/')
    }
}

#[derive(Template)]
#[template(path = "launcher.html")]
struct Page<'a> {
    frame: Frame<'a>,
    lead: String,
    none: &'static str,
    tiles: &'a [Tile],
    sign_out: Option<Link>,
}

impl Launcher {
    /// The whole page.
    pub fn render(&self, look: &Look, lang: Language) -> String {
        let text = lang.text();
        rendered(&Page {
            frame: Frame::new(look, lang, text.launcher_title),
            lead: fill(text.launcher_lead, &[&self.name, &self.email]),
            none: text.launcher_none,
            tiles: &self.apps,
            sign_out: Link::other(&self.sign_out_url, text.sign_out),
        })
    }
    /// Mara's two applications.
    pub fn sample() -> Self {
        let tile = |name: &str, host: &str| Tile { name: name.into(), url: format!("https://{host}.harbourworks.example/"), logo: None };
        Self {
            name: "Mara Quay".into(),
            email: "mara@harbourworks.example".into(),
            apps: vec![tile("Harbour Wiki", "wiki"), tile("Harbour Charts", "charts")],
            sign_out_url: "/cdn-cgi/access/logout".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_logo_is_shown_when_its_address_is_fit_for_it() {
        let with = |logo: &str| {
            let mut launcher = Launcher::sample();
            launcher.apps[0].logo = Some(logo.into());
            launcher.render(&Look::sample(), Language::English)
        };
        assert!(
            with("https://cdn.harbourworks.example/wiki.png").contains(r#"<img src="https://cdn.harbourworks.example/wiki.png" alt="">"#)
        );
        assert!(!with("javascript:alert(1)").contains("javascript"));
    }
}
