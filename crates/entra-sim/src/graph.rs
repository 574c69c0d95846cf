//! Owns Microsoft Graph as far as sign-in, directory and provisioning need it.

pub mod caller;
pub mod error;

use crate::state::Sim;
use axum::Router;
use std::sync::Arc;
/// Routes of Graph.
pub fn routes() -> Router<Arc<Sim>> {
    Router::new()
}
