//! External evaluation at the sign-in: asks the endpoints that an application's rules name about the person who arrives.

use std::sync::Arc;

use guard::{compiled::CompiledApp, live::LiveSession};
use idp::Question;
use model::{
    Timestamp,
    identity::{Evaluation, Identity, Verdict},
};
use serde_json::json;
use tokio::task::JoinSet;

use crate::{flow::Asked, identity::identity_json, state::LoginState};

/// Endpoints asked at one sign-in; of those beyond nothing is known.
const MOST: usize = 8;
/// Life of the question's token.
const LIFE_SECS: i64 = 60;

/// Asks all endpoints at once and notes what they say. What cannot be believed is noted as such: it lets nobody in, and it is not asked
/// again until the next sign-in.
pub(crate) async fn ask(state: &LoginState, app: &CompiledApp, identity: &mut Identity, now: Timestamp) {
    let pairs: Vec<(String, String)> = app.evaluations().cloned().collect();
    if pairs.is_empty() {
        return;
    }
    let key = identity.key.clone();
    let known = state.guard.store().read(move |reader| reader.user_by_key(&key)).await;
    let user = known.ok().flatten().map(|user| user.id);
    let shown = identity_json(state, identity, user, now);
    let mut asking = JoinSet::new();
    for (place, (evaluate_url, keys_url)) in pairs.iter().enumerate().take(MOST) {
        let nonce = hex::encode(rand::random::<[u8; 16]>());
        let claims = json!({
            "identity": shown, "nonce": nonce, "iat": now.secs(), "exp": now.secs() + LIFE_SECS, "iss": state.guard.config().team_origin,
        });
        let Ok(token) = state.guard.compiled().keys.sign(&claims) else { continue };
        let question = Question { evaluate_url: evaluate_url.clone(), keys_url: keys_url.clone(), token, nonce };
        let client = state.idp.clone();
        asking.spawn(async move { (place, client.evaluate(&question, now).await) });
    }
    let mut said = vec![Verdict::Nothing; pairs.len()];
    while let Some(answer) = asking.join_next().await {
        match answer {
            Ok((place, Ok(verdict))) => said[place] = verdict,
            Ok((place, Err(error))) => {
                let cause = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
                tracing::warn!(app.id = %app.app.id, url = pairs[place].0, %error, cause, "an external evaluation said nothing that counts");
            }
            Err(_) => {}
        }
    }
    if pairs.len() > MOST {
        tracing::warn!(app.id = %app.app.id, most = MOST, "the application's rules name more external evaluations than are asked at one sign-in");
    }
    let noted = pairs.into_iter().zip(said).map(|((evaluate_url, keys_url), said)| Evaluation { evaluate_url, keys_url, said, at: now });
    identity.evaluations = noted.collect();
}

/// True when a living session is not let in and its sign-in did not ask what the rules ask by now: then it signs in again (ruling 16).
pub(crate) fn is_due(state: &LoginState, app: &Arc<CompiledApp>, live: &LiveSession, asked: &Asked<'_>) -> bool {
    let at = asked.target.circumstances(state, asked.client);
    app.lacks_evaluations(&live.identity) && matches!(state.guard.judge(app, Some(live.into()), &at).outcome, guard::Outcome::Deny(_))
}
