//! Permissions by kind, for each use that doorward makes of them: there, missing, of the wrong kind, or waiting for an administrator.

use std::collections::BTreeSet;

use model::finding::Finding;
use serde_json::{Map, Value};

use super::{
    directory::{Directory, Unread, unreachable},
    principal::Principal,
};

/// Permissions that let an application read delegated grants.
const READ_GRANTS: [&str; 3] = ["Directory.Read.All", "Directory.ReadWrite.All", "DelegatedPermissionGrant.ReadWrite.All"];

/// Ids by which registrations list permissions of Graph (Microsoft: "Microsoft Graph permissions reference").
const DELEGATED_IDS: [(&str, &str); 8] = [
    ("openid", "37f7f235-527c-4136-accd-4a02d197296e"),
    ("profile", "14dad69e-099b-42c9-810b-d002981feec1"),
    ("email", "64a6cdd6-aab1-4aaf-94b8-3cc8405e90d0"),
    ("offline_access", "7427e0e9-2fba-42fe-b0c0-848c9e6a8182"),
    ("User.Read", "e1fe6dd8-ba31-4d61-89e7-88639da4683d"),
    ("GroupMember.Read.All", "bc024368-1153-4739-b217-4326f2e966d0"),
    ("Group.Read.All", "5f8c59db-677d-491f-a6b8-5f174b11ec1d"),
    ("Directory.Read.All", "06da0dbc-49e2-44d2-8312-53f166ab848a"),
];

/// Whose right it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The signed-in person's, through doorward.
    Delegated,
    /// doorward's own.
    Application,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Delegated => "delegated",
            Self::Application => "application",
        }
    }

    const fn with_article(self) -> &'static str {
        match self {
            Self::Delegated => "a delegated",
            Self::Application => "an application",
        }
    }
}

/// A use of permissions.
struct Feature {
    name: &'static str,
    kind: Kind,
    /// Any of these will do; the first asks for the least.
    any_of: &'static [&'static str],
    /// What is lost without.
    cost: &'static str,
}

const SIGN_IN: Feature = Feature {
    name: "sign-in",
    kind: Kind::Delegated,
    any_of: &["User.Read"],
    cost: "each person is asked for consent at the first sign-in, or stopped where people may not consent for themselves",
};
const GROUPS: Feature = Feature {
    name: "groups",
    kind: Kind::Delegated,
    any_of: &["GroupMember.Read.All", "Group.Read.All", "Directory.Read.All"],
    cost: "sign-ins stop at \"approval required\", and groups that the token does not list stay unknown: rules about them let nobody in",
};
const LIVENESS: Feature = Feature {
    name: "liveness",
    kind: Kind::Delegated,
    any_of: &["offline_access"],
    cost: "doorward cannot ask again between sign-ins: a disabled account keeps its session until it ends",
};
const CONTEXTS: Feature = Feature {
    name: "authentication contexts",
    kind: Kind::Application,
    any_of: &["AuthenticationContext.Read.All", "Policy.Read.ConditionalAccess", "Policy.Read.All"],
    cost: "authentication contexts cannot be imported for the policy builder",
};
const DEVICES: Feature = Feature {
    name: "devices",
    kind: Kind::Application,
    any_of: &["DeviceManagementManagedDevices.Read.All"],
    cost: "compliance of devices stays unknown: rules about it let nobody in",
};
const RISK: Feature = Feature {
    name: "risk",
    kind: Kind::Application,
    any_of: &["IdentityRiskyUser.Read.All"],
    cost: "the risk of people stays unknown: rules about it let nobody in",
};
const DRIFT: Feature = Feature {
    name: "drift",
    kind: Kind::Application,
    any_of: &["GroupMember.Read.All", "Group.Read.All", "Directory.Read.All"],
    cost: "people of nested groups, whom provisioning does not send, can be neither found nor filled in",
};
const DRIFT_NAMES: Feature = Feature {
    name: "names of members",
    kind: Kind::Application,
    any_of: &["User.Read.All", "Directory.Read.All"],
    cost: "members of groups come without user principal name, so that only those whose externalId is their object id can be compared",
};
/// Scopes that were consented to.
#[derive(Default)]
struct Granted {
    everybody: BTreeSet<String>,
    some: BTreeSet<String>,
}

