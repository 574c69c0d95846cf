//! Properties that hold for every set of policies and every request.

use model::{
    ObjectId,
    access_policy::{AccessPolicy, PolicyAction},
    auth_context::{ContextId, ContextSet},
    identity::{AuthContexts, EmailTrust, Groups, GroupsUnknown, HeldContext, Identity, Verdict},
    readings::Readings,
    rule::{Rule, RuleSet},
};
use policy::{Conclusion, Fact, Facts, Outcome, PolicySet, Presented, RequestFacts, contexts_to_ask, evaluate, explain};
use proptest::{
    collection::vec,
    option,
    prelude::*,
    sample::{select, subsequence},
};
use serde_json::json;

use crate::cast::*;

const CONTEXTS: [&str; 3] = ["c1", "c2", "c3"];

fn any_rule() -> impl Strategy<Value = Rule> {
    let groups = vec![pilots(), night_pilots(), dock_crew()];
    prop_oneof![
        1 => Just(everyone()),
        2 => select(vec!["mara@harbourworks.example", "ilo@harbourworks.example"]).prop_map(email),
        1 => select(vec!["harbourworks.example", "other.example"]).prop_map(domain),
        2 => select(vec!["PT", "SE"]).prop_map(geo),
        1 => select(vec!["203.0.113.0/24", "198.51.100.0/24"]).prop_map(ip),
        3 => select(groups).prop_map(azure),
        1 => (1u32..3).prop_map(|n| Rule::LoginMethod { id: idp(n) }),
        1 => Just(Rule::AuthMethod { auth_method: "mfa".into() }),
        1 => Just(any_token()),
        1 => (1u32..3).prop_map(|n| Rule::ServiceToken { token_id: token(n) }),
        1 => Just(posture()),
        3 => (select(CONTEXTS.to_vec()), 1u32..4).prop_map(|(id, n)| context_of(id, idp(n.max(2) - 1))),
        1 => Just(all_compliant()),
        1 => Just(risk(&["low", "unscored"])),
        // Three lists, of which one is missing, asked for by both kinds of rule.
        2 => (1u32..4, any::<bool>()).prop_map(|(n, people)| if people { on_email_list(n) } else { on_ip_list(n) }),
        1 => Just(certificate()),
        1 => select(vec!["agent-7", "agent-8"]).prop_map(common_name),
        1 => (1u32..3).prop_map(linked),
        2 => Just(evaluated()),
        1 => select(elsewhere()),
        // Five groups that may name each other, so cycles and holes come up by themselves.
        2 => (1u32..7).prop_map(rule_group),
    ]
}
/// Rules whose facts nobody can tell.
fn elsewhere() -> Vec<Rule> {
    let idp = entra().to_string();
    vec![
        rule(json!({"okta": {"name": "Ops", "identity_provider_id": idp}})),
        rule(json!({"gsuite": {"email": "ops@corp.example", "identity_provider_id": idp}})),
        rule(json!({"github-organization": {"name": "acme", "team": "core", "identity_provider_id": idp}})),
        rule(json!({"saml": {"attribute_name": "group", "attribute_value": "ops", "identity_provider_id": idp}})),
        rule(json!({"cloudflare_account_member": {"account_id": "6f0c2b1e93d44a578e210d9b7c5e4a10"}})),
        rule(json!({"oidc": {"claim_name": "team", "claim_value": "ops", "identity_provider_id": idp}})),
    ]
}
fn any_rules() -> impl Strategy<Value = RuleSet> {
    (vec(any_rule(), 0..4), vec(any_rule(), 0..3), vec(any_rule(), 0..3))
        .prop_map(|(include, require, exclude)| rules(include, require, exclude))
}
fn any_action() -> impl Strategy<Value = PolicyAction> {
    prop_oneof![
        4 => Just(PolicyAction::Allow),
        2 => Just(PolicyAction::Deny),
        1 => Just(PolicyAction::NonIdentity),
        1 => Just(PolicyAction::Bypass),
    ]
}
fn any_set() -> impl Strategy<Value = PolicySet> {
    let groups = vec(any_rules(), 0..6);
    (vec((any_action(), any_rules()), 0..5), groups).prop_map(|(policies, groups)| {
        let policies: Vec<AccessPolicy> = (1u32..).zip(policies).map(|(n, (action, rules))| policy(n, "P", action, rules)).collect();
        compile(&policies, &rule_groups((1u32..).zip(groups)))
    })
}

