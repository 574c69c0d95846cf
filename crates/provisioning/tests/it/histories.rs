//! Random histories of provisioning, sign-ins, seats and the guard against mass deactivation, on a real store with the real guard above it.
//! After each step: nobody deprovisioned has a session, no seat is lost or left over, and the log, replayed, is the state.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    net::Ipv4Addr,
};

use guard::{
    Config, Guard,
    sign_in::{Admission, OpenError},
};
use model::{
    Nonce, ObjectId, ScimId, UserId,
    identity::{AuthContexts, EmailTrust, GroupSource, Groups, Identity, SubjectKey},
    idp::{DeactivationGuard, IdentityUpdateBehavior, ScimOptions, ScimSettings},
    provisioning_guard::{Decision, HeldAction},
    provisioning_log::Effect,
    registry::LinkStrength,
};
use proptest::{collection::vec, prelude::*};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::rig::{NOW, Rig, TENANT, entra_user, settings, upn};

const NAMES: [&str; 6] = ["mara", "ilo", "tessa", "bram", "olu", "fenna"];

/// Which of the two names a person has.
#[derive(Debug, Clone, Copy)]
enum Name {
    First,
    Married,
}

/// What ties a user to a person.
#[derive(Debug, Clone, Copy)]
enum Tie {
    ObjectId,
    Nickname,
}

#[derive(Debug, Clone)]
enum Step {
    Create { who: usize, name: Name, tie: Tie, active: bool },
    Activate { user: usize },
    Deactivate { user: usize },
    Delete { user: usize },
    Rename { user: usize, name: Name },
    Retie { user: usize, tie: Tie },
    Title { user: usize, title: u8 },
    Join { user: usize, group: usize },
    Leave { user: usize, group: usize },
    SignIn { who: usize, name: Name },
    FreeSeat { who: usize },
    Decide(bool),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let who = 0..NAMES.len();
    let user = 0..64usize;
    let name = || prop_oneof![4 => Just(Name::First), 1 => Just(Name::Married)];
    let tie = || prop_oneof![Just(Tie::ObjectId), Just(Tie::Nickname)];
    let step = prop_oneof![
        6 => (who.clone(), name(), tie(), prop::bool::weighted(0.9)).prop_map(|(who, name, tie, active)| Step::Create { who, name, tie, active }),
        3 => user.clone().prop_map(|user| Step::Activate { user }),
        5 => user.clone().prop_map(|user| Step::Deactivate { user }),
        3 => user.clone().prop_map(|user| Step::Delete { user }),
        2 => (user.clone(), name()).prop_map(|(user, name)| Step::Rename { user, name }),
        2 => (user.clone(), tie()).prop_map(|(user, tie)| Step::Retie { user, tie }),
        1 => (user.clone(), any::<u8>()).prop_map(|(user, title)| Step::Title { user, title }),
        2 => (user.clone(), 0..2usize).prop_map(|(user, group)| Step::Join { user, group }),
        2 => (user, 0..2usize).prop_map(|(user, group)| Step::Leave { user, group }),
        8 => (who.clone(), name()).prop_map(|(who, name)| Step::SignIn { who, name }),
        1 => who.prop_map(|who| Step::FreeSeat { who }),
        2 => any::<bool>().prop_map(Step::Decide),
    ];
    vec(step, 1..45)
}

fn scim_settings() -> impl Strategy<Value = ScimSettings> {
    let behavior =
        prop_oneof![Just(IdentityUpdateBehavior::Automatic), Just(IdentityUpdateBehavior::Reauth), Just(IdentityUpdateBehavior::NoAction)];
    (prop_oneof![1 => Just((false, false)), 2 => Just((true, false)), 5 => Just((true, true))], behavior, 2..5u32).prop_map(
        |((user, seat), behavior, at_least)| {
            let guard = DeactivationGuard { share_percent: 20, at_least, window_secs: 3600 };
            ScimSettings { own: ScimOptions { guard, ..ScimOptions::default() }, ..settings(user, seat, behavior) }
        },
    )
}

fn object_id(who: usize) -> ObjectId {
    ObjectId::new(Uuid::from_u128(0x1000 + who as u128))
}

fn key(who: usize) -> SubjectKey {
    SubjectKey { issuer: TENANT.to_ascii_lowercase(), subject: object_id(who).to_string() }
}

fn called(who: usize, name: Name) -> String {
    match name {
        Name::First => upn(NAMES[who]),
        Name::Married => upn(&format!("{}.married", NAMES[who])),
    }
}

