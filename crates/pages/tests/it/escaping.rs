//! Hostile text stays text, wherever it comes from.

use model::{
    Reference,
    app::{FooterLink, LauncherLook},
    identity::GroupsUnknown,
    organization::LoginDesign,
};
use pages::{
    Blocked, Choice, ContextNotGranted, Deactivated, Detail, Difference, Explained, Forbidden, Language, Launcher, ListedFault,
    LoginMethod, Look, Marked, NoSeat, NoUpstream, NotFound, OriginDown, OriginFault, Pasted, ProviderDown, Refusal, SignInFailed,
    SignInFault, SignedOut, TestFailed, TestFinding, TestGoing, TestHelp, TestMark, TestPassed, TestSaid, TestWaiting, Tile,
};

const EVIL: &str = r#"</p><script>alert("x")</script><img src=x onerror='y'>"#;
const RUNS: &str = "javascript:alert(document.cookie)";

fn evil() -> String {
    EVIL.to_owned()
}
fn reference() -> Reference {
    Reference::from_bytes([1; 16])
}

fn hostile_look() -> Look {
    let design = LoginDesign {
        background_color: Some(evil()),
        text_color: Some("red}*{display:none".into()),
        header_text: Some(evil()),
        footer_text: Some(evil()),
        logo_path: Some(format!("https://a.example/\"><script>{RUNS}")),
    };
    Look::new(EVIL, &design)
}

fn hostile_pages(look: &Look, lang: Language) -> Vec<String> {
    vec![
        Choice {
            app: evil(),
            methods: vec![LoginMethod { name: evil(), url: "/\"><script>".into() }, LoginMethod { name: evil(), url: RUNS.into() }],
            help_url: Some(RUNS.into()),
        }
        .render(look, lang),
        Blocked {
            app: evil(),
            email: evil(),
            refusal: Refusal::BlockPolicy,
            policy: Some(evil()),
            rule_kind: Some(evil()),
            detail: Some(Detail::GroupsUnknown(GroupsUnknown::Incomplete)),
            custom_message: Some(evil()),
            reference: reference(),
            other_account_url: RUNS.into(),
            sign_out_url: "//evil.example/".into(),
        }
        .render(look, lang),
        Forbidden {
            app: evil(),
            policy: Some(evil()),
            rule_kind: Some(evil()),
            detail: Some(Detail::EmailUnverified),
            reference: reference(),
        }
        .render(look, lang),
        NoSeat { app: evil(), email: evil(), reference: reference(), retry_url: RUNS.into(), other_account_url: RUNS.into() }
            .render(look, lang),
        Deactivated { email: evil(), reference: reference(), other_account_url: RUNS.into() }.render(look, lang),
        SignedOut { sign_in_url: Some(RUNS.into()) }.render(look, lang),
        SignInFailed {
            provider: evil(),
            fault: SignInFault::ProviderError,
            code: Some(evil()),
            cause: Some(evil()),
            fix: Some(evil()),
            reference: reference(),
            retry_url: RUNS.into(),
        }
        .render(look, lang),
        ProviderDown { provider: evil(), retry_url: RUNS.into(), reference: reference() }.render(look, lang),
        ContextNotGranted {
            app: evil(),
            provider: evil(),
            email: evil(),
            context: evil(),
            context_id: evil(),
            reference: reference(),
            retry_url: RUNS.into(),
            other_account_url: RUNS.into(),
        }
        .render(look, lang),
        NotFound { host: evil() }.render(look, lang),
        NoUpstream { app: evil(), reference: reference() }.render(look, lang),
        OriginDown { app: evil(), fault: OriginFault::BadAnswer, reference: reference() }.render(look, lang),
        Launcher {
            name: evil(),
            email: evil(),
            apps: vec![Tile { name: evil(), url: RUNS.into(), logo: Some(RUNS.into()), tags: vec![evil()] }],
            tag: Some(evil()),
            launcher: LauncherLook {
                footer_links: vec![FooterLink { name: evil(), url: RUNS.into() }],
                app_launcher_logo_url: Some(RUNS.into()),
                ..LauncherLook::default()
            },
            sign_out_url: RUNS.into(),
        }
        .render(look, lang),
    ]
}

#[test]
fn hostile_text_is_shown_and_never_obeyed() {
    for lang in Language::ALL {
        let look = hostile_look();
        for html in hostile_pages(&look, lang) {
            assert!(!html.contains("<script"), "{html}");
            assert!(!html.contains("<img src=x"), "{html}");
            assert!(!html.contains("href=\"javascript:") && !html.contains("href=\"//"), "{html}");
            assert_eq!(html.matches("<html").count(), 1);
        }
        assert!(!look.stylesheet().contains("display:none") && !look.stylesheet().contains("script"));
    }
}

#[test]
fn an_error_code_is_shown_only_when_it_is_a_plain_word() {
    let with = |code: &str| SignInFailed { code: Some(code.into()), ..SignInFailed::sample() }.render(&Look::default(), Language::English);
    assert!(with("AADSTS50011").contains("<code>AADSTS50011</code>"));
    for text in ["AADSTS50011: The redirect URI 'https://evil.example' does not match", "", &"A".repeat(65)] {
        assert!(!with(text).contains("Error code"), "{text}");
    }
}

#[test]
fn what_the_provider_or_a_person_wrote_stays_text_on_the_pages_of_a_test() {
    let own = "<script src=\"/cdn-cgi/access/test.js\" defer></script>";
    let finding = || TestFinding { mark: TestMark::Fault, text: evil(), fix: Some(evil()) };
    let said = TestSaid {
        error: evil(),
        code: Some(evil()),
        correlation_id: Some(evil()),
        trace_id: Some(evil()),
        at: Some(evil()),
        text: evil(),
    };
    let marked = || Marked { before: evil(), middle: evil(), after: evil() };
    let mut waiting = TestWaiting { provider: evil(), started_by: evil(), ..TestWaiting::sample_pasted() };
    waiting.help = TestHelp {
        callback: evil(),
        client_id: evil(),
        directory: Some(evil()),
        rows: vec![ListedFault { codes: vec![evil()], recognise: None, cause: evil(), fix: evil() }],
        pasted: Some(Pasted {
            text: format!("</textarea>{EVIL}"),
            registered: format!("\"{EVIL}"),
            explained: vec![Explained { label: evil(), cause: evil(), fix: evil() }],
            differences: vec![Difference { theirs: marked(), ours: marked() }],
            received_as_sent: true,
        }),
    };
    let look = Look::default();
    for lang in Language::ALL {
        for html in [
            TestPassed { provider: evil(), findings: vec![finding()], identity: evil(), ..TestPassed::sample() }.render(&look, lang),
            TestFailed {
                provider: evil(),
                findings: vec![finding()],
                sent: vec![(evil(), evil())],
                said: Some(said.clone()),
                ..TestFailed::sample()
            }
            .render(&look, lang),
            waiting.render(&look, lang),
            TestGoing { provider: evil(), url: RUNS.into() }.render(&look, lang),
        ] {
            let html = html.replace(own, "");
            assert!(!html.contains("<script") && !html.contains("<img src=x") && !html.contains("</textarea></p>"), "{html}");
            assert!(!html.contains("javascript:"), "{html}");
        }
    }
}
