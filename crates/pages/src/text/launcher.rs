//! The words of the App Launcher: one table for each language.

use super::Language;

words! {
    title, lead, none, none_found, all_tags, tags, search, search_button, favourites, recent, every, found, unknown,
    add, drop, asks, link, ends_days, ends_hours, ends_minutes, extend, until, over,
}

pub(crate) const fn words(lang: Language) -> &'static Words {
    match lang {
        Language::English => &ENGLISH,
        Language::German => &GERMAN,
    }
}

const ENGLISH: Words = Words {
    title: "Your applications",
    lead: "You are signed in as {0} ({1}).",
    none: "There are no applications for you here. Your administrator decides who may open which.",
    none_found: "None of your applications fits.",
    all_tags: "All",
    tags: "Tags",
    search: "Search your applications",
    search_button: "Search",
    favourites: "Favourites",
    recent: "Recently used",
    every: "All applications",
    found: "Found",
    unknown: "Not known whether you may open these",
    add: "Add {0} to your favourites",
    drop: "Remove {0} from your favourites",
    asks: "asks for more before it opens",
    link: "link",
    ends_days: "Your sign-in ends in {0} days and {1} h.",
    ends_hours: "Your sign-in ends in {0} h {1} min.",
    ends_minutes: "Your sign-in ends in {0} min.",
    extend: "Extend: sign in again now",
    until: "At {0}.",
    over: "Your sign-in is over. Sign in again to go on.",
};

const GERMAN: Words = Words {
    title: "Ihre Anwendungen",
    lead: "Sie sind angemeldet als {0} ({1}).",
    none: "Hier gibt es keine Anwendungen für Sie. Wer was öffnen darf, entscheidet Ihre Administration.",
    none_found: "Keine Ihrer Anwendungen passt.",
    all_tags: "Alle",
    tags: "Schlagwörter",
    search: "In Ihren Anwendungen suchen",
    search_button: "Suchen",
    favourites: "Favoriten",
    recent: "Zuletzt benutzt",
    every: "Alle Anwendungen",
    found: "Gefunden",
    unknown: "Nicht bekannt, ob Sie diese öffnen dürfen",
    add: "{0} zu Ihren Favoriten hinzufügen",
    drop: "{0} aus Ihren Favoriten entfernen",
    asks: "verlangt mehr, bevor es sich öffnet",
    link: "Verweis",
    ends_days: "Ihre Anmeldung endet in {0} Tagen und {1} Std.",
    ends_hours: "Ihre Anmeldung endet in {0} Std. {1} Min.",
    ends_minutes: "Ihre Anmeldung endet in {0} Min.",
    extend: "Verlängern: jetzt neu anmelden",
    until: "Um {0}.",
    over: "Ihre Anmeldung ist zu Ende. Melden Sie sich neu an, um weiterzumachen.",
};
