//! The configuration made ready for deciding: done once at each change, never per request.

mod depends;

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

use http::{HeaderName, HeaderValue};
use model::{
    AppId, CertificateId, IdpId, access_policy::AccessPolicy, app::App, app_streams::TokenExpiry, hostname::AppAddress, identity::Identity,
    service_token::ServiceToken, upstream::Upstream,
};
use policy::PolicySet;
use store::Snapshot;

use crate::{
    certificate::ClientCertificate,
    end::End,
    keys::KeyRing,
    review::{Anchor, Pulse},
};
use depends::Depends;

/// An application with its policies compiled and its upstream at hand.
pub struct CompiledApp {
    /// The application.
    pub app: Arc<App>,
    /// Where its requests go.
    pub upstream: Option<Arc<Upstream>>,
    /// Its policies in order of precedence.
    pub policies: Vec<Arc<AccessPolicy>>,
    /// The same, compiled.
    pub set: PolicySet,
    /// The header in which programs may send both halves of a service token.
    pub token_header: Option<HeaderName>,
    /// Another number when the rules were changed, or anything that rules may refer to.
    pub rules: u64,
    /// What the end of a token's time does to the streams that it opened.
    pub streams: TokenExpiry,
    /// What stays of it while its configurations come and go.
    pub(crate) anchor: Arc<Anchor>,
    depends: Depends,
}

impl CompiledApp {
    /// True when people of this provider may use the application: an empty list means every provider.
    pub fn accepts(&self, idp: &IdpId) -> bool {
        self.app.allowed_idps.is_empty() || self.app.allowed_idps.contains(idp)
    }

    /// The policy of this id, when it is one of the application's.
    pub fn policy(&self, id: model::PolicyId) -> Option<&Arc<AccessPolicy>> {
        self.policies.iter().find(|p| p.id == id)
    }

    /// The external evaluations that its rules name: the endpoint, and where its keys are.
    pub fn evaluations(&self) -> impl Iterator<Item = &(String, String)> {
        self.depends.evaluations.iter()
    }
    /// True when the rules name an external evaluation that the sign-in did not ask.
    pub fn lacks_evaluations(&self, identity: &Identity) -> bool {
        let told = |pair: &(String, String)| identity.evaluations.iter().any(|e| e.evaluate_url == pair.0 && e.keys_url == pair.1);
        !self.depends.evaluations.iter().all(told)
    }

    /// True when the application, its policies and what they name are the very same.
    fn is_as(&self, old: &Self) -> bool {
        let same_policies =
            self.policies.len() == old.policies.len() && self.policies.iter().zip(&old.policies).all(|(a, b)| Arc::ptr_eq(a, b));
        Arc::ptr_eq(&self.app, &old.app) && same_policies && self.streams == old.streams && self.depends.is_as(&old.depends)
    }
}

/// Applications by host. Asked by every request, with a hash that is quick and seeded.
type ByHost = HashMap<Box<str>, Vec<(AppAddress, Arc<CompiledApp>)>, foldhash::fast::RandomState>;

/// Everything a request needs of the configuration.
pub struct Compiled {
    /// The configuration it was made of.
    pub snapshot: Arc<Snapshot>,
    /// Keys ready for use.
    pub keys: KeyRing,
    apps: HashMap<AppId, Arc<CompiledApp>>,
    exact: ByHost,
    wild: Vec<(AppAddress, Arc<CompiledApp>)>,
    service_tokens: HashMap<Box<str>, (Arc<ServiceToken>, End)>,
    authorities: HashMap<CertificateId, End>,
}

impl Compiled {
    /// Compiles a snapshot. `before` hands over the cancellation tokens of what did not change.
    pub fn new(snapshot: Arc<Snapshot>, before: Option<&Self>) -> Self {
        let mut apps = HashMap::new();
        let (mut exact, mut wild) = (ByHost::default(), Vec::new());
        let mark = fingerprint_of_references(&snapshot);
        for app in snapshot.apps.values() {
            let compiled = Arc::new(compile_app(app, &snapshot, mark, before));
            for address in &app.destinations {
                let entry = (address.clone(), compiled.clone());
                if address.is_concrete_host() { exact.entry(address.host().into()).or_default().push(entry) } else { wild.push(entry) }
            }
            apps.insert(app.id, compiled);
        }
        if let Some(console) = &snapshot.console {
            let (app, policies) = console.as_app();
            let policies = policies.into_iter().map(Arc::new).collect();
            apps.insert(app.id, Arc::new(compile_with(&Arc::new(app), policies, &snapshot, mark, before)));
        }
        // Most specific first: the first match is the application, and nothing is inherited from the others.
        exact.values_mut().for_each(|list| list.sort_by_key(|(a, _)| std::cmp::Reverse(a.specificity())));
        wild.sort_by_key(|(a, _)| std::cmp::Reverse(a.specificity()));
        let service_tokens = service_tokens(&snapshot, before);
        let authorities = authorities(&snapshot, before);
        Self { keys: KeyRing::load(&snapshot.keys), snapshot, apps, exact, wild, service_tokens, authorities }
    }

