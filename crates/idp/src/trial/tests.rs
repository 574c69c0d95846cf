//! What a sign-in tells of its set-up, fact by fact.

use std::collections::BTreeMap;

use model::{
    Secret,
    identity::{DirectoryGroup, EmailTrust, GroupSource, Groups, GroupsUnknown, SubjectKey},
    idp::{EntraOptions, EntraSettings},
};
use serde_json::json;

use super::*;
use crate::entra::Severity;
use crate::{Membership, entra::diagnose};

const ASKED: [&str; 6] = ["openid", "profile", "email", "offline_access", "User.Read", "GroupMember.Read.All"];

fn config(claims: &[&str]) -> IdpConfig {
    IdpConfig::Entra(EntraSettings {
        client_id: "b7d1e3f0-2c48-4f6d-9a55-71c0de8840aa".into(),
        directory_id: "6f0c2b1e-93d4-4a57-8e21-0d9b7c5e4a10".parse().unwrap(),
        support_groups: true,
        conditional_access_enabled: false,
        email_claim_name: None,
        claims: claims.iter().map(ToString::to_string).collect(),
        prompt: None,
        pkce_enabled: true,
        cloud: None,
        own: EntraOptions::default(),
    })
}

fn mara() -> SignedIn {
    let at = Timestamp::from_secs(1_790_000_000);
    let group = |n: usize| DirectoryGroup {
        id: format!("6f0c2b1e-93d4-4a57-8e21-0d9b7c5e4a{n:02}").parse().unwrap(),
        name: Some(format!("Berth {n}")),
    };
    SignedIn {
        key: SubjectKey { issuer: "6f0c2b1e-93d4-4a57-8e21-0d9b7c5e4a10".into(), subject: "3d9a4f72-5e1b-4c0d-8f36-2b7e61c9d014".into() },
        email: "mara@harbourworks.example".parse().unwrap(),
        email_claim: "email".into(),
        email_trust: EmailTrust::TenantMember,
        membership: Membership::Member,
        name: "Mara Lindqvist".into(),
        upn: Some("mara@harbourworks.example".into()),
        groups: Groups::known((10..22).map(group).collect(), GroupSource::Graph, at),
        amr: Vec::new(),
        contexts: Vec::new(),
        claims: BTreeMap::from([("team".to_owned(), json!("tugs"))]),
        sid: Some("s".into()),
        refresh_token: Some(Secret::new("r")),
        granted: Some(
            ["openid", "profile", "email", "https://graph.microsoft.com/User.Read", "groupmember.read.all"].map(str::to_owned).into(),
        ),
        skew_secs: Some(-2),
    }
}

fn of(person: &SignedIn) -> Vec<Finding> {
    findings(&config(&["team", "ship"]), &ASKED, person)
}

#[track_caller]
fn one<'a>(found: &'a [Finding], code: &str) -> &'a Finding {
    found.iter().find(|f| f.code == code).unwrap_or_else(|| panic!("no {code} in {found:#?}"))
}

#[test]
fn a_whole_sign_in_has_only_the_missing_claim_to_say() {
    let found = of(&mara());
    let warnings: Vec<&str> = found.iter().filter(|f| f.severity >= Severity::Warning).map(|f| &*f.code).collect();
    assert_eq!(warnings, ["claim-missing"]);
    assert!(one(&found, "person").text.contains("object id 3d9a4f72-5e1b-4c0d-8f36-2b7e61c9d014"));
    assert!(one(&found, "groups").text.starts_with("12 groups, read from Microsoft Graph at 20"));
    assert!(
        one(&found, "groups")
            .text
            .ends_with("Berth 10, Berth 11, Berth 12, Berth 13, Berth 14, Berth 15, Berth 16, Berth 17, Berth 18, Berth 19 and 2 more")
    );
    assert!(one(&found, "clock").text.contains("2 s ahead of"));
    assert!(found.iter().all(|f| !f.text.contains("r\"") && (f.fix.is_some() == (f.severity >= Severity::Warning))));
}

