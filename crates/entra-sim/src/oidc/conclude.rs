//! Owns the last steps of a sign-in: assignment, consent, and the answer with its code.

use axum::http::StatusCode;
use axum::response::Response;

use super::authorize::Visit;
use super::desk::{Account, CODE_SECONDS, Code, Redeemed};
use super::fault::Fault;
use super::gate::{self, Stop};
use super::id_token::{self, Issue};
use super::page::{self, ConsentPage};
use super::request::{AuthorizeRequest, Prompt, Wanted};
use super::respond;
use super::scope::Missing;
use super::{second_factor, sign_in};
use crate::clock::Stamp;
use crate::directory::Directory;
use crate::directory::grant::Grant;
use crate::sim::knobs::SilentBlock;

/// Whether the person has just agreed to what is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consent {
    /// Not asked yet.
    Open,
    /// The person pressed *Accept*.
    Given,
}

enum Obstacle {
    /// Stays on the sign-in page.
    Fault(Fault),
    /// The person must agree first.
    Ask(Vec<String>),
    /// A second factor or the password again must come first.
    Stop(Stop),
}

/// Ends a sign-in for an account that has proven who it is.
pub fn conclude(visit: &Visit, request: AuthorizeRequest, account: Account, consent: Consent) -> Response {
    let sim = &visit.sim;
    let account = Account { device: visit.device, ..account };
    if consent == Consent::Given {
        let missing = request.scopes.missing(&sim.tenant(), request.principal, account.person);
        if let Missing::Consent(apis) = missing {
            sim.change(|directory| grant(directory, &request, account, apis));
        }
    }
    let block = sim.knobs.lock().silent_block;
    let obstacle = obstacle(&sim.tenant(), &request, account, consent, (visit.trace.at, block));
    match obstacle {
        None => answer(visit, &request, account),
        Some(Obstacle::Stop(Stop::Page(fault) | Stop::SecondFactor(fault) | Stop::Password(fault))) if request.prompt == Prompt::None => {
            respond::send_fault(&request.back, &fault, &visit.trace, &sim.base)
        }
        Some(Obstacle::Stop(Stop::Page(fault))) => page::refuse(&fault, &visit.trace),
        Some(Obstacle::Stop(Stop::SecondFactor(_))) => second_factor::ask(visit, request, account),
        Some(Obstacle::Stop(Stop::Password(_))) => {
            let upn = visit.user_name(account);
            sign_in::ask_password(visit, request, upn)
        }
        Some(Obstacle::Fault(fault)) if request.prompt == Prompt::None => {
            let silent = Fault { error: "interaction_required", ..fault };
            respond::send_fault(&request.back, &silent, &visit.trace, &sim.base)
        }
        Some(Obstacle::Fault(fault)) => page::refuse(&fault, &visit.trace),
        Some(Obstacle::Ask(_)) if request.prompt == Prompt::None => {
            let fault = Fault::new(
                65_001,
                "interaction_required",
                "The user or administrator has not consented to use the application. Send an interactive authorization request for this user and resource.",
            )
            .with_suberror("consent_required");
            respond::send_fault(&request.back, &fault, &visit.trace, &sim.base)
        }
        Some(Obstacle::Ask(permissions)) => {
            let upn = visit.user_name(account);
            let thread = sign_in::open(visit, request, Some(account));
            page::show(StatusCode::OK, &ConsentPage { thread, upn, permissions })
        }
    }
}

