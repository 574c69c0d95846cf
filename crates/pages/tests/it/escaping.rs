//! Hostile text stays text, wherever it comes from.

use model::{
    AppId, Reference,
    app::{FooterLink, LandingPage, LauncherLook},
    identity::GroupsUnknown,
    organization::LoginDesign,
};
use pages::{
    Access, ApprovalDone, Approve, Ask, Blocked, Choice, ContextNotGranted, Deactivated, Demand, Detail, Difference, Done, Explained,
    Forbidden, GoOn, Landing, Language, Launcher, ListedFault, LoginMethod, Look, Marked, NoPage, NoSeat, NoUpstream, NotFound,
    NotSignedIn, OriginDown, OriginFault, Pasted, ProviderDown, Refusal, RequestEnd, RequestEnded, RequestWaiting, SessionEnd,
    SignInFailed, SignInFault, SignedOut, TestFailed, TestFinding, TestGoing, TestHelp, TestMark, TestPassed, TestSaid, TestWaiting, Tile,
};

const EVIL: &str = r#"</p><script>alert("x")</script><img src=x onerror='y'>"#;
const OWN: [&str; 2] =
    ["<script src=\"/cdn-cgi/access/launcher.js\" defer></script>", "<script src=\"/cdn-cgi/access/follow.js\" defer></script>"];
const RUNS: &str = "javascript:alert(document.cookie)";

fn evil() -> String {
    EVIL.to_owned()
}
fn reference() -> Reference {
    Reference::from_bytes([1; 16])
}

fn hostile_look(text: &str) -> Look {
    let evil = || text.to_owned();
    let design = LoginDesign {
        background_color: Some(evil()),
        text_color: Some("red}*{display:none".into()),
        header_text: Some(evil()),
        footer_text: Some(evil()),
        logo_path: Some(format!("https://a.example/\"><script>{RUNS}")),
    };
    Look::new(text, &design)
}

fn hostile_pages(text: &str, look: &Look, lang: Language) -> Vec<String> {
    let evil = || text.to_owned();
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
        NoPage { home_url: RUNS.into() }.render(look, lang),
        NotSignedIn { console_url: RUNS.into() }.render(look, lang),
        NoUpstream { app: evil(), reference: reference() }.render(look, lang),
        OriginDown { app: evil(), fault: OriginFault::BadAnswer, reference: reference() }.render(look, lang),
        Launcher {
            name: evil(),
            email: evil(),
            apps: vec![Tile {
                id: AppId::random(),
                name: evil(),
                url: RUNS.into(),
                logo: Some(RUNS.into()),
                tags: vec![evil()],
                access: Access::Open,
                is_link: true,
                is_favourite: false,
            }],
            recent: Vec::new(),
            tag: Some(evil()),
            search: Some(evil()),
            launcher: LauncherLook {
                footer_links: vec![FooterLink { name: evil(), url: RUNS.into() }],
                app_launcher_logo_url: Some(RUNS.into()),
                ..LauncherLook::default()
            },
            ends: SessionEnd { at_millis: 0, left_secs: 0, extend_url: Some(RUNS.into()) },
            form_state: evil(),
            sign_out_url: RUNS.into(),
        }
        .render(look, lang),
        Landing {
            launcher: LauncherLook {
                landing_page_design: Some(LandingPage {
                    title: Some(evil()),
                    message: Some(evil()),
                    image_url: Some(RUNS.into()),
                    ..LandingPage::default()
                }),
                ..LauncherLook::default()
            },
            sign_in_url: RUNS.into(),
        }
        .render(look, lang),
        Ask {
            app: evil(),
            demand: Demand::Approval { approvers: vec![evil()], purpose: true },
            prompt: Some(evil()),
            state: evil(),
            ..Ask::sample()
        }
        .render(look, lang),
        RequestWaiting { app: evil(), approvers: vec![evil()] }.render(look, lang),
        RequestEnded { app: evil(), end: RequestEnd::Refused(Some(evil())), again_url: RUNS.into() }.render(look, lang),
        GoOn { app: evil(), url: RUNS.into() }.render(look, lang),
        Approve { name: evil(), email: evil(), app: evil(), policy: evil(), purpose: Some(evil()), ..Approve::sample() }.render(look, lang),
        ApprovalDone { email: evil(), app: evil(), done: Done::Approved }.render(look, lang),
    ]
}

#[test]
fn hostile_text_is_shown_and_never_obeyed() {
    for lang in Language::ALL {
        let look = hostile_look(EVIL);
        for html in hostile_pages(EVIL, &look, lang) {
            let html = OWN.iter().fold(html, |html, script| html.replace(script, ""));
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

#[test]
fn no_name_turns_around_what_stands_beside_it_or_writes_control_characters() {
    const TURNS: &str = "Pil\u{202e}sto\u{202d} נמל \u{2067}\u{2069}\u{2069}\u{200f}\u{0}\u{1b}[2J\u{9b}\u{2028}x";
    for lang in Language::ALL {
        for html in hostile_pages(TURNS, &hostile_look(TURNS), lang) {
            let stray = |c: char| {
                (c.is_control() && c != '\n') || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2028}' | '\u{2029}')
            };
            assert_eq!(html.chars().find(|c| stray(*c)), None, "{html}");
            // What opens a direction of its own is closed in the same place.
            for line in html.lines() {
                let depth = line.chars().try_fold(0_i32, |depth, c| match c {
                    '\u{2066}'..='\u{2068}' => Some(depth + 1),
                    '\u{2069}' => (depth > 0).then_some(depth - 1),
                    _ => Some(depth),
                });
                assert_eq!(depth, Some(0), "{line}");
            }
        }
    }
    let page = Choice { app: "נמל".into(), methods: Vec::new(), help_url: None }.render(&Look::default(), Language::English);
    assert!(page.contains("<h1>Log in to \u{2068}נמל\u{2069}</h1>"), "{page}");
}
