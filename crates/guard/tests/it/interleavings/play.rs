//! Changes, carried out at the store and in the naive model alike; and requests to the real door.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use guard::{Permit, Request, Subject, Verdict, live::LiveSession, sign_in::Admission};
use http::{HeaderMap, HeaderValue, Method};
use model::{
    AccessGroupId, AppId, GrantId, IdpId, PolicyId, Timestamp, UserId,
    access_grant::Grant,
    access_group::AccessGroup,
    access_policy::{AccessPolicy, PolicyAction},
    app_streams::{AppStreams, TokenExpiry},
    rule::{Rule, RuleSet},
    service_token::{PreviousSecret, ServiceToken},
    session::RevokeReason,
};
use parking_lot::RwLock;
use store::Purpose;

use super::naive::{Asker, CAST, HOSTS, In, Naive};
use crate::rig::{PILOTS, Rig, object, policy, self_hosted};

/// Something that changes who may do what.
#[derive(Debug, Clone, Copy)]
pub enum Change {
    SignIn(usize),
    /// Further tokens of a session.
    Tokens(u8),
    RevokePerson(usize),
    RevokeSession(u8),
    RevokeAccount,
    /// Withdraws an application's tokens.
    Withdraw(usize),
    /// Removes an application, or makes it again.
    Remove(usize),
    Policies(usize, u8),
    /// Whether only people of another provider may use an application.
    ForOthers(usize, bool),
    /// Whether streams of an application may outlast their tokens.
    Keeps(usize, bool),
    Crew(usize),
    /// A person gets an approval, or loses it.
    Grant(usize, usize, bool),
    /// A new secret for the service token, with or without grace for the former.
    NewSecret(bool),
    SwitchProgram(bool),
    RemoveProgram,
    /// A new key; those before it are gone, or stay.
    NewKey(bool),
    Pass(i64),
}

/// Where the test is.
pub struct Play {
    pub rig: Arc<Rig>,
    pub naive: Naive,
    pub asking: Asking,
    apps: [AppId; 2],
    policies: [PolicyId; 2],
    program: ServiceToken,
    crew: AccessGroupId,
    lives: Vec<Arc<LiveSession>>,
    users: [Option<UserId>; 3],
    grants: Vec<(usize, usize, GrantId)>,
}

/// What asking takes: shared by the threads that ask.
#[derive(Clone)]
pub struct Asking {
    rig: Arc<Rig>,
    pub history: Arc<History>,
    pub held: Arc<RwLock<Vec<String>>>,
}

/// Every state there ever was. A change is begun when it may be in force, and done when it must be.
pub struct History {
    states: RwLock<Vec<Naive>>,
    done: AtomicUsize,
}

impl History {
    fn begin(&self, state: Naive) {
        self.states.write().push(state);
    }
    fn finish(&self) {
        self.done.store(self.states.read().len() - 1, Ordering::Release);
    }
    /// To be read before asking the door.
    pub fn done(&self) -> usize {
        self.done.load(Ordering::Acquire)
    }
    /// The states that may have been in force since.
    pub fn since(&self, done: usize) -> Vec<Naive> {
        self.states.read()[done..].to_vec()
    }
}

impl Play {
    /// Of a door that remembers tokens in so many bytes.
    pub async fn start(remembering: usize) -> Self {
        let rig = Arc::new(Rig::start_remembering(remembering).await);
        let naive = Naive::new(rig.now().secs());
        let history = Arc::new(History { states: RwLock::new(vec![naive.clone()]), done: AtomicUsize::new(0) });
        let program = rig.service_token("1.access", "secret-1").await;
        let mut play = Self {
            apps: [rig.wiki, rig.payroll],
            policies: [PolicyId::random(), PolicyId::random()],
            asking: Asking { rig: rig.clone(), history, held: Arc::default() },
            rig,
            naive,
            program,
            crew: AccessGroupId::random(),
            lives: Vec::new(),
            users: [None; 3],
            grants: Vec::new(),
        };
        play.put_crew().await;
        for app in 0..HOSTS.len() {
            play.put_app(app).await;
        }
        for person in 0..CAST.len() {
            play.apply(Change::SignIn(person)).await;
        }
        play
    }

