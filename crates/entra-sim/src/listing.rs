//! Owns what the program prints: where it listens and what is in it, and the table of errors.

use std::fmt::Write as _;

use entra_sim::oidc::aadsts;
use entra_sim::{AppCard, Running};

/// What a person needs to begin: addresses, client ids and secrets, a few accounts.
pub fn ready(running: &Running) -> String {
    let mut text = String::new();
    let apps: [(&str, Option<AppCard>); 3] = [
        ("sign-in application", running.sign_in_app()),
        ("automation application", running.admin_app()),
        ("provisioning application", running.provisioning_app()),
    ];
    // Writing to a string cannot fail.
    let _ = writeln!(text, "authority   {}\ngraph       {}/v1.0\ntenant id   {}", running.authority(), running.base, running.tenant_id());
    for (role, app) in apps.into_iter().filter_map(|(role, app)| app.map(|app| (role, app))) {
        let _ = writeln!(text, "\n{role} ({})\n  client id     {}\n  client secret {}", app.name, app.client_id, app.client_secret);
    }
    let domain = running.domain();
    let people = ["mara", "ilo", "tessa", "bram"].iter().filter_map(|name| running.person(&format!("{name}@{domain}")));
    let mut heading = "\naccounts\n";
    for person in people {
        let _ = writeln!(text, "{heading}  {}   {}", person.upn, person.password);
        heading = "";
    }
    text.push_str("\nA redirect URI is registered with --redirect-uri. Ctrl-C stops.\n");
    text
}

/// The table of errors, one leg a line.
pub fn errors() -> String {
    let mut text = format!("{:<9}{:<11}{:<8}{:<27}{:<24}{}\n", "number", "leg", "status", "error", "suberror", "cause");
    for row in aadsts::rows() {
        for end in &row.legs {
            let (error, sub) = (end.error.unwrap_or("-"), end.suberror.unwrap_or("-"));
            let _ = writeln!(text, "{:<9}{:<11}{:<8}{error:<27}{sub:<24}{}", row.code, end.leg.name(), end.status, row.cause);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_leg_of_every_error_has_a_line() {
        let legs: usize = aadsts::rows().iter().map(|row| row.legs.len()).sum();
        assert_eq!(errors().lines().count(), legs + 1);
    }
}
