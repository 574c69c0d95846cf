//! Who was read, and from where: address, account, extra claims.

use model::{identity::EmailTrust, idp::IdpConfig};

use super::{note, ok, warning};
use crate::{Membership, SignedIn, entra::Finding};

pub(super) fn findings(config: &IdpConfig, person: &SignedIn) -> Vec<Finding> {
    let mut out = vec![key(config, person), email(config, person)];
    out.push(match person.membership {
        Membership::Member => note("account-member", "the account is a member of the directory"),
        Membership::Guest => note("account-guest", "the account is a guest of the directory"),
        Membership::ForeignTenant => {
            note("account-foreign", format!("the account is of another tenant that the provider admits: {}", person.key.issuer))
        }
        Membership::NotTold => note("account-unknown", "the provider does not tell members from guests"),
    });
    if config.entra().is_some() {
        out.push(match &person.upn {
            Some(upn) => note("upn", format!("user principal name {upn}")),
            None => warning(
                "upn-missing",
                "the user principal name was not told, so provisioning by SCIM can tie this person to their sign-ins by object id only",
                "Map objectId to externalId in the provisioning application, or add the optional claim upn.",
            ),
        });
    }
    out.extend(config.claims().iter().map(|name| claim(config, name, person)));
    out
}

fn key(config: &IdpConfig, person: &SignedIn) -> Finding {
    let (issuer, subject) = if config.entra().is_some() { ("tenant", "object id") } else { ("issuer", "subject") };
    ok("person", format!("{} signed in: {issuer} {}, {subject} {}", person.name, person.key.issuer, person.key.subject))
}

/// The address, and what its trust means for rules about addresses (ruling 18).
fn email(config: &IdpConfig, person: &SignedIn) -> Finding {
    let read = format!("e-mail address {}, from the claim {}", person.email, person.email_claim);
    match person.email_trust {
        EmailTrust::TenantMember => ok("email", format!("{read}; rules about addresses may use it, as that of a member of the tenant")),
        EmailTrust::DomainOwnerVerified => {
            ok("email", format!("{read}; rules about addresses may use it, because the domain's owner is verified (xms_edov)"))
        }
        EmailTrust::AuthoritativeProvider => {
            ok("email", format!("{read}; rules about addresses may use it, because the provider is authoritative for its domain"))
        }
        EmailTrust::Unverified => warning(
            "email-unverified",
            format!(
                "{read}; nobody vouches for it, so rules about addresses and mail domains are unknown for this person and never let them in"
            ),
            if config.entra().is_some() {
                "Add the optional claim xms_edov to the ID token, or use rules about groups for guests."
            } else {
                "Name the exact issuer and the domains that this provider is authoritative for in its options, or use rules about its claims."
            },
        ),
    }
}

fn claim(config: &IdpConfig, name: &str, person: &SignedIn) -> Finding {
    if person.claims.contains_key(name) {
        return ok("claim", format!("the extra claim {name} is present"));
    }
    warning(
        "claim-missing",
        format!("the extra claim {name} is missing, so rules about it are unknown for this person"),
        if config.entra().is_some() {
            "Claims come only when they have a value: check the person's profile, and the token configuration (optional claims of the ID token)."
        } else {
            "Check the person's profile at the provider, and that it puts the claim into ID tokens for the scopes of its settings."
        },
    )
}
