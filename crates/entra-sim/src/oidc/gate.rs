//! Owns what the tenant's border and Conditional Access do to a sign-in and to a refresh.

use axum::http::StatusCode;
use serde_json::json;
use uuid::Uuid;

use super::authority::Authority;
use super::claims_request::Insists;
use super::conditional_access::{Demand, Verdict, judge, targets};
use super::desk::Account;
use super::fault::Fault;
use super::refresh::invalid;
use super::request::AuthorizeRequest;
use super::scope::Scopes;
use crate::clock::Stamp;
use crate::directory::Directory;
use crate::directory::id::AppId;
use crate::sim::knobs::SilentBlock;

/// What stops a sign-in.
#[derive(Debug)]
pub enum Stop {
    /// Stays on the page; a silent request hears the fault's own word.
    Page(Fault),
    /// A second factor mends it; a silent request hears the fault.
    SecondFactor(Fault),
    /// The password again mends it; a silent request hears the fault.
    Password(Fault),
}

/// Checks the account against the authority and the policies.
pub fn sign_in(directory: &Directory, request: &AuthorizeRequest, account: Account, now: Stamp, block: SilentBlock) -> Option<Stop> {
    if let Some(fault) = border(directory, request, account) {
        return Some(Stop::Page(fault));
    }
    let app = directory.app(request.app_id)?;
    let demand = Demand { account, targets: &targets(directory, app, &request.scopes), contexts: &request.claims.demanded(), now };
    let silent = "interaction_required";
    match judge(directory.home_of(account.person), &demand) {
        Verdict::Blocked(_) => {
            let word = match block {
                SilentBlock::InteractionRequired => silent,
                SilentBlock::AccessDenied => "access_denied",
            };
            Some(Stop::Page(page(53_003, word, BLOCKED)))
        }
        Verdict::Device(_) => Some(Stop::Page(page(53_000, silent, DEVICE))),
        Verdict::Again(_) => Some(Stop::Password(Fault::new(70_044, silent, STALE))),
        Verdict::SecondFactor(_) => Some(Stop::SecondFactor(Fault::new(50_076, silent, second_factor(request.app_id)))),
        Verdict::Met if request.claims.insists == Insists::SecondFactor && account.second_factor.is_none() => {
            Some(Stop::SecondFactor(Fault::new(50_076, silent, second_factor(request.app_id))))
        }
        Verdict::Met => None,
    }
}

/// Checks a refresh: what a person would have to mend at a page comes back as an error with its claims.
/// `contexts` are those that the request itself demands.
pub fn refresh(
    directory: &Directory,
    app_id: AppId,
    scopes: &Scopes,
    contexts: &[String],
    account: Account,
    now: Stamp,
) -> Result<(), Fault> {
    let Some(app) = directory.app(app_id) else {
        return Ok(());
    };
    let demand = Demand { account, targets: &targets(directory, app, scopes), contexts, now };
    let (fault, policies) = match judge(directory.home_of(account.person), &demand) {
        Verdict::Met => return Ok(()),
        Verdict::SecondFactor(ids) => (invalid(50_076, second_factor(app_id)).with_suberror("basic_action"), ids),
        Verdict::Again(_) => return Err(invalid(70_043, STALE).with_suberror("token_expired")),
        Verdict::Device(ids) => (invalid(53_000, DEVICE).with_suberror("message_only"), ids),
        Verdict::Blocked(ids) => (invalid(53_003, BLOCKED).with_suberror("message_only"), ids),
    };
    Err(Fault { claims: Some(named(&policies)), ..fault })
}

/// The claims request that names policies, as JSON text.
fn named(policies: &[Uuid]) -> String {
    json!({"access_token": {"capolids": {"essential": true, "values": policies}}}).to_string()
}

fn border(directory: &Directory, request: &AuthorizeRequest, account: Account) -> Option<Fault> {
    let home = directory.home_of(account.person);
    let authority = Authority::of(&request.segment, directory).ok()?;
    if authority.takes(directory.tenant.id, home.tenant.id) {
        return None;
    }
    let user = home.users.get(&account.person)?;
    let seat = authority.seat(directory.tenant.id).and_then(|id| directory.by_id(id)).unwrap_or(directory);
    Some(page(
        50_020,
        "interaction_required",
        format!(
            "User account '{}' from identity provider 'https://sts.windows.net/{}/' does not exist in tenant '{}' and cannot access the application '{}' in that tenant. The account needs to be added as an external user in the tenant first. Sign out and sign in again with a different Microsoft Entra user account.",
            user.profile.user_principal_name, home.tenant.id, seat.tenant.display_name, request.app_id
        ),
    ))
}

fn page(code: u32, error: &'static str, text: impl Into<String>) -> Fault {
    let mut fault = Fault::new(code, error, text);
    fault.status = StatusCode::OK;
    fault
}

const BLOCKED: &str = "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.";
const DEVICE: &str = "Device is not in required device state: compliant. Conditional Access policy requires a compliant device, and the device is not compliant. The user must enroll their device with an approved MDM provider like Intune.";
const STALE: &str = "The session has expired or is invalid due to sign-in frequency checks by Conditional Access.";

fn second_factor(app: AppId) -> String {
    format!(
        "Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access '{app}'."
    )
}
