//! Owns the `scope` parameter: OpenID scopes and the API permissions of one or more resources.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::fault::Fault;
use crate::directory::Directory;
use crate::directory::catalogue::{Consent, GRAPH, OPENID_SCOPES, permission};
use crate::directory::id::{AppId, ObjectId};

/// What a client asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scopes {
    /// Of `openid`, `profile`, `email`, `offline_access`.
    pub openid: Vec<String>,
    /// Permissions by the API's service principal; `.default` among them means all granted ones.
    pub apis: BTreeMap<ObjectId, Vec<String>>,
}

/// What stands between the request and its grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missing {
    /// Nothing.
    Nothing,
    /// The person may consent to these, per API.
    Consent(BTreeMap<ObjectId, Vec<String>>),
    /// An administrator must grant these.
    Administrator(Vec<String>),
}

/// Client id of Microsoft Graph's principal in this tenant.
pub fn graph_principal(directory: &Directory) -> Option<ObjectId> {
    directory.principal_of(GRAPH).map(|sp| sp.id)
}

impl Scopes {
    /// Reads the parameter. `base` is the simulator's own URL, which stands for Graph's too.
    pub fn read(text: &str, base: &str, directory: &Directory) -> Result<Self, Fault> {
        let mut scopes = Self::default();
        for word in text.split_ascii_whitespace() {
            if OPENID_SCOPES.contains(&word) {
                if !scopes.openid.iter().any(|known| known == word) {
                    scopes.openid.push(word.to_owned());
                }
                continue;
            }
            let (resource, name) = split(word);
            let api = match resource {
                None => graph_principal(directory),
                Some(uri) => resolve(uri, base, directory),
            };
            let Some(api) = api else {
                return Err(Fault::new(
                    500_011,
                    "invalid_resource",
                    format!(
                        "The resource principal named {} was not found in the tenant named {}.",
                        resource.unwrap_or("Microsoft Graph"),
                        directory.tenant.display_name
                    ),
                ));
            };
            let name = known_name(directory, api, name).ok_or_else(|| invalid(word))?;
            let names = scopes.apis.entry(api).or_default();
            if !names.contains(&name) {
                names.push(name);
            }
        }
        if scopes.openid.is_empty() && scopes.apis.is_empty() {
            return Err(invalid(text));
        }
        Ok(scopes)
    }

    /// Whether an OpenID scope was asked for.
    pub fn has(&self, name: &str) -> bool {
        self.openid.iter().any(|known| known == name)
    }

    /// The one API of a token request; Graph when only OpenID scopes were named.
    pub fn one_api(&self, directory: &Directory) -> Result<ObjectId, Fault> {
        let mut apis = self.apis.keys();
        let first = apis.next().copied().or_else(|| graph_principal(directory)).ok_or_else(|| invalid(""))?;
        if apis.next().is_some() {
            return Err(Fault::new(
                700_022,
                "invalid_scope",
                "The provided value for the input parameter scope is not valid because it contains more than one resource.",
            ));
        }
        Ok(first)
    }

    /// What is not granted yet, by API.
    pub fn open(&self, directory: &Directory, client: ObjectId, person: ObjectId) -> BTreeMap<ObjectId, Vec<String>> {
        let mut open: BTreeMap<ObjectId, Vec<String>> = BTreeMap::new();
        let mut asked = self.apis.clone();
        if let Some(graph) = graph_principal(directory)
            && !self.openid.is_empty()
        {
            asked.entry(graph).or_default().extend(self.openid.clone());
        }
        for (api, names) in asked {
            let granted = directory.granted_scopes(client, api, person);
            for name in names {
                if name != ".default" && !granted.iter().any(|one| one.eq_ignore_ascii_case(&name)) {
                    open.entry(api).or_default().push(name);
                }
            }
        }
        open
    }

    /// Who has to grant what is not granted yet.
    pub fn missing(&self, directory: &Directory, client: ObjectId, person: ObjectId) -> Missing {
        let open = self.open(directory, client, person);
        if open.is_empty() {
            return Missing::Nothing;
        }
        let administrator: Vec<String> = open
            .values()
            .flatten()
            .filter(|name| permission(name).is_some_and(|row| row.consent == Consent::Administrator))
            .cloned()
            .collect();
        // An administrator can grant anything at the consent page.
        if administrator.is_empty() || directory.is_administrator(person) {
            Missing::Consent(open)
        } else {
            Missing::Administrator(administrator)
        }
    }
}

fn invalid(text: &str) -> Fault {
    Fault::new(
        70_011,
        "invalid_scope",
        format!(
            "The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. The scope {text} is not valid."
        ),
    )
}

fn split(word: &str) -> (Option<&str>, &str) {
    let cut = word.rfind('/').filter(|at| {
        let head = &word[..*at];
        head.contains("://") && !head.ends_with(":/") || head.parse::<AppId>().is_ok()
    });
    match cut {
        Some(at) => (Some(word[..at].trim_end_matches('/')), &word[at + 1..]),
        None => (None, word),
    }
}

fn resolve(uri: &str, base: &str, directory: &Directory) -> Option<ObjectId> {
    if uri.eq_ignore_ascii_case("https://graph.microsoft.com") || uri.eq_ignore_ascii_case(base) {
        return graph_principal(directory);
    }
    if let Ok(id) = uri.parse::<AppId>() {
        return directory.principal_of(id).map(|sp| sp.id);
    }
    let app = directory.applications.values().find(|app| {
        app.identifier_uris.iter().any(|known| known == uri) || uri.strip_prefix("api://") == Some(app.app_id.to_string().as_str())
    })?;
    directory.principal_of(app.app_id).map(|sp| sp.id)
}

fn known_name(directory: &Directory, api: ObjectId, name: &str) -> Option<String> {
    if name == ".default" {
        return Some(name.to_owned());
    }
    if graph_principal(directory) == Some(api) {
        return permission(name).filter(|row| row.delegated.is_some()).map(|row| row.name.to_owned());
    }
    None
}
