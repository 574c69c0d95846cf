//! Who calls and what they may: the permission is part of a handler's signature, so that no operation can forget it.

use std::{marker::PhantomData, net::IpAddr, sync::Arc};

use axum::extract::FromRequestParts;
use guard::{console::Visit, live::LiveSession};
use http::{HeaderMap, header::AUTHORIZATION, request::Parts};
use model::{
    AccountId, AppId, IdpId,
    api_token::{ApiToken, Permission, Resources, Standing},
};
use store::Purpose;
use subtle::ConstantTimeEq;

use crate::{
    console::{self, Visitor},
    error::ApiError,
    params::{PathId as _, segment},
    state::ApiState,
    token::is_api_token,
};

/// The client's address, established by the listener (ruling 21), in the request's extensions; `None` when nobody knows it.
#[derive(Debug, Clone, Copy)]
pub struct ClientAddress(pub Option<IpAddr>);

/// The permission of an operation, as a type.
pub(crate) trait Needs: Send + Sync + 'static {
    /// Any one of these is enough; empty: any valid token.
    const ANY_OF: &'static [Permission];
    /// Where this is not empty, one of these is needed as well, and no token that is for some objects only will do.
    const AND_OF: &'static [Permission] = &[];
}

macro_rules! needs {
    ($($(#[$doc:meta])* $name:ident: $($permission:ident)|* $(, and $($other:ident)|+)?;)*) => {
        $(
            $(#[$doc])*
            #[derive(Debug)]
            pub(crate) struct $name;
            impl Needs for $name {
                const ANY_OF: &'static [Permission] = &[$(Permission::$permission),*];
                $(const AND_OF: &'static [Permission] = &[$(Permission::$other),+];)?
            }
        )*
        /// The whole table.
        const _: &[&[Permission]] = &[$($name::ANY_OF),*];
    };
}
needs! {
    /// Any valid token.
    Anybody: ;
    /// Organisation, providers, groups: read.
    OrgRead: OrgRead | OrgWrite;
    /// The organisation itself: read, also by whoever revokes people.
    OrgLook: OrgRead | OrgWrite | OrgRevoke;
    /// Organisation, providers, groups: write.
    OrgWrite: OrgWrite;
    /// Groups of a directory, asked of it with the server's credential: whoever builds rules.
    GroupsSearch: AppsWrite | OrgWrite;
    /// Revoke people.
    RevokePeople: OrgRevoke | OrgWrite;
    /// Applications and policies: read.
    AppsRead: AppsRead | AppsWrite;
    /// The list of applications: read, also by whoever revokes their tokens.
    AppsLook: AppsRead | AppsWrite | AppsRevoke;
    /// What people may open: applications and people, read.
    AccessRead: AppsRead | AppsWrite, and UsersRead | UsersWrite | AuditRead;
    /// Applications and policies: write.
    AppsWrite: AppsWrite;
    /// Revoke an application's tokens.
    RevokeApps: AppsRevoke | AppsWrite;
    /// Tags of applications: read.
    TagsRead: AppsRead | AppsWrite;
    /// Tags of applications: write.
    TagsWrite: AppsWrite;
    /// Service tokens: read.
    ServiceTokensRead: ServiceTokensRead | ServiceTokensWrite;
    /// Service tokens: write.
    ServiceTokensWrite: ServiceTokensWrite;
    /// Root certificates of mutual TLS: read.
    CertificatesRead: CertificatesRead | CertificatesWrite;
    /// Root certificates of mutual TLS: write.
    CertificatesWrite: CertificatesWrite;
    /// Custom pages: read.
    PagesRead: PagesRead | PagesWrite;
    /// Custom pages: write.
    PagesWrite: PagesWrite;
    /// Tests of policies: read results.
    PolicyTestsRead: PolicyTestsRead | PolicyTestsWrite;
    /// Tests of policies: begin.
    PolicyTestsWrite: PolicyTestsWrite;
    /// Lists that rules refer to: read.
    ListsRead: ZeroTrustRead | ZeroTrustWrite;
    /// Lists that rules refer to: write.
    ListsWrite: ZeroTrustWrite;
    /// Posture rules and integrations: read.
    PostureRead: ZeroTrustRead | ZeroTrustWrite;
    /// Posture rules and integrations: write.
    PostureWrite: ZeroTrustWrite;
    /// The account: write.
    AccountWrite: AccountWrite;
    /// API tokens: read.
    TokensRead: TokensRead | TokensWrite;
    /// API tokens: write.
    TokensWrite: TokensWrite;
    /// People, seats and sessions: read.
    UsersRead: UsersRead | UsersWrite | AuditRead;
    /// People, seats and sessions: write.
    UsersWrite: UsersWrite;
    /// End one session of a person.
    RevokeSession: OrgRevoke | UsersWrite;
    /// Access decisions: read.
    AuditRead: AuditRead;
    /// Administrators' changes: read.
    ChangesRead: ChangesRead;
    /// Writes of provisioning clients: read.
    ScimLogsRead: ScimLogsRead | OrgWrite;
    /// A backup of everything.
    BackupRead: BackupRead;
    /// Who may sign in to the console: read.
    ConsoleRead: OrgRead | OrgWrite | ConsoleAdmin;
    /// Who may sign in to the console: write (ruling 29).
    ConsoleWrite: ConsoleAdmin;
}

/// The caller of an operation, who holds what `N` needs.
#[derive(Debug)]
pub(crate) struct Caller<N> {
    /// The API token that was shown, or who is in the console.
    pub by: By,
    /// The account of the path, or the one of the token where the path names none.
    pub account: AccountId,
    /// Where it came from, when that is known.
    pub address: Option<IpAddr>,
    needs: PhantomData<N>,
}

/// Who calls.
#[derive(Debug, Clone)]
pub(crate) enum By {
    /// A program or a person with an API token.
    Token(Arc<ApiToken>),
    /// Somebody in the console.
    Console(Visitor),
}

impl By {
    /// How they are named in audit records.
    pub(crate) fn actor(&self) -> String {
        match self {
            Self::Token(token) => format!("api-token:{}", token.id),
            Self::Console(visitor) => visitor.actor.clone(),
        }
    }
    fn holds(&self, permission: Permission) -> bool {
        match self {
            Self::Token(token) => token.permissions.contains(&permission),
            Self::Console(visitor) => visitor.permissions.contains(&permission),
        }
    }
    /// The API token, where there is one.
    pub(crate) fn token(&self) -> Option<&Arc<ApiToken>> {
        match self {
            Self::Token(token) => Some(token),
            Self::Console(_) => None,
        }
    }
}

impl<N> Caller<N> {
    /// How the caller is named in audit records.
    pub(crate) fn actor(&self) -> String {
        self.by.actor()
    }
    /// How the caller is named to people.
    pub(crate) fn name(&self) -> String {
        match &self.by {
            By::Token(token) => token.name.clone(),
            By::Console(visitor) => visitor.name.clone(),
        }
    }
    /// The objects that the caller's token is limited to.
    pub(crate) fn resources(&self) -> Option<&Resources> {
        self.by.token().and_then(|token| token.resources.as_ref())
    }
    /// The session of the person who is in the console; none of a token, nor of whoever came through the local door.
    pub(crate) fn person(&self) -> Option<&Arc<LiveSession>> {
        match &self.by {
            By::Console(Visitor { visit: Visit::Person { live, .. }, .. }) => Some(live),
            By::Console(_) | By::Token(_) => None,
        }
    }
    /// True when the caller may do this as well.
    pub(crate) fn holds(&self, permission: Permission) -> bool {
        self.by.holds(permission)
    }
    /// True when the caller may also name the console's administrators, and so may change whom these are believed from.
    pub(crate) fn may_open_console(&self) -> bool {
        self.holds(Permission::ConsoleAdmin)
    }
}

impl<N: Needs> FromRequestParts<ApiState> for Caller<N> {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, ApiError> {
        let address = parts.extensions.get::<ClientAddress>().and_then(|client| client.0);
        let by = match console::visitor(parts, state).await? {
            Some(visitor) => By::Console(visitor),
            None => By::Token(authenticate(&parts.headers, address, state)?),
        };
        let account = account(parts, state).await?;
        for one_of in [N::ANY_OF, N::AND_OF] {
            if !one_of.is_empty() && !one_of.iter().any(|p| by.holds(*p)) {
                return Err(ApiError::NotPermitted(one_of));
            }
        }
        let limits = by.token().and_then(|token| token.resources.clone());
        if let Some(resources) = limits.as_ref().filter(|_| !N::ANY_OF.is_empty()) {
            if !N::AND_OF.is_empty() {
                return Err(beyond());
            }
            reach(resources, parts, state).await?;
        }
        Ok(Self { by, account, address, needs: PhantomData })
    }
}

/// The token of the `Authorization` header. Cookies are not looked at but for the console's own calls ([`console::visitor`]).
fn authenticate(headers: &HeaderMap, address: Option<IpAddr>, state: &ApiState) -> Result<Arc<ApiToken>, ApiError> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = match (values.next(), values.next()) {
        (None, _) if headers.contains_key("x-auth-key") => {
            return Err(ApiError::BadHeader("X-Auth-Key is not taken: send \"Authorization: Bearer <API token>\""));
        }
        (None, _) => return Err(ApiError::NoCredentials),
        (Some(_), Some(_)) => return Err(ApiError::BadHeader("more than one Authorization header")),
        (Some(value), None) => value,
    };
    let shown = value.to_str().ok().and_then(bearer);
    let shown = shown.ok_or(ApiError::BadHeader("Invalid format for Authorization header: expected \"Bearer <API token>\""))?;
    if !is_api_token(shown) {
        return Err(ApiError::BadToken("not in the form of one of this server (it may be cut or mistyped)"));
    }
    let token = find(shown, state).ok_or(ApiError::BadToken("not known"))?;
    let now = state.now();
    match token.standing(now) {
        Standing::Active => {}
        Standing::Disabled => return Err(ApiError::BadToken("switched off")),
        Standing::Expired => return Err(ApiError::BadToken("expired")),
        Standing::Early => return Err(ApiError::BadToken("not valid yet")),
    }
    if !token.usable_from(address) {
        return Err(ApiError::WrongPlace(address));
    }
    state.uses.note(&state.store, &token.id, now);
    Ok(token)
}

fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() && !token.contains(' ')).then_some(token)
}

/// Compares with every token's hash, in constant time and without stopping at a hit.
fn find(shown: &str, state: &ApiState) -> Option<Arc<ApiToken>> {
    let hash = state.store.sealer().hash(Purpose::ApiToken, shown);
    let snapshot = state.store.snapshot();
    let mut found = None;
    for token in snapshot.api_tokens.values() {
        if bool::from(token.secret_hash.expose().as_bytes().ct_eq(hash.expose().as_bytes())) {
            found = Some(Arc::clone(token));
        }
    }
    found
}

/// Lets a token that is for some objects only through to operations on one of these. Nothing else is within its reach: an operation whose
/// path names no application and no provider may be about all of them.
async fn reach(resources: &Resources, parts: &mut Parts, state: &ApiState) -> Result<(), ApiError> {
    let app = segment(parts, state, AppId::SEGMENT).await?;
    let provider = segment(parts, state, IdpId::SEGMENT).await?;
    let named = app.is_some() || provider.is_some();
    let app = app.is_none_or(|id| id.parse().is_ok_and(|id: AppId| resources.apps.contains(&id)));
    let provider = provider.is_none_or(|id| id.parse().is_ok_and(|id: IdpId| resources.identity_providers.contains(&id)));
    if named && app && provider { Ok(()) } else { Err(beyond()) }
}

fn beyond() -> ApiError {
    ApiError::BeyondCaller("this API token is for some applications or login methods only, and this is about something else".into())
}

async fn account(parts: &mut Parts, state: &ApiState) -> Result<AccountId, ApiError> {
    let ours = state.store.snapshot().account.id.clone();
    let Some(named) = segment(parts, state, "account_id").await? else { return Ok(ours) };
    let asked: AccountId = named.parse().map_err(|e| ApiError::BadIdentifier(format!("{e}")))?;
    if asked == ours { Ok(ours) } else { Err(ApiError::ForeignAccount(named)) }
}