    /// Carries a change out; when this returns it must be felt by everybody.
    pub async fn apply(&mut self, change: Change) {
        let mut next = self.naive.clone();
        if !self.foresee(&mut next, change) {
            return;
        }
        if let Change::SignIn(person) = change {
            // Nobody has its tokens before they are handed out.
            let (rig, groups): (_, &[u128]) = (&self.rig, if person < 2 { &[PILOTS] } else { &[] });
            let admitted = Admission::Admitted(self.apps[0]);
            let live = rig.guard.open_session(rig.identity(CAST[person], groups), admitted, rig.guard.moment(), rig.now()).await.unwrap();
            self.users[person] = Some(live.session.user_id);
            self.lives.push(live);
            return self.hand_out(next, self.lives.len() - 1, 0);
        }
        if let Change::Tokens(which) = change {
            return self.hand_out(next, usize::from(which) % self.naive.sessions.len(), self.ago());
        }
        self.asking.history.begin(next.clone());
        let before = std::mem::replace(&mut self.naive, next);
        self.carry_out(change, &before).await;
        self.asking.history.finish();
    }

    /// Seconds by which further tokens are older than others that were made now, so that they are others.
    fn ago(&self) -> i64 {
        1 + i64::try_from(self.naive.tokens.len()).unwrap() % 50
    }

    fn hand_out(&mut self, next: Naive, session: usize, ago: i64) {
        let (rig, live) = (&self.rig, &self.lives[session]);
        let tokens = self.apps.map(|app| {
            let app = rig.guard.app(&app).unwrap();
            rig.guard.app_token(&app, app.policies[0].id, live, rig.now().plus_secs(-ago)).unwrap().jwt
        });
        self.asking.history.begin(next.clone());
        self.asking.history.finish();
        self.asking.held.write().extend(tokens);
        self.naive = next;
    }

    /// What the change makes of the state; false when it cannot be made now.
    fn foresee(&self, next: &mut Naive, change: Change) -> bool {
        match change {
            // Tokens are for both applications, and name a policy of each.
            Change::SignIn(_) | Change::Tokens(_) if next.apps.iter().any(|app| !app.there || app.written == 7) => return false,
            Change::SignIn(person) => next.sign_in(person),
            Change::Tokens(which) => next.hand_out(usize::from(which) % next.sessions.len(), self.ago()),
            Change::RevokePerson(person) => next.people[person] += 1,
            Change::RevokeSession(which) => {
                let index = usize::from(which) % next.sessions.len();
                next.sessions[index].revoked = true;
            }
            Change::RevokeAccount => next.account += 1,
            Change::Withdraw(app) => next.apps[app].generation += 1,
            Change::Remove(app) => {
                let app = &mut next.apps[app];
                (app.there, app.generation, app.keeps) = (!app.there, 0, false);
                app.made += u32::from(app.there);
            }
            Change::Policies(app, written) => next.apps[app].written = written,
            Change::ForOthers(app, others) => next.apps[app].for_others = others,
            Change::Keeps(app, keeps) => next.apps[app].keeps = keeps,
            Change::Crew(person) => next.crew = person,
            Change::Grant(app, person, given) => {
                if !next.apps[app].there || given == (next.now < next.granted[app][person]) {
                    return false;
                }
                next.granted[app][person] = if given { next.now + 600 } else { 0 };
            }
            Change::NewSecret(grace) => {
                next.program.version += 1;
                next.program.grace = if grace { next.now + 900 } else { 0 };
            }
            Change::SwitchProgram(on) => next.program.enabled = on,
            Change::RemoveProgram => next.program.there = !next.program.there,
            Change::NewKey(former_stay) => {
                if next.keys.len() > 2 {
                    return false;
                }
                next.keys.iter_mut().for_each(|key| *key &= former_stay);
                next.keys.push(true);
            }
            Change::Pass(secs) => next.now += secs,
        }
        let needs_app = matches!(change, Change::Withdraw(app) | Change::Policies(app, _) | Change::ForOthers(app, _) | Change::Keeps(app, _) if !next.apps[app].there);
        !needs_app && (next.program.there || !matches!(change, Change::NewSecret(_) | Change::SwitchProgram(_)))
    }

