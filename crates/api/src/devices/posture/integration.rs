//! `/accounts/{account_id}/devices/posture/integration`: where facts about devices are read.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod edit;
pub(crate) mod get;
pub(crate) mod list;
mod wire;

use model::{ObjectId, idp::EntraCloud};
use store::Snapshot;

use crate::audit::Object;

/// How audit records name an integration.
const NOUN: Object = Object("device_posture_integration");

/// The cloud that a tenant lives in: that of the sign-in provider of the same tenant.
fn cloud_of(snapshot: &Snapshot, tenant: ObjectId) -> Option<EntraCloud> {
    let same_tenant = snapshot.idps.values().filter_map(|idp| idp.config.entra()).find(|settings| settings.directory_id == tenant);
    same_tenant.and_then(|settings| settings.cloud.clone())
}
