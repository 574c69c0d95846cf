//! What becomes of an application's open streams when time alone ends the token that opened them: doorward's own setting, kept apart
//! from the v4 object (ruling 1).

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// Settings of the streams of an application: WebSockets, server-sent events, long answers and uploads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct AppStreams {
    /// When the application's token has reached its end.
    #[serde(default)]
    pub token_expiry: TokenExpiry,
    /// When it was last changed.
    #[serde(default)]
    pub updated_at: Timestamp,
}

/// What the end of a token's time does to the streams that it opened. Whatever else ends them ends them either way: a revocation, a
/// sign-out, a policy that no longer lets the person in, the end of the session itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum TokenExpiry {
    /// They are cut.
    #[default]
    Cut,
    /// They go on to their own end, or the session's.
    Keep,
}

impl TokenExpiry {
    /// The names, in the order of the variants.
    pub const NAMES: [&'static str; 2] = ["cut", "keep"];

    /// By name.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "cut" => Some(Self::Cut),
            "keep" => Some(Self::Keep),
            _ => None,
        }
    }
    /// The name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cut => Self::NAMES[0],
            Self::Keep => Self::NAMES[1],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_has_one_name_everywhere_and_cuts_when_nothing_was_said() {
        for setting in [TokenExpiry::Cut, TokenExpiry::Keep] {
            assert_eq!(TokenExpiry::named(setting.as_str()), Some(setting));
            assert_eq!(serde_json::to_value(setting).unwrap(), setting.as_str());
        }
        assert_eq!(TokenExpiry::named("never"), None);
        assert_eq!(serde_json::from_str::<AppStreams>("{}").unwrap().token_expiry, TokenExpiry::Cut);
    }
}
