//! The provisioning log's record of a write under way: gathered while the request is worked on, kept in the transaction of the change
//! or, when the request is refused, afterwards by itself.
//!
//! [`keep`] stands around every handler that writes and puts a [`Journal`] beside the request. The handler tells it what it finds and
//! calls [`Journal::done`] in its transaction. A refusal takes no help of the handler: whatever ends in an error status is a record,
//! except for callers that did not prove who they are (401) and a store that takes no writes (503).

mod text;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use axum::{
    body::Body,
    extract::{FromRequestParts, OriginalUri, State},
    middleware::Next,
    response::Response,
};
use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode, header, request::Parts};
use model::{
    IdpId, ScimId,
    provisioned::{Provisioned, ResourceKind},
    provisioning_log::{Effect, ScimUpdate, WriteMethod},
};
use scim::{Doc, Kind, Normalised, ScimError};
use store::Tx;

use crate::{ProvisioningState, credential, error::Failure, lifecycle::plan::MembershipChange, record};

/// Longest `User-Agent` that is kept, in characters.
const MAX_AGENT: usize = 200;

/// The record under way. Clones are the same record.
#[derive(Debug, Clone)]
pub(crate) struct Journal(Arc<Mutex<Draft>>);

/// What is known so far.
#[derive(Debug)]
struct Draft {
    idp: IdpId,
    method: WriteMethod,
    kind: Kind,
    resource: Option<ScimId>,
    external_id: Option<String>,
    user_email: Option<String>,
    group_name: Option<String>,
    agent: Option<String>,
    /// The body as it is kept.
    request: Option<String>,
    normalised: Normalised,
}

/// What changed, on both sides.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Change<'a> {
    /// The resource before.
    pub before: Option<&'a Provisioned>,
    /// The resource after; the same as before when nothing changed.
    pub after: Option<&'a Provisioned>,
    /// Who came into a group and who left it.
    pub membership: &'a MembershipChange,
}

/// Why a request was refused, beside the answer that says so.
#[derive(Debug, Clone)]
pub(crate) struct Refused(pub String);

/// Runs a handler that writes, and keeps a record of the request when it is refused.
pub(crate) async fn keep(State(state): State<Arc<ProvisioningState>>, mut request: Request<Body>, next: Next) -> Response {
    let Some(journal) = Journal::open(&request) else { return next.run(request).await };
    request.extensions_mut().insert(journal.clone());
    let response = next.run(request).await;
    match response.status() {
        StatusCode::UNAUTHORIZED | StatusCode::SERVICE_UNAVAILABLE => {}
        status if status.is_client_error() || status.is_server_error() => {
            let why = response.extensions().get::<Refused>().map(|refused| refused.0.clone());
            journal.refused(&state, status, why).await;
        }
        _ => journal.count(&state),
    }
    response
}

impl Journal {
    /// A record for a request that writes; `None` for the others.
    fn open(request: &Request<Body>) -> Option<Self> {
        let method = match *request.method() {
            Method::POST => WriteMethod::Post,
            Method::PUT => WriteMethod::Put,
            Method::PATCH => WriteMethod::Patch,
            Method::DELETE => WriteMethod::Delete,
            _ => return None,
        };
        let uri = request.extensions().get::<OriginalUri>().map_or(request.uri(), |original| &original.0);
        let mut below = uri.path().split("/scim/v2/").nth(1)?.split('/');
        let kind = [Kind::User, Kind::Group].into_iter().find(|kind| below.clone().next() == Some(kind.endpoint()))?;
        Some(Self(Arc::new(Mutex::new(Draft {
            idp: credential::provider_of(uri.path())?,
            method,
            kind,
            resource: below.nth(1).and_then(|id| id.parse().ok()),
            external_id: None,
            user_email: None,
            group_name: None,
            agent: agent(request.headers()),
            request: None,
            normalised: Normalised::new(),
        }))))
    }

    fn draft(&self) -> MutexGuard<'_, Draft> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The body as it arrived. Made ready to be kept here and not in the transaction, behind which others wait.
    pub fn received(&self, body: &Bytes) {
        self.draft().request = text::request(body);
    }

    /// The resource that is to be changed.
    pub fn about(&self, resource: &Provisioned) {
        self.draft().about(resource);
    }

    /// The resource that is to be made.
    pub fn meant(&self, doc: &Doc) {
        let mut draft = self.draft();
        draft.external_id = doc.external_id().map(str::to_owned);
        match draft.kind {
            Kind::User => draft.user_email = address(doc.work_email(), doc.user_name()),
            Kind::Group => draft.group_name = doc.display_name().map(str::to_owned),
        }
    }

