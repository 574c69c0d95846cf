//! What an Allow policy demands beside its rules, on the wire: `purpose_justification_*`, `approval_*`.

use model::{
    Email, ListId,
    access_policy::{ApprovalGroup, Demands, PolicyAction},
    access_request::MOST_NEEDED,
    list::Items,
};
use serde_json::{Map, Value, json};
use store::Reader;

use crate::{
    fault::{Faults, Fields},
    state::Stop,
};

/// Approval groups of one policy.
const MOST_GROUPS: usize = 20;
/// Addresses of one group.
const MOST_ADDRESSES: usize = 200;
/// Characters of a prompt.
const LONGEST_PROMPT: usize = 1000;

/// Reads the members.
pub(super) fn read(fields: &Fields<'_>) -> Demands {
    let prompt = fields.text_up_to("purpose_justification_prompt", LONGEST_PROMPT).filter(|text| !text.is_empty());
    let groups = fields.array("approval_groups").unwrap_or_default();
    if groups.len() > MOST_GROUPS {
        fields.fault("approval_groups", format!("has more than {MOST_GROUPS} groups"));
    }
    let groups = groups.into_iter().take(MOST_GROUPS).filter_map(|(pointer, value)| group(&Fields::of(value, pointer, fields.faults())?));
    Demands {
        purpose_justification_required: fields.flag("purpose_justification_required").unwrap_or(false),
        purpose_justification_prompt: prompt.map(str::to_owned),
        approval_groups: groups.collect(),
        approval_required: fields.flag("approval_required").unwrap_or(false),
    }
}

fn group(fields: &Fields<'_>) -> Option<ApprovalGroup> {
    let needed = if fields.require("approvals_needed") { fields.integer("approvals_needed", 0..=i64::from(MOST_NEEDED)) } else { None };
    let email_addresses: Vec<Email> = fields.parsed_array("email_addresses").unwrap_or_default();
    if email_addresses.len() > MOST_ADDRESSES {
        fields.fault("email_addresses", format!("has more than {MOST_ADDRESSES} addresses: use a list"));
    }
    let email_list: Option<ListId> = fields.parsed("email_list_uuid");
    fields.done();
    Some(ApprovalGroup { approvals_needed: u32::try_from(needed?).ok()?, email_addresses, email_list })
}

/// Checks them against the decision and against what exists.
pub(super) fn check(reader: &Reader<'_>, base: &str, (decision, demands): (PolicyAction, &Demands), faults: &Faults) -> Result<(), Stop> {
    for (member, required) in
        [("purpose_justification_required", demands.purpose_justification_required), ("approval_required", demands.approval_required)]
    {
        if required && decision != PolicyAction::Allow {
            faults.add(format!("{base}/{member}"), format!("only an allow policy can demand it; this one is {}", decision.as_str()));
        }
    }
    if demands.approval_required && demands.approval_groups.is_empty() {
        faults.add(format!("{base}/approval_groups"), "approval_required needs somebody who can approve: name at least one group");
    }
    for (place, group) in demands.approval_groups.iter().enumerate() {
        let at = format!("{base}/approval_groups/{place}");
        match group.email_list.map(|id| Ok::<_, Stop>((id, reader.list(&id)?))).transpose()? {
            Some((id, None)) => faults.add(format!("{at}/email_list_uuid"), format!("there is no list {id}")),
            Some((id, Some(list))) if !matches!(list.items, Items::Email(_)) => {
                faults.add(format!("{at}/email_list_uuid"), format!("the list {id} holds no e-mail addresses"));
            }
            None if group.email_addresses.is_empty() => {
                faults.add(at, "names nobody: give email_addresses or email_list_uuid");
            }
            None if group.approvals_needed as usize > group.email_addresses.len() => {
                let (needed, named) = (group.approvals_needed, group.email_addresses.len());
                faults.add(format!("{at}/approvals_needed"), format!("{needed} of {named} addresses can never approve"));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Writes the members.
pub(super) fn write(demands: &Demands, out: &mut Map<String, Value>) {
    if !demands.approval_groups.is_empty() {
        let group = |group: &ApprovalGroup| {
            let mut wired = json!({ "approvals_needed": group.approvals_needed });
            if !group.email_addresses.is_empty() {
                wired["email_addresses"] = json!(group.email_addresses);
            }
            if let Some(list) = group.email_list {
                wired["email_list_uuid"] = json!(list);
            }
            wired
        };
        out.insert("approval_groups".into(), demands.approval_groups.iter().map(group).collect());
    }
    out.insert("approval_required".into(), json!(demands.approval_required));
    out.insert("isolation_required".into(), json!(false));
    if let Some(prompt) = &demands.purpose_justification_prompt {
        out.insert("purpose_justification_prompt".into(), json!(prompt));
    }
    out.insert("purpose_justification_required".into(), json!(demands.purpose_justification_required));
}
