//! Links on pages: only addresses that lead to a page, never ones that run.

/// A link with its words.
#[derive(Debug)]
pub(crate) struct Link {
    pub href: String,
    pub words: String,
    pub class: &'static str,
}

impl Link {
    /// The one thing to do next. `None` when the address is not fit to be followed.
    pub fn main(href: &str, words: impl Into<String>) -> Option<Self> {
        Self::new(href, words, "button")
    }
    /// Another way on.
    pub fn other(href: &str, words: impl Into<String>) -> Option<Self> {
        Self::new(href, words, "button quiet")
    }
    fn new(href: &str, words: impl Into<String>, class: &'static str) -> Option<Self> {
        Some(Self { href: followable(href)?.to_owned(), words: words.into(), class })
    }
}

/// The address when it is a path on this host or an `http(s)` URL; else `None`.
pub(crate) fn followable(href: &str) -> Option<&str> {
    let clean = !href.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\');
    let path = href.starts_with('/') && !href.starts_with("//");
    let lower = href.get(..8).unwrap_or(href).to_ascii_lowercase();
    let url = lower.starts_with("https://") || lower.starts_with("http://");
    (clean && href.len() <= 8192 && (path || url)).then_some(href)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_and_web_addresses_are_followed() {
        for good in ["/", "/cdn-cgi/access/logout?x=1", "https://wiki.harbourworks.example/", "HTTP://a.example"] {
            assert_eq!(followable(good), Some(good));
        }
        for bad in [
            "",
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "data:text/html,x",
            "//evil.example",
            "/\\evil.example",
            "\thttps://a",
            "wiki",
            "ftp://a",
        ] {
            assert_eq!(followable(bad), None, "{bad:?}");
        }
    }
}
