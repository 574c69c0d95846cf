//! Objects of the configuration: put, read, published, removed with what belongs to them, sealed where they are secret.

use model::{Secret, organization::Account, session::RevokeReason, session::SessionState};
use store::{Store, StoreError};

use crate::{
    cast::{
        Hand, NOON, access_group, api_token, app, config, harbour_works, identity, idp, nonce, policy, provisioned, service_token, session,
        signing_key, upstream, user,
    },
    folder::Folder,
};

#[tokio::test]
async fn everything_put_is_published_and_read_and_there_after_a_restart() {
    let folder = Folder::new();
    let store = harbour_works(folder.path()).await;
    store
        .write(|tx| {
            tx.put_app(&app(1))?;
            tx.put_upstream(&app(1).id, &upstream(8080))?;
            tx.put_policy(&policy(2, None))?;
            tx.put_access_group(&access_group(3))?;
            tx.put_idp(&idp(4))?;
            tx.set_idp_client_secret(&idp(4).id, &Secret::new("entra's secret"))?;
            tx.put_service_token(&service_token(5))?;
            tx.put_api_token(&api_token(6))?;
            tx.put_key(&signing_key(7, None), &Secret::new("private half"))
        })
        .await
        .unwrap();
    let snapshot = store.snapshot();
    assert_eq!(*snapshot.apps[&app(1).id], app(1));
    assert_eq!(*snapshot.upstreams[&app(1).id], upstream(8080));
    assert_eq!(*snapshot.policies[&policy(2, None).id], policy(2, None));
    assert_eq!(*snapshot.access_groups[&access_group(3).id], access_group(3));
    assert_eq!(*snapshot.idps[&idp(4).id], idp(4));
    assert_eq!(snapshot.idp_credentials[&idp(4).id].secret.as_ref().unwrap().expose(), "entra's secret");
    assert_eq!(*snapshot.service_tokens[&service_token(5).id], service_token(5));
    assert_eq!(*snapshot.api_tokens[&api_token(6).id], api_token(6));
    assert_eq!(snapshot.keys[0].private_pkcs8.expose(), "private half");
    store
        .read(|r| {
            assert_eq!(r.app(&app(1).id)?, Some(app(1)));
            assert_eq!(r.upstream(&app(1).id)?, Some(upstream(8080)));
            assert_eq!(r.policy(&policy(2, None).id)?, Some(policy(2, None)));
            assert_eq!(r.access_group(&access_group(3).id)?, Some(access_group(3)));
            assert_eq!(r.idp(&idp(4).id)?, Some(idp(4)));
            assert_eq!(r.service_token(&service_token(5).id)?, Some(service_token(5)));
            assert_eq!(r.api_token(&api_token(6).id)?, Some(api_token(6)));
            assert_eq!(r.app(&app(9).id)?, None);
            Ok(())
        })
        .await
        .unwrap();
    drop(store);
    let again = Store::open(config(folder.path(), &Hand::new())).await.unwrap();
    assert_eq!(again.snapshot(), snapshot);
}

#[tokio::test]
async fn an_application_takes_its_upstream_and_its_policies_along() {
    let folder = Folder::new();
    let store = harbour_works(folder.path()).await;
    store
        .write(|tx| {
            tx.put_app(&app(1))?;
            tx.put_app(&app(2))?;
            tx.put_upstream(&app(1).id, &upstream(1))?;
            tx.put_upstream(&app(2).id, &upstream(2))?;
            tx.put_policy(&policy(1, Some(app(1).id)))?;
            tx.put_policy(&policy(2, Some(app(2).id)))?;
            tx.put_policy(&policy(3, None))
        })
        .await
        .unwrap();
    store.write(|tx| tx.remove_app(&app(1).id)).await.unwrap();
    let left = store.snapshot();
    assert!(left.apps.keys().eq([&app(2).id]));
    assert!(left.upstreams.keys().eq([&app(2).id]));
    assert!(left.policies.keys().eq([&policy(2, None).id, &policy(3, None).id]));
}

#[tokio::test]
async fn what_is_not_there_cannot_be_removed_nor_hung_on_to() {
    let folder = Folder::new();
    let store = harbour_works(folder.path()).await;
    let head = store.read(|r| r.head()).await.unwrap();
    let not_found = [
        store.write(|tx| tx.remove_app(&app(1).id)).await,
        store.write(|tx| tx.remove_upstream(&app(1).id)).await,
        store.write(|tx| tx.remove_policy(&policy(1, None).id)).await,
        store.write(|tx| tx.remove_access_group(&access_group(1).id)).await,
        store.write(|tx| tx.remove_idp(&idp(1).id)).await,
        store.write(|tx| tx.remove_service_token(&service_token(1).id)).await,
        store.write(|tx| tx.remove_api_token(&api_token(1).id)).await,
        store.write(|tx| tx.remove_key(&signing_key(1, None).id)).await,
        store.write(|tx| tx.remove_user(&user(1).id)).await,
        store.write(|tx| tx.put_upstream(&app(1).id, &upstream(1))).await,
        store.write(|tx| tx.set_idp_client_secret(&idp(1).id, &Secret::new("x"))).await,
    ];
    for (at, answer) in not_found.into_iter().enumerate() {
        assert!(matches!(answer, Err(StoreError::NotFound { .. })), "{at}: {answer:?}");
    }
    assert_eq!(store.read(|r| r.head()).await.unwrap(), head);
}

