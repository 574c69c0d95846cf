//! The drift report in the doctor's hands: made, kept, told as findings, and raised as warnings. Only a comparison raises and clears these
//! warnings; a check of the set-up repeats what the last one found.

use std::{collections::BTreeSet, pin::Pin, time::Duration};

use model::{
    IdpId, Timestamp,
    drift::{Compared, Difference, Effect, Expansion, GroupReport, Outcome, Report, Verdict},
    finding::{Checked, Finding},
    warning::Subject,
};
use store::{StoreError, Tx};

use super::{Doctor, reconcile};

/// Names that a finding shows; the rest is counted.
const SHOWN: usize = 5;
/// Codes of the warnings that only a comparison raises and clears.
const CODES: [&str; 2] = ["scim-nested-missing", "scim-group-gone"];

/// A comparison under way.
pub type Comparing<'a> = Pin<Box<dyn Future<Output = Result<Option<Report>, StoreError>> + Send + 'a>>;

/// Compares the groups that rules name of a login method with its directory.
pub trait DriftCheck: Send + Sync {
    /// Questions to the directory end within `time`; `now` is the server's time. `None`: there is nothing to compare, because there is
    /// no such login method, it is not Entra, or SCIM is off.
    fn report(&self, id: IdpId, time: Duration, now: Timestamp) -> Comparing<'_>;
}

impl Doctor {
    /// Compares, keeps the report and turns it into warnings. `None`: there is nothing to compare; what was kept is forgotten.
    ///
    /// Errors: the store.
    pub async fn drift(&self, id: IdpId, time: Duration, now: Timestamp) -> Result<Option<Report>, StoreError> {
        let report = self.drift.report(id, time, now).await?;
        let kept = report.clone();
        self.store.write(move |tx| keep(tx, id, kept.as_ref(), now)).await?;
        Ok(report)
    }
}

fn keep(tx: &mut Tx<'_>, id: IdpId, report: Option<&Report>, now: Timestamp) -> Result<(), StoreError> {
    if tx.idp(&id)?.is_none() {
        return Ok(()); // Removed meanwhile.
    }
    if report.is_some() || tx.drift_report(&id)?.is_some() {
        tx.set_drift_report(&id, report)?;
    }
    let subject = Subject::IdentityProvider(id);
    let ours = |code: &str| CODES.contains(&code);
    let before = tx.warnings()?.into_iter().filter(|warning| warning.subject == subject && ours(&warning.finding.code)).collect();
    let findings = report.map(findings).unwrap_or_default().into_iter().filter(|finding| ours(&finding.code)).collect();
    let mut change = reconcile::reconcile(before, subject, &Checked { at: now, findings });
    // Who could not be asked has not said that all is well.
    if report.is_some_and(|report| !report.is_complete()) {
        change.gone.clear();
    }
    change.put.iter().try_for_each(|warning| tx.put_warning(warning))?;
    change.gone.iter().try_for_each(|gone| tx.remove_warning(gone))
}

/// Whether a check of the set-up leaves warnings of this code alone.
pub(super) fn is_kept_apart(code: &str) -> bool {
    code == Expansion::CODE || CODES.contains(&code)
}

