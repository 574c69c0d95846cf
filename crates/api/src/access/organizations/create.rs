//! Making the organisation: it is made with the server, so that it always exists already.

use crate::{
    caller::{Caller, OrgWrite},
    envelope::Answer,
    error::ApiError,
};

pub(crate) async fn create(_: Caller<OrgWrite>) -> Result<Answer, ApiError> {
    Err(ApiError::OrganizationExists)
}
