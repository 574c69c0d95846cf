//! Open streams and changes of what they rest on: no permit outlives a withdrawal, and whoever would still be let in is not disturbed.

use guard::{Request, Verdict};
use http::{HeaderMap, HeaderValue, Method};
use model::{
    AccessGroupId, AppId, GrantId, ListId, PolicyId,
    access_grant::Grant,
    access_group::AccessGroup,
    access_policy::{AccessPolicy, PolicyAction},
    list::{Item, Items, List},
    readings::{Reading, Risk},
    rule::{RiskLevel, Rule, RuleSet},
    session::RevokeReason,
};
use proptest::prelude::*;
use tokio::task::JoinHandle;

use crate::rig::{PILOTS, Rig, policy, self_hosted};

/// Lets everything that was woken run.
async fn settle() {
    for _ in 0..64 {
        tokio::task::yield_now().await;
    }
}

fn ask(rig: &Rig, path: &str, token: &str, last: u8) -> Verdict {
    let mut headers = HeaderMap::new();
    headers.insert("cookie", HeaderValue::from_str(&format!("CF_Authorization={token}")).unwrap());
    rig.guard.admit(&Request {
        host: "wiki.localhost",
        path,
        method: &Method::GET,
        headers: &headers,
        ip: Some([10, 0, 0, last].into()),
        country: None,
        certificate: &rig.certificate,
        now: rig.now(),
    })
}

/// A stream that waits for its end, as the proxy's do.
fn open(rig: &Rig, path: &str, token: &str, last: u8) -> Option<JoinHandle<()>> {
    match ask(rig, path, token, last) {
        Verdict::Admit(permit) => Some(tokio::spawn(permit.cut().clone().wait())),
        _ => None,
    }
}

fn email(name: &str) -> Rule {
    Rule::Email { email: format!("{name}@harbourworks.example").parse().unwrap() }
}

/// Eight ways to write the wiki's policies.
fn written(rig: &Rig, which: u8, crew: AccessGroupId) -> Vec<AccessPolicy> {
    use PolicyAction::{Allow, Deny};
    let now = rig.now();
    let one = |action, rule| policy(action, rule, now);
    match which % 8 {
        0 => vec![one(Allow, Rule::Everyone {})],
        1 => vec![one(Allow, email("mara"))],
        2 => vec![one(Allow, Rule::AzureGroup { id: crate::rig::object(PILOTS), identity_provider_id: rig.idp })],
        3 => vec![one(Deny, email("ilo")), one(Allow, Rule::Everyone {})],
        4 => vec![one(Allow, Rule::Ip { ip: "10.0.0.1".to_owned().try_into().unwrap() })],
        5 => vec![one(Allow, Rule::Group { id: crew })],
        6 => vec![one(PolicyAction::Bypass, Rule::Ip { ip: "10.0.0.2".to_owned().try_into().unwrap() }), one(Allow, email("tessa"))],
        _ => Vec::new(),
    }
}

async fn put_crew(rig: &Rig, id: AccessGroupId, who: &str) {
    let (now, include) = (rig.now(), vec![email(who)]);
    let rules = RuleSet { include, ..RuleSet::default() };
    let group = AccessGroup { id, name: "Dock Crew".into(), rules, is_default: false, created_at: now, updated_at: now };
    rig.store.write(move |tx| tx.put_access_group(&group)).await.unwrap();
}

#[derive(Debug, Clone)]
enum Step {
    Open(u8, u8),
    Policies(u8),
    Crew(u8),
    /// The part of the wiki below `/deck` becomes an application of its own, or no longer.
    Deck(bool),
    End(u8),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (any::<u8>(), any::<u8>()).prop_map(|(who, how)| Step::Open(who, how)),
        4 => (0..8u8).prop_map(Step::Policies),
        2 => (0..3u8).prop_map(Step::Crew),
        1 => any::<bool>().prop_map(Step::Deck),
        1 => (0..3u8).prop_map(Step::End),
    ]
}

const CAST: [&str; 3] = ["mara", "ilo", "tessa"];