/// Facts that can be taken away one by one.
#[derive(Debug, Clone)]
struct World {
    country: Option<&'static str>,
    ip: bool,
    token: Option<u32>,
    certificate: Fact<Option<Presented<'static>>>,
    linked_app: Option<u32>,
    identity: Option<Identity>,
    readings: Option<Readings>,
}

impl World {
    fn facts(&self) -> Facts<'_> {
        Facts {
            request: RequestFacts {
                ip: self.ip.then(|| address("203.0.113.9")),
                country: self.country.map_or(Fact::Unknown, Fact::Known),
                service_token: self.token.map(token),
                certificate: self.certificate,
                linked_app: self.linked_app.map(app_id),
                now: NOW,
            },
            identity: self.identity.as_ref(),
            readings: self.readings.as_ref(),
            standing: None,
        }
    }
    /// The same world with one known fact made unknown.
    fn dimmer(&self) -> Vec<World> {
        let mut all = vec![World { country: None, ..self.clone() }, World { ip: false, ..self.clone() }];
        all.push(World { readings: None, ..self.clone() });
        all.push(World { certificate: Fact::Unknown, ..self.clone() });
        if let Some(identity) = &self.identity {
            let with = |identity| World { identity: Some(identity), ..self.clone() };
            all.push(with(Identity { email_trust: EmailTrust::Unverified, ..identity.clone() }));
            all.push(with(Identity { amr: vec![], ..identity.clone() }));
            all.push(with(Identity { evaluations: vec![], ..identity.clone() }));
            let groups = Groups::Unknown { reason: GroupsUnknown::GraphFailed, at: NOW };
            all.push(with(Identity { groups, ..identity.clone() }));
            let held_only = AuthContexts { asked: vec![], ..identity.contexts.clone() };
            all.push(with(Identity { contexts: held_only, ..identity.clone() }));
            all.push(with(Identity { contexts: AuthContexts::default(), ..identity.clone() }));
        }
        all
    }
}

fn any_person() -> impl Strategy<Value = Identity> {
    let groups: Vec<ObjectId> = vec![pilots(), night_pilots(), dock_crew()];
    let (asked, held) = (subsequence(CONTEXTS.to_vec(), 0..=3), subsequence(CONTEXTS.to_vec(), 0..=2));
    let said = select(vec![None, Some(Verdict::Yes), Some(Verdict::No), Some(Verdict::Nothing)]);
    (select(vec!["mara", "ilo", "bram"]), subsequence(groups, 0..=3), asked, held, said).prop_map(|(name, groups, asked, held, said)| {
        let person = stepped_up(&person(name, &groups), &asked, &held);
        said.map(|said| judged(&person, said)).unwrap_or(person)
    })
}
fn any_world() -> impl Strategy<Value = World> {
    let countries = vec![None, Some("PT"), Some("SE")];
    let readings = option::of(Just(readings_of_mara()));
    let names = [None, Some("agent-7"), Some("agent-9")].map(|name| Fact::Known(Some(shown(name))));
    let certificates = [Fact::Unknown, Fact::Known(None)].into_iter().chain(names).collect::<Vec<_>>();
    let machine = (option::of(1u32..3), select(certificates), option::of(1u32..3));
    (select(countries), any::<bool>(), machine, option::of(any_person()), readings).prop_map(
        |(country, ip, (token, certificate, linked_app), identity, readings)| World {
            country,
            ip,
            token,
            certificate,
            linked_app,
            identity,
            readings,
        },
    )
}