pub(super) async fn look(
    directory: &Directory<'_>,
    registration: Option<&Map<String, Value>>,
    principal: Option<&Principal>,
) -> Vec<Finding> {
    let look = directory.look;
    let mut features = vec![SIGN_IN];
    features.extend(look.idp.support_groups.then_some(GROUPS));
    features.extend((look.idp.own.liveness.interval_seconds > 0).then_some(LIVENESS));
    features.extend(look.idp.conditional_access_enabled.then_some(CONTEXTS));
    features.extend(look.request.reads_devices.then_some(DEVICES));
    features.extend(look.idp.own.read_risk.then_some(RISK));
    if look.request.reads_members {
        features.extend([DRIFT, DRIFT_NAMES]);
    }
    let granted = grants(directory, principal).await;
    let failed = matches!(granted, Err(Unread::Failed));
    let granted = granted.ok();
    let scene = Scene { directory, listed: registration.map(listed), granted };
    let mut findings = Vec::from_iter(failed.then(unreachable));
    if scene.granted.is_none() {
        let wanted: Vec<&str> = features.iter().filter(|f| f.kind == Kind::Delegated).map(|f| f.any_of[0]).collect();
        let text = format!("whether the delegated permissions {} were consented to could not be read", wanted.join(", "));
        let fix = "Use the login method's Test, which shows them; or grant the application permission Directory.Read.All. An administrator \
                   consents at this address.";
        findings.push(Finding::unknown("consent-unknown", text, fix).with_link(scene.consent_link(&wanted)));
    }
    // A token that does not show its permissions says nothing about those that are missing.
    let told = features.iter().filter(|feature| feature.kind == Kind::Delegated || directory.roles.is_some());
    findings.extend(told.filter_map(|feature| scene.judge(feature)));
    findings
}

struct Scene<'a> {
    directory: &'a Directory<'a>,
    /// Delegated permissions that the registration lists; `None`: unknown.
    listed: Option<BTreeSet<&'static str>>,
    granted: Option<Granted>,
}

