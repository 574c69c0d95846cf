//! Harbour Works for the matrix: who comes, and what the applications' policies are.

use model::{
    access_policy::{
        AccessPolicy,
        PolicyAction::{self, Allow, Bypass, Deny, NonIdentity},
    },
    identity::{GroupsUnknown, Identity, Verdict},
    posture::ComplianceStatus::{Compliant, NonCompliant},
    readings::{Readings, Risk},
    rule::{RiskLevel, Rule, RuleSet},
};
use policy::{Fact, RequestFacts};
use serde_json::json;

use crate::cast::*;

pub struct Application {
    pub name: &'static str,
    pub policies: Vec<AccessPolicy>,
}

pub struct Persona {
    pub name: &'static str,
    pub identity: Option<Identity>,
    pub request: RequestFacts<'static>,
    pub readings: Option<Readings>,
}

/// What an id on the page stands for.
pub fn name(text: &str) -> String {
    let named = [
        (pilots().to_string(), "Pilots"),
        (night_pilots().to_string(), "Night Pilots"),
        (dock_crew().to_string(), "Dock Crew"),
        (list_id(1).to_string(), "(Mara, Ilo, Aida)"),
        (list_id(2).to_string(), "(the office, the ship)"),
        (group_id(1).to_string(), "Crew = Pilots or Dock Crew, but not from AQ"),
        (group_id(2).to_string(), "On duty = Crew and Night Pilots"),
        (token(1).to_string(), "crane"),
        (app_id(1).to_string(), "wiki"),
        (uuid(8, 1).to_string(), "all devices compliant"),
    ];
    named.iter().find(|(id, _)| id == text).map_or_else(|| text.to_owned(), |(_, name)| (*name).to_owned())
}

pub fn rule_groups_of_harbour() -> RuleGroups {
    rule_groups([
        (1, rules(vec![azure(pilots()), azure(dock_crew())], vec![], vec![geo("AQ")])),
        (2, rules(vec![rule_group(1)], vec![azure(night_pilots())], vec![])),
    ])
}

fn app(name: &'static str, policies: Vec<(&str, PolicyAction, RuleSet)>) -> Application {
    let policies = (1u32..).zip(policies).map(|(n, (name, action, rules))| policy(n, name, action, rules)).collect();
    Application { name, policies }
}
fn any(include: Vec<Rule>) -> RuleSet {
    rules(include, vec![], vec![])
}

pub fn applications() -> Vec<Application> {
    let staff = || ("Staff", Allow, any(vec![domain("harbourworks.example")]));
    let okta = || rule(json!({"okta": {"name": "Partners", "identity_provider_id": idp(7)}}));
    vec![
        app("wiki", vec![staff()]),
        app("charts", vec![("Pilots", Allow, any(vec![azure(pilots())]))]),
        app("night shift", vec![("Night Pilots", Allow, any(vec![azure(night_pilots())]))]),
        app("cranes", vec![("No pilots", Deny, any(vec![azure(pilots())])), ("Everyone else", Allow, any(vec![everyone()]))]),
        app("canteen", vec![("Not Bram", Deny, any(vec![email("bram@harbourworks.example")])), staff()]),
        app("payroll", vec![("Pilots in Portugal", Allow, rules(vec![azure(pilots())], vec![geo("PT")], vec![]))]),
        app(
            "yard",
            vec![
                ("On duty", Allow, any(vec![rule_group(2)])),
                ("Crew from the office", Allow, rules(vec![rule_group(1)], vec![on_ip_list(2)], vec![])),
            ],
        ),
        app("roster", vec![("On the list", Allow, any(vec![on_email_list(1)]))]),
        app(
            "metrics",
            vec![("Robots", NonIdentity, any(vec![any_token()])), ("Mara", Allow, any(vec![email("mara@harbourworks.example")]))],
        ),
        app(
            "sensors",
            vec![
                ("Agent 7", NonIdentity, any(vec![common_name("agent-7")])),
                ("Staff with a certificate", Allow, rules(vec![domain("harbourworks.example")], vec![certificate()], vec![])),
            ],
        ),
        app("archive", vec![("The wiki", NonIdentity, any(vec![linked(1)]))]),
        app("status", vec![("Office", Bypass, any(vec![ip("203.0.113.0/24")]))]),
        app("vault", vec![("Healthy devices", Allow, rules(vec![azure(pilots())], vec![all_compliant()], vec![]))]),
        app("bank", vec![("High risk", Deny, any(vec![risk(&["high"])])), staff()]),
        app("bridge", vec![("Pilots with a key", Allow, rules(vec![azure(pilots())], vec![context("c1")], vec![]))]),
        app("audit", vec![("Cleared", Allow, any(vec![evaluated()]))]),
        app("partners", vec![("Kept out", Deny, any(vec![okta()])), staff()]),
        app("empty", vec![]),
    ]
}

pub fn personas() -> Vec<Persona> {
    let at_home = request();
    let abroad = RequestFacts { country: Fact::Known("SE"), ip: Some(address("198.51.100.7")), ..at_home };
    let nowhere = RequestFacts { country: Fact::Unknown, ip: None, ..at_home };
    let persona = |name, identity, request| Persona { name, identity, request, readings: None };
    let mara = || person("mara", &[pilots()]);
    let known = |devices, level| {
        let devices = reading([("mara", vec![devices])]);
        Readings { risk: [(entra(), reading([("mara", Risk::Level(level))]))].into(), devices: [(intune(), devices)].into() }
    };
    let with = |readings, persona: Persona| Persona { readings: Some(readings), ..persona };
    vec![
        persona("a visitor at home", None, at_home),
        persona("a visitor from nowhere", None, nowhere),
        persona("a robot with the token of the crane", None, RequestFacts { service_token: Some(token(1)), ..abroad }),
        persona(
            "a machine with the certificate agent-7",
            None,
            RequestFacts { certificate: Fact::Known(Some(shown(Some("agent-7")))), ..abroad },
        ),
        persona("the wiki, handing on a token", None, RequestFacts { linked_app: Some(app_id(1)), ..abroad }),
        persona("Mara, pilot, at home", Some(mara()), at_home),
        persona("Mara abroad", Some(mara()), abroad),
        persona("Mara from an unknown country", Some(mara()), nowhere),
        persona("Mara with a certificate", Some(mara()), RequestFacts { certificate: Fact::Known(Some(shown(Some("mara")))), ..at_home }),
        with(known(Compliant, RiskLevel::Low), persona("Mara, healthy device, low risk", Some(mara()), at_home)),
        with(known(NonCompliant, RiskLevel::High), persona("Mara, unhealthy device, high risk", Some(mara()), at_home)),
        persona("Mara, cleared, with context c1", Some(judged(&stepped_up(&mara(), &["c1"], &["c1"]), Verdict::Yes)), at_home),
        persona("Ilo, night pilot and so pilot", Some(person("ilo", &[pilots(), night_pilots()])), abroad),
        persona("Bram, no groups, refused by the endpoint", Some(judged(&person("bram", &[]), Verdict::No)), abroad),
        persona(
            "Tessa, groups not told, endpoint silent",
            Some(judged(&without_groups("tessa", GroupsUnknown::GraphRefused), Verdict::Nothing)),
            abroad,
        ),
        persona("Pat, guest, address not vouched for", Some(guest("pat")), abroad),
    ]
}
