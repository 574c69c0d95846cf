//! An approver's word in one transaction: who may say it, what it comes to, and the letters that ask for it.

use guard::compiled::CompiledApp;
use model::{
    AppId, GrantId, PolicyId, UserId,
    access_grant::Grant,
    access_policy::AccessPolicy,
    access_request::{AccessRequest, Approvers, LONGEST_SECS, RequestState, Tally, Vote, tally},
    identity::{EmailTrust, Identity},
    log::AuditRecord,
};
use pages::Done;
use serde_json::json;
use std::sync::Arc;
use store::{Reader, StoreError, Tx};

use super::{APPROVE_PATH, approvers};
use crate::{letters::Letter, state::LoginState};

/// A request with what it needs to be decided.
pub(super) struct Case {
    pub request: AccessRequest,
    pub policy: AccessPolicy,
    groups: Vec<Approvers>,
}

impl Case {
    /// None when there is no such request, or nothing left that demands an approval.
    pub fn read(reader: &Reader<'_>, id: &GrantId) -> Result<Option<Self>, StoreError> {
        let Some(request) = reader.access_request(id)? else { return Ok(None) };
        let Some(policy) = demanding(reader, &request.app, &request.policy)? else { return Ok(None) };
        let mut lists = std::collections::BTreeMap::new();
        for id in policy.demands.approval_groups.iter().filter_map(|group| group.email_list) {
            if let Some(list) = reader.list(&id)? {
                lists.insert(id, Arc::new(list));
            }
        }
        let groups = approvers(&policy.demands.approval_groups, |id| lists.get(id).cloned());
        Ok(Some(Self { request, policy, groups }))
    }

    /// An address counts only where mail rules may use it (ruling 18), and never for its owner's own request.
    pub fn may_decide(&self, user: UserId, identity: &Identity) -> bool {
        identity.email_trust != EmailTrust::Unverified
            && user != self.request.user
            && identity.email != self.request.email
            && self.groups.iter().any(|group| group.addresses.contains(&identity.email.folded()))
    }
}

fn demanding(reader: &Reader<'_>, app: &AppId, policy: &PolicyId) -> Result<Option<AccessPolicy>, StoreError> {
    let is_linked = reader.app(app)?.is_some_and(|app| app.policies.iter().any(|link| link.id == *policy));
    Ok(reader.policy(policy)?.filter(|policy| is_linked && policy.demands.approval_required))
}

/// Takes an approver's word. None when it is not theirs to say.
pub(super) fn take(tx: &mut Tx<'_>, id: &GrantId, (user, identity): (UserId, &Identity), said: Said) -> Result<Option<Done>, StoreError> {
    let Some(case) = Case::read(tx, id)? else { return Ok(None) };
    if !case.may_decide(user, identity) {
        return Ok(None);
    }
    let now = tx.now();
    if !case.request.is_open(now) {
        return Ok(Some(Done::Closed));
    }
    let Case { mut request, groups, .. } = case;
    request.votes.retain(|vote| vote.user != user && vote.email != identity.email);
    let note = said.note.clone();
    request.votes.push(Vote { user, email: identity.email.clone(), approves_secs: said.approves_secs, note: said.note, at: now });
    let done = match tally(&groups, &request.votes, (request.user, &request.email)) {
        Tally::Waiting => Done::MoreNeeded,
        Tally::Refused => {
            request.state = RequestState::Refused { at: now, note: note.clone() };
            Done::Refused
        }
        Tally::Approved { secs } => {
            let until = now.plus_secs(secs.min(LONGEST_SECS));
            let grant = Grant {
                id: GrantId::random(),
                user: request.user,
                app: request.app,
                policy: request.policy,
                from: now,
                until,
                approvers: request.votes.iter().map(|vote| vote.email.clone()).collect(),
                reason: request.purpose.clone(),
                created_at: now,
            };
            tx.put_grant(&grant)?;
            request.state = RequestState::Approved { grant: grant.id, until };
            Done::Approved
        }
    };
    tx.put_access_request(&request)?;
    let after = json!({
        "approves": said.approves_secs.is_some(), "seconds": said.approves_secs, "note": note, "state": request.state,
        "user": request.user, "app": request.app, "policy": request.policy,
    });
    let (actor, object) = (format!("person:{}", identity.email), format!("access_request/{id}"));
    tx.audit(&AuditRecord { at: now, actor, action: "access_request.decide".into(), object, before: None, after: Some(after) })?;
    Ok(Some(done))
}

/// What an approver says.
pub(super) struct Said {
    /// For how long they approve; none refuses.
    pub approves_secs: Option<i64>,
    pub note: Option<String>,
}

/// Asks the approvers by letter.
pub(super) fn tell(state: &LoginState, app: &CompiledApp, request: &AccessRequest) {
    let snapshot = state.guard.store().snapshot();
    let Some(policy) = app.policy(request.policy) else { return };
    let groups = approvers(&policy.demands.approval_groups, |id| snapshot.lists.get(id).cloned());
    let mut to: Vec<model::Email> = groups.iter().flat_map(|group| &group.addresses).filter_map(|address| address.parse().ok()).collect();
    to.retain(|address| *address != request.email);
    to.sort_by_key(model::Email::folded);
    to.dedup();
    let line = |text: &str| -> String { text.chars().filter(|c| !c.is_control()).take(80).collect() };
    let subject = format!("{} asks for access to {}", line(request.email.as_str()), line(&app.app.name));
    let hours = request.wanted_secs / 3600;
    // Marked line by line, so that nothing in it passes for ours.
    let purpose: String = request.purpose.as_deref().unwrap_or("(not told)").lines().map(|line| format!("> {line}\n")).collect();
    let link = format!("{}{APPROVE_PATH}/{}", state.guard.config().team_origin, request.id);
    let text = format!(
        "{} ({}) asks to be let into {} for {hours} h.\n\nWhy:\n{purpose}\nApprove or refuse it here, signed in as yourself:\n{link}\n\nThe request waits for a day.\n",
        line(&request.name),
        request.email,
        line(&app.app.name),
    );
    state.letters.send(Letter { to, subject, text });
}
