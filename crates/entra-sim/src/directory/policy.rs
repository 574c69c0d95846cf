//! Owns Conditional Access policies in Graph's own spelling, as far as the simulator enforces them.
//!
//! Source: "conditionalAccessPolicy resource type" (Microsoft Graph).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::clock::Stamp;

/// Whether a policy is enforced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PolicyState {
    /// In force.
    Enabled,
    /// Not looked at.
    #[default]
    Disabled,
    /// Only reported; tenant files may say `reportOnly`.
    #[serde(rename = "enabledForReportingButNotEnforced", alias = "reportOnly")]
    ReportOnly,
}

/// Whom a policy concerns.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Users {
    /// Object ids, `All`, `None` or `GuestsOrExternalUsers`.
    pub include_users: Vec<String>,
    /// Object ids or `GuestsOrExternalUsers`.
    pub exclude_users: Vec<String>,
    /// Object ids; nested members count.
    pub include_groups: Vec<String>,
    /// Object ids; nested members count.
    pub exclude_groups: Vec<String>,
    /// Template ids of directory roles.
    pub include_roles: Vec<String>,
    /// Template ids of directory roles.
    pub exclude_roles: Vec<String>,
}

/// What a policy protects.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Applications {
    /// Client ids, `All` or `None`.
    pub include_applications: Vec<String>,
    /// Client ids.
    pub exclude_applications: Vec<String>,
    /// `c1` to `c99`: the policy applies when one of them is asked for.
    pub include_authentication_context_class_references: Vec<String>,
}

/// When a policy applies.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Conditions {
    /// Whom.
    pub users: Users,
    /// What.
    pub applications: Applications,
    /// `all`, `browser` ...; the simulator's sign-ins are browsers'.
    pub client_app_types: Vec<String>,
    /// `low`, `medium`, `high`: the person's risk.
    pub user_risk_levels: Vec<String>,
}

/// One control of a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Control {
    /// No sign-in at all.
    Block,
    /// A second factor.
    Mfa,
    /// A device that Intune calls compliant.
    CompliantDevice,
}

/// How several controls combine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Operator {
    /// Every one.
    And,
    /// Any one.
    #[default]
    Or,
}

/// What a policy demands.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct GrantControls {
    /// How they combine.
    pub operator: Operator,
    /// The controls.
    pub built_in_controls: Vec<Control>,
}

/// Unit of a sign-in frequency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Unit {
    /// Hours.
    Hours,
    /// Days.
    Days,
}

/// How a sign-in frequency counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Interval {
    /// After so many hours or days.
    #[default]
    TimeBased,
    /// At each sign-in; Entra allows five minutes of grace.
    EveryTime,
}

/// Which factors a sign-in frequency renews.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Renewed {
    /// Password and second factor.
    #[default]
    PrimaryAndSecondaryAuthentication,
    /// The second factor only.
    SecondaryAuthentication,
}

/// How often people sign in anew.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignInFrequency {
    /// How many units; absent with `everyTime`.
    #[serde(default)]
    pub value: Option<u32>,
    /// Hours or days; absent with `everyTime`.
    #[serde(default, rename = "type")]
    pub unit: Option<Unit>,
    /// How it counts.
    #[serde(default)]
    pub frequency_interval: Interval,
    /// Which factors.
    #[serde(default)]
    pub authentication_type: Renewed,
    /// In force.
    #[serde(default)]
    pub is_enabled: bool,
}

impl SignInFrequency {
    /// Seconds after which a factor is stale; `None` when the control is off.
    pub fn seconds(&self) -> Option<i64> {
        if !self.is_enabled {
            return None;
        }
        let count = i64::from(self.value.unwrap_or(0));
        Some(match (self.frequency_interval, self.unit) {
            (Interval::EveryTime, _) => 300,
            (Interval::TimeBased, Some(Unit::Days)) => count * 86_400,
            (Interval::TimeBased, _) => count * 3_600,
        })
    }
}

/// What a policy limits afterwards.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct SessionControls {
    /// Sign-in frequency.
    pub sign_in_frequency: Option<SignInFrequency>,
}

/// One policy.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Policy {
    /// Id.
    pub id: Uuid,
    /// Name.
    pub display_name: String,
    /// Made.
    pub created_date_time: Stamp,
    /// Changed.
    pub modified_date_time: Option<Stamp>,
    /// In force or not.
    pub state: PolicyState,
    /// When it applies.
    pub conditions: Conditions,
    /// What it demands.
    pub grant_controls: Option<GrantControls>,
    /// What it limits.
    pub session_controls: Option<SessionControls>,
}

/// What a body or a tenant file says of a policy.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PolicyShape {
    /// Name.
    pub display_name: String,
    /// In force or not.
    pub state: PolicyState,
    /// When it applies.
    pub conditions: Conditions,
    /// What it demands.
    #[serde(default)]
    pub grant_controls: Option<GrantControls>,
    /// What it limits.
    #[serde(default)]
    pub session_controls: Option<SessionControls>,
}

