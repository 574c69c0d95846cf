//! `backup`: a sealed, consistent copy of everything, for the command `doorward backup`.

use axum::{
    body::Body,
    extract::State,
    response::{IntoResponse, Response},
};
use futures_util::stream;
use http::{HeaderValue, header};
use store::Backup;

use crate::{
    audit::Object,
    caller::{BackupRead, Caller},
    error::ApiError,
    state::ApiState,
};

const NOUN: Object = Object("backup");

/// Streams it. Whoever gets it can do nothing with it without the server's sealing key; that it was fetched is written down all the same,
/// in the copy too.
pub(crate) async fn get(caller: Caller<BackupRead>, State(state): State<ApiState>) -> Result<Response, ApiError> {
    let (actor, account) = (caller.actor(), caller.account.clone());
    let fetched_from = caller.address.map(|address| address.to_string());
    let noted = state.write(move |tx, _| Ok(NOUN.acted(tx, actor, "fetch", account, serde_json::json!({ "from": fetched_from }))?));
    noted.await?;
    let backup = state.store.backup().await?;
    let body = Body::from_stream(stream::unfold(Some(backup), |backup| async { next(backup?).await }));
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"doorward.backup\""));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    Ok(response)
}

/// The next piece, read and sealed on a blocking thread; an error ends the stream, which cuts the connection.
async fn next(mut backup: Backup) -> Option<(std::io::Result<Vec<u8>>, Option<Backup>)> {
    let read = tokio::task::spawn_blocking(move || (backup.read(), backup)).await;
    match read {
        Ok((Ok(piece), _)) if piece.is_empty() => None,
        Ok((Ok(piece), backup)) => Some((Ok(piece), Some(backup))),
        Ok((Err(error), _)) => {
            tracing::error!(error = &error as &dyn std::error::Error, "a backup ended early");
            Some((Err(error), None))
        }
        Err(error) => Some((Err(std::io::Error::other(error)), None)),
    }
}