fn external_id(who: usize, tie: Tie) -> String {
    match tie {
        Tie::ObjectId => object_id(who).to_string(),
        Tie::Nickname => NAMES[who].to_owned(),
    }
}

/// The world of one history, and what has to be true of it by the log alone.
struct History {
    rig: Rig,
    door: Guard,
    settings: ScimSettings,
    /// Every user that was ever created, with whose it is.
    users: Vec<(String, usize)>,
    groups: Vec<String>,
    people: HashMap<usize, UserId>,
    /// By replaying sign-ins and the log.
    sessions: BTreeMap<UserId, Vec<Nonce>>,
    ended: Vec<Nonce>,
    seats: BTreeSet<UserId>,
    /// Whose seat stayed because an administrator refused its removal.
    spared: HashSet<UserId>,
    tripped: bool,
}

impl History {
    async fn begin(settings: ScimSettings) -> Self {
        let rig = Rig::with(settings.clone()).await;
        let config = Config {
            team_origin: "https://team.localhost".into(),
            team_host: "team.localhost".into(),
            port_suffix: String::new(),
            token_cache_bytes: 1 << 16,
            unrecorded: guard::Unrecorded::default(),
        };
        let door = Guard::start(rig.store.clone(), config, NOW).await.unwrap();
        let groups = vec![rig.group("Pilots").await, rig.group("Dock Crew").await];
        Self {
            rig,
            door,
            settings,
            users: Vec::new(),
            groups,
            people: HashMap::new(),
            sessions: BTreeMap::new(),
            ended: Vec::new(),
            seats: BTreeSet::new(),
            spared: HashSet::new(),
            tripped: false,
        }
    }

    fn user(&self, pick: usize) -> Option<(&str, usize)> {
        let (id, who) = self.users.get(pick % self.users.len().max(1))?;
        Some((id, *who))
    }

    async fn take(&mut self, step: &Step) {
        match *step {
            Step::Create { who, name, tie, active } => {
                let mut body = entra_user(NAMES[who]);
                body["userName"] = called(who, name).into();
                body["externalId"] = external_id(who, tie).into();
                body["active"] = active.into();
                let answer = self.rig.post("/Users", body).await;
                if self.replay(answer.status.as_u16()).await {
                    self.users.push((answer.id(), who));
                }
            }
            Step::Activate { user } => self.replace(user, "active", |_| "True".into()).await,
            Step::Deactivate { user } => self.replace(user, "active", |_| "False".into()).await,
            Step::Rename { user, name } => self.replace(user, "userName", |who| called(who, name).into()).await,
            Step::Retie { user, tie } => self.replace(user, "externalId", |who| external_id(who, tie).into()).await,
            Step::Title { user, title } => self.replace(user, "title", |_| format!("Pilot {title}").into()).await,
            Step::Delete { user } => {
                let Some((id, _)) = self.user(user) else { return };
                let status = self.rig.delete(&format!("/Users/{id}")).await.status.as_u16();
                self.replay(status).await;
            }
            Step::Join { user, group } => self.membership(user, group, "Add").await,
            Step::Leave { user, group } => self.membership(user, group, "Remove").await,
            Step::SignIn { who, name } => self.sign_in(who, name).await,
            Step::FreeSeat { who } => self.free_seat(who).await,
            Step::Decide(release) => self.decide(if release { Decision::Release } else { Decision::Refuse }).await,
        }
    }

    async fn replace(&mut self, user: usize, path: &str, value: impl Fn(usize) -> Value) {
        let Some((id, who)) = self.user(user) else { return };
        let operations = json!([{"op": "Replace", "path": path, "value": value(who)}]);
        let status = self.rig.patch(&format!("/Users/{id}"), operations).await.status.as_u16();
        self.replay(status).await;
    }

    async fn membership(&mut self, user: usize, group: usize, op: &str) {
        let Some((id, _)) = self.user(user) else { return };
        let operations = json!([{"op": op, "path": "members", "value": [{"value": id}]}]);
        let status = self.rig.patch(&format!("/Groups/{}", self.groups[group]), operations).await.status.as_u16();
        self.replay(status).await;
    }

