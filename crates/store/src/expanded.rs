//! Members that a provisioned group has through groups in it, as they were read from the directory, apart from what SCIM sent. The
//! group's members in the registry are those of SCIM ([`Reader::members`]) and these; access is decided by neither (ruling 15).

use model::{IdpId, ObjectId, ScimId, Timestamp};

use crate::{
    Reader, StoreError, Tx,
    reader::{Row, signed},
    statement::expanded as sql,
};

/// Somebody in a group through a group in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpandedMember {
    /// Object id in the directory.
    pub object_id: ObjectId,
    /// The provisioned user; `None` when nobody was sent for the object id or user principal name.
    pub user: Option<ScimId>,
    /// Name in the directory.
    pub display: Option<String>,
    /// When the membership was first read.
    pub since: Timestamp,
}

/// A group that somebody is in by expansion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpandedGroup {
    /// The provisioned group.
    pub group: ScimId,
    /// When the membership was first read.
    pub since: Timestamp,
    /// When it was read last: how old the word is.
    pub read_at: Option<Timestamp>,
}

/// How the expansion of one group stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupExpansion {
    /// The provisioned group.
    pub group: ScimId,
    /// When it was first tried.
    pub begun_at: Timestamp,
    /// When the members that are kept were read; `None`: never yet.
    pub read_at: Option<Timestamp>,
    /// When that was last tried.
    pub tried_at: Timestamp,
    /// Why the last try failed; `None`: it did not.
    pub why: Option<String>,
}

impl Reader<'_> {
    /// Members that a group has by expansion, by object id.
    pub fn expanded_members(&self, group: &ScimId) -> Result<Vec<ExpandedMember>, StoreError> {
        self.rows(&sql::MEMBERS, &[(&group.to_string()).into()], member)
    }
    /// A stretch of them.
    pub fn expanded_page(&self, group: &ScimId, offset: u64, limit: u64) -> Result<Vec<ExpandedMember>, StoreError> {
        self.rows(&sql::PAGE, &[(&group.to_string()).into(), signed(limit).into(), signed(offset).into()], member)
    }
    /// How many there are.
    pub fn expanded_count(&self, group: &ScimId) -> Result<u64, StoreError> {
        self.count(&sql::COUNT, &[(&group.to_string()).into()])
    }
    /// The groups that a provisioned user is in by expansion, by id.
    pub fn expanded_groups_of(&self, user: &ScimId) -> Result<Vec<ExpandedGroup>, StoreError> {
        self.rows(&sql::GROUPS_OF_USER, &[(&user.to_string()).into()], group)
    }
    /// The same by object id, for people whom nobody provisioned.
    pub fn expanded_groups_of_object(&self, object_id: &ObjectId) -> Result<Vec<ExpandedGroup>, StoreError> {
        self.rows(&sql::GROUPS_OF_OBJECT, &[(&object_id.to_string()).into()], group)
    }
    /// How the expansions of a provider stand, by group.
    pub fn expansions(&self, idp: &IdpId) -> Result<Vec<GroupExpansion>, StoreError> {
        self.rows(&sql::OF_IDP, &[(&idp.to_string()).into()], expansion)
    }
    /// How the expansion of one group stands.
    pub fn expansion(&self, group: &ScimId) -> Result<Option<GroupExpansion>, StoreError> {
        self.row(&sql::OF_GROUP, &[(&group.to_string()).into()], expansion)
    }
    /// The providers with expansions.
    pub fn expanding_idps(&self) -> Result<Vec<IdpId>, StoreError> {
        self.rows(&sql::IDPS, &[], |row| parse(row.text(0)?))
    }
}

impl Tx<'_> {
    /// Puts how the expansion of a group stands. `NotFound` when there is no such group.
    pub fn put_expansion(&mut self, idp: &IdpId, expansion: &GroupExpansion) -> Result<(), StoreError> {
        let group = expansion.group.to_string();
        if self.number(&expansion.group)?.is_none() {
            return Err(StoreError::NotFound { noun: "Group", id: group });
        }
        self.run(
            &sql::PUT,
            &[
                (&group).into(),
                (&idp.to_string()).into(),
                expansion.begun_at.millis().into(),
                expansion.read_at.map(Timestamp::millis).into(),
                expansion.tried_at.millis().into(),
                expansion.why.as_deref().into(),
            ],
        )?;
        Ok(())
    }
    /// Adds members by expansion to a group that [`Tx::put_expansion`] was called for; who is there already keeps `since`.
    pub fn add_expanded(&mut self, group: &ScimId, members: &[ExpandedMember]) -> Result<(), StoreError> {
        let group = group.to_string();
        for member in members {
            let user = member.user.map(|id| id.to_string());
            let (object_id, display) = (member.object_id.to_string(), member.display.as_deref());
            let args = [(&group).into(), (&object_id).into(), user.as_deref().into(), display.into(), member.since.millis().into()];
            self.run(&sql::ADD, &args)?;
        }
        Ok(())
    }
    /// Takes members by expansion out; who is not in it is passed over.
    pub fn remove_expanded(&mut self, group: &ScimId, members: &[ObjectId]) -> Result<(), StoreError> {
        let group = group.to_string();
        for member in members {
            self.run(&sql::TAKE_OUT, &[(&group).into(), (&member.to_string()).into()])?;
        }
        Ok(())
    }
    /// Forgets the expansion of a group, its members with it.
    pub fn forget_expansion(&mut self, group: &ScimId) -> Result<(), StoreError> {
        self.run(&sql::FORGET, &[(&group.to_string()).into()])?;
        Ok(())
    }
    /// Forgets the expansions of a provider.
    pub fn forget_expansions(&mut self, idp: &IdpId) -> Result<(), StoreError> {
        self.run(&sql::FORGET_IDP, &[(&idp.to_string()).into()])?;
        Ok(())
    }
    /// What goes with a provisioned resource: a group's expansion, a user's memberships by expansion.
    pub(crate) fn forget_expanded_of(&mut self, resource: &str) -> Result<(), StoreError> {
        self.run(&sql::FORGET, &[resource.into()])?;
        self.run(&sql::LEAVE_ALL, &[resource.into()])?;
        Ok(())
    }
}

fn member(row: &Row<'_, '_>) -> Result<ExpandedMember, StoreError> {
    let user = row.opt_text(1)?.map(parse).transpose()?;
    let display = row.opt_text(2)?.map(str::to_owned);
    Ok(ExpandedMember { object_id: parse(row.text(0)?)?, user, display, since: Timestamp::from_millis(row.int(3)?) })
}

fn expansion(row: &Row<'_, '_>) -> Result<GroupExpansion, StoreError> {
    Ok(GroupExpansion {
        group: parse(row.text(0)?)?,
        begun_at: Timestamp::from_millis(row.int(1)?),
        read_at: row.opt_int(2)?.map(Timestamp::from_millis),
        tried_at: Timestamp::from_millis(row.int(3)?),
        why: row.opt_text(4)?.map(str::to_owned),
    })
}

fn group(row: &Row<'_, '_>) -> Result<ExpandedGroup, StoreError> {
    Ok(ExpandedGroup {
        group: parse(row.text(0)?)?,
        since: Timestamp::from_millis(row.int(1)?),
        read_at: row.opt_int(2)?.map(Timestamp::from_millis),
    })
}

fn parse<T: std::str::FromStr>(id: &str) -> Result<T, StoreError>
where
    T::Err: std::error::Error + Send + Sync + 'static,
{
    id.parse().map_err(|e| StoreError::corrupt("expansion", id, e))
}
