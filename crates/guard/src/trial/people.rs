//! The people whom policies are tried on: everybody in the registry by their last sign-in, and those whom provisioning sent and who never
//! signed in, by what it tells about them. Each says what is assumed.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
};

use model::{
    Email, IdpId, ObjectId, ScimId, UserId,
    identity::{AuthContexts, DirectoryGroup, EmailTrust, GroupSource, Groups, GroupsUnknown, Identity, SubjectKey},
    idp::IdentityProvider,
    judged::Judged,
    provisioned::{Provisioned, ResourceKind},
    readings::Readings,
    registry::ScimFacts,
    user::User,
};
use policy::GroupsTold;
use store::{Reader, Snapshot, StoreError};

use crate::sign_in::ties;

/// Groups of a provider that are looked at.
const MOST_GROUPS: u64 = 100_000;
/// Groups read at once.
const PIECE: u64 = 500;

/// Where what is known about a person comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    /// A person of the registry.
    Person(UserId),
    /// A provisioned user who never signed in.
    Provisioned(IdpId, ScimId),
}

/// Something that is supposed, or not known, and that a sign-in would tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assumed {
    /// The class of fact: `client-address`, `groups` …
    pub fact: &'static str,
    /// What was supposed, or that it is not known.
    pub how: String,
}

/// How a person is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Address; empty when none is known.
    pub email: String,
    /// Name.
    pub name: String,
}

/// A person to try policies on.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// Who.
    pub origin: Origin,
    /// Address and name.
    pub shown: Shown,
    /// The facts; `None` when nothing is known.
    pub facts: Option<Judged>,
    /// Refused before any policy: `account-deactivated`.
    pub refused: Option<&'static str>,
    /// What is assumed or unknown.
    pub assumed: Vec<Assumed>,
    /// The provider whose provisioning told the facts; `None`: a sign-in did.
    pub told_by: Option<IdpId>,
}

/// What candidates are made with: the providers, and what was polled.
pub struct People {
    snapshot: Arc<Snapshot>,
    readings: Arc<Readings>,
}

impl People {
    /// With the configuration and the readings of this moment.
    pub const fn new(snapshot: Arc<Snapshot>, readings: Arc<Readings>) -> Self {
        Self { snapshot, readings }
    }

    /// The providers that provision people.
    pub fn provisioning(&self) -> impl Iterator<Item = &Arc<IdentityProvider>> {
        self.snapshot.idps.values().filter(|idp| idp.scim.enabled)
    }

    /// The groups that a provider's provisioning tells about.
    pub fn told(&self, reader: &Reader<'_>, idp: &IdpId) -> Result<GroupsTold, StoreError> {
        let expansions = reader.expansions(idp)?;
        let read: BTreeSet<ScimId> = expansions.iter().filter(|e| e.read_at.is_some() && e.why.is_none()).map(|e| e.group).collect();
        let (mut groups, mut complete) = (BTreeSet::new(), BTreeSet::new());
        let mut offset = 0;
        while offset < MOST_GROUPS {
            let piece = reader.list_provisioned(idp, ResourceKind::Group, offset, PIECE)?.items;
            offset += PIECE;
            let full = piece.len() as u64 == PIECE;
            groups.extend(piece.iter().filter_map(object_id));
            complete.extend(piece.iter().filter(|group| read.contains(&group.id)).filter_map(object_id));
            if !full {
                break;
            }
        }
        Ok(GroupsTold { idp: *idp, groups, complete })
    }

    /// Somebody of the registry, by their last sign-in; `identity` is theirs.
    pub fn person(&self, reader: &Reader<'_>, user: &User, identity: Option<Identity>) -> Result<Candidate, StoreError> {
        let shown = Shown { email: user.email.to_string(), name: user.name.clone() };
        let origin = Origin::Person(user.id);
        let Some(identity) = identity else {
            // Entered in advance: what is provisioned under the address is the best that is known.
            for idp in self.provisioning() {
                let found = reader.find_provisioned(&idp.id, ResourceKind::User, store::ProvisionedKey::Email, user.email.as_str())?;
                if let Some(provisioned) = found.first() {
                    return Ok(Candidate { origin, shown, ..self.provisioned(reader, idp, provisioned)? });
                }
            }
            let how = "never signed in, and nobody of this address is provisioned".to_owned();
            return Ok(Candidate {
                origin,
                shown,
                facts: None,
                refused: None,
                assumed: vec![Assumed { fact: "identity", how }],
                told_by: None,
            });
        };
        let directory = |idp: &IdentityProvider| idp.config.directory_issuer().as_ref() == Some(&identity.key.issuer);
        let providers: Vec<IdpId> = self.provisioning().filter(|idp| directory(idp)).map(|idp| idp.id).collect();
        let deactivated = ties::is_deactivated(reader, &providers, &identity, user.upn.as_deref())?;
        let at = identity.signed_in_at.rfc3339();
        let country = identity.country.as_ref().map_or_else(|| "not known".to_owned(), |c| format!("{c}, as at the last sign-in ({at})"));
        let assumed = vec![
            Assumed { fact: "identity", how: format!("as the last sign-in told it ({at})") },
            Assumed { fact: "client-address", how: format!("{}, as at the last sign-in ({at})", identity.ip) },
            Assumed { fact: "country", how: country },
        ];
        Ok(Candidate {
            origin,
            shown,
            refused: deactivated.then_some("account-deactivated"),
            assumed,
            facts: Some(self.judged(identity)),
            told_by: None,
        })
    }