struct Stream {
    who: usize,
    path: &'static str,
    last: u8,
    end: JoinHandle<()>,
}

async fn run(steps: Vec<Step>) {
    let rig = Rig::start().await;
    let (crew, deck) = (AccessGroupId::random(), AppId::random());
    put_crew(&rig, crew, "mara").await;
    let mut tokens = Vec::new();
    for name in CAST {
        let groups: &[u128] = if name == "tessa" { &[] } else { &[PILOTS] };
        tokens.push(rig.sign_in(name, groups).await);
    }
    let mut streams: Vec<Stream> = Vec::new();
    for step in steps {
        match step {
            Step::Open(who, how) => {
                let (who, path, last) = (usize::from(who) % 3, ["/", "/deck/log"][usize::from(how >> 4) % 2], how % 3);
                streams.extend(open(&rig, path, &tokens[who].1, last).map(|end| Stream { who, path, last, end }));
            }
            Step::Policies(which) => rig.wiki_policies(written(&rig, which, crew)).await,
            Step::Crew(who) => put_crew(&rig, crew, CAST[usize::from(who)]).await,
            Step::Deck(there) => {
                let mut app = self_hosted(deck, "wiki.localhost/deck/*", &[] as &[PolicyId], rig.now());
                app.name = "deck".into();
                let write = move |tx: &mut store::Tx<'_>| if there { tx.put_app(&app) } else { tx.remove_app(&deck).map(drop) };
                // Not there already: nothing to remove.
                let _ = rig.store.write(write).await;
            }
            Step::End(who) => {
                let nonce = tokens[usize::from(who)].0.session.nonce.clone();
                rig.store.write(move |tx| tx.revoke_session(&nonce, RevokeReason::Logout)).await.unwrap();
            }
        }
        settle().await;
        streams.retain(|stream| {
            let admitted = matches!(ask(&rig, stream.path, &tokens[stream.who].1, stream.last), Verdict::Admit(_));
            let open = !stream.end.is_finished();
            // A stream of the bypass was given to nobody in particular: it ends when nobody is let in without a name.
            if open {
                assert!(admitted, "a permit outlived its withdrawal: {} at {} from .{}", CAST[stream.who], stream.path, stream.last);
            } else {
                let bypassed = stream.last == 2;
                assert!(!admitted || bypassed, "a stream was cut that would be let in: {} at {}", CAST[stream.who], stream.path);
            }
            open
        });
    }
    streams.iter().for_each(|stream| stream.end.abort());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]
    #[test]
    fn no_permit_outlives_a_withdrawal_and_no_other_stream_is_cut(steps in prop::collection::vec(step(), 1..50)) {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(run(steps));
    }
}

#[tokio::test]
async fn a_list_that_no_longer_names_somebody_cuts_their_streams_only() {
    let rig = Rig::start().await;
    let (id, now) = (ListId::random(), rig.now());
    let list = move |names: &[&str]| List {
        id,
        name: "Crew".into(),
        description: None,
        items: Items::Email(
            names
                .iter()
                .map(|n| Item { value: format!("{n}@harbourworks.example").parse().unwrap(), description: None, created_at: now })
                .collect(),
        ),
        created_at: now,
        updated_at: now,
    };
    let both = list(&["mara", "ilo"]);
    rig.store.write(move |tx| tx.put_list(&both)).await.unwrap();
    rig.wiki_policies(vec![policy(PolicyAction::Allow, Rule::EmailList { id }, now)]).await;
    let ((_, mara), (_, ilo)) = (rig.sign_in("mara", &[]).await, rig.sign_in("ilo", &[]).await);
    let (maras, ilos) = (open(&rig, "/", &mara, 1).unwrap(), open(&rig, "/", &ilo, 1).unwrap());
    let one = list(&["mara"]);
    rig.store.write(move |tx| tx.put_list(&one)).await.unwrap();
    settle().await;
    assert!(ilos.is_finished());
    assert!(!maras.is_finished());
}

