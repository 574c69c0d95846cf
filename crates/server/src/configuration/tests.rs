//! Plans, computed from files and from what a server is said to have.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::{
    Prune,
    current::{Current, Object},
    document::Document,
    kinds,
    plan::{self, Act, Plan},
};

fn object(id: &str, value: Value) -> Object {
    let name = value["name"].as_str().unwrap_or(id).to_owned();
    Object { id: id.to_owned(), name, value, parts: [].into(), secrets: Vec::new() }
}

const PILOTS: &str = "00000000-0000-4000-8000-000000000001";
const CREW: &str = "00000000-0000-4000-8000-000000000002";
const NIGHT: &str = "00000000-0000-4000-8000-000000000003";
const WIKI: &str = "00000000-0000-4000-8000-000000000004";
const ALLOW: &str = "00000000-0000-4000-8000-000000000005";

fn harbour() -> Current {
    let everyone = json!([{ "everyone": {} }]);
    let mut wiki = object(WIKI, json!({ "name": "wiki", "type": "self_hosted", "session_duration": "24h", "policies": [ALLOW] }));
    wiki.parts.insert("upstream", json!({ "url": "http://127.0.0.1:1", "host_header": null }));
    Current(
        [
            ("identity_providers", vec![]),
            ("service_tokens", vec![]),
            (
                "groups",
                vec![
                    object(PILOTS, json!({ "name": "Pilots", "include": everyone, "exclude": [] })),
                    object(CREW, json!({ "name": "Crew", "include": everyone })),
                    object(NIGHT, json!({ "name": "Crew", "include": [{ "group": { "id": PILOTS } }] })),
                ],
            ),
            ("policies", vec![object(ALLOW, json!({ "name": "Allow", "decision": "allow", "include": [{ "group": { "id": PILOTS } }] }))]),
            ("apps", vec![wiki]),
            ("organization", vec![object("organization", json!({ "name": "Harbour Works" }))]),
        ]
        .into(),
    )
}

fn plan(file: Value, prune: Prune) -> Result<Plan, Vec<String>> {
    let kinds = file.as_object().unwrap().iter().map(|(key, value)| {
        let objects = value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
        (kinds::named(key).unwrap(), objects)
    });
    plan::make(Document { folder: PathBuf::new(), kinds: kinds.collect() }, harbour(), prune)
}

fn told(file: Value, prune: Prune) -> Vec<(Act, String)> {
    let plan = plan(file, prune).unwrap();
    plan.steps
        .iter()
        .map(|step| (step.act, format!("{}{}", step.name, step.part.map(|p| format!("/{}", p.key)).unwrap_or_default())))
        .collect()
}

#[test]
fn what_is_so_already_is_no_step() {
    let same = json!({
        "groups": [{ "name": "Pilots", "include": [{ "everyone": {} }] }],
        "policies": [{ "name": "Allow", "include": [{ "group": { "id": "Pilots" } }], "session_duration": null }],
        "apps": [{ "name": "wiki", "policies": ["Allow"], "doorward": { "upstream": { "url": "http://127.0.0.1:1" } } }],
        "organization": { "name": "Harbour Works" },
    });
    assert_eq!(told(same, Prune::Nothing), []);
    assert_eq!(told(json!({}), Prune::Listed), [], "kinds that the file does not have are left alone");
}

#[test]
fn new_objects_come_before_those_that_name_them() {
    let file = json!({
        "groups": [{ "name": "All", "include": [{ "group": { "id": "Divers" } }] }, { "name": "Divers", "include": [{ "service_token": { "token_id": "probe" } }] }],
        "service_tokens": [{ "name": "probe" }],
        "apps": [{ "name": "wiki", "policies": ["Divers in"], "doorward": { "upstream": { "url": "http://127.0.0.1:2" } } }, { "name": "mail", "doorward": { "upstream": { "url": "http://127.0.0.1:3" } } }],
        "policies": [{ "name": "Divers in", "include": [{ "group": { "id": "Divers" } }] }],
    });
    let expected = [
        (Act::Create, "probe"),
        (Act::Create, "Divers"),
        (Act::Create, "All"),
        (Act::Create, "Divers in"),
        (Act::Update, "wiki"),
        (Act::Update, "wiki/upstream"),
        (Act::Create, "mail"),
        (Act::Create, "mail/upstream"),
    ];
    let mut steps = told(file, Prune::Nothing);
    // What does not depend on each other may stand in any order.
    steps.sort_by_key(|(_, name)| expected.iter().position(|(_, expected)| expected == name));
    assert_eq!(steps, expected.map(|(act, name)| (act, name.to_owned())));

    let file = json!({ "groups": [{ "name": "A", "include": [{ "group": { "id": "B" } }] }, { "name": "B", "include": [{ "group": { "id": "A" } }] }] });
    let faults = plan(file, Prune::Nothing).unwrap_err();
    assert!(faults[0].contains("need each other") && faults[0].contains("\"A\""), "{faults:?}");
    let file = json!({ "groups": [{ "name": "All", "include": [{ "group": { "id": "Divers" } }] }, { "name": "Divers", "include": [] }] });
    let plan = plan(file, Prune::Nothing).unwrap();
    assert_eq!(plan.steps.iter().map(|step| step.name.as_str()).collect::<Vec<_>>(), ["Divers", "All"]);
}

