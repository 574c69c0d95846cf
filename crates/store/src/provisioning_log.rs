//! The provisioning log: written in the transaction of the change it tells of, listed by what is looked for, cut by age, number and size.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    ops::ControlFlow,
};

use model::{
    IdpId, ScimId, ScimUpdateId, Timestamp,
    provisioned::ResourceKind,
    provisioning_log::{Effect, LoggedUpdate, Outcome, ScimUpdate, WriteMethod},
};
use serde::{Deserialize, Serialize};

use crate::{
    Listed, PRUNED_AT_ONCE, Page, Reader, StoreError, Tx,
    fold::fold,
    objects::{from_json, to_json},
    reader::{Row, signed, unsigned},
    statement::{Statement, provisioning_log as sql},
};

/// What a record takes beside its texts, in bytes, roughly: its other columns and the indexes.
const OVERHEAD: i64 = 400;

/// Which records to list. A list that is empty does not restrict; of several values any one will do. Texts are compared without
/// regard to case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScimUpdateFilter {
    /// Through these providers.
    pub idps: Vec<IdpId>,
    /// About these resources.
    pub resources: Vec<ScimId>,
    /// With these `externalId`s.
    pub external_ids: Vec<String>,
    /// About users with these addresses.
    pub emails: Vec<String>,
    /// About groups of these names.
    pub groups: Vec<String>,
    /// By these methods.
    pub methods: Vec<WriteMethod>,
    /// About users, or groups.
    pub kinds: Vec<ResourceKind>,
    /// Carried out, or refused.
    pub outcomes: Vec<Outcome>,
    /// From then on.
    pub since: Option<Timestamp>,
    /// Before then.
    pub until: Option<Timestamp>,
}

/// In which order of time a list comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chronology {
    /// The newest first.
    NewestFirst,
    /// The oldest first.
    OldestFirst,
}

/// How much of the log stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeptUpdates {
    /// Records before that go.
    pub since: Timestamp,
    /// At most so many stay.
    pub most: u64,
    /// At most so many bytes stay, roughly.
    pub bytes: u64,
}

/// The parts of a record that are only shown.
#[derive(Serialize, Deserialize)]
struct Shown<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_email: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group_name: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    agent: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "<[Effect]>::is_empty")]
    effects: Cow<'a, [Effect]>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    normalised: BTreeMap<String, u32>,
}

impl Reader<'_> {
    /// One record.
    pub fn scim_update(&self, id: ScimUpdateId) -> Result<Option<LoggedUpdate>, StoreError> {
        Ok(self.numbered(signed(id.number()))?.filter(|found| found.id == id))
    }
    /// A page of records.
    pub fn list_scim_updates(&self, filter: &ScimUpdateFilter, order: Chronology, page: Page) -> Result<Listed<LoggedUpdate>, StoreError> {
        let (numbers, total) = match filter.idps.as_slice() {
            [idp] if filter.is_of_time_only() => self.page_of(idp, filter, order, page)?,
            _ => {
                let mut all = self.find_scim_updates(filter)?;
                if order == Chronology::NewestFirst {
                    all.reverse();
                }
                let (skip, take) = (index(page.offset()), index(page.limit()));
                (all.iter().skip(skip).take(take).copied().collect(), all.len() as u64)
            }
        };
        Ok(Listed { items: self.scim_updates(&numbers)?, total })
    }
    /// Numbers of all records that are looked for, the oldest first; for [`scim_updates`](Self::scim_updates), a stretch at a time.
    pub fn find_scim_updates(&self, filter: &ScimUpdateFilter) -> Result<Vec<i64>, StoreError> {
        let idps = if filter.idps.is_empty() { self.providers_of_log()? } else { texts(&filter.idps) };
        let (driver, values): (&Statement, Vec<String>) = if !filter.resources.is_empty() {
            (&sql::OF_RESOURCE, texts(&filter.resources))
        } else if !filter.external_ids.is_empty() {
            (&sql::OF_EXTERNAL_ID, folded(&filter.external_ids))
        } else if !filter.emails.is_empty() {
            (&sql::OF_EMAIL, folded(&filter.emails))
        } else if !filter.groups.is_empty() {
            (&sql::OF_GROUP, folded(&filter.groups))
        } else {
            (&sql::OF_IDP, idps.clone())
        };
        let (since, until) = filter.bounds();
        let rest = Rest::of(filter, &idps);
        let mut found = BTreeSet::new();
        for value in &values {
            self.each(driver, &[value.into(), since.into(), until.into()], |row| {
                let named = driver.name != sql::OF_IDP.name;
                if rest.takes(row)? && (!named || rest.takes_named(row)?) {
                    found.insert((row.int(0)?, row.int(1)?));
                }
                Ok(ControlFlow::Continue(()))
            })?;
        }
        Ok(found.into_iter().map(|(_, no)| no).collect())
    }
    /// Records by their numbers, as they are listed; those that are gone are left out.
    pub fn scim_updates(&self, numbers: &[i64]) -> Result<Vec<LoggedUpdate>, StoreError> {
        numbers.iter().filter_map(|no| self.numbered(*no).transpose()).collect()
    }

    fn numbered(&self, no: i64) -> Result<Option<LoggedUpdate>, StoreError> {
        self.row(&sql::ONE, &[no.into()], |row| read(no, row))
    }

    fn page_of(&self, idp: &IdpId, filter: &ScimUpdateFilter, order: Chronology, page: Page) -> Result<(Vec<i64>, u64), StoreError> {
        let statement = match order {
            Chronology::NewestFirst => &sql::PAGE_DOWN,
            Chronology::OldestFirst => &sql::PAGE_UP,
        };
        let (idp, (since, until)) = (idp.to_string(), filter.bounds());
        let range = [(&idp).into(), since.into(), until.into()];
        let total = self.count(&sql::COUNT, &range)?;
        let [idp, since, until] = range;
        let numbers = self.rows(statement, &[idp, since, until, page.limit().into(), page.offset().into()], |row| row.int(0))?;
        Ok((numbers, total))
    }

    /// Every provider that the log has a record of, also one that is gone.
    fn providers_of_log(&self) -> Result<Vec<String>, StoreError> {
        let mut all: Vec<String> = Vec::new();
        while let Some(next) =
            self.row(&sql::NEXT_IDP, &[all.last().map_or("", String::as_str).into()], |row| Ok(row.text(0)?.to_owned()))?
        {
            all.push(next);
        }
        Ok(all)
    }
}

