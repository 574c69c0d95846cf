//! The directory's side of a group: everybody in it, who is in it directly, and through which group the others are.

use std::collections::HashSet;

use idp::entra::{DirectMembers, Member, MemberReader, MembersError};
use model::ObjectId;

/// Most groups directly in a group whose members are read for the sake of their name.
const MAX_NESTED: usize = 10;

/// The directory's side.
pub(crate) struct Side {
    /// Everybody, nested groups included.
    pub(crate) people: Vec<Member>,
    /// Who is in it directly.
    pub(crate) direct: DirectMembers,
    /// Names of groups directly in it, with the people in each; as far as they could be read.
    pub(crate) nested: Vec<(String, HashSet<ObjectId>)>,
}

impl Side {
    /// Reads all of it; the names of nested groups are for people's eyes, and missing where they could not be read.
    pub(crate) async fn read(reader: &MemberReader<'_>, group: &ObjectId) -> Result<Self, MembersError> {
        let direct = reader.direct_members(group).await?;
        let people = reader.transitive_members(group).await?;
        let through: HashSet<ObjectId> = people.iter().map(|person| person.id).filter(|id| !direct.people.contains(id)).collect();
        let mut nested = Vec::new();
        if through.is_empty() {
            return Ok(Self { people, direct, nested });
        }
        let name = |name: &Option<String>, id: &ObjectId| name.clone().unwrap_or_else(|| id.to_string());
        if let [only] = direct.groups.as_slice() {
            nested.push((name(&only.name, &only.id), through));
        } else {
            for group in direct.groups.iter().take(MAX_NESTED) {
                if let Ok(members) = reader.transitive_members(&group.id).await {
                    nested.push((name(&group.name, &group.id), members.into_iter().map(|member| member.id).collect()));
                }
            }
        }
        Ok(Self { people, direct, nested })
    }
}

/// An error with its cause, in one line.
pub(crate) fn words(error: &MembersError) -> String {
    let cause = std::error::Error::source(error).map(|cause| format!(": {cause}")).unwrap_or_default();
    format!("{error}{cause}")
}