    /// What was brought into the RFC's form.
    pub fn normalised(&self, counts: &Normalised) {
        let mut draft = self.draft();
        for (quirk, count) in counts {
            tracing::debug!(idp.id = %draft.idp, scim.quirk = quirk.as_str(), count, "SCIM input normalised");
            let sum = draft.normalised.entry(*quirk).or_insert(0);
            *sum = sum.saturating_add(*count);
        }
    }

    /// Keeps the record of a request that is carried out, in the transaction of its change.
    pub fn done(&self, tx: &mut Tx<'_>, change: Change<'_>, effects: Vec<Effect>) -> Result<(), Failure> {
        let mut draft = self.draft();
        if let Some(resource) = change.after.or(change.before) {
            draft.about(resource);
        }
        let status = match (draft.method, draft.kind) {
            (WriteMethod::Post, _) => StatusCode::CREATED,
            (WriteMethod::Delete, _) | (WriteMethod::Patch, Kind::Group) => StatusCode::NO_CONTENT,
            (WriteMethod::Put, _) | (WriteMethod::Patch, Kind::User) => StatusCode::OK,
        };
        let update = ScimUpdate { effects, ..draft.record(tx, status) };
        let (before, after) = text::sides(change);
        tx.log_scim_update(&ScimUpdate { before, after, ..update })?;
        Ok(())
    }

    /// Adds what was normalised to the counts of the provider.
    fn count(&self, state: &ProvisioningState) {
        let draft = self.draft();
        state.contacts.count(draft.idp, &draft.normalised);
    }

    /// Keeps the record of a request that asks for what is there already.
    pub fn nothing_changed(&self, tx: &mut Tx<'_>, resource: &Provisioned) -> Result<(), Failure> {
        self.done(tx, Change { before: Some(resource), after: Some(resource), membership: &MembershipChange::default() }, Vec::new())
    }

    /// Keeps the record of a request that is refused. What is not kept is told to the server's log only: the refusal is the answer
    /// either way.
    async fn refused(&self, state: &ProvisioningState, status: StatusCode, error: Option<String>) {
        let (journal, idp) = (self.clone(), self.draft().idp);
        if !state.contacts.keeps_refusal(idp, Instant::now()) {
            return;
        }
        let kept = state.store.write(move |tx| {
            let update = ScimUpdate { error, ..journal.draft().record(tx, status) };
            tx.log_scim_update(&update)
        });
        if let Err(error) = kept.await {
            tracing::error!(error = &error as &dyn std::error::Error, idp.id = %idp, "a refused SCIM request could not be logged");
        }
    }
}

impl Draft {
    fn about(&mut self, resource: &Provisioned) {
        self.resource = Some(resource.id);
        self.external_id.clone_from(&resource.external_id);
        match resource.kind {
            ResourceKind::User => self.user_email = address(resource.email.as_deref(), resource.user_name.as_deref()),
            ResourceKind::Group => self.group_name.clone_from(&resource.display_name),
        }
    }

    fn record(&self, tx: &Tx<'_>, status: StatusCode) -> ScimUpdate {
        ScimUpdate {
            at: tx.now(),
            idp: self.idp,
            method: self.method,
            kind: record::stored_kind(self.kind),
            resource: self.resource,
            external_id: self.external_id.clone(),
            user_email: self.user_email.clone(),
            group_name: self.group_name.clone(),
            status: status.as_u16(),
            error: None,
            agent: self.agent.clone(),
            request: self.request.clone(),
            effects: Vec::new(),
            normalised: self.normalised.iter().map(|(quirk, count)| (quirk.as_str().to_owned(), *count)).collect(),
            before: None,
            after: None,
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Journal {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        let missing = || ScimError::new(500, None, "The request cannot be logged, so it is not carried out.");
        parts.extensions.get::<Self>().cloned().ok_or_else(|| missing().into())
    }
}

/// A work address, or a `userName` that is one.
fn address(email: Option<&str>, user_name: Option<&str>) -> Option<String> {
    email.or(user_name.filter(|name| name.contains('@'))).map(str::to_owned)
}

/// `User-Agent` without what could steer a terminal, cut short.
pub(crate) fn agent(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::USER_AGENT)?;
    let text = String::from_utf8_lossy(value.as_bytes());
    let plain: String = text.chars().filter(|c| !c.is_control()).take(MAX_AGENT).collect();
    let plain = plain.trim();
    (!plain.is_empty()).then(|| plain.to_owned())
}
