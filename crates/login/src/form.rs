//! Forms of the team domain: bound to the session that they were shown to, and taken from this host's own pages only.

use axum::http::{HeaderMap, header};
use guard::{live::LiveSession, ticket};
use model::{AppId, GrantId, Nonce, PolicyId, Timestamp};
use serde::{Deserialize, Serialize};
use store::Purpose;

use crate::state::LoginState;

/// How long a page may stay open before its form is sent.
const LIFE_SECS: i64 = 3600;
/// Members of a form that are looked at.
const MOST_MEMBERS: usize = 8;

/// What a form is about. Sealed, so that nobody else can make one up.
#[derive(Serialize, Deserialize)]
pub(crate) enum About {
    /// The demand of a policy.
    Ask {
        /// The application.
        app: AppId,
        /// The policy.
        policy: PolicyId,
        /// Where the person wanted to go.
        return_to: String,
    },
    /// Somebody's request.
    Approve(GrantId),
    /// What the person marks in the App Launcher.
    Favourites,
}

#[derive(Serialize, Deserialize)]
struct Bound {
    session: Nonce,
    about: About,
    at: Timestamp,
}

/// Binds a form to a session.
pub(crate) fn bind(state: &LoginState, live: &LiveSession, about: About) -> String {
    let bound = Bound { session: live.session.nonce.clone(), about, at: state.now() };
    ticket::seal(state.guard.store().sealer(), Purpose::Csrf, &bound)
}

/// A form that was sent: what it is about, and its members.
pub(crate) struct Sent {
    pub about: About,
    members: Vec<(String, String)>,
}

impl Sent {
    /// Reads a form of this session, sent from a page of this host.
    pub fn read(state: &LoginState, live: &LiveSession, headers: &HeaderMap, body: &[u8]) -> Option<Self> {
        if !is_own(state, headers) {
            return None;
        }
        let members: Vec<(String, String)> = url::form_urlencoded::parse(body).into_owned().take(MOST_MEMBERS).collect();
        let sealed = members.iter().find(|(name, _)| name == "state").map(|(_, value)| value.as_str())?;
        let bound: Bound = ticket::open(state.guard.store().sealer(), Purpose::Csrf, sealed)?;
        let fits = bound.session == live.session.nonce && (0..LIFE_SECS).contains(&state.now().secs_since(bound.at));
        fits.then_some(Self { about: bound.about, members })
    }

    pub fn word(&self, name: &str) -> &str {
        self.members.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }
    /// A text of some lines: trimmed, bounded, without control characters; none when it is blank.
    pub fn text(&self, name: &str, most: usize) -> Option<String> {
        let clean: String = self.word(name).chars().filter(|c| !c.is_control() || *c == '\n').take(most).collect();
        let trimmed = clean.trim();
        (!trimmed.is_empty()).then(|| trimmed.to_owned())
    }
    /// The chosen number of hours, in seconds.
    pub fn seconds(&self) -> Option<i64> {
        self.word("hours").parse::<i64>().ok().filter(|hours| (1..=24).contains(hours)).map(|hours| hours * 3600)
    }
}

/// Our pages send no referrer, and then browsers write no origin either: one of the two has to speak for this host.
fn is_own(state: &LoginState, headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
    text(header::ORIGIN.as_str()) == Some(state.guard.config().team_origin.as_str()) || text("sec-fetch-site") == Some("same-origin")
}
