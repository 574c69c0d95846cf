//! The custom page of the v4 API: reading and writing it. Its id is called `uid`.

use model::custom_page::{CustomPage, PageKind};
use serde_json::{Map, Value, json};

use crate::{
    error::ApiError,
    fault::{Faults, Fields},
};

/// Most characters of a page.
const LONGEST: usize = 500_000;

/// A page as a body describes it.
#[derive(Debug)]
pub(super) struct Draft {
    pub name: String,
    pub kind: PageKind,
    pub html: String,
    pub contract_version: Option<u32>,
}

/// Reads a body.
pub(super) fn read(body: &Value) -> Result<Draft, ApiError> {
    let faults = Faults::default();
    let draft = Fields::of(body, "", &faults).and_then(|fields| {
        let name = fields.required_text("name", 255).map(str::to_owned);
        let kind = kind(&fields);
        let html = fields.required_text("custom_html", LONGEST).map(str::to_owned);
        let contract_version = contract_version(&fields);
        fields.read_only(&["uid", "id", "app_count", "created_at", "updated_at", "warnings"]);
        fields.done();
        Some(Draft { name: name?, kind: kind?, html: html?, contract_version })
    });
    faults.finish_some(draft)
}

/// What placeholders a page has. There is one version so far.
fn contract_version(f: &Fields<'_>) -> Option<u32> {
    let version = f.integer("contract_version", 0..=i64::from(u32::MAX)).and_then(|n| u32::try_from(n).ok())?;
    if version != 1 {
        f.fault("contract_version", format!("contract_version {version} is not supported yet: leave it out, or write 1"));
    }
    Some(version)
}

fn kind(f: &Fields<'_>) -> Option<PageKind> {
    const SUPPORTED: &str = "supported: identity_denied, forbidden";
    match f.required_text("type", 64)? {
        "identity_denied" => return Some(PageKind::IdentityDenied),
        "forbidden" => return Some(PageKind::Forbidden),
        other @ ("login" | "interstitial") => f.fault("type", format!("pages of type {other} are not supported yet; {SUPPORTED}")),
        other => f.fault("type", format!("{other:?} is not a type of page; {SUPPORTED}")),
    }
    None
}

/// The wire form without the page itself, as lists and writes answer it.
pub(super) fn write_head(page: &CustomPage, app_count: usize) -> Value {
    let mut out = Map::new();
    let mut put = |key: &str, value: Value| out.insert(key.into(), value);
    put("uid", json!(page.id.to_string()));
    put("name", json!(page.name));
    put("type", json!(page.kind));
    if let Some(version) = page.contract_version {
        put("contract_version", json!(version));
    }
    put("app_count", json!(app_count));
    put("created_at", json!(page.created_at.rfc3339()));
    put("updated_at", json!(page.updated_at.rfc3339()));
    Value::Object(out)
}

/// The same with the page.
pub(super) fn write(page: &CustomPage, app_count: usize) -> Value {
    let mut out = write_head(page, app_count);
    out["custom_html"] = json!(page.html);
    out
}
