//! Applications: what is protected, and how its sessions and cookies behave.

use serde::{Deserialize, Serialize};

use crate::{AppId, Audience, CustomPageId, IdpId, SessionDuration, Timestamp, access_policy::PolicyLink, hostname::AppAddress};

/// Kinds of application that doorward serves so far, with what only they have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AppKind {
    /// A web application behind the reverse proxy.
    SelfHosted,
    /// A link in the App Launcher; nothing is protected.
    Bookmark {
        /// Where it leads.
        link: String,
    },
    /// The App Launcher itself, on the team domain. One for the account, at most.
    AppLauncher(LauncherLook),
    /// doorward's own console, on the team domain: [`crate::console::Console`]. Never stored as an application.
    Console,
}

impl AppKind {
    /// The wire name.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::SelfHosted => "self_hosted",
            Self::Bookmark { .. } => "bookmark",
            Self::AppLauncher(_) => "app_launcher",
            Self::Console => "console",
        }
    }
}

/// True for what a bookmark can lead to: an http or https address, or a host with or without a path.
pub fn is_link(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or(text);
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (name, port) = host.split_once(':').map_or((host, None), |(name, port)| (name, Some(port)));
    let port = port.is_none_or(|port| !port.is_empty() && port.parse::<u16>().is_ok());
    // A bare word with a number behind it may be a scheme of its own (`tel:1`).
    let scheme = rest.len() < text.len() || !host.contains(':') || name.contains('.');
    text.bytes().all(|b| b.is_ascii_graphic()) && crate::email::is_domain(name) && port && scheme
}

/// The address that a bookmark's link leads to: https where it names no scheme.
pub fn link_address(link: &str) -> String {
    if link.starts_with("https://") || link.starts_with("http://") { link.to_owned() } else { format!("https://{link}") }
}

/// Look of the App Launcher.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct LauncherLook {
    /// URL of the logo.
    pub app_launcher_logo_url: Option<String>,
    /// CSS colour of the page.
    pub bg_color: Option<String>,
    /// CSS colour of the head.
    pub header_bg_color: Option<String>,
    /// Links at the foot.
    pub footer_links: Vec<FooterLink>,
    /// The page before the sign-in.
    pub landing_page_design: Option<LandingPage>,
    /// No such page: sign in at once.
    pub skip_app_launcher_login_page: bool,
}

/// A link at the foot of the App Launcher.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FooterLink {
    /// Text.
    pub name: String,
    /// Where it leads.
    pub url: String,
}

/// The page that people meet before they sign in to the App Launcher.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct LandingPage {
    /// Title; doorward's own when absent.
    pub title: Option<String>,
    /// Text.
    pub message: Option<String>,
    /// URL of a picture.
    pub image_url: Option<String>,
    /// CSS colour of the button.
    pub button_color: Option<String>,
    /// CSS colour of its text.
    pub button_text_color: Option<String>,
}

/// A list, or everything. The contract's pairs `allow_all_methods` / `allowed_methods`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Allowed {
    /// Everything.
    All,
    /// These, in the order given.
    These(Vec<String>),
}

/// How preflight requests of other origins are answered (Fetch Standard, "CORS protocol"), instead of by the origin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CorsHeaders {
    /// Origins.
    pub origins: Allowed,
    /// Methods.
    pub methods: Allowed,
    /// Request headers.
    pub headers: Allowed,
    /// Cookies may be sent. Never together with all origins.
    pub credentials: bool,
    /// Seconds that a browser may remember the answer; -1: not at all.
    pub max_age: Option<i32>,
    /// What was given as `false` or as an empty list: nothing follows from it, and it is shown as it was given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub off: Vec<CorsMember>,
}

impl CorsHeaders {
    /// True when nothing is allowed and nothing said: as good as no settings.
    #[must_use]
    pub fn says_nothing(&self) -> bool {
        let none = |allowed: &Allowed| *allowed == Allowed::These(Vec::new());
        none(&self.origins) && none(&self.methods) && none(&self.headers) && !self.credentials && self.max_age.is_none()
    }
}

/// The members of [`CorsHeaders`] that can be switched off or empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the contract's")]
pub enum CorsMember {
    AllowAllHeaders,
    AllowAllMethods,
    AllowAllOrigins,
    AllowCredentials,
    AllowedHeaders,
    AllowedMethods,
    AllowedOrigins,
}

impl CorsMember {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::AllowAllHeaders,
        Self::AllowAllMethods,
        Self::AllowAllOrigins,
        Self::AllowCredentials,
        Self::AllowedHeaders,
        Self::AllowedMethods,
        Self::AllowedOrigins,
    ];
    /// The wire name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AllowAllHeaders => "allow_all_headers",
            Self::AllowAllMethods => "allow_all_methods",
            Self::AllowAllOrigins => "allow_all_origins",
            Self::AllowCredentials => "allow_credentials",
            Self::AllowedHeaders => "allowed_headers",
            Self::AllowedMethods => "allowed_methods",
            Self::AllowedOrigins => "allowed_origins",
        }
    }
}

