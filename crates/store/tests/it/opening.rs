//! Opening a folder: new, known, in use, from the future, under another key.

use std::{error::Error as _, os::unix::fs::PermissionsExt as _};

use model::{Secret, alert_delivery::AlertDelivery};
use store::{Config, OpenError, Purpose, SealingKey, Store, StoreError};

use crate::{
    cast::{Hand, NOON, config, harbour_works, identity, idp, nonce, session, user},
    folder::Folder,
    older,
};

/// Why opening failed.
fn reason(answer: Result<Store, StoreError>) -> String {
    let error = answer.unwrap_err();
    assert!(error.is_outage());
    let source = error.source().unwrap();
    assert!(!error.to_string().contains(&source.to_string()), "a message never repeats its source");
    source.to_string()
}

#[tokio::test]
async fn a_new_folder_is_private_and_blank_until_it_is_initialised() {
    let folder = Folder::new();
    let store = Store::open(config(folder.path(), &Hand::new())).await.unwrap();
    assert_eq!(store.snapshot().account.name, "");
    assert!(matches!(store.read(|r| r.account()).await, Err(StoreError::NotFound { .. })));
    assert!(store.initialise("Harbour Works").await.unwrap());
    assert!(!store.initialise("Another").await.unwrap(), "once only");
    let snapshot = store.snapshot();
    assert_eq!((snapshot.account.name.as_str(), snapshot.organization.name.as_str()), ("Harbour Works", "Harbour Works"));
    assert!(snapshot.organization.strict_service_token_auth && snapshot.keys.is_empty());
    assert!(store.healthy().await);
    let data = folder.path().join("data");
    assert_eq!(std::fs::metadata(&data).unwrap().permissions().mode() & 0o777, 0o700);
    for file in std::fs::read_dir(&data).unwrap() {
        let file = file.unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", file.file_name());
    }
}

#[tokio::test]
async fn one_folder_has_one_store_at_a_time() {
    let folder = Folder::new();
    let store = harbour_works(folder.path()).await;
    assert!(reason(Store::open(config(folder.path(), &Hand::new())).await).contains("in use by another process"));
    let clone = store.clone();
    drop(store);
    assert!(clone.healthy().await, "the last handle keeps it open");
    drop(clone);
    harbour_works(folder.path()).await;
}

#[tokio::test]
async fn a_database_of_a_newer_release_is_refused_and_left_alone() {
    let folder = Folder::new();
    harbour_works(folder.path()).await.close().await;
    let file = folder.path().join("data/doorward.sqlite3");
    let database = rusqlite::Connection::open(&file).unwrap();
    let known: i64 = database.query_row("SELECT max(version) FROM refinery_schema_history", [], |row| row.get(0)).unwrap();
    let newer =
        "INSERT INTO refinery_schema_history (version, name, applied_on, checksum) VALUES (?1, 'later', '2030-01-01T00:00:00Z', '1')";
    database.execute(newer, [known + 5]).unwrap();
    drop(database);
    let before = std::fs::read(&file).unwrap();
    let error = Store::open(config(folder.path(), &Hand::new())).await.unwrap_err();
    let StoreError::Unavailable { source } = &error else { panic!("{error:?}") };
    let open: &OpenError = source.downcast_ref().unwrap();
    assert!(matches!(open, OpenError::NewerSchema { found, known: k } if (*found, *k) == (known + 5, known)), "{open:?}");
    assert!(open.to_string().contains("newer one"), "{open}");
    assert_eq!(std::fs::read(&file).unwrap(), before);
}

#[tokio::test]
async fn a_database_from_before_the_checks_opens_with_its_sessions_and_they_can_be_watched() {
    let folder = Folder::new();
    let store = harbour_works(folder.path()).await;
    let begun = store.write(|tx| {
        tx.put_idp(&idp(1))?;
        tx.put_user(&user(1))?;
        tx.start_session(&session(1, &user(1)), &identity(&user(1)))
    });
    begun.await.unwrap();
    store.close().await;
    drop(store);
    let database = older::rewritten(folder.path(), 1);
    database.execute_batch("UPDATE object SET doc = json_remove(doc, '$.config.own') WHERE kind = 'idp'").unwrap();
    drop(database);

    let store = Store::open(config(folder.path(), &Hand::new())).await.unwrap();
    assert_eq!(*store.snapshot().idps[&idp(1).id], idp(1));
    let (live, person) = store.read(|r| r.session(&nonce(1))).await.unwrap().unwrap();
    assert_eq!((live, person), (session(1, &user(1)), identity(&user(1))));
    assert_eq!(store.read(|r| r.sessions_of(&user(1).id, NOON)).await.unwrap().len(), 1);
    assert!(store.read(|r| r.checks_of(&user(1).id)).await.unwrap().is_empty(), "nobody gave a refresh token then");
    store.write(|tx| tx.watch_session(&nonce(1), &Secret::new("refresh"), NOON)).await.unwrap();
    assert_eq!(store.read(|r| r.due_checks(&idp(1).id, NOON, 10)).await.unwrap().len(), 1);
}

