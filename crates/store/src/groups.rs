//! Direct members of provisioned groups.

use model::ScimId;

use crate::{Reader, StoreError, Tx, statement::groups as sql};

/// A direct member of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupMember {
    /// Its id: a User's or a Group's, or one that is not known here (yet).
    pub id: ScimId,
    /// The name sent with it.
    pub display: Option<String>,
}

impl Reader<'_> {
    /// Direct members of a group, by id.
    pub fn members(&self, group: &ScimId) -> Result<Vec<GroupMember>, StoreError> {
        self.rows(&sql::MEMBERS, &[(&group.to_string()).into()], |row| {
            Ok(GroupMember { id: parse(row.text(0)?)?, display: row.opt_text(1)?.map(str::to_owned) })
        })
    }
    /// The groups that somebody (or a group) is a direct member of, by id.
    pub fn groups_of(&self, member: &ScimId) -> Result<Vec<ScimId>, StoreError> {
        self.rows(&sql::GROUPS_OF, &[(&member.to_string()).into()], |row| parse(row.text(0)?))
    }
}

impl Tx<'_> {
    /// Adds members; one that is there already stays. `NotFound` when there is no such group.
    pub fn add_members(&mut self, group: &ScimId, members: &[GroupMember]) -> Result<(), StoreError> {
        let group = group.to_string();
        if self.row(&crate::statement::provisioned::PLACE, &[(&group).into()], |_| Ok(()))?.is_none() {
            return Err(StoreError::NotFound { noun: "Group", id: group });
        }
        for member in members {
            self.run(&sql::ADD, &[(&group).into(), (&member.id.to_string()).into(), member.display.as_deref().into()])?;
        }
        Ok(())
    }
    /// Takes members out; who is not in it is passed over.
    pub fn remove_members(&mut self, group: &ScimId, members: &[ScimId]) -> Result<(), StoreError> {
        let group = group.to_string();
        for member in members {
            self.run(&sql::TAKE_OUT, &[(&group).into(), (&member.to_string()).into()])?;
        }
        Ok(())
    }
    /// Takes every member out.
    pub fn clear_members(&mut self, group: &ScimId) -> Result<(), StoreError> {
        self.run(&sql::CLEAR, &[(&group.to_string()).into()])?;
        Ok(())
    }
}

fn parse(id: &str) -> Result<ScimId, StoreError> {
    id.parse().map_err(|e| StoreError::corrupt("membership", id, e))
}
