//! Backups under writes, of older schemas, damaged ones; and what is left when something goes wrong.

use std::{fs, io::Write, path::Path, sync::Arc};

use model::{
    ApiTokenId, Email, IdpId, Nonce, SeatId, Timestamp, UserId,
    api_token::{ApiToken, Permission, RequestIp},
    identity::{AuthContexts, EmailTrust, GroupSource, Groups, Identity, SubjectKey},
    log::AuditRecord,
    session::{Session, SessionState},
    user::User,
};

use super::*;
use crate::{Config, Purpose, SealingKey, folder::Folder, older, open::DATABASE};

const KEY: [u8; 32] = [7; 32];
const NOON: Timestamp = Timestamp::from_millis(1_772_625_600_000);

fn config(path: &Path, key: SealingKey) -> Config {
    Config { path: path.join("data"), sealing_key: key, now: Arc::new(|| NOON), cache: Default::default() }
}

async fn harbour(folder: &Folder) -> Store {
    let store = Store::open(config(folder.path(), SealingKey::from_bytes(KEY))).await.unwrap();
    store.initialise("Harbour Works").await.unwrap();
    let token = ApiToken {
        id: ApiTokenId::from_bytes([1; 16]),
        name: "admin".to_owned(),
        secret_hash: store.sealer().hash(Purpose::ApiToken, "the token"),
        permissions: Permission::ALL.into(),
        resources: None,
        request_ip: RequestIp::default(),
        enabled: true,
        not_before: None,
        expires_at: None,
        created_at: NOON,
        updated_at: NOON,
    };
    store.write(move |tx| tx.put_api_token(&token)).await.unwrap();
    store
}

async fn sign_in(store: &Store) -> Nonce {
    let nonce = Nonce::from_indexes([3; 16]);
    let key = SubjectKey { issuer: "tenant".into(), subject: "mara".into() };
    let email: Email = "mara@harbourworks.example".parse().unwrap();
    let (user, idp) = (UserId::random(), IdpId::random());
    let person = User {
        id: user,
        key: Some(key.clone()),
        email: email.clone(),
        upn: None,
        name: "Mara".into(),
        seat_id: SeatId::random(),
        access_seat: true,
        generation: 1,
        last_successful_login: Some(NOON),
        created_at: NOON,
        updated_at: NOON,
    };
    let session = Session {
        nonce: nonce.clone(),
        user_id: user,
        idp,
        user_generation: 1,
        account_generation: store.snapshot().account.generation,
        created_at: NOON,
        expires_at: NOON.plus_secs(86_400),
        state: SessionState::Live,
    };
    let identity = Identity {
        user_id: user,
        idp,
        idp_kind: "azureAD".into(),
        key,
        email,
        email_trust: EmailTrust::TenantMember,
        name: "Mara".into(),
        upn: None,
        groups: Groups::known(Vec::new(), GroupSource::Graph, NOON),
        amr: Vec::new(),
        contexts: AuthContexts::default(),
        sid: None,
        claims: [].into(),
        evaluations: Default::default(),
        country: None,
        ip: "203.0.113.7".parse().unwrap(),
        signed_in_at: NOON,
    };
    let started = store.write(move |tx| {
        tx.put_user(&person)?;
        tx.start_session(&session, &identity)
    });
    started.await.unwrap();
    nonce
}

fn whole(mut backup: Backup) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let part = backup.read().unwrap();
        if part.is_empty() {
            return bytes;
        }
        bytes.extend(part);
    }
}

/// Writes bytes to a file and restores it.
async fn restored(folder: &Folder, bytes: &[u8], key: SealingKey, replace: Replace) -> Result<Restored, RestoreError> {
    let path = folder.path().join("backup");
    File::create(&path).unwrap().write_all(bytes).unwrap();
    restore(File::open(&path).unwrap(), config(folder.path(), key), replace).await
}

