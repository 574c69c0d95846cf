//! Owns optional claims: what a registration adds to its ID tokens, or a resource to its access tokens.
//!
//! Source: "Optional claims reference", "Configure optional claims".

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::desk::Account;
use super::hint;
use crate::directory::Directory;
use crate::directory::app::OptionalClaim;
use crate::directory::user::{User, UserType};

/// Where people sign in from: the simulator listens on loopback only.
const ADDRESS: &str = "127.0.0.1";

/// Whom the claims are about.
pub struct About<'a> {
    /// The account's own tenant.
    pub directory: &'a Directory,
    /// Who.
    pub user: &'a User,
    /// With which factors.
    pub account: Account,
    /// Browser session.
    pub sid: Uuid,
    /// Whether the scope `profile` was asked for.
    pub has_profile: bool,
}

/// Adds the configured claims that have a value. `groups` and `acrs` have their own rules and places.
pub fn add(claims: &mut Map<String, Value>, configured: &[OptionalClaim], about: &About<'_>) {
    for claim in configured {
        let Some(value) = value(claim, about) else {
            continue;
        };
        // Directory extensions lose their long prefix on the way out.
        let shown = match claim.name.strip_prefix("extension_").and_then(|rest| rest.split_once('_')) {
            Some((_, short)) => format!("extn.{short}"),
            None => claim.name.clone(),
        };
        claims.insert(shown, value);
    }
}

fn value(claim: &OptionalClaim, about: &About<'_>) -> Option<Value> {
    let (user, profile) = (about.user, &about.user.profile);
    let text = |value: &Option<String>| value.clone().map(Value::String);
    let verified = || user.mail().filter(|mail| is_verified(about.directory, mail));
    match claim.name.as_str() {
        "acct" => Some(u8::from(profile.user_type == UserType::Guest).into()),
        "auth_time" => Some(about.account.auth_time.unix().into()),
        "ctry" => text(&profile.country),
        "email" => user.mail().map(Value::from),
        "family_name" if about.has_profile => text(&profile.surname),
        "given_name" if about.has_profile => text(&profile.given_name),
        "ipaddr" => Some(ADDRESS.into()),
        "login_hint" => Some(hint::claim(user.id).into()),
        "sid" => Some(about.sid.to_string().into()),
        "tenant_ctry" => text(&about.directory.tenant.country),
        "tenant_region_scope" | "xms_tpl" | "xms_pdl" => tenant_wide(&claim.name),
        "upn" if about.has_profile => upn(user, &claim.additional_properties),
        "verified_primary_email" => verified().map(|mail| json!([mail])),
        "xms_edov" => user.mail().map(|mail| is_verified(about.directory, mail).into()),
        "xms_pl" => text(&profile.preferred_language),
        extension => profile.extensions.get(extension).filter(|value| !value.is_null()).cloned(),
    }
}

fn tenant_wide(name: &str) -> Option<Value> {
    match name {
        "tenant_region_scope" => Some("EU".into()),
        "xms_tpl" => Some("en".into()),
        "xms_pdl" => Some("EUR".into()),
        _ => None,
    }
}

fn is_verified(directory: &Directory, mail: &str) -> bool {
    mail.rsplit_once('@').is_some_and(|(_, domain)| domain.eq_ignore_ascii_case(&directory.tenant.domain))
}

fn upn(user: &User, properties: &[String]) -> Option<Value> {
    let external = properties.iter().any(|word| word == "include_externally_authenticated_upn");
    match user.profile.user_type {
        UserType::Member => Some(user.profile.user_principal_name.as_str().into()),
        UserType::Guest => external.then(|| Value::from(user.profile.user_principal_name.as_str())),
    }
}
