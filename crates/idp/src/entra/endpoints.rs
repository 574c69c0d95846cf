//! Addresses of a tenant's services, built from the cloud's origins and the directory id, without any call.

use model::{
    ObjectId,
    idp::{Authority, EntraCloud, EntraSettings},
};
use url::{Host, Url};

use crate::{IdpError, error::shown_address};

/// The addresses of one provider: its tenant, or an authority for several, in one cloud.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Endpoints {
    login: Url,
    graph: Url,
    tenant: ObjectId,
    /// For sign-ins of several tenants.
    authority: Option<Authority>,
}

impl Endpoints {
    pub(crate) fn new(cloud: &EntraCloud, idp: &EntraSettings) -> Result<Self, IdpError> {
        Ok(Self {
            login: origin("login_url", &cloud.login_url)?,
            graph: origin("graph_url", &cloud.graph_url)?,
            tenant: idp.directory_id,
            authority: idp.own.tenants.as_ref().map(|tenants| tenants.authority),
        })
    }

    /// Checks that a cloud's addresses are origins; the login service's.
    pub(crate) fn check(cloud: &EntraCloud) -> Result<String, IdpError> {
        origin("graph_url", &cloud.graph_url)?;
        Ok(origin("login_url", &cloud.login_url)?.origin().ascii_serialization())
    }

