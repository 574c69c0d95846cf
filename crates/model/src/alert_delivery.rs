//! Where warnings are told besides what the configuration file says.

use serde::{Deserialize, Serialize};

use crate::{Email, Secret, Timestamp};

/// Ways to tell warnings that an administrator set. The webhook's address, and the secret that signs its calls, are kept sealed beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertDelivery {
    /// An address that gets each warning as a POST. Its path may be what lets callers in: nobody is shown it, and it is no part of the
    /// document.
    #[serde(skip)]
    pub webhook_url: Option<Secret>,
    /// People who get a letter, by the mail server of the configuration file.
    #[serde(default)]
    pub mail_to: Vec<Email>,
    /// When it was changed last.
    pub updated_at: Timestamp,
}
