//! Owns sending references: members of groups, managers of people.

use std::time::Instant;

use serde_json::Value;

use super::dialect::Difference;
use super::escrow::Escrow;
use super::failure::Failure;
use super::job::Kind;
use super::log::{Action, Ending, Object};
use super::perform::Run;
use super::references_plan::{ManagerTask, MemberTask};
use super::wire::ReferenceChecks;
use crate::directory::id::ObjectId;

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
        let wish = task.wish();
        let size = self.endpoint.wire.members_per_request;
        let mut failed = false;
        for batch in task.add.chunks(size) {
            failed |= !self.added(&task, &wish, batch).await;
        }
        for batch in task.remove.chunks(size) {
            failed |= !self.removed(&task, &wish, batch).await;
        }
        if !failed {
            self.change(|job| job.reference_escrows.remove(&task.id));
        }
    }

    async fn added(&self, task: &MemberTask, wish: &Value, batch: &[(ObjectId, String)]) -> bool {
        let mut missing = Vec::with_capacity(batch.len());
        for (_, target) in batch {
            if self.endpoint.wire.reference_checks != ReferenceChecks::All {
                missing.push(target.clone());
                continue;
            }
            match self.endpoint.refers(Kind::Group, &task.target, "members", target).await {
                Ok(true) => {}
                Ok(false) => missing.push(target.clone()),
                Err(failure) => {
                    self.reference_failed(task.object(), wish, &failure, Instant::now());
                    return false;
                }
            }
        }
        if !missing.is_empty() && !self.sent(task, wish, self.endpoint.writer().add_members(&missing), (Value::Null, ids(batch))).await {
            return false;
        }
        self.tally.lock().members_added += missing.len() as u64;
        self.change(|job| {
            if let Some(link) = job.links.get_mut(&task.id) {
                link.members.extend(batch.iter().map(|(id, _)| *id));
            }
        });
        true
    }

    async fn removed(&self, task: &MemberTask, wish: &Value, batch: &[(ObjectId, String)]) -> bool {
        let targets: Vec<String> = batch.iter().map(|(_, target)| target.clone()).collect();
        if !self.sent(task, wish, self.endpoint.writer().remove_members(&targets), (ids(batch), Value::Null)).await {
            return false;
        }
        self.tally.lock().members_removed += batch.len() as u64;
        self.change(|job| {
            if let Some(link) = job.links.get_mut(&task.id) {
                link.members.retain(|id| !batch.iter().any(|(gone, _)| gone == id));
            }
        });
        true
    }

    async fn sent(&self, task: &MemberTask, wish: &Value, body: Value, (held, wanted): (Value, Value)) -> bool {
        if self.is_broken() {
            return false;
        }
        let began = Instant::now();
        match self.endpoint.patch(Kind::Group, &task.target, &body).await {
            Ok(()) => {
                self.trouble.lock().in_a_row = 0;
                let change = Difference { path: "members".to_owned(), held, wanted };
                self.note(task.object(), Action::Update, Ending::Success, vec![change], began);
                true
            }
            Err(failure) => {
                self.reference_failed(task.object(), wish, &failure, began);
                false
            }
        }
    }

    fn reference_failed(&self, object: Object, wish: &Value, failure: &Failure, began: Instant) {
        self.tally.lock().fail(format!("references of {} {}: {failure}", object.kind.word(), object.name));
        if failure.is_general() {
            let mut trouble = self.trouble.lock();
            trouble.in_a_row += 1;
            trouble.last = Some(failure.clone());
        } else {
            let (id, now) = (object.source, self.sim.now());
            self.change(|job| {
                let made = Escrow::after(job.reference_escrows.get(&id), wish.clone(), failure, now);
                job.reference_escrows.insert(id, made);
            });
        }
        self.note(object, Action::Update, Ending::failed(failure), Vec::new(), began);
    }

    /// Sends a person's manager; one who is not provisioned is only noted, until a restart.
    pub async fn manager(&self, task: ManagerTask) {
        if let Some(target) = &task.manager_target {
            if self.is_broken() {
                return;
            }
            let began = Instant::now();
            match self.manager_set(&task, target).await {
                Ok(Sent::Already) => {}
                Ok(Sent::Now) => {
                    self.trouble.lock().in_a_row = 0;
                    self.tally.lock().users_updated += 1;
                    let change = Difference { path: task.path.clone(), held: Value::Null, wanted: task.manager.to_string().into() };
                    self.note(task.object(), Action::Update, Ending::Success, vec![change], began);
                }
                Err(failure) => {
                    self.reference_failed(task.object(), &task.manager.to_string().into(), &failure, began);
                    return;
                }
            }
        }
        self.change(|job| {
            job.reference_escrows.remove(&task.id);
            if let Some(link) = job.links.get_mut(&task.id) {
                link.sent.insert(task.path.clone(), task.manager.to_string().into());
            }
        });
    }

    async fn manager_set(&self, task: &ManagerTask, target: &str) -> Result<Sent, Failure> {
        let asks = self.endpoint.wire.reference_checks != ReferenceChecks::None;
        if asks && self.endpoint.refers(Kind::User, &task.target, "manager", target).await? {
            return Ok(Sent::Already);
        }
        let body = self.endpoint.writer().set_manager(&task.path, target);
        self.endpoint.patch(Kind::User, &task.target, &body).await.map(|()| Sent::Now)
    }
}

/// Whether a reference had to be written.
enum Sent {
    Now,
    Already,
}

impl MemberTask {
    fn object(&self) -> Object {
        Object { kind: Kind::Group, source: self.id, name: self.name.clone(), target: Some(self.target.clone()) }
    }
}

impl ManagerTask {
    fn object(&self) -> Object {
        Object { kind: Kind::User, source: self.id, name: self.name.clone(), target: Some(self.target.clone()) }
    }
}

fn ids(batch: &[(ObjectId, String)]) -> Value {
    batch.iter().map(|(id, _)| Value::from(id.to_string())).collect()
}