impl Scene<'_> {
    fn consent_link(&self, permissions: &[&str]) -> String {
        let look = self.directory.look;
        look.endpoints.admin_consent(&look.idp.client_id, permissions, look.request.callback).to_string()
    }

    fn judge(&self, feature: &Feature) -> Option<Finding> {
        let application = feature.any_of.iter().copied().find(|name| self.directory.may(&[name]));
        let everybody = |g: &Granted| feature.any_of.iter().copied().find(|name| g.everybody.contains(*name));
        let delegated = self.granted.as_ref().map(everybody);
        let had = match feature.kind {
            Kind::Application => application,
            Kind::Delegated => delegated?,
        };
        if let Some(name) = had {
            let text = format!("{}: the {} permission {name} is there", feature.name, feature.kind.name());
            return Some(Finding::ok("permission", text).about(feature.name));
        }
        // What the registration lists as delegated only waits for consent, whatever else the application was granted.
        let waits = || self.listed.as_ref().is_some_and(|listed| feature.any_of.iter().any(|name| listed.contains(name)));
        let other = match feature.kind {
            Kind::Application => delegated.flatten(),
            Kind::Delegated => application.filter(|_| !waits()),
        };
        Some(match other {
            Some(name) => self.wrong_kind(feature, name),
            None => self.absent(feature),
        })
    }

    fn wrong_kind(&self, feature: &Feature, name: &str) -> Finding {
        let (needed, given) = match feature.kind {
            Kind::Delegated => (Kind::Delegated, Kind::Application),
            Kind::Application => (Kind::Application, Kind::Delegated),
        };
        let text = format!(
            "{}: {name} was granted as {} permission, where {} one is needed. Without it {}",
            feature.name,
            given.with_article(),
            needed.with_article(),
            feature.cost
        );
        let fix = format!(
            "API permissions, Add a permission, Microsoft Graph, {} permissions: {name}; then Grant admin consent.",
            if needed == Kind::Delegated { "Delegated" } else { "Application" }
        );
        self.with_link(feature, Finding::warning("permission-wrong-kind", text, fix))
    }

    fn absent(&self, feature: &Feature) -> Finding {
        let name = feature.any_of[0];
        let kind = feature.kind.name();
        let some = self.granted.as_ref().is_some_and(|g| feature.any_of.iter().any(|n| g.some.contains(*n)));
        if feature.kind == Kind::Delegated && some {
            let text =
                format!("{}: single people consented to {name} for themselves, nobody for all. Without it {}", feature.name, feature.cost);
            let fix = "An administrator consents for everybody: API permissions, Grant admin consent.";
            return self.with_link(feature, Finding::warning("consent-missing", text, fix));
        }
        let listed = self.listed.as_ref().is_none_or(|listed| feature.any_of.iter().any(|n| listed.contains(n)));
        if feature.kind == Kind::Delegated && listed {
            let text = format!("{}: nobody consented to the delegated permission {name}. Without it {}", feature.name, feature.cost);
            let fix = "An administrator consents once: API permissions, Grant admin consent.";
            return self.with_link(feature, Finding::warning("consent-missing", text, fix));
        }
        let text = format!("{}: the {kind} permission {name} is missing. Without it {}", feature.name, feature.cost);
        let fix = format!("API permissions, Add a permission, Microsoft Graph, {kind} permissions: {name}; then Grant admin consent.");
        self.with_link(feature, Finding::warning("permission-missing", text, fix))
    }

    /// The address at which an administrator consents; application permissions are granted in the registration only.
    fn with_link(&self, feature: &Feature, finding: Finding) -> Finding {
        let finding = finding.about(feature.name);
        if feature.kind == Kind::Delegated { finding.with_link(self.consent_link(&[feature.any_of[0]])) } else { finding }
    }
}

/// Delegated consent (Microsoft Graph: "oAuth2PermissionGrant resource type"); its ids are those of service principals.
async fn grants(directory: &Directory<'_>, principal: Option<&Principal>) -> Result<Granted, Unread> {
    let principal = principal.ok_or(Unread::NotPermitted)?;
    if !directory.may(&READ_GRANTS) {
        return Err(Unread::NotPermitted);
    }
    let filter = format!("$filter=clientId eq '{}'", principal.id.replace(['\'', '&'], ""));
    let list = directory.list(directory.look.endpoints.graph(&["oauth2PermissionGrants"], &filter)).await?;
    let mut granted = Granted::default();
    for grant in &list {
        let of_graph = principal.graph.as_deref().is_none_or(|graph| grant["resourceId"] == graph);
        if grant["clientId"] != principal.id.as_str() || !of_graph {
            continue;
        }
        let scopes = grant["scope"].as_str().unwrap_or("").split_whitespace().map(str::to_owned);
        if grant["consentType"] == "AllPrincipals" { granted.everybody.extend(scopes) } else { granted.some.extend(scopes) }
    }
    Ok(granted)
}

/// Delegated permissions that the registration lists.
fn listed(registration: &Map<String, Value>) -> BTreeSet<&'static str> {
    let resources = registration.get("requiredResourceAccess").and_then(Value::as_array).into_iter().flatten();
    let scopes = resources.filter_map(|r| r["resourceAccess"].as_array()).flatten().filter(|a| a["type"] == "Scope");
    let ids: Vec<&str> = scopes.filter_map(|a| a["id"].as_str()).collect();
    DELEGATED_IDS.iter().filter(|(_, id)| ids.iter().any(|listed| listed.eq_ignore_ascii_case(id))).map(|(name, _)| *name).collect()
}
