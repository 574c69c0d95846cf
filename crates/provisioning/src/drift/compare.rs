//! The comparison of both sides of one group: pure, so that every case is a line of a table.

use std::collections::{HashMap, HashSet};

use idp::entra::Member;
use model::{
    ObjectId, ScimId,
    drift::{Compared, Difference, Person},
    provisioned::Provisioned,
};
use store::ExpandedMember;

/// Most people of one group that are named; the rest is counted.
pub const MAX_PEOPLE: usize = 500;

/// A provisioned user whom SCIM made a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The user.
    pub id: ScimId,
    /// `externalId`, where it is a GUID: an object id, when the mapping sends that.
    pub object_id: Option<ObjectId>,
    /// `userName`.
    pub user_name: Option<String>,
    /// `displayName`.
    pub name: Option<String>,
    /// `active`.
    pub active: bool,
}

impl From<Provisioned> for Sent {
    fn from(user: Provisioned) -> Self {
        let object_id = user.external_id.and_then(|id| id.parse().ok());
        Self { id: user.id, object_id, user_name: user.user_name, name: user.display_name, active: user.active }
    }
}

/// Both sides of a group.
#[derive(Debug, Clone, Copy)]
pub struct Sides<'a> {
    /// Members by SCIM.
    pub scim: &'a [Sent],
    /// Members by expansion.
    pub filled: &'a [ExpandedMember],
    /// Members in the directory, nested groups included.
    pub directory: &'a [Member],
    /// Who of them is a direct member.
    pub direct: &'a HashSet<ObjectId>,
    /// Groups directly in the group by name, with the people in each.
    pub nested: &'a [(String, HashSet<ObjectId>)],
}

/// Holds the sides against each other. `find` looks up the provisioned user of somebody who is no member here.
///
/// A person is the same on both sides by object id, else by user principal name (ruling 23). Somebody inactive here is not held to be
/// too many: Entra leaves memberships of deactivated people as they are.
///
/// Errors: those of `find`.
pub fn compare<E>(sides: Sides<'_>, mut find: impl FnMut(&Member) -> Result<Option<ScimId>, E>) -> Result<Compared, E> {
    let mut known = Known::of(sides.scim, sides.directory);
    let filled: HashSet<ObjectId> = sides.filled.iter().map(|member| member.object_id).collect();
    let mut compared = Compared { directory: sides.directory.len(), scim: sides.scim.len(), ..Compared::default() };
    let mut people = Vec::new();
    for person in sides.directory {
        if known.take(person) {
            continue;
        }
        if filled.contains(&person.id) {
            compared.filled += 1;
            continue;
        }
        if person.enabled == Some(false) {
            compared.disabled += 1;
            continue;
        }
        let scim_id = find(person)?;
        if person.upn.is_none() && scim_id.is_none() {
            compared.unreadable += 1;
            continue;
        }
        let kind = if sides.direct.contains(&person.id) { Difference::NotSent } else { Difference::Nested };
        let holds = |(name, members): &(String, HashSet<ObjectId>)| members.contains(&person.id).then(|| name.clone());
        let through = if kind == Difference::Nested { sides.nested.iter().filter_map(holds).collect() } else { Vec::new() };
        let (name, user_name) = (person.name.clone(), person.upn.clone());
        people.push(Person { kind, name, user_name, object_id: Some(person.id), scim_id, through });
    }
    // Somebody whom the directory told by object id only may be any of those who are tied by user principal name.
    let nameless = sides.directory.iter().any(|person| person.upn.is_none());
    people.extend(known.left_over().filter(|sent| sent.object_id.is_some() || !nameless).map(extra));
    let everybody: HashSet<ObjectId> = sides.directory.iter().map(|person| person.id).collect();
    people.extend(sides.filled.iter().filter(|member| !everybody.contains(&member.object_id)).map(extra_filled));
    people.sort();
    let count = |kind| people.iter().filter(|person: &&Person| person.kind == kind).count();
    compared.nested = count(Difference::Nested);
    compared.not_sent = count(Difference::NotSent);
    compared.extra = count(Difference::Extra);
    compared.people_omitted = people.len().saturating_sub(MAX_PEOPLE);
    people.truncate(MAX_PEOPLE);
    compared.people = people;
    Ok(compared)
}

/// The forms in which a user principal name is sent as `userName`, folded: guests come without `#EXT#` and what follows.
pub(crate) fn user_names(upn: Option<&str>) -> impl Iterator<Item = String> {
    let home = upn.and_then(|upn| upn.split_once("#EXT#")).map(|(home, _)| home);
    upn.into_iter().chain(home).map(str::to_lowercase)
}

/// Members by SCIM, found by what ties them to people; each is somebody once.
struct Known<'a> {
    sent: &'a [Sent],
    strong: HashMap<ObjectId, usize>,
    weak: HashMap<String, usize>,
    taken: Vec<bool>,
}

impl<'a> Known<'a> {
    /// Whoever is tied strongly to somebody of the directory is tied weakly to nobody else.
    fn of(sent: &'a [Sent], directory: &[Member]) -> Self {
        let ids: HashSet<ObjectId> = directory.iter().map(|person| person.id).collect();
        let strong = sent.iter().enumerate().filter_map(|(at, user)| Some((user.object_id?, at))).collect();
        let loose = sent.iter().enumerate().filter(|(_, user)| user.object_id.is_none_or(|id| !ids.contains(&id)));
        let weak = loose.filter_map(|(at, user)| Some((user.user_name.as_ref()?.to_lowercase(), at))).collect();
        Self { sent, strong, weak, taken: vec![false; sent.len()] }
    }

    fn take(&mut self, person: &Member) -> bool {
        let weak = || user_names(person.upn.as_deref()).find_map(|name| self.weak.get(&name));
        let found = self.strong.get(&person.id).or_else(weak).copied();
        found.is_some_and(|at| !std::mem::replace(&mut self.taken[at], true))
    }

    fn left_over(&self) -> impl Iterator<Item = &Sent> {
        self.sent.iter().zip(&self.taken).filter(|(user, taken)| !**taken && user.active).map(|(user, _)| user)
    }
}

fn extra(user: &Sent) -> Person {
    let (name, user_name) = (user.name.clone(), user.user_name.clone());
    Person { kind: Difference::Extra, name, user_name, object_id: user.object_id, scim_id: Some(user.id), through: Vec::new() }
}

fn extra_filled(member: &ExpandedMember) -> Person {
    let (name, object_id) = (member.display.clone(), Some(member.object_id));
    Person { kind: Difference::Extra, name, user_name: None, object_id, scim_id: member.user, through: Vec::new() }
}

#[cfg(test)]
mod tests;
