//! Applications of type `self_hosted`: their members on the wire.

use model::app::{App, AppCookies, SameSite};
use serde_json::{Value, json};

use super::{LONGEST_SESSION, Members, put_texts};
use crate::{
    access::apps::{addresses, behaviour},
    fault::Fields,
};

/// Reads the members; the addresses are read beside them.
pub(super) fn read(f: &Fields<'_>, blank: App) -> App {
    not_built(f);
    App {
        name: name(f),
        session_duration: f.duration("session_duration", 0, LONGEST_SESSION).unwrap_or_else(|| blank.session_duration.clone()),
        allowed_idps: f.parsed_array("allowed_idps").unwrap_or_default(),
        auto_redirect_to_identity: f.flag("auto_redirect_to_identity").unwrap_or(false),
        app_launcher_visible: f.flag("app_launcher_visible").unwrap_or(true),
        logo_url: f.web_address("logo_url"),
        cookies: cookies(f),
        options_preflight_bypass: f.flag("options_preflight_bypass").unwrap_or(false),
        cors_headers: behaviour::cors(f),
        read_service_tokens_from_header: behaviour::token_header(f),
        custom_deny_message: f.filled_text("custom_deny_message"),
        custom_deny_url: f.web_address("custom_deny_url"),
        custom_non_identity_deny_url: f.web_address("custom_non_identity_deny_url"),
        service_auth_401_redirect: f.flag("service_auth_401_redirect").unwrap_or(false),
        skip_interstitial: f.flag_not_yet("skip_interstitial"),
        allow_iframe: f.flag("allow_iframe").unwrap_or(false),
        custom_pages: f.parsed_array("custom_pages").unwrap_or_default(),
        tags: super::tags(f),
        ..blank
    }
}

/// The name; an application without one is called after its domain.
fn name(f: &Fields<'_>) -> String {
    let given = f.text_up_to("name", 255).filter(|name| !name.trim().is_empty());
    given.or_else(|| f.get("domain").and_then(Value::as_str)).unwrap_or("application").to_owned()
}

fn not_built(f: &Fields<'_>) {
    f.not_yet(&[
        "allow_authenticate_via_warp",
        "mfa_config",
        "oauth_configuration",
        "scim_config",
        "use_clientless_isolation_app_launcher_url",
    ]);
}

fn cookies(f: &Fields<'_>) -> AppCookies {
    const SAME_SITE: [(&str, Option<SameSite>); 4] =
        [("none", Some(SameSite::None)), ("lax", Some(SameSite::Lax)), ("strict", Some(SameSite::Strict)), ("", None)];
    AppCookies {
        http_only: f.flag("http_only_cookie_attribute").unwrap_or(true),
        same_site: f.word("same_site_cookie_attribute", &SAME_SITE).flatten(),
        path: f.flag("path_cookie_attribute").unwrap_or(false),
        binding: f.flag("enable_binding_cookie").unwrap_or(false),
        eager: f.flag("eager_redirect_cookie_setting").unwrap_or(true),
    }
}

/// Writes them.
pub(super) fn write(out: &mut Members, app: &App) {
    let mut put = |key: &str, value: Value| out.insert(key.into(), value);
    if let Some(domain) = app.domain() {
        put("domain", json!(domain.as_str()));
    }
    put("self_hosted_domains", app.destinations.iter().map(|a| json!(a.as_str())).collect());
    put("destinations", addresses::write(&app.destinations));
    put("session_duration", json!(app.session_duration.as_str()));
    put("allowed_idps", app.allowed_idps.iter().map(|id| json!(id.to_string())).collect());
    put("auto_redirect_to_identity", json!(app.auto_redirect_to_identity));
    put("app_launcher_visible", json!(app.app_launcher_visible));
    put("http_only_cookie_attribute", json!(app.cookies.http_only));
    put("path_cookie_attribute", json!(app.cookies.path));
    put("enable_binding_cookie", json!(app.cookies.binding));
    put("eager_redirect_cookie_setting", json!(app.cookies.eager));
    put("options_preflight_bypass", json!(app.options_preflight_bypass));
    put("service_auth_401_redirect", json!(app.service_auth_401_redirect));
    put("skip_interstitial", json!(app.skip_interstitial));
    put("allow_iframe", json!(app.allow_iframe));
    put("tags", json!(app.tags));
    if let Some(cors) = &app.cors_headers {
        put("cors_headers", behaviour::write_cors(cors));
    }
    put("custom_pages", app.custom_pages.iter().map(|id| json!(id.to_string())).collect());
    put_texts(
        out,
        [
            ("read_service_tokens_from_header", &app.read_service_tokens_from_header),
            ("logo_url", &app.logo_url),
            ("custom_deny_message", &app.custom_deny_message),
            ("custom_deny_url", &app.custom_deny_url),
            ("custom_non_identity_deny_url", &app.custom_non_identity_deny_url),
        ],
    );
    if let Some(same_site) = app.cookies.same_site {
        out.insert("same_site_cookie_attribute".into(), json!(same_site));
    }
}
