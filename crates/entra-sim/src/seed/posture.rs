//! Owns the tenant file's policies, devices, risk and directory roles.

use serde_json::{Map, Value};
use uuid::Uuid;

use super::build::{Builder, SeedError};
use super::shape::{DeviceShape, TenantFile};
use crate::directory::device::Device;
use crate::directory::id::{ObjectId, named};
use crate::directory::policy::PolicyShape;
use crate::directory::risk::Risk;
use crate::directory::role::DirectoryRole;
use crate::sim::posture::put;

impl Builder {
    /// Builds what the file says beside people, groups and applications.
    pub(super) fn posture(&mut self, file: &TenantFile) -> Result<(), SeedError> {
        for shape in &file.roles {
            let place = format!("role {:?}", shape.name);
            let members = shape.members.iter().map(|name| self.principal(&place, name).map(|found| found.0)).collect::<Result<_, _>>()?;
            let id = self.object(None, &format!("role:{}", shape.name));
            let role = DirectoryRole { id, template_id: shape.template_id, display_name: shape.name.clone(), members };
            self.directory.roles.insert(id, role);
        }
        for shape in &file.devices {
            self.device(shape)?;
        }
        for shape in &file.risk {
            let person = self.principal("risk", &shape.user)?.0;
            let risk = Risk { level: shape.risk_level, state: shape.risk_state, updated: self.now };
            put(&mut self.directory, risk, person);
        }
        for body in &file.policies {
            self.policy(body)?;
        }
        Ok(())
    }

    fn device(&mut self, shape: &DeviceShape) -> Result<(), SeedError> {
        let place = format!("device {:?}", shape.name);
        let user = shape.user.as_ref().map(|name| self.principal(&place, name).map(|found| found.0)).transpose()?;
        let id = shape.id.unwrap_or_else(|| named(self.space, &format!("managed device:{}", shape.name)));
        let text = |given: &Option<String>, usual: &str| given.clone().unwrap_or_else(|| usual.to_owned());
        let letters: String = shape.name.chars().filter(char::is_ascii_alphanumeric).collect();
        let device = Device {
            id,
            object_id: self.object(None, &format!("device:{}", shape.name)),
            device_id: named(self.space, &format!("device id:{}", shape.name)),
            name: shape.name.clone(),
            user,
            serial: text(&shape.serial_number, &format!("SN{}", letters.to_ascii_uppercase())),
            os: text(&shape.operating_system, "Windows"),
            os_version: text(&shape.os_version, "10.0.26100.1"),
            manufacturer: text(&shape.manufacturer, "Quay Computers"),
            model: text(&shape.model, "Lighter 14"),
            compliance: shape.compliance_state,
            encrypted: shape.is_encrypted,
            enrolled: self.now.plus(-30 * 86_400),
            last_sync: Some(self.now),
            grace_until: None,
        };
        self.directory.devices.insert(id, device);
        Ok(())
    }

    fn policy(&mut self, body: &Map<String, Value>) -> Result<(), SeedError> {
        let name = body.get("displayName").and_then(Value::as_str).unwrap_or_default().to_owned();
        let mut shape = PolicyShape::read(body).map_err(|why| SeedError::Policy(name.clone(), why))?;
        let place = format!("policy {name:?}");
        let users = &mut shape.conditions.users;
        for list in [&mut users.include_users, &mut users.exclude_users] {
            self.resolve(list, |this, text| this.principal(&place, text).map(|found| found.0.guid()))?;
        }
        for list in [&mut users.include_groups, &mut users.exclude_groups] {
            self.resolve(list, |this, text| {
                let text = if text.starts_with("group:") { text.to_owned() } else { format!("group:{text}") };
                this.principal(&place, &text).map(|found| found.0.guid())
            })?;
        }
        let applications = &mut shape.conditions.applications;
        for list in [&mut applications.include_applications, &mut applications.exclude_applications] {
            self.resolve(list, |this, text| {
                let found = this.directory.principals.values().find(|sp| sp.display_name == text).map(|sp| sp.app_id.guid());
                found.ok_or_else(|| SeedError::Unknown { place: place.clone(), name: text.to_owned() })
            })?;
        }
        let id = named(self.space, &format!("policy:{name}"));
        self.directory.policies.insert(id, shape.policy(id, self.now));
        Ok(())
    }

    /// Puts ids in the place of names; ids and Graph's own words stay.
    fn resolve(&self, list: &mut [String], find: impl Fn(&Self, &str) -> Result<Uuid, SeedError>) -> Result<(), SeedError> {
        for text in list {
            let fixed = matches!(text.as_str(), "All" | "None" | "GuestsOrExternalUsers") || text.parse::<ObjectId>().is_ok();
            if !fixed {
                *text = find(self, text)?.to_string();
            }
        }
        Ok(())
    }
}
