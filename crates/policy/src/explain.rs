//! The verdict at length: every policy and every rule with what it said and why, for people with the permission.
//!
//! A second function over the same compiled rules (ruling 17): it shares the selectors with the fast verdict and walks
//! lists, groups and phases by itself; a property test holds the two together.

mod value;
mod walk;

use model::{AccessGroupId, PolicyId, Timestamp, rule::Rule};
use serde::Serialize;

use crate::{
    Ask, Denial, DenialKind, Facts, Outcome, PolicySet, Reason, StepUp, Truth, blame,
    demands::{self, Met},
    scene::Scene,
};
pub(crate) use value::word;
use walk::Weighed;

/// Everything that was considered, the values of facts and rules included: for administrators, never for the page that a person sees
/// (ruling 32).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The verdict.
    pub conclusion: Conclusion,
    /// When it was made.
    pub at: Timestamp,
    /// A person was signed in.
    pub signed_in: bool,
    /// Every policy, in the order in which they are asked.
    pub policies: Vec<PolicyExplained>,
}

/// The verdict of an [`Explanation`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Conclusion {
    /// `allow`, `bypass`, `service-auth`, `deny`, `login`, `step-up` or `ask`.
    pub outcome: &'static str,
    /// The policy that decided; for a refusal the one that blocks or came nearest, for a step-up the one that would let in.
    pub policy: Option<PolicyId>,
    /// What a refusal hung on.
    pub denial: Option<Denial>,
    /// What a step-up asks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step_up: Option<StepUp>,
    /// What a policy demands besides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ask: Option<Ask>,
}

impl From<Outcome> for Conclusion {
    fn from(outcome: Outcome) -> Self {
        let (denial, step_up, ask) = match outcome {
            Outcome::Deny(denial) => (Some(denial), None, None),
            Outcome::StepUp(step_up) => (None, Some(step_up), None),
            Outcome::Ask(ask) => (None, None, Some(ask)),
            Outcome::Allow { .. } | Outcome::Bypass { .. } | Outcome::ServiceAuth { .. } | Outcome::Login => (None, None, None),
        };
        Self { outcome: outcome.as_str(), policy: outcome.policy(), denial, step_up, ask }
    }
}

/// What a policy as a whole came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PolicyVerdict {
    /// Its rules hold.
    Matched,
    /// They do not.
    NotMatched,
    /// For want of a fact one cannot tell: an Allow does not apply, a Block does.
    Unknown,
    /// A sign-in decides.
    Pending,
}

/// One policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PolicyExplained {
    /// Id.
    pub id: PolicyId,
    /// Name.
    pub name: String,
    /// `allow`, `deny`, `non_identity` or `bypass`.
    pub action: &'static str,
    /// What its rules came to.
    pub verdict: PolicyVerdict,
    /// False when an earlier policy had decided before this one was asked.
    pub asked: bool,
    /// Its rules.
    #[serde(flatten)]
    pub lists: ListsExplained,
}

/// The three lists of a policy or rule group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ListsExplained {
    /// Any of these.
    pub include: Vec<RuleExplained>,
    /// All of these.
    pub require: Vec<RuleExplained>,
    /// None of these.
    pub exclude: Vec<RuleExplained>,
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleExplained {
    /// The selector's name on the wire.
    pub kind: &'static str,
    /// The rule itself; `None` when it is not known any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<Rule>,
    /// What it said.
    pub verdict: Truth,
    /// Why; `None` for a rule group that was judged by its own rules.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// The fact it looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fact: Option<FactUsed>,
    /// The rule group it names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<GroupExplained>,
}

/// A rule group inside a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GroupExplained {
    /// Id.
    pub id: AccessGroupId,
    /// Name.
    pub name: String,
    /// Its rules.
    #[serde(flatten)]
    pub lists: ListsExplained,
}

