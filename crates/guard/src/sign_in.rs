//! Opening and ending sessions, and the tokens and cookies of a sign-in. This goes through the store: never on a request's way.

pub(crate) mod ties;

use std::sync::Arc;

use http::HeaderMap;
use model::{
    AppId, IdpId, Nonce, PolicyId, SeatId, Secret, Timestamp, UserId,
    hostname::AppAddress,
    identity::{EmailTrust, Identity},
    idp::IdentityProvider,
    session::{RevokeReason, Session, SessionState},
    user::User,
};
use store::{Reader, Snapshot, StoreError, Tx};

use crate::{
    admit::check_signature,
    binding,
    compiled::CompiledApp,
    credential::{self, AUTHORIZATION_COOKIE},
    door::{Guard, GuardError},
    live::LiveSession,
    seats::{self, Seat},
    ticket::{Chain, LoginState, Meta, Ticket},
    token::{self, Signed},
};

/// Sessions that one person may have; a further one ends the oldest. Each is held in memory and asked about at the provider, so that
/// without a bound a single person could keep a provider busy until it throttles everybody's checks.
const MOST_SESSIONS: usize = 200;

/// Why no session was opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The person is inactive in the provider's provisioning (ruling 24).
    #[error("the account is deactivated in the directory")]
    Deactivated,
    /// The provider was removed or turned to another directory while the person was there.
    #[error("the identity provider changed during the sign-in")]
    ProviderChanged,
    /// The person's sessions were ended while this sign-in was under way.
    #[error("the person's sessions were ended during the sign-in")]
    JustRevoked,
    /// The person holds no seat and the organisation's limit leaves none. Nothing was written about them.
    #[error("no seat is left")]
    NoSeat,
    /// The store.
    #[error("the session could not be stored")]
    Store(#[from] StoreError),
}

/// Whether the person takes a seat with this sign-in (ruling 26: the first admitted one).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// This application lets them in.
    Admitted(AppId),
    /// Signed in, but the application asked for refuses them.
    NotAdmitted,
}

/// Somebody whom the provider vouched for.
#[derive(Debug)]
pub struct Arrival {
    /// As the provider told it.
    pub identity: Identity,
    /// How to ask the provider again while the session lives; `None`: it is not asked.
    pub watch: Option<Watch>,
}

/// Asking the provider again while a session lives.
#[derive(Debug)]
pub struct Watch {
    /// To ask with.
    pub refresh_token: Secret,
    /// When, the first time.
    pub first_check_at: Timestamp,
}

impl From<Identity> for Arrival {
    /// Not asked about again.
    fn from(identity: Identity) -> Self {
        Self { identity, watch: None }
    }
}

impl Guard {
    /// The moment before a sign-in's last step: a revocation after it counts against the session that is about to open.
    pub fn moment(&self) -> Moment {
        Moment(self.inner.live.epoch())
    }

    /// Opens a session for somebody the provider vouched for. `identity.user_id` is replaced by the registry's.
    pub async fn open_session(
        &self,
        arrival: impl Into<Arrival>,
        admission: Admission,
        since: Moment,
        now: Timestamp,
    ) -> Result<Arc<LiveSession>, OpenError> {
        let arrival = arrival.into();
        let nonce = Nonce::from_indexes(random_indexes());
        let wanted = nonce.clone();
        let (live, store) = (self.inner.live.clone(), self.inner.store.clone());
        let outcome = self
            .inner
            .store
            .write(move |tx| {
                // Followers know the last commit; what a mutation before this one did in the same transaction is in the tables.
                let snapshot = store.snapshot();
                let revoked = |user: &User| live.revoked_since(&user.id, since.0) || user.generation > live.generation(&user.id);
                let opened = open(tx, &snapshot, &revoked, arrival, Opening { admission, nonce: wanted, now })?;
                if let Ok(user) = &opened {
                    for oldest in live.beyond(user, MOST_SESSIONS - 1) {
                        tx.revoke_session(&oldest, RevokeReason::TooMany)?;
                    }
                }
                Ok(opened)
            })
            .await?;
        outcome?;
        // The write was answered after the follower applied it; a session missing here was revoked at once.
        self.inner.live.session(&nonce, now).ok_or(OpenError::JustRevoked)
    }

    /// Ends all sessions of the person behind a session: sign-out is global.
    pub async fn log_out(&self, live: &LiveSession) -> Result<(), StoreError> {
        let user = live.session.user_id;
        self.inner.store.write_first(move |tx| tx.revoke_user(&user, RevokeReason::Logout).map(|_| ())).await
    }

