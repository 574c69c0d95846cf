//! Pages of the organisation's own in place of ours: their HTML, a few placeholders, and what a browser may do with it.
//!
//! The HTML is an administrator's, not ours: it runs in a sandbox without scripts, forms and the origin it is served from, so that it can
//! neither read nor send what belongs to the application or the team domain.

use model::Reference;

use crate::{Framing, harmless::plain};

/// What placeholders stand for.
#[derive(Debug, Clone, Default)]
pub struct Told<'a> {
    /// `{{ app_name }}`.
    pub app: &'a str,
    /// `{{ organization }}`.
    pub organization: &'a str,
    /// `{{ email }}`: who is signed in; empty before a sign-in.
    pub email: &'a str,
    /// `{{ message }}`: the application's own words.
    pub message: &'a str,
    /// `{{ reference }}`.
    pub reference: &'a str,
    /// `{{ other_account_url }}`.
    pub other_account_url: &'a str,
    /// `{{ sign_out_url }}`.
    pub sign_out_url: &'a str,
}

/// The page. HTML of contract version 0, or of none, is shown as it is; in later ones placeholders are filled in, escaped.
pub fn own_page(html: &str, contract_version: Option<u32>, told: &Told<'_>) -> String {
    if contract_version.unwrap_or(0) == 0 { html.to_owned() } else { filled(html, told) }
}

/// The headers of such a page. `reference` finds the decision in the log, whether the page shows it or not.
pub fn own_headers(reference: &Reference, framing: Framing) -> [(&'static str, String); 6] {
    let policy = "default-src 'none'; style-src 'unsafe-inline' https:; img-src https: data:; font-src https: data:; form-action 'none'; \
        base-uri 'none'; sandbox allow-popups allow-top-navigation-by-user-activation; frame-ancestors";
    let ancestors = match framing {
        Framing::Never => "'none'",
        Framing::Anybody => "https:",
    };
    [
        ("content-type", "text/html; charset=utf-8".into()),
        ("content-security-policy", format!("{policy} {ancestors}")),
        ("x-content-type-options", "nosniff".into()),
        ("referrer-policy", "no-referrer".into()),
        ("cache-control", "private, max-age=0, no-store".into()),
        (REFERENCE_HEADER, reference.to_string()),
    ]
}

/// Names the decision, for pages that do not show its reference.
pub const REFERENCE_HEADER: &str = "doorward-reference";

/// Fills in `{{ name }}`. What is filled in is not looked at again; a name that is none of ours stays as it is.
fn filled(html: &str, told: &Told<'_>) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(begin) = rest.find("{{") {
        let (before, from) = rest.split_at(begin);
        out.push_str(before);
        let placed = from.find("}}").and_then(|end| Some((value(from[2..end].trim(), told)?, end + 2)));
        let (text, taken) = placed.unwrap_or_else(|| ("{{".to_owned(), 2));
        out.push_str(&text);
        rest = &from[taken..];
    }
    out.push_str(rest);
    out
}

fn value(name: &str, told: &Told<'_>) -> Option<String> {
    Some(escaped(match name {
        "app_name" => told.app,
        "organization" => told.organization,
        "email" => told.email,
        "message" => told.message,
        "reference" => told.reference,
        "other_account_url" => told.other_account_url,
        "sign_out_url" => told.sign_out_url,
        _ => return None,
    }))
}

/// Safe between tags and in attributes, quoted or not.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in plain(text).chars() {
        if c.is_alphanumeric() || "-._~:/?@!$*+,;%#()[]".contains(c) {
            out.push(c);
        } else {
            out.push_str(&format!("&#{};", u32::from(c)));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOLD: Told<'_> = Told {
        app: "<Wiki> {{ email }}",
        organization: "Harbour Works",
        email: "ilo@harbourworks.example",
        message: "a \"b\"",
        reference: "0123",
        other_account_url: "https://wiki.localhost/x?y=z",
        sign_out_url: "/cdn-cgi/access/logout",
    };

    #[test]
    fn placeholders_are_filled_in_once_and_escaped() {
        for (html, version, expected) in [
            ("<p>{{email}}</p>", None, "<p>{{email}}</p>"),
            ("<p>{{email}}</p>", Some(0), "<p>{{email}}</p>"),
            ("<p>{{ email }} {{reference}}</p>", Some(1), "<p>ilo@harbourworks.example 0123</p>"),
            ("{{ app_name }}", Some(1), "&#60;Wiki&#62;&#32;&#123;&#123;&#32;email&#32;&#125;&#125;"),
            ("<a title=\"{{ message }}\">", Some(2), "<a title=\"a&#32;&#34;b&#34;\">"),
            ("<a href={{ other_account_url }}>", Some(1), "<a href=https://wiki.localhost/x?y&#61;z>"),
            ("{{ other }} {{ email", Some(1), "{{ other }} {{ email"),
            ("{{{ email }}}", Some(1), "{{{ email }}}"),
            ("a {b} {{}} ä", Some(1), "a {b} {{}} ä"),
        ] {
            assert_eq!(own_page(html, version, &TOLD), expected, "{html}");
        }
    }

    #[test]
    fn such_a_page_runs_nothing_and_posts_nothing() {
        let headers = own_headers(&Reference::from_bytes([7; 16]), Framing::Never);
        let policy = &headers.iter().find(|(name, _)| *name == "content-security-policy").unwrap().1;
        assert!(policy.starts_with("default-src 'none'") && policy.contains("sandbox") && policy.contains("form-action 'none'"));
        assert!(!policy.contains("allow-scripts") && !policy.contains("allow-same-origin") && !policy.contains("script-src"));
        assert!(policy.ends_with("frame-ancestors 'none'"));
    }
}