impl Tx<'_> {
    /// Adds a record; it is kept or lost with this mutation.
    pub fn log_scim_update(&mut self, update: &ScimUpdate) -> Result<ScimUpdateId, StoreError> {
        let last = self.row(&sql::LAST, &[], |row| Ok((row.int(0)?, row.int(1)?)))?;
        let (last, upto) = last.unwrap_or_default();
        let no = last + 1;
        let doc = to_json("provisioning record", no, &Shown::of(update))?;
        let texts = [Some(&doc), update.request.as_ref(), update.before.as_ref(), update.after.as_ref()];
        let size = texts.into_iter().flatten().map(|text| signed(text.len() as u64)).sum::<i64>() + OVERHEAD;
        let (idp, resource) = (update.idp.to_string(), update.resource.map(|id| id.to_string()));
        let external_id = update.external_id.as_deref().map(fold);
        let (email, group) = (update.user_email.as_deref().map(fold), update.group_name.as_deref().map(fold));
        self.run(
            &sql::ADD,
            &[
                no.into(),
                update.at.millis().into(),
                (upto + size).into(),
                (&idp).into(),
                update.kind.as_str().into(),
                update.method.as_str().into(),
                i64::from(update.status).into(),
                resource.as_deref().into(),
                external_id.as_deref().into(),
                email.as_deref().into(),
                group.as_deref().into(),
                (&doc).into(),
                update.request.as_deref().into(),
                update.before.as_deref().into(),
                update.after.as_deref().into(),
            ],
        )?;
        Ok(ScimUpdateId::numbered(update.at, unsigned(no)))
    }
    /// Removes the oldest records as far as they are too old, too many or too large; at most [`PRUNED_AT_ONCE`]. How many went: call again
    /// while it is that many.
    pub fn prune_scim_updates(&mut self, kept: KeptUpdates) -> Result<u64, StoreError> {
        let Some((last, upto)) = self.row(&sql::LAST, &[], |row| Ok((row.int(0)?, row.int(1)?)))? else { return Ok(0) };
        let (first_kept, bytes_before) = (last.saturating_sub(signed(kept.most)), upto.saturating_sub(signed(kept.bytes)));
        let mut gone = None;
        self.each(&sql::OLDEST, &[signed(PRUNED_AT_ONCE).into()], |row| {
            let (no, at, upto) = (row.int(0)?, row.int(1)?, row.int(2)?);
            if no > first_kept && at >= kept.since.millis() && upto > bytes_before {
                return Ok(ControlFlow::Break(()));
            }
            gone = Some(no);
            Ok(ControlFlow::Continue(()))
        })?;
        gone.map_or(Ok(0), |no| self.run(&sql::PRUNE, &[no.into()]))
    }
}

impl ScimUpdateFilter {
    /// Whether nothing but providers and times restricts.
    fn is_of_time_only(&self) -> bool {
        let Self { idps: _, resources, external_ids, emails, groups, methods, kinds, outcomes, since: _, until: _ } = self;
        resources.is_empty()
            && [external_ids, emails, groups].iter().all(|texts| texts.is_empty())
            && methods.is_empty()
            && kinds.is_empty()
            && outcomes.is_empty()
    }
    fn bounds(&self) -> (i64, i64) {
        (self.since.map_or(i64::MIN, Timestamp::millis), self.until.map_or(i64::MAX, Timestamp::millis))
    }
}

