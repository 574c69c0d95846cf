//! The drift report: for each group that rules name, the people whom SCIM sent are held against those whom Microsoft Graph tells,
//! nested ones included. Read from the store, asked of the directory, compared by a pure function.

pub mod compare;
pub(crate) mod directory;
pub mod named;
pub(crate) mod registry;

use std::time::Duration;

use idp::{Client, Provider, entra::MembersError};
use model::{
    IdpId, ObjectId, Timestamp,
    drift::{Compared, GroupReport, Outcome, Report},
    idp::IdentityProvider,
    provisioned::Provisioned,
};
use store::{Snapshot, Store, StoreError};

use self::{compare::Sides, directory::Side, named::Named};
use crate::expansion;

/// Most groups of one report.
const MAX_GROUPS: usize = 500;

/// Makes drift reports.
#[derive(Clone)]
pub struct Drift {
    store: Store,
    client: Client,
}

/// A group that rules name, as it was provisioned: usually once.
struct Subject {
    id: ObjectId,
    named: Named,
    provisioned: Vec<Provisioned>,
}

impl Drift {
    /// A maker of reports.
    pub fn new(store: Store, client: Client) -> Self {
        Self { store, client }
    }

    /// Compares the groups that rules name of a login method; questions to the directory end within `time`, and groups that were not
    /// asked about by then are unknown. `None`: there is no such login method, it is not Entra, or SCIM is off.
    ///
    /// Errors: the store.
    pub async fn report(&self, id: IdpId, time: Duration, now: Timestamp) -> Result<Option<Report>, StoreError> {
        let snapshot = self.store.snapshot();
        let Some(idp) = snapshot.idps.get(&id).filter(|idp| is_compared(idp)).cloned() else { return Ok(None) };
        let mut named = named::named(snapshot.as_ref().into(), &id);
        let groups_omitted = named.len().saturating_sub(MAX_GROUPS);
        named.truncate(MAX_GROUPS);
        let mut groups = self.compare_all(&snapshot, &idp, self.subjects(id, named).await?, time, now).await?;
        groups.sort_by(|a, b| (a.name.is_none(), &a.name, a.id).cmp(&(b.name.is_none(), &b.name, b.id)));
        let expansion = self.store.read(move |reader| expansion::standing(reader, &idp)).await?;
        Ok(Some(Report { at: now, groups, groups_omitted, expansion }))
    }

    async fn subjects(&self, idp: IdpId, named: Vec<(ObjectId, Named)>) -> Result<Vec<Subject>, StoreError> {
        let read = self.store.read(move |reader| {
            let subject = |(id, named)| Ok(Subject { id, named, provisioned: registry::groups(reader, &idp, &id)? });
            named.into_iter().map(subject).collect::<Result<Vec<_>, StoreError>>()
        });
        read.await
    }

    async fn compare_all(
        &self,
        snapshot: &Snapshot,
        idp: &IdentityProvider,
        subjects: Vec<Subject>,
        time: Duration,
        now: Timestamp,
    ) -> Result<Vec<GroupReport>, StoreError> {
        let credentials = snapshot.idp_credentials.get(&idp.id).cloned().unwrap_or_default();
        let provider = Provider { config: &idp.config, credentials: &credentials };
        let mut reader = None;
        let mut reports = Vec::with_capacity(subjects.len());
        // What keeps one group from being read may keep all of them: then nobody is asked in vain for each.
        let mut refused: Option<MembersError> = None;
        for subject in subjects {
            if subject.provisioned.is_empty() {
                reports.push(report(subject, Outcome::NotProvisioned));
                continue;
            }
            if reader.is_none() && refused.is_none() {
                match self.client.member_reader(provider, time, now).await {
                    Ok(opened) => reader = Some(opened),
                    Err(error) => refused = Some(error),
                }
            }
            let side = match (&refused, &reader) {
                (None, Some(reader)) => Side::read(reader, &subject.id).await,
                (error, _) => Err(error.clone().unwrap_or(MembersError::NotEntra)),
            };
            let outcome = match side {
                Ok(side) => Outcome::Compared(self.compare(idp.id, &subject.provisioned, side).await?),
                Err(MembersError::Missing) => Outcome::Gone,
                Err(error) => {
                    let outcome = unknown(&error);
                    refused = refused.or((!error.is_about_one_group()).then_some(error));
                    outcome
                }
            };
            reports.push(report(subject, outcome));
        }
        Ok(reports)
    }

    async fn compare(&self, idp: IdpId, provisioned: &[Provisioned], side: Side) -> Result<Compared, StoreError> {
        let groups: Vec<_> = provisioned.iter().map(|group| group.id).collect();
        let compared = self.store.read(move |reader| {
            let (scim, filled) = registry::members(reader, &idp, &groups)?;
            let sides = Sides { scim: &scim, filled: &filled, directory: &side.people, direct: &side.direct.people, nested: &side.nested };
            compare::compare(sides, |person| registry::user(reader, &idp, person))
        });
        compared.await
    }
}

/// Whether a login method has two sides to compare.
pub(crate) fn is_compared(idp: &IdentityProvider) -> bool {
    idp.scim.enabled && idp.config.entra().is_some()
}

fn report(subject: Subject, outcome: Outcome) -> GroupReport {
    let first = subject.provisioned.first();
    let Named { policies, rule_groups } = subject.named;
    GroupReport {
        id: subject.id,
        name: first.and_then(|group| group.display_name.clone()),
        scim_id: first.map(|group| group.id),
        policies,
        rule_groups,
        outcome,
    }
}

fn unknown(error: &MembersError) -> Outcome {
    Outcome::Unknown { why: directory::words(error), fix: error.fix().to_owned() }
}