    /// The application token of a session, for people let in by this policy.
    pub fn app_token(&self, app: &CompiledApp, policy: PolicyId, live: &LiveSession, now: Timestamp) -> Result<Signed, GuardError> {
        let life = app.policy(policy).and_then(|p| p.session_duration.clone()).unwrap_or_else(|| app.app.session_duration.clone());
        let (claims, expires_at) = token::app_claims(&self.inner.config.team_origin, &app.app.aud, app.app.generation, live, &life, now);
        Ok(Signed { jwt: self.inner.compiled.load().keys.sign(&claims)?, expires_at })
    }

    /// The cookies of a session on an application's host: its token for each of these addresses, and what binds it to the browser where
    /// the application wants that.
    pub fn app_cookies(
        &self,
        app: &CompiledApp,
        policy: PolicyId,
        live: &LiveSession,
        addresses: &[&AppAddress],
        now: Timestamp,
    ) -> Result<Vec<String>, GuardError> {
        let life = app.policy(policy).and_then(|p| p.session_duration.clone()).unwrap_or_else(|| app.app.session_duration.clone());
        let (mut claims, expires_at) =
            token::app_claims(&self.inner.config.team_origin, &app.app.aud, app.app.generation, live, &life, now);
        let binding = app.app.cookies.binding.then(binding::Binding::random);
        if let Some(binding) = &binding {
            claims["dw_bind"] = binding.hash().into();
        }
        let token = Signed { jwt: self.inner.compiled.load().keys.sign(&claims)?, expires_at };
        let tokens = addresses.iter().map(|address| app_cookie(app, address, &token));
        let bindings = addresses.iter().filter_map(|address| Some(binding.as_ref()?.cookie(cookie_path(app, address), expires_at)));
        Ok(tokens.chain(bindings).collect())
    }

    /// The organisation token of a session: good on the team domain only.
    pub fn org_token(&self, live: &LiveSession, now: Timestamp) -> Result<Signed, GuardError> {
        let compiled = self.inner.compiled.load();
        let claims = token::org_claims(
            &self.inner.config.team_origin,
            &compiled.snapshot.organization.aud,
            &compiled.snapshot.account.id,
            live,
            now,
        );
        Ok(Signed { jwt: compiled.keys.sign(&claims)?, expires_at: live.session.expires_at })
    }

    /// The live session behind the organisation cookie on the team domain.
    pub fn org_session(&self, headers: &HeaderMap, now: Timestamp) -> Option<Arc<LiveSession>> {
        let compiled = self.inner.compiled.load();
        let token = credential::single_cookie(headers, AUTHORIZATION_COOKIE)?;
        self.session_by_token(token, now, |claims| {
            claims.kind == token::Kind::Org
                && claims.iss == self.inner.config.team_origin
                && claims.aud.is(&compiled.snapshot.organization.aud)
        })
    }

    /// The live session behind an application's token, from the cookie or the token header: for the identity endpoint. On an
    /// application's host only the tokens of its own applications count.
    pub fn app_session(&self, host: &str, headers: &HeaderMap, now: Timestamp) -> Option<Arc<LiveSession>> {
        let compiled = self.inner.compiled.load();
        let from_header = headers.get(credential::TOKEN_HEADER).and_then(|v| v.to_str().ok());
        let issuer = &self.inner.config.team_origin;
        let here = |app: &CompiledApp| host == self.inner.config.team_host || app.app.destinations.iter().any(|d| d.matches_host(host));
        let fits = |claims: &token::Claims| {
            // The origin asks with the token alone on the team domain: it never sees the binding.
            let bound = |app: &CompiledApp| host == self.inner.config.team_host || binding::holds(app, claims, headers);
            compiled.apps().any(|app| claims.is_for(issuer, &app.app) && here(app) && bound(app))
        };
        from_header
            .into_iter()
            .chain(credential::cookies(headers, AUTHORIZATION_COOKIE))
            .take(4)
            .find_map(|token| self.session_by_token(token, now, fits))
    }

    fn session_by_token(&self, token: &str, now: Timestamp, fits: impl Fn(&token::Claims) -> bool) -> Option<Arc<LiveSession>> {
        let (claims, _) = check_signature(&self.inner.compiled.load(), token, now)?;
        if fits(&claims) && now.secs() < claims.exp { self.inner.live.session(claims.identity_nonce.as_ref()?, now) } else { None }
    }

    /// Signs `meta` for a sign-in that begins now.
    pub fn sign_meta(&self, meta: &Meta) -> Result<String, GuardError> {
        let claims = serde_json::to_value(meta).map_err(|e| crate::keys::KeyError::Rsa(e.to_string()))?;
        Ok(self.inner.compiled.load().keys.sign(&claims)?)
    }

