//! The tenant of a world, as the simulator's tenant file.

use entra_sim::TenantSource;
use serde_json::{Value, json};

const DOMAIN: &str = "harbourworks.example";

/// Sign-in name of one of the cast.
pub fn upn(name: &str) -> String {
    format!("{name}@{DOMAIN}")
}

/// Password of one of the cast.
pub fn password(name: &str) -> String {
    format!("Harbour-{name}-1")
}

/// People, groups and applications before the first start.
pub struct Tenant {
    people: Vec<Value>,
    groups: Vec<(String, Vec<String>)>,
    sign_in_app: Value,
    conditional_access: Value,
    watched: Value,
}

impl Tenant {
    /// *Harbour Works*, small: Mara flies by night and is in *Pilots* through *Night Pilots* only, Ilo is in *Pilots*, Tessa in
    /// *Dock Crew*, Bram in no group that opens anything.
    pub fn harbour_works() -> Self {
        let person = |name: &str, given: &str, family: &str| {
            json!({
                "userPrincipalName": upn(name), "displayName": format!("{given} {family}"), "givenName": given, "surname": family,
                "mail": upn(name), "mailNickname": name, "password": password(name),
            })
        };
        let people = [("mara", "Mara", "Lindqvist"), ("ilo", "Ilo", "Brandt"), ("tessa", "Tessa", "Okafor"), ("bram", "Bram", "Visser")];
        let groups = [
            ("Pilots", vec![upn("ilo"), "group:Night Pilots".into()]),
            ("Night Pilots", vec![upn("mara")]),
            ("Dock Crew", vec![upn("tessa")]),
            ("All Staff", vec![upn("mara"), upn("ilo"), upn("tessa"), upn("bram")]),
        ];
        Self {
            people: people.iter().map(|(name, given, family)| person(name, given, family)).collect(),
            groups: groups.into_iter().map(|(name, members)| (name.to_owned(), members)).collect(),
            sign_in_app: json!({
                "name": "doorward", "groupMembershipClaims": "SecurityGroup",
                "delegated": ["openid", "profile", "email", "offline_access", "User.Read", "GroupMember.Read.All"],
            }),
            conditional_access: Value::Null,
            watched: Value::Null,
        }
    }

    /// Gives it authentication contexts (`contexts` and `policies` of the tenant file), which the sign-in application may read.
    #[must_use]
    pub fn conditional_access(mut self, contexts: Value, policies: Value) -> Self {
        self.conditional_access = json!({ "contexts": contexts, "policies": policies });
        self.registration("application", json!(["AuthenticationContext.Read.All", "Policy.Read.ConditionalAccess"]))
    }

    /// Gives it devices and risk, which the sign-in application may read: Mara has a compliant device, Tessa a compliant one and one
    /// that is not, Bram none; Tessa is at medium risk.
    #[must_use]
    pub fn watched(mut self) -> Self {
        let device = |name: &str, user: &str, state: &str| json!({ "name": name, "user": upn(user), "complianceState": state });
        self.watched = json!({
            "devices": [
                device("MARA-LAPTOP", "mara", "compliant"),
                device("TESSA-LAPTOP", "tessa", "compliant"),
                device("TESSA-TABLET", "tessa", "noncompliant"),
            ],
            "risk": [{ "user": upn("tessa"), "riskLevel": "medium", "riskState": "atRisk" }],
        });
        self.registration("application", json!(["DeviceManagementManagedDevices.Read.All", "IdentityRiskyUser.Read.All"]))
    }

    /// Puts one of the cast into so many more groups, named `Berth 0001` and so on.
    #[must_use]
    pub fn in_many_groups(mut self, name: &str, count: usize) -> Self {
        self.groups.extend((1..=count).map(|n| (format!("Berth {n:04}"), vec![upn(name)])));
        self
    }

    /// Changes the registration of the sign-in application.
    #[must_use]
    pub fn registration(mut self, member: &str, value: Value) -> Self {
        self.sign_in_app[member] = value;
        self
    }

    /// Changes a person before the start.
    #[must_use]
    pub fn person(mut self, name: &str, member: &str, value: Value) -> Self {
        for person in self.people.iter_mut().filter(|p| p["userPrincipalName"] == upn(name)) {
            person[member] = value.clone();
        }
        self
    }

    pub(crate) fn source(&self) -> TenantSource {
        let groups: Vec<Value> = self.groups.iter().map(|(name, members)| json!({ "name": name, "members": members })).collect();
        let permissions = [
            "User.ReadWrite.All",
            "Group.ReadWrite.All",
            "GroupMember.ReadWrite.All",
            "Application.ReadWrite.All",
            "AppRoleAssignment.ReadWrite.All",
            "Synchronization.ReadWrite.All",
            "Directory.Read.All",
            "DelegatedPermissionGrant.ReadWrite.All",
            "Policy.ReadWrite.ConditionalAccess",
        ];
        let mut file = json!({
            "tenant": { "domain": DOMAIN, "displayName": "Harbour Works" },
            "users": self.people,
            "groups": groups,
            "apps": [
                self.sign_in_app,
                { "name": "doorward provisioning", "kind": "provisioning", "assignment": "required", "assigned": ["group:All Staff", "group:Pilots"] },
                { "name": "harbour-admin", "application": permissions },
            ],
        });
        if self.conditional_access.is_object() {
            for member in ["contexts", "policies"] {
                file[member] = self.conditional_access[member].clone();
            }
        }
        if self.watched.is_object() {
            for member in ["devices", "risk"] {
                file[member] = self.watched[member].clone();
            }
        }
        TenantSource::Json(file.to_string())
    }
}
