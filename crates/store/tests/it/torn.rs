//! A write-ahead log with a torn end: every commit before the tear is there, the torn one is not there by half.

use std::{fs, path::Path};

use model::provisioned::ResourceKind;
use store::{GroupMember, Store};

use crate::{
    cast::{harbour_works, numbered, provisioned},
    folder::Folder,
};

const COMMITS: u64 = 24;
const DATABASE: &str = "doorward.sqlite3";
const LOG: &str = "doorward.sqlite3-wal";

/// Writes a group with a member, which are two tables and several pages.
async fn commit(store: &Store, n: u64) {
    store
        .write(move |tx| {
            tx.put_provisioned(&provisioned(1_000 + n, ResourceKind::Group))?;
            tx.put_provisioned(&provisioned(2_000 + n, ResourceKind::User))?;
            tx.add_members(&numbered(1_000 + n), &[GroupMember { id: numbered(2_000 + n), display: None }])
        })
        .await
        .unwrap();
}

/// How many commits there are, after checking that each is whole and that they are the first ones.
async fn commits(folder: &Path) -> u64 {
    let store = harbour_works(folder).await;
    store
        .read(|reader| {
            let total = reader.list_provisioned(&numbered(1), ResourceKind::Group, 0, 1)?.total;
            for n in 0..COMMITS {
                let there = n < total;
                assert_eq!(reader.provisioned(&numbered(1), ResourceKind::Group, &numbered(1_000 + n))?.is_some(), there, "{n} of {total}");
                assert_eq!(reader.provisioned(&numbered(1), ResourceKind::User, &numbered(2_000 + n))?.is_some(), there, "{n} of {total}");
                assert_eq!(reader.members(&numbered(1_000 + n))?.len(), usize::from(there), "{n} of {total}");
            }
            let head = reader.head()?;
            assert!(reader.changes_after(0, u32::MAX)?.iter().map(|c| c.seq).eq(1..=head));
            Ok(total)
        })
        .await
        .unwrap()
}

/// A copy of the database with another log.
fn copy(database: &[u8], log: &[u8]) -> Folder {
    let folder = Folder::new();
    let data = folder.path().join("data");
    fs::create_dir(&data).unwrap();
    fs::write(data.join(DATABASE), database).unwrap();
    fs::write(data.join(LOG), log).unwrap();
    folder
}

#[tokio::test]
async fn a_torn_last_frame_costs_only_what_was_not_whole() {
    let folder = Folder::new();
    let data = folder.path().join("data");
    let store = harbour_works(folder.path()).await;
    let mut ends = Vec::new();
    for n in 0..COMMITS {
        commit(&store, n).await;
        ends.push(usize::try_from(fs::metadata(data.join(LOG)).unwrap().len()).unwrap());
    }
    // As the disk looks when the power goes: the log was never written back.
    let (database, log) = (fs::read(data.join(DATABASE)).unwrap(), fs::read(data.join(LOG)).unwrap());
    assert!(ends.is_sorted() && ends.last() == Some(&log.len()), "the log only grew: {ends:?}");
    assert_eq!(commits(copy(&database, &log).path()).await, COMMITS, "untorn");

    for whole in [1, COMMITS / 2, COMMITS - 1] {
        let at = usize::try_from(whole).unwrap();
        let (begin, end) = (ends[at - 1], ends[at]);
        for cut in [begin, begin + 1, begin + 24, begin + (end - begin) / 2, end - 1, rand::random_range(begin..end)] {
            assert_eq!(commits(copy(&database, &log[..cut]).path()).await, whole, "cut at {cut} of {begin}..{end}");

            let mut garbled = log.clone();
            garbled[cut.min(end - 1)..].fill(0xa5);
            assert_eq!(commits(copy(&database, &garbled).path()).await, whole, "garbled from {cut} of {begin}..{end}");
        }
    }
    // After a tear the store works on.
    let torn = copy(&database, &log[..log.len() - 7]);
    let again = harbour_works(torn.path()).await;
    commit(&again, COMMITS - 1).await;
    again.close().await;
    assert_eq!(commits(torn.path()).await, COMMITS);
}
