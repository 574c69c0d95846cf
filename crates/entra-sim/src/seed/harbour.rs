//! Owns the built-in tenant *Harbour Works*: the named cast, 1,000 generated people and 320 groups.

use super::names::{CAST_ONLY, FAMILY, GIVEN, GROUPS};
use super::shape::{
    AppKind, AppShape, AssignmentRule, ContextShape, DeviceShape, GroupKind, GroupShape, OtherShape, RiskShape, RoleShape, TenantFile,
    TenantShape, UserShape,
};
use super::{ADMIN_APP, PROVISIONING_APP, SIGN_IN_APP};
use crate::directory::device::Compliance;
use crate::directory::risk::{RiskLevel, RiskState};
use crate::directory::user::{Profile, UserType};

/// The tenant's domain.
pub const DOMAIN: &str = "harbourworks.example";
/// How many people are generated beside the cast.
pub const GENERATED_PEOPLE: usize = 1_000;
/// How many groups are generated beside the named ones.
pub const GENERATED_GROUPS: usize = 260;

/// The password of everyone in the built-in tenant.
pub fn password(given_name: &str) -> String {
    format!("Harbour-{given_name}-1")
}

/// The whole tenant.
pub fn tenant() -> TenantFile {
    let mut users = cast();
    users.extend((0..GENERATED_PEOPLE).map(generated));
    TenantFile {
        tenant: TenantShape {
            id: None,
            domain: DOMAIN.to_owned(),
            display_name: "Harbour Works".to_owned(),
            country: Some("NL".to_owned()),
        },
        groups: groups(),
        users,
        apps: apps(),
        contexts: [("c1", "Recent strong sign-in", true), ("c2", "Managed device only", true), ("c3", "On the quay network", false)]
            .map(|(id, name, available)| ContextShape { id: id.to_owned(), name: name.to_owned(), description: None, available })
            .into(),
        policies: Vec::new(),
        devices: devices(),
        risk: vec![RiskShape { user: format!("tessa@{DOMAIN}"), risk_level: RiskLevel::Medium, risk_state: RiskState::AtRisk }],
        roles: vec![RoleShape {
            name: "Global Administrator".to_owned(),
            template_id: uuid::uuid!("62e90394-69f5-4237-9190-012177145e10"),
            members: vec![format!("sanna@{DOMAIN}")],
        }],
        other_tenants: vec![ferry_line()],
        crowds: Vec::new(),
    }
}

fn person(local: &str, given: &str, family: &str, department: &str) -> UserShape {
    UserShape {
        id: None,
        password: password(given),
        manager: None,
        locked: false,
        password_expired: false,
        profile: Profile {
            user_principal_name: format!("{local}@{DOMAIN}"),
            display_name: format!("{given} {family}"),
            given_name: Some(given.to_owned()),
            surname: Some(family.to_owned()),
            mail: Some(format!("{local}@{DOMAIN}")),
            mail_nickname: local.to_owned(),
            account_enabled: true,
            department: Some(department.to_owned()),
            preferred_language: Some("en-GB".to_owned()),
            ..Profile::default()
        },
    }
}

fn cast() -> Vec<UserShape> {
    let mut guest = person("gil", "Gil", "Visser", "Contractors");
    guest.profile.user_principal_name = format!("gil_partner.example#EXT#@{DOMAIN}");
    guest.profile.mail = Some("gil@partner.example".to_owned());
    guest.profile.mail_nickname = "gil_partner.example#EXT#".to_owned();
    guest.profile.user_type = UserType::Guest;
    let mut away = person("dorte", "Dorte", "Away", "Finance");
    away.profile.account_enabled = false;
    let mut mailless = person("nemo", "Nemo", "Post", "Security");
    mailless.profile.mail = None;
    let mut mara = person("mara", "Mara", "Lindqvist", "Pilotage");
    mara.manager = Some(format!("ilo@{DOMAIN}"));
    vec![
        mara,
        person("ilo", "Ilo", "Brandt", "Pilotage"),
        person("tessa", "Tessa", "Okafor", "Docks"),
        person("bram", "Bram", "Visser", "Cruise Terminal"),
        person("greta", "Greta", "Many", "Harbour Office"),
        person("sanna", "Sanna", "Solo", "Board"),
        guest,
        away,
        mailless,
    ]
}

fn generated(at: usize) -> UserShape {
    let given = GIVEN[at % GIVEN.len()];
    let family = FAMILY[(at / GIVEN.len()) % FAMILY.len()];
    let local = format!("{}.{}", given.to_lowercase(), family.to_lowercase());
    let mut shape = person(&local, given, family, department(at));
    shape.profile.employee_id = Some(format!("HW{:05}", at + 1));
    shape.profile.job_title = Some("Harbour hand".to_owned());
    shape
}

fn open_groups() -> Vec<&'static str> {
    GROUPS.iter().map(|(name, _)| *name).filter(|name| *name != "All Staff" && !CAST_ONLY.contains(name)).collect()
}

fn department(at: usize) -> &'static str {
    let open = open_groups();
    open[at % open.len()]
}

fn group(name: String) -> GroupShape {
    GroupShape { id: None, name, description: None, kind: GroupKind::Security, on_premises: None, members: Vec::new() }
}

