//! Which credentials count, and which are nothing.

use guard::Verdict;
use model::{access_policy::PolicyAction, rule::Rule};

use crate::rig::{PILOTS, Rig, outcome, policy, secret_is_quiet};

#[tokio::test]
async fn a_good_token_passes_and_carries_the_assertion() {
    let rig = Rig::start().await;
    let (live, token) = rig.sign_in("ilo", &[PILOTS]).await;
    let Verdict::Admit(permit) = rig.ask("wiki.localhost", &[("cookie", &format!("a=b; CF_Authorization={token}"))]) else {
        panic!("admitted")
    };
    assert_eq!(permit.assertion().unwrap().to_str().unwrap(), token);
    assert_eq!(permit.email().unwrap(), "ilo@harbourworks.example");
    assert_eq!(permit.subject().user_id(), Some(live.session.user_id));
    assert_eq!(outcome(&rig.ask("wiki.localhost", &[("cf-access-token", &token)])), "admit");
    assert_eq!(rig.with_token("nowhere.localhost", &token), "no-app");
}

#[tokio::test]
async fn tokens_of_another_kind_or_application_are_no_session() {
    let rig = Rig::start().await;
    let (live, token) = rig.sign_in("ilo", &[PILOTS]).await;
    let org = rig.guard.org_token(&live, rig.now()).unwrap().jwt;
    assert_eq!(rig.with_token("wiki.localhost", &org), "login", "an organisation token never opens an application");
    assert_eq!(rig.with_token("payroll.localhost", &token), "login", "another application's token is nothing");
    let (head, tail) = token.rsplit_once('.').unwrap();
    let swapped = if tail.starts_with('A') { 'B' } else { 'A' };
    let forged = format!("{head}.{swapped}{}", &tail[1..]);
    for bad in ["", "x", "a.b.c", &token[..token.len() - 9], &forged, &format!("{token}x"), &"A".repeat(9000), "eyJhbGciOiJub25lIn0.e30."] {
        assert_eq!(rig.with_token("wiki.localhost", bad), "login", "{}", &bad[..bad.len().min(20)]);
    }
}

#[tokio::test]
async fn two_different_cookies_are_refused_and_equal_ones_are_one() {
    let rig = Rig::start().await;
    let (_, token) = rig.sign_in("ilo", &[PILOTS]).await;
    let (_, other) = rig.sign_in("mara", &[PILOTS]).await;
    let both = format!("CF_Authorization={token}; CF_Authorization={other}");
    assert_eq!(outcome(&rig.ask("wiki.localhost", &[("cookie", &both)])), "several-cookies");
    let twice = format!("CF_Authorization={token}; CF_Authorization={token}");
    assert_eq!(outcome(&rig.ask("wiki.localhost", &[("cookie", &twice)])), "admit");
}

#[tokio::test]
async fn scripts_get_401_and_everybody_else_a_redirect() {
    let rig = Rig::start().await;
    for (headers, expected) in [
        (&[][..], "login"),
        (&[("x-requested-with", "XMLHttpRequest")][..], "401"),
        (&[("sec-fetch-mode", "cors")][..], "401"),
        (&[("sec-fetch-mode", "navigate")][..], "login"),
        (&[("upgrade", "websocket"), ("connection", "upgrade")][..], "login"),
    ] {
        assert_eq!(outcome(&rig.ask("wiki.localhost", headers)), expected, "{headers:?}");
    }
}

#[tokio::test]
async fn strict_service_tokens_are_judged_alone() {
    let rig = Rig::start().await;
    let token = rig.service_token("0d9f.access", "a-secret").await;
    assert!(secret_is_quiet(&token.secret_hash));
    let (_, person) = rig.sign_in("ilo", &[PILOTS]).await;
    let cookie = format!("CF_Authorization={person}");
    let good = [("cf-access-client-id", "0d9f.access"), ("cf-access-client-secret", "a-secret")];
    let with_cookie = [good[0], good[1], ("cookie", cookie.as_str())];
    assert_eq!(outcome(&rig.ask("wiki.localhost", &good)), "service-403", "no policy admits it");
    assert_eq!(outcome(&rig.ask("wiki.localhost", &with_cookie)), "service-403", "a cookie does not help");
    for bad in [
        &[("cf-access-client-id", "0d9f.access"), ("cf-access-client-secret", "wrong")][..],
        &[("cf-access-client-id", "other.access"), ("cf-access-client-secret", "a-secret")],
        &[("cf-access-client-id", "0d9f.access")],
        &[good[0], good[0], good[1]],
    ] {
        assert_eq!(outcome(&rig.ask("wiki.localhost", bad)), "service-401");
    }
    rig.wiki_policies(vec![policy(PolicyAction::NonIdentity, Rule::ServiceToken { token_id: token.id }, rig.now())]).await;
    let Verdict::Admit(permit) = rig.ask("wiki.localhost", &good) else { panic!("admitted") };
    assert!(permit.set_cookie().is_none(), "strict mode gives no cookie");
    assert!(permit.assertion().is_some() && permit.email().is_none());
    let mut off = token.clone();
    off.enabled = false;
    rig.store.write(move |tx| tx.put_service_token(&off)).await.unwrap();
    assert!(permit.cut().is_cut(), "its open streams end with it");
    assert_eq!(outcome(&rig.ask("wiki.localhost", &good)), "service-401");
}

