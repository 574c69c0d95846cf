//! Owns `POST /invitations`: guests of the tenant.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;

use super::call::Call;
use super::error::GraphError;
use super::reply::{Outcome, Reply};
use super::{needs, wrong_verb};
use crate::clock::Stamp;
use crate::directory::Directory;
use crate::directory::id::ObjectId;
use crate::directory::user::{Profile, Secret, User, UserType};
use crate::state::Sim;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Invitation {
    invited_user_email_address: String,
    invite_redirect_url: String,
    #[serde(default)]
    invited_user_display_name: Option<String>,
    #[serde(default)]
    send_invitation_message: bool,
}

/// `POST /invitations`. A guest signs in with the password of their own tenant if the simulator has that, else with
/// `Guest-<local part>-1`.
pub fn create(sim: &Sim, call: &Call) -> Outcome {
    if call.method != Method::POST {
        return Err(wrong_verb());
    }
    call.caller.need(needs::INVITE)?;
    let body: Invitation = call.json()?;
    if body.send_invitation_message {
        return Err(GraphError::bad("The simulator sends no mail: leave sendInvitationMessage out or false."));
    }
    url::Url::parse(&body.invite_redirect_url).map_err(|_| GraphError::bad("Invalid value specified for property 'inviteRedirectUrl'."))?;
    let now = sim.now();
    let guest = sim.change(|directory| {
        let guest = guest(directory, &body, now)?;
        directory.users.insert(guest.id, guest.clone());
        Ok::<User, GraphError>(guest)
    })?;
    let shown = json!({
        "id": uuid::Uuid::new_v4(),
        "inviteRedeemUrl": format!("{}/redeem?rd={}", sim.base, sim.keys.read().seal(body.invite_redirect_url.as_bytes())),
        "invitedUserDisplayName": guest.profile.display_name,
        "invitedUserType": "Guest",
        "invitedUserEmailAddress": body.invited_user_email_address,
        "sendInvitationMessage": false,
        "inviteRedirectUrl": body.invite_redirect_url,
        "status": "PendingAcceptance",
        "invitedUser": {"id": guest.id},
    });
    Ok(Reply::created(sim, call, "invitations/$entity", shown))
}

/// `GET /redeem?rd=...`: the link of an invitation leads on to the application, where the guest signs in.
pub async fn redeem(State(sim): State<Arc<Sim>>, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let sealed = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "rd").map(|(_, value)| value.into_owned());
    let target = sealed.and_then(|text| sim.keys.read().open(&text)).and_then(|bytes| HeaderValue::from_bytes(&bytes).ok());
    match target {
        Some(target) => (StatusCode::FOUND, [(header::LOCATION, target)]).into_response(),
        None => (StatusCode::BAD_REQUEST, "This invitation is not valid.\n").into_response(),
    }
}

fn guest(directory: &Directory, body: &Invitation, now: Stamp) -> Result<User, GraphError> {
    let mail = body.invited_user_email_address.trim();
    let invalid = || GraphError::bad("Invalid value specified for property 'invitedUserEmailAddress'.");
    let (local, domain) = mail.split_once('@').filter(|(local, domain)| !local.is_empty() && domain.contains('.')).ok_or_else(invalid)?;
    if domain.eq_ignore_ascii_case(&directory.tenant.domain) || directory.user_by_login(mail).is_some() {
        return Err(GraphError::bad("The invited user already exists in the directory as object."));
    }
    let nickname = format!("{local}_{domain}#EXT#");
    let home = directory.others.iter().find_map(|other| other.user(mail));
    let name = body.invited_user_display_name.as_deref().or(home.map(|user| user.profile.display_name.as_str())).unwrap_or(local);
    Ok(User {
        id: ObjectId::random(),
        profile: Profile {
            user_principal_name: format!("{nickname}@{}", directory.tenant.domain),
            display_name: name.to_owned(),
            mail: Some(mail.to_owned()),
            mail_nickname: nickname,
            account_enabled: true,
            user_type: UserType::Guest,
            ..Profile::default()
        },
        password: home.map_or_else(|| Secret::new(format!("Guest-{local}-1")), |user| user.password.clone()),
        created: now,
        deleted: None,
        valid_from: now,
        manager: None,
        standing: Default::default(),
    })
}
