//! What the organisation shows instead of our pages when somebody is refused: a page of its own, or another address.

use std::sync::Arc;

use model::{
    app::App,
    custom_page::{CustomPage, PageKind},
};

use crate::compiled::Compiled;

/// Name of the query parameter that tells another address what was asked for.
const ORIGINAL: &str = "original_url";

impl Compiled {
    /// The page of this kind that the application names, else the organisation.
    pub fn own_page(&self, app: &App, kind: PageKind) -> Option<&Arc<CustomPage>> {
        let pages = &self.snapshot.custom_pages;
        let of_app = app.custom_pages.iter().filter_map(|id| pages.get(id)).find(|page| page.kind == kind);
        let of_organization = match kind {
            PageKind::IdentityDenied => self.snapshot.organization.custom_pages.identity_denied,
            PageKind::Forbidden => self.snapshot.organization.custom_pages.forbidden,
        };
        of_app.or_else(|| pages.get(&of_organization?).filter(|page| page.kind == kind))
    }
}

/// Where a refused request is sent: exactly the address that was configured, with what was asked for in its query unless it has such a
/// parameter of its own. Nothing of the request decides where it leads.
pub fn deny_location(configured: &str, original: &str) -> String {
    let (address, fragment) = configured.split_once('#').map_or((configured, None), |(address, fragment)| (address, Some(fragment)));
    let query = address.split_once('?').map(|(_, query)| query);
    let named = query.is_some_and(|query| query.split('&').any(|pair| pair.split('=').next() == Some(ORIGINAL)));
    let mut out = address.to_owned();
    if !named {
        let sign = match query {
            None => "?",
            Some(query) if query.is_empty() || query.ends_with('&') => "",
            Some(_) => "&",
        };
        out.push_str(&format!("{sign}{ORIGINAL}="));
        out.extend(
            original
                .bytes()
                .map(|b| if b.is_ascii_alphanumeric() || b"-._~".contains(&b) { char::from(b).to_string() } else { format!("%{b:02X}") }),
        );
    }
    if let Some(fragment) = fragment {
        out.push('#');
        out.push_str(fragment);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_for_goes_into_the_query_and_changes_nothing_else() {
        const ASKED: &str = "https://wiki.localhost/a?b=c&d#//evil.example";
        const TOLD: &str = "original_url=https%3A%2F%2Fwiki.localhost%2Fa%3Fb%3Dc%26d%23%2F%2Fevil.example";
        for (configured, expected) in [
            ("https://help.example/no", format!("https://help.example/no?{TOLD}")),
            ("https://help.example/no?", format!("https://help.example/no?{TOLD}")),
            ("https://help.example/no?x=1", format!("https://help.example/no?x=1&{TOLD}")),
            ("https://help.example/no?x=1#why", format!("https://help.example/no?x=1&{TOLD}#why")),
            ("https://help.example/#/route?x", format!("https://help.example/?{TOLD}#/route?x")),
            ("https://help.example/no?original_url=", "https://help.example/no?original_url=".into()),
        ] {
            assert_eq!(deny_location(configured, ASKED), expected, "{configured}");
        }
    }
}
