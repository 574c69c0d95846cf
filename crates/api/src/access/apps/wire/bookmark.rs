//! Applications of type `bookmark`: their members on the wire. A bookmark's `domain` is a link, nothing is protected by it.

use model::app::{App, AppKind};
use serde_json::{Value, json};

use super::{Members, put_texts};
use crate::fault::Fields;

/// Reads the members.
pub(super) fn read(f: &Fields<'_>, blank: App) -> App {
    let link = link(f);
    let given = f.text_up_to("name", 255).filter(|name| !name.trim().is_empty());
    App {
        name: given.unwrap_or(&link).to_owned(),
        kind: AppKind::Bookmark { link },
        app_launcher_visible: f.flag("app_launcher_visible").unwrap_or(true),
        logo_url: f.web_address("logo_url"),
        tags: super::tags(f),
        ..blank
    }
}

/// `domain` of a bookmark: an http(s) address, or a host with or without a path as earlier clients write it.
pub(crate) fn link(f: &Fields<'_>) -> String {
    let Some(text) = f.required_text("domain", 2048) else { return String::new() };
    if !model::app::is_link(text) {
        f.fault("domain", format!("{text:?} is not a link: write an http or https address like https://handbook.example/start"));
    }
    text.to_owned()
}

/// Writes them.
pub(super) fn write(out: &mut Members, app: &App, link: &str) {
    let mut put = |key: &str, value: Value| out.insert(key.into(), value);
    put("domain", json!(link));
    put("app_launcher_visible", json!(app.app_launcher_visible));
    put("tags", json!(app.tags));
    put_texts(out, [("logo_url", &app.logo_url)]);
}
