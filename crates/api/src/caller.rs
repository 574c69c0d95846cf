//! Who calls and what they may: the permission is part of a handler's signature, so that no operation can forget it.

use std::{marker::PhantomData, sync::Arc};

use axum::extract::FromRequestParts;
use http::{HeaderMap, header::AUTHORIZATION, request::Parts};
use model::{
    AccountId, Timestamp,
    api_token::{ApiToken, Permission},
};
use store::Purpose;
use subtle::ConstantTimeEq;

use crate::{error::ApiError, params::segment, state::ApiState, token::is_api_token};

/// The permission of an operation, as a type.
pub(crate) trait Needs: Send + Sync + 'static {
    /// Any one of these is enough; empty: any valid token.
    const ANY_OF: &'static [Permission];
}

macro_rules! needs {
    ($($(#[$doc:meta])* $name:ident: $($permission:ident)|*;)*) => { $(
        $(#[$doc])*
        #[derive(Debug)]
        pub(crate) struct $name;
        impl Needs for $name { const ANY_OF: &'static [Permission] = &[$(Permission::$permission),*]; }
    )* };
}
needs! {
    /// Any valid token.
    Anybody: ;
    /// Organisation, providers, groups: read.
    OrgRead: OrgRead | OrgWrite;
    /// Organisation, providers, groups: write.
    OrgWrite: OrgWrite;
    /// Revoke people.
    RevokePeople: Revoke | OrgWrite;
    /// Applications and policies: read.
    AppsRead: AppsRead | AppsWrite;
    /// Applications and policies: write.
    AppsWrite: AppsWrite;
    /// Revoke an application's tokens.
    RevokeApps: Revoke | AppsWrite;
    /// Service tokens: read.
    ServiceTokensRead: ServiceTokensRead | ServiceTokensWrite;
    /// Service tokens: write.
    ServiceTokensWrite: ServiceTokensWrite;
    /// People, seats and sessions: read.
    UsersRead: UsersRead | UsersWrite;
    /// People, seats and sessions: write.
    UsersWrite: UsersWrite;
    /// End one session of a person.
    RevokeSession: Revoke | UsersWrite;
    /// Access decisions: read.
    AuditRead: AuditRead;
    /// Writes of provisioning clients: read.
    ScimLogsRead: ScimLogsRead | OrgWrite;
}

/// The caller of an operation, who holds what `N` needs.
#[derive(Debug)]
pub(crate) struct Caller<N> {
    /// The token that was shown.
    pub token: Arc<ApiToken>,
    /// The account of the path, or the one of the token where the path names none.
    pub account: AccountId,
    needs: PhantomData<N>,
}

impl<N> Caller<N> {
    /// How the caller is named in audit records.
    pub(crate) fn actor(&self) -> String {
        format!("api-token:{}", self.token.id)
    }
}

impl<N: Needs> FromRequestParts<ApiState> for Caller<N> {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, ApiError> {
        let token = authenticate(&parts.headers, state)?;
        let account = account(parts, state).await?;
        if !N::ANY_OF.is_empty() && !N::ANY_OF.iter().any(|p| token.permissions.contains(p)) {
            return Err(ApiError::NotPermitted(N::ANY_OF));
        }
        Ok(Self { token, account, needs: PhantomData })
    }
}

/// The token of the `Authorization` header. Cookies and every other header are not looked at.
fn authenticate(headers: &HeaderMap, state: &ApiState) -> Result<Arc<ApiToken>, ApiError> {
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
    usable(&token, state.now())?;
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

fn usable(token: &ApiToken, now: Timestamp) -> Result<(), ApiError> {
    if !token.enabled {
        return Err(ApiError::BadToken("switched off"));
    }
    match token.expires_at {
        Some(end) if end <= now => Err(ApiError::BadToken("expired")),
        _ => Ok(()),
    }
}

async fn account(parts: &mut Parts, state: &ApiState) -> Result<AccountId, ApiError> {
    let ours = state.store.snapshot().account.id.clone();
    let Some(named) = segment(parts, state, "account_id").await? else { return Ok(ours) };
    let asked: AccountId = named.parse().map_err(|e| ApiError::BadIdentifier(format!("{e}")))?;
    if asked == ours { Ok(ours) } else { Err(ApiError::ForeignAccount(named)) }
}