fn names(folder: &Folder) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder.path().join("data")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_backup_is_restored_elsewhere_tokens_stay_and_sessions_are_over() {
    let (here, there) = (Folder::new(), Folder::new());
    let store = harbour(&here).await;
    let nonce = sign_in(&store).await;
    let bytes = whole(store.backup().await.unwrap());
    let (epoch, generation) = (store.read(|r| r.head()).await.unwrap(), store.snapshot().account.generation);
    assert!(!bytes.windows(7).any(|window| window == b"Harbour"), "nothing can be read in it");
    assert_eq!(names(&here).iter().filter(|name| name.starts_with(UNFINISHED)).count(), 0);
    let done = restored(&there, &bytes, SealingKey::from_bytes(KEY), Replace::Never).await.unwrap();
    assert_eq!(done, Restored { made_at: NOON, account: "Harbour Works".into(), former: None });
    assert_eq!(names(&there), ["doorward.lock", DATABASE], "one file, written whole");

    let again = Store::open(config(there.path(), SealingKey::from_bytes(KEY))).await.unwrap();
    let snapshot = again.snapshot();
    assert_eq!((snapshot.account.id.clone(), snapshot.account.generation), (store.snapshot().account.id.clone(), generation + 1));
    let token = &snapshot.api_tokens[&ApiTokenId::from_bytes([1; 16])];
    assert!(again.sealer().matches(Purpose::ApiToken, "the token", &token.secret_hash), "API tokens stay");
    assert_eq!(again.read(move |r| r.session(&nonce)).await.unwrap(), None);
    assert_ne!(format!("{:?}", again.read(|r| r.head()).await.unwrap()), format!("{epoch:?}"));
    let newest = again.read(|r| r.list_audit(crate::Page { page: 1, per_page: 1 })).await.unwrap();
    assert_eq!(newest.items[0].action, "store.restore");
}

#[tokio::test]
async fn a_damaged_backup_or_another_key_restores_nothing() {
    let (here, there) = (Folder::new(), Folder::new());
    let bytes = whole(harbour(&here).await.backup().await.unwrap());
    let sealed = PIECE + TAG;
    assert!(bytes.len() > HEAD + 2 * sealed, "several pieces");
    let with = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut changed = bytes.clone();
        change(&mut changed);
        changed
    };
    let key = || SealingKey::from_bytes(KEY);
    type Told = &'static str;
    let table: Vec<(Vec<u8>, SealingKey, Told)> = vec![
        (bytes.clone(), SealingKey::from_bytes([8; 32]), "was sealed with the sealing key"),
        (Vec::new(), key(), "no sealed backup"),
        (b"SQLite format 3\0 and so on".repeat(10), key(), "no sealed backup"),
        (bytes[..HEAD - 1].to_vec(), key(), "no sealed backup"),
        (bytes[..HEAD].to_vec(), key(), "piece 0"),
        (bytes[..HEAD + sealed].to_vec(), key(), "piece 0"),
        (bytes[..HEAD + 2 * sealed].to_vec(), key(), "piece 1"),
        (bytes[..bytes.len() - 1].to_vec(), key(), "damaged"),
        (with(&|b| b.push(0)), key(), "damaged"),
        (with(&|b| b[HEAD + 5] ^= 1), key(), "piece 0"),
        (with(&|b| b[20] ^= 1), key(), "piece 0"),
        (with(&|b| b[HEAD - 1] ^= 1), key(), "piece 0"),
        (with(&|b| *b.last_mut().unwrap() ^= 1), key(), "damaged"),
        (with(&|b| drop(b.drain(HEAD..HEAD + sealed))), key(), "piece 0"),
        (with(&|b| b[HEAD..HEAD + 2 * sealed].rotate_left(sealed)), key(), "piece 0"),
    ];
    for (at, (bytes, key, told)) in table.into_iter().enumerate() {
        let error = restored(&there, &bytes, key, Replace::Never).await.unwrap_err();
        assert!(error.to_string().contains(told), "{at}: {error}");
        assert_eq!(names(&there), ["doorward.lock"], "{at}: nothing is left behind");
    }
}

