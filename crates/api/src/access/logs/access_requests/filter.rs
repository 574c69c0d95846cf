//! Which decisions a query asks for. What the store has an index for it finds; the rest is looked at one by one.

use std::{fmt::Display, str::FromStr};

use model::{AppId, IdpId, log::AccessDecision};
use store::{DecisionFilter, Snapshot};

use crate::{
    error::ApiError,
    params::{Query, contains},
};

/// What a query asks for.
#[derive(Debug)]
pub(super) struct Wanted {
    /// What the store finds.
    pub found: DecisionFilter,
    /// What each of those must be besides.
    rest: Vec<(Is, Test)>,
}

/// The operator of a filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Is {
    Eq,
    Neq,
}

/// One filter: any of its values.
#[derive(Debug)]
enum Test {
    Email(String),
    EmailPart(String),
    Allowed(Vec<bool>),
    App(Vec<AppId>),
    AppType(Vec<String>),
    Country(Vec<String>),
    Idp(Vec<IdpId>),
    NonIdentity(Vec<bool>),
    Ray(Vec<String>),
}

/// Reads the query.
pub(super) fn read(query: &Query) -> Result<Wanted, ApiError> {
    let found = DecisionFilter { since: query.time("since")?, until: query.time("until")?, ..DecisionFilter::default() };
    let mut wanted = Wanted { found, rest: Vec::new() };
    email(query, &mut wanted)?;
    let texts = |key| filled(query, key).map(str::to_owned).collect::<Vec<_>>();
    let rest: [(&'static str, &'static str, Test); 7] = [
        ("allowed", "allowedOp", Test::Allowed(parsed(query, "allowed")?)),
        ("app_uid", "app_uidOp", Test::App(parsed(query, "app_uid")?)),
        ("app_type", "app_typeOp", Test::AppType(texts("app_type"))),
        ("country_code", "country_codeOp", Test::Country(texts("country_code"))),
        ("idp", "idpOp", Test::Idp(parsed(query, "idp")?)),
        ("non_identity", "non_identityOp", Test::NonIdentity(parsed(query, "non_identity")?)),
        ("ray_id", "ray_idOp", Test::Ray(texts("ray_id"))),
    ];
    for (key, operator, test) in rest {
        query.only(operator, &["eq", "neq"])?;
        if filled(query, key).next().is_some() {
            wanted.add(if query.text(operator) == Some("neq") { Is::Neq } else { Is::Eq }, test);
        }
    }
    Ok(wanted)
}

/// A part of the address unless it is to be exact; `email_exact` goes before `contains`.
fn email(query: &Query, wanted: &mut Wanted) -> Result<(), ApiError> {
    query.only("emailOp", &["eq", "neq", "contains"])?;
    let operator = query.text("emailOp");
    let exact = query.parsed::<bool>("email_exact")?.unwrap_or(false) || operator == Some("eq");
    let is = if operator == Some("neq") { Is::Neq } else { Is::Eq };
    match query.text("email").map(str::to_owned) {
        Some(email) if exact => wanted.add(is, Test::Email(email)),
        Some(part) => wanted.add(is, Test::EmailPart(part)),
        None => {}
    }
    Ok(())
}

fn filled<'a>(query: &'a Query, key: &str) -> impl Iterator<Item = &'a str> {
    query.every(key).into_iter().filter(|text| !text.is_empty())
}

fn parsed<T: FromStr<Err: Display>>(query: &Query, key: &str) -> Result<Vec<T>, ApiError> {
    let parse = |text: &str| text.parse().map_err(|e| ApiError::fault(key, format!("{key} {text:?}: {e}")));
    filled(query, key).map(parse).collect()
}

impl Wanted {
    fn add(&mut self, is: Is, test: Test) {
        match (is, test) {
            (Is::Eq, Test::Email(email)) => self.found.email = Some(email),
            (is, Test::Allowed(values)) if values.len() == 1 => self.found.allowed = Some(values[0] == (is == Is::Eq)),
            (Is::Eq, Test::App(apps)) if apps.len() == 1 => self.found.app_id = apps.first().copied(),
            other => self.rest.push(other),
        }
    }
    /// Whether the store finds all that is wanted and nothing else.
    pub(super) fn is_found(&self) -> bool {
        self.rest.is_empty()
    }
    /// Whether a decision that the store found is wanted.
    pub(super) fn takes(&self, snapshot: &Snapshot, decision: &AccessDecision) -> bool {
        self.rest.iter().all(|(is, test)| test.holds(snapshot, decision) == (*is == Is::Eq))
    }
}

impl Test {
    fn holds(&self, snapshot: &Snapshot, decision: &AccessDecision) -> bool {
        let email = decision.user_email.as_deref().unwrap_or_default();
        match self {
            Self::Email(whole) => email.to_lowercase() == whole.to_lowercase(),
            Self::EmailPart(part) => contains(email, part),
            Self::Allowed(values) => values.contains(&decision.allowed),
            Self::App(apps) => decision.app_id.is_some_and(|id| apps.contains(&id)),
            Self::AppType(kinds) => {
                let app = decision.app_id.and_then(|id| snapshot.apps.get(&id));
                app.is_some_and(|app| kinds.iter().any(|kind| kind == app.kind.as_str()))
            }
            Self::Country(codes) => codes.iter().any(|code| decision.country.as_ref().is_some_and(|own| own.eq_ignore_ascii_case(code))),
            Self::Idp(ids) => decision.idp.is_some_and(|id| ids.contains(&id)),
            Self::NonIdentity(values) => values.contains(&(decision.action == "service_auth")),
            // A ray id is the beginning of a reference.
            Self::Ray(rays) => rays.iter().any(|ray| ray.len() >= 16 && decision.reference.as_str().starts_with(ray.as_str())),
        }
    }
}
