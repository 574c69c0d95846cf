//! `identity_providers/{identity_provider_id}/groups`: groups of an Entra directory by name, from what provisioning sent and from Microsoft
//! Graph, for whoever builds rules. One of the two is enough.

use std::{collections::BTreeMap, pin::Pin};

use axum::extract::State;
use idp::{
    Provider,
    entra::{MOST_NAMED, MembersError, NestedGroup},
};
use model::{
    IdpId, ObjectId,
    idp::IdentityProvider,
    provisioned::{Provisioned, ResourceKind},
};
use serde_json::{Value, json};
use store::ProvisionedKey;

use crate::{
    caller::{Caller, GroupsSearch},
    envelope::Answer,
    error::ApiError,
    params::{At, Query},
    state::ApiState,
};

/// A search under way: groups, and whether there are more.
pub type Searching<'a> = Pin<Box<dyn Future<Output = Result<(Vec<NestedGroup>, bool), MembersError>> + Send + 'a>>;

/// Longest text that is looked for, in bytes.
const LONGEST: usize = 256;

/// What one source told.
enum Told {
    /// There is no such source.
    None(&'static str),
    /// It answered; whether it has more than it told.
    Read(bool),
    /// It may not be asked.
    Refused(MembersError),
    /// It did not answer.
    Failed(MembersError),
    /// Too many ask at once.
    Busy,
}

/// A group that was found.
struct Found {
    name: String,
    sources: Vec<&'static str>,
}

/// Everything with `search` in its name (in Graph: at its beginning), or the one group whose object id it is.
pub(crate) async fn search(
    _: Caller<GroupsSearch>,
    State(state): State<ApiState>,
    At(id): At<IdpId>,
    query: Query,
) -> Result<Answer, ApiError> {
    let words = query.text("search").unwrap_or_default().trim();
    if words.len() > LONGEST {
        return Err(ApiError::fault("search", format!("search is longer than {LONGEST} bytes")));
    }
    let snapshot = state.store.snapshot();
    let idp = snapshot.idps.get(&id).filter(|idp| idp.config.entra().is_some());
    let idp = idp.ok_or_else(|| ApiError::missing("Entra identity provider", id))?;
    let credentials = snapshot.idp_credentials.get(&id).cloned().unwrap_or_default();
    let provider = Provider { config: &idp.config, credentials: &credentials };
    let (scim, graph) = tokio::join!(of_scim(&state, idp, words), of_graph(&state, provider, words));
    let (scim, scim_told) = scim?;
    let (graph, graph_told) = graph;
    let mut found: BTreeMap<ObjectId, Found> = BTreeMap::new();
    for (source, groups) in [("scim", scim), ("graph", graph)] {
        for (id, name) in groups {
            let group = found.entry(id).or_insert_with(|| Found { name: String::new(), sources: Vec::new() });
            // The directory's own word stands above what was sent at some time.
            group.name = name.unwrap_or_else(|| std::mem::take(&mut group.name));
            group.sources.push(source);
        }
    }
    let mut groups: Vec<(ObjectId, Found)> = found.into_iter().collect();
    groups.sort_by_cached_key(|(id, group)| (group.name.to_lowercase(), *id));
    let more = groups.len() > MOST_NAMED || [&scim_told, &graph_told].iter().any(|told| matches!(told, Told::Read(true)));
    groups.truncate(MOST_NAMED);
    let rows: Vec<Value> =
        groups.into_iter().map(|(id, group)| json!({ "id": id, "name": group.name, "sources": group.sources })).collect();
    Ok(Answer::ok(json!({ "groups": rows, "more": more, "scim": write(&scim_told), "graph": write(&graph_told) })))
}

type Listed = Vec<(ObjectId, Option<String>)>;

async fn of_scim(state: &ApiState, idp: &IdentityProvider, words: &str) -> Result<(Listed, Told), ApiError> {
    if !idp.scim.enabled {
        return Ok((Vec::new(), Told::None("Provisioning is off for this login method.")));
    }
    let (id, words) = (idp.id, words.to_owned());
    let found = state
        .read(move |reader| {
            if words.parse::<ObjectId>().is_ok() {
                return Ok(reader.find_provisioned(&id, ResourceKind::Group, ProvisionedKey::ExternalId, &words)?);
            }
            Ok(reader.search_provisioned(&id, ResourceKind::Group, &words, MOST_NAMED as u64 + 1)?)
        })
        .await?;
    let more = found.len() > MOST_NAMED;
    // A rule holds an object id: a group that was sent with something else as externalId cannot be named by one.
    let group = |group: Provisioned| Some((group.external_id.as_deref()?.parse().ok()?, group.display_name));
    Ok((found.into_iter().filter_map(group).collect(), Told::Read(more)))
}

async fn of_graph(state: &ApiState, provider: Provider<'_>, words: &str) -> (Listed, Told) {
    let Ok(_place) = state.searches.try_acquire() else { return (Vec::new(), Told::Busy) };
    match state.checker.groups_named(provider, words, state.now()).await {
        Ok((groups, more)) => (groups.into_iter().map(|group| (group.id, group.name)).collect(), Told::Read(more)),
        Err(error @ (MembersError::Forbidden { .. } | MembersError::Token(_))) => (Vec::new(), Told::Refused(error)),
        Err(error) => (Vec::new(), Told::Failed(error)),
    }
}

fn write(told: &Told) -> Value {
    let cause = |error: &MembersError| match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    };
    let (word, message, fix) = match told {
        Told::None(why) => ("none", (*why).to_owned(), String::new()),
        Told::Read(_) => ("read", String::new(), String::new()),
        Told::Refused(error) => ("refused", cause(error), error.fix().to_owned()),
        Told::Failed(error) => ("failed", cause(error), error.fix().to_owned()),
        Told::Busy => ("busy", "Too many searches are under way.".to_owned(), "Try again in a moment.".to_owned()),
    };
    json!({ "state": word, "message": message, "fix": fix })
}
