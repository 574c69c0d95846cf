//! `POST /cdn-cgi/access/launcher/favourite`: marks an application of the App Launcher, or takes the mark away.

use axum::{
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, Response, StatusCode},
};
use model::AppId;
use store::StoreError;

use crate::{
    answer, flow,
    form::{About, Sent},
    state::LoginState,
};

/// Comes back to the page as it was, narrowed or not. Whoever is not signed in any more, or whose form is too old, does so without a mark.
pub(super) async fn mark(State(state): State<LoginState>, headers: HeaderMap, body: Bytes) -> Response<Body> {
    let Some(live) = state.guard.org_session(&headers, state.now()) else { return back(None) };
    let Some(sent) = Sent::read(&state, &live, &headers, &body).filter(|sent| matches!(sent.about, About::Favourites)) else {
        return back(None);
    };
    let user = live.session.user_id;
    let written = if let Ok(app) = sent.word("add").parse::<AppId>() {
        state.guard.store().write(move |tx| tx.add_favourite(&user, &app).map(drop)).await
    } else if let Ok(app) = sent.word("drop").parse::<AppId>() {
        state.guard.store().write(move |tx| tx.remove_favourite(&user, &app)).await
    } else {
        Ok(())
    };
    match written {
        // The application went meanwhile, and so does its tile.
        Ok(()) | Err(StoreError::NotFound { .. }) => back(Some(&sent)),
        Err(error) => {
            tracing::error!(error = %error, "a favourite could not be kept");
            flow::unavailable(&state, &headers)
        }
    }
}

fn back(sent: Option<&Sent>) -> Response<Body> {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for name in ["tag", "q"] {
        if let Some(word) = sent.map(|sent| sent.word(name)).filter(|word| !word.is_empty()) {
            query.append_pair(name, word);
        }
    }
    let query = query.finish();
    let mut response = answer::redirect(&if query.is_empty() { "/".to_owned() } else { format!("/?{query}") });
    *response.status_mut() = StatusCode::SEE_OTHER;
    response
}
