//! Every page's sample in every language, as committed.

use std::{fs, path::Path};

use pages::{
    ApprovalDone, Approve, Ask, Blocked, Choice, ConsoleDoor, ContextNotGranted, Deactivated, Forbidden, GoOn, Landing, Language, Launcher,
    Look, NoPage, NoSeat, NoUpstream, NotFound, NotSignedIn, OriginDown, ProviderDown, RequestEnded, RequestWaiting, SignInFailed,
    SignInHelp, SignOut, SignedOut, TestFailed, TestGoing, TestPassed, TestRefused, TestWaiting, TooOften, Unavailable,
};

type Render = Box<dyn Fn(&Look, Language) -> String>;

fn all() -> Vec<(&'static str, Render)> {
    vec![
        ("choice", Box::new(|look, lang| Choice::sample().render(look, lang))),
        ("choice-unfinished", Box::new(|look, lang| Choice::sample_unfinished().render(look, lang))),
        ("console-door", Box::new(|look, lang| ConsoleDoor::sample().render(look, lang))),
        ("sign-in-help", Box::new(|look, lang| SignInHelp::sample().render(look, lang))),
        ("too-often", Box::new(|look, lang| TooOften::sample().render(look, lang))),
        ("blocked", Box::new(|look, lang| Blocked::sample().render(look, lang))),
        ("blocked-groups-unknown", Box::new(|look, lang| Blocked::sample_groups_unknown().render(look, lang))),
        ("forbidden", Box::new(|look, lang| Forbidden::sample().render(look, lang))),
        ("context-not-granted", Box::new(|look, lang| ContextNotGranted::sample().render(look, lang))),
        ("deactivated", Box::new(|look, lang| Deactivated::sample().render(look, lang))),
        ("no-seat", Box::new(|look, lang| NoSeat::sample().render(look, lang))),
        ("sign-out", Box::new(|look, lang| SignOut::sample().render(look, lang))),
        ("signed-out", Box::new(|look, lang| SignedOut::sample().render(look, lang))),
        ("not-signed-in", Box::new(|look, lang| NotSignedIn::sample().render(look, lang))),
        ("sign-in-failed", Box::new(|look, lang| SignInFailed::sample().render(look, lang))),
        ("provider-down", Box::new(|look, lang| ProviderDown::sample().render(look, lang))),
        ("not-found", Box::new(|look, lang| NotFound::sample().render(look, lang))),
        ("no-page", Box::new(|look, lang| NoPage::sample().render(look, lang))),
        ("no-upstream", Box::new(|look, lang| NoUpstream::sample().render(look, lang))),
        ("origin-down", Box::new(|look, lang| OriginDown::sample().render(look, lang))),
        ("unavailable", Box::new(|look, lang| Unavailable::sample().render(look, lang))),
        ("launcher", Box::new(|look, lang| Launcher::sample().render(look, lang))),
        ("landing", Box::new(|look, lang| Landing::sample().render(look, lang))),
        ("ask-purpose", Box::new(|look, lang| Ask::sample().render(look, lang))),
        ("ask-approval", Box::new(|look, lang| Ask::sample_approval().render(look, lang))),
        ("request-waiting", Box::new(|look, lang| RequestWaiting::sample().render(look, lang))),
        ("go-on", Box::new(|look, lang| GoOn::sample().render(look, lang))),
        ("request-ended", Box::new(|look, lang| RequestEnded::sample().render(look, lang))),
        ("approve", Box::new(|look, lang| Approve::sample().render(look, lang))),
        ("approval-done", Box::new(|look, lang| ApprovalDone::sample().render(look, lang))),
        ("test-going", Box::new(|look, lang| TestGoing::sample().render(look, lang))),
        ("test-refused", Box::new(|look, lang| TestRefused::sample().render(look, lang))),
        ("test-ready", Box::new(|look, lang| TestWaiting::sample().render(look, lang))),
        ("test-late", Box::new(|look, lang| TestWaiting::sample_late().render(look, lang))),
        ("test-pasted", Box::new(|look, lang| TestWaiting::sample_pasted().render(look, lang))),
        ("test-passed", Box::new(|look, lang| TestPassed::sample().render(look, lang))),
        ("test-failed", Box::new(|look, lang| TestFailed::sample().render(look, lang))),
    ]
}