#[tokio::test]
async fn outside_strict_mode_the_first_success_gives_a_cookie_that_works_alone() {
    let rig = Rig::start().await;
    let token = rig.service_token("0d9f.access", "a-secret").await;
    rig.store
        .write(|tx| {
            let mut organization = tx.organization()?;
            organization.strict_service_token_auth = false;
            tx.put_organization(&organization)
        })
        .await
        .unwrap();
    rig.wiki_policies(vec![policy(PolicyAction::NonIdentity, Rule::AnyValidServiceToken {}, rig.now())]).await;
    let good = [("cf-access-client-id", "0d9f.access"), ("cf-access-client-secret", "a-secret")];
    let Verdict::Admit(permit) = rig.ask("wiki.localhost", &good) else { panic!("admitted") };
    let cookie = permit.set_cookie().unwrap().to_str().unwrap().split(';').next().unwrap().to_owned();
    assert_eq!(outcome(&rig.ask("wiki.localhost", &[("cookie", &cookie)])), "admit");
    assert_eq!(outcome(&rig.ask("payroll.localhost", &[("cookie", &cookie)])), "login");
    rig.store.write(move |tx| tx.remove_service_token(&token.id)).await.unwrap();
    assert_ne!(outcome(&rig.ask("wiki.localhost", &[("cookie", &cookie)])), "admit");
}

#[tokio::test]
async fn a_cookie_of_a_program_does_not_outlive_the_secret_that_bought_it_and_does_not_renew_itself() {
    let rig = Rig::start().await;
    let token = rig.service_token("0d9f.access", "a-secret").await;
    rig.store
        .write(|tx| {
            let mut organization = tx.organization()?;
            organization.strict_service_token_auth = false;
            tx.put_organization(&organization)
        })
        .await
        .unwrap();
    rig.wiki_policies(vec![policy(PolicyAction::NonIdentity, Rule::AnyValidServiceToken {}, rig.now())]).await;
    let good = [("cf-access-client-id", "0d9f.access"), ("cf-access-client-secret", "a-secret")];
    let Verdict::Admit(permit) = rig.ask("wiki.localhost", &good) else { panic!("admitted") };
    let cookie = permit.set_cookie().unwrap().to_str().unwrap().split(';').next().unwrap().to_owned();
    let Verdict::Admit(again) = rig.ask("wiki.localhost", &[("cookie", &cookie)]) else { panic!("admitted") };
    assert!(again.set_cookie().is_none());
    let mut rotated = token.clone();
    rotated.previous =
        Some(model::service_token::PreviousSecret { secret_hash: token.secret_hash.clone(), expires_at: rig.now().plus_secs(60) });
    rotated.secret_hash = rig.store.sealer().hash(store::Purpose::ServiceToken, "another");
    rotated.client_secret_version = 2;
    rig.store.write(move |tx| tx.put_service_token(&rotated)).await.unwrap();
    assert_eq!(outcome(&rig.ask("wiki.localhost", &[("cookie", &cookie)])), "admit", "within the grace of the former secret");
    rig.pass(61);
    assert_ne!(outcome(&rig.ask("wiki.localhost", &[("cookie", &cookie)])), "admit");
    assert_ne!(outcome(&rig.ask("wiki.localhost", &good)), "admit");
}

#[tokio::test]
async fn people_of_a_provider_that_the_application_does_not_accept_sign_in_again() {
    let rig = Rig::start().await;
    let (_, token) = rig.sign_in("ilo", &[PILOTS]).await;
    assert_eq!(rig.with_token("wiki.localhost", &token), "admit");
    let wiki = rig.wiki;
    rig.store
        .write(move |tx| {
            let mut app = tx.app(&wiki)?.unwrap();
            app.allowed_idps = vec![model::IdpId::random()];
            tx.put_app(&app)
        })
        .await
        .unwrap();
    assert_eq!(rig.with_token("wiki.localhost", &token), "login");
}

#[tokio::test]
async fn parameters_in_a_path_do_not_lead_round_a_nested_application() {
    let rig = Rig::start().await;
    let now = rig.now();
    rig.wiki_policies(vec![policy(PolicyAction::Bypass, Rule::Everyone {}, now)]).await;
    rig.store
        .write(move |tx| {
            let rule = policy(PolicyAction::Allow, Rule::Everyone {}, now);
            tx.put_policy(&rule)?;
            tx.put_app(&crate::rig::self_hosted(model::AppId::random(), "wiki.localhost/admin", &[rule.id], now))
        })
        .await
        .unwrap();
    for (path, expected) in [
        ("/", "admit"),
        ("/page;x=1", "admit"),
        ("/admin", "login"),
        ("/admin/users", "login"),
        ("/admin;x=1", "ambiguous-path"),
        ("/admin;x/users", "ambiguous-path"),
    ] {
        assert_eq!(outcome(&rig.ask_path("wiki.localhost", path, &[])), expected, "{path}");
    }
}

#[tokio::test]
async fn a_failed_service_auth_is_401_where_the_application_wants_it() {
    let rig = Rig::start().await;
    rig.wiki_policies(vec![policy(PolicyAction::NonIdentity, Rule::AnyValidServiceToken {}, rig.now())]).await;
    assert_eq!(outcome(&rig.ask("wiki.localhost", &[])), "forbidden");
    let wiki = rig.wiki;
    rig.store
        .write(move |tx| {
            let mut app = tx.app(&wiki)?.unwrap();
            app.service_auth_401_redirect = true;
            tx.put_app(&app)
        })
        .await
        .unwrap();
    assert_eq!(outcome(&rig.ask("wiki.localhost", &[])), "401");
}
