//! The access log: decisions, found by reference and listed newest first.

use std::collections::BTreeSet;

use model::{AppId, PolicyId, Reference, Timestamp, UserId, log::AccessDecision};

use crate::{
    JudgedPeople, Listed, Page, Reader, StoreError, Tx,
    fold::fold,
    judged::TakenApart,
    objects::{from_json, to_json},
    reader::{Arg, Row, flag, signed},
    statement::{Statement, logs as sql},
};

/// How many rows of a log [`Tx::prune_logs`] removes at once, so that nobody waits long behind it.
pub const PRUNED_AT_ONCE: u64 = 20_000;

/// Which decisions to list; what is absent does not restrict.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DecisionFilter {
    /// Of the person with this address; case does not matter.
    pub email: Option<String>,
    /// Of this person.
    pub user_id: Option<UserId>,
    /// On this application.
    pub app_id: Option<AppId>,
    /// Decided by this policy, or hung on it.
    pub policy_id: Option<PolicyId>,
    /// Let in, or not.
    pub allowed: Option<bool>,
    /// From then on.
    pub since: Option<Timestamp>,
    /// Before then.
    pub until: Option<Timestamp>,
    /// With the first admissions of living sessions and programs, which are neither sign-ins nor refusals.
    pub admissions: bool,
}

/// How many decisions of one kind there are in an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecisionCount {
    /// When the hour begins.
    pub hour: Timestamp,
    /// Let in, or not.
    pub allowed: bool,
    /// First admissions of living sessions and programs.
    pub admission: bool,
    /// How many.
    pub total: u64,
}

/// A place in the log, for going through it from the oldest on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionPlace {
    /// The time of the decision that was read last.
    pub at: Timestamp,
    /// Its reference.
    pub reference: String,
}

impl DecisionPlace {
    /// Before everything of that time.
    pub const fn before(at: Timestamp) -> Self {
        Self { at, reference: String::new() }
    }
}