/// What a report says, worst first of all what needs an administrator.
pub(super) fn findings(report: &Report) -> Vec<Finding> {
    let at = report.at.rfc3339();
    let mut findings = Vec::new();
    findings.extend(nested(report));
    let gone = names(report, |outcome| matches!(outcome, Outcome::Gone));
    if !gone.is_empty() {
        let text = format!("the directory has no such group any more, and rules name it: {}", listed(&gone));
        findings.push(Finding::warning("scim-group-gone", text, "Take it out of the rules, or choose the group that took its place."));
    }
    let unasked = report.groups.iter().find_map(|group| match &group.outcome {
        Outcome::Unknown { why, fix } => Some((why.as_str(), fix.as_str())),
        _ => None,
    });
    if let Some((why, fix)) = unasked {
        let unknown = names(report, |outcome| matches!(outcome, Outcome::Unknown { .. }));
        let text = format!("members of groups that rules name could not be compared at {at}: {} ({why})", listed(&unknown));
        findings.push(Finding::unknown("drift-unknown", text, fix));
    } else if !report.is_complete() {
        let text = format!("not every member of the groups that rules name could be compared at {at}");
        let fix = "Grant the application permission User.Read.All, so that members come with their user principal names.";
        findings.push(Finding::unknown("drift-unknown", text, fix));
    }
    for (kind, code, what) in [
        (
            Difference::NotSent,
            "scim-not-sent",
            "are direct members in the directory and not here: sent with a later cycle, or out of scope",
        ),
        (Difference::Extra, "scim-left", "are members here and not in the directory any more: their removal was not sent yet"),
    ] {
        let people = people(report, kind);
        if !people.is_empty() {
            findings.push(Finding::note(code, format!("as of {at} {} {what}", listed(&people))));
        }
    }
    let missing = names(report, |outcome| matches!(outcome, Outcome::NotProvisioned));
    if !missing.is_empty() {
        let text = format!("rules name groups that provisioning does not send: {}", listed(&missing));
        findings.push(Finding::note("scim-group-not-sent", text).with_fix("Assign them to the provisioning application."));
    }
    // What provisioning does not send was not compared: it says nothing either way.
    let compared = report.groups.iter().filter_map(GroupReport::compared).count();
    if report.verdict() == Verdict::NoDrift && (compared > 0 || missing.is_empty()) {
        let text = format!(
            "as of {at} the {compared} groups that rules name and provisioning sends have the same people here and in the directory"
        );
        findings.push(Finding::ok("drift", text));
    }
    findings
}

fn nested(report: &Report) -> Option<Finding> {
    let count = report.nested();
    let of = |group: &&GroupReport| group.compared().is_some_and(|compared| compared.nested > 0);
    let groups: Vec<&GroupReport> = report.groups.iter().filter(of).collect();
    if groups.is_empty() {
        return None;
    }
    let in_each = |group: &&GroupReport| format!("{} {}", called(group), group.compared().map_or(0, |compared| compared.nested));
    let policies: BTreeSet<String> = groups
        .iter()
        .flat_map(|group| &group.policies)
        .map(|used| {
            let what = match used.effect {
                Effect::LetsIn => "would wrongly refuse them",
                Effect::KeepsOut => "would wrongly let them in",
            };
            format!("{:?} ({}) {what}", used.name, used.decision.as_str())
        })
        .collect();
    let policies = Vec::from_iter(policies);
    let decided = if policies.is_empty() { String::new() } else { format!(" Judged by that membership, {}.", listed(&policies)) };
    let text = format!(
        "{count} memberships through nested groups are missing, because Entra provisions direct members only: {} (by group: {}).{decided}",
        listed(&people(report, Difference::Nested)),
        listed(&groups.iter().map(in_each).collect::<Vec<_>>()),
    );
    let fix = "Let doorward read them: at the login method under Provisioning, \"Read members of nested groups every\" (in the API: expand_nested_secs). \
               Or make them direct members, or name the nested groups in the rules and assign them to the provisioning application. Access \
               itself decides by the groups of the sign-in.";
    Some(Finding::warning("scim-nested-missing", text, fix))
}

fn called(group: &GroupReport) -> String {
    group.name.clone().unwrap_or_else(|| group.id.to_string())
}

fn names(report: &Report, wanted: impl Fn(&Outcome) -> bool) -> Vec<String> {
    report.groups.iter().filter(|group| wanted(&group.outcome)).map(called).collect()
}

/// Each once, and as one more entry how many are not named.
fn people(report: &Report, kind: Difference) -> Vec<String> {
    let all = report.groups.iter().filter_map(GroupReport::compared).flat_map(|compared: &Compared| &compared.people);
    let some = |person: &&model::drift::Person| person.kind == kind;
    let shown =
        all.filter(some).map(|p| p.name.clone().or_else(|| p.user_name.clone()).unwrap_or_else(|| "somebody without a name".into()));
    BTreeSet::from_iter(shown).into_iter().collect()
}

fn listed(names: &[String]) -> String {
    let more = names.len().saturating_sub(SHOWN);
    let shown = names.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if more > 0 { format!("{shown} and {more} more") } else { shown }
}

#[cfg(test)]
mod tests;
