//! What stands on the App Launcher: the applications that a person may open, by the same verdict as at their doors.

use std::collections::HashSet;

use guard::{Client, ClientCertificate, Outcome, compiled::CompiledApp, live::LiveSession, record::Circumstances};
use model::{
    AppId, UserId,
    app::{AppKind, link_address},
    hostname::AppAddress,
};
use pages::{Access, Detail, Tile};

use crate::state::LoginState;

/// How long ago something still counts as used lately.
const RECENT_SECS: i64 = 30 * 86_400;
/// Applications that are looked for among those used lately; some may have no tile any more.
const RECENT: u64 = 24;

/// What is a person's own on the page.
#[derive(Default)]
pub(super) struct Own {
    favourites: HashSet<AppId>,
    pub recent: Vec<AppId>,
}

impl Own {
    /// Nothing when the store does not answer: the tiles do not hang on it.
    pub async fn of(state: &LoginState, user: UserId) -> Self {
        let since = state.now().plus_secs(-RECENT_SECS);
        let read = move |reader: &store::Reader<'_>| Ok((reader.favourites_of(&user)?, reader.recent_apps_of(&user, since, RECENT)?));
        match state.guard.store().read(read).await {
            Ok((favourites, recent)) => Self { favourites: favourites.into_iter().collect(), recent },
            Err(error) => {
                tracing::warn!(error = %error, "favourites could not be read");
                Self::default()
            }
        }
    }
}

/// What the person may open, by name: applications whose policies admit them now, or would after a step-up or another answer; those of
/// which nobody can tell because their groups are unknown; bookmarks likewise, those without a policy for everybody.
pub(super) fn tiles(state: &LoginState, live: &LiveSession, client: &Client, own: &Own) -> Vec<Tile> {
    let compiled = state.guard.compiled();
    let mut out: Vec<Tile> = compiled
        .apps()
        .filter(|app| app.app.app_launcher_visible)
        .filter_map(|app| {
            let (url, is_link) = match &app.app.kind {
                AppKind::SelfHosted => (address(state, app.app.domain()?), false),
                AppKind::Bookmark { link } => (link_address(link), true),
                AppKind::AppLauncher(_) | AppKind::Console => return None,
            };
            let access = if is_link && app.app.policies.is_empty() { Access::Open } else { access(state, app, live, client)? };
            Some(Tile {
                id: app.app.id,
                name: app.app.name.clone(),
                url,
                logo: app.app.logo_url.clone(),
                tags: app.app.tags.clone(),
                access,
                is_link,
                is_favourite: own.favourites.contains(&app.app.id),
            })
        })
        .collect();
    out.sort_by_cached_key(|tile| (tile.name.to_lowercase(), tile.id));
    out
}

/// What is known about the person's access; none when they have none.
fn access(state: &LoginState, app: &CompiledApp, live: &LiveSession, client: &Client) -> Option<Access> {
    if !app.accepts(&live.session.idp) {
        return None;
    }
    match judge(state, app, live, client) {
        Outcome::Allow { .. } | Outcome::Bypass { .. } | Outcome::ServiceAuth { .. } => Some(Access::Open),
        Outcome::StepUp(_) | Outcome::Ask(_) => Some(Access::Asks),
        Outcome::Deny(denial) => match Detail::of_reason(denial.reason.as_str()) {
            Some(detail @ Detail::GroupsUnknown(_)) => Some(Access::Unknown(detail)),
            Some(Detail::EmailUnverified | Detail::FactUnknown) | None => None,
        },
        Outcome::Login => None,
    }
}

/// The verdict on opening an application from here.
pub(super) fn judge(state: &LoginState, app: &CompiledApp, live: &LiveSession, client: &Client) -> Outcome {
    let at = Circumstances {
        action: "launcher",
        host: app.app.domain().map_or(&client.host, AppAddress::host),
        path: "/",
        ip: client.ip,
        rule_ip: client.rule_ip,
        country: client.country.as_deref(),
        service_token: None,
        certificate: ClientCertificate::NotAsked.fact(),
        linked_app: None,
        now: state.now(),
    };
    state.guard.judge(app, Some(live.into()), &at).outcome
}

fn address(state: &LoginState, address: &AppAddress) -> String {
    format!("https://{}{}{}", address.host(), state.guard.config().port_suffix, address.path().trim_end_matches('*'))
}
