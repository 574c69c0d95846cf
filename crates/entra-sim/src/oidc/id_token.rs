//! Owns the ID token's claims: what is there by default, what only on request.
//!
//! Source: "ID token claims reference", "Optional claims reference".

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::acrs::{self, Taken};
use super::claims_request::Asked;
use super::desk::Account;
use super::groups;
use super::optional::{self, About};
use super::reshape;
use super::scope::Scopes;
use crate::clock::Stamp;
use crate::directory::Directory;
use crate::directory::app::Application;
use crate::directory::id::{AppId, ObjectId, TenantId};
use crate::directory::user::{User, UserType};
use crate::sim::knobs::Acrs;
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
    pub asked: &'a Asked,
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
    let knobs = sim.knobs.lock().clone();
    let skew = sim.switches.lock().skew_seconds;
    let mut claims = claims(&sim.tenant(), &sim.base, issue, knobs.acrs, now.plus(skew))?;
    if let Some(wanted) = sim.switches.lock().next_id_token() {
        reshape::apply(&mut claims, &wanted);
    }
    Some(sim.keys.read().sign(knobs.signer, &claims))
}

fn claims(whole: &Directory, base: &str, issue: &Issue<'_>, mode: Acrs, now: Stamp) -> Option<Value> {
    // The registration is this tenant's; people, groups and policies are those of the account's own.
    let directory = whole.home_of(issue.account.person);
    let user = directory.users.get(&issue.account.person)?;
    let app = whole.app(issue.app_id)?;
    let configured = app.optional_claims.as_ref().map_or(&[][..], |optional| &optional.id_token);
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
    let contexts = acrs::granted(directory, mode, issue.asked, Taken::of(configured), issue.account, now);
    if !contexts.is_empty() {
        put("acrs", json!(contexts));
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
    groups::add(&mut claims, directory, (app, configured), user.id, issue.leg);
    let about = About { directory, user, account: issue.account, sid: issue.sid, has_profile: issue.scopes.has("profile") };
    optional::add(&mut claims, configured, &about);
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
