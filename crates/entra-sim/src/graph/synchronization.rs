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
use crate::provisioning::job::{Job, Reach, ScheduleState};
use crate::provisioning::mapping::{ExternalIdSource, Schema};
use crate::provisioning::notification::Notification;
use crate::provisioning::on_demand::{self, Subject};
use crate::provisioning::restart::{self, reset};
use crate::provisioning::{connection, graph_schema, schedule};
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
    reset_scope: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Settings {
    synchronization_job_settings: Vec<Setting>,
}

#[derive(Deserialize)]
struct Setting {
    name: String,
    value: String,
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
    let wish = pick(body.value)?;
    sim.change(|directory| {
        for job in directory.jobs.values_mut().filter(|job| job.principal == principal) {
            apply(job, &wish);
        }
    });
    Ok(Reply::Nothing)
}

fn apply(job: &mut Job, wish: &Wish) {
    if let Some(base) = &wish.base {
        job.base_address = Some(base.clone());
    }
    if let Some(token) = &wish.token {
        job.secret_token = Some(Secret::new(token.clone()));
    }
    if let Some(notification) = &wish.notification {
        job.notification = notification.clone();
    }
    if let Some(reach) = wish.reach.filter(|reach| *reach != job.reach) {
        job.reach = reach;
        // Changing the scope starts the job over.
        reset(job, &restart::USUAL);
    }
}

fn known_secrets(sim: &Sim, call: &Call, principal: ObjectId) -> Reply {
    let tenant = sim.tenant();
    let job = tenant.jobs.values().find(|job| job.principal == principal);
    let shown = job.map_or_else(Vec::new, |job| {
        vec![
            json!({"key": "BaseAddress", "value": job.base_address}),
            json!({"key": "SecretToken", "value": job.secret_token.as_ref().map(|_| "*")}),
            json!({"key": "SyncNotificationSettings", "value": serde_json::to_string(&job.notification).unwrap_or_default()}),
            json!({"key": "SyncAll", "value": if job.reach == Reach::Everything { "true" } else { "false" }}),
        ]
    });
    Reply::values(sim, call, "synchronization/secrets", shown)
}

/// What an administrator enters beside the mappings.
#[derive(Default)]
struct Wish {
    base: Option<String>,
    token: Option<String>,
    notification: Option<Notification>,
    reach: Option<Reach>,
}

fn pick(pairs: Vec<Pair>) -> Result<Wish, GraphError> {
    let mut wish = Wish::default();
    for pair in pairs {
        match (pair.key.as_str(), pair.value) {
            ("BaseAddress", value) => wish.base = value,
            ("SecretToken", value) => wish.token = value,
            ("SyncNotificationSettings", Some(text)) => {
                let read = serde_json::from_str(&text);
                wish.notification =
                    Some(read.map_err(|error| GraphError::bad(format!("SyncNotificationSettings is not usable: {error}.")))?);
            }
            ("SyncAll", Some(text)) => {
                wish.reach = Some(if text.eq_ignore_ascii_case("true") { Reach::Everything } else { Reach::Assigned });
            }
            ("SyncNotificationSettings" | "SyncAll", None) => {}
            (other, _) => return Err(GraphError::bad(format!("The secret key '{other}' is not known."))),
        }
    }
    if let Some(text) = &wish.base {
        let good = url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
        if !good {
            return Err(GraphError::bad("BaseAddress is not a URL."));
        }
    }
    Ok(wish)
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
        (&Method::PATCH, []) => settings(sim, call, id),
        (&Method::GET, ["schema"]) => Ok(Reply::object(sim, call, "synchronization/schema", graph_schema::show(&job.schema, id))),
        (&Method::PUT, ["schema"]) => {
            let next = graph_schema::read(&job.schema, &call.json::<Value>()?).map_err(|error| {
                let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
                GraphError::bad(format!("{error}{cause}."))
            })?;
            edit(sim, id, |job| {
                // Changing mappings starts the job over.
                reset(job, &restart::USUAL);
                job.schema = next;
            })
        }
        (&Method::POST, [action]) => act(sim, call, job, short(action)).await,
        _ => Err(wrong_verb()),
    }
}

/// The one setting of a job that can be changed: from how many deletions on it stops.
fn settings(sim: &Sim, call: &Call, id: &str) -> Outcome {
    let body: Settings = call.json()?;
    let mut threshold = None;
    for setting in body.synchronization_job_settings {
        let number = setting.value.parse::<u64>().ok().filter(|_| setting.name == "QuarantineTooManyDeletesThreshold");
        threshold = Some(number.ok_or_else(|| GraphError::bad(format!("The job setting '{}' cannot be set so.", setting.name)))?);
    }
    edit(sim, id, |job| {
        if let Some(threshold) = threshold {
            job.notification.delete_threshold_enabled = true;
            job.notification.delete_threshold_value = threshold;
        }
    })
}

fn edit(sim: &Sim, id: &str, edit: impl FnOnce(&mut Job)) -> Outcome {
    let known = sim.change(|directory| directory.jobs.get_mut(id).map(edit));
    known.map(|()| Reply::Nothing).ok_or_else(|| GraphError::missing(id))
}

async fn act(sim: &Arc<Sim>, call: &Call, job: Job, action: &str) -> Outcome {
    match action {
        "start" => {
            edit(sim, &job.id, |job| {
                job.state = ScheduleState::Active;
                job.quarantine = None;
            })?;
            schedule::start(sim, &job.id);
            Ok(Reply::Nothing)
        }
        "pause" => edit(sim, &job.id, |job| job.state = ScheduleState::Paused),
        "restart" => {
            let body: Restart = if call.body.is_empty() { Restart::default() } else { call.json()? };
            let resets = match &body.criteria.reset_scope {
                None => restart::USUAL.to_vec(),
                Some(text) => restart::read(text).map_err(|word| GraphError::bad(format!("The resetScope '{word}' is not known.")))?,
            };
            edit(sim, &job.id, |job| {
                reset(job, &resets);
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
        let wish = pick(body.credentials)?;
        job.base_address = wish.base.or(job.base_address);
        job.secret_token = wish.token.map(Secret::new).or(job.secret_token);
    }
    let tested = match Endpoint::of(sim, &job) {
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
    let answer = json!({
        "key": "Microsoft.Identity.Health.CPP.Common.DataContracts.SyncFabric.StatusInfo",
        "value": Value::Array(results).to_string(),
    });
    Ok(Reply::object(sim, call, "microsoft.graph.stringKeyStringValuePair", answer))
}
