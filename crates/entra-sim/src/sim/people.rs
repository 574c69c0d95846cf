//! Owns the control endpoint for accounts: locks and expired passwords.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::control::{problem, read};
use crate::directory::standing::{Lock, PasswordAge, Standing};
use crate::oidc::approval::Approval;
use crate::state::Sim;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Order {
    locked: Option<bool>,
    password_expired: Option<bool>,
}

impl Order {
    fn apply(&self, standing: &mut Standing) {
        if let Some(locked) = self.locked {
            *standing =
                Standing { lock: if locked { Lock::Locked } else { Lock::Open }, password: standing.password, ..Standing::default() };
        }
        if let Some(expired) = self.password_expired {
            standing.password = if expired { PasswordAge::Expired } else { PasswordAge::Current };
        }
    }
}

/// `PUT /sim/people/{user name or id}`
pub async fn stand(State(sim): State<Arc<Sim>>, Path(key): Path<String>, body: Bytes) -> Response {
    let order = match read::<Order>(&body) {
        Ok(order) => order,
        Err(refusal) => return *refusal,
    };
    let Some(person) = sim.tenant().user(&key).map(|user| user.id) else {
        return problem(StatusCode::NOT_FOUND, format!("the tenant has no user {key:?}"));
    };
    sim.change(|directory| {
        if let Some(user) = directory.users.get_mut(&person) {
            order.apply(&mut user.standing);
        }
    });
    StatusCode::NO_CONTENT.into_response()
}

/// `GET /sim/approvals`
pub async fn approvals(State(sim): State<Arc<Sim>>) -> Json<Vec<Approval>> {
    Json(sim.desk.lock().approvals.clone())
}