    /// Reads `meta` back; foreign, torn or old ones are `None`.
    pub fn read_meta(&self, jwt: &str, now: Timestamp) -> Option<Meta> {
        let compiled = self.inner.compiled.load();
        let unverified = oidc::jws::Unverified::parse(jwt, token::MAX_TOKEN * 4).ok()?;
        let key = compiled.keys.verifier(unverified.kid()?, now)?;
        let meta: Meta = unverified.verify(key).ok()?;
        (meta.kind == "meta" && meta.nbf <= now.secs() && now.secs() < meta.exp).then_some(meta)
    }

    /// Seals the state of a sign-in for the trip to the provider.
    pub fn seal_state(&self, state: &LoginState) -> String {
        crate::ticket::seal(self.inner.store.sealer(), store::Purpose::LoginState, state)
    }
    /// Opens it; `None` when it is not ours or too old. Whether it was used before is asked by [`Guard::first_use`].
    pub fn open_state(&self, text: &str, now: Timestamp) -> Option<LoginState> {
        let state: LoginState = crate::ticket::open(self.inner.store.sealer(), store::Purpose::LoginState, text)?;
        let age = now.secs_since(state.at);
        (0..crate::ticket::STATE_LIFE_SECS).contains(&age).then_some(state)
    }
    /// Seals the ticket that carries a session to an application's host.
    pub fn seal_ticket(&self, ticket: &Ticket) -> String {
        crate::ticket::seal(self.inner.store.sealer(), store::Purpose::TransferTicket, ticket)
    }
    /// Opens it without using it up, so that its bindings can be checked first.
    pub fn look_at_ticket(&self, text: &str, now: Timestamp) -> Option<Ticket> {
        let ticket: Ticket = crate::ticket::open(self.inner.store.sealer(), store::Purpose::TransferTicket, text)?;
        (0..crate::ticket::TICKET_LIFE_SECS).contains(&now.secs_since(ticket.at)).then_some(ticket)
    }
    /// Opens it and uses it up; good once and for two minutes.
    pub fn redeem_ticket(&self, text: &str, now: Timestamp) -> Option<Ticket> {
        let ticket = self.look_at_ticket(text, now)?;
        self.first_use(&ticket.id, ticket.at.plus_secs(crate::ticket::TICKET_LIFE_SECS), now).then_some(ticket)
    }
    /// Seals what is left of a chain over an application's hosts.
    pub fn seal_chain(&self, chain: &Chain) -> String {
        crate::ticket::seal(self.inner.store.sealer(), store::Purpose::TransferTicket, chain)
    }
    /// Opens it; `None` when it is not ours or too old.
    pub fn open_chain(&self, text: &str, now: Timestamp) -> Option<Chain> {
        let chain: Chain = crate::ticket::open(self.inner.store.sealer(), store::Purpose::TransferTicket, text)?;
        (0..crate::ticket::CHAIN_LIFE_SECS).contains(&now.secs_since(chain.at)).then_some(chain)
    }
    /// True the first time a one-time mark is seen.
    pub fn first_use(&self, mark: &str, expires: Timestamp, now: Timestamp) -> bool {
        self.inner.used.first_use(mark, expires, now)
    }
    /// A session by its id, when it is alive.
    pub fn session(&self, nonce: &Nonce, now: Timestamp) -> Option<Arc<LiveSession>> {
        self.inner.live.session(nonce, now)
    }
    /// An application by id.
    pub fn app(&self, id: &AppId) -> Option<Arc<CompiledApp>> {
        self.inner.compiled.load().app(id).cloned()
    }
}

/// `Set-Cookie` of an application token. `Expires` is needed by command-line clients; `Max-Age` alone is ignored by them.
/// With path cookies `address` is the destination that the cookie is for.
pub fn app_cookie(app: &CompiledApp, address: &AppAddress, token: &Signed) -> String {
    let settings = &app.app.cookies;
    let path = cookie_path(app, address);
    let http_only = if settings.http_only { "; HttpOnly" } else { "" };
    let same_site = match settings.same_site {
        None | Some(model::app::SameSite::None) => "None",
        Some(model::app::SameSite::Lax) => "Lax",
        Some(model::app::SameSite::Strict) => "Strict",
    };
    format!(
        "{AUTHORIZATION_COOKIE}={}; Expires={}; Path={path}; Secure{http_only}; SameSite={same_site}",
        token.jwt,
        http_date(token.expires_at)
    )
}

fn cookie_path<'a>(app: &CompiledApp, address: &'a AppAddress) -> &'a str {
    if app.app.cookies.path { address.cookie_path() } else { "/" }
}