#[tokio::test]
async fn another_sealing_key_is_refused_and_a_rotated_one_opens() {
    let folder = Folder::new();
    let store = harbour_works(folder.path()).await;
    store
        .write(|tx| {
            tx.put_idp(&idp(1))?;
            tx.set_idp_client_secret(&idp(1).id, &Secret::new("entra's secret"))
        })
        .await
        .unwrap();
    let hash = store.sealer().hash(Purpose::ApiToken, "token");
    store.close().await;
    drop(store);
    let with = |sealing_key| Config { sealing_key, ..config(folder.path(), &Hand::new()) };
    assert!(reason(Store::open(with(SealingKey::from_bytes([9; 32]))).await).contains("sealing key"));

    let rotated = Store::open(with(SealingKey::from_bytes([9; 32]).with_previous([42; 32]))).await.unwrap();
    assert_eq!(rotated.snapshot().idp_credentials[&idp(1).id].secret.as_ref().unwrap().expose(), "entra's secret");
    assert!(rotated.sealer().matches(Purpose::ApiToken, "token", &hash));
    drop(rotated);
    let without_old = Store::open(with(SealingKey::from_bytes([9; 32]))).await.unwrap();
    assert_eq!(
        without_old.snapshot().idp_credentials[&idp(1).id].secret.as_ref().unwrap().expose(),
        "entra's secret",
        "everything was sealed anew"
    );
    assert!(without_old.sealer().matches(Purpose::ApiToken, "token", &hash), "hashes outlive the key");
    drop(without_old);
    assert!(reason(Store::open(with(SealingKey::from_bytes([42; 32]))).await).contains("sealing key"), "the old key is worthless now");
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_named() {
    let folder = Folder::new();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let error = Store::open(Config { path: file.join("data"), ..config(folder.path(), &Hand::new()) }).await;
    assert!(reason(error).contains("file/data"));
}

#[tokio::test]
async fn the_address_of_the_webhook_is_sealed_also_where_a_former_release_left_it_in_the_open() {
    let folder = Folder::new();
    let url = async |store: &Store| {
        let read = store.read(|reader| reader.alert_delivery()).await;
        read.unwrap().unwrap().webhook_url.map(|url| url.expose().to_owned())
    };
    let open = |key: SealingKey| Store::open(Config { sealing_key: key, ..config(folder.path(), &Hand::new()) });
    let document = || {
        let database = rusqlite::Connection::open(folder.path().join("data/doorward.sqlite3")).unwrap();
        database.query_row("SELECT doc FROM object WHERE kind = 'alert_delivery'", [], |row| row.get::<_, String>(0)).unwrap()
    };
    let store = harbour_works(folder.path()).await;
    let delivery = |url: Option<&str>| AlertDelivery { webhook_url: url.map(Secret::new), mail_to: Vec::new(), updated_at: NOON };
    let set = delivery(Some("https://hooks.example/T0/first"));
    store.write(move |tx| tx.put_alert_delivery(&set)).await.unwrap();
    assert_eq!(url(&store).await.as_deref(), Some("https://hooks.example/T0/first"));
    store.close().await;
    drop(store);
    assert!(!document().contains("hooks.example"), "{}", document());

    let database = rusqlite::Connection::open(folder.path().join("data/doorward.sqlite3")).unwrap();
    let former =
        r#"{"webhook_url":"https://hooks.example/T0/former","mail_to":["ilo@harbourworks.example"],"updated_at":"2026-09-01T12:00:00Z"}"#;
    let former = former.replace("\"2026-09-01T12:00:00Z\"", &serde_json::to_string(&NOON).unwrap());
    database.execute("UPDATE object SET doc = ?1 WHERE kind = 'alert_delivery'", [former]).unwrap();
    drop(database);
    let stands = || {
        let bytes = std::fs::read(folder.path().join("data/doorward.sqlite3")).unwrap();
        bytes.windows(8).any(|text| text == b"T0/forme")
    };
    assert!(stands());
    let rotated = open(SealingKey::from_bytes([9; 32]).with_previous([42; 32])).await.unwrap();
    assert!(!stands(), "its bytes are gone from the file as soon as it is sealed");
    assert_eq!(url(&rotated).await.as_deref(), Some("https://hooks.example/T0/former"));
    drop(rotated);
    assert!(!document().contains("hooks.example") && document().contains("ilo@harbourworks.example"), "{}", document());
    let store = open(SealingKey::from_bytes([9; 32])).await.unwrap();
    assert_eq!(url(&store).await.as_deref(), Some("https://hooks.example/T0/former"), "the key that is in use seals it");
    let none = delivery(None);
    store.write(move |tx| tx.put_alert_delivery(&none)).await.unwrap();
    assert_eq!(url(&store).await, None);
}
