//! Who is in the administrators' console: people whom its own policy lets in, and whoever came through the local door.
//!
//! What a browser holds is sealed and names a session of the person or a stay of the door; what it may do is found out at each request,
//! so that an ended session and a changed policy count at once.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::HeaderMap;
use model::{
    ConsoleDoorId, Nonce, Secret, Timestamp,
    console::{ConsoleRole, DoorStay},
    log::AuditRecord,
    session::RevokeReason,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{Purpose, SealingKey, StoreError};

use crate::{
    Outcome, certificate::ClientCertificate, client::Client, compiled::CompiledApp, credential::single_cookie, door::Guard,
    live::LiveSession, record::Circumstances, sign_in::http_date, ticket,
};

/// What a browser holds that is signed in to the console. Only the team domain gets it.
pub const CONSOLE_COOKIE: &str = "__Host-doorward-console";
/// The header that every call of the console carries: no other site can send it, and no form at all.
pub const CONSOLE_HEADER: &str = "x-doorward-console";
/// How long a one-time token of the door is good, in seconds (ruling 28).
pub const DOOR_TOKEN_SECS: i64 = 30 * 60;
/// How long a stay lasts that the door opened, in seconds.
pub const DOOR_STAY_SECS: i64 = 60 * 60;
/// How one-time tokens of the door begin.
const DOOR_PREFIX: &str = "dwd_";
/// Longest one that is looked at.
const MOST_TOKEN: usize = 1024;
/// Longest name of who made one, in characters.
const MOST_NAME: usize = 64;

/// Somebody in the console.
#[derive(Clone)]
pub enum Visit {
    /// A person, signed in through doorward.
    Person {
        /// Their session.
        live: Arc<LiveSession>,
        /// What they may do.
        role: ConsoleRole,
        /// When they have to sign in again.
        until: Timestamp,
    },
    /// Whoever came through the local door: an administrator.
    Door(DoorStay),
}

impl Visit {
    /// What they may do.
    #[must_use]
    pub const fn role(&self) -> ConsoleRole {
        match self {
            Self::Person { role, .. } => *role,
            Self::Door(_) => ConsoleRole::Administrator,
        }
    }
    /// How audit records name them.
    #[must_use]
    pub fn actor(&self) -> String {
        match self {
            Self::Person { live, .. } => format!("person:{}", live.identity.email),
            Self::Door(stay) => format!("break-glass:{}", stay.by),
        }
    }
    /// When it ends by itself.
    #[must_use]
    pub const fn until(&self) -> Timestamp {
        match self {
            Self::Person { until, .. } => *until,
            Self::Door(stay) => stay.expires_at,
        }
    }
}

/// Why nobody is in the console.
#[derive(Debug, thiserror::Error)]
pub enum Closed {
    /// No cookie, or none of this server.
    #[error("nobody is signed in to the console")]
    SignedOut,
    /// Its time is over, or the session behind it was ended.
    #[error("the session of the console is over")]
    Over,
    /// The console's policy does not let them in any more.
    #[error("the console's policy does not let this person in")]
    NotAdmitted,
    /// The store.
    #[error("the store could not be asked")]
    Store(#[from] StoreError),
}

/// Why the door did not open.
#[derive(Debug, thiserror::Error)]
pub enum DoorShut {
    /// Not a token of this server's door, or torn.
    #[error("this is no one-time token of this server")]
    Unknown,
    /// Too old.
    #[error("the one-time token is too old")]
    Late,
    /// Opened something already.
    #[error("the one-time token was used before")]
    Used,
    /// The store.
    #[error("the store could not be asked")]
    Store(#[from] StoreError),
}

/// A one-time token of the door. It is made by whoever may read the sealing key, without asking anybody.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct DoorToken {
    id: ConsoleDoorId,
    by: String,
    until: Timestamp,
}

/// What the cookie says.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Held {
    Person { nonce: Nonce, until: Timestamp },
    Door { id: ConsoleDoorId },
}

/// Makes a one-time token with the sealing key. `id` is random; `by` is how its maker names themselves.
#[must_use]
pub fn door_token(key: &SealingKey, id: [u8; 16], by: &str, now: Timestamp) -> Secret {
    let by: String = by.chars().filter(|c| c.is_ascii_graphic()).take(MOST_NAME).collect();
    let token = DoorToken { id: ConsoleDoorId::from_bytes(id), by, until: now.plus_secs(DOOR_TOKEN_SECS) };
    let plain = serde_json::to_vec(&token).unwrap_or_default();
    Secret::new(format!("{DOOR_PREFIX}{}", URL_SAFE_NO_PAD.encode(key.seal(Purpose::ConsoleDoor, b"v1", &plain))))
}

impl Guard {
    /// The console, when somebody was named who may sign in to it.
    pub fn console(&self) -> Option<Arc<CompiledApp>> {
        let compiled = self.compiled();
        let console = compiled.snapshot.console.as_ref()?;
        compiled.app(&console.app).cloned()
    }

    /// The role in the console of somebody with a living session; `None`: they are not let in, or have to do more first.
    pub fn console_role(&self, live: &LiveSession, client: &Client, now: Timestamp) -> Option<ConsoleRole> {
        let compiled = self.compiled();
        let console = compiled.snapshot.console.as_ref()?;
        let app = compiled.app(&console.app).filter(|app| console.trusts(&live.session.idp) && app.accepts(&live.session.idp))?;
        let at = Circumstances {
            action: "console",
            host: &self.config().team_host,
            path: "/console",
            ip: client.ip,
            rule_ip: client.rule_ip,
            country: client.country.as_deref(),
            service_token: None,
            certificate: ClientCertificate::NotAsked.fact(),
            linked_app: None,
            now,
        };
        match self.judge(app, Some(live.into()), &at).outcome {
            Outcome::Allow { policy } => console.role(policy),
            _ => None,
        }
    }

    /// `Set-Cookie` for a person whom the console lets in.
    pub fn console_cookie(&self, live: &LiveSession, now: Timestamp) -> Option<String> {
        let app = self.console()?;
        let until = now.plus_secs(app.app.session_duration.secs()).min(live.session.expires_at);
        Some(self.cookie(&Held::Person { nonce: live.session.nonce.clone(), until }, until))
    }

    /// Who is in the console with these headers. Whether they asked from the console's own page is for the caller to find out.
    pub async fn console_visit(&self, headers: &HeaderMap, client: &Client, now: Timestamp) -> Result<Visit, Closed> {
        let cookie = single_cookie(headers, CONSOLE_COOKIE).ok_or(Closed::SignedOut)?;
        let held: Held = ticket::open(self.store().sealer(), Purpose::ConsoleSession, cookie).ok_or(Closed::SignedOut)?;
        match held {
            Held::Person { nonce, until } => {
                let live = self.session(&nonce, now).filter(|_| now < until).ok_or(Closed::Over)?;
                let role = self.console_role(&live, client, now).ok_or(Closed::NotAdmitted)?;
                Ok(Visit::Person { live, role, until })
            }
            Held::Door { id } => {
                let stay = self.store().read(move |reader| reader.door_stay(&id)).await?;
                stay.filter(|stay| stay.is_open(now)).map(Visit::Door).ok_or(Closed::Over)
            }
        }
    }

    /// Opens the door with a one-time token: written down with who made it, before anybody is in. Returns the `Set-Cookie`.
    pub async fn open_door(&self, shown: &str, client: &Client, now: Timestamp) -> Result<String, DoorShut> {
        let shown = shown.trim();
        let sealed = shown.strip_prefix(DOOR_PREFIX).filter(|rest| rest.len() <= MOST_TOKEN).ok_or(DoorShut::Unknown)?;
        let token: DoorToken = ticket::open(self.store().sealer(), Purpose::ConsoleDoor, sealed).ok_or(DoorShut::Unknown)?;
        if token.until <= now || token.until > now.plus_secs(DOOR_TOKEN_SECS + 60) {
            return Err(DoorShut::Late);
        }
        let stay =
            DoorStay { id: token.id.clone(), by: token.by, opened_at: now, expires_at: now.plus_secs(DOOR_STAY_SECS), ended_at: None };
        let (until, ip) = (stay.expires_at, client.ip);
        let opened = self
            .store()
            .write(move |tx| {
                if !tx.open_door(&stay)? {
                    return Ok(false);
                }
                let record = AuditRecord {
                    at: now,
                    actor: format!("break-glass:{}", stay.by),
                    action: "console.break_glass".into(),
                    object: format!("console_door/{}", stay.id),
                    before: None,
                    after: Some(json!({ "opened_at": stay.opened_at.rfc3339(), "expires_at": stay.expires_at.rfc3339(), "ip": ip })),
                };
                tx.audit(&record)?;
                Ok(true)
            })
            .await?;
        if !opened {
            return Err(DoorShut::Used);
        }
        tracing::warn!(door = %token.id, "the console's local door was opened with a one-time token");
        Ok(self.cookie(&Held::Door { id: token.id }, until))
    }

    /// Signs out of the console: a person everywhere, as every sign-out does; whoever came through the door, of that stay.
    pub async fn leave_console(&self, visit: &Visit, now: Timestamp) -> Result<(), StoreError> {
        let (visit, actor) = (visit.clone(), visit.actor());
        let leave = move |tx: &mut store::Tx<'_>| {
            let object = match &visit {
                Visit::Person { live, .. } => {
                    tx.revoke_user(&live.session.user_id, RevokeReason::Logout)?;
                    format!("session/{}", live.session.nonce)
                }
                Visit::Door(stay) => {
                    tx.end_door_stay(&stay.id)?;
                    format!("console_door/{}", stay.id)
                }
            };
            tx.audit(&AuditRecord { at: now, actor, action: "console.sign_out".into(), object, before: None, after: None })
        };
        self.store().write_first(leave).await
    }

    fn cookie(&self, held: &Held, until: Timestamp) -> String {
        let sealed = ticket::seal(self.store().sealer(), Purpose::ConsoleSession, held);
        format!("{CONSOLE_COOKIE}={sealed}; Expires={}; Path=/; Secure; HttpOnly; SameSite=Strict", http_date(until))
    }
}

/// `Set-Cookie` that takes the console's cookie away.
#[must_use]
pub fn no_console_cookie() -> String {
    format!("{CONSOLE_COOKIE}=; Expires=Thu, 01 Jan 1970 00:00:01 GMT; Path=/; Secure; HttpOnly; SameSite=Strict")
}
