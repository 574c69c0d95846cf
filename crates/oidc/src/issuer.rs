//! Issuers, among them Entra's templates in which a tenant id is still to be filled in.

use std::fmt;

/// The place holder in the documents of `common` and `organizations` and in the v2 key documents.
const PLACE: &str = "{tenantid}";

/// An issuer as a discovery document or a key names it: fixed, or a template with `{tenantid}`
/// (Microsoft: "Access tokens in the Microsoft identity platform", validating the issuer).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer(String);

impl Issuer {
    /// Takes the text as it is; at most 512 bytes, no white space or control characters.
    pub fn parse(text: &str) -> Option<Self> {
        let clean = !text.is_empty() && text.len() <= 512 && text.bytes().all(|b| b.is_ascii_graphic());
        clean.then(|| Self(text.to_owned()))
    }

    /// True when the tenant is still to be filled in.
    pub fn is_template(&self) -> bool {
        self.0.contains(PLACE)
    }

    /// The issuer of this tenant's tokens; a fixed issuer is the same for all.
    pub fn for_tenant(&self, tenant: &str) -> String {
        self.0.replace(PLACE, tenant)
    }

    /// The text, place holder included.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_takes_the_tenant_and_a_fixed_issuer_ignores_it() {
        let template = Issuer::parse("https://login.example/{tenantid}/v2.0").unwrap();
        assert!(template.is_template());
        assert_eq!(template.for_tenant("t1"), "https://login.example/t1/v2.0");
        let fixed = Issuer::parse("https://login.example/t2/v2.0").unwrap();
        assert!(!fixed.is_template());
        assert_eq!(fixed.for_tenant("t1"), "https://login.example/t2/v2.0");
        for bad in ["", "a b", "a\n", &"a".repeat(600)] {
            assert_eq!(Issuer::parse(bad), None);
        }
    }
}
