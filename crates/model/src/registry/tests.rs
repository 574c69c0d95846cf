//! Which facts are merged, and which stand beside.

use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::{
    UserId,
    identity::{AuthContexts, DirectoryGroup, EmailTrust, GroupSource, GroupsUnknown, SubjectKey},
    provisioned::ResourceKind,
};

const SIGNED_IN: Timestamp = Timestamp::from_secs(1_790_000_000);
const CHANGED: Timestamp = Timestamp::from_secs(1_790_000_600);

fn sign_in() -> Identity {
    let pilots = DirectoryGroup { id: ObjectId::new(Uuid::from_u128(7)), name: Some("Pilots".into()) };
    Identity {
        user_id: UserId::new(Uuid::from_u128(1)),
        idp: IdpId::new(Uuid::from_u128(2)),
        idp_kind: "azureAD".into(),
        key: SubjectKey { issuer: "tenant".into(), subject: "subject".into() },
        email: "mara@harbourworks.example".parse().unwrap(),
        email_trust: EmailTrust::TenantMember,
        name: "Mara".into(),
        upn: Some("mara@harbourworks.example".into()),
        groups: Groups::known(vec![pilots], GroupSource::Token, SIGNED_IN),
        amr: vec![],
        contexts: AuthContexts::default(),
        sid: None,
        claims: Default::default(),
        evaluations: vec![],
        country: None,
        ip: std::net::Ipv4Addr::LOCALHOST.into(),
        signed_in_at: SIGNED_IN,
    }
}

fn user(n: u128) -> Provisioned {
    Provisioned {
        id: ScimId::new(Uuid::from_u128(n)),
        idp: IdpId::new(Uuid::from_u128(2)),
        kind: ResourceKind::User,
        external_id: None,
        user_name: Some("mara.oduya@harbourworks.example".into()),
        display_name: Some("Mara Oduya".into()),
        email: Some("mara.oduya@harbourworks.example".into()),
        active: true,
        document: json!({
            "title": "Harbour pilot", "name": {"givenName": "Mara", "familyName": " "},
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "Network", "manager": {"value": "17"}},
        }),
        created_at: SIGNED_IN,
        updated_at: CHANGED,
    }
}

fn crew() -> RegistryGroup {
    RegistryGroup { object_id: None, name: Some("Dock Crew".into()), resource: Some(ScimId::new(Uuid::from_u128(9))) }
}

fn linked(strength: LinkStrength, behavior: IdentityUpdateBehavior) -> Linked {
    Linked { user: user(11), strength, tied_to_others: false, behavior, groups: Some(vec![crew()]) }
}

#[test]
fn automatic_and_a_strong_link_override_and_everything_else_stands_beside() {
    use IdentityUpdateBehavior::{Automatic, NoAction, Reauth};
    let sign_in = sign_in();
    let alone = derive(Some(&sign_in), &[]);
    assert_eq!(alone.name.as_ref().map(|f| (f.value.as_str(), f.source, f.at)), Some(("Mara", Source::SignIn, SIGNED_IN)));
    assert_eq!((&alone.active, alone.links.len()), (&None, 0));
    for strength in [LinkStrength::Strong, LinkStrength::Weak] {
        for behavior in [Automatic, Reauth, NoAction] {
            for tied_to_others in [false, true] {
                let link = Linked { tied_to_others, ..linked(strength, behavior) };
                let found = derive(Some(&sign_in), std::slice::from_ref(&link));
                let expected = match (tied_to_others, strength, behavior) {
                    (true, ..) => Some(Apart::Conflict),
                    (_, LinkStrength::Weak, _) => Some(Apart::WeakLink),
                    (_, LinkStrength::Strong, Automatic) => None,
                    (_, LinkStrength::Strong, Reauth | NoAction) => Some(Apart::Behavior),
                };
                let name = format!("{strength:?} {behavior:?} {tied_to_others}");
                assert_eq!(found.links[0].apart, expected, "{name}");
                assert_eq!(found.is_in_conflict(), tied_to_others, "{name}");
                assert_eq!(found.active.as_ref().map(|f| f.value), Some(true), "{name}");
                if expected.is_some() {
                    let own = RegistryIdentity { links: found.links.clone(), active: found.active.clone(), ..alone.clone() };
                    assert_eq!(found, own, "{name}: nothing is merged");
                }
            }
        }
    }
    let merged = derive(Some(&sign_in), &[linked(LinkStrength::Strong, Automatic)]);
    let source = Source::Scim { resource: ScimId::new(Uuid::from_u128(11)) };
    assert_eq!(merged.name, Some(Fact { value: "Mara Oduya".into(), source, at: CHANGED }));
    assert_eq!(merged.email.map(|f| f.value.as_str().to_owned()), Some("mara.oduya@harbourworks.example".into()));
    assert_eq!(merged.upn.map(|f| f.source), Some(source));
    assert_eq!(merged.groups, Some(Fact { value: vec![crew()], source, at: CHANGED }));
    let told: Vec<_> = merged.attributes.iter().map(|(a, f)| (a.as_str(), f.value.as_str())).collect();
    assert_eq!(told, [("given_name", "Mara"), ("title", "Harbour pilot"), ("department", "Network"), ("manager", "17")]);
    assert_eq!(merged.name.map(|f| f.age_secs(CHANGED.plus_secs(90))), Some(90));
}

#[test]
fn what_provisioning_does_not_say_stays_as_the_sign_in_told_it() {
    let silent = Provisioned { display_name: None, email: Some("no address".into()), user_name: None, document: json!({}), ..user(11) };
    let link = Linked { user: silent, groups: None, ..linked(LinkStrength::Strong, IdentityUpdateBehavior::Automatic) };
    let found = derive(Some(&sign_in()), &[link]);
    let alone = derive(Some(&sign_in()), &[]);
    assert_eq!((found.name, found.email, found.upn, found.groups), (alone.name, alone.email, alone.upn, alone.groups));
    assert_eq!(found.attributes, []);
}

#[test]
fn one_inactive_link_makes_the_person_inactive_and_two_links_of_a_provider_are_a_conflict() {
    let strong = linked(LinkStrength::Strong, IdentityUpdateBehavior::Automatic);
    let weak = |active, idp| Linked {
        user: Provisioned { active, idp, ..user(12) },
        ..linked(LinkStrength::Weak, IdentityUpdateBehavior::Automatic)
    };
    let here = strong.user.idp;
    let found = derive(Some(&sign_in()), &[strong.clone(), weak(false, here)]);
    assert_eq!(found.active.as_ref().map(|f| f.value), Some(false));
    assert_eq!(found.links.iter().map(|l| l.apart).collect::<Vec<_>>(), [Some(Apart::Conflict); 2]);
    assert_eq!(found.name.map(|f| f.source), Some(Source::SignIn));
    let elsewhere = derive(Some(&sign_in()), &[strong, weak(true, IdpId::new(Uuid::from_u128(3)))]);
    assert_eq!(elsewhere.links.iter().map(|l| l.apart).collect::<Vec<_>>(), [None, Some(Apart::WeakLink)]);
    assert_eq!(elsewhere.active.map(|f| f.value), Some(true));
}

#[test]
fn unknown_groups_are_not_none() {
    let identity = Identity { groups: Groups::Unknown { reason: GroupsUnknown::GraphFailed, at: SIGNED_IN }, ..sign_in() };
    assert_eq!(derive(Some(&identity), &[]).groups, None);
    assert_eq!(derive(None, &[]), RegistryIdentity::default());
}