#[tokio::test]
async fn a_store_that_is_open_or_there_is_not_replaced_unasked() {
    let (here, there) = (Folder::new(), Folder::new());
    let bytes = whole(harbour(&here).await.backup().await.unwrap());
    let open = harbour(&there).await;
    let error = restored(&there, &bytes, SealingKey::from_bytes(KEY), Replace::PutAside).await.unwrap_err();
    assert!(
        std::error::Error::source(&error).and_then(|e| e.source()).unwrap().to_string().contains("in use by another process"),
        "{error:?}"
    );
    open.close().await;
    drop(open);
    let error = restored(&there, &bytes, SealingKey::from_bytes(KEY), Replace::Never).await.unwrap_err();
    assert!(matches!(error, RestoreError::Occupied(_)));
    for _ in 0..2 {
        let done = restored(&there, &bytes, SealingKey::from_bytes(KEY), Replace::PutAside).await.unwrap();
        assert!(done.former.unwrap().exists());
    }
    Store::open(config(there.path(), SealingKey::from_bytes(KEY))).await.unwrap();
}

#[tokio::test]
async fn a_backup_of_an_older_schema_is_brought_up_to_date() {
    for version in 1..=8 {
        let (here, there) = (Folder::new(), Folder::new());
        harbour(&here).await.close().await;
        older::rewritten(here.path(), version).close().unwrap();
        let file = File::open(here.path().join("data").join(DATABASE)).unwrap();
        let bytes = whole(Backup::of(file, &Rings::derive(&SealingKey::from_bytes(KEY)), NOON).unwrap());
        let done = restored(&there, &bytes, SealingKey::from_bytes(KEY), Replace::Never).await.unwrap();
        assert_eq!(done.account, "Harbour Works", "schema {version}");
        let store = Store::open(config(there.path(), SealingKey::from_bytes(KEY))).await.unwrap();
        assert_eq!(store.snapshot().api_tokens.len(), 1, "schema {version}");
        assert!(store.healthy().await, "schema {version}");
    }
}

#[tokio::test]
async fn after_a_change_of_the_sealing_key_the_former_one_opens_the_backup() {
    let (here, there) = (Folder::new(), Folder::new());
    let bytes = whole(harbour(&here).await.backup().await.unwrap());
    let both = SealingKey::from_bytes([8; 32]).with_previous(KEY);
    restored(&there, &bytes, both, Replace::Never).await.unwrap();
    let store = Store::open(config(there.path(), SealingKey::from_bytes([8; 32]))).await.unwrap();
    assert_eq!(store.snapshot().account.name, "Harbour Works", "the former one is not needed any more");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_under_writes_is_of_one_moment() {
    let (here, there) = (Folder::new(), Folder::new());
    let store = harbour(&here).await;
    let record = |n: i64, half: &str| AuditRecord {
        at: NOON.plus_secs(n),
        actor: "system".into(),
        action: half.into(),
        object: format!("pair/{n}"),
        before: None,
        after: Some("x".repeat(2_000).into()),
    };
    let writer = {
        let store = store.clone();
        tokio::spawn(async move {
            for n in 0..400 {
                let pair = store.write(move |tx| {
                    tx.audit(&record(n, "first"))?;
                    tx.audit(&record(n, "second"))
                });
                pair.await.unwrap();
            }
        })
    };
    let mut sizes = Vec::new();
    for _ in 0..4 {
        let backup = store.backup().await.unwrap();
        let bytes = tokio::task::spawn_blocking(move || whole(backup)).await.unwrap();
        restored(&there, &bytes, SealingKey::from_bytes(KEY), Replace::PutAside).await.unwrap();
        let copy = Store::open(config(there.path(), SealingKey::from_bytes(KEY))).await.unwrap();
        let listed = copy.read(|r| {
            r.find_changes(&crate::AuditFilter { object: Some("pair/".into()), ..Default::default() }, crate::Page { page: 1, per_page: 1 })
        });
        let total = listed.await.unwrap().total;
        assert_eq!(total % 2, 0, "never half a transaction");
        sizes.push(total);
        copy.close().await;
    }
    writer.await.unwrap();
    assert!(sizes.is_sorted(), "{sizes:?}");
    assert!(store.healthy().await);
}

#[tokio::test]
async fn what_a_killed_server_left_behind_goes_at_the_next_start() {
    let here = Folder::new();
    harbour(&here).await.close().await;
    let data = here.path().join("data");
    fs::write(data.join("backup-0"), "half").unwrap();
    fs::create_dir(data.join("backup-restore-1")).unwrap();
    harbour(&here).await.close().await;
    assert!(names(&here).iter().all(|name| !name.starts_with(UNFINISHED)), "{:?}", names(&here));
}