    /// The tenant id in lower case, as tokens carry it.
    pub(crate) fn tenant(&self) -> String {
        self.tenant.to_string()
    }
    /// Who the sign-in is addressed to: the tenant, or `organizations` or `common`. The same for the code and for its tokens, else
    /// AADSTS700005.
    pub(crate) fn authority(&self) -> String {
        self.authority.map_or_else(|| self.tenant(), |authority| authority.as_str().to_owned())
    }
    /// True when people of several tenants sign in.
    pub(crate) fn is_multi_tenant(&self) -> bool {
        self.authority.is_some()
    }
    /// Cache key: the same tenant in two clouds is two things.
    pub(crate) fn cache_key(&self) -> String {
        format!("{}{}", self.login, self.authority())
    }
    pub(crate) fn authorize(&self) -> Url {
        self.login_path("oauth2/v2.0/authorize")
    }
    pub(crate) fn token(&self) -> Url {
        self.login_path("oauth2/v2.0/token")
    }
    /// Where the application asks for tokens of its own: only its directory gives them (Microsoft: "OAuth 2.0 client credentials flow").
    pub(crate) fn own_token(&self) -> Url {
        self.at_login(&self.tenant(), "oauth2/v2.0/token")
    }
    pub(crate) fn discovery(&self) -> Url {
        self.login_path("v2.0/.well-known/openid-configuration")
    }
    /// The first page of the signed-in person's groups, nested ones included
    /// (Microsoft Graph: "List a user's memberships (direct and transitive)").
    pub(crate) fn my_groups(&self) -> Url {
        let mut url = self.graph.clone();
        url.set_path("/v1.0/me/transitiveMemberOf/microsoft.graph.group");
        url.set_query(Some("$count=true&$select=id,displayName&$top=999"));
        url
    }
    /// The first page of whatever the signed-in person belongs to, without the advanced query.
    pub(crate) fn my_memberships(&self) -> Url {
        let mut url = self.graph_path("/v1.0/me/transitiveMemberOf");
        url.set_query(Some("$select=id,displayName&$top=999"));
        url
    }
    /// Names of objects by their ids (Microsoft Graph: "directoryObject: getByIds").
    pub(crate) fn objects_by_ids(&self) -> Url {
        let mut url = self.graph_path("/v1.0/directoryObjects/getByIds");
        url.set_query(Some("$select=id,displayName"));
        url
    }
    /// The authentication contexts of the tenant.
    pub(crate) fn auth_contexts(&self) -> Url {
        self.graph_path("/v1.0/identity/conditionalAccess/authenticationContextClassReferences")
    }
    /// The Conditional Access policies of the tenant.
    pub(crate) fn conditional_access_policies(&self) -> Url {
        self.graph_path("/v1.0/identity/conditionalAccess/policies")
    }
    /// Managed devices of the tenant, as far as their compliance needs.
    pub(crate) fn managed_devices(&self) -> Url {
        let mut url = self.graph_path("/v1.0/deviceManagement/managedDevices");
        url.set_query(Some("$select=id,userId,complianceState&$top=999"));
        url
    }
    /// People at risk, as far as their level needs.
    pub(crate) fn risky_users(&self) -> Url {
        let mut url = self.graph_path("/v1.0/identityProtection/riskyUsers");
        url.set_query(Some("$select=id,riskLevel,riskState&$top=500"));
        url
    }
    /// The people of a group, those of nested groups included (Microsoft Graph: "List group transitive members"); a cast is an
    /// advanced query.
    pub(crate) fn transitive_people(&self, group: &ObjectId) -> Url {
        let path = ["groups", &group.to_string(), "transitiveMembers", "microsoft.graph.user"];
        self.graph(&path, "$count=true&$select=id,userPrincipalName,displayName,accountEnabled&$top=999")
    }
    /// The direct members of a group, of every kind, told apart by `@odata.type` (Microsoft Graph: "List group members").
    pub(crate) fn direct_members(&self, group: &ObjectId) -> Url {
        self.graph(&["groups", &group.to_string(), "members"], "$select=id,displayName&$top=999")
    }
    /// The ids of the signed-in person's groups, nested ones included (Microsoft Graph: "directoryObject: getMemberGroups").
    pub(crate) fn my_member_groups(&self) -> Url {
        let mut url = self.graph.clone();
        url.set_path("/v1.0/me/getMemberGroups");
        url
    }
    /// Everything of Graph that was consented to (Microsoft: "The .default scope").
    pub(crate) fn graph_default_scope(&self) -> String {
        format!("{}/.default", self.graph.origin().ascii_serialization())
    }
    /// An address of Graph v1.0; `query` may be empty.
    pub(crate) fn graph(&self, path: &[&str], query: &str) -> Url {
        let mut url = self.graph.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.clear().push("v1.0").extend(path);
        }
        url.set_query((!query.is_empty()).then_some(query));
        url
    }
    /// Where an administrator consents to permissions of Graph for everybody (Microsoft: "Admin consent on the Microsoft identity
    /// platform"); comes back to `callback`.
    pub(crate) fn admin_consent(&self, client_id: &str, permissions: &[&str], callback: &str) -> Url {
        let mut url = self.at_login(&self.tenant(), "v2.0/adminconsent");
        let graph = self.graph.origin().ascii_serialization();
        let scope: Vec<String> = permissions.iter().map(|name| format!("{graph}/{name}")).collect();
        url.query_pairs_mut()
            .append_pair("client_id", client_id)
            .append_pair("scope", &scope.join(" "))
            .append_pair("redirect_uri", callback);
        url
    }
    /// The login service as written in settings.
    pub(crate) fn login_origin(&self) -> String {
        self.login.origin().ascii_serialization()
    }
    /// True for addresses on the configured login host.
    pub(crate) fn on_login_host(&self, url: &Url) -> bool {
        url.origin() == self.login.origin()
    }
    /// True for addresses on the configured Graph host.
    pub(crate) fn on_graph_host(&self, url: &Url) -> bool {
        url.origin() == self.graph.origin() && url.username().is_empty() && url.password().is_none()
    }

    fn graph_path(&self, path: &str) -> Url {
        let mut url = self.graph.clone();
        url.set_path(path);
        url
    }

    fn login_path(&self, rest: &str) -> Url {
        self.at_login(&self.authority(), rest)
    }
    fn at_login(&self, authority: &str, rest: &str) -> Url {
        let mut url = self.login.clone();
        url.set_path(&format!("/{authority}/{rest}"));
        url
    }
}

