//! Tables are complete and agree in their places; languages are chosen by weight.

use std::collections::BTreeSet;

use super::*;

#[test]
fn the_browsers_favourite_among_ours_wins() {
    for (header, expected) in [
        ("", Language::English),
        ("de", Language::German),
        ("de-AT,de;q=0.9,en;q=0.8", Language::German),
        ("en-GB,en;q=0.9,de;q=0.8", Language::English),
        ("en;q=0.2, DE;q=0.7", Language::German),
        ("fr-CH, fr;q=0.9, de;q=0.5, *;q=0.1", Language::German),
        ("fr, pt;q=0.4", Language::English),
        ("de;q=0", Language::English),
        ("de;q=nonsense, en;q=0.1", Language::English),
        ("*, de;q=0.5", Language::English),
        (";;;,,,=", Language::English),
    ] {
        assert_eq!(Language::from_accept_language(header), expected, "{header:?}");
    }
}

#[test]
fn both_tables_say_everything_with_the_same_places() {
    let places =
        |words: &str| -> BTreeSet<String> { words.split('{').skip(1).filter_map(|r| Some(r.split_once('}')?.0.to_owned())).collect() };
    let tables = Language::ALL.map(|lang| {
        let own = [console_door::words(lang).all(), launcher::words(lang).all(), temporary::words(lang).all(), test_run::words(lang).all()];
        std::iter::once(lang.text().all()).chain(own).flatten()
    });
    let [english, german] = tables;
    for ((name, en), (_, de)) in english.zip(german) {
        assert!(!en.trim().is_empty() && !de.trim().is_empty(), "{name}");
        assert_eq!(places(en), places(de), "{name}");
        assert_ne!(en, de, "{name} is not translated");
    }
}

#[test]
fn every_kind_of_rule_has_words_of_its_own() {
    for lang in Language::ALL {
        let words: BTreeSet<_> = KINDS.iter().map(|kind| kind_in_words(kind, lang)).collect();
        assert_eq!(words.len(), KINDS.len());
        assert!(!words.contains(lang.text().kind_other));
        assert_eq!(kind_in_words("nonsense", lang), lang.text().kind_other);
    }
}

#[test]
fn values_fill_their_places_and_are_not_read_again() {
    assert_eq!(fill("{1} and {0}", &["a", "b"]), "b and a");
    assert_eq!(fill("{0}!", &["{1}", "never"]), "{1}!");
    assert_eq!(fill("open { end", &[]), "open { end");
    assert_eq!(fill("{7}", &["a"]), "");
}

#[test]
fn a_value_from_right_to_left_is_set_apart_in_its_sentence() {
    assert_eq!(fill("Log in to {0}", &["נמל"]), "Log in to \u{2068}נמל\u{2069}");
    assert_eq!(fill("Log in to {0}", &["wiki\u{202e}exe"]), "Log in to \u{2068}wiki\u{202e}exe\u{2069}");
    assert_eq!(fill("Log in to {0}", &["\u{2069}נמל"]), "Log in to \u{2068}נמל\u{2069}", "it cannot end that by itself");
    assert_eq!(fill("Log in to {0}", &["Zürich"]), "Log in to Zürich");
}
