//! What was found, for a rule that was judged: one sentence for each kind of rule and verdict, in two tables.
//!
//! As in the table of fixes, `{rule}` stands for what the rule names and `{fact}` for what was found. "They" is whoever asked.

use crate::Reason;

impl Reason {
    /// The sentence for a rule of this kind (its name on the wire). Only `matches` and `differs` depend on the kind.
    pub fn told_of(self, kind: &str) -> &'static str {
        let found = match self {
            Self::Matches => MATCHES,
            Self::Differs => DIFFERS,
            _ => return self.meaning(),
        };
        found.iter().find(|(known, _)| *known == kind).map_or_else(|| self.meaning(), |(_, sentence)| sentence)
    }
}

/// The fact is what the rule asks for.
const MATCHES: &[(&str, &str)] = &[
    ("everyone", "Everyone fits it."),
    ("email", "Their address is {fact}."),
    ("email_domain", "Their address is {fact}."),
    ("email_list", "Their address {fact} is on the list {rule}."),
    ("azureAD", "They are in {rule}."),
    ("login_method", "They signed in through {rule}."),
    ("auth_method", "The sign-in used {rule}."),
    ("auth_context", "The provider granted {rule}."),
    ("oidc", "The claim is {fact}."),
    ("ip", "The client's address {fact} is in {rule}."),
    ("ip_list", "The client's address {fact} is on the list {rule}."),
    ("geo", "The request came from {fact}."),
    ("service_token", "The request came with the service token {fact}."),
    ("any_valid_service_token", "The request came with the service token {fact}."),
    ("linked_app_token", "The request came with a token of the application {fact}."),
    ("certificate", "The client showed a certificate {fact}."),
    ("common_name", "The client showed a certificate {fact}."),
    ("device_posture", "Their devices are {fact}, as {rule} asks for."),
    ("user_risk_score", "Their risk is {fact}."),
    ("external_evaluation", "The service behind {rule} said yes."),
];

/// The fact is something else.
const DIFFERS: &[(&str, &str)] = &[
    ("email", "Their address is {fact}, not {rule}."),
    ("email_domain", "Their address is {fact}, which is not at {rule}."),
    ("email_list", "Their address {fact} is not on the list {rule}."),
    ("azureAD", "They are in {fact}, not in {rule}."),
    ("login_method", "They signed in through {fact}, not through {rule}."),
    ("auth_method", "The sign-in used {fact}, not {rule}."),
    ("oidc", "The claim is {fact}, not as in {rule}."),
    ("ip", "The client's address is {fact}, which is not in {rule}."),
    ("ip_list", "The client's address {fact} is not on the list {rule}."),
    ("geo", "The request came from {fact}, not from {rule}."),
    ("service_token", "The request came with the service token {fact}, not with {rule}."),
    ("linked_app_token", "The request came with a token of the application {fact}, not of {rule}."),
    ("common_name", "The client showed a certificate {fact}, not for {rule}."),
    ("device_posture", "Their devices are {fact}, which is not what {rule} asks for."),
    ("user_risk_score", "Their risk is {fact}, not {rule}."),
    ("external_evaluation", "The service behind {rule} said no."),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_stands_once_and_its_sentence_has_known_places() {
        for table in [MATCHES, DIFFERS] {
            for (place, (kind, sentence)) in table.iter().enumerate() {
                assert!(!table[..place].iter().any(|(known, _)| known == kind), "{kind}");
                assert!(sentence.ends_with('.') && sentence.starts_with(|c: char| c.is_ascii_uppercase()), "{sentence}");
                for part in sentence.split('{').skip(1) {
                    assert!(["rule", "fact"].contains(&part.split('}').next().unwrap()), "{sentence}");
                }
            }
        }
    }

    #[test]
    fn only_matches_and_differs_have_a_sentence_for_each_kind() {
        assert_eq!(Reason::Differs.told_of("geo"), "The request came from {fact}, not from {rule}.");
        assert_eq!(Reason::Differs.told_of("unheard"), Reason::Differs.meaning());
        assert_eq!(Reason::CountryUnknown.told_of("geo"), Reason::CountryUnknown.meaning());
    }
}
