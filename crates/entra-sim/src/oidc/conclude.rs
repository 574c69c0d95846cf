//! Owns the last steps of a sign-in: assignment, consent, and the answer with its code.

use axum::http::StatusCode;
use axum::response::Response;

use super::authorize::Visit;
use super::desk::{Account, CODE_SECONDS, Code, Redeemed};
use super::fault::Fault;
use super::gate::{self, Stop};
use super::id_token::{self, Issue};
use super::page::{self, ConsentPage, Reach};
use super::request::{AuthorizeRequest, Goal, Prompt, Wanted};
use super::respond;
use super::scope::Missing;
use super::{admin_consent, approval, second_factor, sign_in};
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
    /// An administrator pressed *Accept* on behalf of everyone.
    ForAll,
}

enum Obstacle {
    /// Stays on the sign-in page.
    Fault(Fault),
    /// The person must agree first.
    Ask(Vec<String>, Reach),
    /// An administrator must agree first.
    Approval(Fault),
    /// A second factor or the password again must come first.
    Stop(Stop),
}

/// Ends a sign-in for an account that has proven who it is.
pub fn conclude(visit: &Visit, request: AuthorizeRequest, account: Account, consent: Consent) -> Response {
    let sim = &visit.sim;
    let account = Account { device: visit.device, ..account };
    if matches!(request.goal, Goal::AdminConsent(_)) {
        return admin_consent::conclude(visit, request, account, consent);
    }
    if sim.is_stale(account.auth_time, visit.trace.at) {
        return again(visit, request, account);
    }
    if consent != Consent::Open {
        let missing = request.scopes.missing(&sim.tenant(), request.principal, account.person);
        if let Missing::Consent(apis) = missing {
            let for_all = consent == Consent::ForAll && sim.tenant().is_administrator(account.person);
            let person = (!for_all).then_some(account.person);
            sim.change(|directory| {
                for (api, names) in &apis {
                    Grant::extend(directory, (request.principal, *api), person, names);
                }
            });
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
        Some(Obstacle::Fault(fault) | Obstacle::Approval(fault)) if request.prompt == Prompt::None => {
            let silent = Fault { error: "interaction_required", ..fault };
            respond::send_fault(&request.back, &silent, &visit.trace, &sim.base)
        }
        Some(Obstacle::Fault(fault)) => page::refuse(&fault, &visit.trace),
        Some(Obstacle::Approval(fault)) => approval::ask(visit, request, account, &fault),
        Some(Obstacle::Ask(..)) if request.prompt == Prompt::None => {
            let fault = Fault::new(
                65_001,
                "interaction_required",
                "The user or administrator has not consented to use the application. Send an interactive authorization request for this user and resource.",
            )
            .with_suberror("consent_required");
            respond::send_fault(&request.back, &fault, &visit.trace, &sim.base)
        }
        Some(Obstacle::Ask(permissions, reach)) => {
            let upn = visit.user_name(account);
            let thread = sign_in::open(visit, request, Some(account));
            page::show(StatusCode::OK, &ConsentPage { thread, upn, permissions, reach })
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
    let reach = if directory.is_administrator(user.id) { Reach::Choice } else { Reach::Person };
    match request.scopes.missing(directory, request.principal, user.id) {
        Missing::Administrator(names) => Some(Obstacle::Approval(Fault::new(
            90_094,
            "access_denied",
            format!(
                "Need admin approval. {} needs permission to access resources in your organization that only an admin can grant: {}.",
                sp.display_name,
                names.join(", ")
            ),
        ))),
        Missing::Consent(apis) => Some(Obstacle::Ask(apis.into_values().flatten().collect(), reach)),
        Missing::Nothing if request.prompt == Prompt::Consent && consent == Consent::Open => {
            let apis = request.scopes.apis.values().flatten();
            Some(Obstacle::Ask(request.scopes.openid.iter().chain(apis).cloned().collect(), reach))
        }
        Missing::Nothing => None,
    }
}

/// Asks for the password again because the last time is too long ago.
fn again(visit: &Visit, request: AuthorizeRequest, account: Account) -> Response {
    if request.prompt == Prompt::None {
        let text = "The session has expired or is invalid due to sign-in frequency checks by Conditional Access.";
        let fault = Fault::new(70_044, "interaction_required", text);
        return respond::send_fault(&request.back, &fault, &visit.trace, &visit.sim.base);
    }
    let upn = visit.user_name(account);
    sign_in::ask_password(visit, request, upn)
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
