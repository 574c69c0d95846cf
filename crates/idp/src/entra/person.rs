//! Who the token speaks of: address, how far the address may be trusted, names, extra claims.

use std::collections::BTreeMap;

use model::{Email, identity::EmailTrust, idp::EntraSettings};
use oidc::id_token::{Account, IdTokenClaims};
use serde_json::Value;

use crate::{Membership, error::SignInError};

/// The address and the claim it was read from: the configured claim, then `email`, then the user principal name.
pub(super) fn email(idp: &EntraSettings, claims: &IdTokenClaims) -> Result<(Email, String), SignInError> {
    let configured = idp.email_claim_name.as_deref().filter(|n| !n.is_empty());
    let names = configured.into_iter().chain(["email", "upn", "preferred_username"]);
    let mut looked_at: Vec<String> = Vec::new();
    for name in names {
        match first_text(claims.all.get(name)) {
            None => looked_at.push(format!("{name}: absent")),
            Some(text) => match text.parse::<Email>() {
                Ok(email) => return Ok((email, name.to_owned())),
                Err(invalid) => looked_at.push(format!("{name}: {invalid}")),
            },
        }
    }
    Err(SignInError::NoEmail(looked_at))
}

/// A claim may hold one text or a list of texts; the first counts.
fn first_text(value: Option<&Value>) -> Option<&str> {
    let value = value?;
    let text = value.as_str().or_else(|| value.get(0)?.as_str())?;
    Some(text).filter(|t| !t.is_empty())
}

/// Mail rules believe members of the pinned tenant, and addresses whose domain's owner is verified (ruling 18).
pub(super) fn trust(idp: &EntraSettings, claims: &IdTokenClaims) -> EmailTrust {
    if membership(idp, claims) == Membership::Member {
        EmailTrust::TenantMember
    } else if claims.email_domain_owner_verified == Some(true) {
        EmailTrust::DomainOwnerVerified
    } else {
        EmailTrust::Unverified
    }
}

/// How the account belongs to the provider's directory.
pub(super) fn membership(idp: &EntraSettings, claims: &IdTokenClaims) -> Membership {
    if claims.tid != idp.directory_id.to_string() {
        Membership::ForeignTenant
    } else if is_member(claims) {
        Membership::Member
    } else {
        Membership::Guest
    }
}

/// A member of the tenant that signed them in: says so, or shows none of the marks of a guest.
fn is_member(claims: &IdTokenClaims) -> bool {
    let external_name =
        [&claims.upn, &claims.preferred_username].into_iter().flatten().any(|name| name.to_ascii_uppercase().contains("#EXT#"));
    let own_v1 = format!("https://sts.windows.net/{}/", claims.tid);
    let foreign_home = claims.idp.as_ref().is_some_and(|home| *home != claims.iss && *home != own_v1);
    !external_name
        && match claims.account {
            Some(Account::Member) => true,
            Some(Account::Guest) => false,
            None => !foreign_home,
        }
}

/// The user principal name in this tenant. A guest's `preferred_username` is a name of their home, so it does not count.
pub(super) fn upn(claims: &IdTokenClaims) -> Option<String> {
    claims
        .upn
        .clone()
        .or_else(|| claims.preferred_username.clone().filter(|_| is_member(claims)))
        .filter(|name| name.contains('@') && name.len() <= 1024)
}

/// The name to show: at most 256 characters, no control characters.
pub(super) fn name(claims: &IdTokenClaims, email: &Email) -> String {
    let name = claims.name.as_deref().or(claims.preferred_username.as_deref()).unwrap_or(email.as_str());
    name.chars().filter(|c| !c.is_control()).take(256).collect()
}

/// The extra claims the provider is set to carry, and `oid`. Claims that are absent stay absent.
pub(super) fn extra(idp: &EntraSettings, claims: &IdTokenClaims) -> BTreeMap<String, Value> {
    let mut carried = crate::claims::carried(&idp.claims, &claims.all);
    carried.insert("oid".into(), Value::from(claims.oid.as_str()));
    carried
}

#[cfg(test)]
mod tests {
    use oidc::id_token::GroupsClaim;
    use serde_json::json;

    use super::*;

    const TENANT: &str = "6f0c2b1e-93d4-4a57-8e21-0d9b7c5e4a10";

    fn settings(email_claim: Option<&str>, claims: &[&str]) -> EntraSettings {
        EntraSettings {
            client_id: "c".into(),
            directory_id: TENANT.parse().unwrap(),
            support_groups: true,
            conditional_access_enabled: false,
            email_claim_name: email_claim.map(Into::into),
            claims: claims.iter().map(ToString::to_string).collect(),
            prompt: None,
            pkce_enabled: true,
            cloud: None,
            own: model::idp::EntraOptions::default(),
        }
    }

