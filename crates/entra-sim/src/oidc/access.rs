//! Owns access tokens: for Microsoft Graph (version 1 shape) and for a client's own API.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::desk::Account;
use super::id_token::{BACK_DATED, subject};
use crate::clock::Stamp;
use crate::directory::Directory;
use crate::directory::catalogue::GRAPH;
use crate::directory::id::{AppId, ObjectId};
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

/// Issues an access token of `client` for `api`.
pub fn issue(sim: &Sim, client: AppId, api: ObjectId, bearer: &Bearer, now: Stamp) -> Option<Access> {
    let expires_in = crate::random::between(3_599, 5_399);
    let (claims, audience) = claims(&sim.tenant(), &sim.base, client, api, bearer, now, expires_in)?;
    let keys = sim.keys.read();
    let token = if audience == GRAPH { keys.sign_for_graph(&claims) } else { keys.sign(&claims) };
    Some(Access { token, expires_in })
}

fn claims(
    directory: &Directory,
    base: &str,
    client: AppId,
    api: ObjectId,
    bearer: &Bearer,
    now: Stamp,
    expires_in: i64,
) -> Option<(Value, AppId)> {
    let api = directory.principals.get(&api)?;
    let tenant = directory.tenant.id;
    let iat = now.unix() - BACK_DATED;
    let mut claims = Map::new();
    let mut put = |name: &str, value: Value| {
        claims.insert(name.to_owned(), value);
    };
    put("aud", api.app_id.to_string().into());
    if api.app_id == GRAPH {
        put("iss", format!("https://sts.windows.net/{tenant}/").into());
        put("appid", client.to_string().into());
        put("appidacr", "1".into());
        put("ver", "1.0".into());
    } else {
        put("iss", format!("{base}/{tenant}/v2.0").into());
        put("azp", client.to_string().into());
        put("azpacr", "1".into());
        put("ver", "2.0".into());
    }
    put("iat", iat.into());
    put("nbf", iat.into());
    put("exp", (now.unix() + expires_in).into());
    put("tid", tenant.to_string().into());
    put("uti", crate::random::token(22).into());
    match bearer {
        Bearer::Person(account, scopes) => {
            let user = directory.users.get(&account.person)?;
            put("idtyp", "user".into());
            put("name", user.profile.display_name.as_str().into());
            put("oid", user.id.to_string().into());
            put("scp", scopes.join(" ").into());
            // "Access token claims reference": unique to the client ID, as in the ID token.
            put("sub", subject(tenant, client, user.id).into());
            put("upn", user.profile.user_principal_name.as_str().into());
        }
        Bearer::Client(roles) => {
            let sp = directory.principal_of(client)?;
            put("idtyp", "app".into());
            put("oid", sp.id.to_string().into());
            if !roles.is_empty() {
                put("roles", json!(roles));
            }
            put("sub", sp.id.to_string().into());
        }
    }
    Some((Value::Object(claims), api.app_id))
}

/// Who calls Graph.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The client.
    pub app: AppId,
    /// In whose name.
    pub who: Who,
}

/// In whose name Graph is called, with which permissions.
#[derive(Debug, Clone)]
pub enum Who {
    /// A person's.
    Person(ObjectId, Vec<String>),
    /// The client's own.
    Client(Vec<String>),
}

/// Checks a token for Graph; `None` when it is not one, is expired, or has been revoked.
pub fn check(sim: &Sim, token: &str) -> Option<Caller> {
    let claims = sim.keys.read().check_for_graph(token)?;
    let now = sim.now().unix();
    let number = |name: &str| claims.get(name).and_then(Value::as_i64);
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    if number("exp")? <= now || number("nbf")? > now || text("aud")? != GRAPH.to_string() {
        return None;
    }
    let directory = sim.tenant();
    if text("tid")?.parse() != Ok(directory.tenant.id.guid()) {
        return None;
    }
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
    Some(Caller { app, who })
}
