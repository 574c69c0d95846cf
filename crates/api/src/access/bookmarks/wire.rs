//! The bookmark object of the v4 API.

use model::app::{App, AppKind};
use serde_json::{Map, Value, json};

use crate::{
    access::apps::wire::bookmark::link,
    error::ApiError,
    fault::{Faults, Fields},
};

/// A bookmark as a body describes it.
#[derive(Debug)]
pub(super) struct Draft {
    name: String,
    link: String,
    logo_url: Option<String>,
    app_launcher_visible: bool,
}

impl Draft {
    /// The application with these contents.
    pub(super) fn onto(self, app: App) -> App {
        let Self { name, link, logo_url, app_launcher_visible } = self;
        App { name, kind: AppKind::Bookmark { link }, logo_url, app_launcher_visible, ..app }
    }
}

/// Reads a body.
pub(super) fn read(body: &Value) -> Result<Draft, ApiError> {
    let faults = Faults::default();
    let draft = Fields::of(body, "", &faults).map(|fields| {
        let link = link(&fields);
        let name = fields.text_up_to("name", 255).filter(|name| !name.trim().is_empty()).unwrap_or(&link).to_owned();
        let logo_url = fields.web_address("logo_url");
        let app_launcher_visible = fields.flag("app_launcher_visible").unwrap_or(true);
        fields.read_only(&["id", "created_at", "updated_at"]);
        fields.done();
        Draft { name, link, logo_url, app_launcher_visible }
    });
    faults.finish_some(draft)
}

/// The wire form; `None` for an application that is no bookmark.
pub(super) fn write(app: &App) -> Option<Value> {
    let AppKind::Bookmark { link } = &app.kind else { return None };
    let mut out = Map::new();
    let mut put = |key: &str, value: Value| out.insert(key.into(), value);
    put("id", json!(app.id.to_string()));
    put("name", json!(app.name));
    put("domain", json!(link));
    if let Some(logo) = &app.logo_url {
        put("logo_url", json!(logo));
    }
    put("app_launcher_visible", json!(app.app_launcher_visible));
    put("created_at", json!(app.created_at.rfc3339()));
    put("updated_at", json!(app.updated_at.rfc3339()));
    Some(Value::Object(out))
}