    async fn carry_out(&mut self, change: Change, before: &Naive) {
        match change {
            Change::SignIn(_) | Change::Tokens(_) => {}
            Change::RevokePerson(person) => {
                let user = self.users[person].unwrap();
                let revoke = move |tx: &mut store::Tx<'_>| tx.revoke_user(&user, RevokeReason::Administrator);
                self.rig.store.write_first(revoke).await.unwrap();
            }
            Change::RevokeSession(which) => {
                let nonce = self.lives[usize::from(which) % before.sessions.len()].session.nonce.clone();
                self.rig.store.write(move |tx| tx.revoke_session(&nonce, RevokeReason::Logout)).await.unwrap();
            }
            Change::RevokeAccount => {
                let mut account = self.rig.store.snapshot().account.clone();
                account.generation += 1;
                self.rig.store.write(move |tx| tx.put_account(&account)).await.unwrap();
            }
            Change::Remove(app) if !self.naive.apps[app].there => {
                let id = self.apps[app];
                self.rig.store.write(move |tx| tx.remove_app(&id)).await.unwrap();
                self.grants.retain(|(of, ..)| *of != app);
            }
            Change::Remove(app) => {
                self.apps[app] = AppId::random();
                self.put_app(app).await;
            }
            Change::Withdraw(app) | Change::Policies(app, _) | Change::ForOthers(app, _) => self.put_app(app).await,
            Change::Keeps(app, keeps) => {
                let token_expiry = if keeps { TokenExpiry::Keep } else { TokenExpiry::Cut };
                let (id, streams) = (self.apps[app], AppStreams { token_expiry, ..AppStreams::default() });
                self.rig.store.write(move |tx| tx.put_app_streams(&id, &streams)).await.unwrap();
            }
            Change::Crew(_) => self.put_crew().await,
            Change::Grant(app, person, true) => self.give(app, person).await,
            Change::Grant(app, person, false) => {
                let at = self.grants.iter().rposition(|(a, p, _)| (*a, *p) == (app, person)).unwrap();
                let (.., id) = self.grants.remove(at);
                self.rig.store.write(move |tx| tx.remove_grant(&id)).await.unwrap();
            }
            Change::NewSecret(grace) => {
                let hash = |version| self.rig.store.sealer().hash(Purpose::ServiceToken, &format!("secret-{version}"));
                let (version, until) = (self.naive.program.version, Timestamp::from_secs(self.naive.program.grace));
                let previous = grace.then(|| PreviousSecret { secret_hash: hash(version - 1), expires_at: until });
                self.program =
                    ServiceToken { secret_hash: hash(version), client_secret_version: version, previous, ..self.program.clone() };
                self.put_program().await;
            }
            Change::SwitchProgram(enabled) => {
                self.program.enabled = enabled;
                self.put_program().await;
            }
            Change::RemoveProgram if self.naive.program.there => self.put_program().await,
            Change::RemoveProgram => {
                let id = self.program.id;
                self.rig.store.write(move |tx| tx.remove_service_token(&id)).await.unwrap();
            }
            Change::NewKey(former_stay) => {
                self.rig.guard.rotate_key(self.rig.now()).await.unwrap();
                if !former_stay {
                    let former: Vec<_> = self
                        .rig
                        .store
                        .snapshot()
                        .keys
                        .iter()
                        .filter(|k| k.public.retires_at.is_some())
                        .map(|k| k.public.id.clone())
                        .collect();
                    self.rig.store.write(move |tx| former.iter().try_for_each(|id| tx.remove_key(id))).await.unwrap();
                }
            }
            Change::Pass(secs) => self.rig.pass(secs),
        }
    }

    async fn put_program(&self) {
        let program = self.program.clone();
        self.rig.store.write(move |tx| tx.put_service_token(&program)).await.unwrap();
    }

    async fn put_crew(&self) {
        let (now, id) = (self.rig.now(), self.crew);
        let rules = RuleSet { include: vec![email(self.naive.crew)], ..RuleSet::default() };
        let group = AccessGroup { id, name: "Dock Crew".into(), rules, is_default: false, created_at: now, updated_at: now };
        self.rig.store.write(move |tx| tx.put_access_group(&group)).await.unwrap();
    }

