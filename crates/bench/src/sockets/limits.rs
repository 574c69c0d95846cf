//! How many sockets the machine allows.

use std::net::Ipv4Addr;

use anyhow::Result;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Descriptors that are needed beside those of sockets.
const OTHERS: u64 = 400;
/// Sockets towards one address: a system has about 28,000 local ports for each.
const AN_ADDRESS: usize = 20_000;

/// What is possible.
#[derive(Debug, PartialEq, Eq)]
pub struct Room {
    pub sockets: usize,
    pub descriptors: u64,
    pub addresses: Vec<Ipv4Addr>,
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
    let addresses = (1..=sockets.div_ceil(AN_ADDRESS).max(1)).map(|last| Ipv4Addr::new(127, 0, 0, last as u8)).collect();
    Room { sockets, descriptors, addresses }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_decides_how_many_sockets_there_are_and_over_how_many_addresses() {
        let room = of(50_000, 20_000);
        assert_eq!((room.sockets, room.addresses.len()), (9_800, 1));
        let room = of(50_000, 1_048_576);
        assert_eq!(
            (room.sockets, room.addresses),
            (50_000, vec![Ipv4Addr::new(127, 0, 0, 1), Ipv4Addr::new(127, 0, 0, 2), Ipv4Addr::new(127, 0, 0, 3)])
        );
    }
}
