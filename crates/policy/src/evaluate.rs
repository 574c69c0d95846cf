//! The order of evaluation, written here once: bypass and service auth first, then allow and block, else refused.

use model::{
    IdpId, Timestamp,
    access_policy::PolicyAction,
    auth_context::{ContextId, ContextSet},
};

use crate::{
    Decision, Denial, DenialKind, Facts, Outcome, PolicySet, RequestFacts, StepUp, Truth,
    blame::{self, Blame},
    compiled::{Check, Lists, Policy, Test},
    demands::{self, Met},
    scene::{Scene, Supposed},
    selectors::Lane,
    truth::Possible,
};

/// Decides about one request. Allocates nothing on the way to an open door.
///
/// Order ("Access policies: order of execution" of Cloudflare One): Bypass and Service Auth policies as listed, the
/// first that matches wins; then Allow and Block policies as listed, the first that applies wins; else refused.
/// Allow, Bypass and Service Auth apply only when their rules are *true*; Block applies unless they are *false*
/// (ruling 13). Without an identity an Allow policy is never enough: the outcome is then [`Outcome::Login`] as long as
/// some identity could pass, and a refusal otherwise. With one, what would be a refusal is an [`Outcome::StepUp`] when
/// authentication contexts that the person's provider was never asked for could open an Allow policy.
/// The Allow policy that applies decides even when its demands (a purpose, an approval) are not met: the outcome is then
/// [`Outcome::Ask`], and policies behind it are not asked.
pub fn evaluate(set: &PolicySet, facts: &Facts<'_>) -> Decision {
    let scene = Scene::new(set, facts);
    if let Some(policy) = without_person(&scene) {
        let outcome = match policy.action {
            PolicyAction::Bypass => Outcome::Bypass { policy: policy.id },
            _ => Outcome::ServiceAuth { policy: policy.id },
        };
        return decided(set, outcome, Some(policy), None);
    }
    let end = match facts.identity {
        None => visitor(&scene),
        Some(_) => person(&scene),
    };
    match end {
        End::Allow(policy) => match demands::met(&scene, policy) {
            Met::Yes(until) => decided(set, Outcome::Allow { policy: policy.id }, Some(policy), until),
            Met::No(ask) => decided(set, Outcome::Ask(ask), None, None),
        },
        End::Login => decided(set, Outcome::Login, None, None),
        End::StepUp(step_up) => decided(set, Outcome::StepUp(step_up), None, None),
        End::Deny(denial) => decided(set, Outcome::Deny(denial), None, None),
    }
}

/// The contexts to ask for already when somebody signs in through this provider: those without which nobody who comes
/// that way could pass. Where there are other ways in, nothing is asked for: a later step-up will.
pub fn contexts_to_ask(set: &PolicySet, request: &RequestFacts<'_>, idp: &IdpId) -> ContextSet {
    let facts = Facts { request: *request, identity: None, readings: None, standing: None };
    let is_closed = |lacking| {
        let scene = Scene::new(set, &facts).supposing(Supposed::Arriving { idp: *idp, lacking });
        matches!(visitor(&scene), End::Deny(_))
    };
    let named = set.contexts(idp);
    if named.is_empty() || is_closed(None) {
        return ContextSet::EMPTY;
    }
    // A rule that excludes holders of a context lets those in who are known to be none: for them asking is no help.
    let needed = |id: &ContextId| [Truth::False, Truth::Unknown].into_iter().all(|truth| is_closed(Some((*id, truth))));
    named.iter().filter(needed).collect()
}

enum End<'a> {
    Allow(&'a Policy),
    Login,
    StepUp(StepUp),
    Deny(Denial),
}

/// First phase: the first Bypass or Service Auth policy that matches.
fn without_person<'a>(scene: &Scene<'a>) -> Option<&'a Policy> {
    scene.set.first.iter().find(|policy| judge(scene, policy).is_true())
}

/// Second phase for somebody who signed in.
fn person<'a>(scene: &Scene<'a>) -> End<'a> {
    let block = match decider(scene) {
        Some(policy) if policy.lane() == Lane::Allow => return End::Allow(policy),
        block => block,
    };
    // Refused whoever they are: say so, and do not send the person looking for a better account.
    if let End::Deny(forbidden) = visitor(&Scene::new(scene.set, &scene.facts.without_identity())) {
        return End::Deny(forbidden);
    }
    if let Some(step_up) = scene.least(|supposed| decider(&supposed).filter(|policy| policy.lane() == Lane::Allow).map(|policy| policy.id))
    {
        return End::StepUp(step_up);
    }
    End::Deny(match block {
        Some(policy) => denied(DenialKind::BlockPolicy, blame::of_block(scene, policy)),
        None => denied(DenialKind::NoPolicyMatched, blame::of_no_match(scene)),
    })
}

/// The policy that decides about a person: the first Allow that is true or Block that is not false.
fn decider<'a>(scene: &Scene<'a>) -> Option<&'a Policy> {
    let identity = scene.facts.identity?;
    scene.set.in_question.places(identity).map(|place| &scene.set.second[place]).find(|policy| {
        let verdict = judge(scene, policy);
        match policy.lane() {
            Lane::Allow => verdict.is_true(),
            Lane::Block => !verdict.is_false(),
            Lane::WithoutPerson => false,
        }
    })
}

/// Second phase before a sign-in: is there anything that an identity could change?
fn visitor<'a>(scene: &Scene<'_>) -> End<'a> {
    for policy in &scene.set.second {
        let verdict = judge(scene, policy);
        match policy.lane() {
            Lane::Allow if verdict.can_be_true() => return End::Login,
            Lane::Block if !verdict.can_be_false() => {
                return End::Deny(denied(DenialKind::NonIdentity, blame::of_block(scene, policy)));
            }
            _ => {}
        }
    }
    End::Deny(denied(DenialKind::NonIdentity, blame::of_no_match(scene)))
}

fn decided(set: &PolicySet, outcome: Outcome, policy: Option<&Policy>, until: Option<Timestamp>) -> Decision {
    let session_duration = policy.and_then(|policy| policy.session_duration);
    Decision { outcome, session_duration, until, set_has_service_auth: set.has_service_auth() }
}

fn denied(kind: DenialKind, blame: Blame) -> Denial {
    Denial { kind, policy: blame.policy, rule: blame.rule, part: blame.part, reason: blame.reason }
}

fn judge(scene: &Scene<'_>, policy: &Policy) -> Possible {
    judge_lists(scene, &policy.lists, policy.lane())
}

/// Any of include, all of require, none of exclude; nothing without an include.
pub(crate) fn judge_lists(scene: &Scene<'_>, lists: &Lists, lane: Lane) -> Possible {
    let mut verdict = Possible::FALSE;
    for test in &lists.include {
        verdict = verdict.or(judge_test(scene, test, lane));
        if verdict.is_true() {
            break;
        }
    }
    for test in &lists.require {
        if verdict.is_false() {
            return verdict;
        }
        verdict = verdict.and(judge_test(scene, test, lane));
    }
    for test in &lists.exclude {
        if verdict.is_false() {
            return verdict;
        }
        verdict = verdict.and(judge_test(scene, test, lane).not());
    }
    verdict
}

/// What one rule comes to.
pub(crate) fn judge_test(scene: &Scene<'_>, test: &Test, lane: Lane) -> Possible {
    match &test.check {
        Check::Selector(selector) => selector.judge(scene, lane).truth.into(),
        Check::Group(place) => judge_lists(scene, &scene.set.groups.get(*place).lists, lane),
        Check::BrokenGroup(_) => crate::Truth::Unknown.into(),
    }
}
