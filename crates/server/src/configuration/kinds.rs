//! The kinds of object that a configuration file holds, as a table: a new kind is one entry.

/// A kind of object: where the API has it and what of it belongs into a file.
#[derive(Debug)]
pub(super) struct Kind {
    /// Its list in the file.
    pub key: &'static str,
    /// What people call one.
    pub noun: &'static str,
    /// Its list in the API, below the account.
    pub path: &'static str,
    /// The member that names an object in the API's paths.
    pub id: &'static str,
    /// Whether it is a list or one object.
    pub shape: Shape,
    /// Whether the list shows less than the object itself.
    pub detail: Detail,
    /// The verb that changes one.
    pub change: Change,
    /// Members that the server sets, as paths.
    pub leave_out: &'static [&'static str],
    /// Secrets, as paths: sent, never told.
    pub secrets: &'static [Credential],
    /// What belongs to an object and has an address of its own.
    pub parts: &'static [Part],
    /// Where more of an object's members are, below the account; `{id}` is the object's.
    pub more: Option<&'static str>,
    /// The member that the API takes when an object is made, and then never again.
    pub fixed: Option<&'static str>,
    /// The list that has to be empty before an object is removed.
    pub emptied: Option<&'static str>,
    /// The member that a body has around what the API answers.
    pub wrap: Option<&'static str>,
}

/// How many there are of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Any number, told apart by name.
    Many,
    /// One, which is always there.
    One,
}

/// What a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Detail {
    /// Everything.
    InList,
    /// Less than the object's own address.
    ByItself,
}

/// The verb that changes an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    Put,
    Patch,
}

/// A secret of an object.
#[derive(Debug)]
pub(super) struct Credential {
    /// Path of the member.
    pub path: &'static str,
    /// Whether an export names a variable of the environment for it.
    pub exported: Exported,
}

/// Whether an export names where a secret comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exported {
    /// Always: the object cannot be made without.
    Always,
    /// When the member of this path is true.
    When(&'static str),
    /// Never: the file may hold it all the same.
    Never,
}

/// A part of an object with an address of its own (`doorward` in the file).
#[derive(Debug)]
pub(super) struct Part {
    /// Its member below `doorward`.
    pub key: &'static str,
    /// Its address below the account; `{id}` is the object's.
    pub path: &'static str,
    /// Members that the server sets.
    pub leave_out: &'static [&'static str],
    /// Secrets.
    pub secrets: &'static [Credential],
    /// The object's secret that a change of the part is sent with, as the member of that name.
    pub with_secret: Option<(&'static str, &'static str)>,
    /// Whether it can be taken away.
    pub removable: bool,
    /// The members that have to be something other than null or false for the part to be worth a line.
    pub when_set: &'static [&'static str],
}

const STAMPS: &[&str] = &["id", "uid", "created_at", "updated_at"];
const NO_SECRETS: &[Credential] = &[];
const NO_PARTS: &[Part] = &[];

impl Kind {
    const fn list(key: &'static str, noun: &'static str, path: &'static str) -> Self {
        Self {
            key,
            noun,
            path,
            id: "id",
            shape: Shape::Many,
            detail: Detail::InList,
            change: Change::Put,
            leave_out: STAMPS,
            secrets: NO_SECRETS,
            parts: NO_PARTS,
            more: None,
            fixed: None,
            emptied: None,
            wrap: None,
        }
    }
    const fn single(key: &'static str, path: &'static str, leave_out: &'static [&'static str]) -> Self {
        Self { shape: Shape::One, leave_out, ..Self::list(key, key, path) }
    }
}

const PROVIDER_PARTS: &[Part] = &[
    Part {
        key: "cloud",
        path: "doorward/identity_providers/{id}/cloud",
        leave_out: &["preset"],
        secrets: NO_SECRETS,
        with_secret: Some(("config/client_secret", "client_secret")),
        removable: false,
        when_set: &["login_url"],
    },
    Part {
        key: "credentials",
        path: "doorward/identity_providers/{id}/credentials",
        leave_out: &["client_secret_set", "second_client_secret_set", "private_key_set", "thumbprint", "subject", "not_after"],
        secrets: &[
            Credential { path: "client_secret", exported: Exported::Never },
            Credential { path: "second_client_secret", exported: Exported::Never },
            Credential { path: "private_key_pem", exported: Exported::When("private_key_set") },
        ],
        with_secret: None,
        removable: false,
        when_set: &["certificate_pem", "token"],
    },
    Part {
        key: "options",
        path: "doorward/identity_providers/{id}/options",
        leave_out: &[],
        secrets: NO_SECRETS,
        with_secret: None,
        removable: false,
        when_set: &[],
    },
    Part {
        key: "scim",
        path: "doorward/identity_providers/{id}/scim",
        leave_out: &["status"],
        secrets: NO_SECRETS,
        with_secret: None,
        removable: false,
        when_set: &[],
    },
];