/// The stylesheet's cache mark changes with each stroke of the style; the pages do not.
fn without_mark(html: &str) -> String {
    match html.split_once("style.css?v=") {
        Some((before, after)) => format!("{before}style.css?v=MARK{}", &after[8..]),
        None => panic!("no stylesheet in {html}"),
    }
}

#[test]
fn every_sample_is_as_committed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let mut expected = Vec::new();
    let mut wrong = Vec::new();
    for (name, render) in all() {
        for lang in Language::ALL {
            let file = format!("{name}.{}.html", lang.tag());
            let html = without_mark(&render(&Look::sample(), lang));
            if update {
                fs::write(folder.join(&file), &html).unwrap();
            }
            if fs::read_to_string(folder.join(&file)).unwrap_or_default() != html {
                wrong.push(file.clone());
            }
            expected.push(file);
        }
    }
    assert_eq!(wrong, Vec::<String>::new(), "run with UPDATE_GOLDEN=1 and review the differences");
    let mut there: Vec<String> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    there.sort();
    expected.sort();
    assert_eq!(there, expected, "golden files without a page");
}

#[test]
fn no_page_needs_script_inline_style_or_a_foreign_asset() {
    for (name, render) in all() {
        for lang in Language::ALL {
            // Without the organisation's logo nothing at all may come from elsewhere.
            // A test's pages spare reloading by one script of this host's own; `the_pages_of_a_test_work_without_script` has the rest. The App
            // Launcher finds while one types, and its form finds without; a request that waits is loaded anew without.
            let mut html = render(&Look::default(), lang);
            for script in ["test", "launcher", "follow"] {
                html = html.replace(&format!("<script src=\"/cdn-cgi/access/{script}.js\" defer></script>"), "");
            }
            for forbidden in ["<script", "<style", "<iframe", " style=", " src=", " onclick=", " onload=", " onerror=", "javascript:"] {
                assert!(!html.contains(forbidden), "{forbidden} in {name}");
            }
            assert_eq!(html.matches("<link ").count(), 1, "{name}");
            assert!(html.contains("<meta name=\"viewport\""), "{name}");
            assert!(html.contains(&format!("<html lang=\"{}\">", lang.tag())), "{name}");
            assert_eq!(html.matches("<h1>").count(), 1, "{name}");
        }
    }
}

#[test]
fn the_blocked_page_says_who_what_why_and_how_to_go_on() {
    let page = Blocked::sample();
    let html = page.render(&Look::sample(), Language::English);
    for said in [
        "Harbour Charts",
        "ilo@harbourworks.example",
        "<dt>Policy</dt><dd>Pilots</dd>",
        "membership in a directory group",
        "Ask the harbour master.",
        page.reference.as_str(),
        "Sign in with another account",
        "Sign out",
    ] {
        assert!(html.contains(said), "{said}");
    }
}

#[test]
fn the_pages_of_a_test_work_without_script() {
    let look = Look::default();
    let ready = TestWaiting::sample().render(&look, Language::English);
    assert!(ready.contains("<noscript><meta http-equiv=\"refresh\" content=\"5\"></noscript>"), "it follows by itself");
    assert!(ready.contains("method=\"post\" action=\"/cdn-cgi/access/test/5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a/go\" target=\"_blank\""));
    for page in [TestWaiting::sample_late(), TestWaiting::sample_pasted()] {
        let html = page.render(&look, Language::English);
        assert!(!html.contains("http-equiv"), "what is read or typed is not reloaded");
        assert!(html.contains("Look whether something came back"));
        assert!(html.contains("readonly value=\"https://team.harbourworks.example/cdn-cgi/access/callback\""));
        assert!(html.contains("data-copies=\"callback\" data-done=\"Copied\" hidden"), "a button that needs script shows with script only");
    }
    let going = TestGoing::sample().render(&look, Language::English);
    assert!(going.contains("http-equiv=\"refresh\" content=\"0; url=https://login.microsoftonline.com/"));
}
