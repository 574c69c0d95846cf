//! `/accounts/{account_id}/access/certificates`: authorities whose client certificates are taken on their hosts (mTLS).

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod get;
pub(crate) mod list;
mod md5;
mod pem;
pub(crate) mod settings;
pub(crate) mod update;
mod wire;

use crate::audit::Object;

/// How audit records name an authority.
pub(crate) const NOUN: Object = Object("certificate");
