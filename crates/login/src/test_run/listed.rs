//! What to compare when nothing came back: the values that are sent, and the faults that stay on the provider's page.

use idp::entra::{KnownFault, listed};
use model::{IdpId, idp::IdpConfig};
use pages::{ListedFault, Pasted, TestHelp};

use crate::{start, state::LoginState};

/// Words in large letters on Microsoft's pages, by a code of theirs. The pages change; the code below them is what counts.
const RECOGNISED: [(u32, &str); 11] = [
    (50_011, "The redirect URI … specified in the request does not match"),
    (900_971, "No reply address provided"),
    (700_016, "Application with identifier … was not found in the directory"),
    (50_105, "… is not assigned to a role for the application"),
    (50_020, "Selected user account does not exist in tenant"),
    (90_094, "Need admin approval"),
    (53_003, "You cannot access this right now"),
    (50_053, "Your account has been locked"),
    (50_055, "Update your password"),
    (50_057, "Your account has been disabled"),
    (50_126, "Your account or password is incorrect"),
];

/// Everything for the page of a test of this provider.
pub(super) fn help(state: &LoginState, idp: &IdpId, pasted: Option<Pasted>) -> TestHelp {
    let snapshot = state.guard.store().snapshot();
    let config = snapshot.idps.get(idp).map(|idp| &idp.config);
    let entra = config.and_then(IdpConfig::entra);
    TestHelp {
        callback: start::redirect_uri(state),
        client_id: config.map_or("", IdpConfig::client_id).to_owned(),
        directory: entra.map(|settings| settings.directory_id.to_string()),
        rows: if entra.is_some() { listed().map(row).collect() } else { Vec::new() },
        pasted,
    }
}

fn row(fault: &KnownFault) -> ListedFault {
    ListedFault {
        codes: fault.codes.iter().map(|code| format!("AADSTS{code}")).collect(),
        recognise: RECOGNISED.iter().find(|(code, _)| fault.codes.contains(code)).map(|(_, words)| *words),
        cause: fault.cause.to_owned(),
        fix: fault.fix.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_recognised_code_is_on_the_list() {
        for (code, _) in RECOGNISED {
            assert!(listed().any(|fault| fault.codes.contains(&code)), "{code}");
        }
    }
}
