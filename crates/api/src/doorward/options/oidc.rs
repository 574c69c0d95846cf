//! The options of a generic OpenID Connect provider.

use model::idp::{OidcSettings, Prompt};
use serde_json::{Value, json};
use url::Url;

use super::{liveness, write_liveness};
use crate::fault::Fields;

/// Most domains that a provider may be authoritative for.
const MOST_DOMAINS: usize = 200;

pub(super) fn read(f: &Fields<'_>, settings: &OidcSettings) -> OidcSettings {
    const PROMPTS: [(&str, Prompt); 4] =
        [("login", Prompt::Login), ("select_account", Prompt::SelectAccount), ("consent", Prompt::Consent), ("none", Prompt::None)];
    let (issuer, authoritative_domains) = (issuer(f), domains(f));
    if issuer.is_none() && !authoritative_domains.is_empty() {
        f.fault("issuer", "authoritative_domains needs the exact issuer: others that the same host issues for could claim any address");
    }
    OidcSettings { prompt: f.word("prompt", &PROMPTS), issuer, authoritative_domains, liveness: liveness(f), ..settings.clone() }
}

/// Compared byte for byte with `iss`, so it is kept as it was written.
fn issuer(f: &Fields<'_>) -> Option<String> {
    let text = f.filled_text("issuer")?;
    let plain = Url::parse(&text).is_ok_and(|url| url.scheme() == "https" && url.query().is_none() && url.fragment().is_none());
    if !plain {
        f.fault("issuer", format!("{text:?} is not an https address without query: copy \"issuer\" of the provider's discovery document"));
    }
    Some(text)
}

fn domains(f: &Fields<'_>) -> Vec<String> {
    let domains = f.parsed_array::<String>("authoritative_domains").unwrap_or_default();
    if domains.len() > MOST_DOMAINS {
        f.fault("authoritative_domains", format!("has more than {MOST_DOMAINS} domains"));
    }
    let plain = |d: &str| d.contains('.') && d.len() <= 253 && d.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.".contains(&b));
    if let Some(bad) = domains.iter().find(|d| *d != "*" && !plain(d)) {
        f.fault("authoritative_domains", format!("{bad:?} is neither a mail domain like harbourworks.example nor * for all"));
    }
    domains.into_iter().map(|d| d.to_ascii_lowercase()).collect()
}

pub(super) fn write(settings: &OidcSettings) -> Value {
    json!({
        "prompt": settings.prompt.map(Prompt::as_str),
        "issuer": settings.issuer,
        "authoritative_domains": settings.authoritative_domains,
        "liveness": write_liveness(settings.liveness),
    })
}