impl Reader<'_> {
    /// The decision with this reference, the person as judged included.
    pub fn decision(&self, reference: &Reference) -> Result<Option<AccessDecision>, StoreError> {
        let found = self.row(&sql::DECISION, &[reference.as_str().into()], whole)?;
        found.map(|(decision, judged)| self.with_identity(decision, judged, &mut JudgedPeople::default())).transpose()
    }
    /// At most so many decisions after a place, the oldest first, the people as judged included. `people` keeps those from call to call.
    pub fn decisions_after(
        &self,
        place: &DecisionPlace,
        until: Timestamp,
        most: u64,
        people: &mut JudgedPeople,
    ) -> Result<Vec<AccessDecision>, StoreError> {
        let args = [place.at.millis().into(), (&place.reference).into(), until.millis().into(), signed(most).into()];
        let found = self.rows(&sql::DECISIONS_AFTER, &args, whole)?;
        found.into_iter().map(|(decision, judged)| self.with_identity(decision, judged, people)).collect()
    }
    /// A page of decisions, newest first, without the people as judged.
    pub fn list_decisions(&self, filter: &DecisionFilter, page: Page) -> Result<Listed<AccessDecision>, StoreError> {
        self.found(filter, |list, count, mut args| {
            let total = self.count(count, &args)?;
            args.extend::<[Arg<'_>; 2]>([page.limit().into(), page.offset().into()]);
            Ok(Listed { items: self.rows(list, &args, read)?, total })
        })
    }
    /// The same page without counting how many there are in all: reading ends with the page, however long the log is.
    pub fn page_of_decisions(&self, filter: &DecisionFilter, page: Page) -> Result<Vec<AccessDecision>, StoreError> {
        self.found(filter, |list, _, mut args| {
            args.extend::<[Arg<'_>; 2]>([page.limit().into(), page.offset().into()]);
            self.rows(list, &args, read)
        })
    }
    /// The statements for a filter, that of a page (which takes limit and offset besides) and that of the count, with what both take.
    fn found<T>(
        &self,
        filter: &DecisionFilter,
        ask: impl FnOnce(&'static Statement, &'static Statement, Vec<Arg<'_>>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let since = filter.since.map_or(i64::MIN, Timestamp::millis).into();
        let until = filter.until.map_or(i64::MAX, Timestamp::millis).into();
        let allowed = filter.allowed.map(flag).into();
        let admission = (!filter.admissions).then_some(0_i64).into();
        let policy = filter.policy_id.map(|id| id.to_string());
        let app = filter.app_id.map(|id| id.to_string());
        let (email, user) = (filter.email.as_deref().map(fold), filter.user_id.map(|id| id.to_string()));
        let mut args: Vec<Arg<'_>> = vec![since, until, allowed, admission];
        let (list, count) = match (&user, &email, &app, &policy) {
            (Some(user), ..) => {
                args.extend::<[Arg<'_>; 3]>([policy.as_deref().into(), app.as_deref().into(), user.into()]);
                (&sql::DECISIONS_BY_USER, &sql::COUNT_DECISIONS_BY_USER)
            }
            (None, Some(email), ..) => {
                args.extend::<[Arg<'_>; 3]>([policy.as_deref().into(), app.as_deref().into(), email.into()]);
                (&sql::DECISIONS_BY_EMAIL, &sql::COUNT_DECISIONS_BY_EMAIL)
            }
            (None, None, Some(app), _) => {
                args.extend::<[Arg<'_>; 2]>([policy.as_deref().into(), app.into()]);
                (&sql::DECISIONS_BY_APP, &sql::COUNT_DECISIONS_BY_APP)
            }
            (None, None, None, Some(policy)) => {
                args.push(policy.into());
                (&sql::DECISIONS_BY_POLICY, &sql::COUNT_DECISIONS_BY_POLICY)
            }
            (None, None, None, None) => {
                args.push(None::<&str>.into());
                (&sql::DECISIONS, &sql::COUNT_DECISIONS)
            }
        };
        ask(list, count, args)
    }
    /// Decisions from `since` on and before `until`, counted by hour, the oldest first; of the newest `most` only.
    pub fn count_decisions(&self, since: Timestamp, until: Timestamp, most: u64) -> Result<Vec<DecisionCount>, StoreError> {
        self.rows(&sql::DECISIONS_BY_HOUR, &[since.millis().into(), until.millis().into(), signed(most).into()], |row| {
            Ok(DecisionCount {
                hour: Timestamp::from_secs(row.int(0)? * 3600),
                allowed: row.int(1)? != 0,
                admission: row.int(2)? != 0,
                total: row.int(3)?.try_into().unwrap_or_default(),
            })
        })
    }
    /// The next of the decisions that are looked for after a place, the oldest first and at most so many, without the people as judged. The
    /// filter's `since` is the place's matter.
    pub fn decisions_found_after(
        &self,
        filter: &DecisionFilter,
        place: &DecisionPlace,
        most: u64,
    ) -> Result<Vec<AccessDecision>, StoreError> {
        let (policy, app) = (filter.policy_id.map(|id| id.to_string()), filter.app_id.map(|id| id.to_string()));
        let user = filter.user_id.map(|id| id.to_string());
        // As in the list: a person's id goes before an address.
        let email = filter.email.as_deref().filter(|_| user.is_none()).map(fold);
        let args = [
            place.at.millis().into(),
            (&place.reference).into(),
            filter.until.map_or(i64::MAX, Timestamp::millis).into(),
            filter.allowed.map(flag).into(),
            (!filter.admissions).then_some(0_i64).into(),
            policy.as_deref().into(),
            app.as_deref().into(),
            email.as_deref().into(),
            user.as_deref().into(),
            signed(most).into(),
        ];
        self.rows(&sql::DECISIONS_FOUND_AFTER, &args, read)
    }
    /// Writes a decision that was recorded. `people` are those of the same piece of work, so that each is taken apart once.
    pub(crate) fn write_decision<'d>(&self, decision: &'d AccessDecision, people: &mut TakenApart<'d>) -> Result<(), StoreError> {
        let app = decision.app_id.map(|id| id.to_string());
        let policy = decision.policy_id.map(|id| id.to_string());
        let user = decision.user_id.map(|id| id.to_string());
        let email = decision.user_email.as_deref().map(fold);
        let doc = to_json("decision", &decision.reference, decision)?;
        let judged = decision.facts.as_ref().and_then(|facts| facts.identity.as_ref());
        let parts = judged.map(|identity| people.of(identity)).transpose()?;
        if let Some(parts) = parts {
            self.run(&sql::KEEP_JUDGED, &[(&parts.hash).into(), (&parts.doc).into()])?;
        }
        self.run(
            &sql::RECORD,
            &[
                decision.reference.as_str().into(),
                decision.at.millis().into(),
                flag(decision.allowed).into(),
                app.as_deref().into(),
                email.as_deref().into(),
                (&doc).into(),
                parts.map(|parts| parts.hash.as_str()).into(),
                parts.map(|parts| parts.circumstances.as_str()).into(),
                user.as_deref().into(),
                policy.as_deref().into(),
                flag(decision.is_admission()).into(),
            ],
        )?;
        Ok(())
    }

    fn with_identity(
        &self,
        mut decision: AccessDecision,
        judged: Option<(String, String)>,
        people: &mut JudgedPeople,
    ) -> Result<AccessDecision, StoreError> {
        if let (Some(facts), Some((hash, circumstances))) = (&mut decision.facts, judged) {
            let find = || self.row(&sql::JUDGED, &[(&hash).into()], |row| Ok(row.text(0)?.to_owned()));
            facts.identity = people.find(&hash, &circumstances, find)?;
        }
        Ok(decision)
    }
}

/// A decision with the hash of the person as judged and the circumstances of their sign-in.
fn whole(row: &Row<'_, '_>) -> Result<(AccessDecision, Option<(String, String)>), StoreError> {
    let judged = row.opt_text(1)?.map(str::to_owned).zip(row.opt_text(2)?.map(str::to_owned));
    Ok((read(row)?, judged))
}

impl Tx<'_> {
    /// Removes decisions before a time and beyond a number (the oldest), with people as judged whom no other one refers to, and changes in the audit log before a time; at most
    /// [`PRUNED_AT_ONCE`] of each kind. How many rows went; call again while it is that many or more.
    pub fn prune_logs(&mut self, decisions_before: Timestamp, max_decisions: u64, audit_before: Timestamp) -> Result<u64, StoreError> {
        let over = self.row(&sql::FIRST_OVER, &[signed(max_decisions).into()], |row| Ok((row.int(0)?, row.text(1)?.to_owned())))?;
        // The empty reference is below all others: a decision of exactly that time stays.
        let old = (decisions_before.millis(), String::new());
        let (at, reference) = over.map_or_else(|| old.clone(), |over| over.max(old.clone()));
        let limit = signed(PRUNED_AT_ONCE).into();
        let gone =
            self.rows(&sql::PRUNE_DECISIONS, &[at.into(), (&reference).into(), limit], |row| Ok(row.opt_text(0)?.map(str::to_owned)))?;
        let decisions = gone.len() as u64;
        let people: BTreeSet<String> = gone.into_iter().flatten().collect();
        people.iter().try_for_each(|hash| self.run(&sql::DROP_JUDGED, &[hash.into()]).map(drop))?;
        let audits = self.run(&sql::PRUNE_AUDITS, &[audit_before.millis().into(), limit])?;
        Ok(decisions + audits)
    }
}

fn read(row: &Row<'_, '_>) -> Result<AccessDecision, StoreError> {
    from_json("decision", "record", row.text(0)?)
}
