//! The order of evaluation, written here once: bypass and service auth first, then allow and block, else refused.

use model::access_policy::PolicyAction;

use crate::{
    Decision, Denial, DenialKind, Facts, Outcome, PolicySet,
    blame::{self, Blame},
    compiled::{Check, Lists, Policy, Test},
    selectors::Lane,
    truth::Possible,
};

/// Decides about one request. Allocates nothing on the way to an open door.
///
/// Order ("Access policies: order of execution" of Cloudflare One): Bypass and Service Auth policies as listed, the
/// first that matches wins; then Allow and Block policies as listed, the first that applies wins; else refused.
/// Allow, Bypass and Service Auth apply only when their rules are *true*; Block applies unless they are *false*
/// (ruling 13). Without an identity an Allow policy is never enough: the outcome is then [`Outcome::Login`] as long as
/// some identity could pass, and a refusal otherwise.
pub fn evaluate(set: &PolicySet, facts: &Facts<'_>) -> Decision {
    if let Some(policy) = without_person(set, facts) {
        let outcome = match policy.action {
            PolicyAction::Bypass => Outcome::Bypass { policy: policy.id },
            _ => Outcome::ServiceAuth { policy: policy.id },
        };
        return decided(set, outcome, Some(policy));
    }
    let end = match facts.identity {
        None => visitor(set, facts),
        Some(_) => person(set, facts),
    };
    match end {
        End::Allow(policy) => decided(set, Outcome::Allow { policy: policy.id }, Some(policy)),
        End::Login => decided(set, Outcome::Login, None),
        End::Deny(denial) => decided(set, Outcome::Deny(denial), None),
    }
}

enum End<'a> {
    Allow(&'a Policy),
    Login,
    Deny(Denial),
}

/// First phase: the first Bypass or Service Auth policy that matches.
fn without_person<'a>(set: &'a PolicySet, facts: &Facts<'_>) -> Option<&'a Policy> {
    set.first.iter().find(|policy| judge(set, policy, facts).is_true())
}

/// Second phase for somebody who signed in.
fn person<'a>(set: &'a PolicySet, facts: &Facts<'_>) -> End<'a> {
    let mut block = None;
    for policy in &set.second {
        let verdict = judge(set, policy, facts);
        match policy.lane() {
            Lane::Allow if verdict.is_true() => return End::Allow(policy),
            Lane::Block if !verdict.is_false() => {
                block = Some(policy);
                break;
            }
            _ => {}
        }
    }
    // Refused whoever they are: say so, and do not send the person looking for a better account.
    if let End::Deny(forbidden) = visitor(set, &facts.without_identity()) {
        return End::Deny(forbidden);
    }
    End::Deny(match block {
        Some(policy) => denied(DenialKind::BlockPolicy, blame::of_block(set, policy, facts)),
        None => denied(DenialKind::NoPolicyMatched, blame::of_no_match(set, facts)),
    })
}

/// Second phase before a sign-in: is there anything that an identity could change?
fn visitor<'a>(set: &'a PolicySet, facts: &Facts<'_>) -> End<'a> {
    for policy in &set.second {
        let verdict = judge(set, policy, facts);
        match policy.lane() {
            Lane::Allow if verdict.can_be_true() => return End::Login,
            Lane::Block if !verdict.can_be_false() => {
                let blame = blame::of_block(set, policy, facts);
                return End::Deny(denied(DenialKind::NonIdentity, blame));
            }
            _ => {}
        }
    }
    End::Deny(denied(DenialKind::NonIdentity, blame::of_no_match(set, facts)))
}

fn decided(set: &PolicySet, outcome: Outcome, policy: Option<&Policy>) -> Decision {
    Decision { outcome, session_duration: policy.and_then(|policy| policy.session_duration), set_has_service_auth: set.has_service_auth() }
}

fn denied(kind: DenialKind, blame: Blame) -> Denial {
    Denial { kind, policy: blame.policy, rule: blame.rule, part: blame.part, reason: blame.reason }
}

fn judge(set: &PolicySet, policy: &Policy, facts: &Facts<'_>) -> Possible {
    judge_lists(set, &policy.lists, facts, policy.lane())
}

/// Any of include, all of require, none of exclude; nothing without an include.
pub(crate) fn judge_lists(set: &PolicySet, lists: &Lists, facts: &Facts<'_>, lane: Lane) -> Possible {
    let mut verdict = Possible::FALSE;
    for test in &lists.include {
        verdict = verdict.or(judge_test(set, test, facts, lane));
        if verdict.is_true() {
            break;
        }
    }
    for test in &lists.require {
        if verdict.is_false() {
            return verdict;
        }
        verdict = verdict.and(judge_test(set, test, facts, lane));
    }
    for test in &lists.exclude {
        if verdict.is_false() {
            return verdict;
        }
        verdict = verdict.and(judge_test(set, test, facts, lane).not());
    }
    verdict
}

/// What one rule comes to.
pub(crate) fn judge_test(set: &PolicySet, test: &Test, facts: &Facts<'_>, lane: Lane) -> Possible {
    match &test.check {
        Check::Selector(selector) => selector.judge(facts, lane).truth.into(),
        Check::Group(place) => judge_lists(set, &set.groups.get(*place).lists, facts, lane),
        Check::BrokenGroup(_) => crate::Truth::Unknown.into(),
    }
}
