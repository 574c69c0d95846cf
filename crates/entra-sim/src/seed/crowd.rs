//! Owns crowds: people and groups by the thousand, for trying provisioning at size.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::names::{FAMILY, GIVEN};
use crate::clock::Stamp;
use crate::directory::Directory;
use crate::directory::grant::{Assignment, PrincipalType};
use crate::directory::group::Group;
use crate::directory::id::{ObjectId, named};
use crate::directory::user::{Profile, Secret, User};

/// Most people or groups of one crowd.
const MOST: usize = 1_000_000;

/// Who of a crowd is assigned to the provisioning application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Assigned {
    /// Each group, and its members with it.
    #[default]
    Groups,
    /// Each person.
    People,
    /// Nobody.
    Nobody,
}

/// What a crowd looks like.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Crowd {
    /// People.
    pub people: usize,
    /// Groups.
    #[serde(default)]
    pub groups: usize,
    /// Groups that each person is in.
    #[serde(default)]
    pub memberships: usize,
    /// Begins user names and group names; crowds with different names stand beside each other.
    #[serde(default = "usual_name")]
    pub name: String,
    /// Who is assigned.
    #[serde(default)]
    pub assigned: Assigned,
    /// The provisioning application; the first one when left out.
    #[serde(default)]
    pub app: Option<String>,
}

fn usual_name() -> String {
    "crew".to_owned()
}

/// A crowd that cannot be made.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum CrowdError {
    /// Too large.
    #[error("a crowd has at most {MOST} people and {MOST} groups")]
    Large,
    /// More memberships than groups.
    #[error("nobody can be in {memberships} of {groups} groups")]
    Memberships {
        /// Asked for.
        memberships: usize,
        /// There are.
        groups: usize,
    },
    /// A name that makes no user name.
    #[error("the name {0:?} must be 1 to 20 small letters or digits")]
    Name(String),
    /// No application to assign to.
    #[error("the tenant has no provisioning application {0:?} to assign to")]
    App(String),
}

/// What was made.
#[derive(Debug, Serialize, PartialEq, Eq)]
pub struct Grown {
    /// People.
    pub people: usize,
    /// Groups.
    pub groups: usize,
    /// Memberships in all.
    pub memberships: usize,
}

/// Puts a crowd into a tenant; the same crowd again changes nothing.
pub fn grow(directory: &mut Directory, crowd: &Crowd, now: Stamp) -> Result<Grown, CrowdError> {
    if crowd.people > MOST || crowd.groups > MOST {
        return Err(CrowdError::Large);
    }
    if crowd.memberships > crowd.groups {
        return Err(CrowdError::Memberships { memberships: crowd.memberships, groups: crowd.groups });
    }
    let good = (1..=20).contains(&crowd.name.len()) && crowd.name.bytes().all(|one| one.is_ascii_lowercase() || one.is_ascii_digit());
    if !good {
        return Err(CrowdError::Name(crowd.name.clone()));
    }
    let resource = application(directory, crowd)?;
    let people: Vec<ObjectId> = (0..crowd.people).map(|at| person(directory, crowd, at, now)).collect();
    let mut members = vec![BTreeSet::new(); crowd.groups];
    for (at, id) in people.iter().enumerate() {
        for turn in 0..crowd.memberships {
            // Neighbours share some groups and not others.
            members[(at * crowd.memberships + turn) % crowd.groups].insert(*id);
        }
    }
    let memberships = members.iter().map(BTreeSet::len).sum();
    let groups: Vec<ObjectId> = members.into_iter().enumerate().map(|(at, members)| group(directory, crowd, (at, members), now)).collect();
    let (assigned, kind) = match crowd.assigned {
        Assigned::Groups => (&groups, PrincipalType::Group),
        Assigned::People => (&people, PrincipalType::User),
        Assigned::Nobody => (&Vec::new(), PrincipalType::User),
    };
    for id in assigned {
        let made = Assignment::new((*id, kind), resource, Uuid::nil(), now);
        directory.assignments.insert(made.id.clone(), made);
    }
    Ok(Grown { people: people.len(), groups: groups.len(), memberships })
}

fn application(directory: &Directory, crowd: &Crowd) -> Result<ObjectId, CrowdError> {
    let fits = |name: &str| crowd.app.as_deref().is_none_or(|wanted| wanted == name);
    let found = directory.principals.values().find(|sp| sp.provisionable && fits(&sp.display_name));
    found.map(|sp| sp.id).ok_or_else(|| CrowdError::App(crowd.app.clone().unwrap_or_default()))
}

fn person(directory: &mut Directory, crowd: &Crowd, at: usize, now: Stamp) -> ObjectId {
    let local = format!("{}{:06}", crowd.name, at + 1);
    let upn = format!("{local}@{}", directory.tenant.domain);
    let id = ObjectId::new(named(directory.tenant.id.guid(), &format!("user:{upn}")));
    let (given, family) = (GIVEN[at % GIVEN.len()], FAMILY[(at / GIVEN.len()) % FAMILY.len()]);
    directory.users.entry(id).or_insert_with(|| User {
        id,
        profile: Profile {
            user_principal_name: upn.clone(),
            display_name: format!("{given} {family}"),
            given_name: Some(given.to_owned()),
            surname: Some(family.to_owned()),
            mail: Some(upn),
            mail_nickname: local,
            account_enabled: true,
            department: Some("Crowd".to_owned()),
            employee_id: Some(format!("C{:06}", at + 1)),
            ..Profile::default()
        },
        password: Secret::new(format!("Crowd-{}-1", at + 1)),
        created: now,
        deleted: None,
        valid_from: now.plus(-1),
        manager: None,
        standing: Default::default(),
    });
    id
}

fn group(directory: &mut Directory, crowd: &Crowd, (at, members): (usize, BTreeSet<ObjectId>), now: Stamp) -> ObjectId {
    let name = format!("{} group {:05}", crowd.name, at + 1);
    let id = ObjectId::new(named(directory.tenant.id.guid(), &format!("group:{name}")));
    if !directory.groups.contains_key(&id) {
        directory.put_group(Group {
            id,
            mail_nickname: name.replace(' ', "-"),
            display_name: name,
            description: None,
            mail_enabled: false,
            security_enabled: true,
            group_types: Vec::new(),
            created: now,
            on_premises: None,
            members,
        });
    }
    id
}