impl PolicyShape {
    /// Reads a policy; members that are null or empty count as absent, what is not simulated is an error.
    pub fn read(body: &Map<String, Value>) -> Result<Self, String> {
        let shape: Self = serde_json::from_value(without_nothing(&Value::Object(body.clone()))).map_err(|error| error.to_string())?;
        shape.check()?;
        Ok(shape)
    }

    /// Checks what the types do not say.
    pub fn check(&self) -> Result<(), String> {
        let applications = &self.conditions.applications;
        if applications.include_applications.is_empty() && applications.include_authentication_context_class_references.is_empty() {
            return Err("conditions.applications names neither an application nor an authentication context".to_owned());
        }
        let users = &self.conditions.users;
        if users.include_users.is_empty() && users.include_groups.is_empty() && users.include_roles.is_empty() {
            return Err("conditions.users includes nobody; say None if that is meant".to_owned());
        }
        if let Some(wrong) = applications.include_authentication_context_class_references.iter().find(|id| !is_context(id)) {
            return Err(format!("{wrong:?} is no authentication context; they are c1 to c99"));
        }
        let frequency = self.session_controls.as_ref().and_then(|controls| controls.sign_in_frequency.as_ref());
        if self.grant_controls.as_ref().is_none_or(|controls| controls.built_in_controls.is_empty()) && frequency.is_none() {
            return Err("the policy has neither grantControls nor sessionControls".to_owned());
        }
        if self
            .grant_controls
            .as_ref()
            .is_some_and(|one| one.built_in_controls.len() > 1 && one.built_in_controls.contains(&Control::Block))
        {
            return Err("block stands alone among the controls".to_owned());
        }
        if let Some(frequency) = frequency
            && frequency.frequency_interval == Interval::TimeBased
            && (frequency.unit.is_none() || !frequency.value.is_some_and(|value| (1..=365).contains(&value)))
        {
            return Err("signInFrequency needs a type and a value from 1 to 365".to_owned());
        }
        Ok(())
    }

    /// The policy under an id.
    pub fn policy(self, id: Uuid, made: Stamp) -> Policy {
        Policy {
            id,
            display_name: self.display_name,
            created_date_time: made,
            modified_date_time: None,
            state: self.state,
            conditions: self.conditions,
            grant_controls: self.grant_controls,
            session_controls: self.session_controls,
        }
    }
}

/// Whether a text is an authentication context's id.
pub fn is_context(id: &str) -> bool {
    id.strip_prefix('c').is_some_and(|digits| !digits.starts_with(['0', '+']) && digits.parse::<u8>().is_ok_and(|n| (1..=99).contains(&n)))
}

fn without_nothing(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let kept = map
                .iter()
                .filter(|(name, value)| !name.starts_with("@odata") && !value.is_null() && !value.as_array().is_some_and(Vec::is_empty));
            Value::Object(kept.map(|(name, value)| (name.clone(), without_nothing(value))).collect())
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(body: Value) -> Result<PolicyShape, String> {
        PolicyShape::read(body.as_object().unwrap())
    }

    #[test]
    fn a_policy_as_clients_send_it_is_read_with_its_empty_members() {
        let shape = read(json!({
            "displayName": "MFA for c1", "state": "enabledForReportingButNotEnforced",
            "conditions": {"users": {"includeUsers": ["All"], "excludeUsers": []}, "platforms": null, "clientAppTypes": ["all"],
                "applications": {"includeAuthenticationContextClassReferences": ["c1"]}},
            "grantControls": {"operator": "OR", "builtInControls": ["mfa"]}, "sessionControls": null,
        }));
        assert_eq!(shape.unwrap().state, PolicyState::ReportOnly);
    }

    #[test]
    fn a_policy_that_would_be_forgotten_is_refused() {
        let good = json!({
            "displayName": "x", "state": "enabled",
            "conditions": {"users": {"includeUsers": ["All"]}, "applications": {"includeApplications": ["All"]}},
            "grantControls": {"operator": "OR", "builtInControls": ["block"]},
        });
        assert!(read(good.clone()).is_ok());
        let broken = [
            ("/conditions/locations", json!({"includeLocations": ["All"]})),
            ("/grantControls/builtInControls", json!(["approvedApplication"])),
            ("/grantControls/builtInControls", json!(["block", "mfa"])),
            ("/grantControls", json!(null)),
            ("/conditions/users", json!({})),
            ("/conditions/applications", json!({"includeAuthenticationContextClassReferences": ["c100"]})),
            ("/sessionControls", json!({"signInFrequency": {"isEnabled": true}})),
        ];
        for (path, value) in broken {
            let mut body = good.clone();
            let (parent, name) = path.rsplit_once('/').unwrap();
            body.pointer_mut(parent).unwrap()[name] = value;
            assert!(read(body).is_err(), "{path}");
        }
    }

    #[test]
    fn contexts_run_from_c1_to_c99() {
        for (id, expected) in [("c1", true), ("c99", true), ("c0", false), ("c100", false), ("C1", false), ("c01", false), ("c+1", false)] {
            assert_eq!(is_context(id), expected, "{id}");
        }
    }
}
