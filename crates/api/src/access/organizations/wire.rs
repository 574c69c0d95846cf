//! The organisation of the v4 API: merging a body into it and writing it.

use model::{
    CustomPageId,
    custom_page::PageKind,
    organization::{InactiveAction, LoginDesign, Organization, OrganizationPages, ServiceTokenInactivity},
};
use serde_json::{Map, Value, json};
use store::Reader;

use crate::{
    error::ApiError,
    fault::{Faults, Fields},
    state::{ApiConfig, Stop},
};

const MINUTE: i64 = 60;
const HOUR: i64 = 3600;

/// The settings after a PUT: what a body names changes, the rest stays.
pub(super) fn merge(config: &ApiConfig, before: &Organization, body: &Value) -> Result<Organization, ApiError> {
    let faults = Faults::default();
    let after = Fields::of(body, "", &faults).map(|fields| {
        let after = members(config, before, &fields);
        fields.done();
        after
    });
    faults.finish_some(after)
}

fn members(config: &ApiConfig, before: &Organization, f: &Fields<'_>) -> Organization {
    let mut after = before.clone();
    if f.given("name")
        && let Some(name) = f.required_text("name", 255)
    {
        after.name = name.to_owned();
    }
    if f.text("auth_domain").is_some_and(|d| d != config.auth_domain() && d != config.team_host()) {
        f.fault("auth_domain", format!("the team domain is {}: it is set in the server's configuration file", config.auth_domain()));
    }
    if let Some(duration) = f.duration("session_duration", 15 * MINUTE, 730 * HOUR) {
        after.session_duration = duration;
    }
    let idle = f.duration("user_seat_expiration_inactive_time", 730 * HOUR, 8760 * HOUR);
    if idle.is_some() || f.is_null("user_seat_expiration_inactive_time") {
        after.user_seat_expiration_inactive_time = idle;
    }
    let flags = [
        ("auto_redirect_to_identity", &mut after.auto_redirect_to_identity),
        ("strict_service_token_auth", &mut after.strict_service_token_auth),
    ];
    for (key, value) in flags {
        *value = f.flag(key).unwrap_or(*value);
    }
    if f.given("service_token_inactivity") || f.is_null("service_token_inactivity") {
        after.service_token_inactivity = f.object("service_token_inactivity").and_then(|setting| inactivity(&setting));
    }
    if let Some(design) = f.object("login_design") {
        after.login_design = login_design(&design);
    }
    if let Some(pages) = f.object("custom_pages") {
        after.custom_pages = custom_pages(&pages, before.custom_pages);
    }
    read_only_ui(f, &mut after);
    if f.flag("deny_unmatched_requests") == Some(false) {
        f.fault("deny_unmatched_requests", "switching it off is not supported yet: a host without application answers 404");
    }
    f.read_only(&["id", "uid", "trusted_accounts", "created_at", "updated_at"]);
    f.not_yet(&[
        "allow_authenticate_via_warp",
        "deny_unmatched_requests_exempted_zone_names",
        "mfa_config",
        "mfa_piv_key_requirements",
        "mfa_required_for_all_apps",
        "warp_auth_non_browser_401",
        "warp_auth_session_duration",
    ]);
    after
}

/// A page stays when it is left out; an empty text or null takes it away.
fn custom_pages(f: &Fields<'_>, before: OrganizationPages) -> OrganizationPages {
    let one = |key, before: Option<CustomPageId>| match f.text(key) {
        Some("") => None,
        Some(_) => f.parsed(key),
        None if f.is_null(key) => None,
        None => before,
    };
    let pages = OrganizationPages {
        identity_denied: one("identity_denied", before.identity_denied),
        forbidden: one("forbidden", before.forbidden),
    };
    f.done();
    pages
}