    fn claims(all: Value) -> IdTokenClaims {
        let text = |name: &str| all.get(name).and_then(Value::as_str).map(str::to_owned);
        IdTokenClaims {
            iss: format!("https://login.example/{TENANT}/v2.0"),
            sub: "s".into(),
            oid: "3d9a4f72-5e1b-4c0d-8f36-2b7e61c9d014".into(),
            tid: TENANT.into(),
            name: text("name"),
            preferred_username: text("preferred_username"),
            email: text("email"),
            upn: text("upn"),
            email_domain_owner_verified: all.get("xms_edov").and_then(Value::as_bool),
            account: all.get("acct").map(|a| if *a == json!(0) { Account::Member } else { Account::Guest }),
            idp: text("idp"),
            groups: GroupsClaim::Absent,
            amr: vec![],
            acrs: vec![],
            sid: None,
            all: all.as_object().cloned().unwrap_or_default(),
        }
    }

    #[test]
    fn the_address_is_taken_in_the_documented_order() {
        let all = json!({"mail2": ["alias@harbourworks.example"], "email": "mara@harbourworks.example",
            "upn": "m@harbourworks.example", "preferred_username": "mara.l@harbourworks.example"});
        let get = |idp: &EntraSettings, all: &Value| email(idp, &claims(all.clone())).map(|(email, _)| String::from(email));
        assert_eq!(get(&settings(Some("mail2"), &[]), &all).unwrap(), "alias@harbourworks.example");
        assert_eq!(get(&settings(Some("absent"), &[]), &all).unwrap(), "mara@harbourworks.example");
        assert_eq!(email(&settings(Some("mail2"), &[]), &claims(all.clone())).unwrap().1, "mail2");
        assert_eq!(email(&settings(Some("absent"), &[]), &claims(all.clone())).unwrap().1, "email");
        assert_eq!(get(&settings(None, &[]), &all).unwrap(), "mara@harbourworks.example");
        let no_mail = json!({"email": "", "upn": "m@harbourworks.example"});
        assert_eq!(get(&settings(None, &[]), &no_mail).unwrap(), "m@harbourworks.example");
        let odd = json!({"email": "a@evil.test@harbourworks.example", "preferred_username": "mara@harbourworks.example"});
        assert_eq!(get(&settings(None, &[]), &odd).unwrap(), "mara@harbourworks.example");
    }

    #[test]
    fn without_an_address_everything_looked_at_is_told() {
        let error = email(&settings(Some("work"), &[]), &claims(json!({"preferred_username": "+48 600 100 200"}))).unwrap_err();
        let text = error.to_string();
        for part in ["work: absent", "email: absent", "upn: absent", "preferred_username: \"+48 600 100 200\""] {
            assert!(text.contains(part), "{text}");
        }
    }

    #[test]
    fn trust_and_upn_follow_the_marks_of_a_guest() {
        let own = format!("https://sts.windows.net/{TENANT}/");
        let member = Some("mara@harbourworks.example");
        for (all, expected, upn_expected) in [
            (json!({"preferred_username": member}), EmailTrust::TenantMember, member),
            (json!({"preferred_username": member, "acct": 0}), EmailTrust::TenantMember, member),
            (json!({"preferred_username": member, "idp": own}), EmailTrust::TenantMember, member),
            (json!({"preferred_username": "bram@ship.example", "acct": 1}), EmailTrust::Unverified, None),
            (json!({"preferred_username": "bram@ship.example", "idp": "https://sts.windows.net/other/"}), EmailTrust::Unverified, None),
            (
                json!({"preferred_username": "bram@ship.example", "idp": "live.com", "xms_edov": true}),
                EmailTrust::DomainOwnerVerified,
                None,
            ),
            (
                json!({"upn": "bram_ship.example#EXT#@harbourworks.example", "acct": 0}),
                EmailTrust::Unverified,
                Some("bram_ship.example#EXT#@harbourworks.example"),
            ),
            (json!({"preferred_username": "b_s.example#ext#@harbourworks.example"}), EmailTrust::Unverified, None),
            (json!({"preferred_username": "+48600"}), EmailTrust::TenantMember, None),
        ] {
            let read = claims(all.clone());
            assert_eq!(trust(&settings(None, &[]), &read), expected, "{all}");
            assert_eq!(upn(&read).as_deref(), upn_expected, "{all}");
        }
    }

    #[test]
    fn extra_claims_keep_their_types_and_stay_bounded() {
        let read = claims(json!({"roles": ["Dock"], "level": 3, "big": "x".repeat(9000)}));
        let carried = extra(&settings(None, &["roles", "level", "big", "absent"]), &read);
        assert_eq!(carried.get("roles"), Some(&json!(["Dock"])));
        assert_eq!(carried.get("level"), Some(&json!(3)));
        assert!(!carried.contains_key("big") && !carried.contains_key("absent"));
        assert_eq!(carried.get("oid"), Some(&json!(read.oid)));
    }

    #[test]
    fn the_name_is_tame() {
        let mail: Email = "mara@harbourworks.example".parse().unwrap();
        assert_eq!(name(&claims(json!({"name": "Mara\u{0} L\n"})), &mail), "Mara L");
        assert_eq!(name(&claims(json!({"name": "x".repeat(999)})), &mail).len(), 256);
        assert_eq!(name(&claims(json!({})), &mail), "mara@harbourworks.example");
    }
}