    async fn give(&mut self, app: usize, person: usize) {
        let (now, id, of, policy) = (self.rig.now(), GrantId::random(), self.apps[app], self.policies[app]);
        self.grants.push((app, person, id));
        let user = self.users[person].unwrap();
        let write = move |tx: &mut store::Tx<'_>| {
            let until = now.plus_secs(600);
            tx.put_grant(&Grant { id, user, app: of, policy, from: now, until, approvers: Vec::new(), reason: None, created_at: now })
        };
        self.rig.store.write(write).await.unwrap();
    }

    async fn put_app(&self, which: usize) {
        let (state, now, id) = (self.naive.apps[which], self.rig.now(), self.apps[which]);
        let policies = self.written(which);
        let ids: Vec<PolicyId> = policies.iter().map(|p| p.id).collect();
        let mut app = self_hosted(id, HOSTS[which], &ids, now);
        app.generation = state.generation;
        app.allowed_idps = if state.for_others { vec![IdpId::random()] } else { Vec::new() };
        let write = move |tx: &mut store::Tx<'_>| {
            policies.iter().try_for_each(|policy| tx.put_policy(policy))?;
            tx.put_app(&app)
        };
        self.rig.store.write(write).await.unwrap();
    }

    fn written(&self, app: usize) -> Vec<AccessPolicy> {
        use PolicyAction::{Allow, Bypass, Deny, NonIdentity};
        let one = |action, rule| policy(action, rule, self.rig.now());
        let from = |last: u8| Rule::Ip { ip: format!("10.0.0.{last}").try_into().unwrap() };
        match self.naive.apps[app].written {
            0 => vec![one(Allow, Rule::Everyone {})],
            1 => vec![one(Allow, email(0))],
            2 => vec![one(Allow, Rule::AzureGroup { id: object(PILOTS), identity_provider_id: self.rig.idp })],
            3 => vec![one(Deny, email(1)), one(Allow, Rule::Everyone {})],
            4 => vec![one(Allow, from(1))],
            5 => vec![one(Allow, Rule::Group { id: self.crew })],
            6 => vec![one(Bypass, from(2)), one(Allow, email(2))],
            8 => vec![one(NonIdentity, Rule::ServiceToken { token_id: self.program.id }), one(Allow, Rule::Everyone {})],
            9 => {
                let mut asks = one(Allow, Rule::Everyone {});
                (asks.id, asks.demands.approval_required) = (self.policies[app], true);
                vec![asks]
            }
            _ => Vec::new(),
        }
    }
}

impl Asking {
    /// Asks the real door.
    pub fn ask(&self, asker: Asker, app: usize, last: u8) -> (In, Option<Permit>) {
        let mut headers = HeaderMap::new();
        let text = |text: String| HeaderValue::from_str(&text).unwrap();
        match asker {
            Asker::Nobody => {}
            Asker::Holder(token) => drop(headers.insert("cookie", text(format!("CF_Authorization={}", self.held.read()[token])))),
            Asker::Program(version) => {
                headers.insert("cf-access-client-id", text("1.access".into()));
                headers.insert("cf-access-client-secret", text(format!("secret-{version}")));
            }
        }
        let request = Request {
            host: HOSTS[app],
            path: "/",
            method: &Method::GET,
            headers: &headers,
            ip: Some([10, 0, 0, last].into()),
            country: None,
            certificate: &self.rig.certificate,
            now: self.rig.now(),
        };
        match self.rig.guard.admit(&request) {
            Verdict::Admit(permit) => {
                let by = match permit.subject() {
                    Subject::Person(_) => In::Person,
                    Subject::Program(_) => In::Program,
                    Subject::Anyone => In::Anyone,
                };
                (by, Some(permit))
            }
            _ => (In::Nobody, None),
        }
    }
}

fn email(person: usize) -> Rule {
    Rule::Email { email: format!("{}@harbourworks.example", CAST[person]).parse().unwrap() }
}