/// Every change goes through this API, so that the switch is kept in any case; a console has to follow it.
fn read_only_ui(f: &Fields<'_>, after: &mut Organization) {
    after.is_ui_read_only = f.flag("is_ui_read_only").unwrap_or(after.is_ui_read_only);
    if let Some(reason) = f.text("ui_read_only_toggle_reason") {
        after.ui_read_only_toggle_reason = Some(reason.to_owned()).filter(|reason| !reason.is_empty());
    } else if f.is_null("ui_read_only_toggle_reason") {
        after.ui_read_only_toggle_reason = None;
    }
}

/// Notes a fault for a page that does not exist or is of another type.
pub(super) fn check_pages(reader: &Reader<'_>, organization: &Organization) -> Result<(), Stop> {
    let faults = Faults::default();
    let pages = organization.custom_pages;
    let places =
        [("identity_denied", pages.identity_denied, PageKind::IdentityDenied), ("forbidden", pages.forbidden, PageKind::Forbidden)];
    for (key, id, kind) in places {
        let Some(id) = id else { continue };
        match reader.custom_page(&id)? {
            Some(page) if page.kind == kind => {}
            Some(page) => faults.add(format!("/custom_pages/{key}"), format!("the page {:?} is not of type {key}", page.name)),
            None => faults.add(format!("/custom_pages/{key}"), format!("there is no custom page {id}")),
        }
    }
    Ok(faults.finish(())?)
}

fn inactivity(f: &Fields<'_>) -> Option<ServiceTokenInactivity> {
    const ACTIONS: [(&str, InactiveAction); 2] = [("disable", InactiveAction::Disable), ("delete", InactiveAction::Delete)];
    let days = if f.require("inactivity_threshold_days") { f.integer("inactivity_threshold_days", 30..=365) } else { None };
    let action = if f.require("action") { f.word("action", &ACTIONS) } else { None };
    let enabled = if f.require("enabled") { f.flag("enabled") } else { None };
    f.done();
    Some(ServiceTokenInactivity { enabled: enabled?, action: action?, threshold_days: u16::try_from(days?).ok()? })
}

fn login_design(f: &Fields<'_>) -> LoginDesign {
    let design = LoginDesign {
        background_color: f.color("background_color"),
        text_color: f.color("text_color"),
        header_text: f.filled_text("header_text"),
        footer_text: f.filled_text("footer_text"),
        logo_path: f.web_address("logo_path"),
    };
    f.done();
    design
}

/// The wire form.
pub(super) fn write(config: &ApiConfig, organization: &Organization) -> Value {
    let mut out = Map::new();
    let mut put = |key: &str, value: Value| out.insert(key.into(), value);
    put("name", json!(organization.name));
    put("auth_domain", json!(config.auth_domain()));
    put("session_duration", json!(organization.session_duration.as_str()));
    put("auto_redirect_to_identity", json!(organization.auto_redirect_to_identity));
    put("allow_authenticate_via_warp", json!(false));
    put("strict_service_token_auth", json!(organization.strict_service_token_auth));
    put("login_design", json!(organization.login_design));
    if let Some(setting) = &organization.service_token_inactivity {
        let members = json!({ "enabled": setting.enabled, "action": setting.action, "inactivity_threshold_days": setting.threshold_days });
        put("service_token_inactivity", members);
    }
    let pages = organization.custom_pages;
    let named = [("identity_denied", pages.identity_denied), ("forbidden", pages.forbidden)];
    let named: Map<String, Value> = named.into_iter().filter_map(|(key, id)| Some((key.to_owned(), json!(id?.to_string())))).collect();
    put("custom_pages", Value::Object(named));
    if let Some(idle) = &organization.user_seat_expiration_inactive_time {
        put("user_seat_expiration_inactive_time", json!(idle.as_str()));
    }
    put("is_ui_read_only", json!(organization.is_ui_read_only));
    if let Some(reason) = &organization.ui_read_only_toggle_reason {
        put("ui_read_only_toggle_reason", json!(reason));
    }
    put("deny_unmatched_requests", json!(organization.deny_unmatched_requests));
    put("mfa_required_for_all_apps", json!(false));
    put("created_at", json!(organization.created_at.rfc3339()));
    put("updated_at", json!(organization.updated_at.rfc3339()));
    Value::Object(out)
}
