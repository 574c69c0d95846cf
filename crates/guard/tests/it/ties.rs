//! People whose name the directory changes: provisioning finds them by the one it knows.

use guard::sign_in::{Admission, OpenError};
use model::{
    ScimId, UserId,
    identity::Identity,
    provisioned::{Provisioned, ResourceKind},
};

use crate::rig::{PILOTS, Rig};

fn upn(name: &str) -> String {
    format!("{name}@harbourworks.example")
}

/// Provisions a user under this name, as Entra's default mapping does.
async fn provision(rig: &Rig, name: &str, active: bool) -> Provisioned {
    let (idp, now) = (rig.idp, rig.now());
    let user = Provisioned {
        id: ScimId::random(),
        idp,
        kind: ResourceKind::User,
        external_id: Some(name.into()),
        user_name: Some(upn(name)),
        display_name: None,
        email: None,
        active,
        document: serde_json::json!({}),
        created_at: now,
        updated_at: now,
    };
    let stored = user.clone();
    let put = rig.store.write(move |tx| {
        let mut provider = tx.idp(&idp)?.unwrap();
        provider.scim.enabled = true;
        tx.put_idp(&provider)?;
        tx.put_provisioned(&stored)
    });
    put.await.unwrap();
    user
}

/// Mara's sign-in, under this name.
fn mara(rig: &Rig, name: Option<&str>) -> Identity {
    Identity { upn: name.map(upn), ..rig.identity("mara", &[PILOTS]) }
}

async fn sign_in(rig: &Rig, identity: Identity) -> Result<UserId, OpenError> {
    let opened = rig.guard.open_session(identity, Admission::Admitted(rig.wiki), rig.guard.moment(), rig.now()).await;
    opened.map(|live| live.session.user_id)
}

async fn tied(rig: &Rig, user: &Provisioned) -> Vec<UserId> {
    let (issuer, user) = (rig.identity("mara", &[]).key.issuer, user.clone());
    let found = rig.store.read(move |r| r.people_of_provisioned(&issuer, &user)).await.unwrap();
    found.into_iter().map(|(person, _)| person.id).collect()
}

#[tokio::test]
async fn a_deactivated_person_stays_out_under_another_name() {
    for name in [Some("mara.oduya"), None] {
        let rig = Rig::start().await;
        sign_in(&rig, mara(&rig, Some("mara"))).await.unwrap();
        provision(&rig, "mara", false).await;
        assert!(matches!(sign_in(&rig, mara(&rig, Some("mara"))).await, Err(OpenError::Deactivated)));
        assert!(matches!(sign_in(&rig, mara(&rig, name)).await, Err(OpenError::Deactivated)), "{name:?}");
    }
}

#[tokio::test]
async fn a_sign_in_under_a_name_that_nobody_has_provisioned_does_not_lose_the_tie() {
    for name in [Some("mara.oduya"), None] {
        let rig = Rig::start().await;
        let user = provision(&rig, "mara", true).await;
        let person = sign_in(&rig, mara(&rig, Some("mara"))).await.unwrap();
        assert_eq!(sign_in(&rig, mara(&rig, name)).await.unwrap(), person);
        assert_eq!(tied(&rig, &user).await, [person], "{name:?}");
        assert_eq!(sign_in(&rig, mara(&rig, name)).await.unwrap(), person);
        assert_eq!(tied(&rig, &user).await, [person], "{name:?}");
    }
}

#[tokio::test]
async fn the_tie_follows_once_the_new_name_is_provisioned() {
    let rig = Rig::start().await;
    let former = provision(&rig, "mara", false).await;
    let person = {
        let inactive = Provisioned { active: true, ..former.clone() };
        rig.store.write(move |tx| tx.put_provisioned(&inactive)).await.unwrap();
        sign_in(&rig, mara(&rig, Some("mara"))).await.unwrap()
    };
    rig.store
        .write({
            let former = former.clone();
            move |tx| tx.put_provisioned(&former)
        })
        .await
        .unwrap();
    let new = provision(&rig, "mara.oduya", true).await;
    // The directory gave her a new user: what the former one was is over.
    assert_eq!(sign_in(&rig, mara(&rig, Some("mara.oduya"))).await.unwrap(), person);
    assert_eq!((tied(&rig, &former).await, tied(&rig, &new).await), (vec![], vec![person]));
}

#[tokio::test]
async fn a_former_name_that_somebody_else_bears_ties_nobody_else() {
    let rig = Rig::start().await;
    let user = provision(&rig, "mara", true).await;
    sign_in(&rig, mara(&rig, Some("mara"))).await.unwrap();
    let ilo = Identity { upn: Some(upn("mara")), ..rig.identity("ilo", &[PILOTS]) };
    let ilo = sign_in(&rig, ilo).await.unwrap();
    sign_in(&rig, mara(&rig, Some("mara.oduya"))).await.unwrap();
    assert_eq!(tied(&rig, &user).await, [ilo]);
}
