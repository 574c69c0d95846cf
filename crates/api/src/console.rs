//! Calls of the administrators' console: the one case in which a cookie counts, and never by itself (ruling 29).
//!
//! A call counts as the console's when it carries the console's header, which no other site can send and no form has. It is taken only
//! from the console's own page: the browser has to say so, by `Origin` or `Sec-Fetch-Site`, and nothing may speak against it.

use std::{collections::BTreeSet, fmt};

use guard::{
    Client,
    console::{CONSOLE_HEADER, Closed, Visit},
};
use http::{HeaderMap, Method, header, request::Parts};
use model::{
    ApiTokenId, Secret, Timestamp,
    api_token::{ApiToken, Permission, RequestIp},
    console::ConsoleRole,
    session::SessionState,
};
use store::Reader;

use crate::{
    error::ApiError,
    state::{ApiState, Stop},
};

/// Somebody in the console.
#[derive(Clone)]
pub(crate) struct Visitor {
    /// The visit.
    pub visit: Visit,
    /// How audit records name them.
    pub actor: String,
    /// How people are told of them.
    pub name: String,
    /// What they may do.
    pub permissions: BTreeSet<Permission>,
}

impl fmt::Debug for Visitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Visitor({})", self.actor)
    }
}

impl Visitor {
    /// What they hold, as far as it is handed on to API tokens. Their session may have ended while the change waited.
    pub(crate) fn as_token(&self, reader: &Reader<'_>) -> Result<ApiToken, Stop> {
        let lives = match &self.visit {
            Visit::Person { live, .. } => {
                reader.session(&live.session.nonce)?.is_some_and(|(session, _)| session.state == SessionState::Live)
            }
            Visit::Door(stay) => reader.door_stay(&stay.id)?.is_some_and(|stay| stay.ended_at.is_none()),
        };
        if !lives {
            return Err(ApiError::NoConsole("it was ended").into());
        }
        let never = Timestamp::default();
        Ok(ApiToken {
            id: ApiTokenId::from_bytes([0; 16]),
            name: self.name.clone(),
            secret_hash: Secret::new(""),
            permissions: self.permissions.clone(),
            resources: None,
            request_ip: RequestIp::default(),
            enabled: true,
            not_before: None,
            expires_at: None,
            created_at: never,
            updated_at: never,
        })
    }
}

/// Who is in the console; `None` for a call that is not the console's. With an `Authorization` header it never is.
pub(crate) async fn visitor(parts: &Parts, state: &ApiState) -> Result<Option<Visitor>, ApiError> {
    if !parts.headers.contains_key(CONSOLE_HEADER) || parts.headers.contains_key(header::AUTHORIZATION) {
        return Ok(None);
    }
    own_page(&parts.method, &parts.headers, &state.config.team_origin)?;
    let (Some(guard), Some(client)) = (&state.guard, parts.extensions.get::<Client>()) else {
        return Err(ApiError::NoConsole("this server has none"));
    };
    let visit = guard.console_visit(&parts.headers, client, state.now()).await.map_err(|closed| match closed {
        Closed::SignedOut => ApiError::NoConsole("nobody is signed in"),
        Closed::Over => ApiError::NoConsole("its time is over, or it was ended"),
        Closed::NotAdmitted => ApiError::NoConsole("the console's policy does not let this person in any more"),
        Closed::Store(error) => error.into(),
    })?;
    let name = match &visit {
        Visit::Person { live, .. } => live.identity.email.to_string(),
        Visit::Door(stay) => stay.by.clone(),
    };
    let role = match (&visit, state.store.snapshot().organization.is_ui_read_only) {
        // Who came through the door has to be able to mend everything.
        (Visit::Person { .. }, true) => ConsoleRole::Reader,
        _ => visit.role(),
    };
    Ok(Some(Visitor { actor: visit.actor(), name, permissions: role.permissions(), visit }))
}

/// The browser says that a page of the team domain asks. Whoever changes something says it twice where the browser can: `Origin` comes
/// with every request but GET and HEAD (Fetch standard, "append a request `Origin` header").
fn own_page(method: &Method, headers: &HeaderMap, team_origin: &str) -> Result<(), ApiError> {
    let one = |name: header::HeaderName| {
        let mut values = headers.get_all(name).iter();
        match (values.next(), values.next()) {
            (None, _) => Ok(None),
            (Some(value), None) => value.to_str().map(Some).map_err(|_| ApiError::ForeignPage("a header cannot be read")),
            (Some(_), Some(_)) => Err(ApiError::ForeignPage("a header is doubled")),
        }
    };
    let (origin, site) = (one(header::ORIGIN)?, one(header::HeaderName::from_static("sec-fetch-site"))?);
    if origin.is_some_and(|origin| origin != team_origin) {
        return Err(ApiError::ForeignPage("Origin names another one"));
    }
    if site.is_some_and(|site| site != "same-origin") {
        return Err(ApiError::ForeignPage("Sec-Fetch-Site names another one"));
    }
    let reads = matches!(*method, Method::GET | Method::HEAD);
    match (origin, site) {
        (None, None) => Err(ApiError::ForeignPage("neither Origin nor Sec-Fetch-Site came along")),
        (None, Some(_)) if !reads => Err(ApiError::ForeignPage("Origin did not come along")),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_consoles_own_page_may_ask() {
        let team = "https://team.harbourworks.example";
        for (method, headers, good) in [
            (Method::GET, vec![("sec-fetch-site", "same-origin")], true),
            (Method::GET, vec![("origin", team)], true),
            (Method::GET, vec![], false),
            (Method::GET, vec![("sec-fetch-site", "same-site")], false),
            (Method::GET, vec![("sec-fetch-site", "cross-site")], false),
            (Method::GET, vec![("sec-fetch-site", "none")], false),
            (Method::GET, vec![("origin", "https://evil.example"), ("sec-fetch-site", "same-origin")], false),
            (Method::GET, vec![("origin", team), ("sec-fetch-site", "cross-site")], false),
            (Method::PUT, vec![("origin", team), ("sec-fetch-site", "same-origin")], true),
            (Method::PUT, vec![("origin", team)], true),
            (Method::PUT, vec![("sec-fetch-site", "same-origin")], false),
            (Method::POST, vec![("origin", "null"), ("sec-fetch-site", "same-origin")], false),
            (Method::DELETE, vec![("origin", "https://team.harbourworks.example:8443")], false),
            (Method::DELETE, vec![("origin", team), ("origin", team)], false),
        ] {
            let mut map = HeaderMap::new();
            for (name, value) in &headers {
                map.append(*name, value.parse().unwrap());
            }
            assert_eq!(own_page(&method, &map, team).is_ok(), good, "{method} {headers:?}");
        }
    }
}
