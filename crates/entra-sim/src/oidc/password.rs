//! Owns what a typed password leads to: locks, expired passwords and changing them.

use axum::http::StatusCode;
use axum::response::Response;

use super::authorize::Visit;
use super::page::{self, PasswordPage, RenewPage, Thread};
use super::params::Params;
use crate::directory::id::ObjectId;
use crate::directory::standing::{PasswordAge, Standing};
use crate::directory::user::Secret;

/// Shortest new password.
const SHORTEST: usize = 8;

/// An account about to sign in.
pub struct Candidate {
    /// Who.
    pub person: ObjectId,
    /// User name.
    pub upn: String,
    /// The password as it should be.
    pub password: Secret,
    /// Locks and the password's age.
    pub standing: Standing,
}

/// Shows the password page.
pub fn ask(candidate: &Candidate, thread: &Thread, problem: Option<&str>) -> Response {
    let problem = problem.map(str::to_owned);
    page::show(StatusCode::OK, &PasswordPage { thread: thread.clone(), typed: candidate.upn.clone(), problem })
}

/// Checks the typed password; a page when the sign-in cannot go on.
pub fn check(visit: &Visit, candidate: &Candidate, thread: &Thread, offered: &str) -> Option<Response> {
    let now = visit.trace.at;
    let locked = "AADSTS50053: Your account is temporarily locked to prevent unauthorized use. Try again later, and if you still have trouble, contact your admin.";
    if candidate.standing.is_locked(now) {
        return Some(ask(candidate, thread, Some(locked)));
    }
    let right = candidate.password.matches(offered);
    if right && candidate.standing.wrong == 0 {
        return None;
    }
    let after = visit.sim.change(|directory| {
        let user = directory.users.get_mut(&candidate.person)?;
        if right {
            user.standing.wrong = 0;
        } else {
            user.standing.failed(now);
        }
        Some(user.standing)
    });
    if right {
        return None;
    }
    let wrong = "AADSTS50126: Your account or password is incorrect. If you do not remember your password, reset it now.";
    let closed = after.is_some_and(|standing| standing.is_locked(now));
    Some(ask(candidate, thread, Some(if closed { locked } else { wrong })))
}

/// Makes a person change an expired password (50055); a page until that is done.
pub fn renew(visit: &Visit, candidate: &Candidate, thread: &Thread, params: &Params) -> Option<Response> {
    if candidate.standing.password == PasswordAge::Current {
        return None;
    }
    let page = |problem: Option<&str>| {
        let problem = problem.map(str::to_owned);
        Some(page::show(StatusCode::OK, &RenewPage { thread: thread.clone(), typed: candidate.upn.clone(), problem }))
    };
    let Some(fresh) = params.get("newpasswd") else {
        return page(None);
    };
    if fresh.len() < SHORTEST || candidate.password.matches(fresh) {
        return page(Some("The new password must have at least 8 characters and differ from the old one."));
    }
    visit.sim.change(|directory| {
        if let Some(user) = directory.users.get_mut(&candidate.person) {
            user.password = Secret::new(fresh);
            user.standing.password = PasswordAge::Current;
            // What the old password began is over.
            user.valid_from = visit.trace.at;
        }
    });
    None
}