    /// Cuts what the former configuration held and this one does not: called once this one is in force, so that nobody who
    /// wakes up by it meets the former one.
    pub fn cut_what_is_gone(&self, before: &Self) {
        for (id, old) in &before.apps {
            if self.apps.get(id).is_none_or(|new| new.app.generation != old.app.generation) {
                old.anchor.cut.cancel();
            }
        }
        for (id, cut) in &before.authorities {
            if self.authorities.get(id).is_none_or(|_| !same_authority(&self.snapshot, &before.snapshot, id)) {
                cut.cancel();
            }
        }
        for (client_id, (old, cut)) in &before.service_tokens {
            let same = self
                .service_tokens
                .get(client_id)
                .is_some_and(|(new, _)| new.enabled && new.client_secret_version == old.client_secret_version);
            if !same {
                cut.cancel();
            }
        }
    }

    /// Of the applications about which a verdict may differ from the former configuration's.
    pub(crate) fn differing(&self, before: &Self) -> Vec<Arc<Pulse>> {
        let for_all = depends::is_same_for_all(&self.snapshot, &before.snapshot);
        let around = depends::is_same_around(&self.snapshot, &before.snapshot);
        let differs = |app: &CompiledApp| {
            let looks_around = app.set.has_continuous_rules() || app.set.has_service_auth();
            !for_all || (!around && looks_around) || !before.apps.get(&app.app.id).is_some_and(|old| app.is_as(old))
        };
        self.apps.values().filter(|app| differs(app)).map(|app| app.anchor.pulse.clone()).collect()
    }

    /// The client certificate for the origin of this host, where its settings want it told.
    pub(crate) fn forwarded(&self, host: &str, certificate: &ClientCertificate) -> Option<[HeaderValue; 2]> {
        let (_, shown) = certificate.verified()?;
        self.snapshot.hostname_settings.get(host).filter(|s| s.client_certificate_forwarding)?;
        shown.headers()
    }

    /// Cancelled when the authority is removed, or is another one, or serves other hosts.
    pub(crate) fn authority_cut(&self, id: &CertificateId) -> Option<&End> {
        self.authorities.get(id)
    }

    /// The application for a lower-case host without port and a decoded path: the most specific one.
    pub fn find(&self, host: &str, path: &str) -> Option<&Arc<CompiledApp>> {
        self.find_address(host, path).map(|(_, app)| app)
    }

    /// True when the path means the same application with and without its `;` parameters: origins differ in whether they
    /// read them as part of the name.
    pub fn has_one_reading(&self, host: &str, path: &str) -> bool {
        if !path.contains(';') {
            return true;
        }
        let bare: Vec<&str> = path.split('/').map(|segment| segment.split(';').next().unwrap_or("")).collect();
        match (self.find(host, path), self.find(host, &bare.join("/"))) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            (None, None) => true,
            _ => false,
        }
    }

    /// The same with the address that matched.
    pub fn find_address(&self, host: &str, path: &str) -> Option<(&AppAddress, &Arc<CompiledApp>)> {
        let here = self.exact.get(host).and_then(|list| list.iter().find(|(a, _)| a.matches(host, path)));
        here.or_else(|| self.wild.iter().find(|(a, _)| a.matches(host, path))).map(|(a, app)| (a, app))
    }

    /// An application by id.
    pub fn app(&self, id: &AppId) -> Option<&Arc<CompiledApp>> {
        self.apps.get(id)
    }

    /// Every application.
    pub fn apps(&self) -> impl Iterator<Item = &Arc<CompiledApp>> {
        self.apps.values()
    }

    /// True when some application has this host, whatever the path.
    pub fn serves_host(&self, host: &str) -> bool {
        self.exact.contains_key(host) || self.wild.iter().any(|(a, _)| a.matches(host, a.path()) || a.matches(host, "/"))
    }

    /// A service token by its public half.
    pub fn service_token(&self, client_id: &str) -> Option<&(Arc<ServiceToken>, End)> {
        self.service_tokens.get(client_id)
    }
}

