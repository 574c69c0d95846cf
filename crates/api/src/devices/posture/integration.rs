//! `/accounts/{account_id}/devices/posture/integration`: where facts about devices are read.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod edit;
pub(crate) mod get;
pub(crate) mod list;
mod wire;

use crate::audit::Object;

/// How audit records name an integration.
const NOUN: Object = Object("device_posture_integration");
