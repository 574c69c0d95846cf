//! Owns *Test Connection*: proving tenant URL and secret before they are used.

use uuid::Uuid;

use super::client::Endpoint;
use super::failure::Failure;
use super::job::{Job, Kind};

/// Asks for a person (and a group, when groups are mapped) that cannot exist; good answers are empty lists.
pub async fn test(endpoint: &Endpoint, job: &Job) -> Result<(), Failure> {
    let kinds = [(Kind::User, &job.schema.users), (Kind::Group, &job.schema.groups)];
    for (kind, mapping) in kinds.into_iter().filter(|(_, mapping)| mapping.enabled) {
        let by = mapping.matching().first().map_or("id", |line| line.target.as_str());
        let found = endpoint.find(kind, by, &Uuid::new_v4().to_string()).await?;
        if !found.is_empty() {
            return Err(Failure::Nonsense("it lists an object for a random value; the filter is not applied"));
        }
    }
    Ok(())
}
