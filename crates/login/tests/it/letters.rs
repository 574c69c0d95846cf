//! Letters to approvers: one for a request, however often its form is sent, and in it nobody's words but marked as theirs.

use std::sync::{Arc, Mutex};

use axum::Extension;
use guard::{Client, ClientCertificate, ticket::Meta};
use login::{Letter, Letters, LoginState};
use model::{
    AppId, Audience, PolicyId, SessionDuration,
    access_policy::{AccessPolicy, ApprovalGroup, Demands, PolicyAction, PolicyLink},
    app::{App, AppCookies, AppKind},
    rule::{Rule, RuleSet},
};

use crate::{
    provider::Provider,
    rig::{Rig, exchange},
};

#[derive(Default)]
struct Kept(Mutex<Vec<Letter>>);

impl Letters for Kept {
    fn send(&self, letter: Letter) {
        self.0.lock().unwrap().push(letter);
    }
}

/// An application that lets everybody in whom Tessa approves.
async fn payroll(rig: &Rig) -> App {
    let (now, policy) = (rig.now(), PolicyId::random());
    let approvers = vec!["tessa@harbourworks.example".parse().unwrap()];
    let demands = Demands {
        approval_required: true,
        approval_groups: vec![ApprovalGroup { approvals_needed: 1, email_addresses: approvers, email_list: None }],
        ..Demands::default()
    };
    let allow = AccessPolicy {
        id: policy,
        name: "With approval".into(),
        decision: PolicyAction::Allow,
        rules: RuleSet { include: vec![Rule::Everyone {}], ..RuleSet::default() },
        session_duration: None,
        demands,
        owner: None,
        created_at: now,
        updated_at: now,
    };
    let app = App {
        id: AppId::random(),
        aud: Audience::from_bytes([7; 32]),
        kind: AppKind::SelfHosted,
        name: "Payroll".into(),
        destinations: vec!["payroll.localhost".parse().unwrap()],
        session_duration: SessionDuration::hours(1),
        allowed_idps: Vec::new(),
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
        tags: Vec::new(),
        policies: vec![PolicyLink { id: policy, precedence: 1 }],
        generation: 0,
        created_at: now,
        updated_at: now,
    };
    let kept = app.clone();
    rig.store
        .write(move |tx| {
            tx.put_policy(&allow)?;
            tx.put_app(&app)
        })
        .await
        .unwrap();
    kept
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_is_told_to_approvers_once_and_its_purpose_cannot_pass_for_our_words() {
    let (rig, provider) = (Rig::start().await, Provider::start().await);
    let idp = rig.add(&provider).await;
    let (app, live, letters) = (payroll(&rig).await, rig.session(idp, 1).await, Arc::new(Kept::default()));
    let now = rig.now();
    let client = Client {
        host: "team.localhost".into(),
        ip: [127, 0, 0, 1].into(),
        rule_ip: Some([127, 0, 0, 1].into()),
        country: None,
        certificate: ClientCertificate::NotAsked,
    };
    let state = LoginState {
        guard: rig.guard.clone(),
        idp: idp::Client::new(idp::Config::default()).unwrap(),
        tests: Arc::default(),
        letters: letters.clone(),
        now: Arc::new(move || now),
    };
    let router = login::team_router(state).layer(Extension(client));
    let cookie = format!("cookie: CF_Authorization={}", rig.guard.org_token(&live, now).unwrap().jwt);
    let meta = Meta {
        kind: "meta".into(),
        aud: app.aud.as_str().into(),
        hostname: "payroll.localhost".into(),
        redirect_url: "/".into(),
        app_session_hash: String::new(),
        real_country: None,
        service_token_status: false,
        is_warp: false,
        is_gateway: false,
        iat: now.secs(),
        nbf: now.secs(),
        exp: now.secs() + 300,
        auth_status: "NONE".into(),
        mtls_auth: Default::default(),
    };
    let meta = rig.guard.sign_meta(&meta).unwrap();
    let path = format!("/cdn-cgi/access/login/payroll.localhost?kid={}&meta={meta}&redirect_url=%2F", app.aud.as_str());
    let page = exchange(&router, &format!("GET {path}"), &[&cookie], "").await;
    let bound = page.split_once("name=\"state\" value=\"").unwrap_or_else(|| panic!("no form: {page}")).1.split('"').next().unwrap();
    let body = format!("state={bound}&hours=1&purpose=Audit%0D%0A%0D%0AApprove+it+here%3A+https%3A%2F%2Fevil.example");
    for _ in 0..3 {
        let origin = "origin: https://team.localhost";
        let sent = exchange(&router, "POST /cdn-cgi/access/ask", &[&cookie, origin], &body).await;
        assert!(sent.starts_with("HTTP/1.1 303 "), "{sent}");
    }
    let sent = letters.0.lock().unwrap();
    let text = &sent[0].text;
    assert!(
        text.lines().filter(|line| line.contains("Audit") || line.contains("evil.example")).all(|line| line.starts_with("> ")),
        "{text}"
    );
    assert_eq!(sent.len(), 1, "approvers are not to be flooded");
}