fn obstacle(
    directory: &Directory,
    request: &AuthorizeRequest,
    account: Account,
    consent: Consent,
    (now, block): (Stamp, SilentBlock),
) -> Option<Obstacle> {
    let page = |code, error, text: String| {
        let mut fault = Fault::new(code, error, text);
        fault.status = StatusCode::OK;
        Some(Obstacle::Fault(fault))
    };
    let user = directory.account(account.person)?;
    if !user.may_sign_in() {
        return page(50_057, "invalid_grant", "The user account is disabled.".into());
    }
    let sp = directory.principals.get(&request.principal)?;
    let is_own = directory.users.contains_key(&user.id);
    if is_own && sp.app_role_assignment_required && !directory.is_assigned(user.id, sp.id) {
        return page(
            50_105,
            "interaction_required",
            format!(
                "Your administrator has configured the application {} ('{}') to block users unless they are specifically granted ('assigned') access to the application. The signed in user '{}' is blocked because they are not a direct member of a group with access, nor had access directly assigned by an administrator.",
                sp.display_name, sp.app_id, user.profile.user_principal_name
            ),
        );
    }
    if let Some(stop) = gate::sign_in(directory, request, account, now, block) {
        return Some(Obstacle::Stop(stop));
    }
    match request.scopes.missing(directory, request.principal, user.id) {
        Missing::Administrator(names) => page(
            90_094,
            "access_denied",
            format!(
                "Need admin approval. {} needs permission to access resources in your organization that only an admin can grant: {}.",
                sp.display_name,
                names.join(", ")
            ),
        ),
        Missing::Consent(apis) => Some(Obstacle::Ask(apis.into_values().flatten().collect())),
        Missing::Nothing if request.prompt == Prompt::Consent && consent == Consent::Open => {
            let apis = request.scopes.apis.values().flatten();
            Some(Obstacle::Ask(request.scopes.openid.iter().chain(apis).cloned().collect()))
        }
        Missing::Nothing => None,
    }
}

fn grant(
    directory: &mut Directory,
    request: &AuthorizeRequest,
    account: Account,
    apis: std::collections::BTreeMap<crate::directory::id::ObjectId, Vec<String>>,
) {
    for (api, names) in apis {
        let made = Grant::new(request.principal, api, Some(account.person), &names.join(" "));
        directory
            .grants
            .entry(made.id.clone())
            .and_modify(|known| {
                for name in &names {
                    if !known.scope.split_whitespace().any(|one| one == name) {
                        known.scope = format!("{} {name}", known.scope);
                    }
                }
            })
            .or_insert(made);
    }
}

fn answer(visit: &Visit, request: &AuthorizeRequest, account: Account) -> Response {
    let sim = &visit.sim;
    let now = visit.trace.at;
    let code = format!("1.A{}", crate::random::token(900));
    let sid = {
        let mut desk = sim.desk.lock();
        let sid = visit.session.as_ref().and_then(|cookie| desk.sessions.get(cookie, now)).map_or_else(uuid::Uuid::new_v4, |session| {
            session.apps.insert(request.app_id);
            session.sid
        });
        if request.wanted != Wanted::IdToken {
            desk.codes.put(
                code.clone(),
                Code {
                    app_id: request.app_id,
                    segment: request.segment.clone(),
                    redirect_uri: request.back.uri.clone(),
                    scopes: request.scopes.clone(),
                    nonce: request.nonce.clone(),
                    challenge: request.challenge.clone(),
                    account,
                    sid,
                    claims: request.claims.clone(),
                    redeemed: Redeemed::No,
                },
                now,
                CODE_SECONDS,
            );
        }
        sid
    };
    let mut fields = Vec::new();
    if request.wanted != Wanted::IdToken {
        fields.push(("code".to_owned(), code.clone()));
    }
    if request.wanted != Wanted::Code {
        let issue = Issue {
            app_id: request.app_id,
            scopes: &request.scopes,
            nonce: request.nonce.as_deref(),
            account,
            sid,
            asked: &request.claims.id_token,
            code: (request.wanted == Wanted::CodeAndIdToken).then_some(code.as_str()),
            leg: id_token::Leg::Authorize,
        };
        if let Some(token) = id_token::issue(sim, &issue, now) {
            fields.push(("id_token".to_owned(), token));
        }
    }
    fields.push(("session_state".to_owned(), uuid::Uuid::new_v4().to_string()));
    respond::send(&request.back, fields)
}
