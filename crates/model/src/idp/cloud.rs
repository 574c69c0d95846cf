//! The clouds that Entra tenants live in: where their login and Graph services are.

use serde::{Deserialize, Serialize};

/// Where the login and Graph services of a cloud are. Set through doorward's own sub-resource (ruling 1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntraCloud {
    /// Origin of the login service, for example `https://login.microsoftonline.com`.
    pub login_url: String,
    /// Origin of Microsoft Graph, for example `https://graph.microsoft.com`.
    pub graph_url: String,
}

impl Default for EntraCloud {
    fn default() -> Self {
        CloudPreset::Global.cloud()
    }
}

/// The clouds that Microsoft runs (Microsoft: "National cloud deployments", Microsoft Graph).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloudPreset {
    /// The one for everybody; GCC tenants live here, too.
    Global,
    /// US Government L4 (GCC High).
    UsGovernment,
    /// US Government L5 (DoD).
    UsGovernmentDod,
    /// China, operated by 21Vianet.
    China,
}

impl CloudPreset {
    /// All of them, by their names on the wire.
    pub const NAMED: [(&'static str, Self); 4] = [
        ("global", Self::Global),
        ("us_government", Self::UsGovernment),
        ("us_government_dod", Self::UsGovernmentDod),
        ("china", Self::China),
    ];

    /// Its addresses.
    pub fn cloud(self) -> EntraCloud {
        let (login, graph) = match self {
            Self::Global => ("https://login.microsoftonline.com", "https://graph.microsoft.com"),
            Self::UsGovernment => ("https://login.microsoftonline.us", "https://graph.microsoft.us"),
            Self::UsGovernmentDod => ("https://login.microsoftonline.us", "https://dod-graph.microsoft.us"),
            Self::China => ("https://login.partner.microsoftonline.cn", "https://microsoftgraph.chinacloudapi.cn"),
        };
        EntraCloud { login_url: login.into(), graph_url: graph.into() }
    }

    /// The name of the preset with these addresses, when there is one.
    pub fn name_of(cloud: &EntraCloud) -> Option<&'static str> {
        Self::NAMED.into_iter().find(|(_, preset)| preset.cloud() == *cloud).map(|(name, _)| name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_preset_is_told_by_its_addresses() {
        for (name, preset) in CloudPreset::NAMED {
            let cloud = preset.cloud();
            assert_eq!(CloudPreset::name_of(&cloud), Some(name));
            assert!(cloud.login_url.starts_with("https://login.") && cloud.graph_url.contains("graph."), "{name}");
        }
        let mixed = EntraCloud { graph_url: CloudPreset::China.cloud().graph_url, ..EntraCloud::default() };
        assert_eq!(CloudPreset::name_of(&mixed), None);
    }
}
