//! How pages look: the house stylesheet, the organisation's own touches, and what a browser may load.

use std::fmt::Write;

use model::organization::LoginDesign;

use crate::{Colour, link::followable};

/// The house stylesheet: no imports, no fonts, no pictures from anywhere.
pub const STYLE: &str = include_str!("../static/style.css");

/// Where pages expect their stylesheet, on the host that served them. A query behind it only renews caches.
pub const STYLE_PATH: &str = "/cdn-cgi/access/style.css";

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
}

impl Look {
    /// Takes over what is fit to be shown; colours that are none and addresses that lead nowhere are left out.
    pub fn new(organisation: &str, design: &LoginDesign) -> Self {
        let words = |text: &Option<String>| text.as_deref().map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned);
        let colour = |text: &Option<String>| text.as_deref().and_then(Colour::parse);
        let logo = design.logo_path.as_deref().and_then(followable);
        Self {
            organisation: organisation.to_owned(),
            background: colour(&design.background_color),
            text: colour(&design.text_color),
            header: words(&design.header_text),
            footer: words(&design.footer_text),
            logo: logo.filter(|url| url.starts_with('/') || url.to_ascii_lowercase().starts_with("https://")).map(str::to_owned),
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
        css
    }
    /// Address of the stylesheet with a mark that changes with its content.
    pub(crate) fn style_href(&self) -> String {
        // FNV-1a: a mark for caches, not a protection.
        let mark = self.stylesheet().bytes().fold(0xcbf2_9ce4_8422_2325u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
        format!("{STYLE_PATH}?v={:08x}", mark >> 32)
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
