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

#[tokio::test]
async fn the_header_that_an_application_names_carries_both_halves_and_nothing_else_does() {
    let rig = Rig::start().await;
    let token = rig.service_token("0d9f.access", "a-secret").await;
    rig.wiki_policies(vec![policy(PolicyAction::NonIdentity, Rule::ServiceToken { token_id: token.id }, rig.now())]).await;
    let good = r#"{"cf-access-client-id":"0d9f.access","cf-access-client-secret":"a-secret"}"#;
    assert_ne!(outcome(&rig.ask("wiki.localhost", &[("authorization", good)])), "admit", "no header is named");
    rig.wiki(|app| app.read_service_tokens_from_header = Some("Authorization".into())).await;
    let Verdict::Admit(permit) = rig.ask("wiki.localhost", &[("authorization", good)]) else { panic!("admitted") };
    assert_eq!(permit.token_header().unwrap(), "authorization");
    let pair = [("cf-access-client-id", "0d9f.access"), ("cf-access-client-secret", "a-secret")];
    assert_eq!(outcome(&rig.ask("wiki.localhost", &pair)), "admit", "the pair still works");
    for bad in [
        &[("authorization", good), ("authorization", good)][..],
        &[("authorization", good), pair[0], pair[1]],
        &[("authorization", good), pair[0]],
        &[("authorization", r#"{"cf-access-client-id":"0d9f.access"}"#)],
        &[("authorization", r#"{"cf-access-client-id":"0d9f.access","cf-access-client-secret":"wrong"}"#)],
    ] {
        assert_eq!(outcome(&rig.ask("wiki.localhost", bad)), "service-401", "{bad:?}");
    }
    assert_eq!(outcome(&rig.ask("wiki.localhost", &[("authorization", "Bearer x")])), "forbidden", "not meant for the door");
}

#[tokio::test]
async fn a_use_is_noted_and_what_nobody_uses_is_ended() {
    use model::organization::{InactiveAction, ServiceTokenInactivity};
    let rig = Rig::start().await;
    let (used, idle) = (rig.service_token("0d9f.access", "a-secret").await, rig.service_token("1e8a.access", "b-secret").await);
    let named = rig.service_token("2f7b.access", "c-secret").await;
    rig.wiki_policies(vec![
        policy(PolicyAction::NonIdentity, Rule::AnyValidServiceToken {}, rig.now()),
        policy(PolicyAction::NonIdentity, Rule::ServiceToken { token_id: named.id }, rig.now()),
    ])
    .await;
    let set = |action| {
        rig.store.write(move |tx| {
            let mut organization = tx.organization()?;
            organization.service_token_inactivity = Some(ServiceTokenInactivity { enabled: true, action, threshold_days: 30 });
            tx.put_organization(&organization)
        })
    };
    set(InactiveAction::Disable).await.unwrap();
    rig.pass(31 * 86_400);
    let pair = [("cf-access-client-id", "0d9f.access"), ("cf-access-client-secret", "a-secret")];
    assert_eq!(outcome(&rig.ask("wiki.localhost", &pair)), "admit");
    assert_eq!(rig.guard.clean_up_service_tokens(rig.now()).await.unwrap(), 1);
    let (used_id, idle_id) = (used.id, idle.id);
    let seen = rig.store.read(move |r| Ok((r.service_token_seen(&used_id)?, r.service_token_seen(&idle_id)?))).await.unwrap();
    assert_eq!(seen, (Some(rig.now()), None));
    let on = |id| rig.store.snapshot().service_tokens.get(&id).map(|t| t.enabled);
    assert_eq!((on(used.id), on(idle.id), on(named.id)), (Some(true), Some(false), Some(true)));
    assert_eq!(rig.guard.clean_up_service_tokens(rig.now()).await.unwrap(), 0, "once is enough");
    set(InactiveAction::Delete).await.unwrap();
    rig.pass(31 * 86_400);
    assert_eq!(rig.guard.clean_up_service_tokens(rig.now()).await.unwrap(), 2);
    assert_eq!((on(used.id), on(idle.id), on(named.id)), (None, None, Some(true)));
}

#[tokio::test]
async fn a_service_token_that_ends_soon_is_a_warning_until_it_is_refreshed() {
    let rig = Rig::start().await;
    let mut token = rig.service_token("0d9f.access", "a-secret").await;
    token.expires_at = Some(rig.now().plus_secs(40 * 86_400));
    let put = |token: &model::service_token::ServiceToken| {
        let token = token.clone();
        rig.store.write(move |tx| tx.put_service_token(&token))
    };
    put(&token).await.unwrap();
    let told = async || {
        rig.guard.warn_of_endings(rig.now()).await.unwrap();
        let warnings = rig.store.read(|r| r.warnings()).await.unwrap();
        warnings.into_iter().map(|w| w.finding.text).collect::<Vec<_>>()
    };
    assert!(told().await.is_empty());
    rig.pass(20 * 86_400);
    assert_eq!(told().await, ["the service token \"0d9f.access\" ends in 20 days"]);
    rig.pass(20 * 86_400);
    assert_eq!(told().await, ["the service token \"0d9f.access\" ends today"]);
    token.expires_at = Some(rig.now().plus_secs(365 * 86_400));
    put(&token).await.unwrap();
    assert!(told().await.is_empty());
}

#[tokio::test]
async fn a_preflight_is_answered_by_the_settings_and_opens_nothing() {
    use model::app::{Allowed, CorsHeaders};
    let rig = Rig::start().await;
    let preflight = |origin: &str| {
        let mut headers = http::HeaderMap::new();
        headers.insert("origin", origin.parse().unwrap());
        headers.insert("access-control-request-method", "PUT".parse().unwrap());
        outcome(&rig.ask_with("wiki.localhost", &http::Method::OPTIONS, &headers))
    };
    assert_eq!(preflight("https://charts.localhost"), "preflight", "refused unless the application says otherwise");
    rig.wiki(|app| {
        let (origins, methods) = (Allowed::These(vec!["https://charts.localhost".into()]), Allowed::These(vec!["PUT".into()]));
        let headers = Allowed::These(Vec::new());
        app.cors_headers = Some(CorsHeaders { origins, methods, headers, credentials: true, max_age: None, off: Vec::new() });
    })
    .await;
    assert_eq!((preflight("https://charts.localhost"), preflight("https://evil.example")), ("granted", "preflight"));
    assert_eq!(outcome(&rig.ask("wiki.localhost", &[("origin", "https://charts.localhost")])), "login");
}
