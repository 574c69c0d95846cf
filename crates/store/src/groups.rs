//! Direct members of provisioned groups.

use model::{ScimId, provisioned::ResourceKind};

use crate::{Listed, Reader, StoreError, Tx, provisioned::kind, reader::signed, statement::groups as sql};

/// A direct member of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupMember {
    /// Its id: a User's or a Group's.
    pub id: ScimId,
    /// The name sent with it.
    pub display: Option<String>,
}

impl Reader<'_> {
    /// Direct members of a group, by id.
    pub fn members(&self, group: &ScimId) -> Result<Vec<GroupMember>, StoreError> {
        Ok(self.members_with_kind(group)?.into_iter().map(|(member, _)| member).collect())
    }
    /// The same, and what each of them is.
    pub fn members_with_kind(&self, group: &ScimId) -> Result<Vec<(GroupMember, ResourceKind)>, StoreError> {
        let Some(group_no) = self.number(group)? else { return Ok(Vec::new()) };
        self.rows(&sql::MEMBERS, &[group_no.into()], |row| {
            let member = GroupMember { id: parse(row.text(0)?)?, display: row.opt_text(1)?.map(str::to_owned) };
            Ok((member, kind(row.text(2)?)?))
        })
    }
    /// A stretch of them, in the order in which they were provisioned, with how many there are.
    pub fn member_page(&self, group: &ScimId, offset: u64, limit: u64) -> Result<Listed<(GroupMember, ResourceKind)>, StoreError> {
        let Some(group_no) = self.number(group)? else { return Ok(Listed { items: Vec::new(), total: 0 }) };
        let items = self.rows(&sql::MEMBER_PAGE, &[group_no.into(), signed(limit).into(), signed(offset).into()], |row| {
            let member = GroupMember { id: parse(row.text(0)?)?, display: row.opt_text(1)?.map(str::to_owned) };
            Ok((member, kind(row.text(2)?)?))
        })?;
        Ok(Listed { items, total: self.count(&sql::MEMBER_COUNT, &[group_no.into()])? })
    }
    /// How many direct members a group has.
    pub fn member_count(&self, group: &ScimId) -> Result<u64, StoreError> {
        let Some(group_no) = self.number(group)? else { return Ok(0) };
        self.count(&sql::MEMBER_COUNT, &[group_no.into()])
    }
    /// The same where there are no more than `most`, else `None`. Costs `most` at worst, however large the group is.
    pub fn member_count_to(&self, group: &ScimId, most: u64) -> Result<Option<u64>, StoreError> {
        let Some(group_no) = self.number(group)? else { return Ok(Some(0)) };
        let counted = self.count(&sql::MEMBER_COUNT_TO, &[group_no.into(), signed(most.saturating_add(1)).into()])?;
        Ok((counted <= most).then_some(counted))
    }
    /// Those of these ids that are direct members of the group, in the order given. Costs what is asked for, however large the group is.
    pub fn members_among(&self, group: &ScimId, ids: &[ScimId]) -> Result<Vec<GroupMember>, StoreError> {
        let Some(group_no) = self.number(group)? else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        for id in ids {
            let Some(member_no) = self.number(id)? else { continue };
            let member = self.row(&sql::MEMBER, &[group_no.into(), member_no.into()], |row| {
                Ok(GroupMember { id: *id, display: row.opt_text(0)?.map(str::to_owned) })
            })?;
            found.extend(member);
        }
        Ok(found)
    }
    /// The groups that somebody (or a group) is a direct member of, by id.
    pub fn groups_of(&self, member: &ScimId) -> Result<Vec<ScimId>, StoreError> {
        let Some(member_no) = self.number(member)? else { return Ok(Vec::new()) };
        self.rows(&sql::GROUPS_OF, &[member_no.into()], |row| parse(row.text(0)?))
    }
}

impl Tx<'_> {
    /// Adds members; one that is there already stays. `NotFound` when there is no such group or member.
    pub fn add_members(&mut self, group: &ScimId, members: &[GroupMember]) -> Result<(), StoreError> {
        let missing = |noun, id: &ScimId| StoreError::NotFound { noun, id: id.to_string() };
        let group_no = self.number(group)?.ok_or_else(|| missing("Group", group))?;
        let mut numbered = Vec::with_capacity(members.len());
        for member in members {
            let member_no = self.number(&member.id)?.ok_or_else(|| missing("member", &member.id))?;
            numbered.push((member_no, member.display.as_deref()));
        }
        // In the order of both indexes: each page of them is visited once.
        numbered.sort_unstable_by_key(|(member_no, _)| *member_no);
        for (member_no, display) in numbered {
            self.run(&sql::ADD, &[group_no.into(), member_no.into(), display.into()])?;
        }
        Ok(())
    }
    /// Takes members out; who is not in it is passed over.
    pub fn remove_members(&mut self, group: &ScimId, members: &[ScimId]) -> Result<(), StoreError> {
        let Some(group_no) = self.number(group)? else { return Ok(()) };
        let mut numbers = Vec::with_capacity(members.len());
        for member in members {
            numbers.extend(self.number(member)?);
        }
        numbers.sort_unstable();
        for member_no in numbers {
            self.run(&sql::TAKE_OUT, &[group_no.into(), member_no.into()])?;
        }
        Ok(())
    }
    /// Takes every member out.
    pub fn clear_members(&mut self, group: &ScimId) -> Result<(), StoreError> {
        let Some(group_no) = self.number(group)? else { return Ok(()) };
        self.run(&sql::CLEAR, &[group_no.into()])?;
        Ok(())
    }
}

fn parse(id: &str) -> Result<ScimId, StoreError> {
    id.parse().map_err(|e| StoreError::corrupt("membership", id, e))
}
