//! The team domain and what the door itself answers on application hosts: sign-in, sign-out, identity, keys.
//!
//! A sign-in goes: [`choose`] (team domain, by `meta`) → [`start`] (to the provider) → [`callback`] → [`flow`] (which
//! alone chooses the next step) → [`authorized`] (application host, plants the cookie); `step_up` sends a
//! signed-in person to the provider once more, and [`liveness`] asks the provider about them as long as their session lives. A
//! login method's test ([`test_run`]) goes the same way to the provider and back, and ends there. Nothing is
//! believed that came through the browser unless it is signed, sealed or bound by a cookie.

mod answer;
mod authorized;
mod callback;
mod certs;
mod choose;
mod console;
mod denied;
mod eager;
mod elsewhere;
mod evaluation;
mod failed;
mod flow;
mod form;
mod frontchannel_logout;
mod home;
mod identity;
mod letters;
pub mod liveness;
mod logout;
mod other_account;
mod start;
mod state;
mod step_up;
mod temporary;
mod test_run;
mod unfinished;

pub use elsewhere::completed;
pub use letters::{Letter, Letters, Logged};
pub use state::LoginState;
pub use test_run::{TestBegun, TestDesk, TestOrder};

use axum::{Router, middleware::from_fn, routing::get};

/// Routes of the team domain.
pub fn team_router(state: LoginState) -> Router {
    Router::new()
        .route("/cdn-cgi/access/login/{host}", get(choose::choose))
        .route(other_account::PATH, get(other_account::other_account))
        .route("/cdn-cgi/access/callback", get(callback::callback).layer(from_fn(unfinished::came_back)))
        .route(unfinished::PATH, get(unfinished::help))
        .route("/cdn-cgi/access/logout", get(logout::team_logout).post(logout::team_logout))
        .route("/cdn-cgi/access/frontchannel-logout", get(frontchannel_logout::frontchannel_logout))
        .route("/cdn-cgi/access/get-identity", get(identity::get_identity))
        .route("/cdn-cgi/access/certs", get(certs::certs))
        .route(pages::STYLE_PATH, get(certs::style))
        .merge(home::router())
        .merge(test_run::router())
        .merge(console::router())
        .merge(temporary::router())
        .with_state(state)
}

/// Routes under `/cdn-cgi/access/` of every application host: always answered here, never sent to the origin.
pub fn app_router(state: LoginState) -> Router {
    let routes = Router::new()
        .route("/cdn-cgi/access/authorized", get(authorized::authorized))
        .route(eager::PATH, get(eager::eager))
        .route(other_account::PATH, get(other_account::other_account))
        .route("/cdn-cgi/access/logout", get(logout::app_logout).post(logout::app_logout))
        .route("/cdn-cgi/access/get-identity", get(identity::get_identity))
        .route("/cdn-cgi/access/certs", get(certs::certs))
        .route(pages::STYLE_PATH, get(certs::style))
        .with_state(state.clone());
    completed(routes, state, Router::new())
}
