//! The service principal, the registration's side in the directory: switched on? assignment required?

use model::finding::Finding;
use serde_json::Value;

use super::{
    Look,
    directory::{Directory, READ_APPLICATIONS, Unread},
};

/// Microsoft Graph itself, the same in every directory.
const GRAPH_APP: &str = "00000003-0000-0000-c000-000000000000";

/// What is read of it.
pub(super) struct Principal {
    /// Object id of the application's principal.
    pub(super) id: String,
    enabled: Option<bool>,
    assignment_required: Option<bool>,
    /// Object id of Graph's principal in this directory.
    pub(super) graph: Option<String>,
}

pub(super) async fn read(directory: &Directory<'_>) -> Result<Principal, Unread> {
    if !directory.may(&READ_APPLICATIONS) {
        return Err(Unread::NotPermitted);
    }
    let (own, graph) = tokio::join!(find(directory, &directory.look.idp.client_id), find(directory, GRAPH_APP));
    let own = own?.ok_or(Unread::Missing)?;
    Ok(Principal {
        id: own["id"].as_str().ok_or(Unread::Failed)?.to_owned(),
        enabled: own["accountEnabled"].as_bool(),
        assignment_required: own["appRoleAssignmentRequired"].as_bool(),
        graph: graph.ok().flatten().and_then(|graph| graph["id"].as_str().map(str::to_owned)),
    })
}

async fn find(directory: &Directory<'_>, app_id: &str) -> Result<Option<Value>, Unread> {
    let select = "$select=id,appId,accountEnabled,appRoleAssignmentRequired";
    let filter = format!("$filter=appId eq '{}'&{select}", app_id.replace('\'', "''").replace('&', ""));
    let list = directory.list(directory.look.endpoints.graph(&["servicePrincipals"], &filter)).await?;
    Ok(list.into_iter().find(|item| item["appId"].as_str().is_some_and(|id| id.eq_ignore_ascii_case(app_id))))
}

pub(super) fn look(look: &Look<'_>, principal: Result<&Principal, &Unread>) -> Vec<Finding> {
    let Ok(principal) = principal else {
        let text = "whether the application is switched on and who is assigned to it could not be read";
        let fix = "Optional: grant the application permission Application.Read.All. Else look at Enterprise applications, Properties.";
        return vec![Finding::unknown("assignment-unknown", text, fix)];
    };
    let mut findings = Vec::new();
    if principal.enabled == Some(false) {
        let text = format!("the application is disabled in the directory: client ID {}", look.idp.client_id);
        let fix = "Enable it: Enterprise applications, Properties, \"Enabled for users to sign-in\".";
        findings.push(Finding::fault("application-disabled", text, fix));
    }
    findings.push(match principal.assignment_required {
        Some(true) => Finding::note(
            "assignment-required",
            "assignment is required: only people who are assigned, directly or as direct members of an assigned group, can sign in \
             (others meet AADSTS50105)",
        )
        .with_fix("If that is not meant: Enterprise applications, Properties, \"Assignment required\", No. Nested groups do not count."),
        Some(false) => Finding::ok("assignment", "everybody in the directory may sign in to the application; doorward's policies decide"),
        None => Finding::unknown(
            "assignment-unknown",
            "whether assignment is required could not be read",
            "Look at Enterprise applications, Properties.",
        ),
    });
    findings
}
