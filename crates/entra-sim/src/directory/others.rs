//! Owns what further tenants add: whose account is whose, and which tenant an authority names.

use super::Directory;
use super::id::{ObjectId, TenantId};
use super::user::User;

impl Directory {
    /// The tenant that holds a person's account; this one unless another has it.
    pub fn home_of(&self, person: ObjectId) -> &Self {
        self.others.iter().find(|other| other.users.contains_key(&person)).unwrap_or(self)
    }

    /// A person's account, whichever tenant holds it.
    pub fn account(&self, person: ObjectId) -> Option<&User> {
        self.home_of(person).users.get(&person)
    }

    /// A further tenant by id or domain.
    pub fn other(&self, segment: &str) -> Option<&Self> {
        self.others
            .iter()
            .find(|other| segment.eq_ignore_ascii_case(&other.tenant.domain) || segment.parse::<TenantId>() == Ok(other.tenant.id))
    }

    /// The tenant with this id, this one or a further one.
    pub fn by_id(&self, id: TenantId) -> Option<&Self> {
        if self.tenant.id == id { Some(self) } else { self.others.iter().find(|other| other.tenant.id == id) }
    }

    /// A person by what they type. At one tenant's own page (`seat`) its accounts come first, guests' mail addresses included;
    /// elsewhere a user name of any tenant counts before a mail address.
    pub fn login(&self, seat: Option<TenantId>, typed: &str) -> Option<&User> {
        let typed = typed.trim();
        let first = seat.and_then(|id| self.by_id(id)).and_then(|tenant| tenant.user_by_login(typed));
        let all = || std::iter::once(self).chain(&self.others);
        let by_name =
            || all().find_map(|tenant| tenant.live_users().find(|user| user.profile.user_principal_name.eq_ignore_ascii_case(typed)));
        first.or_else(by_name).or_else(|| all().find_map(|tenant| tenant.user_by_login(typed)))
    }
}
