//! The trap of the `active` mapping is recognised from traffic, and only then.

use model::warning::Warning;
use serde_json::{Value, json};

use crate::rig::Rig;

const NAMES: [&str; 6] = ["mara", "ilo", "tessa", "bram", "olu", "fenna"];

async fn crew(rig: &Rig) -> (String, Vec<String>) {
    let group = rig.group("Dock Crew").await;
    let mut users = Vec::new();
    for name in NAMES {
        users.push(rig.user(name).await);
    }
    let members: Vec<Value> = users.iter().map(|id| json!({"value": id})).collect();
    rig.patch(&format!("/Groups/{group}"), json!([{"op": "Add", "path": "members", "value": members}])).await.expect(204);
    (group, users)
}

async fn take_out(rig: &Rig, group: &str, user: &str) {
    rig.patch(&format!("/Groups/{group}"), json!([{"op": "Remove", "path": "members", "value": [{"value": user}]}])).await.expect(204);
}

async fn warnings(rig: &Rig) -> Vec<Warning> {
    let all = rig.store.read(|reader| reader.warnings()).await.unwrap();
    all.into_iter().filter(|warning| warning.finding.code == "provisioning-active-never-false").collect()
}

#[tokio::test]
async fn five_people_without_a_group_and_nobody_ever_inactive_is_a_warning_until_somebody_is() {
    let rig = Rig::start().await;
    let (group, users) = crew(&rig).await;
    for user in &users[..4] {
        take_out(&rig, &group, user).await;
    }
    assert!(warnings(&rig).await.is_empty());
    take_out(&rig, &group, &users[4]).await;
    let raised = warnings(&rig).await;
    assert_eq!(raised.len(), 1);
    let fix = raised[0].finding.fix.as_deref().unwrap();
    assert!(fix.contains("Switch([IsSoftDeleted], , \"False\", \"True\", \"True\", \"False\")"), "{fix}");
    rig.patch(&format!("/Users/{}", users[0]), json!([{"op": "Replace", "path": "active", "value": "False"}])).await.expect(200);
    assert!(warnings(&rig).await.is_empty(), "it can");
    take_out(&rig, &group, &users[5]).await;
    assert!(warnings(&rig).await.is_empty());
}

#[tokio::test]
async fn whoever_moved_to_another_group_or_was_deleted_is_no_sign_of_it() {
    let rig = Rig::start().await;
    let (group, users) = crew(&rig).await;
    let other = rig.group("Pilots").await;
    rig.patch(&format!("/Groups/{other}"), json!([{"op": "Add", "path": "members", "value": [{"value": users[0]}]}])).await.expect(204);
    for user in &users[..5] {
        take_out(&rig, &group, user).await;
    }
    assert!(warnings(&rig).await.is_empty(), "the first is a pilot now");
    rig.patch(&format!("/Groups/{other}"), json!([{"op": "Add", "path": "members", "value": [{"value": users[1]}]}])).await.expect(204);
    take_out(&rig, &group, &users[5]).await;
    assert!(warnings(&rig).await.is_empty(), "the second came back into a group");
    let rig = Rig::start().await;
    let (group, users) = crew(&rig).await;
    rig.delete(&format!("/Users/{}", users[5])).await.expect(204);
    for user in &users[..5] {
        take_out(&rig, &group, user).await;
    }
    assert!(warnings(&rig).await.is_empty(), "people are deleted: so they are shut out");
}
