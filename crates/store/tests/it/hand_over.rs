//! Two processes and one database: the old one lets go, and hears what the new one does.

use model::session::RevokeReason;
use store::{Batch, Follower, LiveState, Store};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::{
    cast::{Hand, app, config, decision, harbour_works, identity, nonce, session, user},
    folder::Folder,
    mirror::Mirror,
};

/// Says when somebody is loaded anew.
struct Loads(UnboundedSender<u64>);

impl Follower for Loads {
    fn load(&mut self, state: &LiveState) {
        let _ = self.0.send(state.seq);
    }
    fn apply(&mut self, _: &Batch) {}
}

async fn followed(store: &Store) -> (Mirror, UnboundedReceiver<u64>) {
    let mirror = Mirror::of(store).await;
    let (said, mut loads) = unbounded_channel();
    store.follow(Box::new(Loads(said))).await.unwrap();
    loads.recv().await.unwrap();
    (mirror, loads)
}

#[tokio::test]
async fn the_old_process_hears_what_the_new_one_does() {
    let folder = Folder::new();
    let old = harbour_works(folder.path()).await;
    let mara = user(1);
    old.write({
        let mara = mara.clone();
        move |tx| {
            tx.put_user(&mara)?;
            tx.start_session(&session(1, &mara), &identity(&mara)).map(drop)
        }
    })
    .await
    .unwrap();
    let (mirror, mut loads) = followed(&old).await;
    let before = tokio::join!(old.write(|tx| tx.put_app(&app(1))), old.hand_over());
    before.0.unwrap();
    before.1.unwrap();
    assert!(old.write(|tx| tx.put_app(&app(2))).await.unwrap_err().is_outage());

    let new = Store::open(config(folder.path(), &Hand::new())).await.unwrap();
    assert_eq!(new.snapshot().apps.len(), 1, "what was acknowledged is there");
    new.write({
        let id = mara.id;
        move |tx| {
            tx.put_app(&app(3))?;
            tx.revoke_user(&id, RevokeReason::Administrator).map(drop)
        }
    })
    .await
    .unwrap();
    let head = new.read(|r| r.head()).await.unwrap();
    while loads.recv().await.unwrap() < head {}
    assert!(!mirror.known().sessions.contains_key(&nonce(1)));
    assert_eq!(old.snapshot().apps.len(), 2);

    old.record(decision(1));
    old.flush_records().await.unwrap();
    assert_eq!(new.read(|r| r.decision(&decision(1).reference)).await.unwrap().map(|d| d.reference), Some(decision(1).reference));
    old.close().await;
    new.write(|tx| tx.put_app(&app(4))).await.unwrap();
}

#[tokio::test]
async fn what_the_new_process_gave_up_is_taken_back() {
    let folder = Folder::new();
    let old = harbour_works(folder.path()).await;
    let (mirror, _loads) = followed(&old).await;
    old.hand_over().await.unwrap();
    let new = Store::open(config(folder.path(), &Hand::new())).await.unwrap();
    assert!(old.take_back().await.unwrap_err().is_outage(), "the new one has it");
    new.write(|tx| tx.put_app(&app(1))).await.unwrap();
    new.close().await;
    old.take_back().await.unwrap();
    assert_eq!(old.snapshot().apps.len(), 1);
    old.write(|tx| tx.put_app(&app(2))).await.unwrap();
    assert_eq!(mirror.known().snapshot.unwrap().apps.len(), 2);
}