#[test]
fn each_thing_that_is_missing_says_what_it_costs() {
    let whole = mara();
    for (person, code, cost) in [
        (SignedIn { refresh_token: None, ..whole.clone() }, "refresh-token-missing", "liveness is off"),
        (SignedIn { email_trust: EmailTrust::Unverified, ..whole.clone() }, "email-unverified", "never let them in"),
        (SignedIn { sid: None, ..whole.clone() }, "sid-missing", "does not end the session"),
        (SignedIn { upn: None, ..whole.clone() }, "upn-missing", "SCIM"),
        (SignedIn { skew_secs: Some(90), ..whole.clone() }, "clock-skew", "90 s behind"),
        (
            SignedIn { granted: Some(vec!["openid".into(), "profile".into(), "email".into(), "User.Read".into()]), ..whole.clone() },
            "permission-missing",
            "GroupMember.Read.All",
        ),
        (
            SignedIn { groups: Groups::Unknown { reason: GroupsUnknown::GraphRefused, at: Timestamp::from_secs(1) }, ..whole.clone() },
            "groups-graph-refused",
            "never let this person in",
        ),
    ] {
        let found = of(&person);
        assert!(one(&found, code).text.contains(cost), "{}", one(&found, code).text);
        assert_eq!(one(&found, code).severity, Severity::Warning);
    }
    let far = of(&SignedIn { skew_secs: Some(-400), ..whole.clone() });
    assert_eq!(one(&far, "clock-skew").severity, Severity::Fault);
    let wider = of(&SignedIn { granted: Some(["openid", "profile", "email", "Directory.Read.All"].map(str::to_owned).into()), ..whole });
    one(&wider, "permissions");
}

#[test]
fn another_provider_is_not_told_what_helps_with_entra() {
    let settings = json!({"client_id": "doorward", "auth_url": "", "token_url": "", "certs_url": "", "scopes": ["openid"],
        "claims": ["ship"], "email_claim_name": null, "prompt": null, "pkce_enabled": true});
    let config = IdpConfig::Oidc(serde_json::from_value(settings).unwrap());
    let bare = SignedIn {
        email_trust: EmailTrust::Unverified,
        membership: Membership::NotTold,
        upn: None,
        groups: Groups::Unknown { reason: GroupsUnknown::NotRequested, at: Timestamp::from_secs(1) },
        sid: None,
        refresh_token: None,
        ..mara()
    };
    let found = findings(&config, &["openid", "harbour", "offline_access"], &bare);
    let warnings: Vec<&str> = found.iter().filter(|f| f.severity >= Severity::Warning).map(|f| &*f.code).collect();
    assert_eq!(warnings, ["email-unverified", "claim-missing", "permission-missing", "refresh-token-missing", "sid-missing"]);
    assert!(one(&found, "permission-missing").text.contains("the scope harbour"));
    assert!(one(&found, "refresh-token-missing").fix.as_ref().unwrap().contains("prompt to consent"));
    for finding in found {
        let words = format!("{} {}", finding.text, finding.fix.unwrap_or_default());
        for word in ["Entra", "Microsoft", "admin consent", "delegated", "optional claim", "object id", "user principal"] {
            assert!(!words.contains(word), "{word}: {words}");
        }
    }
}

#[test]
fn a_fault_is_named_as_the_check_names_it() {
    let of = |error: &str, text: &str| fault(&diagnose(error, text).into());
    assert_eq!(of("invalid_client", "AADSTS7000215: x").code, "secret-refused");
    assert_eq!(of("access_denied", "AADSTS65004: x").code, "provider-refused");
    assert!(of("access_denied", "AADSTS65004: <script>").text.ends_with("(AADSTS65004)"));
    let down = SignInError::Down { what: "the token endpoint", detail: "<b>busy</b>".into() };
    assert_eq!((&*fault(&down).code, fault(&down).text.contains('<')), ("provider-down", false));
    assert_eq!(Said::of(&down).unwrap().text, "<b>busy</b>");
    assert_eq!(Said::of(&SignInError::NoEmail(vec!["email: absent".into()])), None);
}
