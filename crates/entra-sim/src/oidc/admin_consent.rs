//! Owns the admin consent endpoints: an administrator grants permissions for the whole tenant.
//!
//! Source: "Permissions and consent in the Microsoft identity platform"; the refusal lacks `tenant`, unlike what is written there.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use uuid::Uuid;

use super::authority::Authority;
use super::authorize::{Visit, begin};
use super::claims_request::ClaimsRequest;
use super::conclude::Consent;
use super::desk::Account;
use super::fault::Fault;
use super::page::{self, ConsentPage, Reach};
use super::params::Params;
use super::request::{self, AdminConsent, AuthorizeRequest, Goal, Mode, Prompt, Return, Wanted};
use super::scope::Scopes;
use super::{respond, sign_in};
use crate::directory::Directory;
use crate::directory::app::Application;
use crate::directory::catalogue::{GRAPH, PERMISSIONS};
use crate::directory::grant::{Assignment, Grant, PrincipalType};
use crate::directory::id::{AppId, ObjectId};
use crate::state::Sim;

/// `GET /{tenant}/adminconsent`
pub async fn registered(state: State<Arc<Sim>>, path: Path<String>, query: RawQuery, headers: HeaderMap) -> Response {
    start(state, path, query, &headers, |_| Ok(AdminConsent::Registered))
}

/// `GET /{tenant}/v2.0/adminconsent`
pub async fn scoped(state: State<Arc<Sim>>, path: Path<String>, query: RawQuery, headers: HeaderMap) -> Response {
    start(state, path, query, &headers, |params| Ok(AdminConsent::Scopes(params.need("scope")?.to_owned())))
}

fn start(
    State(sim): State<Arc<Sim>>,
    Path(segment): Path<String>,
    RawQuery(query): RawQuery,
    headers: &HeaderMap,
    goal: impl Fn(&Params) -> Result<AdminConsent, Fault>,
) -> Response {
    let visit = Visit::new(sim, headers);
    let read = Params::read(query.unwrap_or_default().as_bytes()).and_then(|params| read(&visit.sim, &segment, &params, goal(&params)?));
    let response = match read {
        Ok(request) => begin(&visit, request),
        Err(fault) => page::refuse(&fault, &visit.trace),
    };
    visit.marked(response)
}

fn read(sim: &Sim, segment: &str, params: &Params, goal: AdminConsent) -> Result<AuthorizeRequest, Fault> {
    let directory = sim.tenant();
    let authority = Authority::of(segment, &directory)?;
    let (app, principal) = request::client(params, authority, &directory)?;
    let uri = request::redirect_uri(params, app)?;
    let scopes = match &goal {
        AdminConsent::Scopes(text) => Scopes::read(text, &sim.base, &directory)?,
        AdminConsent::Registered => Scopes::default(),
    };
    Ok(AuthorizeRequest {
        segment: segment.to_owned(),
        app_id: app.app_id,
        principal,
        back: Return { uri, mode: Mode::Query, state: params.get("state").map(str::to_owned) },
        wanted: Wanted::Code,
        scopes,
        nonce: None,
        challenge: None,
        prompt: Prompt::Usual,
        login_hint: params.get("login_hint").map(str::to_owned),
        claims: ClaimsRequest::default(),
        goal: Goal::AdminConsent(goal),
    })
}

/// What is granted: scopes and roles, by API.
#[derive(Default)]
struct Wish {
    scopes: BTreeMap<ObjectId, Vec<String>>,
    roles: Vec<(ObjectId, Uuid, String)>,
}

impl Wish {
    fn of(directory: &Directory, request: &AuthorizeRequest) -> Self {
        let Some(app) = directory.app(request.app_id) else {
            return Self::default();
        };
        let graph = directory.principal_of(GRAPH).map(|sp| sp.id);
        let mut wish = Self { scopes: request.scopes.apis.clone(), roles: Vec::new() };
        if let Some(graph) = graph
            && !request.scopes.openid.is_empty()
        {
            wish.scopes.entry(graph).or_default().extend(request.scopes.openid.clone());
        }
        let whole = request.goal == Goal::AdminConsent(AdminConsent::Registered);
        let defaults = wish.scopes.values_mut().any(|names| {
            let before = names.len();
            names.retain(|name| name != ".default");
            names.len() != before
        });
        if whole || defaults {
            wish.add_registered(directory, app);
        }
        wish
    }