fn origin(member: &'static str, value: &str) -> Result<Url, IdpError> {
    let bad = || IdpError::Cloud { member, value: shown_address(value) };
    let url = Url::parse(value).map_err(|_| bad())?;
    let encrypted = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
    let bare = matches!(url.path(), "" | "/")
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    if encrypted && bare { Ok(url) } else { Err(bad()) }
}

pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(v4)) => v4.is_loopback(),
        Some(Host::Ipv6(v6)) => v6.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use model::idp::{EntraOptions, Tenants};

    use super::*;

    fn cloud(login: &str, graph: &str) -> EntraCloud {
        EntraCloud { login_url: login.into(), graph_url: graph.into() }
    }

    fn settings(tenants: Option<Tenants>) -> EntraSettings {
        EntraSettings {
            client_id: "c".into(),
            directory_id: "6F0C2B1E-93d4-4a57-8e21-0d9b7c5e4a10".parse().unwrap(),
            support_groups: true,
            conditional_access_enabled: false,
            email_claim_name: None,
            claims: vec![],
            prompt: None,
            pkce_enabled: true,
            cloud: None,
            own: EntraOptions { tenants, ..EntraOptions::default() },
        }
    }

    #[test]
    fn sign_ins_of_several_tenants_go_to_their_authority_and_the_applications_own_token_to_the_directory() {
        let tenants = Tenants { authority: Authority::Organizations, allowed: vec![] };
        let e = Endpoints::new(&EntraCloud::default(), &settings(Some(tenants))).unwrap();
        assert_eq!(e.authorize().path(), "/organizations/oauth2/v2.0/authorize");
        assert_eq!(e.token().path(), "/organizations/oauth2/v2.0/token");
        assert_eq!(e.discovery().path(), "/organizations/v2.0/.well-known/openid-configuration");
        assert_eq!(e.own_token().path(), "/6f0c2b1e-93d4-4a57-8e21-0d9b7c5e4a10/oauth2/v2.0/token");
        let pinned = Endpoints::new(&EntraCloud::default(), &settings(None)).unwrap();
        assert_ne!(e.cache_key(), pinned.cache_key());
    }

    #[test]
    fn addresses_are_built_from_the_cloud_and_the_tenant() {
        let e = Endpoints::new(&cloud("https://login.microsoftonline.us/", "https://graph.microsoft.us"), &settings(None)).unwrap();
        assert_eq!(e.token().as_str(), "https://login.microsoftonline.us/6f0c2b1e-93d4-4a57-8e21-0d9b7c5e4a10/oauth2/v2.0/token");
        assert_eq!(
            e.my_groups().as_str(),
            "https://graph.microsoft.us/v1.0/me/transitiveMemberOf/microsoft.graph.group?$count=true&$select=id,displayName&$top=999"
        );
        let on_graph = |u: &str| e.on_graph_host(&Url::parse(u).unwrap());
        assert!(on_graph("https://graph.microsoft.us:443/x"));
        assert!(!on_graph("http://graph.microsoft.us/x"));
        assert!(!on_graph("https://graph.microsoft.us.evil.test/x"));
        assert!(!on_graph("https://graph.microsoft.us@evil.test/x"));
        assert!(!on_graph("https://u:p@graph.microsoft.us/x"));
    }

    #[test]
    fn only_origins_are_accepted_and_plain_http_only_on_loopback() {
        let check = |login: &str| Endpoints::check(&cloud(login, "https://graph.example"));
        for good in ["https://login.example", "http://127.0.0.1:8080", "http://[::1]:1", "http://entra.localhost:9"] {
            assert!(check(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "login.example",
            "http://login.example",
            "https://login.example/common",
            "https://login.example/?a",
            "https://u@login.example",
            "ftp://login.example",
            "http://localhost.evil.test",
        ] {
            let error = check(bad).unwrap_err().to_string();
            assert!(error.contains("login_url"), "{error}");
        }
    }
}
