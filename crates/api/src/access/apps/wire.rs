//! The application object of the v4 API: reading and writing it.

use model::{
    AppId, Audience, IdpId, SessionDuration, Timestamp,
    access_policy::PolicyLink,
    app::{App, AppCookies, AppKind, SameSite},
};
use serde_json::{Map, Value, json};
use store::{Reader, Snapshot};

use super::{addresses, policy_list};
use crate::{
    access::policies::wire::{self as policy_wire, LONGEST_SESSION},
    error::ApiError,
    fault::{Faults, Fields},
    state::Stop,
};

/// Types of the contract that are not built.
const OTHER_TYPES: [&str; 13] = [
    "saas",
    "ssh",
    "vnc",
    "rdp",
    "infrastructure",
    "app_launcher",
    "warp",
    "biso",
    "bookmark",
    "dash_sso",
    "mcp",
    "mcp_portal",
    "proxy_endpoint",
];

/// An application as a body describes it. The id, the audience and the times of `app` are those of a new one.
#[derive(Debug)]
pub(super) struct Draft {
    pub app: App,
    pub addresses: addresses::Addresses,
    /// `None`: leave the policies as they are.
    pub policies: Option<Vec<policy_list::Item>>,
}

/// Reads a body.
pub(super) fn read(body: &Value) -> Result<Draft, ApiError> {
    let faults = Faults::default();
    let draft = Fields::of(body, "", &faults).map(|fields| {
        let draft = members(&fields);
        fields.done();
        draft
    });
    faults.finish_some(draft)
}

fn members(f: &Fields<'_>) -> Draft {
    kind(f);
    let addresses = addresses::read(f);
    let policies = policy_list::read(f);
    f.read_only(&["id", "uid", "aud", "created_at", "updated_at"]);
    not_built(f);
    let app = App {
        id: AppId::random(),
        aud: Audience::from_bytes(rand::random()),
        kind: AppKind::SelfHosted,
        name: name(f),
        destinations: Vec::new(),
        session_duration: f.duration("session_duration", 0, LONGEST_SESSION).unwrap_or_else(|| SessionDuration::hours(24)),
        allowed_idps: f.parsed_array::<IdpId>("allowed_idps").unwrap_or_default(),
        auto_redirect_to_identity: f.flag("auto_redirect_to_identity").unwrap_or(false),
        app_launcher_visible: f.flag("app_launcher_visible").unwrap_or(true),
        logo_url: f.web_address("logo_url"),
        cookies: cookies(f),
        options_preflight_bypass: f.flag("options_preflight_bypass").unwrap_or(false),
        cors_headers: None,
        custom_pages: Vec::new(),
        read_service_tokens_from_header: None,
        custom_deny_message: f.filled_text("custom_deny_message"),
        custom_deny_url: f.web_address("custom_deny_url"),
        custom_non_identity_deny_url: f.web_address("custom_non_identity_deny_url"),
        service_auth_401_redirect: f.flag("service_auth_401_redirect").unwrap_or(false),
        skip_interstitial: f.flag_not_yet("skip_interstitial"),
        allow_iframe: f.flag_not_yet("allow_iframe"),
        tags: tags(f),
        policies: Vec::new(),
        generation: 0,
        created_at: Timestamp::default(),
        updated_at: Timestamp::default(),
    };
    Draft { app, addresses, policies }
}

fn kind(f: &Fields<'_>) {
    match f.required_text("type", 64) {
        None | Some("self_hosted") => {}
        Some(other) if OTHER_TYPES.contains(&other) => {
            f.fault("type", format!("applications of type {other} are not supported yet; supported: self_hosted"));
        }
        Some(other) => f.fault("type", format!("{other:?} is not a type of application; supported: self_hosted")),
    }
}

/// The name; an application without one is called after its domain.
fn name(f: &Fields<'_>) -> String {
    let given = f.text_up_to("name", 255).filter(|name| !name.trim().is_empty());
    given.or_else(|| f.get("domain").and_then(Value::as_str)).unwrap_or("application").to_owned()
}