    /// Adds what the registration lists.
    fn add_registered(&mut self, directory: &Directory, app: &Application) {
        for api in app.required_resource_access.as_array().into_iter().flatten() {
            let id = api["resourceAppId"].as_str().and_then(|id| id.parse::<AppId>().ok());
            let Some(sp) = id.and_then(|id| directory.principal_of(id)) else {
                continue;
            };
            for access in api["resourceAccess"].as_array().into_iter().flatten() {
                let Some(id) = access["id"].as_str().and_then(|id| Uuid::try_parse(id).ok()) else {
                    continue;
                };
                let scope = PERMISSIONS.iter().find(|row| sp.app_id == GRAPH && row.delegated == Some(id));
                let role = sp.app_roles.iter().find(|role| role.id == id);
                match (access["type"].as_str(), scope, role) {
                    (Some("Scope"), Some(row), _) => {
                        let names = self.scopes.entry(sp.id).or_default();
                        if !names.iter().any(|name| name == row.name) {
                            names.push(row.name.to_owned());
                        }
                    }
                    (Some("Role"), _, Some(role)) => {
                        let name = role.value.clone().unwrap_or_else(|| role.display_name.clone());
                        self.roles.push((sp.id, id, name));
                    }
                    _ => {}
                }
            }
        }
    }

    fn shown(&self) -> Vec<String> {
        let roles = self.roles.iter().map(|(_, _, name)| format!("{name} (application)"));
        self.scopes.values().flatten().cloned().chain(roles).collect()
    }
}

/// Goes on once someone has signed in.
pub fn conclude(visit: &Visit, request: AuthorizeRequest, account: Account, consent: Consent) -> Response {
    let sim = &visit.sim;
    let upn = visit.user_name(account);
    let (own, administrator) = {
        let tenant = sim.tenant();
        let home = tenant.home_of(account.person).tenant.id;
        (home == tenant.tenant.id, tenant.is_administrator(account.person))
    };
    if !own {
        let text = format!("User account '{upn}' does not exist in the tenant and cannot consent on its behalf.");
        return respond::send_admin_refusal(&request.back, &Fault::new(50_020, "access_denied", text), &visit.trace, &sim.base);
    }
    if !administrator {
        let text = "Need admin approval. Only an administrator can grant permissions on behalf of the organization. Sign in with an administrator's account.";
        let mut fault = Fault::new(90_094, "access_denied", text);
        fault.status = StatusCode::OK;
        return page::refuse(&fault, &visit.trace);
    }
    let wish = Wish::of(&sim.tenant(), &request);
    if consent == Consent::Open {
        let thread = sign_in::open(visit, request, Some(account));
        return page::show(StatusCode::OK, &ConsentPage { thread, upn, permissions: wish.shown(), reach: Reach::Organisation });
    }
    let now = visit.trace.at;
    let mut fields = vec![("admin_consent".to_owned(), "True".to_owned()), ("tenant".to_owned(), sim.tenant().tenant.id.to_string())];
    if let Goal::AdminConsent(AdminConsent::Scopes(text)) = &request.goal {
        fields.push(("scope".to_owned(), text.clone()));
    }
    sim.change(|directory| {
        for (api, names) in wish.scopes {
            Grant::extend(directory, (request.principal, api), None, &names);
        }
        for (api, role, _) in wish.roles {
            let made = Assignment::new((request.principal, PrincipalType::ServicePrincipal), api, role, now);
            directory.assignments.insert(made.id.clone(), made);
        }
    });
    respond::send(&request.back, fields)
}

/// The refusal that goes back when the administrator presses Cancel.
pub fn decline(visit: &Visit, request: &AuthorizeRequest) -> Response {
    let fault = Fault::new(65_004, "access_denied", "User declined to consent to access the app.");
    respond::send_admin_refusal(&request.back, &fault, &visit.trace, &visit.sim.base)
}