/// Mara's laptop is as it should be; of Tessa's two devices one is not; Bram has none.
fn devices() -> Vec<DeviceShape> {
    let device = |name: &str, local: &str, os: &str, compliance_state| DeviceShape {
        id: None,
        name: name.to_owned(),
        user: Some(format!("{local}@{DOMAIN}")),
        serial_number: None,
        operating_system: Some(os.to_owned()),
        os_version: None,
        manufacturer: None,
        model: None,
        compliance_state,
        is_encrypted: compliance_state == Compliance::Compliant,
    };
    vec![
        device("MARA-LAPTOP", "mara", "Windows", Compliance::Compliant),
        device("TESSA-LAPTOP", "tessa", "Windows", Compliance::Compliant),
        device("TESSA-TABLET", "tessa", "Android", Compliance::Noncompliant),
    ]
}

/// A further tenant, whose accounts must stay out unless someone lets them in.
fn ferry_line() -> OtherShape {
    let domain = "ferryline.example";
    let mut fenna = person("fenna", "Fenna", "Roos", "Ferries");
    fenna.profile.user_principal_name = format!("fenna@{domain}");
    fenna.profile.mail = Some(format!("fenna@{domain}"));
    OtherShape {
        tenant: TenantShape { id: None, domain: domain.to_owned(), display_name: "Ferry Line".to_owned(), country: Some("DK".to_owned()) },
        groups: vec![GroupShape { members: vec![format!("fenna@{domain}")], ..group("Pilots".to_owned()) }],
        users: vec![fenna],
        contexts: Vec::new(),
        policies: Vec::new(),
        devices: Vec::new(),
        risk: Vec::new(),
        roles: Vec::new(),
    }
}

fn groups() -> Vec<GroupShape> {
    let upn = |local: &str| format!("{local}@{DOMAIN}");
    let mut all: Vec<GroupShape> = GROUPS.iter().map(|(name, _)| group((*name).to_owned())).collect();
    let mut join = |group: &str, member: String| {
        if let Some(found) = all.iter_mut().find(|one| one.name == group) {
            found.members.push(member);
        }
    };
    for (name, parent) in GROUPS {
        if let Some(parent) = parent {
            join(parent, format!("group:{name}"));
        }
    }
    for local in ["mara", "ilo", "tessa", "bram", "greta", "dorte", "nemo"] {
        join("All Staff", upn(local));
    }
    join("Night Pilots", upn("mara"));
    join("Pilots", upn("ilo"));
    join("Dock Crew", upn("tessa"));
    join("Cruise Check-in", upn("bram"));
    join("Harbour Office", upn("greta"));
    join("Visitors", format!("gil_partner.example#EXT#@{DOMAIN}"));
    join("Security", upn("nemo"));
    for at in 0..GENERATED_PEOPLE {
        let member = generated(at).profile.user_principal_name;
        join("All Staff", member.clone());
        join(department(at), member);
    }
    for at in 0..GENERATED_GROUPS {
        let mut members = vec![upn("greta")];
        members.extend((0..4).map(|step| generated((at * 4 + step) % GENERATED_PEOPLE).profile.user_principal_name));
        all.push(GroupShape { description: Some("Generated".to_owned()), members, ..group(format!("Berth {:03} Watch", at + 1)) });
    }
    all
}

fn apps() -> Vec<AppShape> {
    let words = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect();
    vec![
        AppShape {
            name: SIGN_IN_APP.to_owned(),
            group_membership_claims: Some("SecurityGroup".to_owned()),
            delegated: words(&["openid", "profile", "email", "offline_access", "User.Read", "GroupMember.Read.All"]),
            application: words(&[
                "Policy.Read.ConditionalAccess",
                "DeviceManagementManagedDevices.Read.All",
                "IdentityRiskyUser.Read.All",
                "User.Read.All",
                "GroupMember.Read.All",
            ]),
            assignment: AssignmentRule::Optional,
            ..AppShape::default()
        },
        AppShape {
            name: PROVISIONING_APP.to_owned(),
            kind: AppKind::Provisioning,
            assignment: AssignmentRule::Required,
            assigned: words(&["group:All Staff", "group:Pilots", "group:Night Pilots", "group:Dock Crew", "group:Harbour Office"]),
            ..AppShape::default()
        },
        AppShape {
            name: ADMIN_APP.to_owned(),
            application: words(&[
                "User.ReadWrite.All",
                "Group.ReadWrite.All",
                "GroupMember.ReadWrite.All",
                "Application.ReadWrite.All",
                "AppRoleAssignment.ReadWrite.All",
                "Synchronization.ReadWrite.All",
                "Directory.Read.All",
                "DelegatedPermissionGrant.ReadWrite.All",
                "AuditLog.Read.All",
                "Policy.ReadWrite.ConditionalAccess",
                "AuthenticationContext.ReadWrite.All",
                "DeviceManagementManagedDevices.Read.All",
                "IdentityRiskyUser.Read.All",
                "IdentityRiskEvent.Read.All",
                "User.Invite.All",
            ]),
            ..AppShape::default()
        },
    ]
}
