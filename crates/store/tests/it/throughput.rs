//! Group commit: what eight clients provision is limited by syncing, not by the number of writes.

use std::time::Instant;

use model::provisioned::ResourceKind;

use crate::{
    cast::{harbour_works, numbered, provisioned},
    folder::Folder,
};

const USERS: u64 = 1_000;
const CLIENTS: u64 = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_users_of_eight_clients_share_commits() {
    let folder = Folder::new();
    let store = harbour_works(folder.path()).await;
    let commits = store.commits();
    let start = Instant::now();
    let clients: Vec<_> = (0..CLIENTS)
        .map(|client| {
            let store = store.clone();
            tokio::spawn(async move {
                for n in (client..USERS).step_by(usize::try_from(CLIENTS).unwrap()) {
                    store.write(move |tx| tx.put_provisioned(&provisioned(n, ResourceKind::User))).await.unwrap();
                }
            })
        })
        .collect();
    for client in clients {
        client.await.unwrap();
    }
    let (took, commits) = (start.elapsed(), store.commits() - commits);
    println!("{USERS} users from {CLIENTS} clients: {took:?}, {commits} commits");
    let listed = store.read(|r| r.list_provisioned(&numbered(1), ResourceKind::User, 0, 1)).await.unwrap();
    assert_eq!(listed.total, USERS);
    assert!(commits < USERS, "writes that wait together are committed together ({commits} commits)");
}
