//! What was read of a group is kept: members come and go, sessions end where the settings say so, and what grows old is warned about.

use std::collections::{BTreeSet, HashMap, HashSet};

use idp::entra::Member;
use model::{
    IdpId, ObjectId, ScimId, UserId, WarningId,
    drift::Expansion,
    identity::SubjectKey,
    idp::{IdentityProvider, IdentityUpdateBehavior},
    log::AuditRecord,
    provisioned::ResourceKind,
    session::RevokeReason,
    warning::{Subject, Warning},
};
use serde_json::json;
use store::{ExpandedMember, GroupExpansion, StoreError, Tx};

use super::{interval, standing};
use crate::drift::registry;

/// What was read of a group, or why not.
pub(super) struct Read {
    pub(super) group: ScimId,
    pub(super) people: Result<Vec<Member>, String>,
}

/// Keeps a reading. Nothing is kept when the login method was changed meanwhile, or the group is gone.
pub(super) fn keep(tx: &mut Tx<'_>, asked: &IdentityProvider, read: Read) -> Result<(), StoreError> {
    let Some(idp) = tx.idp(&asked.id)?.filter(|idp| idp.config == asked.config && interval(idp).is_some()) else { return Ok(()) };
    if tx.provisioned(&idp.id, ResourceKind::Group, &read.group)?.is_none() {
        return Ok(());
    }
    let now = tx.now();
    let stored = tx.expansions(&idp.id)?.into_iter().find(|stored| stored.group == read.group);
    let first = stored.as_ref().is_none_or(|stored| stored.read_at.is_none());
    let stored = stored.unwrap_or(GroupExpansion { group: read.group, begun_at: now, read_at: None, tried_at: now, why: None });
    match read.people {
        Err(why) => tx.put_expansion(&idp.id, &GroupExpansion { tried_at: now, why: Some(why), ..stored }),
        Ok(people) => {
            tx.put_expansion(&idp.id, &GroupExpansion { read_at: Some(now), tried_at: now, why: None, ..stored })?;
            let changed = replace(tx, &idp.id, &read.group, people)?;
            // The first reading shows what was so all along: nobody came or went.
            if !first && idp.scim.identity_update_behavior == IdentityUpdateBehavior::Reauth {
                sign_in_again(tx, &idp, &read.group, changed)?;
            }
            Ok(())
        }
    }
}

/// Brings the members of a group up to date; those who came or went.
fn replace(tx: &mut Tx<'_>, idp: &IdpId, group: &ScimId, people: Vec<Member>) -> Result<Vec<ExpandedMember>, StoreError> {
    let now = tx.now();
    let mut before: HashMap<ObjectId, ExpandedMember> =
        tx.expanded_members(group)?.into_iter().map(|member| (member.object_id, member)).collect();
    let (mut came, mut written) = (Vec::new(), Vec::new());
    for person in people {
        let user = registry::user(tx, idp, &person)?;
        let was = before.remove(&person.id);
        let since = was.as_ref().map_or(now, |was| was.since);
        let member = ExpandedMember { object_id: person.id, user, display: person.name, since };
        if was.is_none() {
            came.push(member.clone());
        }
        if was.as_ref() != Some(&member) {
            written.push(member);
        }
    }
    let gone: Vec<ObjectId> = before.keys().copied().collect();
    tx.add_expanded(group, &written)?;
    tx.remove_expanded(group, &gone)?;
    came.extend(before.into_values());
    Ok(came)
}

/// Ends the sessions of people whose membership in the registry changed. Who is a member by SCIM as well came or went nowhere.
fn sign_in_again(tx: &mut Tx<'_>, idp: &IdentityProvider, group: &ScimId, changed: Vec<ExpandedMember>) -> Result<(), StoreError> {
    let issuer = idp.config.entra().map(|settings| settings.directory_id.to_string()).unwrap_or_default();
    let direct: HashSet<ScimId> = tx.members(group)?.into_iter().map(|member| member.id).collect();
    let mut people: BTreeSet<UserId> = BTreeSet::new();
    for member in changed.into_iter().filter(|member| member.user.is_none_or(|user| !direct.contains(&user))) {
        let key = SubjectKey { issuer: issuer.clone(), subject: member.object_id.to_string() };
        people.extend(tx.user_by_key(&key)?.map(|person| person.id));
        if let Some(user) = member.user
            && let Some(user) = tx.provisioned(&idp.id, ResourceKind::User, &user)?
        {
            people.extend(tx.people_of_provisioned(&issuer, &user)?.into_iter().map(|(person, _)| person.id));
        }
    }
    for person in people {
        let why = RevokeReason::GroupChange;
        let generation = tx.revoke_user(&person, why)?;
        let record = AuditRecord {
            at: tx.now(),
            actor: "system".into(),
            action: "user.revoke".into(),
            object: format!("user:{person}"),
            before: None,
            after: Some(json!({ "reason": why.as_str(), "generation": generation, "expanded_group": group })),
        };
        tx.audit(&record)?;
    }
    Ok(())
}

/// Raises or takes back the warning about results that grow old.
pub(super) fn settle(tx: &mut Tx<'_>, asked: &IdentityProvider) -> Result<(), StoreError> {
    let Some(idp) = tx.idp(&asked.id)? else { return Ok(()) };
    let now = tx.now();
    let finding = standing(tx, &idp)?.and_then(|expansion| expansion.finding(now));
    let known = warning(tx, &idp.id)?;
    match (finding, known) {
        (Some(finding), Some(known)) => tx.put_warning(&known.seen(finding, now)),
        (Some(finding), None) => tx.put_warning(&Warning::raise(WarningId::random(), Subject::IdentityProvider(idp.id), finding, now)),
        (None, Some(known)) => tx.remove_warning(&known.id),
        (None, None) => Ok(()),
    }
}

/// Forgets everything about a login method that is expanded no longer.
pub(super) fn forget(tx: &mut Tx<'_>, id: &IdpId) -> Result<(), StoreError> {
    tx.forget_expansions(id)?;
    match warning(tx, id)? {
        Some(known) => tx.remove_warning(&known.id),
        None => Ok(()),
    }
}

fn warning(tx: &Tx<'_>, id: &IdpId) -> Result<Option<Warning>, StoreError> {
    let subject = Subject::IdentityProvider(*id);
    Ok(tx.warnings()?.into_iter().find(|warning| warning.subject == subject && warning.finding.code == Expansion::CODE))
}