/// An instant as cookies write it (RFC 9110 section 5.6.7).
pub fn http_date(t: Timestamp) -> String {
    const FORMAT: &[time::format_description::BorrowedFormatItem<'_>] =
        time::macros::format_description!("[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT");
    time::OffsetDateTime::from_unix_timestamp(t.secs())
        .ok()
        .and_then(|d| d.format(FORMAT).ok())
        .unwrap_or_else(|| "Thu, 01 Jan 1970 00:00:01 GMT".into())
}

fn random_indexes() -> [u8; 16] {
    // Rejection keeps every character equally likely: 248 is the largest multiple of 62 in a byte.
    std::array::from_fn(|_| {
        loop {
            let byte: u8 = rand::random();
            if byte < 248 {
                return byte;
            }
        }
    })
}

/// A point in the order of revocations.
#[derive(Debug, Clone, Copy)]
pub struct Moment(u64);

struct Opening {
    admission: Admission,
    nonce: Nonce,
    now: Timestamp,
}

/// The outer result is the store's; the inner one is the person, or why they may have no session.
fn open(
    tx: &mut Tx<'_>,
    snapshot: &Snapshot,
    revoked: &dyn Fn(&User) -> bool,
    Arrival { mut identity, watch }: Arrival,
    opening: Opening,
) -> Result<Result<UserId, OpenError>, StoreError> {
    let Opening { admission, nonce, now } = opening;
    let same_directory = |idp: &IdentityProvider| idp.config.accepts_issuer(&identity.key.issuer);
    if !tx.idp(&identity.idp)?.is_some_and(|idp| same_directory(&idp)) {
        return Ok(Err(OpenError::ProviderChanged));
    }
    let known = tx.user_by_key(&identity.key)?;
    let providers: Vec<IdpId> = snapshot.idps.values().filter(|idp| idp.scim.enabled && same_directory(idp)).map(|idp| idp.id).collect();
    let tie = ties::name(tx, &providers, &identity, known.as_ref())?;
    if ties::is_deactivated(tx, &providers, &identity, tie.as_deref())? {
        return Ok(Err(OpenError::Deactivated));
    }
    let mut user = match known {
        Some(user) => user,
        None => known_in_advance(tx, &identity)?.unwrap_or_else(|| new_user(&identity, now)),
    };
    if revoked(&user) {
        return Ok(Err(OpenError::JustRevoked));
    }
    if matches!(admission, Admission::Admitted(_)) && seats::take(tx, &mut user, now)? == Seat::Refused {
        return Ok(Err(OpenError::NoSeat));
    }
    user.key = Some(identity.key.clone());
    user.email = identity.email.clone();
    user.upn = tie;
    user.name = identity.name.clone();
    user.updated_at = now;
    tx.put_user(&user)?;
    identity.user_id = user.id;
    let length = snapshot.organization.session_duration.secs();
    let session = Session {
        nonce,
        user_id: user.id,
        idp: identity.idp,
        user_generation: user.generation,
        account_generation: tx.account()?.generation,
        created_at: now,
        expires_at: counts_from(&identity, now).plus_secs(length),
        state: SessionState::Live,
    };
    tx.start_session(&session, &identity)?;
    if let Admission::Admitted(app) = admission {
        tx.note_session_app(&session.nonce, &app)?;
    }
    if let Some(Watch { refresh_token, first_check_at }) = watch {
        tx.watch_session(&session.nonce, &refresh_token, first_check_at)?;
    }
    Ok(Ok(user.id))
}

/// The time from which the session's length counts: now, or the oldest grant of an authentication context that was carried over
/// from an earlier session. No grant outlives the session it was given to by stepping up again and again.
fn counts_from(identity: &Identity, now: Timestamp) -> Timestamp {
    identity.contexts.held.iter().map(|held| held.at).fold(now, Timestamp::min)
}

fn new_user(identity: &Identity, now: Timestamp) -> User {
    User {
        id: UserId::random(),
        key: Some(identity.key.clone()),
        email: identity.email.clone(),
        upn: identity.upn.clone(),
        name: identity.name.clone(),
        seat_id: SeatId::random(),
        access_seat: false,
        generation: 0,
        last_successful_login: None,
        created_at: now,
        updated_at: now,
    }
}

/// A person entered through the API before their first sign-in: they have no rights, so joining gives nothing away; still
/// only a trusted address may claim the entry, and only when it is the only one.
fn known_in_advance(r: &Reader<'_>, identity: &Identity) -> Result<Option<User>, StoreError> {
    if identity.email_trust == EmailTrust::Unverified {
        return Ok(None);
    }
    let mut entries: Vec<User> = r.users_by_email(&identity.email)?.into_iter().filter(|u| u.key.is_none()).collect();
    Ok(if entries.len() == 1 { entries.pop() } else { None })
}
