//! `/accounts/{account_id}/devices/posture`: posture rules, and below `integration` where their facts are read.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod get;
pub(crate) mod integration;
pub(crate) mod list;
pub(crate) mod update;
mod wire;

use crate::audit::Object;

/// How audit records name a posture rule.
const NOUN: Object = Object("device_posture_rule");