#[tokio::test]
async fn a_provider_takes_secret_people_and_sessions_along() {
    let folder = Folder::new();
    let store = harbour_works(folder.path()).await;
    store
        .write(|tx| {
            tx.put_idp(&idp(1))?;
            tx.set_idp_client_secret(&idp(1).id, &Secret::new("x"))?;
            tx.put_user(&user(1))?;
            tx.start_session(&session(1, &user(1)), &identity(&user(1)))?;
            tx.put_provisioned(&provisioned(1, model::provisioned::ResourceKind::User))
        })
        .await
        .unwrap();
    store.write(|tx| tx.remove_idp(&idp(1).id)).await.unwrap();
    assert!(store.snapshot().idp_credentials.is_empty());
    let (ended, left) = store
        .read(|r| {
            let left = r.list_provisioned(&idp(1).id, model::provisioned::ResourceKind::User, 0, 9)?;
            Ok((r.session(&nonce(1))?.unwrap().0.state, left.total))
        })
        .await
        .unwrap();
    assert!(matches!(ended, SessionState::Revoked { why: RevokeReason::ProviderRemoved, .. }));
    assert_eq!(left, 0);
    store.write(|tx| tx.put_idp(&idp(1))).await.unwrap();
    drop(store);
    let again = harbour_works(folder.path()).await;
    assert!(again.snapshot().idp_credentials.is_empty(), "a provider of the same id does not inherit the secret");
}

#[tokio::test]
async fn keys_stand_current_first_and_leave_when_their_time_is_over() {
    let folder = Folder::new();
    let hand = Hand::new();
    let store = Store::open(config(folder.path(), &hand)).await.unwrap();
    store.initialise("Harbour Works").await.unwrap();
    store
        .write(|tx| {
            tx.put_key(&signing_key(1, Some(NOON.plus_secs(10))), &Secret::new("1"))?;
            tx.put_key(&signing_key(2, Some(NOON.plus_secs(20))), &Secret::new("2"))?;
            tx.put_key(&signing_key(3, None), &Secret::new("3"))
        })
        .await
        .unwrap();
    let order = |store: &Store| store.snapshot().keys.iter().map(|k| k.private_pkcs8.expose().to_owned()).collect::<Vec<_>>();
    assert_eq!(order(&store), ["3", "2", "1"]);
    hand.turn(15);
    store.write(|tx| tx.put_app(&app(1))).await.unwrap();
    assert_eq!(order(&store), ["3", "2"]);
    store.write(|tx| tx.remove_key(&signing_key(2, None).id)).await.unwrap();
    assert_eq!(order(&store), ["3"]);
}

#[tokio::test]
async fn the_account_s_generation_only_rises_and_ends_every_session() {
    let folder = Folder::new();
    let store = harbour_works(folder.path()).await;
    assert_eq!(store.snapshot().account.generation, 1);
    store
        .write(|tx| {
            tx.put_user(&user(1))?;
            tx.start_session(&session(1, &user(1)), &identity(&user(1)))
        })
        .await
        .unwrap();
    let raise = |to: u32| {
        let store = store.clone();
        async move { store.write(move |tx| tx.put_account(&Account { generation: to, ..tx.account()? })).await }
    };
    raise(2).await.unwrap();
    assert!(matches!(raise(1).await, Err(StoreError::Refused(_))));
    assert_eq!(store.read(|r| r.sessions_of(&user(1).id, NOON)).await.unwrap(), []);
    let late = store.write(|tx| tx.start_session(&session(2, &user(1)), &identity(&user(1)))).await;
    assert!(matches!(late, Err(StoreError::Refused(_))), "a sign-in that began before: {late:?}");
}

#[tokio::test]
async fn no_secret_is_in_the_files_in_the_clear() {
    let folder = Folder::new();
    let store = harbour_works(folder.path()).await;
    store
        .write(|tx| {
            tx.put_idp(&idp(1))?;
            tx.set_idp_client_secret(&idp(1).id, &Secret::new("plain-client-secret"))?;
            tx.put_key(&signing_key(1, None), &Secret::new("plain-private-key"))
        })
        .await
        .unwrap();
    store.close().await;
    let mut files = 0;
    for file in std::fs::read_dir(folder.path().join("data")).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        files += 1;
        for secret in ["plain-client-secret", "plain-private-key"] {
            assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret}");
        }
    }
    assert!(files > 0);
}
