//! Owns access tokens: for Microsoft Graph (version 1 shape) and for a client's own API.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::acrs::{self, Taken};
use super::claims_request::{Capability, ClaimsRequest};
use super::client::Proof;
use super::desk::Account;
use super::groups;
use super::id_token::{BACK_DATED, Leg, subject};
use super::optional::{self, About};
use crate::clock::Stamp;
use crate::directory::Directory;
use crate::directory::catalogue::GRAPH;
use crate::directory::id::{AppId, ObjectId, TenantId};
use crate::sim::knobs::Acrs;
use crate::state::Sim;

/// In whose name a token speaks.
#[derive(Debug, Clone)]
pub enum Bearer {
    /// A person's, with the scopes granted.
    Person(Account, Vec<String>),
    /// The client's own, with its application permissions.
    Client(Vec<String>),
}

/// An access token and how long it lives.
pub struct Access {
    /// The token.
    pub token: String,
    /// Seconds left, random around 75 minutes.
    pub expires_in: i64,
}

/// What an access token is issued for.
pub struct Grant<'a> {
    /// The client.
    pub client: AppId,
    /// How it proved itself.
    pub proof: Proof,
    /// The API's service principal.
    pub api: ObjectId,
    /// In whose name.
    pub bearer: &'a Bearer,
    /// Contexts and capabilities asked for.
    pub claims: &'a ClaimsRequest,
    /// Browser session; nil for a client's own token.
    pub sid: Uuid,
}

/// Issues an access token.
pub fn issue(sim: &Sim, grant: &Grant<'_>, now: Stamp) -> Option<Access> {
    let tenant = sim.tenant();
    let is_graph = tenant.principals.get(&grant.api)?.app_id == GRAPH;
    // Graph evaluates access continuously for clients that can be challenged, so that their tokens may live long.
    let lasting = is_graph && grant.claims.capability == Capability::Challenges;
    let expires_in = if lasting { crate::random::between(72_000, 100_799) } else { crate::random::between(3_599, 5_399) };
    let knobs = sim.knobs.lock().clone();
    let now = now.plus(sim.switches.lock().skew_seconds);
    let mut claims = envelope(&tenant, &sim.base, grant, now, expires_in)?;
    if let Bearer::Person(account, _) = grant.bearer {
        personal(&mut claims, &tenant, grant, *account, knobs.acrs, now)?;
    }
    drop(tenant);
    let claims = Value::Object(claims);
    let keys = sim.keys.read();
    let token = if is_graph { keys.sign_for_graph(&claims) } else { keys.sign(knobs.signer, &claims) };
    Some(Access { token, expires_in })
}

fn envelope(whole: &Directory, base: &str, grant: &Grant<'_>, now: Stamp, expires_in: i64) -> Option<Map<String, Value>> {
    let api = whole.principals.get(&grant.api)?;
    let home = match grant.bearer {
        Bearer::Person(account, _) => whole.home_of(account.person),
        Bearer::Client(_) => whole,
    };
    let tenant = home.tenant.id;
    let iat = now.unix() - BACK_DATED;
    let mut claims = Map::new();
    let mut put = |name: &str, value: Value| {
        claims.insert(name.to_owned(), value);
    };
    put("aud", api.app_id.to_string().into());
    if api.app_id == GRAPH {
        put("iss", format!("https://sts.windows.net/{tenant}/").into());
        put("appid", grant.client.to_string().into());
        put("appidacr", grant.proof.class().into());
        put("ver", "1.0".into());
    } else {
        put("iss", format!("{base}/{tenant}/v2.0").into());
        put("azp", grant.client.to_string().into());
        put("azpacr", grant.proof.class().into());
        put("ver", "2.0".into());
    }
    put("iat", iat.into());
    put("nbf", iat.into());
    put("exp", (now.unix() + expires_in).into());
    put("tid", tenant.to_string().into());
    put("uti", crate::random::token(22).into());
    let takes_capability = api.app_id == GRAPH
        || whole
            .app(api.app_id)
            .and_then(|app| app.optional_claims.as_ref())
            .is_some_and(|optional| optional.access_token.iter().any(|claim| claim.name == "xms_cc"));
    if takes_capability && grant.claims.capability == Capability::Challenges {
        put("xms_cc", json!(["cp1"]));
    }
    match grant.bearer {
        Bearer::Person(account, scopes) => {
            let user = home.users.get(&account.person)?;
            put("idtyp", "user".into());
            put("name", user.profile.display_name.as_str().into());
            put("oid", user.id.to_string().into());
            put("scp", scopes.join(" ").into());
            // "Access token claims reference": unique to the client ID, as in the ID token.
            put("sub", subject(tenant, grant.client, user.id).into());
            put("upn", user.profile.user_principal_name.as_str().into());
        }
        Bearer::Client(roles) => {
            let sp = whole.principal_of(grant.client)?;
            put("idtyp", "app".into());
            put("oid", sp.id.to_string().into());
            if !roles.is_empty() {
                put("roles", json!(roles));
            }
            put("sub", sp.id.to_string().into());
        }
    }
    Some(claims)
}

