//! The posture rule of the v4 API: reading, checking and writing it.

use model::{
    PostureIntegrationId, SessionDuration,
    posture::{ComplianceStatus, Platform, PostureCheck, PostureRule},
};
use serde_json::{Map, Value, json};
use store::Reader;

use crate::{
    envelope::Message,
    error::ApiError,
    fault::{Faults, Fields},
    state::Stop,
};

/// Types of the contract whose facts only a device client or another service could tell.
const OTHER_TYPES: [&str; 22] = [
    "file",
    "application",
    "tanium",
    "gateway",
    "warp",
    "disk_encryption",
    "serial_number",
    "sentinelone",
    "carbonblack",
    "firewall",
    "os_version",
    "domain_joined",
    "client_certificate",
    "client_certificate_v2",
    "antivirus",
    "unique_client_id",
    "kolide",
    "tanium_s2s",
    "crowdstrike_s2s",
    "workspace_one",
    "sentinelone_s2s",
    "custom_s2s",
];
/// Code of a remark.
const REMARK: u32 = 12190;

/// A rule as a body describes it.
#[derive(Debug)]
pub(super) struct Draft {
    pub name: String,
    pub description: String,
    pub platforms: Vec<Platform>,
    pub schedule: Option<SessionDuration>,
    pub expiration: Option<SessionDuration>,
    pub check: PostureCheck,
}

/// Reads a body.
pub(super) fn read(body: &Value) -> Result<Draft, ApiError> {
    const DAY: i64 = 86_400;
    let faults = Faults::default();
    let draft = Fields::of(body, "", &faults).and_then(|f| {
        let name = f.required_text("name", 255).map(str::to_owned);
        let description = f.text("description").unwrap_or_default().to_owned();
        let given = |key| f.text(key).is_some_and(|t| !t.is_empty());
        let schedule = given("schedule").then(|| f.duration("schedule", 60, 30 * DAY)).flatten();
        let expiration = given("expiration").then(|| f.duration("expiration", 60, 30 * DAY)).flatten();
        let (platforms, check) = (platforms(&f), check_of(&f));
        f.read_only(&["id"]);
        f.done();
        Some(Draft { name: name?, description, platforms, schedule, expiration, check: check? })
    });
    faults.finish_some(draft)
}

fn check_of(f: &Fields<'_>) -> Option<PostureCheck> {
    const BUILT: &str = "intune, doorward_intune_all_devices";
    let kind = f.required_text("type", 64)?;
    if OTHER_TYPES.contains(&kind) {
        f.read_only(&["input"]);
        f.fault("type", format!("posture rules of type {kind} are not supported yet; supported: {BUILT}"));
        return None;
    }
    if !["intune", "doorward_intune_all_devices"].contains(&kind) {
        f.read_only(&["input"]);
        f.fault("type", format!("{kind:?} is not a type of posture rule; supported: {BUILT}"));
        return None;
    }
    f.require("input");
    let input = f.object("input")?;
    let connection_id = input.required::<PostureIntegrationId>("connection_id");
    input.require("compliance_status");
    let status = compliance_status(&input);
    input.done();
    let (connection_id, compliance_status) = (connection_id?, status?);
    Some(if kind == "intune" {
        PostureCheck::Intune { connection_id, compliance_status }
    } else {
        PostureCheck::IntuneAllDevices { connection_id, compliance_status }
    })
}

fn compliance_status(f: &Fields<'_>) -> Option<ComplianceStatus> {
    const STATES: [(&str, ComplianceStatus); 6] = [
        ("compliant", ComplianceStatus::Compliant),
        ("noncompliant", ComplianceStatus::NonCompliant),
        ("unknown", ComplianceStatus::Unknown),
        ("notapplicable", ComplianceStatus::NotApplicable),
        ("ingraceperiod", ComplianceStatus::InGracePeriod),
        ("error", ComplianceStatus::Error),
    ];
    f.word("compliance_status", &STATES)
}

fn platforms(f: &Fields<'_>) -> Vec<Platform> {
    const PLATFORMS: [(&str, Platform); 6] = [
        ("windows", Platform::Windows),
        ("mac", Platform::Mac),
        ("linux", Platform::Linux),
        ("android", Platform::Android),
        ("ios", Platform::Ios),
        ("chromeos", Platform::ChromeOs),
    ];
    let elements = f.array("match").unwrap_or_default();
    let platform = |(pointer, value): (String, &Value)| {
        let inner = Fields::of(value, pointer, f.faults())?;
        inner.require("platform");
        let platform = inner.word("platform", &PLATFORMS);
        inner.done();
        platform
    };
    elements.into_iter().filter_map(platform).collect()
}

/// The integration that is named must be there.
pub(super) fn check(reader: &Reader<'_>, draft: &Draft) -> Result<(), Stop> {
    let connection = draft.check.connection();
    if reader.posture_integration(&connection)?.is_none() {
        return Err(ApiError::fault("/input/connection_id", format!("no posture integration has the id {connection}")).into());
    }
    Ok(())
}

/// Nothing links a sign-in to a device yet, so a rule about the device at hand is never known.
pub(super) fn remarks(rule: &PostureRule) -> Vec<Message> {
    let text = "intune: no sign-in is linked to a device yet, so this rule is unknown: an allow with it never applies, a block with it \
                always may; doorward_intune_all_devices asks about all of the person's devices instead";
    match rule.check {
        PostureCheck::Intune { .. } => vec![Message { code: REMARK, text: text.into(), pointer: Some("/type".into()) }],
        PostureCheck::IntuneAllDevices { .. } => Vec::new(),
    }
}

/// The wire form.
pub(super) fn write(rule: &PostureRule) -> Value {
    let mut out = Map::new();
    out.insert("id".into(), json!(rule.id.to_string()));
    out.insert("name".into(), json!(rule.name));
    out.insert("type".into(), json!(rule.check.kind()));
    out.insert("description".into(), json!(rule.description));
    if let Some(schedule) = &rule.schedule {
        out.insert("schedule".into(), json!(schedule.as_str()));
    }
    if let Some(expiration) = &rule.expiration {
        out.insert("expiration".into(), json!(expiration.as_str()));
    }
    out.insert("match".into(), rule.platforms.iter().map(|p| json!({ "platform": p })).collect());
    out.insert("input".into(), json!({ "connection_id": rule.check.connection().to_string(), "compliance_status": rule.check.status() }));
    Value::Object(out)
}
