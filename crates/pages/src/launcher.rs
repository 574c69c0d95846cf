//! The plain page at the root of the team domain: who is signed in, and which applications are there.

use std::collections::BTreeSet;

use askama::Template;
use model::app::{FooterLink, LandingPage, LauncherLook};

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
    /// The tag that the list is narrowed to.
    pub tag: Option<String>,
    /// How it looks where the account has an App Launcher of its own.
    pub launcher: LauncherLook,
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
    /// Its tags.
    pub tags: Vec<String>,
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
    tiles: Vec<&'a Tile>,
    tags: Vec<Tag>,
    foot: Vec<Link>,
    sign_out: Option<Link>,
}

/// A link that narrows the list to a tag, or widens it again.
struct Tag {
    href: String,
    words: String,
    here: bool,
}

impl Launcher {
    /// The whole page.
    pub fn render(&self, look: &Look, lang: Language) -> String {
        let text = lang.text();
        rendered(&Page {
            frame: Frame::new(look, lang, text.launcher_title),
            lead: fill(text.launcher_lead, &[&self.name, &self.email]),
            none: text.launcher_none,
            tiles: self.apps.iter().filter(|tile| self.tag.as_ref().is_none_or(|tag| tile.tags.contains(tag))).collect(),
            tags: self.tags(text.launcher_all),
            foot: foot(&self.launcher),
            sign_out: Link::other(&self.sign_out_url, text.sign_out),
        })
    }
    /// Links for every tag that an application of the list has; none when there is none.
    fn tags(&self, all: &str) -> Vec<Tag> {
        let names: BTreeSet<&String> = self.apps.iter().flat_map(|tile| &tile.tags).collect();
        if names.is_empty() {
            return Vec::new();
        }
        let link = |name: &&String| {
            let query: String =
                name.bytes().map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") }).collect();
            Tag { href: format!("/?tag={query}"), words: (*name).clone(), here: self.tag.as_ref() == Some(*name) }
        };
        let all = Tag { href: "/".into(), words: all.to_owned(), here: self.tag.is_none() };
        std::iter::once(all).chain(names.iter().map(link)).collect()
    }
    /// Mara's two applications.
    pub fn sample() -> Self {
        let tile = |name: &str, host: &str| Tile {
            name: name.into(),
            url: format!("https://{host}.harbourworks.example/"),
            logo: None,
            tags: vec![format!("{name} & more")],
        };
        Self {
            name: "Mara Quay".into(),
            email: "mara@harbourworks.example".into(),
            apps: vec![tile("Harbour Wiki", "wiki"), tile("Harbour Charts", "charts")],
            tag: None,
            launcher: sample_look(),
            sign_out_url: "/cdn-cgi/access/logout".into(),
        }
    }
}

/// The links at the foot whose addresses are fit to be followed.
pub(crate) fn foot(look: &LauncherLook) -> Vec<Link> {
    look.footer_links.iter().filter_map(|link| Link::other(&link.url, &link.name)).collect()
}

pub(crate) fn sample_look() -> LauncherLook {
    let text = |s: &str| Some(s.to_owned());
    LauncherLook {
        app_launcher_logo_url: text("https://static.harbourworks.example/quay.svg"),
        bg_color: text("#0b3d4f"),
        header_bg_color: text("navy"),
        footer_links: vec![FooterLink { name: "Harbour office".into(), url: "https://office.harbourworks.example/".into() }],
        landing_page_design: Some(LandingPage {
            title: text("Welcome to the quay"),
            message: text("Sign in with your Harbour Works account."),
            image_url: None,
            button_color: text("#c5ed1b"),
            button_text_color: text("black"),
        }),
        skip_app_launcher_login_page: false,
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
