//! The page that people meet at the root of the team domain before they sign in to the App Launcher.

use askama::Template;
use model::app::LauncherLook;

use crate::{
    Look,
    launcher::foot,
    link::{Link, followable},
    notice::{Frame, rendered},
    text::{Language, launcher::words},
};

/// "Your applications", before the sign-in.
#[derive(Debug, Clone)]
pub struct Landing {
    /// How the App Launcher looks.
    pub launcher: LauncherLook,
    /// Where to sign in.
    pub sign_in_url: String,
}

#[derive(Template)]
#[template(path = "landing.html")]
struct Page<'a> {
    frame: Frame<'a>,
    image: Option<&'a str>,
    message: Option<&'a str>,
    sign_in: Option<Link>,
    foot: Vec<Link>,
}

impl Landing {
    /// The whole page.
    pub fn render(&self, look: &Look, lang: Language) -> String {
        let text = lang.text();
        let design = self.launcher.landing_page_design.clone().unwrap_or_default();
        let filled = |text: &Option<String>| text.as_deref().map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned);
        let (title, message) = (filled(&design.title), filled(&design.message));
        rendered(&Page {
            frame: Frame::new(look, lang, title.unwrap_or_else(|| words(lang).title.to_owned())),
            image: design.image_url.as_deref().and_then(followable),
            message: message.as_deref(),
            sign_in: Link::main(&self.sign_in_url, text.sign_in),
            foot: foot(&self.launcher),
        })
    }
    /// Harbour Works' own.
    pub fn sample() -> Self {
        Self { launcher: crate::launcher::sample_look(), sign_in_url: "/cdn-cgi/access/launcher".into() }
    }
}
