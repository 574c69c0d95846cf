//! The claims of a validated ID token, typed. No claim is assumed to be there but the keys of a person.

use serde_json::{Map, Value};

use super::{
    error::{IdTokenError, cut},
    guid, text,
};

/// The longest list of groups that is read from a token; Entra stops at 200.
const MAX_GROUPS: usize = 2000;

/// `acct`: how the account belongs to the tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Account {
    /// 0.
    Member,
    /// 1.
    Guest,
}

/// What a token says about groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GroupsClaim {
    /// The complete list, as the token has it: object ids, or names when the registration says so.
    Listed(Vec<String>),
    /// More groups than fit (`_claim_names` or `hasgroups`); the list must be read elsewhere.
    Overage,
    /// Nothing: no groups, or the registration does not send them.
    Absent,
    /// A claim that is not a list of texts.
    Unusable,
}

/// Claims of a validated token.
#[derive(Debug, Clone, PartialEq)]
pub struct IdTokenClaims {
    /// Issuer.
    pub iss: String,
    /// Subject; differs per application (pairwise).
    pub sub: String,
    /// Object id of the person in the tenant; dashed GUID in lower case.
    pub oid: String,
    /// Tenant signed in to; dashed GUID in lower case.
    pub tid: String,
    /// Display name.
    pub name: Option<String>,
    /// User name as the person knows it; mutable, not a key.
    pub preferred_username: Option<String>,
    /// E-mail address; mutable and by itself unverified.
    pub email: Option<String>,
    /// User principal name; only when configured.
    pub upn: Option<String>,
    /// `xms_edov`: the owner of the e-mail's domain is verified.
    pub email_domain_owner_verified: Option<bool>,
    /// `acct`.
    pub account: Option<Account>,
    /// Home provider of a guest; absent for members.
    pub idp: Option<String>,
    /// Groups.
    pub groups: GroupsClaim,
    /// Authentication methods; v2 tokens have them only when configured.
    pub amr: Vec<String>,
    /// Authentication contexts that are met.
    pub acrs: Vec<String>,
    /// Session id for front-channel sign-out.
    pub sid: Option<String>,
    /// Every claim as it came, JSON types kept.
    pub all: Map<String, Value>,
}

/// Reads the claims of a token whose signature, issuer, tenant, audience, times and nonce are checked.
pub(super) fn read(all: Map<String, Value>, tid: String) -> Result<IdTokenClaims, IdTokenError> {
    let sub = text(&all, "sub")?.to_owned();
    if sub.len() > 255 {
        return Err(IdTokenError::Claim { name: "sub", found: cut(&sub) });
    }
    let own = |name: &str| all.get(name).and_then(Value::as_str).filter(|t| !t.is_empty()).map(str::to_owned);
    Ok(IdTokenClaims {
        iss: text(&all, "iss")?.to_owned(),
        oid: guid(&all, "oid")?,
        sub,
        tid,
        name: own("name"),
        preferred_username: own("preferred_username"),
        email: own("email"),
        upn: own("upn"),
        email_domain_owner_verified: all.get("xms_edov").map(truth),
        account: all.get("acct").and_then(account),
        idp: own("idp"),
        groups: groups(&all),
        amr: texts(all.get("amr")),
        acrs: texts(all.get("acrs")),
        sid: own("sid"),
        all,
    })
}

/// The overage marks win over a list next to them: such a list may be incomplete.
fn groups(all: &Map<String, Value>) -> GroupsClaim {
    let elsewhere = match all.get("_claim_names") {
        None => false,
        Some(Value::Object(names)) => names.contains_key("groups"),
        Some(_) => true,
    };
    // Whatever is not a plain "no" counts as "yes": the mark only costs a look elsewhere.
    let has = !matches!(all.get("hasgroups"), None | Some(Value::Null | Value::Bool(false)));
    if elsewhere || has {
        return GroupsClaim::Overage;
    }
    match all.get("groups") {
        None | Some(Value::Null) => GroupsClaim::Absent,
        Some(Value::Array(items)) if items.len() <= MAX_GROUPS => items
            .iter()
            .map(|i| i.as_str().map(str::to_owned))
            .collect::<Option<Vec<_>>>()
            .map_or(GroupsClaim::Unusable, GroupsClaim::Listed),
        Some(_) => GroupsClaim::Unusable,
    }
}

/// Entra writes `xms_edov` as a boolean, and some versions as 1 or "1".
fn truth(value: &Value) -> bool {
    match value {
        Value::Bool(b) => *b,
        Value::Number(n) => n.as_i64() == Some(1),
        Value::String(s) => s == "1" || s.eq_ignore_ascii_case("true"),
        _ => false,
    }
}

fn account(value: &Value) -> Option<Account> {
    let number = value.as_i64().or_else(|| value.as_str().and_then(|s| s.parse().ok()))?;
    // A value nobody knows is not a member.
    Some(if number == 0 { Account::Member } else { Account::Guest })
}

/// A text or a list of texts; at most 64 of them.
pub(crate) fn texts(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).take(64).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}