fn not_built(f: &Fields<'_>) {
    if f.flag("eager_redirect_cookie_setting") == Some(false) {
        f.fault("eager_redirect_cookie_setting", "switching it off is not supported yet: leave it out");
    }
    f.not_yet(&[
        "allow_authenticate_via_warp",
        "app_launcher_logo_url",
        "bg_color",
        "cors_headers",
        "custom_pages",
        "enable_binding_cookie",
        "footer_links",
        "header_bg_color",
        "landing_page_design",
        "mfa_config",
        "oauth_configuration",
        "read_service_tokens_from_header",
        "saas_app",
        "scim_config",
        "skip_app_launcher_login_page",
        "target_criteria",
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
        ..AppCookies::default()
    }
}

fn tags(f: &Fields<'_>) -> Vec<String> {
    let mut tags = f.parsed_array::<String>("tags").unwrap_or_default();
    if tags.len() > 25 || tags.iter().any(|t| t.trim().is_empty() || t.len() > 255 || t.chars().any(char::is_control)) {
        f.fault("tags", "at most 25 tags of 1 to 255 characters");
    }
    tags.sort();
    tags.dedup();
    tags
}

/// Notes a fault for every login method that does not exist.
pub(super) fn check_idps(reader: &Reader<'_>, app: &App) -> Result<(), Stop> {
    let faults = Faults::default();
    for (i, id) in app.allowed_idps.iter().enumerate() {
        if reader.idp(id)?.is_none() {
            faults.add(format!("/allowed_idps/{i}"), format!("there is no identity provider {id}"));
        }
    }
    Ok(faults.finish(())?)
}

/// The wire form with the policies in full.
pub(crate) fn write(snapshot: &Snapshot, app: &App) -> Value {
    let policies = app.policies.iter().filter_map(|link| write_policy(snapshot, link)).collect();
    object(app, policies)
}

/// The wire form with the policies as links, for audit records.
pub(super) fn write_linked(app: &App) -> Value {
    let links = app.policies.iter().map(|link| json!({ "id": link.id.to_string(), "precedence": link.precedence })).collect();
    object(app, links)
}

/// A policy in the place that it has in an application.
pub(super) fn write_policy(snapshot: &Snapshot, link: &PolicyLink) -> Option<Value> {
    let policy = snapshot.policies.get(&link.id)?;
    Some(in_place(policy_wire::write(policy, 0), link.precedence))
}

/// Adds the place to a policy's wire form.
pub(super) fn in_place(mut policy: Value, precedence: u32) -> Value {
    if let Some(members) = policy.as_object_mut() {
        members.remove("app_count");
        members.insert("precedence".into(), json!(precedence));
    }
    policy
}

fn object(app: &App, policies: Value) -> Value {
    let mut out = Map::new();
    let mut put = |key: &str, value: Value| out.insert(key.into(), value);
    put("id", json!(app.id.to_string()));
    put("uid", json!(app.id.to_string()));
    put("aud", json!(app.aud.as_str()));
    put("type", json!(app.kind.as_str()));
    put("name", json!(app.name));
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
    put("enable_binding_cookie", json!(false));
    put("options_preflight_bypass", json!(app.options_preflight_bypass));
    put("service_auth_401_redirect", json!(app.service_auth_401_redirect));
    put("skip_interstitial", json!(app.skip_interstitial));
    put("allow_iframe", json!(app.allow_iframe));
    put("tags", json!(app.tags));
    let texts = [
        ("logo_url", &app.logo_url),
        ("custom_deny_message", &app.custom_deny_message),
        ("custom_deny_url", &app.custom_deny_url),
        ("custom_non_identity_deny_url", &app.custom_non_identity_deny_url),
    ];
    for (key, text) in texts {
        if let Some(text) = text {
            put(key, json!(text));
        }
    }
    if let Some(same_site) = app.cookies.same_site {
        put("same_site_cookie_attribute", json!(same_site));
    }
    put("policies", policies);
    put("created_at", json!(app.created_at.rfc3339()));
    put("updated_at", json!(app.updated_at.rfc3339()));
    Value::Object(out)
}