fn compile_app(app: &Arc<App>, snapshot: &Snapshot, mark: u64, before: Option<&Compiled>) -> CompiledApp {
    let mut links = app.policies.clone();
    links.sort_by_key(|l| l.precedence);
    let mut policies: Vec<Arc<AccessPolicy>> = Vec::with_capacity(links.len());
    for link in &links {
        match snapshot.policies.get(&link.id) {
            Some(policy) => policies.push(policy.clone()),
            None => {
                // The missing one may have been a block: an application that is not whole is closed.
                tracing::error!(app.id = %app.id, policy.id = %link.id, "the application names a policy that is not there; nobody is let in");
                policies.clear();
                break;
            }
        }
    }
    compile_with(app, policies, snapshot, mark, before)
}

fn compile_with(
    app: &Arc<App>,
    policies: Vec<Arc<AccessPolicy>>,
    snapshot: &Snapshot,
    mark: u64,
    before: Option<&Compiled>,
) -> CompiledApp {
    let references =
        policy::References { groups: &snapshot.access_groups, posture: &snapshot.posture_rules, lists: &snapshot.lists, told: None };
    let set = PolicySet::compile(&policies.iter().map(AsRef::as_ref).collect::<Vec<_>>(), &references).of(app.id);
    let old = before.and_then(|b| b.apps.get(&app.id));
    let anchor = match old {
        Some(old) if old.app.generation == app.generation => old.anchor.clone(),
        Some(old) => old.anchor.anew(),
        None => Anchor::new(app.id),
    };
    let depends = Depends::of(&policies, snapshot);
    let token_header = app.read_service_tokens_from_header.as_deref().and_then(|name| HeaderName::from_bytes(name.as_bytes()).ok());
    let upstream = snapshot.upstreams.get(&app.id).cloned();
    let rules = fingerprint(mark, &policies);
    let streams = snapshot.app_streams.get(&app.id).map(|streams| streams.token_expiry).unwrap_or_default();
    CompiledApp { app: app.clone(), upstream, rules, policies, set, token_header, streams, anchor, depends }
}

/// Two configurations in which an application's rules are the same have the same number here, within one run of the program.
fn fingerprint(references: u64, policies: &[Arc<AccessPolicy>]) -> u64 {
    let mut hasher = DefaultHasher::new();
    references.hash(&mut hasher);
    policies.iter().for_each(|policy| (policy.id, policy.updated_at).hash(&mut hasher));
    hasher.finish()
}

/// The same for everything that rules may refer to.
fn fingerprint_of_references(snapshot: &Snapshot) -> u64 {
    let mut hasher = DefaultHasher::new();
    snapshot.access_groups.values().for_each(|group| (group.id, group.updated_at).hash(&mut hasher));
    snapshot.lists.values().for_each(|list| (list.id, list.updated_at).hash(&mut hasher));
    snapshot.posture_rules.values().for_each(|rule| (rule.id, rule.updated_at).hash(&mut hasher));
    hasher.finish()
}

fn service_tokens(snapshot: &Snapshot, before: Option<&Compiled>) -> HashMap<Box<str>, (Arc<ServiceToken>, End)> {
    let kept = |t: &ServiceToken| {
        let (old, cut) = before?.service_tokens.get(t.client_id.as_str())?;
        (t.enabled && old.client_secret_version == t.client_secret_version && !cut.is_cancelled()).then(|| cut.clone())
    };
    snapshot.service_tokens.values().map(|t| (t.client_id.as_str().into(), (t.clone(), kept(t).unwrap_or_default()))).collect()
}

fn authorities(snapshot: &Snapshot, before: Option<&Compiled>) -> HashMap<CertificateId, End> {
    let kept = |id| before.filter(|b| same_authority(snapshot, &b.snapshot, id)).and_then(|b| b.authorities.get(id)).cloned();
    snapshot.certificates.keys().map(|id| (*id, kept(id).unwrap_or_default())).collect()
}

fn same_authority(a: &Snapshot, b: &Snapshot, id: &CertificateId) -> bool {
    let of = |s: &Snapshot| s.certificates.get(id).map(|c| (c.pem.clone(), c.associated_hostnames.clone()));
    of(a) == of(b)
}
