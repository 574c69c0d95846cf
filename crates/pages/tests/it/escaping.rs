//! Hostile text stays text, wherever it comes from.

use model::{Reference, identity::GroupsUnknown, organization::LoginDesign};
use pages::{
    Blocked, Choice, Deactivated, Detail, Forbidden, Language, Launcher, LoginMethod, Look, NoUpstream, NotFound, OriginDown, OriginFault,
    ProviderDown, Refusal, SignInFailed, SignInFault, SignedOut, Tile,
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
        Deactivated { email: evil(), reference: reference(), other_account_url: RUNS.into() }.render(look, lang),
        SignedOut { sign_in_url: Some(RUNS.into()) }.render(look, lang),
        SignInFailed {
            provider: evil(),
            fault: SignInFault::ProviderError,
            code: Some(evil()),
            reference: reference(),
            retry_url: RUNS.into(),
        }
        .render(look, lang),
        ProviderDown { provider: evil(), retry_url: RUNS.into(), reference: reference() }.render(look, lang),
        NotFound { host: evil() }.render(look, lang),
        NoUpstream { app: evil(), reference: reference() }.render(look, lang),
        OriginDown { app: evil(), fault: OriginFault::BadAnswer, reference: reference() }.render(look, lang),
        Launcher {
            name: evil(),
            email: evil(),
            apps: vec![Tile { name: evil(), url: RUNS.into(), logo: Some(RUNS.into()) }],
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