/// The person after a step-up at which all of these were granted.
fn granting(person: &Identity, ids: ContextSet) -> Identity {
    let mut contexts = person.contexts.clone();
    contexts.held.extend(ids.iter().map(|id| HeldContext { id, at: NOW }));
    Identity { contexts, ..person.clone() }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_explanation_agrees_with_the_fast_verdict(set in any_set(), world in any_world()) {
        let fast = evaluate(&set, &world.facts()).outcome;
        let long = explain(&set, &world.facts());
        prop_assert_eq!(long.conclusion, Conclusion::from(fast));
        // Whoever lets in must be shown as matched and asked; a decision is made by the last one that was asked.
        if fast.is_open() {
            let last = long.policies.iter().rfind(|p| p.asked).unwrap();
            prop_assert_eq!(Some(last.id), fast.policy());
            prop_assert_eq!(last.verdict, policy::PolicyVerdict::Matched);
        }
    }

    #[test]
    fn taking_knowledge_away_never_opens(set in any_set(), world in any_world()) {
        let before = evaluate(&set, &world.facts()).outcome;
        for dimmer in world.dimmer() {
            let after = evaluate(&set, &dimmer.facts()).outcome;
            // Forgetting that a context was refused may ask for it again; nothing else turns a refusal into a question.
            let contexts = |world: &World| world.identity.as_ref().map(|i| i.contexts.clone());
            if matches!(before, Outcome::Deny(_)) && contexts(&dimmer) == contexts(&world) {
                prop_assert!(matches!(after, Outcome::Deny(_)), "{:?} became {:?} in {:?}", before, after, dimmer);
            }
            if after.is_open() {
                prop_assert!(before.is_open(), "{:?} became {:?} in {:?}", before, after, dimmer);
            }
        }
    }

    #[test]
    fn with_a_person_nothing_is_pending_and_no_sign_in_is_asked_for(set in any_set(), world in any_world()) {
        let facts = world.facts();
        if facts.identity.is_some() {
            prop_assert_ne!(evaluate(&set, &facts).outcome, Outcome::Login);
            let text = serde_json::to_string(&explain(&set, &facts)).unwrap();
            prop_assert!(!text.contains("pending"));
        }
    }

    #[test]
    fn who_is_forbidden_before_the_sign_in_is_never_admitted_after_it(set in any_set(), world in any_world(), person in any_person()) {
        let visitor = World { identity: None, ..world };
        let after = World { identity: Some(person), ..visitor.clone() };
        let before = evaluate(&set, &visitor.facts()).outcome;
        let after = evaluate(&set, &after.facts()).outcome;
        match before {
            Outcome::Deny(_) => prop_assert_eq!(after, before),
            Outcome::Bypass { .. } | Outcome::ServiceAuth { .. } => prop_assert_eq!(after, before),
            Outcome::Login | Outcome::Allow { .. } | Outcome::StepUp(_) | Outcome::Ask(_) => {}
        }
        let admitted = matches!(before, Outcome::Allow { .. } | Outcome::StepUp(_) | Outcome::Ask(_));
        prop_assert!(!admitted, "an Allow without a person");
    }

    #[test]
    fn a_step_up_asks_for_exactly_what_opens_and_no_refusal_could_have_been_one(set in any_set(), world in any_world()) {
        let Some(person) = &world.identity else { return Ok(()) };
        let granted = |ids: ContextSet| World { identity: Some(granting(person, ids)), ..world.clone() };
        let outcome = |ids| evaluate(&set, &granted(ids).facts()).outcome;
        let unasked: Vec<ContextId> =
            CONTEXTS.iter().map(|id| context_id(id)).filter(|id| person.contexts.satisfied(*id).is_none()).collect();
        match outcome(ContextSet::EMPTY) {
            Outcome::StepUp(step_up) => {
                prop_assert_eq!(step_up.idp, person.idp);
                prop_assert!(!step_up.contexts.is_empty());
                prop_assert!(step_up.contexts.iter().all(|id| unasked.contains(&id)));
                prop_assert_eq!(outcome(step_up.contexts), Outcome::Allow { policy: step_up.policy });
                for id in step_up.contexts.iter() {
                    let fewer = outcome(step_up.contexts.without(id));
                    prop_assert_ne!(fewer, Outcome::Allow { policy: step_up.policy });
                }
            }
            Outcome::Deny(_) => {
                for some in 1..1u8 << unasked.len() {
                    let ids = unasked.iter().enumerate().filter(|(n, _)| some & 1 << n != 0).map(|(_, id)| *id).collect();
                    prop_assert!(!outcome(ids).is_open(), "{:?} opens", ids);
                }
            }
            _ => {}
        }
    }

    #[test]
    fn nobody_passes_without_what_the_first_sign_in_asks_for(set in any_set(), world in any_world(), person in any_person()) {
        let facts = world.facts();
        let asked = contexts_to_ask(&set, &facts.request, &entra());
        let after = evaluate(&set, &Facts { identity: Some(&person), ..facts }).outcome;
        if let Outcome::Allow { .. } = after {
            prop_assert!(asked.iter().all(|id| person.contexts.satisfied(id) == Some(true)), "{:?} without {:?}", after, asked);
        }
    }

    #[test]
    fn without_continuous_rules_the_request_does_not_matter(set in any_set(), a in any_world(), b in any_world()) {
        if !set.has_continuous_rules() {
            let b = World { identity: a.identity.clone(), ..b };
            prop_assert_eq!(evaluate(&set, &a.facts()), evaluate(&set, &b.facts()));
        }
    }
}
