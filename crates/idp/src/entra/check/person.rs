//! One named person: found? enabled? in how many groups, read how?

use model::finding::Finding;
use serde_json::Value;

use super::directory::{Directory, Unread};

/// Groups named; the rest is counted.
const NAMED: usize = 20;
const READ_PEOPLE: [&str; 4] = ["User.Read.All", "Directory.Read.All", "User.ReadBasic.All", "User.ReadWrite.All"];
const READ_GROUPS: [&str; 6] =
    ["GroupMember.Read.All", "Group.Read.All", "User.Read.All", "Directory.Read.All", "GroupMember.ReadWrite.All", "Group.ReadWrite.All"];

pub(super) async fn look(directory: &Directory<'_>) -> Vec<Finding> {
    let Some(person) = directory.look.request.person else { return Vec::new() };
    let unknown = |text: String| {
        let fix = "Optional: grant the application permissions User.Read.All and GroupMember.Read.All; or let the person use the login \
                   method's Test.";
        Finding::unknown("person-unknown", text, fix).about(person)
    };
    if !directory.may(&READ_PEOPLE) {
        return vec![unknown(format!("{person} could not be looked up: the application may not read people"))];
    }
    let url = directory.look.endpoints.graph(&["users", person], "$select=id,userPrincipalName,displayName,accountEnabled,mail,userType");
    let found = match directory.get(&url).await {
        Ok(found) => found,
        Err(Unread::Missing) => {
            let fix = "Give the user principal name or the object id as the directory has it; guests have one with #EXT#.";
            return vec![Finding::warning("person-missing", format!("the directory knows nobody called {person}"), fix).about(person)];
        }
        Err(_) => return vec![unknown(format!("{person} could not be looked up: Microsoft Graph did not tell"))],
    };
    let Some(id) = found.get("id").and_then(Value::as_str) else {
        return vec![unknown(format!("{person} could not be looked up: Microsoft Graph did not tell"))];
    };
    vec![account(person, id, &found), groups(directory, person, id).await]
}

fn account(person: &str, id: &str, found: &serde_json::Map<String, Value>) -> Finding {
    let guest = if found.get("userType").and_then(Value::as_str) == Some("Guest") { ", a guest" } else { "" };
    let mail = if found.get("mail").and_then(Value::as_str).is_none_or(str::is_empty) { ", without mail" } else { "" };
    let text = format!("{person} is {id}{guest}{mail}");
    match found.get("accountEnabled").and_then(Value::as_bool) {
        Some(true) => Finding::ok("person", format!("{text}, enabled")).about(person),
        Some(false) => {
            let fix = "If that is a mistake, an administrator enables the account.";
            Finding::warning("person-disabled", format!("{text}, and disabled: signing in ends with AADSTS50057"), fix).about(person)
        }
        None => Finding::note("person", format!("{text}; whether the account is enabled was not told")).about(person),
    }
}

async fn groups(directory: &Directory<'_>, person: &str, id: &str) -> Finding {
    let unknown = |why: &str| {
        let fix = "Optional: grant the application permission GroupMember.Read.All.";
        Finding::unknown("person-groups-unknown", format!("the groups of {person} are unknown: {why}"), fix).about(person)
    };
    if !directory.may(&READ_GROUPS) {
        return unknown("the application may not read memberships");
    }
    let path = ["users", id, "transitiveMemberOf", "microsoft.graph.group"];
    let url = directory.look.endpoints.graph(&path, "$count=true&$select=id,displayName&$top=999");
    let call = "GET /users/{id}/transitiveMemberOf as the application";
    let list = match directory.list(url).await {
        Ok(list) => list,
        Err(Unread::NotPermitted) => return unknown("Microsoft Graph refused to tell"),
        Err(_) => return unknown("Microsoft Graph did not tell all of them"),
    };
    let mut names: Vec<String> = list.iter().filter_map(|g| g["displayName"].as_str()).map(name).collect();
    names.sort();
    if names.len() < list.len() {
        let fix = "Grant the application permission GroupMember.Read.All: names are for people, rules hold object ids.";
        let text = format!(
            "{person} is in {} groups, nested ones included ({call}); {} of them came without a name",
            list.len(),
            list.len() - names.len()
        );
        return Finding::note("person-groups-nameless", text).with_fix(fix).about(person);
    }
    let rest = names.len().saturating_sub(NAMED);
    names.truncate(NAMED);
    let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
    let listed = if names.is_empty() { String::new() } else { format!(": {}{more}", names.join(", ")) };
    Finding::ok("person-groups", format!("{person} is in {} groups, nested ones included ({call}){listed}", list.len())).about(person)
}

/// A group's name for one line.
fn name(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(64).collect()
}
