//! Tokens of other applications, and tokens without their binding.

use guard::Verdict;
use model::{access_policy::PolicyAction, rule::Rule};

use crate::rig::{PILOTS, Rig, outcome, policy};

#[tokio::test]
async fn another_applications_token_is_a_fact_and_never_a_session() {
    let rig = Rig::start().await;
    let (live, token) = rig.sign_in("ilo", &[PILOTS]).await;
    let handed_on = [("cf-access-token", token.as_str())];
    assert_eq!(outcome(&rig.ask("payroll.localhost", &handed_on)), "login", "no policy asks for it");
    rig.payroll_policies(vec![policy(PolicyAction::NonIdentity, Rule::LinkedAppToken { app_uid: rig.wiki }, rig.now())]).await;
    let Verdict::Admit(permit) = rig.ask("payroll.localhost", &handed_on) else { panic!("admitted") };
    assert_eq!(permit.subject().user_id(), None);
    assert!(permit.email().is_none() && permit.set_cookie().is_none());
    let cookie = format!("CF_Authorization={token}");
    assert_ne!(outcome(&rig.ask("payroll.localhost", &[("cookie", &cookie)])), "admit", "only the header carries it");
    let mine = rig.payroll_token(&live);
    let both = [handed_on[0], ("cookie", &format!("CF_Authorization={mine}"))];
    assert_eq!(outcome(&rig.ask("payroll.localhost", &both)), "admit", "two tokens of two applications are no tampering");
    assert_eq!(outcome(&rig.ask("payroll.localhost", &[handed_on[0], handed_on[0]])), "forbidden", "doubled");
    rig.guard.log_out(&live).await.unwrap();
    assert!(permit.cut().is_cut(), "what it opened ends with the session");
    assert_ne!(outcome(&rig.ask("payroll.localhost", &handed_on)), "admit");
}

#[tokio::test]
async fn a_linked_token_dies_with_its_time_and_its_applications_generation() {
    let rig = Rig::start().await;
    let (_, token) = rig.sign_in("ilo", &[PILOTS]).await;
    rig.payroll_policies(vec![policy(PolicyAction::NonIdentity, Rule::LinkedAppToken { app_uid: rig.wiki }, rig.now())]).await;
    let ask = |token: &str| outcome(&rig.ask("payroll.localhost", &[("cf-access-token", token)]));
    assert_eq!(ask(&token), "admit");
    assert_ne!(ask(&format!("{token}x")), "admit");
    rig.wiki(|app| app.generation += 1).await;
    assert_ne!(ask(&token), "admit", "withdrawn");
    let (_, fresh) = rig.sign_in("ilo", &[PILOTS]).await;
    assert_eq!(ask(&fresh), "admit");
    rig.pass(3601);
    assert_ne!(ask(&fresh), "admit", "its time is over");
}

#[tokio::test]
async fn a_programs_assertion_may_be_handed_on_too() {
    let rig = Rig::start().await;
    let token = rig.service_token("0d9f.access", "a-secret").await;
    rig.wiki_policies(vec![policy(PolicyAction::NonIdentity, Rule::ServiceToken { token_id: token.id }, rig.now())]).await;
    let pair = [("cf-access-client-id", "0d9f.access"), ("cf-access-client-secret", "a-secret")];
    let Verdict::Admit(permit) = rig.ask("wiki.localhost", &pair) else { panic!("admitted") };
    let assertion = permit.assertion().unwrap().to_str().unwrap().to_owned();
    rig.payroll_policies(vec![policy(PolicyAction::NonIdentity, Rule::LinkedAppToken { app_uid: rig.wiki }, rig.now())]).await;
    assert_eq!(outcome(&rig.ask("payroll.localhost", &[("cf-access-token", &assertion)])), "admit");
    rig.store.write(move |tx| tx.remove_service_token(&token.id)).await.unwrap();
    assert_ne!(outcome(&rig.ask("payroll.localhost", &[("cf-access-token", &assertion)])), "admit");
}

#[tokio::test]
async fn with_the_binding_cookie_a_token_alone_is_worth_nothing() {
    let rig = Rig::start().await;
    let (live, unbound) = rig.sign_in("ilo", &[PILOTS]).await;
    rig.wiki(|app| app.cookies.binding = true).await;
    assert_eq!(rig.with_token("wiki.localhost", &unbound), "login", "from before the setting");
    let app = rig.guard.app(&rig.wiki).unwrap();
    let address = app.app.domain().unwrap();
    let cookies = || rig.guard.app_cookies(&app, app.policies[0].id, &live, &[address], rig.now()).unwrap();
    let value = |cookies: &[String], name: &str| {
        let found = cookies.iter().find(|c| c.starts_with(&format!("{name}="))).unwrap();
        found.split(['=', ';']).nth(1).unwrap().to_owned()
    };
    let (mine, other) = (cookies(), cookies());
    assert!(mine[1].contains("; HttpOnly; ") && mine[1].contains("; Secure; "), "{}", mine[1]);
    let (token, bound) = (value(&mine, "CF_Authorization"), value(&mine, "CF_Binding"));
    assert!(!token.contains(&bound));
    let with =
        |binding: &str| outcome(&rig.ask("wiki.localhost", &[("cookie", &format!("CF_Authorization={token}; CF_Binding={binding}"))]));
    assert_eq!(with(&bound), "admit");
    assert_eq!(with(&value(&other, "CF_Binding")), "login", "another sign-in's");
    assert_eq!(with(""), "login");
    assert_eq!(rig.with_token("wiki.localhost", &token), "login");
    assert_eq!(outcome(&rig.ask("wiki.localhost", &[("cf-access-token", &token)])), "login", "not for programs");
    rig.wiki(|app| app.cookies.binding = false).await;
    assert_eq!(rig.with_token("wiki.localhost", &token), "login", "a bound token stays bound");
    assert_eq!(rig.with_token("wiki.localhost", &unbound), "admit");
}

