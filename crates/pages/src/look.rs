//! How pages look: the house stylesheet, the organisation's own touches, and what a browser may load.

use std::fmt::Write;

use model::{
    app::{App, LauncherLook},
    organization::LoginDesign,
};

use crate::{Colour, link::followable};

/// The house stylesheet: no imports, no fonts, no pictures from anywhere.
pub const STYLE: &str = include_str!("../static/style.css");

/// Where pages expect their stylesheet, on the host that served them. A query behind it only renews caches.
pub const STYLE_PATH: &str = "/cdn-cgi/access/style.css";

/// The same of the App Launcher's pages, on the team domain.
pub const LAUNCHER_STYLE_PATH: &str = "/cdn-cgi/access/launcher.css";

/// Whether pages of other sites may show one of ours in a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// None may.
    Never,
    /// Every site may: the application wants it (`allow_iframe`).
    Anybody,
}

impl Framing {
    /// By an application's setting.
    pub const fn of(app: &App) -> Self {
        if app.allow_iframe { Self::Anybody } else { Self::Never }
    }
}

/// [`content_security_policy`] of a page that may be shown in a frame. Such a page goes without `X-Frame-Options`, which knows no middle.
pub const fn framed_content_security_policy() -> &'static str {
    "default-src 'none'; style-src 'self'; img-src 'self' https:; form-action 'self'; base-uri 'none'; frame-ancestors https:"
}

/// The header `Content-Security-Policy` for every page: no script, style from this host only, pictures from this host
/// or over HTTPS (the organisation's logo), never in a frame.
pub const fn content_security_policy() -> &'static str {
    "default-src 'none'; style-src 'self'; img-src 'self' https:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
}

/// The headers that go with every page: what it is, what it may do, and that nobody keeps or frames it.
pub const fn headers() -> [(&'static str, &'static str); 6] {
    [
        ("content-type", "text/html; charset=utf-8"),
        ("content-security-policy", content_security_policy()),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
        ("cache-control", "private, max-age=0, no-store, no-cache, must-revalidate, post-check=0, pre-check=0"),
    ]
}

/// The organisation's look, made from its settings once for each configuration.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Look {
    organisation: String,
    background: Option<Colour>,
    text: Option<Colour>,
    header: Option<String>,
    footer: Option<String>,
    logo: Option<String>,
    launcher: Option<Touches>,
}

/// Colours of the App Launcher.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Touches {
    background: Option<Colour>,
    header: Option<Colour>,
    button: Option<Colour>,
    button_text: Option<Colour>,
}