/// `SameSite` of the application cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SameSite {
    /// Sent everywhere (with `Secure`).
    None,
    /// Sent on top-level navigation.
    Lax,
    /// Same site only; loops after the cross-site sign-in hop.
    Strict,
}

/// An application. The v4 object's settings; where requests go is [`crate::upstream::Upstream`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct App {
    /// Id.
    pub id: AppId,
    /// Names the application in tokens, for its whole life.
    pub aud: Audience,
    /// Kind.
    pub kind: AppKind,
    /// Name shown to people.
    pub name: String,
    /// Public addresses; the first is the primary one (`domain`). Empty for bookmarks and the App Launcher only.
    pub destinations: Vec<AppAddress>,
    /// Life of an application token unless a policy says otherwise.
    pub session_duration: SessionDuration,
    /// Login methods offered; empty: all.
    pub allowed_idps: Vec<IdpId>,
    /// With exactly one login method: go there without the choice page.
    pub auto_redirect_to_identity: bool,
    /// Shown in the App Launcher.
    pub app_launcher_visible: bool,
    /// Logo in the launcher.
    pub logo_url: Option<String>,
    /// Cookie attributes and their neighbours.
    pub cookies: AppCookies,
    /// Forward OPTIONS preflights to the origin.
    pub options_preflight_bypass: bool,
    /// Answer preflights here.
    #[serde(default)]
    pub cors_headers: Option<CorsHeaders>,
    /// Pages of the organisation's own, at most one of each kind.
    #[serde(default)]
    pub custom_pages: Vec<CustomPageId>,
    /// The one header in which programs may send both halves of a service token, as it was given.
    #[serde(default)]
    pub read_service_tokens_from_header: Option<String>,
    /// Text on the page of a person refused by identity rules.
    pub custom_deny_message: Option<String>,
    /// Where such a person is sent instead.
    pub custom_deny_url: Option<String>,
    /// Where a request refused by non-identity rules is sent.
    pub custom_non_identity_deny_url: Option<String>,
    /// Answer 401 instead of the sign-in redirect when a Service Auth policy fails.
    pub service_auth_401_redirect: bool,
    /// Skip the consent page of the command-line sign-in.
    pub skip_interstitial: bool,
    /// The page may be framed.
    pub allow_iframe: bool,
    /// Tags, in the order given.
    pub tags: Vec<String>,
    /// Policies in order of precedence.
    pub policies: Vec<PolicyLink>,
    /// Tokens of an older generation than this are worthless (`revoke_tokens`).
    pub generation: u32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// How the application's cookie is set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppCookies {
    /// `HttpOnly`; default on.
    pub http_only: bool,
    /// `SameSite`; absent means None.
    pub same_site: Option<SameSite>,
    /// Cookie path = the application's path.
    pub path: bool,
    /// `CF_Binding` beside the token: one stolen without it is worthless.
    #[serde(default)]
    pub binding: bool,
    /// On a sign-in to one address the cookies of the others are set too.
    #[serde(default = "on")]
    pub eager: bool,
}

impl Default for AppCookies {
    /// As for a new application.
    fn default() -> Self {
        Self { http_only: true, same_site: None, path: false, binding: false, eager: true }
    }
}

const fn on() -> bool {
    true
}

impl App {
    /// The primary address; a bookmark and the App Launcher have none.
    pub fn domain(&self) -> Option<&AppAddress> {
        self.destinations.first()
    }
    /// How preflight requests are answered in the place of the origin; `None` also where the settings say nothing.
    pub fn cors(&self) -> Option<&CorsHeaders> {
        self.cors_headers.as_ref().filter(|cors| !cors.says_nothing())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bookmark_leads_to_a_page_and_runs_nothing() {
        for (text, address) in [
            ("https://handbook.harbourworks.example/start?a=b#c", "https://handbook.harbourworks.example/start?a=b#c"),
            ("http://10.0.0.7:8080/", "http://10.0.0.7:8080/"),
            ("handbook.harbourworks.example", "https://handbook.harbourworks.example"),
            ("handbook.harbourworks.example:8443/a", "https://handbook.harbourworks.example:8443/a"),
            ("intranet/a", "https://intranet/a"),
            ("a.example/?next=https://b.example", "https://a.example/?next=https://b.example"),
        ] {
            assert!(is_link(text), "{text}");
            assert_eq!(link_address(text), address);
        }
        for text in [
            "",
            "javascript:alert(1)",
            "JavaScript:1",
            "tel:1",
            "data:text/html,x",
            "https://",
            "https://a b",
            "https:///a",
            "//a.example",
            "ftp://a.example",
            "https://mara@a.example",
            "https://a.example:99999",
            "https://a.example/\r\nx",
            "https://a.example/\u{e9}",
        ] {
            assert!(!is_link(text), "{text:?}");
        }
    }
}