/// Which fact a rule looked at, and what it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FactUsed {
    /// `client-address`, `country`, `client-certificate`, `service-token`, `linked-app-token`, `email`, `email-domain`, `groups`,
    /// `login-method`, `authentication-methods`, `authentication-context`, `claim`, `devices`, `external-evaluation` or `risk`.
    pub class: &'static str,
    /// Where it came from: `request`, `sign-in`, `token`, `graph`, `intune`, `identity-protection`, `endpoint` or `none`.
    pub source: &'static str,
    /// How old it was, in seconds; `None` for facts of the request itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub age_seconds: Option<i64>,
    /// Its value in words, cut when it is long; `None` when it was not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

impl FactUsed {
    pub(crate) const fn of_request(class: &'static str) -> Self {
        Self { class, source: "request", age_seconds: None, value: None }
    }
    pub(crate) const fn of_person(class: &'static str, source: &'static str, age: i64) -> Self {
        Self { class, source, age_seconds: Some(age), value: None }
    }
    pub(crate) fn with_value(self, value: Option<String>) -> Self {
        Self { value: value.map(value::cut), ..self }
    }
}

/// Explains the decision that [`crate::evaluate()`] makes from the same arguments.
pub fn explain(set: &PolicySet, facts: &Facts<'_>) -> Explanation {
    let scene = Scene::new(set, facts);
    let first = walk::policies(&scene, &set.first);
    let second = walk::policies(&scene, &set.second);
    let (end, asked) = conclude(&scene, &first, &second);
    let policies = first.into_iter().chain(second).enumerate().map(|(place, weighed)| weighed.explained(place < asked)).collect();
    Explanation { conclusion: end.into(), at: facts.request.now, signed_in: facts.identity.is_some(), policies }
}

/// The verdict from the weighed policies, and how many of them were asked.
fn conclude(scene: &Scene<'_>, first: &[Weighed<'_>], second: &[Weighed<'_>]) -> (Outcome, usize) {
    if let Some(place) = first.iter().position(Weighed::surely_matches) {
        return (first[place].open(), place + 1);
    }
    let signed_in = scene.facts.identity.is_some();
    let place = decider(second, signed_in);
    let asked = first.len() + place.map_or(second.len(), |place| place + 1);
    let decider = place.map(|place| &second[place]);
    let outcome = match decider {
        Some(weighed) if !weighed.blocks() && signed_in => match demands::met(scene, weighed.policy) {
            Met::Yes(_) => weighed.open(),
            Met::No(ask) => Outcome::Ask(ask),
        },
        Some(weighed) if !weighed.blocks() => Outcome::Login,
        _ => refusal(scene, decider),
    };
    (outcome, asked)
}

/// The place of the Allow or Block policy that decides.
fn decider(second: &[Weighed<'_>], signed_in: bool) -> Option<usize> {
    second.iter().position(|weighed| match (weighed.blocks(), signed_in) {
        (true, true) => !weighed.surely_not(),
        (true, false) => weighed.never_not(),
        (false, true) => weighed.surely_matches(),
        (false, false) => weighed.may_match(),
    })
}

fn refusal(scene: &Scene<'_>, decider: Option<&Weighed<'_>>) -> Outcome {
    let signed_in = scene.facts.identity.is_some();
    if signed_in {
        let before = scene.facts.without_identity();
        let before = Scene::new(scene.set, &before);
        let second = walk::policies(&before, &scene.set.second);
        if let (Outcome::Deny(forbidden), _) = conclude(&before, &[], &second) {
            return Outcome::Deny(forbidden);
        }
        if let Some(step_up) = scene.least(opens) {
            return Outcome::StepUp(step_up);
        }
    }
    let (kind, blame) = match decider {
        Some(weighed) => (DenialKind::BlockPolicy, blame::of_block(scene, weighed.policy)),
        None => (DenialKind::NoPolicyMatched, blame::of_no_match(scene)),
    };
    Outcome::Deny(Denial {
        kind: if signed_in { kind } else { DenialKind::NonIdentity },
        policy: blame.policy,
        rule: blame.rule,
        part: blame.part,
        reason: blame.reason,
    })
}

/// The Allow policy that decides in a supposed scene.
fn opens(supposed: Scene<'_>) -> Option<PolicyId> {
    let second = walk::policies(&supposed, &supposed.set.second);
    let decider = &second[decider(&second, true)?];
    (!decider.blocks()).then_some(decider.policy.id)
}