    /// True when a provisioned user is already there as a person of the registry.
    pub fn is_known(&self, reader: &Reader<'_>, idp: &IdentityProvider, user: &Provisioned) -> Result<bool, StoreError> {
        if let Some(issuer) = idp.config.directory_issuer()
            && !reader.people_of_provisioned(&issuer, user)?.is_empty()
        {
            return Ok(true);
        }
        let Some(email) = ScimFacts::of(user).email else { return Ok(false) };
        Ok(reader.users_by_email(&email)?.iter().any(|person| person.key.is_none()))
    }

    /// A provisioned user who never signed in.
    pub fn provisioned(&self, reader: &Reader<'_>, idp: &IdentityProvider, user: &Provisioned) -> Result<Candidate, StoreError> {
        let facts = ScimFacts::of(user);
        let name = facts.name.clone().or_else(|| facts.user_name.clone()).unwrap_or_default();
        let email: Option<Email> = facts.email.clone().or_else(|| facts.user_name.as_deref().and_then(|name| name.parse().ok()));
        let shown = Shown { email: email.as_ref().map(ToString::to_string).unwrap_or_default(), name: name.clone() };
        let origin = Origin::Provisioned(idp.id, user.id);
        let refused = (!user.active).then_some("account-deactivated");
        let (Some(email), Some(issuer)) = (email, idp.config.directory_issuer()) else {
            let how = "provisioning tells no address".to_owned();
            return Ok(Candidate {
                origin,
                shown,
                facts: None,
                refused,
                assumed: vec![Assumed { fact: "email", how }],
                told_by: Some(idp.id),
            });
        };
        let guest = facts.user_name.as_deref().is_some_and(|name| name.to_ascii_uppercase().contains("#EXT#"));
        let email_trust = if guest { EmailTrust::Unverified } else { EmailTrust::TenantMember };
        let (groups, of_groups) = self.groups(reader, idp, user)?;
        let at = user.updated_at.rfc3339();
        let vouched =
            if guest { "as a guest, whose address nobody vouches for" } else { "as a member, whose address the sign-in vouches for" };
        let unknown = |fact| Assumed { fact, how: "not known before a sign-in".to_owned() };
        let assumed = vec![
            Assumed { fact: "email", how: format!("{email}, from provisioning ({at}), {vouched}") },
            Assumed { fact: "login-method", how: format!("signs in through {}", idp.name) },
            of_groups,
            unknown("client-address"),
            unknown("country"),
            unknown("authentication-methods"),
            unknown("authentication-context"),
            unknown("claim"),
        ];
        let subject = user.external_id.as_deref().and_then(|id| id.parse::<ObjectId>().ok());
        let identity = Identity {
            user_id: UserId::random(),
            idp: idp.id,
            idp_kind: idp.config.kind().to_owned(),
            key: SubjectKey { issuer, subject: subject.map(|id| id.to_string()).unwrap_or_default() },
            email,
            email_trust,
            name,
            upn: facts.user_name,
            groups,
            amr: Vec::new(),
            contexts: AuthContexts::default(),
            sid: None,
            claims: BTreeMap::new(),
            evaluations: Vec::new(),
            country: None,
            ip: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            signed_in_at: user.updated_at,
        };
        let facts = Judged { ip: None, ..self.judged(identity) };
        Ok(Candidate { origin, shown, facts: Some(facts), refused, assumed, told_by: Some(idp.id) })
    }

    /// The groups of a provisioned user, nested ones filled in, as far as provisioning tells.
    fn groups(&self, reader: &Reader<'_>, idp: &IdentityProvider, user: &Provisioned) -> Result<(Groups, Assumed), StoreError> {
        let reads = idp.config.entra().is_some_and(|settings| settings.support_groups);
        let (at, not) = (user.updated_at, |how: &str| Assumed { fact: "groups", how: how.to_owned() });
        if !reads {
            return Ok((Groups::Unknown { reason: GroupsUnknown::NotRequested, at }, not("not read at sign-ins through this provider")));
        }
        let Some(told) = reader.groups_of_provisioned(&idp.id, user)? else {
            return Ok((Groups::Unknown { reason: GroupsUnknown::Incomplete, at }, not("not known: no groups are provisioned")));
        };
        let list: Vec<DirectoryGroup> =
            told.into_iter().filter_map(|group| Some(DirectoryGroup { id: group.object_id?, name: group.name })).collect();
        let how = format!(
            "in {} of the groups that are provisioned, from provisioning; whether in others through a group in them is known only where nested members are filled in",
            list.len()
        );
        Ok((Groups::known(list, GroupSource::Provisioning, at), Assumed { fact: "groups", how }))
    }

    fn judged(&self, identity: Identity) -> Judged {
        Judged {
            ip: Some(identity.ip),
            country: identity.country.clone(),
            readings: Judged::readings_of(&identity, &self.readings),
            version: self.snapshot.version,
            identity: Some(Arc::new(identity)),
            ..Judged::default()
        }
    }
}

fn object_id(group: &Provisioned) -> Option<ObjectId> {
    group.external_id.as_deref()?.parse().ok()
}
