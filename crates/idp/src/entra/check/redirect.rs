//! The redirect address: the registered ones against the one that doorward sends, character by character.

use model::finding::Finding;
use serde_json::{Map, Value};

use super::Look;

const PLACE: &str = "App registrations, Authentication, platform Web";

pub(super) fn look(look: &Look<'_>, registration: Option<&Map<String, Value>>) -> Finding {
    let sent = look.request.callback;
    let Some(registration) = registration else {
        let text = format!("doorward sends people back to {sent}; whether it is registered could not be read");
        let fix = format!("Compare: {PLACE} must list exactly {sent}; or grant the application permission Application.Read.All.");
        return Finding::unknown("redirect-uri", text, fix);
    };
    judge(sent, &listed(registration, "web"), &[listed(registration, "spa"), listed(registration, "publicClient")].concat())
}

fn listed(registration: &Map<String, Value>, platform: &str) -> Vec<String> {
    let uris = registration.get(platform).and_then(|platform| platform["redirectUris"].as_array());
    uris.into_iter().flatten().filter_map(Value::as_str).map(|uri| uri.chars().take(300).collect()).collect()
}

fn judge(sent: &str, web: &[String], elsewhere: &[String]) -> Finding {
    if web.iter().any(|uri| uri == sent) {
        return Finding::ok("redirect-uri", format!("{sent} is registered under the platform Web"));
    }
    if elsewhere.iter().any(|uri| uri == sent) {
        let text = format!("{sent} is registered, but not under the platform Web");
        return Finding::fault("redirect-uri-platform", text, format!("Move it: {PLACE}."));
    }
    let same = |(a, b): &(char, char)| a.eq_ignore_ascii_case(b);
    let alike = |uri: &&String| {
        uri.chars().zip(sent.chars()).take_while(same).count() + uri.chars().rev().zip(sent.chars().rev()).take_while(same).count()
    };
    let fix = format!("{PLACE}: register exactly {sent}");
    match web.iter().chain(elsewhere).max_by_key(alike) {
        None => Finding::fault("redirect-uri-unregistered", format!("no redirect address is registered; we send {sent}"), fix),
        Some(nearest) => {
            let text = format!("the redirect address does not fit: registered {nearest} / we send {sent}: {}", difference(nearest, sent));
            Finding::fault("redirect-uri-unregistered", text, fix)
        }
    }
}

/// Where and how two addresses differ.
fn difference(registered: &str, sent: &str) -> String {
    if registered.trim_end_matches('/') == sent.trim_end_matches('/') {
        return "a slash at the end".to_owned();
    }
    if registered.eq_ignore_ascii_case(sent) {
        return "upper and lower case".to_owned();
    }
    let same = registered.chars().zip(sent.chars()).take_while(|(a, b)| a == b).count();
    let rest = |text: &str| text.chars().skip(same).take(40).collect::<String>();
    format!("from character {} on, {:?} is registered where we send {:?}", same + 1, rest(registered), rest(sent))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SENT: &str = "https://team.harbourworks.example/cdn-cgi/access/callback";

    #[test]
    fn the_slip_is_named() {
        let owned = |uris: &[&str]| uris.iter().map(|u| (*u).to_owned()).collect::<Vec<_>>();
        for (web, code, told) in [
            (&[SENT, "https://other.example/"][..], "redirect-uri", "is registered"),
            (&["https://team.harbourworks.example/cdn-cgi/access/callback/"], "redirect-uri-unregistered", "a slash at the end"),
            (&["https://team.harbourworks.example/CDN-cgi/access/callback"], "redirect-uri-unregistered", "upper and lower case"),
            (
                &["https://other.example/x", "http://team.harbourworks.example/cdn-cgi/access/callback"],
                "redirect-uri-unregistered",
                "from character 5 on, \"://team",
            ),
            (&[], "redirect-uri-unregistered", "no redirect address is registered"),
        ] {
            let found = judge(SENT, &owned(web), &[]);
            assert_eq!(found.code, code, "{web:?}");
            assert!(found.text.contains(told), "{}", found.text);
        }
        assert_eq!(judge(SENT, &[], &owned(&[SENT])).code, "redirect-uri-platform");
    }
}
