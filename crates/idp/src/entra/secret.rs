//! The classic slip with client secrets: the portal shows "Secret ID" next to "Value".

use model::ObjectId;

/// Something about a client secret that is very probably wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SecretWarning {
    /// A GUID: the Secret ID column.
    #[error(
        "this is a GUID, so it is the Secret ID, not the secret: copy the column Value (it is shown only once; make a \
         new client secret if it was not saved)"
    )]
    SecretId,
    /// White space around it.
    #[error("the secret begins or ends with white space, which the copying added")]
    WhiteSpace,
}

/// Looks at the shape of a secret, without keeping or showing it.
pub fn check_secret_shape(secret: &str) -> Option<SecretWarning> {
    let trimmed = secret.trim();
    let bare = trimmed.trim_start_matches('{').trim_end_matches('}');
    if bare.parse::<ObjectId>().is_ok() {
        Some(SecretWarning::SecretId)
    } else if trimmed != secret {
        Some(SecretWarning::WhiteSpace)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_id_is_told_from_a_secret() {
        for (secret, warning) in [
            ("6f0c2b1e-93d4-4a57-8e21-0d9b7c5e4a10", Some(SecretWarning::SecretId)),
            (" {6F0C2B1E-93D4-4A57-8E21-0D9B7C5E4A10}\n", Some(SecretWarning::SecretId)),
            ("abc8Q~x1y2z3.w_v-u ", Some(SecretWarning::WhiteSpace)),
            ("abc8Q~x1y2z3.w_v-u4t5s6r7q8p9o0n1m2l3k4", None),
            ("", None),
        ] {
            assert_eq!(check_secret_shape(secret), warning, "{secret:?}");
        }
    }
}
