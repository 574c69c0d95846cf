//! Lists applications.

use axum::extract::State;
use model::app::{App, AppKind};

use super::wire;
use crate::{
    caller::{AppsLook, Caller},
    envelope::Answer,
    error::ApiError,
    pagination::Paging,
    params::{Query, contains},
    state::ApiState,
};

pub(crate) async fn list(_: Caller<AppsLook>, State(state): State<ApiState>, query: Query) -> Result<Answer, ApiError> {
    let paging = Paging::read(&query, 1000)?;
    // Only applications for infrastructure have such attributes, and there are none yet.
    query.only("target_attributes", &[])?;
    let exact = query.parsed::<bool>("exact")?.unwrap_or(false);
    let snapshot = state.store.snapshot();
    let mut apps: Vec<&App> = snapshot.apps.values().map(AsRef::as_ref).filter(|app| takes(&query, exact, app)).collect();
    apps.sort_by_key(|app| (app.created_at, app.id));
    Ok(Answer::page(paging.cut(apps.into_iter().map(|app| wire::write(&state.config, &snapshot, app)))))
}

/// All given filters must hold. `exact` makes name and domain exact; `search` looks into name, domains and audience.
fn takes(query: &Query, exact: bool, app: &App) -> bool {
    let fits = |text: &str, want: &str| if exact { text == want } else { contains(text, want) };
    let link = match &app.kind {
        AppKind::Bookmark { link } => Some(link.as_str()),
        AppKind::SelfHosted | AppKind::AppLauncher(_) | AppKind::Console => None,
    };
    let domains = || app.destinations.iter().map(|address| address.as_str()).chain(link);
    let found = |part: &str| contains(&app.name, part) || contains(app.aud.as_str(), part) || domains().any(|d| contains(d, part));
    query.text("name").is_none_or(|want| fits(&app.name, want))
        && query.text("domain").is_none_or(|want| domains().any(|d| fits(d, want)))
        && query.text("aud").is_none_or(|want| app.aud.as_str() == want)
        && query.text("search").is_none_or(found)
}
