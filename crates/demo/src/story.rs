//! Owns what the demo prints for the person who started it.

use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

use crate::cast::{APPLICATIONS, PEOPLE};
use crate::folder::KeptServiceToken;
use crate::memory::Resident;
use crate::ready_file::Ready;

/// Everything that is told.
pub struct Story<'a> {
    /// What scripts are told.
    pub ready: &'a Ready,
    /// The service token.
    pub service_token: &'a KeptServiceToken,
    /// People that arrived through SCIM.
    pub provisioned: u64,
    /// Time from the start until everything answered.
    pub took: Duration,
    /// Memory.
    pub memory: &'a [Resident],
    /// The state folder.
    pub state: &'a Path,
}

impl Story<'_> {
    /// The text.
    pub fn text(&self) -> String {
        let mut out = String::new();
        self.write(&mut out).map(|()| out).unwrap_or_default()
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        let ready = self.ready;
        let megabytes = self.memory.iter().map(|one| one.kib).sum::<u64>() / 1024;
        let parts: Vec<String> = self.memory.iter().map(|one| format!("{} {} MB", one.name, one.kib / 1024)).collect();
        writeln!(out, "\nReady after {:.1} s, {megabytes} MB resident ({}).", self.took.as_secs_f64(), parts.join(", "))?;
        writeln!(out, "Harbour Works has {} people in doorward, provisioned by Entra's simulator through SCIM.\n", self.provisioned)?;
        writeln!(out, "Let your browser trust {} first (and forget it afterwards),", ready.ca_file.display())?;
        writeln!(out, "or accept its warning once for each host. Then open:\n")?;
        for (app, shown) in ready.apps.iter().zip(&APPLICATIONS) {
            writeln!(out, "  {:<34} {}", app.url, shown.title)?;
        }
        writeln!(out, "\nand sign in as one of these:\n")?;
        for (person, shown) in ready.people.iter().zip(&PEOPLE) {
            let opens = if person.may_open.is_empty() { "nothing".to_owned() } else { person.may_open.join(", ") };
            writeln!(out, "  {:<28} {:<16} opens {opens} ({})", person.upn, person.password, shown.text)?;
        }
        writeln!(out, "\nWhoever may not open an application sees a page that names the policies that did not admit them.")?;
        writeln!(out, "Sign out:      {}/cdn-cgi/access/logout", ready.team_domain)?;
        writeln!(out, "Administrate:  {} with the token in {}/doorward/admin.token", ready.api_base, self.state.display())?;
        writeln!(out, "Entra's side:  {} (Graph below /v1.0)", ready.entra.graph)?;
        writeln!(out, "A script that needs no sign-in:\n")?;
        if let Some(berths) = ready.apps.iter().find(|app| app.name == "berths") {
            writeln!(out, "  curl --cacert {} {}/echo \\", ready.ca_file.display(), berths.url)?;
            writeln!(out, "    -H 'CF-Access-Client-Id: {}' \\", self.service_token.client_id)?;
            writeln!(out, "    -H 'CF-Access-Client-Secret: {}'", self.service_token.client_secret)?;
        }
        writeln!(out, "\nState and logs: {}. Stop with Ctrl-C; --fresh starts anew.", self.state.display())
    }
}
