//! What the service manager is told (sd_notify(3)): one datagram for each change of state.

use std::{
    ffi::OsStr,
    io,
    os::{
        linux::net::SocketAddrExt,
        unix::{
            ffi::OsStrExt,
            net::{SocketAddr, UnixDatagram},
        },
    },
};

/// Where the service manager listens, when there is one.
#[derive(Debug)]
pub struct ServiceManager(Option<(UnixDatagram, SocketAddr)>);

impl ServiceManager {
    /// At the address that `NOTIFY_SOCKET` holds; `@` begins an abstract one.
    pub fn at(address: Option<&OsStr>) -> io::Result<Self> {
        let Some(address) = address.map(OsStr::as_bytes).filter(|a| !a.is_empty()) else { return Ok(Self(None)) };
        let address = match address.strip_prefix(b"@") {
            Some(name) => SocketAddr::from_abstract_name(name)?,
            None => SocketAddr::from_pathname(OsStr::from_bytes(address))?,
        };
        Ok(Self(Some((UnixDatagram::unbound()?, address))))
    }

    /// It serves.
    pub fn ready(&self) {
        self.tell("READY=1\nSTATUS=Serving");
    }

    /// It stops.
    pub fn stopping(&self) {
        self.tell("STOPPING=1\nSTATUS=Letting requests finish");
    }

    /// Another process serves from now on.
    pub fn successor(&self, process: u32) {
        self.tell(&format!("MAINPID={process}\nREADY=1\nSTATUS=Serving"));
    }

    /// It is alive.
    pub fn alive(&self) {
        self.tell("WATCHDOG=1");
    }

    fn tell(&self, text: &str) {
        let Some((socket, address)) = &self.0 else { return };
        if let Err(error) = socket.send_to_addr(text.as_bytes(), address) {
            tracing::debug!(%error, "the service manager could not be told");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_state_is_one_datagram() {
        let name = format!("doorward-test-{}", rand::random::<u64>());
        let manager = UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
        let told = ServiceManager::at(Some(OsStr::new(&format!("@{name}")))).unwrap();
        told.ready();
        told.successor(42);
        let mut text = [0; 200];
        let mut next = || {
            let length = manager.recv(&mut text).unwrap();
            String::from_utf8_lossy(&text[..length]).into_owned()
        };
        assert_eq!(next(), "READY=1\nSTATUS=Serving");
        assert_eq!(next(), "MAINPID=42\nREADY=1\nSTATUS=Serving");
    }

    #[test]
    fn without_a_manager_nobody_is_told() {
        ServiceManager::at(None).unwrap().ready();
        ServiceManager::at(Some(OsStr::new(""))).unwrap().stopping();
    }
}
