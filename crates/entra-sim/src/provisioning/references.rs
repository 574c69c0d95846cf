//! Owns sending references: members of groups, managers of people.

use super::client::Failure;
use super::dialect::Dialect;
use super::job::Kind;
use super::perform::Run;
use super::plan::{ManagerTask, MemberTask};
use crate::directory::id::ObjectId;

/// Members in one PATCH.
const BATCH: usize = 20;

impl Run {
    /// Sends a group's member changes.
    pub async fn members(&self, task: MemberTask) {
        self.change(|job| {
            if let Some(link) = job.links.get_mut(&task.id) {
                link.members.extend(&task.noted);
                for gone in &task.dropped {
                    link.members.remove(gone);
                }
            }
        });
        for batch in task.add.chunks(BATCH) {
            let body = self.endpoint.dialect.add_members(&targets(batch));
            if self.sent(&task, &body).await {
                self.tally.lock().members_added += batch.len() as u64;
                self.change(|job| {
                    if let Some(link) = job.links.get_mut(&task.id) {
                        link.members.extend(batch.iter().map(|(id, _)| *id));
                    }
                });
            }
        }
        for batch in task.remove.chunks(BATCH) {
            let body = self.endpoint.dialect.remove_members(&targets(batch));
            if self.sent(&task, &body).await {
                self.tally.lock().members_removed += batch.len() as u64;
                self.change(|job| {
                    if let Some(link) = job.links.get_mut(&task.id) {
                        link.members.retain(|id| !batch.iter().any(|(gone, _)| gone == id));
                    }
                });
            }
        }
    }

    async fn sent(&self, task: &MemberTask, body: &serde_json::Value) -> bool {
        if self.is_broken() {
            return false;
        }
        match self.endpoint.patch(Kind::Group, &task.target, body).await {
            Ok(()) => true,
            Err(failure) => {
                self.reference_failed(&format!("members of group {}", task.name), &failure);
                false
            }
        }
    }

    fn reference_failed(&self, what: &str, failure: &Failure) {
        self.tally.lock().fail(format!("{what}: {failure}"));
        if failure.is_general() {
            let mut trouble = self.trouble.lock();
            trouble.0 += 1;
            trouble.1 = Some(failure.clone());
        }
    }

    /// Sends a person's manager; one who is not provisioned is only noted, until a restart.
    pub async fn manager(&self, task: ManagerTask) {
        if let Some(target) = &task.manager_target {
            if self.is_broken() {
                return;
            }
            let value = match self.endpoint.dialect {
                Dialect::Usual => target.as_str().into(),
                Dialect::Compliant => serde_json::json!({ "value": target }),
            };
            let body = self.endpoint.dialect.change(&[(task.path.clone(), value)]);
            if let Err(failure) = self.endpoint.patch(Kind::User, &task.target, &body).await {
                self.reference_failed("manager", &failure);
                return;
            }
            self.tally.lock().users_updated += 1;
        }
        self.change(|job| {
            if let Some(link) = job.links.get_mut(&task.id) {
                link.sent.insert(task.path.clone(), task.manager.to_string().into());
            }
        });
    }
}

fn targets(batch: &[(ObjectId, String)]) -> Vec<String> {
    batch.iter().map(|(_, target)| target.clone()).collect()
}
