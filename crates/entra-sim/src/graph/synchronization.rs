//! Owns `/servicePrincipals/{id}/synchronization`: templates, jobs, secrets, schema and their actions.

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::call::Call;
use super::error::GraphError;
use super::reply::{Outcome, Reply};
use super::{job_status, needs, principals, short, wrong_verb};
use crate::directory::id::ObjectId;
use crate::directory::user::Secret;
use crate::provisioning::client::Endpoint;
use crate::provisioning::connection;
use crate::provisioning::job::{Job, ScheduleState};
use crate::provisioning::mapping::{ExternalIdSource, Schema};
use crate::provisioning::on_demand::{self, Subject};
use crate::provisioning::schedule::{self, Reset, reset};
use crate::state::Sim;

#[derive(Deserialize)]
struct Pair {
    key: String,
    #[serde(default)]
    value: Option<String>,
}

#[derive(Deserialize)]
struct Secrets {
    value: Vec<Pair>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Validate {
    use_saved_credentials: bool,
    credentials: Vec<Pair>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewJob {
    template_id: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Restart {
    criteria: Criteria,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Criteria {
    reset_scope: String,
}

#[derive(Deserialize)]
struct OnDemand {
    parameters: Vec<Parameter>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parameter {
    rule_id: String,
    subjects: Vec<Subject>,
}

/// Below `/servicePrincipals/{id}/synchronization`.
pub async fn route(sim: &Arc<Sim>, call: &Call, key: &str, rest: &[&str]) -> Outcome {
    call.caller.need(needs::SYNCHRONIZATION)?;
    let principal = principals::find(&sim.tenant(), key)?;
    let provisionable = sim.tenant().principals.get(&principal).is_some_and(|sp| sp.provisionable);
    if !provisionable {
        return Err(GraphError::new(
            StatusCode::NOT_FOUND,
            "ServicePrincipalNotProvisionable",
            "The application has no provisioning; only non-gallery applications made for it have.",
        ));
    }
    match (&call.method, rest) {
        (&Method::GET, ["templates"]) => {
            let template = json!({"id": "scim", "applicationId": "8adf8e6e-67b2-4cf2-a259-e3dc5476c621", "default": true,
                "description": "SCIM 2.0", "discoverable": true, "factoryTag": "scim", "metadata": []});
            Ok(Reply::values(sim, call, "synchronization/templates", vec![template]))
        }
        (&Method::GET, ["jobs"]) => {
            let jobs = sim.tenant().jobs.values().filter(|job| job.principal == principal).map(|job| job_status::graph(sim, job)).collect();
            Ok(Reply::values(sim, call, "synchronization/jobs", jobs))
        }
        (&Method::POST, ["jobs"]) => create(sim, call, principal),
        (&Method::PUT, ["secrets"]) => secrets(sim, call, principal),
        (&Method::GET, ["secrets"]) => Ok(known_secrets(sim, call, principal)),
        (_, ["jobs", id, rest @ ..]) => job(sim, call, (principal, id), rest).await,
        (_, ["templates" | "secrets" | "jobs"]) => Err(wrong_verb()),
        _ => Err(GraphError::unknown_path(rest.first().copied().unwrap_or("synchronization"))),
    }
}

fn create(sim: &Sim, call: &Call, principal: ObjectId) -> Outcome {
    let body: NewJob = call.json()?;
    if body.template_id != "scim" {
        return Err(GraphError::bad(format!("The template '{}' does not exist.", body.template_id)));
    }
    let shown = sim.change(|directory| {
        let schema = Schema::usual(Uuid::new_v4(), ExternalIdSource::MailNickname);
        let job = Job::new(directory.tenant.id, Uuid::new_v4(), principal, schema);
        let shown = job_status::graph(sim, &job);
        directory.jobs.insert(job.id.clone(), job);
        shown
    });
    Ok(Reply::created(sim, call, "synchronization/jobs/$entity", shown))
}

fn secrets(sim: &Sim, call: &Call, principal: ObjectId) -> Outcome {
    let body: Secrets = call.json()?;
    let (base, token) = pick(body.value)?;
    sim.change(|directory| {
        for job in directory.jobs.values_mut().filter(|job| job.principal == principal) {
            if let Some(base) = &base {
                job.base_address = Some(base.clone());
            }
            if let Some(token) = &token {
                job.secret_token = Some(Secret::new(token.clone()));
            }
        }
    });
    Ok(Reply::Nothing)
}

fn known_secrets(sim: &Sim, call: &Call, principal: ObjectId) -> Reply {
    let tenant = sim.tenant();
    let job = tenant.jobs.values().find(|job| job.principal == principal);
    let shown = job.map_or_else(Vec::new, |job| {
        vec![
            json!({"key": "BaseAddress", "value": job.base_address}),
            json!({"key": "SecretToken", "value": job.secret_token.as_ref().map(|_| "*")}),
        ]
    });
    Reply::values(sim, call, "synchronization/secrets", shown)
}

fn pick(pairs: Vec<Pair>) -> Result<(Option<String>, Option<String>), GraphError> {
    let (mut base, mut token) = (None, None);
    for pair in pairs {
        match pair.key.as_str() {
            "BaseAddress" => base = pair.value,
            "SecretToken" => token = pair.value,
            "SyncNotificationSettings" | "SyncAll" => {}
            other => return Err(GraphError::bad(format!("The secret key '{other}' is not known."))),
        }
    }
    if let Some(text) = &base {
        let good = url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
        if !good {
            return Err(GraphError::bad("BaseAddress is not a URL."));
        }
    }
    Ok((base, token))
}

async fn job(sim: &Arc<Sim>, call: &Call, (principal, id): (ObjectId, &str), rest: &[&str]) -> Outcome {
    let job = sim.tenant().jobs.get(id).filter(|job| job.principal == principal).cloned();
    let job = job.ok_or_else(|| GraphError::missing(id))?;
    match (&call.method, rest) {
        (&Method::GET, []) => Ok(Reply::object(sim, call, "synchronization/jobs/$entity", job_status::graph(sim, &job))),
        (&Method::DELETE, []) => {
            sim.change(|directory| directory.jobs.remove(id));
            Ok(Reply::Nothing)
        }
        (&Method::GET, ["schema"]) => Ok(Reply::object(sim, call, "synchronization/schema", job.schema.graph(id))),
        (&Method::PUT, ["schema"]) => {
            let next = job.schema.replaced_by(&call.json::<Value>()?).map_err(|error| {
                let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
                GraphError::bad(format!("{error}{cause}."))
            })?;
            edit(sim, id, |job| {
                // Changing mappings starts the job over.
                reset(job, Reset::Watermark);
                job.schema = next;
            })
        }
        (&Method::POST, [action]) => act(sim, call, job, short(action)).await,
        _ => Err(wrong_verb()),
    }
}

fn edit(sim: &Sim, id: &str, edit: impl FnOnce(&mut Job)) -> Outcome {
    let known = sim.change(|directory| directory.jobs.get_mut(id).map(edit));
    known.map(|()| Reply::Nothing).ok_or_else(|| GraphError::missing(id))
}

async fn act(sim: &Arc<Sim>, call: &Call, job: Job, action: &str) -> Outcome {
    match action {
        "start" => {
            edit(sim, &job.id, |job| job.state = ScheduleState::Active)?;
            schedule::start(sim, &job.id);
            Ok(Reply::Nothing)
        }
        "pause" => edit(sim, &job.id, |job| job.state = ScheduleState::Paused),
        "restart" => {
            let body: Restart = if call.body.is_empty() { Restart::default() } else { call.json()? };
            let full = body.criteria.reset_scope.split(',').any(|word| word.trim().eq_ignore_ascii_case("full"));
            edit(sim, &job.id, |job| {
                reset(job, if full { Reset::Full } else { Reset::Watermark });
                job.state = ScheduleState::Active;
            })?;
            schedule::start(sim, &job.id);
            Ok(Reply::Nothing)
        }
        "validateCredentials" => validate(sim, call, job).await,
        "provisionOnDemand" => provision(sim, call, job).await,
        other => Err(GraphError::unknown_path(other)),
    }
}

async fn validate(sim: &Arc<Sim>, call: &Call, mut job: Job) -> Outcome {
    let body: Validate = if call.body.is_empty() { Validate::default() } else { call.json()? };
    if !body.use_saved_credentials {
        let (base, token) = pick(body.credentials)?;
        job.base_address = base.or(job.base_address);
        job.secret_token = token.map(Secret::new).or(job.secret_token);
    }
    let tested = match Endpoint::of(&sim.engine.http, &job) {
        Ok(endpoint) => connection::test(&endpoint, &job).await,
        Err(failure) => Err(failure),
    };
    tested.map(|()| Reply::Nothing).map_err(|failure| {
        GraphError::new(
            StatusCode::BAD_REQUEST,
            "CredentialValidationFailure",
            format!("We were unable to authorize access to the application with the given credentials: {failure}."),
        )
    })
}

async fn provision(sim: &Arc<Sim>, call: &Call, job: Job) -> Outcome {
    let body: OnDemand = call.json()?;
    let rule = job.schema.rule_id.to_string();
    if let Some(parameter) = body.parameters.iter().find(|one| !one.rule_id.eq_ignore_ascii_case(&rule)) {
        return Err(GraphError::bad(format!("The synchronization rule '{}' does not exist.", parameter.rule_id)));
    }
    let subjects: Vec<Subject> = body.parameters.into_iter().flat_map(|one| one.subjects).collect();
    let ticket = sim.engine.ask(&job.id);
    let results = on_demand::run(sim, &job, &ticket, &subjects).await;
    let results = results.map_err(|error| GraphError::bad(format!("{error}.")))?;
    let failed = results.iter().any(|result| result["status"] == "failure");
    let answer = json!({
        "key": if failed { "Microsoft.Identity.Health.CPP.Common.DataContracts.SyncFabric.StatusInfo.Failure" }
            else { "Microsoft.Identity.Health.CPP.Common.DataContracts.SyncFabric.StatusInfo.Success" },
        "value": Value::Array(results).to_string(),
    });
    Ok(Reply::object(sim, call, "microsoft.graph.stringKeyStringValuePair", answer))
}
