//! Owns the ID token's claims: what is there by default, what only on request.
//!
//! Source: "ID token claims reference", "Optional claims reference".

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::desk::Account;
use super::scope::Scopes;
use super::{groups, hint};
use crate::clock::Stamp;
use crate::directory::Directory;
use crate::directory::app::Application;
use crate::directory::id::{AppId, ObjectId, TenantId};
use crate::directory::user::{User, UserType};
use crate::state::Sim;

/// Seconds by which tokens are back-dated.
pub const BACK_DATED: i64 = 300;
/// Seconds between `iat` and `exp`.
pub const LIFE: i64 = 3_900;

/// Which endpoint hands the token out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leg {
    /// Through the browser.
    Authorize,
    /// Straight to the client.
    Token,
}

/// What an ID token is issued for.
#[derive(Debug, Clone)]
pub struct Issue<'a> {
    /// Audience.
    pub app_id: AppId,
    /// Scopes asked for.
    pub scopes: &'a Scopes,
    /// Nonce of the request.
    pub nonce: Option<&'a str>,
    /// Who, since when.
    pub account: Account,
    /// Browser session.
    pub sid: Uuid,
    /// Authentication contexts asked for.
    pub contexts: &'a [String],
    /// The code handed out with it, for `c_hash`.
    pub code: Option<&'a str>,
    /// Leg.
    pub leg: Leg,
}

/// The pairwise subject of a person for a client.
pub fn subject(tenant: TenantId, app: AppId, person: ObjectId) -> String {
    let sum = digest(&SHA256, format!("{tenant}|{app}|{person}").as_bytes());
    URL_SAFE_NO_PAD.encode(sum.as_ref())
}

/// Issues an ID token; `None` when the person or the application is gone.
pub fn issue(sim: &Sim, issue: &Issue<'_>, now: Stamp) -> Option<String> {
    let claims = claims(&sim.tenant(), &sim.base, issue, now)?;
    Some(sim.keys.read().sign(&claims))
}

fn claims(directory: &Directory, base: &str, issue: &Issue<'_>, now: Stamp) -> Option<Value> {
    let user = directory.users.get(&issue.account.person)?;
    let app = directory.app(issue.app_id)?;
    let tenant = directory.tenant.id;
    let iat = now.unix() - BACK_DATED;
    let mut claims = Map::new();
    let mut put = |name: &str, value: Value| {
        claims.insert(name.to_owned(), value);
    };
    put("aud", issue.app_id.to_string().into());
    put("iss", format!("{base}/{tenant}/v2.0").into());
    put("iat", iat.into());
    put("nbf", iat.into());
    put("exp", (iat + LIFE).into());
    if !issue.contexts.is_empty() {
        put("acrs", json!(issue.contexts));
    }
    put("aio", format!("AWQAm/8{}", crate::random::token(60)).into());
    if let Some(code) = issue.code {
        let sum = digest(&SHA256, code.as_bytes());
        put("c_hash", URL_SAFE_NO_PAD.encode(&sum.as_ref()[..16]).into());
    }
    let guest = user.profile.user_type == UserType::Guest;
    if let Some(mail) = user.mail()
        && (issue.scopes.has("email") || guest)
    {
        put("email", mail.into());
    }
    if guest {
        let home = user.profile.user_principal_name.split_once("#EXT#").map_or("", |(home, _)| home);
        let home = home.rsplit_once('_').map_or(home, |(_, domain)| domain);
        let id = crate::directory::id::named(Uuid::NAMESPACE_DNS, home);
        put("idp", format!("https://sts.windows.net/{id}/").into());
    }
    if issue.scopes.has("profile") {
        put("name", user.profile.display_name.as_str().into());
        put("oid", user.id.to_string().into());
        put("preferred_username", shown_name(user).into());
    }
    if let Some(nonce) = issue.nonce {
        put("nonce", nonce.into());
    }
    put("rh", format!("1.A{}.", crate::random::token(56)).into());
    put("sub", subject(tenant, issue.app_id, user.id).into());
    put("tid", tenant.to_string().into());
    put("uti", crate::random::token(22).into());
    put("ver", "2.0".into());
    roles(&mut claims, directory, app, user.id);
    groups::add(&mut claims, directory, app, user.id, issue.leg);
    optional(&mut claims, directory, app, user, issue);
    Some(Value::Object(claims))
}

/// The user name as tokens show it: guests by their home name.
fn shown_name(user: &User) -> String {
    match user.profile.user_type {
        UserType::Guest => user.mail().unwrap_or(&user.profile.user_principal_name).to_owned(),
        UserType::Member => user.profile.user_principal_name.clone(),
    }
}

fn roles(claims: &mut Map<String, Value>, directory: &Directory, app: &Application, person: ObjectId) {
    let Some(sp) = directory.principal_of(app.app_id) else {
        return;
    };
    let held = directory.roles_of(person, sp.id);
    let values: Vec<&str> = app.app_roles.iter().filter(|role| held.contains(&role.id)).filter_map(|role| role.value.as_deref()).collect();
    if !values.is_empty() {
        claims.insert("roles".into(), json!(values));
    }
}

fn optional(claims: &mut Map<String, Value>, directory: &Directory, app: &Application, user: &User, issue: &Issue<'_>) {
    let profile = &user.profile;
    let text = |value: &Option<String>| value.clone().map(Value::String);
    for claim in app.optional_claims.iter().flat_map(|optional| &optional.id_token) {
        let name = claim.name.as_str();
        let value = match name {
            "auth_time" => Some(issue.account.auth_time.unix().into()),
            "sid" => Some(issue.sid.to_string().into()),
            "login_hint" => Some(hint::claim(user.id).into()),
            "acct" => Some(u8::from(profile.user_type == UserType::Guest).into()),
            "email" => user.mail().map(Value::from),
            "given_name" if issue.scopes.has("profile") => text(&profile.given_name),
            "family_name" if issue.scopes.has("profile") => text(&profile.surname),
            "upn" if issue.scopes.has("profile") => upn(user, &claim.additional_properties),
            "ctry" => text(&profile.country),
            "tenant_region_scope" => Some("EU".into()),
            "xms_pl" => text(&profile.preferred_language),
            "verified_primary_email" => {
                user.mail().filter(|mail| mail.ends_with(&format!("@{}", directory.tenant.domain))).map(|mail| json!([mail]))
            }
            "xms_edov" => user.mail().map(|mail| mail.ends_with(&format!("@{}", directory.tenant.domain)).into()),
            // Opted in: every context already satisfied, and without policies that is every one.
            "acrs" => {
                let ids: Vec<&str> = directory.contexts.iter().map(|one| one.id.as_str()).collect();
                (!ids.is_empty()).then(|| json!(ids))
            }
            extension => profile.extensions.get(extension).filter(|value| !value.is_null()).cloned(),
        };
        let Some(value) = value else {
            continue;
        };
        // Directory extensions lose their long prefix on the way out.
        let shown = match name.strip_prefix("extension_").and_then(|rest| rest.split_once('_')) {
            Some((_, short)) => format!("extn.{short}"),
            None => name.to_owned(),
        };
        claims.insert(shown, value);
    }
}

fn upn(user: &User, properties: &[String]) -> Option<Value> {
    let external = properties.iter().any(|word| word == "include_externally_authenticated_upn");
    match user.profile.user_type {
        UserType::Member => Some(user.profile.user_principal_name.as_str().into()),
        UserType::Guest => external.then(|| Value::from(user.profile.user_principal_name.as_str())),
    }
}