#[tokio::test]
async fn what_a_linked_token_opened_is_cut_when_its_application_withdraws_its_tokens_or_goes() {
    let rig = Rig::start().await;
    let by_token = |action| policy(action, Rule::LinkedAppToken { app_uid: rig.wiki }, rig.now());
    for action in [PolicyAction::NonIdentity, PolicyAction::Bypass] {
        rig.payroll_policies(vec![by_token(action)]).await;
        let stream = async || {
            let (_, token) = rig.sign_in("ilo", &[PILOTS]).await;
            let Verdict::Admit(permit) = rig.ask("payroll.localhost", &[("cf-access-token", token.as_str())]) else { panic!("admitted") };
            permit
        };
        let permit = stream().await;
        rig.wiki(|app| app.name.push('!')).await;
        assert!(!permit.cut().is_cut(), "another change is none of its business");
        rig.wiki(|app| app.generation += 1).await;
        tokio::time::timeout(std::time::Duration::from_secs(5), permit.cut().clone().wait()).await.expect("cut at once");
        let permit = stream().await;
        rig.pass(3601);
        rig.guard.tend(rig.now()).await.unwrap();
        assert!(permit.cut().is_cut(), "the token's time is over");
    }
    let (_, token) = rig.sign_in("ilo", &[PILOTS]).await;
    let Verdict::Admit(permit) = rig.ask("payroll.localhost", &[("cf-access-token", token.as_str())]) else { panic!("admitted") };
    let wiki = rig.wiki;
    rig.store.write(move |tx| tx.remove_app(&wiki)).await.unwrap();
    tokio::time::timeout(std::time::Duration::from_secs(5), permit.cut().clone().wait()).await.expect("cut at once");
}

#[tokio::test]
async fn what_a_linked_token_opened_by_a_bypass_is_cut_with_its_session_at_once() {
    let rig = Rig::start().await;
    rig.payroll_policies(vec![policy(PolicyAction::Bypass, Rule::LinkedAppToken { app_uid: rig.wiki }, rig.now())]).await;
    let (ilo, handed_on) = rig.sign_in("ilo", &[PILOTS]).await;
    let asked = [("cf-access-token", handed_on.as_str())];
    let Verdict::Admit(permit) = rig.ask("payroll.localhost", &asked) else { panic!("admitted") };
    assert!(!permit.cut().is_cut());
    rig.guard.log_out(&ilo).await.unwrap();
    tokio::time::timeout(std::time::Duration::from_secs(5), permit.cut().clone().wait()).await.expect("cut at once");
    assert_ne!(outcome(&rig.ask("payroll.localhost", &asked)), "admit");
}

#[tokio::test]
async fn a_stream_that_another_rule_admits_outlives_the_linked_token() {
    let rig = Rig::start().await;
    let by = |rule| policy(PolicyAction::Bypass, rule, rig.now());
    rig.payroll_policies(vec![by(Rule::LinkedAppToken { app_uid: rig.wiki }), by(Rule::Everyone {})]).await;
    let (ilo, handed_on) = rig.sign_in("ilo", &[PILOTS]).await;
    let Verdict::Admit(permit) = rig.ask("payroll.localhost", &[("cf-access-token", &handed_on)]) else { panic!("admitted") };
    rig.guard.log_out(&ilo).await.unwrap();
    let waited = tokio::time::timeout(std::time::Duration::from_millis(50), permit.cut().clone().wait());
    assert!(waited.await.is_err() && !permit.cut().is_cut());
}

#[tokio::test]
async fn a_token_that_opens_its_own_application_no_more_opens_no_other() {
    let rig = Rig::start().await;
    let (_, token) = rig.sign_in("ilo", &[PILOTS]).await;
    rig.payroll_policies(vec![policy(PolicyAction::NonIdentity, Rule::LinkedAppToken { app_uid: rig.wiki }, rig.now())]).await;
    let ask = || outcome(&rig.ask("payroll.localhost", &[("cf-access-token", token.as_str())]));
    assert_eq!(ask(), "admit");
    let email = "tessa@harbourworks.example".parse().unwrap();
    rig.wiki_policies(vec![policy(PolicyAction::Allow, Rule::Email { email }, rig.now())]).await;
    assert_eq!(rig.with_token("wiki.localhost", &token), "blocked", "an edit withdrew it");
    assert_ne!(ask(), "admit");
}

#[tokio::test]
async fn a_token_in_the_header_is_checked_once_a_request_also_where_it_is_not_remembered() {
    let rig = Rig::start_remembering(1_000).await;
    // The first has the only room there is, and the second takes it, as one newcomer in thirty-two does.
    for name in ["ilo", "mara"] {
        let (_, token) = rig.sign_in(name, &[PILOTS]).await;
        assert_eq!(rig.with_token("wiki.localhost", &token), "admit");
    }
    let checked = || rig.guard.counts().signatures.get();
    for host in ["wiki.localhost", "payroll.localhost"] {
        let (_, token) = rig.sign_in("tessa", &[PILOTS]).await;
        let before = checked();
        rig.ask(host, &[("cf-access-token", &token)]);
        assert_eq!(checked(), before + 1, "{host}");
    }
}