/// What the resource's own registration adds to a person's token; Graph has none in the tenant.
fn personal(claims: &mut Map<String, Value>, whole: &Directory, grant: &Grant<'_>, account: Account, mode: Acrs, now: Stamp) -> Option<()> {
    let home = whole.home_of(account.person);
    let resource = whole.app(whole.principals.get(&grant.api)?.app_id);
    let configured = resource.and_then(|app| app.optional_claims.as_ref()).map_or(&[][..], |optional| &optional.access_token);
    let contexts = acrs::granted(home, mode, &grant.claims.access_token, Taken::of(configured), account, now);
    if !contexts.is_empty() {
        claims.insert("acrs".into(), json!(contexts));
    }
    if let Some(app) = resource {
        let user = home.users.get(&account.person)?;
        groups::add(claims, home, (app, configured), user.id, Leg::Token);
        optional::add(claims, configured, &About { directory: home, user, account, sid: grant.sid, has_profile: true });
    }
    Some(())
}

/// Who calls Graph.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The client.
    pub app: AppId,
    /// In whose name.
    pub who: Who,
    /// The tenant the token was issued in.
    pub tenant: TenantId,
}

/// What is wrong with a token for Graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wrong {
    /// It is none, or it has expired.
    Invalid,
    /// It was revoked, and its client can be challenged: tokens must be issued from this moment on.
    Revoked(Stamp),
}

/// In whose name Graph is called, with which permissions.
#[derive(Debug, Clone)]
pub enum Who {
    /// A person's.
    Person(ObjectId, Vec<String>),
    /// The client's own.
    Client(Vec<String>),
}

/// Checks a token for Graph.
pub fn check(sim: &Sim, token: &str) -> Result<Caller, Wrong> {
    let claims = sim.keys.read().check_for_graph(token).ok_or(Wrong::Invalid)?;
    let (caller, issued) = read(sim, &claims).ok_or(Wrong::Invalid)?;
    // Tokens of clients that take challenges live for a day, so Graph looks at the person each time.
    if let Who::Person(person, _) = &caller.who
        && claims.get("xms_cc").is_some()
        && let Some(user) = sim.tenant().account(*person)
        && (user.valid_from.unix() > issued || !user.profile.account_enabled)
    {
        return Err(Wrong::Revoked(user.valid_from));
    }
    Ok(caller)
}

fn read(sim: &Sim, claims: &Value) -> Option<(Caller, i64)> {
    let now = sim.told().unix();
    let number = |name: &str| claims.get(name).and_then(Value::as_i64);
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    if number("exp")? <= now || number("nbf")? > now || text("aud")? != GRAPH.to_string() {
        return None;
    }
    let whole = sim.tenant();
    let tenant: TenantId = text("tid")?.parse().ok()?;
    let directory = whole.by_id(tenant)?;
    let app: AppId = text("appid")?.parse().ok()?;
    let oid = ObjectId::new(Uuid::try_parse(text("oid")?).ok()?);
    let who = if text("idtyp") == Some("user") {
        directory.users.get(&oid).filter(|user| user.is_live())?;
        Who::Person(oid, text("scp")?.split_whitespace().map(str::to_owned).collect())
    } else {
        directory.principals.get(&oid).filter(|sp| sp.account_enabled)?;
        let roles = claims.get("roles").and_then(Value::as_array);
        Who::Client(roles.into_iter().flatten().filter_map(|role| role.as_str().map(str::to_owned)).collect())
    };
    Some((Caller { app, who, tenant }, number("iat")? + BACK_DATED))
}