/// What a record has to be beside what the index was asked for.
struct Rest<'a> {
    filter: &'a ScimUpdateFilter,
    idps: &'a [String],
    resources: Vec<String>,
    external_ids: Vec<String>,
    emails: Vec<String>,
    groups: Vec<String>,
}

impl<'a> Rest<'a> {
    fn of(filter: &'a ScimUpdateFilter, idps: &'a [String]) -> Self {
        let (resources, external_ids) = (texts(&filter.resources), folded(&filter.external_ids));
        Self { filter, idps, resources, external_ids, emails: folded(&filter.emails), groups: folded(&filter.groups) }
    }
    /// By the columns that every such statement answers.
    fn takes(&self, row: &Row<'_, '_>) -> Result<bool, StoreError> {
        let (kind, method) = (row.text(2)?, row.text(3)?);
        let outcome = if row.int(4)? < 400 { Outcome::Success } else { Outcome::Failure };
        let ScimUpdateFilter { kinds, methods, outcomes, .. } = self.filter;
        Ok((kinds.is_empty() || kinds.iter().any(|k| k.as_str() == kind))
            && (methods.is_empty() || methods.iter().any(|m| m.as_str() == method))
            && (outcomes.is_empty() || outcomes.contains(&outcome)))
    }
    /// By the further ones of statements that look a resource up.
    fn takes_named(&self, row: &Row<'_, '_>) -> Result<bool, StoreError> {
        let one_of = |wanted: &[String], have: Option<&str>| wanted.is_empty() || have.is_some_and(|have| wanted.iter().any(|w| w == have));
        Ok(one_of(self.idps, Some(row.text(5)?))
            && one_of(&self.resources, row.opt_text(6)?)
            && one_of(&self.external_ids, row.opt_text(7)?)
            && one_of(&self.emails, row.opt_text(8)?)
            && one_of(&self.groups, row.opt_text(9)?))
    }
}

impl<'a> Shown<'a> {
    fn of(update: &'a ScimUpdate) -> Self {
        let text = |value: &'a Option<String>| value.as_deref().map(Into::into);
        Self {
            external_id: text(&update.external_id),
            user_email: text(&update.user_email),
            group_name: text(&update.group_name),
            error: text(&update.error),
            agent: text(&update.agent),
            effects: update.effects.as_slice().into(),
            normalised: update.normalised.clone(),
        }
    }
}

fn read(no: i64, row: &Row<'_, '_>) -> Result<LoggedUpdate, StoreError> {
    const NOUN: &str = "provisioning record";
    let at = Timestamp::from_millis(row.int(0)?);
    let kind = [ResourceKind::User, ResourceKind::Group].into_iter().find(|kind| row.text(2).is_ok_and(|text| text == kind.as_str()));
    let kind = kind.ok_or_else(|| StoreError::corrupt(NOUN, no, UnknownKind))?;
    let resource = row.opt_text(5)?.map(str::parse).transpose().map_err(|e| StoreError::corrupt(NOUN, no, e))?;
    let shown: Shown<'_> = from_json(NOUN, no, row.text(6)?)?;
    let update = ScimUpdate {
        at,
        idp: row.text(1)?.parse().map_err(|e| StoreError::corrupt(NOUN, no, e))?,
        method: row.text(3)?.parse().map_err(|e| StoreError::corrupt(NOUN, no, e))?,
        kind,
        resource,
        external_id: shown.external_id.map(Into::into),
        user_email: shown.user_email.map(Into::into),
        group_name: shown.group_name.map(Into::into),
        status: u16::try_from(row.int(4)?).unwrap_or(u16::MAX),
        error: shown.error.map(Into::into),
        agent: shown.agent.map(Into::into),
        request: row.opt_text(7)?.map(str::to_owned),
        effects: shown.effects.into_owned(),
        normalised: shown.normalised,
        before: row.opt_text(8)?.map(str::to_owned),
        after: row.opt_text(9)?.map(str::to_owned),
    };
    Ok(LoggedUpdate { id: ScimUpdateId::numbered(at, unsigned(no)), update })
}

#[derive(Debug, thiserror::Error)]
#[error("the kind is neither User nor Group")]
struct UnknownKind;

fn texts<T: ToString>(values: &[T]) -> Vec<String> {
    values.iter().map(ToString::to_string).collect()
}

fn folded(values: &[String]) -> Vec<String> {
    values.iter().map(|value| fold(value)).collect()
}

fn index(value: i64) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}
