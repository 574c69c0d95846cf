//! The words of the local door: one table for each language.

use super::Language;

words! {
    title, lead, label, button, advice, sign_in, unknown, late, used, foreign,
}

pub(crate) const fn words(lang: Language) -> &'static Words {
    match lang {
        Language::English => &ENGLISH,
        Language::German => &GERMAN,
    }
}

const ENGLISH: Words = Words {
    title: "The console's local door",
    lead: "Who may read this server's sealing key can make a one-time token on the machine: run doorward door there. The token opens the console once, for an hour, whatever the identity provider does. Every use is written down.",
    label: "One-time token",
    button: "Open the console",
    advice: "A token is good for thirty minutes and works once.",
    sign_in: "Sign in through your organisation instead",
    unknown: "This is no one-time token of this server, or a part of it is missing. Copy the whole of it, from dwd_ to the end.",
    late: "This token is older than thirty minutes. Make a new one with doorward door.",
    used: "This token was used before. Make a new one with doorward door; if you did not use it, look into the audit log.",
    foreign: "The form was not sent from this page. Give the token in here.",
};

const GERMAN: Words = Words {
    title: "Die lokale Tür zur Konsole",
    lead: "Wer den Versiegelungsschlüssel dieses Servers lesen darf, kann auf der Maschine ein Einmal-Token erzeugen: dort doorward door ausführen. Es öffnet die Konsole einmal, für eine Stunde, was auch immer der Identitätsanbieter tut. Jede Benutzung wird aufgezeichnet.",
    label: "Einmal-Token",
    button: "Konsole öffnen",
    advice: "Ein Token gilt dreißig Minuten und genau einmal.",
    sign_in: "Stattdessen über die Organisation anmelden",
    unknown: "Das ist kein Einmal-Token dieses Servers, oder ein Teil davon fehlt. Kopieren Sie es ganz, von dwd_ bis zum Ende.",
    late: "Dieses Token ist älter als dreißig Minuten. Erzeugen Sie mit doorward door ein neues.",
    used: "Dieses Token wurde schon benutzt. Erzeugen Sie mit doorward door ein neues; haben Sie es nicht selbst benutzt, sehen Sie im Änderungsprotokoll nach.",
    foreign: "Das Formular kam nicht von dieser Seite. Geben Sie das Token hier ein.",
};
