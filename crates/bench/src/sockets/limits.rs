//! How many sockets the machine allows.

use std::net::Ipv4Addr;

use anyhow::Result;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Descriptors that are needed beside those of sockets.
const OTHERS: u64 = 400;
/// Sockets towards one address of an origin: a system has about 28,000 local ports for each.
const AN_ORIGIN: usize = 20_000;
/// Sockets from one address: doorward lets a client network have 4,000 connections.
const A_CLIENT: usize = 1_000;

/// What is possible.
#[derive(Debug, PartialEq, Eq)]
pub struct Room {
    pub sockets: usize,
    pub descriptors: u64,
    pub origins: Vec<Ipv4Addr>,
    pub clients: Vec<Ipv4Addr>,
}

/// Raises the limit of descriptors to the hard one, for this process and those it starts, and says how many WebSockets that allows.
pub fn room(wanted: usize) -> Result<Room> {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum })?;
    Ok(of(wanted, limit.maximum.unwrap_or(u64::MAX)))
}

/// A WebSocket takes two descriptors of the proxy, and two here: the client's end and the origin's.
fn of(wanted: usize, descriptors: u64) -> Room {
    let possible = usize::try_from(descriptors.saturating_sub(OTHERS) / 2).unwrap_or(usize::MAX);
    let sockets = wanted.min(possible);
    let addresses = |third: u8, each: usize| (1..=sockets.div_ceil(each)).map(|last| Ipv4Addr::new(127, 0, third, last as u8)).collect();
    Room { sockets, descriptors, origins: addresses(0, AN_ORIGIN), clients: addresses(1, A_CLIENT) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_decides_how_many_sockets_there_are_and_over_how_many_addresses() {
        let room = of(50_000, 20_000);
        assert_eq!((room.sockets, room.origins.len(), room.clients.len()), (9_800, 1, 10));
        let room = of(50_000, 1_048_576);
        assert_eq!((room.sockets, room.origins.len(), room.clients.len()), (50_000, 3, 50));
        assert_eq!((room.origins[2], room.clients[49]), (Ipv4Addr::new(127, 0, 0, 3), Ipv4Addr::new(127, 0, 1, 50)));
    }
}
