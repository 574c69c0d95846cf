//! Which groups are named, and which way: through rule groups, circles and excludes.

use model::{SessionDuration, Timestamp, access_policy::PolicyLink, app::AppCookies, app::AppKind};

use super::*;

const AT: Timestamp = Timestamp::from_secs(1_790_000_000);

fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(number: u32) -> T {
    format!("00000000-0000-4000-8000-{number:012x}").parse().unwrap()
}

fn entra(group: u32) -> Rule {
    Rule::AzureGroup { id: id(group), identity_provider_id: id(1) }
}

fn group(number: u32, name: &str, include: Vec<Rule>, exclude: Vec<Rule>) -> (AccessGroupId, Arc<AccessGroup>) {
    let rules = RuleSet { include, require: vec![], exclude };
    (id(number), Arc::new(AccessGroup { id: id(number), name: name.into(), rules, is_default: false, created_at: AT, updated_at: AT }))
}

fn policy(number: u32, decision: PolicyAction, rules: RuleSet) -> (PolicyId, Arc<AccessPolicy>) {
    let name = format!("Policy {number}");
    let owner = (number == 3).then(|| id(30));
    let policy = AccessPolicy {
        id: id(number),
        name,
        decision,
        rules,
        session_duration: None,
        demands: Default::default(),
        owner,
        created_at: AT,
        updated_at: AT,
    };
    (id(number), Arc::new(policy))
}

fn app(number: u32, name: &str, policies: &[u32]) -> (AppId, Arc<App>) {
    let app = App {
        id: id(number),
        aud: model::Audience::from_bytes([1; 32]),
        kind: AppKind::SelfHosted,
        name: name.into(),
        destinations: vec!["wiki.harbourworks.example".parse().unwrap()],
        session_duration: SessionDuration::hours(24),
        allowed_idps: vec![],
        auto_redirect_to_identity: false,
        app_launcher_visible: true,
        logo_url: None,
        cookies: AppCookies::default(),
        options_preflight_bypass: false,
        cors_headers: None,
        custom_pages: vec![],
        read_service_tokens_from_header: None,
        custom_deny_message: None,
        custom_deny_url: None,
        custom_non_identity_deny_url: None,
        service_auth_401_redirect: false,
        skip_interstitial: false,
        allow_iframe: false,
        tags: vec![],
        policies: policies.iter().map(|policy| PolicyLink { id: id(*policy), precedence: *policy }).collect(),
        generation: 0,
        created_at: AT,
        updated_at: AT,
    };
    (id(number), Arc::new(app))
}

#[test]
fn a_group_is_found_wherever_it_decides_and_which_way() {
    let elsewhere = Rule::AzureGroup { id: id(500), identity_provider_id: id(2) };
    let groups = BTreeMap::from([
        group(10, "Crew", vec![entra(100), Rule::Group { id: id(11) }], vec![entra(101)]),
        // A circle: it may not be saved, and must not hang anything.
        group(11, "Round", vec![Rule::Group { id: id(10) }, entra(102)], vec![]),
        group(12, "Unused", vec![entra(103), elsewhere], vec![entra(103)]),
    ]);
    let rules = |include: Vec<Rule>, exclude: Vec<Rule>| RuleSet { include, require: vec![], exclude };
    let policies = BTreeMap::from([
        policy(1, PolicyAction::Allow, rules(vec![Rule::Group { id: id(10) }], vec![])),
        policy(2, PolicyAction::Deny, rules(vec![Rule::Everyone {}], vec![Rule::Group { id: id(10) }])),
        policy(3, PolicyAction::Deny, rules(vec![entra(100)], vec![])),
        policy(4, PolicyAction::Bypass, RuleSet { require: vec![entra(104)], ..rules(vec![Rule::Everyone {}], vec![]) }),
        policy(5, PolicyAction::Allow, rules(vec![entra(104)], vec![entra(104)])),
    ]);
    let apps = BTreeMap::from([app(30, "Payroll", &[3]), app(31, "Wiki", &[1, 4])]);
    let found = named(Rules { policies: &policies, groups: &groups, apps: &apps }, &id(1));
    let shown: Vec<(u32, Vec<String>, Vec<String>)> = found
        .iter()
        .map(|(group, named)| {
            let number = (100..105).find(|number| *group == id(*number)).unwrap();
            let uses =
                named.policies.iter().map(|used| format!("{} {} {}", used.name, used.effect.of_missing(), used.applications.join("+")));
            (number, uses.collect(), named.rule_groups.clone())
        })
        .collect();
    let text = |list: &[&str]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(
        shown,
        [
            (100, text(&["Policy 1 refused Wiki", "Policy 2 refused ", "Policy 3 let_in Payroll"]), text(&["Crew"])),
            (101, text(&["Policy 1 let_in Wiki", "Policy 2 let_in "]), text(&["Crew"])),
            (102, text(&["Policy 1 refused Wiki", "Policy 2 refused "]), text(&["Round"])),
            (103, text(&[]), text(&["Unused"])),
            (104, text(&["Policy 4 refused Wiki", "Policy 5 refused ", "Policy 5 let_in "]), text(&[])),
        ]
    );
}
