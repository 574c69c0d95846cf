//! The application object of the v4 API: reading and writing it. What only one type of application has is in a file of its own.

mod app_launcher;
pub(crate) mod bookmark;
mod self_hosted;

use std::collections::BTreeSet;

use model::{
    AppId, Audience, SessionDuration, Timestamp,
    access_policy::PolicyLink,
    app::{App, AppCookies, AppKind},
};
use serde_json::{Map, Value, json};
use store::{Reader, Snapshot};

use super::{addresses, policy_list};
use crate::{
    access::policies::wire::{self as policy_wire, LONGEST_SESSION},
    error::ApiError,
    fault::{Faults, Fields},
    state::{ApiConfig, Stop},
};

/// Members of an object on the wire.
type Members = Map<String, Value>;

/// Most tags of an application.
const MOST_TAGS: usize = 25;
/// Types of the contract that are not built.
const OTHER_TYPES: [&str; 11] =
    ["saas", "ssh", "vnc", "rdp", "infrastructure", "warp", "biso", "dash_sso", "mcp", "mcp_portal", "proxy_endpoint"];
/// Every member that some type of application has and that another has not.
const OF_SOME_TYPE: [&str; 34] = [
    "allow_authenticate_via_warp",
    "allow_iframe",
    "allowed_idps",
    "app_launcher_logo_url",
    "app_launcher_visible",
    "auto_redirect_to_identity",
    "bg_color",
    "cors_headers",
    "custom_deny_message",
    "custom_deny_url",
    "custom_non_identity_deny_url",
    "custom_pages",
    "destinations",
    "eager_redirect_cookie_setting",
    "enable_binding_cookie",
    "footer_links",
    "header_bg_color",
    "http_only_cookie_attribute",
    "landing_page_design",
    "logo_url",
    "mfa_config",
    "oauth_configuration",
    "options_preflight_bypass",
    "path_cookie_attribute",
    "read_service_tokens_from_header",
    "same_site_cookie_attribute",
    "scim_config",
    "self_hosted_domains",
    "service_auth_401_redirect",
    "session_duration",
    "skip_app_launcher_login_page",
    "skip_interstitial",
    "tags",
    "use_clientless_isolation_app_launcher_url",
];

/// An application as a body describes it. The id, the audience and the times of `app` are those of a new one.
#[derive(Debug)]
pub(super) struct Draft {
    pub app: App,
    /// `None` for types that have no addresses of their own.
    pub addresses: Option<addresses::Addresses>,
    /// `None`: leave the policies as they are.
    pub policies: Option<Vec<policy_list::Item>>,
}

/// Reads a body.
pub(super) fn read(body: &Value, config: &ApiConfig) -> Result<Draft, ApiError> {
    let faults = Faults::default();
    let draft = Fields::of(body, "", &faults).map(|fields| {
        let draft = members(&fields, config);
        fields.done();
        draft
    });
    faults.finish_some(draft)
}

fn members(f: &Fields<'_>, config: &ApiConfig) -> Draft {
    let kind = kind(f);
    let policies = policy_list::read(f);
    f.read_only(&["id", "uid", "aud", "created_at", "updated_at"]);
    f.not_yet(&["saas_app", "target_criteria"]);
    let (addresses, app) = match kind {
        "bookmark" => (None, bookmark::read(f, blank())),
        "app_launcher" => (None, app_launcher::read(f, blank(), config)),
        _ => (Some(addresses::read(f)), self_hosted::read(f, blank())),
    };
    of_other_types(f, kind);
    Draft { app, addresses, policies }
}

/// An application of which nothing is known yet, with the defaults.
pub(crate) fn blank() -> App {
    App {
        id: AppId::random(),
        aud: Audience::from_bytes(rand::random()),
        kind: AppKind::SelfHosted,
        name: String::new(),
        destinations: Vec::new(),
        session_duration: SessionDuration::hours(24),
        allowed_idps: Vec::new(),
        auto_redirect_to_identity: false,
        app_launcher_visible: true,
        logo_url: None,
        cookies: AppCookies::default(),
        options_preflight_bypass: false,
        cors_headers: None,
        custom_pages: Vec::new(),
        read_service_tokens_from_header: None,
        custom_deny_message: None,
        custom_deny_url: None,
        custom_non_identity_deny_url: None,
        service_auth_401_redirect: false,
        skip_interstitial: false,
        allow_iframe: false,
        tags: Vec::new(),
        policies: Vec::new(),
        generation: 0,
        created_at: Timestamp::default(),
        updated_at: Timestamp::default(),
    }
}

/// The type. One that is not built is a fault, and its members are read as those of a `self_hosted` one.
fn kind<'a>(f: &Fields<'a>) -> &'a str {
    const BUILT: &str = "supported: self_hosted, bookmark, app_launcher";
    match f.required_text("type", 64) {
        Some(kind @ ("self_hosted" | "bookmark" | "app_launcher")) => return kind,
        Some(other) if OTHER_TYPES.contains(&other) => {
            f.fault("type", format!("applications of type {other} are not supported yet; {BUILT}"));
        }
        Some(other) => f.fault("type", format!("{other:?} is not a type of application; {BUILT}")),
        None => {}
    }
    "self_hosted"
}