impl Look {
    /// The same with the touches of the App Launcher, for its pages: they have a stylesheet of their own, at [`LAUNCHER_STYLE_PATH`].
    #[must_use]
    pub fn of_launcher(self, look: &LauncherLook) -> Self {
        let colour = |text: Option<&String>| text.and_then(|text| Colour::parse(text));
        let button = look.landing_page_design.as_ref();
        let touches = Touches {
            background: colour(look.bg_color.as_ref()),
            header: colour(look.header_bg_color.as_ref()),
            button: colour(button.and_then(|design| design.button_color.as_ref())),
            button_text: colour(button.and_then(|design| design.button_text_color.as_ref())),
        };
        Self { logo: look.app_launcher_logo_url.as_deref().and_then(fit_logo).or(self.logo), launcher: Some(touches), ..self }
    }
    /// Takes over what is fit to be shown; colours that are none and addresses that lead nowhere are left out.
    pub fn new(organisation: &str, design: &LoginDesign) -> Self {
        let words = |text: &Option<String>| text.as_deref().map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned);
        let colour = |text: &Option<String>| text.as_deref().and_then(Colour::parse);
        Self {
            organisation: organisation.to_owned(),
            background: colour(&design.background_color),
            text: colour(&design.text_color),
            header: words(&design.header_text),
            footer: words(&design.footer_text),
            logo: design.logo_path.as_deref().and_then(fit_logo),
            launcher: None,
        }
    }
    /// Harbour Works with all touches set.
    pub fn sample() -> Self {
        Self::new(
            "Harbour Works",
            &LoginDesign {
                background_color: Some("#0b3d4f".into()),
                text_color: Some("white".into()),
                header_text: Some("Welcome aboard".into()),
                footer_text: Some("Harbour Works IT, pier 4".into()),
                logo_path: Some("https://static.harbourworks.example/logo.svg".into()),
            },
        )
    }

    /// What to answer at [`STYLE_PATH`]: the house stylesheet and the organisation's colours.
    pub fn stylesheet(&self) -> String {
        let mut css = STYLE.to_owned();
        // Writing to a String cannot fail.
        let _ = match (&self.background, &self.text) {
            (Some(background), Some(text)) => writeln!(css, ":root {{ --page: {background}; --page-ink: {text}; }}"),
            // Text of unknown contrast keeps to plates in the card's colours.
            (Some(background), None) => writeln!(css, ":root {{ --page: {background}; --plate: var(--card); }}"),
            (None, Some(text)) => writeln!(css, "@media (prefers-color-scheme: light) {{ :root {{ --page-ink: {text}; }} }}"),
            (None, None) => Ok(()),
        };
        let Some(touches) = &self.launcher else { return css };
        let rules = [
            (&touches.background, ":root { --page: ", "; --plate: var(--card); }"),
            (&touches.header, "header { background: ", "; }"),
            (&touches.button, ".button:not(.quiet) { background: ", "; }"),
            (&touches.button_text, ".button:not(.quiet) { color: ", "; }"),
        ];
        for (colour, before, after) in rules {
            if let Some(colour) = colour {
                let _ = writeln!(css, "{before}{colour}{after}");
            }
        }
        css
    }
    /// Address of the stylesheet with a mark that changes with its content.
    pub(crate) fn style_href(&self) -> String {
        // FNV-1a: a mark for caches, not a protection.
        let mark = self.stylesheet().bytes().fold(0xcbf2_9ce4_8422_2325u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
        let path = if self.launcher.is_some() { LAUNCHER_STYLE_PATH } else { STYLE_PATH };
        format!("{path}?v={:08x}", mark >> 32)
    }
    pub(crate) fn organisation(&self) -> &str {
        &self.organisation
    }
    pub(crate) fn header(&self) -> Option<&str> {
        self.header.as_deref()
    }
    pub(crate) fn footer(&self) -> Option<&str> {
        self.footer.as_deref()
    }
    pub(crate) fn logo(&self) -> Option<&str> {
        self.logo.as_deref()
    }
}

fn fit_logo(url: &str) -> Option<String> {
    followable(url).filter(|url| url.starts_with('/') || url.to_ascii_lowercase().starts_with("https://")).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stylesheet_loads_nothing_and_takes_valid_colours_only() {
        for forbidden in ["@import", "url(", "http", "expression"] {
            assert!(!STYLE.contains(forbidden), "{forbidden}");
        }
        assert!(Look::sample().stylesheet().ends_with(":root { --page: #0b3d4f; --page-ink: white; }\n"));
        let hostile = LoginDesign {
            background_color: Some("red;} body { background: url(https://evil.example)".into()),
            text_color: Some("</style>".into()),
            logo_path: Some("javascript:alert(1)".into()),
            header_text: Some("  ".into()),
            footer_text: None,
        };
        assert_eq!(Look::new("Harbour Works", &hostile).stylesheet(), STYLE);
        assert_eq!(Look::new("Harbour Works", &hostile).logo(), None);
        assert_eq!(Look::new("Harbour Works", &hostile).header(), None);
    }

    #[test]
    fn the_launchers_colours_are_colours_and_its_stylesheet_another() {
        let look =
            |colour: &str| LauncherLook { bg_color: Some(colour.into()), header_bg_color: Some("navy".into()), ..LauncherLook::default() };
        let fine = Look::default().of_launcher(&look("teal"));
        assert!(fine.stylesheet().ends_with(":root { --page: teal; --plate: var(--card); }\nheader { background: navy; }\n"));
        assert!(fine.style_href().starts_with(LAUNCHER_STYLE_PATH));
        let hostile = Look::default().of_launcher(&look("red} body{display:none"));
        assert!(!hostile.stylesheet().contains("display:none}") && hostile.stylesheet().ends_with("header { background: navy; }\n"));
    }

    #[test]
    fn another_look_has_another_address() {
        assert_ne!(Look::sample().style_href(), Look::default().style_href());
        assert!(Look::sample().style_href().starts_with(STYLE_PATH));
    }

    #[test]
    fn the_policy_allows_no_script_and_no_inline_style() {
        let policy = content_security_policy();
        assert!(policy.starts_with("default-src 'none'"));
        assert!(!policy.contains("unsafe") && !policy.contains("script-src"));
    }
}
