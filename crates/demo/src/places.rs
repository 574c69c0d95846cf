//! Owns where everything answers: ports, host names and URLs of one demo.

use std::net::{Ipv4Addr, SocketAddr};

/// Host of the team domain.
pub const TEAM_HOST: &str = "team.localhost";

/// Ports of one demo, all on loopback.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Places {
    /// doorward.
    pub doorward: u16,
    /// The simulator.
    pub entra: u16,
    /// The wiki's origin.
    pub wiki_origin: u16,
    /// The payroll's origin.
    pub payroll_origin: u16,
}

impl Places {
    /// The ports above a base.
    pub const fn above(base: u16) -> Self {
        Self { doorward: base + 3, entra: base + 4, wiki_origin: base + 5, payroll_origin: base + 6 }
    }

    /// A port of this machine.
    pub fn loopback(port: u16) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, port))
    }

    /// The team domain as a URL; equal to `iss` of the tokens.
    pub fn team(&self) -> String {
        self.host(TEAM_HOST)
    }

    /// URL of a host that doorward serves.
    pub fn host(&self, host: &str) -> String {
        match self.doorward {
            443 => format!("https://{host}"),
            port => format!("https://{host}:{port}"),
        }
    }

    /// The simulator's URL: sign-in service and Graph.
    pub fn entra(&self) -> String {
        format!("https://localhost:{}", self.entra)
    }

    /// Where Entra sends people back to.
    pub fn callback(&self) -> String {
        format!("{}/cdn-cgi/access/callback", self.team())
    }

    /// Root of the v4 API.
    pub fn api(&self) -> String {
        format!("{}/client/v4", self.team())
    }

    /// URL of an origin, as doorward reaches it.
    pub fn origin(port: u16) -> String {
        format!("https://127.0.0.1:{port}")
    }
}

#[cfg(test)]
mod tests {
    use super::Places;

    #[test]
    fn urls_carry_the_port_unless_it_is_the_default() {
        let places = Places::above(8440);
        assert_eq!(places.team(), "https://team.localhost:8443");
        assert_eq!(places.api(), "https://team.localhost:8443/client/v4");
        assert_eq!(places.entra(), "https://localhost:8444");
        assert_eq!(Places::above(440).callback(), "https://team.localhost/cdn-cgi/access/callback");
    }
}