/// Members of other types are taken at their defaults only.
fn of_other_types(f: &Fields<'_>, kind: &str) {
    let on = ["app_launcher_visible", "eager_redirect_cookie_setting", "http_only_cookie_attribute"];
    for key in OF_SOME_TYPE {
        let default = |value: &Value| match key {
            "session_duration" => value == "24h",
            _ => on.contains(&key) && *value == Value::Bool(true),
        };
        if f.take_blank(key, default).is_err() {
            f.fault(key, format!("is not a member of applications of type {kind}: leave it out"));
        }
    }
}

/// Tags, in alphabetical order.
fn tags(f: &Fields<'_>) -> Vec<String> {
    let mut tags = f.parsed_array::<String>("tags").unwrap_or_default();
    if tags.len() > MOST_TAGS {
        f.fault("tags", format!("has more than {MOST_TAGS} tags"));
    }
    // Each once, where it stands first.
    let mut seen = BTreeSet::new();
    tags.retain(|tag| seen.insert(tag.clone()));
    tags
}

/// Refuses a body of another type than the application has.
pub(super) fn same_type(before: &App, after: &App) -> Result<(), ApiError> {
    let (is, wish) = (before.kind.as_str(), after.kind.as_str());
    if is == wish {
        return Ok(());
    }
    Err(ApiError::fault("/type", format!("{wish:?}: the type of an application cannot change, and this one's is {is}: make a new one")))
}

/// Refuses a second App Launcher.
pub(super) fn only_launcher(snapshot: &Snapshot, app: &App) -> Result<(), ApiError> {
    let launcher = |app: &App| matches!(app.kind, AppKind::AppLauncher(_));
    match snapshot.apps.values().find(|other| other.id != app.id && launcher(app) && launcher(other)) {
        Some(other) => Err(ApiError::Conflict(format!("the account has an App Launcher already, {}: change that one", other.id))),
        None => Ok(()),
    }
}

/// Notes a fault for everything that the application names and that does not exist. `before` is what it was: a tag from the time
/// before tags were objects may stay.
pub(super) fn check_names(reader: &Reader<'_>, app: &App, before: Option<&App>) -> Result<(), Stop> {
    let faults = Faults::default();
    for tag in app.tags.iter().filter(|tag| before.is_none_or(|before| !before.tags.contains(tag))) {
        if reader.tag(tag)?.is_none() {
            let shown: String = tag.chars().take(80).collect();
            faults.add("/tags", format!("there is no tag {shown:?}: make it first, at /access/tags"));
        }
    }
    let mut kinds = Vec::new();
    for (i, id) in app.custom_pages.iter().enumerate() {
        match reader.custom_page(id)? {
            None => faults.add(format!("/custom_pages/{i}"), format!("there is no custom page {id}")),
            Some(page) if kinds.contains(&page.kind) => {
                faults.add(format!("/custom_pages/{i}"), format!("{:?} is the second page of its type: at most one of each", page.name));
            }
            Some(page) => kinds.push(page.kind),
        }
    }
    for (i, id) in app.allowed_idps.iter().enumerate() {
        if reader.idp(id)?.is_none() {
            faults.add(format!("/allowed_idps/{i}"), format!("there is no identity provider {id}"));
        }
    }
    Ok(faults.finish(())?)
}

/// The wire form with the policies in full.
pub(crate) fn write(config: &ApiConfig, snapshot: &Snapshot, app: &App) -> Value {
    with_policies(config, app, app.policies.iter().filter_map(|link| write_policy(snapshot, link)).collect())
}

/// The same in the transaction that wrote it: what others change a moment later does not get into this answer.
pub(super) fn write_now(config: &ApiConfig, reader: &Reader<'_>, app: &App) -> Result<Value, Stop> {
    let mut policies = Vec::new();
    for link in &app.policies {
        policies.extend(reader.policy(&link.id)?.map(|policy| in_place(policy_wire::write(&policy, 0), link.precedence)));
    }
    Ok(with_policies(config, app, policies.into()))
}

fn with_policies(config: &ApiConfig, app: &App, policies: Value) -> Value {
    let mut out = object(app, policies);
    if matches!(app.kind, AppKind::AppLauncher(_)) {
        out["domain"] = json!(config.team_host());
    }
    out
}

/// The wire form with the policies as links, for audit records.
pub(crate) fn write_linked(app: &App) -> Value {
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
    match &app.kind {
        AppKind::SelfHosted => self_hosted::write(&mut out, app),
        AppKind::Bookmark { link } => bookmark::write(&mut out, app, link),
        AppKind::AppLauncher(look) => app_launcher::write(&mut out, app, look),
        // None of the account's applications.
        AppKind::Console => {}
    }
    out.insert("policies".into(), policies);
    out.insert("created_at".into(), json!(app.created_at.rfc3339()));
    out.insert("updated_at".into(), json!(app.updated_at.rfc3339()));
    Value::Object(out)
}

fn put_texts<const N: usize>(out: &mut Members, texts: [(&str, &Option<String>); N]) {
    for (key, text) in texts {
        if let Some(text) = text {
            out.insert(key.into(), json!(text));
        }
    }
}