    /// Applies what the log says of the last request. False when it was refused.
    async fn replay(&mut self, status: u16) -> bool {
        if status >= 300 {
            assert!([400, 404, 409].contains(&status), "{status}");
            return false;
        }
        for effect in self.rig.last_logged().await.effects {
            match effect {
                Effect::SessionsEnded { user, .. } => self.ended.append(self.sessions.entry(user).or_default()),
                Effect::SeatFreed { user } => {
                    assert!(self.seats.remove(&user), "a seat was freed that nobody held");
                    self.spared.remove(&user);
                }
                Effect::SeatHeld { user } => assert!(self.seats.contains(&user), "a seat is held that nobody has"),
                Effect::DeletionHeld { .. } => assert!(self.tripped || self.is_tripped().await),
                Effect::GuardTripped { .. } => {
                    assert!(!self.tripped, "it trips once");
                    self.tripped = true;
                }
                Effect::LinkConflict { users } => assert!(!users.is_empty()),
                Effect::IdentityUpdated { .. } => {
                    assert_eq!(self.settings.identity_update_behavior, IdentityUpdateBehavior::Automatic);
                }
            }
        }
        true
    }

    async fn is_tripped(&self) -> bool {
        let idp = self.rig.idp;
        self.rig.store.read(move |reader| reader.tripped_guard(&idp)).await.unwrap().is_some()
    }

    async fn is_inactive(&self, who: usize, upn: String) -> bool {
        let idp = self.rig.idp;
        let look = move |reader: &store::Reader<'_>| {
            let linked = reader.provisioned_of_person(&idp, &key(who), Some(&upn))?;
            Ok(linked.iter().any(|(user, _)| !user.active) || reader.is_deletion_held(&idp, &key(who), Some(&upn))?)
        };
        self.rig.store.read(look).await.unwrap()
    }

    async fn sign_in(&mut self, who: usize, name: Name) {
        let upn = called(who, name);
        let identity = Identity {
            user_id: UserId::random(),
            idp: self.rig.idp,
            idp_kind: "azureAD".into(),
            key: key(who),
            email: upn.parse().unwrap(),
            email_trust: EmailTrust::TenantMember,
            name: NAMES[who].into(),
            upn: Some(upn.clone()),
            groups: Groups::known(vec![], GroupSource::Token, NOW),
            amr: vec![],
            contexts: AuthContexts::default(),
            sid: None,
            claims: BTreeMap::default(),
            evaluations: vec![],
            country: None,
            ip: Ipv4Addr::LOCALHOST.into(),
            signed_in_at: NOW,
        };
        let inactive = self.is_inactive(who, upn).await;
        let former = match self.people.get(&who).copied() {
            Some(id) => self.rig.store.read(move |reader| reader.user(&id)).await.unwrap().and_then(|person| person.upn),
            None => None,
        };
        // The former name may still be the tie.
        let was_inactive = match former {
            Some(former) => self.is_inactive(who, former).await,
            None => false,
        };
        match self.door.open_session(identity, Admission::Admitted(model::AppId::random()), self.door.moment(), NOW).await {
            Ok(live) => {
                assert!(!inactive, "somebody inactive was let in");
                let user = live.session.user_id;
                assert_eq!(*self.people.entry(who).or_insert(user), user);
                self.sessions.entry(user).or_default().push(live.session.nonce.clone());
                self.seats.insert(user);
                self.spared.remove(&user);
            }
            Err(OpenError::Deactivated) => assert!(inactive || was_inactive, "somebody active was refused"),
            Err(other) => panic!("{other}"),
        }
    }

    async fn free_seat(&mut self, who: usize) {
        let Some(id) = self.people.get(&who).copied() else { return };
        let freed = self.rig.store.write(move |tx| {
            let Some(mut user) = tx.user(&id)? else { return Ok(()) };
            user.access_seat = false;
            tx.put_user(&user)
        });
        freed.await.unwrap();
        self.seats.remove(&id);
        self.spared.remove(&id);
    }

    async fn decide(&mut self, decision: Decision) {
        let idp = self.rig.idp;
        let held = self.rig.store.read(move |reader| reader.held(&idp, 1_000)).await.unwrap();
        let (settled, last) = self.rig.store.write(move |tx| tx.decide_held(&idp, decision, "an administrator")).await.unwrap();
        assert!(last);
        let mut freed = 0;
        for held in held {
            if let HeldAction::FreeSeat { user, .. } = held.what {
                match decision {
                    Decision::Release => freed += u64::from(self.seats.remove(&user)),
                    Decision::Refuse => {
                        self.spared.insert(user);
                    }
                }
            }
        }
        assert_eq!(settled.seats_freed, freed);
        self.tripped = false;
    }

    /// Everything that has to hold after any step.
    async fn check(&self) {
        let (idp, people) = (self.rig.idp, self.people.clone());
        let look = move |reader: &store::Reader<'_>| {
            let mut found = Vec::new();
            for (who, id) in &people {
                let person = reader.user(id)?.unwrap();
                let linked = reader.provisioned_of_person(&idp, &key(*who), person.upn.as_deref())?;
                let inactive =
                    linked.iter().any(|(user, _)| !user.active) || reader.is_deletion_held(&idp, &key(*who), person.upn.as_deref())?;
                let sessions: BTreeSet<Nonce> = reader.sessions_of(id, NOW)?.into_iter().map(|(session, _)| session.nonce).collect();
                let registry = reader.registry_identity(id)?.unwrap();
                found.push((*id, person.access_seat, inactive, linked.len(), sessions, registry));
            }
            let held: HashSet<UserId> = reader
                .held(&idp, 1_000)?
                .into_iter()
                .filter_map(|held| if let HeldAction::FreeSeat { user, .. } = held.what { Some(user) } else { None })
                .collect();
            Ok((found, held, reader.seats_used()?, reader.tripped_guard(&idp)?.is_some()))
        };
        let (found, held, used, tripped) = self.rig.store.read(look).await.unwrap();
        assert_eq!(tripped, self.tripped, "the log tells when the guard trips");
        assert_eq!(used, self.seats.len() as u64, "seats in use");
        for (id, seat, inactive, links, sessions, registry) in found {
            let replayed: BTreeSet<Nonce> = self.sessions.get(&id).into_iter().flatten().cloned().collect();
            assert_eq!(sessions, replayed, "sessions by the log and by the store");
            assert_eq!(seat, self.seats.contains(&id), "the seat by the log and by the store");
            for nonce in &sessions {
                assert!(self.door.session(nonce, NOW).is_some(), "a session of the store opens the door");
            }
            if inactive && self.settings.user_deprovision {
                assert!(sessions.is_empty(), "a deprovisioned person has a session");
                let accounted = !seat || !self.settings.seat_deprovision || held.contains(&id) || self.spared.contains(&id);
                assert!(accounted, "a deprovisioned person's seat leaked");
            }
            assert_eq!(registry.links.len(), links);
            let merged = registry.links.iter().filter(|link| link.apart.is_none());
            assert!(merged.clone().all(|link| link.strength == LinkStrength::Strong) && (links == 1 || merged.count() == 0));
        }
        for nonce in &self.ended {
            assert!(self.door.session(nonce, NOW).is_none(), "an ended session opens the door");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn no_history_leaves_a_session_a_seat_or_a_log_that_is_not_true(settings in scim_settings(), steps in steps()) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        runtime.block_on(async {
            let mut history = History::begin(settings).await;
            for step in &steps {
                history.take(step).await;
                history.check().await;
            }
            history.rig.store.close().await;
        });
    }
}