#[test]
fn names_that_say_too_little_are_refused_with_the_candidates() {
    let file = json!({
        "groups": [{ "name": "Crew" }, { "name": "Pilots" }, { "name": "Pilots" }, { "id": WIKI, "name": "x" }],
        "policies": [{ "name": "p", "include": [{ "group": { "id": "Crew" } }, { "group": { "id": "Divers" } }] }],
    });
    let faults = plan(file, Prune::Nothing).unwrap_err();
    assert_eq!(faults.len(), 5, "{faults:#?}");
    assert!(faults[0].starts_with("groups/0: 2 objects are called \"Crew\"") && faults[0].contains(NIGHT), "{}", faults[0]);
    assert!(faults[1].starts_with("groups/2: is the same object"), "{}", faults[1]);
    assert!(faults[2].starts_with("groups/3: the server has no group"), "{}", faults[2]);
    assert!(faults[3].starts_with("policies/0/include/0/group/id: 2 objects are called") && faults[3].contains(CREW), "{}", faults[3]);
    assert!(faults[4].ends_with("there is no group \"Divers\"; there is: Crew, Pilots, x"), "{}", faults[4]);
}

#[test]
fn what_is_not_in_the_file_goes_only_when_asked_and_in_order() {
    let file = || json!({ "groups": [], "policies": [], "apps": [{ "name": "wiki", "policies": [], "doorward": { "upstream": null } }] });
    let kept = [(Act::Update, "wiki".to_owned()), (Act::Delete, "wiki/upstream".to_owned())];
    assert_eq!(told(file(), Prune::Nothing), kept);
    let steps = told(file(), Prune::Listed);
    assert_eq!(steps[..2], kept);
    let at = |name: &str| steps.iter().position(|(act, step)| *act == Act::Delete && step == name).unwrap();
    assert_eq!(steps.len(), 6, "one policy and three groups: {steps:?}");
    assert!(at("Allow") < at("Pilots"), "the policy names the group: {steps:?}");
}

#[test]
fn a_change_keeps_what_the_file_does_not_mention() {
    let plan = plan(json!({ "apps": [{ "id": WIKI, "name": "Wiki", "session_duration": "12h" }] }), Prune::Nothing).unwrap();
    assert_eq!(plan.steps[0].body, json!({ "name": "Wiki", "type": "self_hosted", "session_duration": "12h", "policies": [ALLOW] }));
    let text = plan.text();
    assert!(
        text.contains("~ application \"Wiki\"\n    /name: \"wiki\" -> \"Wiki\"\n    /session_duration: \"24h\" -> \"12h\"\n"),
        "{text}"
    );
    assert!(text.ends_with("Plan: 0 to make, 1 to change, 0 to remove.\n"), "{text}");
    assert_eq!(plan.json()["steps"][0]["changes"][1], json!({ "path": "/session_duration", "before": "24h", "after": "12h" }));
}

#[test]
fn secrets_are_asked_for_when_they_are_sent_and_never_shown() {
    let provider = |secret: Value| json!({ "identity_providers": [{ "name": "Entra ID", "type": "azureAD", "config": { "client_id": "x", "client_secret": secret } }] });
    let faults = plan(provider(json!({ "env": "DOORWARD_TEST_NO_SUCH_VARIABLE" })), Prune::Nothing).unwrap_err();
    assert!(faults[0].starts_with("identity_providers/0/config/client_secret: the environment has no variable"), "{faults:?}");
    let faults = plan(provider(json!("q3H8Q~vX1")), Prune::Nothing).unwrap_err();
    assert!(faults[0].contains("{env: NAME}") && !faults[0].contains("q3H8Q"), "{faults:?}");
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let plan = plan(provider(json!({ "file": file })), Prune::Nothing).unwrap();
    let shown = format!("{}{}{:?}", plan.text(), plan.json(), plan.steps);
    assert!(shown.contains("/config/client_secret: (secret)") && !shown.contains("[package]"), "{shown}");
}