#[tokio::test]
async fn new_readings_are_felt_by_open_streams() {
    let rig = Rig::start().await;
    let mut quiet = policy(PolicyAction::Allow, Rule::Everyone {}, rig.now());
    quiet.rules.exclude = vec![Rule::UserRiskScore { user_risk_score: vec![RiskLevel::High] }];
    rig.wiki_policies(vec![quiet]).await;
    let (live, token) = rig.sign_in("mara", &[]).await;
    let key = live.identity.key.clone();
    let told = |level: RiskLevel| {
        let people = std::iter::once((key.subject.clone(), Risk::Level(level))).collect();
        let reading = Reading { issuer: key.issuer.clone(), people, at: rig.now(), good_until: rig.now().plus_secs(600) };
        rig.guard.change_readings(|readings| drop(readings.risk.insert(rig.idp, reading.clone().into())));
    };
    told(RiskLevel::Low);
    let stream = open(&rig, "/", &token, 1).unwrap();
    told(RiskLevel::Medium);
    settle().await;
    assert!(!stream.is_finished());
    told(RiskLevel::High);
    settle().await;
    assert!(stream.is_finished());
}

#[tokio::test]
async fn a_program_is_cut_when_its_policy_goes() {
    let rig = Rig::start().await;
    let token = rig.service_token("1.access", "secret").await;
    let by_token = policy(PolicyAction::NonIdentity, Rule::ServiceToken { token_id: token.id }, rig.now());
    rig.wiki_policies(vec![by_token.clone()]).await;
    let ask = || rig.ask("wiki.localhost", &[("cf-access-client-id", "1.access"), ("cf-access-client-secret", "secret")]);
    let Verdict::Admit(permit) = ask() else { panic!("not admitted") };
    let stream = tokio::spawn(permit.cut().clone().wait());
    rig.wiki_policies(vec![by_token, policy(PolicyAction::Allow, Rule::Everyone {}, rig.now())]).await;
    settle().await;
    assert!(!stream.is_finished(), "the policy is still there");
    rig.wiki_policies(vec![policy(PolicyAction::Allow, Rule::Everyone {}, rig.now())]).await;
    settle().await;
    assert!(stream.is_finished());
}

#[tokio::test]
async fn what_was_granted_opens_until_it_is_taken_away_or_over() {
    let rig = Rig::start().await;
    let mut demanding = policy(PolicyAction::Allow, Rule::Everyone {}, rig.now());
    demanding.demands.approval_required = true;
    let id = demanding.id;
    rig.wiki_policies(vec![demanding]).await;
    let (live, token) = rig.sign_in("mara", &[]).await;
    assert!(open(&rig, "/", &token, 1).is_none());
    let grant = |secs: i64| Grant {
        id: GrantId::random(),
        user: live.session.user_id,
        app: rig.wiki,
        policy: id,
        from: rig.now(),
        until: rig.now().plus_secs(secs),
        approvers: Vec::new(),
        reason: None,
        created_at: rig.now(),
    };
    let put = async |grant: Grant| rig.store.write(move |tx| tx.put_grant(&grant)).await.unwrap();
    let (short, long) = (grant(60), grant(600));
    put(short.clone()).await;
    let stream = open(&rig, "/", &token, 1).unwrap();
    put(long.clone()).await;
    rig.pass(61);
    rig.guard.tend(rig.now()).await.unwrap();
    settle().await;
    assert!(!stream.is_finished(), "the longer one holds");
    rig.store.write(move |tx| tx.remove_grant(&long.id)).await.unwrap();
    settle().await;
    assert!(stream.is_finished(), "taken away");
    put(grant(60)).await;
    let stream = open(&rig, "/", &token, 1).unwrap();
    rig.pass(61);
    rig.guard.tend(rig.now()).await.unwrap();
    settle().await;
    assert!(stream.is_finished(), "over");
    assert!(open(&rig, "/", &token, 1).is_none());
    put(grant(60)).await;
    let (live, token) = (rig.reopen().await, token);
    assert!(open(&live, "/", &token, 1).is_some(), "a restart keeps it");
}