/// The ids in the log are those of the users: one that was restored keeps its own.
#[tokio::test]
async fn a_history_that_trips_refuses_and_goes_on() {
    let guard = DeactivationGuard { share_percent: 20, at_least: 2, window_secs: 3600 };
    let own = ScimOptions { guard, ..ScimOptions::default() };
    let settings = ScimSettings { own, ..settings(true, true, IdentityUpdateBehavior::Automatic) };
    let mut history = History::begin(settings).await;
    let create = |who| Step::Create { who, name: Name::First, tie: Tie::ObjectId, active: true };
    let sign_in = |who| Step::SignIn { who, name: Name::First };
    let steps = [
        create(0),
        create(1),
        create(2),
        sign_in(0),
        sign_in(1),
        sign_in(2),
        Step::Deactivate { user: 0 },
        Step::Delete { user: 1 },
        sign_in(1),
        Step::Decide(false),
        sign_in(1),
        Step::Activate { user: 1 },
        sign_in(1),
        Step::Activate { user: 0 },
        sign_in(0),
    ];
    for step in &steps {
        history.take(step).await;
        history.check().await;
    }
    let id: ScimId = history.users[1].0.parse().unwrap();
    assert_eq!(history.rig.get(&format!("/Users/{id}")).await.body["active"], true);
    assert_eq!((history.sessions.values().filter(|s| !s.is_empty()).count(), history.seats.len()), (3, 3));
}
