//! The App Launcher at the root of the team domain: who is signed in, for how long, and what they may open.

mod sample;
mod shelves;

use askama::Template;
use model::{AppId, app::LauncherLook};

use crate::{
    Detail, Look,
    link::Link,
    notice::{Frame, rendered},
    text::{
        Language, fill,
        launcher::{Words, words},
    },
};
pub(crate) use sample::sample_look;
use shelves::{Shelf, Tag};

/// The script of the App Launcher: finds while one types. The page works without it.
pub const LAUNCHER_SCRIPT: &str = include_str!("../static/launcher.js");

/// Where the page expects it, on the host that served it.
pub const LAUNCHER_SCRIPT_PATH: &str = "/cdn-cgi/access/launcher.js";

/// Where the page posts favourites to.
pub const FAVOURITE_PATH: &str = "/cdn-cgi/access/launcher/favourite";

/// The header `Content-Security-Policy` of the page: as for every page, and scripts of this host.
pub const fn launcher_content_security_policy() -> &'static str {
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
}

/// "Your applications".
#[derive(Debug, Clone)]
pub struct Launcher {
    /// Who is signed in: name.
    pub name: String,
    /// … and address.
    pub email: String,
    /// The applications, in the order to show them.
    pub apps: Vec<Tile>,
    /// Those that the person used lately, the last one first.
    pub recent: Vec<AppId>,
    /// The tag that the list is narrowed to.
    pub tag: Option<String>,
    /// What was searched for.
    pub search: Option<String>,
    /// How it looks where the account has an App Launcher of its own.
    pub launcher: LauncherLook,
    /// The end of the sign-in.
    pub ends: SessionEnd,
    /// What makes the page's form this person's.
    pub form_state: String,
    /// Where to sign out.
    pub sign_out_url: String,
}

/// When the sign-in ends.
#[derive(Debug, Clone)]
pub struct SessionEnd {
    /// Unix milliseconds.
    pub at_millis: i64,
    /// Seconds that are left.
    pub left_secs: i64,
    /// Where to sign in anew before that; none where there is no sign-in to this page.
    pub extend_url: Option<String>,
}

/// One application.
#[derive(Debug, Clone)]
pub struct Tile {
    /// Its id.
    pub id: AppId,
    /// Its name.
    pub name: String,
    /// Its address.
    pub url: String,
    /// Address of its logo.
    pub logo: Option<String>,
    /// Its tags.
    pub tags: Vec<String>,
    /// What is known about the person's access.
    pub access: Access,
    /// True for a plain link.
    pub is_link: bool,
    /// True when the person marked it.
    pub is_favourite: bool,
}

/// What is known about a person's access to an application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// They may open it.
    Open,
    /// They may once they did or were given what a policy demands besides.
    Asks,
    /// A fact that decides it is not known.
    Unknown(Detail),
}

#[derive(Template)]
#[template(path = "launcher.html")]
struct Page<'a> {
    frame: Frame<'a>,
    script: &'static str,
    words: &'static Words,
    lead: String,
    ends: String,
    ends_at: i64,
    extend: Option<Link>,
    sign_out: Option<Link>,
    has_apps: bool,
    sought: &'a str,
    tag: Option<&'a str>,
    tags: Vec<Tag>,
    none: &'static str,
    favourite_url: &'static str,
    form_state: &'a str,
    shelves: Vec<Shelf<'a>>,
    foot: Vec<Link>,
}

impl Launcher {
    /// The whole page.
    pub fn render(&self, look: &Look, lang: Language) -> String {
        let (text, words) = (lang.text(), words(lang));
        rendered(&Page {
            frame: Frame::new(look, lang, words.title),
            script: LAUNCHER_SCRIPT_PATH,
            words,
            lead: fill(words.lead, &[&self.name, &self.email]),
            ends: self.ends.in_words(words),
            ends_at: self.ends.at_millis,
            extend: self.ends.extend_url.as_deref().and_then(|url| Link::other(url, words.extend)),
            sign_out: Link::other(&self.sign_out_url, text.sign_out),
            has_apps: !self.apps.is_empty(),
            sought: self.search.as_deref().unwrap_or_default(),
            tag: self.tag.as_deref(),
            tags: self.tags(words.all_tags),
            none: if self.apps.is_empty() { words.none } else { words.none_found },
            favourite_url: FAVOURITE_PATH,
            form_state: &self.form_state,
            shelves: self.shelves(text, words),
            foot: foot(&self.launcher),
        })
    }
}

impl SessionEnd {
    fn in_words(&self, words: &Words) -> String {
        let minutes = self.left_secs.max(0) / 60;
        let (days, hours) = (minutes / 1440, minutes / 60 % 24);
        let told = |pattern: &str, values: [i64; 2]| fill(pattern, &values.map(|n| n.to_string()).each_ref().map(String::as_str));
        match (days, minutes / 60) {
            (2.., _) => told(words.ends_days, [days, hours]),
            (_, 1..) => told(words.ends_hours, [minutes / 60, minutes % 60]),
            _ => told(words.ends_minutes, [minutes, 0]),
        }
    }
}

/// The links at the foot whose addresses are fit to be followed.
pub(crate) fn foot(look: &LauncherLook) -> Vec<Link> {
    look.footer_links.iter().filter_map(|link| Link::other(&link.url, &link.name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(change: impl FnOnce(&mut Launcher)) -> String {
        let mut launcher = Launcher::sample();
        change(&mut launcher);
        launcher.render(&Look::sample(), Language::English)
    }

    #[test]
    fn a_logo_is_shown_when_its_address_is_fit_for_it() {
        let with = |logo: &str| page(|launcher| launcher.apps[0].logo = Some(logo.into()));
        assert!(
            with("https://cdn.harbourworks.example/wiki.png").contains(r#"<img src="https://cdn.harbourworks.example/wiki.png" alt="">"#)
        );
        assert!(!with("javascript:alert(1)").contains("javascript"));
    }

    #[test]
    fn the_end_of_the_sign_in_is_told_in_the_largest_units_that_say_something() {
        for (secs, told) in [
            (90, "in 1 min."),
            (-5, "in 0 min."),
            (3 * 3600 + 20 * 60 + 59, "in 3 h 20 min."),
            (30 * 3600, "in 30 h 0 min."),
            (3 * 86400 + 7200, "in 3 days and 2 h."),
        ] {
            assert!(page(|launcher| launcher.ends.left_secs = secs).contains(told), "{secs}");
        }
        assert!(!page(|launcher| launcher.ends.extend_url = None).contains("Extend"));
    }

    #[test]
    fn the_script_asks_nobody_and_writes_no_markup() {
        for forbidden in ["http:", "https:", "eval", "innerHTML", "document.write", "localStorage", "fetch"] {
            assert!(!LAUNCHER_SCRIPT.contains(forbidden), "{forbidden}");
        }
        assert!(!launcher_content_security_policy().contains("unsafe"));
    }
}
