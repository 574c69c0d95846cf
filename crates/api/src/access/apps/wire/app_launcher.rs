//! The application of type `app_launcher`: its members on the wire. Name and address are fixed: it lives on the team domain.

use model::app::{App, AppKind, FooterLink, LandingPage, LauncherLook};
use serde_json::{Value, json};

use super::{LONGEST_SESSION, Members, put_texts};
use crate::{fault::Fields, state::ApiConfig};

/// What it is called.
const NAME: &str = "App Launcher";
/// Most links at the foot.
const MOST_LINKS: usize = 50;

/// Reads the members.
pub(super) fn read(f: &Fields<'_>, blank: App, config: &ApiConfig) -> App {
    if f.text("name").is_some_and(|name| !name.is_empty() && name != NAME) {
        f.fault("name", format!("is {NAME:?} and cannot be changed: leave it out"));
    }
    let here = |domain: &str| [config.team_host(), config.auth_domain(), ""].contains(&domain.trim_end_matches('/'));
    if f.text("domain").is_some_and(|domain| !here(domain)) {
        f.fault("domain", format!("is the team domain, {}, and cannot be changed: leave it out", config.team_host()));
    }
    f.not_yet(&["custom_pages"]);
    App {
        name: NAME.to_owned(),
        kind: AppKind::AppLauncher(look(f)),
        session_duration: f.duration("session_duration", 0, LONGEST_SESSION).unwrap_or_else(|| blank.session_duration.clone()),
        allowed_idps: f.parsed_array("allowed_idps").unwrap_or_default(),
        auto_redirect_to_identity: f.flag("auto_redirect_to_identity").unwrap_or(false),
        custom_deny_url: f.web_address("custom_deny_url"),
        custom_non_identity_deny_url: f.web_address("custom_non_identity_deny_url"),
        ..blank
    }
}

fn look(f: &Fields<'_>) -> LauncherLook {
    LauncherLook {
        app_launcher_logo_url: f.web_address("app_launcher_logo_url"),
        bg_color: f.color("bg_color"),
        header_bg_color: f.color("header_bg_color"),
        footer_links: footer_links(f),
        landing_page_design: f.object("landing_page_design").map(|design| landing_page(&design)),
        skip_app_launcher_login_page: f.flag("skip_app_launcher_login_page").unwrap_or(false),
    }
}

fn footer_links(f: &Fields<'_>) -> Vec<FooterLink> {
    let items = f.array("footer_links").unwrap_or_default();
    if items.len() > MOST_LINKS {
        f.fault("footer_links", format!("has more than {MOST_LINKS} links"));
        return Vec::new();
    }
    let read = |(pointer, value)| {
        let link = Fields::of(value, pointer, f.faults())?;
        let name = link.required_text("name", 255).map(str::to_owned);
        link.required_text("url", 2048);
        let url = link.web_address("url");
        link.done();
        Some(FooterLink { name: name?, url: url? })
    };
    items.into_iter().filter_map(read).collect()
}

fn landing_page(f: &Fields<'_>) -> LandingPage {
    let design = LandingPage {
        title: f.filled_text("title"),
        message: f.filled_text("message"),
        image_url: f.web_address("image_url"),
        button_color: f.color("button_color"),
        button_text_color: f.color("button_text_color"),
    };
    f.done();
    design
}

/// Writes them; the address is added where the team domain is known.
pub(super) fn write(out: &mut Members, app: &App, look: &LauncherLook) {
    let mut put = |key: &str, value: Value| out.insert(key.into(), value);
    put("session_duration", json!(app.session_duration.as_str()));
    put("allowed_idps", app.allowed_idps.iter().map(|id| json!(id.to_string())).collect());
    put("auto_redirect_to_identity", json!(app.auto_redirect_to_identity));
    put("skip_app_launcher_login_page", json!(look.skip_app_launcher_login_page));
    put("footer_links", look.footer_links.iter().map(|link| json!({ "name": link.name, "url": link.url })).collect());
    if let Some(design) = &look.landing_page_design {
        put("landing_page_design", write_landing_page(design));
    }
    put_texts(
        out,
        [
            ("app_launcher_logo_url", &look.app_launcher_logo_url),
            ("bg_color", &look.bg_color),
            ("header_bg_color", &look.header_bg_color),
            ("custom_deny_url", &app.custom_deny_url),
            ("custom_non_identity_deny_url", &app.custom_non_identity_deny_url),
        ],
    );
}

fn write_landing_page(design: &LandingPage) -> Value {
    let mut out = Members::new();
    put_texts(
        &mut out,
        [
            ("title", &design.title),
            ("message", &design.message),
            ("image_url", &design.image_url),
            ("button_color", &design.button_color),
            ("button_text_color", &design.button_text_color),
        ],
    );
    Value::Object(out)
}