const APP_PARTS: &[Part] = &[
    Part {
        key: "upstream",
        path: "doorward/apps/{id}/upstream",
        leave_out: &["updated_at"],
        secrets: NO_SECRETS,
        with_secret: None,
        removable: true,
        when_set: &[],
    },
    Part {
        key: "streams",
        path: "doorward/apps/{id}/streams",
        leave_out: &["updated_at"],
        secrets: NO_SECRETS,
        with_secret: None,
        removable: false,
        when_set: &[],
    },
];

/// Every kind, in the order in which a file has them and objects are made. References may go against the order; `order.rs` sees to that.
pub(super) const KINDS: &[Kind] = &[
    Kind { id: "name", leave_out: &["id", "uid", "created_at", "updated_at", "app_count"], ..Kind::list("tags", "tag", "access/tags") },
    Kind {
        detail: Detail::ByItself,
        leave_out: &["id", "created_at", "updated_at", "count"],
        ..Kind::list("lists", "list", "gateway/lists")
    },
    Kind {
        id: "uid",
        detail: Detail::ByItself,
        leave_out: &["id", "uid", "created_at", "updated_at", "app_count"],
        ..Kind::list("custom_pages", "custom page", "access/custom_pages")
    },
    Kind {
        leave_out: &["id", "uid", "created_at", "updated_at", "fingerprint", "expires_on"],
        more: Some("doorward/certificates/{id}"),
        fixed: Some("certificate"),
        emptied: Some("associated_hostnames"),
        ..Kind::list("certificates", "root certificate", "access/certificates")
    },
    Kind {
        leave_out: &[
            "id",
            "uid",
            "created_at",
            "updated_at",
            "config/redirect_url",
            "scim_config/secret",
            "scim_config/scim_base_url",
            "scim_config/former_secret_ends_at",
        ],
        secrets: &[Credential { path: "config/client_secret", exported: Exported::Always }],
        parts: PROVIDER_PARTS,
        ..Kind::list("identity_providers", "identity provider", "access/identity_providers")
    },
    Kind {
        change: Change::Patch,
        secrets: &[Credential { path: "config/client_secret", exported: Exported::Always }],
        ..Kind::list("posture_integrations", "posture integration", "devices/posture/integration")
    },
    Kind::list("posture_rules", "posture rule", "devices/posture"),
    Kind {
        leave_out: &[
            "id",
            "uid",
            "created_at",
            "updated_at",
            "client_id",
            "client_secret_version",
            "expires_at",
            "last_seen_at",
            "previous_client_secret_expires_at",
        ],
        ..Kind::list("service_tokens", "service token", "access/service_tokens")
    },
    Kind::list("groups", "group", "access/groups"),
    Kind {
        leave_out: &["id", "uid", "created_at", "updated_at", "app_count", "reusable"],
        ..Kind::list("policies", "policy", "access/policies")
    },
    Kind {
        leave_out: &["id", "uid", "created_at", "updated_at", "aud"],
        parts: APP_PARTS,
        ..Kind::list("apps", "application", "access/apps")
    },
    Kind::single("organization", "access/organizations", &["id", "uid", "created_at", "updated_at", "auth_domain", "trusted_accounts"]),
    Kind::single("organization_options", "doorward/organization/options", &["seats_used"]),
    Kind { wrap: Some("settings"), ..Kind::single("certificate_settings", "access/certificates/settings", &[]) },
    Kind::single("keys", "access/keys", &["days_until_next_rotation", "last_key_rotation_at"]),
];

/// The kind whose list has this name in a file.
pub(super) fn named(key: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.key == key)
}
