//! Open connections, in all and of each client network.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use parking_lot::Mutex;

use crate::config::Limits;

/// Descriptors that are not for connections: the store, logs, calls of our own.
const KEPT_FILES: u64 = 256;
/// When the system sets no limit.
const MOST: u32 = 1_000_000;
const SHARDS: usize = 16;

/// How long a client network's prefix is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Networks {
    pub ipv4: u8,
    pub ipv6: u8,
}

impl Networks {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self { ipv4: limits.client_prefix_ipv4, ipv6: limits.client_prefix_ipv6 }
    }

    /// The network of an address; IPv4 in its IPv6 form is IPv4.
    pub(crate) fn of(self, ip: IpAddr) -> IpAddr {
        match ip.to_canonical() {
            IpAddr::V4(ip) => IpAddr::V4(Ipv4Addr::from_bits(ip.to_bits() & mask32(self.ipv4))),
            IpAddr::V6(ip) => IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() & mask128(self.ipv6))),
        }
    }
}

fn mask32(length: u8) -> u32 {
    u32::MAX.checked_shl(32u32.saturating_sub(length.into())).unwrap_or(0)
}

fn mask128(length: u8) -> u128 {
    u128::MAX.checked_shl(128u32.saturating_sub(length.into())).unwrap_or(0)
}

/// How many connections there may be in all: as configured, else as the open files allow when each connection has one to an origin.
pub(crate) fn most_connections(limits: &Limits) -> u32 {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let has = getrlimit(Resource::Nofile);
    // What the administrator allows at most is ours to take; when that fails, what there is will do.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: has.maximum, maximum: has.maximum });
    let files = getrlimit(Resource::Nofile).current;
    let allowed = files.map_or(MOST, |files| u32::try_from(files.saturating_sub(KEPT_FILES) / 2).unwrap_or(MOST).clamp(64, MOST));
    if limits.connections == 0 { allowed } else { limits.connections }
}

/// Counts of open connections.
pub(crate) struct Clients {
    networks: Networks,
    most: u32,
    most_of_one: u32,
    open: AtomicU32,
    of_each: [Mutex<HashMap<IpAddr, u32>>; SHARDS],
}

/// One open connection; counted until it is dropped.
pub(crate) struct Lease {
    clients: Arc<Clients>,
    network: Option<IpAddr>,
}

/// Why a connection is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Crowded {
    /// Too many in all.
    #[error("there are as many connections as there may be")]
    All,
    /// Too many of one network.
    #[error("the client's network has as many connections as it may have")]
    Network,
}

impl Clients {
    pub(crate) fn new(limits: &Limits, most: u32) -> Arc<Self> {
        Arc::new(Self {
            networks: Networks::new(limits),
            most,
            most_of_one: if limits.connections_per_client == 0 { u32::MAX } else { limits.connections_per_client },
            open: AtomicU32::new(0),
            of_each: Default::default(),
        })
    }

    /// Open connections.
    #[cfg(test)]
    pub(crate) fn open(&self) -> u32 {
        self.open.load(Ordering::Relaxed)
    }

    /// Counts a connection in. Without a client it is one of a trusted peer, which speaks for many.
    pub(crate) fn admit(self: &Arc<Self>, client: Option<IpAddr>) -> Result<Lease, Crowded> {
        if self.open.fetch_add(1, Ordering::Relaxed) >= self.most {
            self.open.fetch_sub(1, Ordering::Relaxed);
            return Err(Crowded::All);
        }
        // From here on dropping it counts it out again.
        let mut lease = Lease { clients: Arc::clone(self), network: None };
        if let Some(network) = client.map(|ip| self.networks.of(ip)) {
            let mut counts = self.shard(network).lock();
            let count = counts.entry(network).or_insert(0);
            if *count >= self.most_of_one {
                drop(counts);
                return Err(Crowded::Network);
            }
            *count += 1;
            lease.network = Some(network);
        }
        Ok(lease)
    }

    fn shard(&self, network: IpAddr) -> &Mutex<HashMap<IpAddr, u32>> {
        let bits = match network {
            IpAddr::V4(ip) => u128::from(ip.to_bits()),
            IpAddr::V6(ip) => ip.to_bits() ^ (ip.to_bits() >> 64),
        };
        let number = usize::try_from((bits ^ (bits >> 8) ^ (bits >> 16)) % SHARDS as u128).unwrap_or(0);
        &self.of_each[number]
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.clients.open.fetch_sub(1, Ordering::Relaxed);
        let Some(network) = self.network else { return };
        let mut counts = self.clients.shard(network).lock();
        if let Some(count) = counts.get_mut(&network) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&network);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clients(most: u32, most_of_one: u32) -> Arc<Clients> {
        let networks = Networks { ipv4: 24, ipv6: 64 };
        Arc::new(Clients { networks, most, most_of_one, open: AtomicU32::new(0), of_each: Default::default() })
    }

    fn ip(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn networks_are_cut_at_their_prefix() {
        let of = |ipv4, ipv6, address: &str| Networks { ipv4, ipv6 }.of(address.parse().unwrap()).to_string();
        assert_eq!(of(32, 64, "192.0.2.77"), "192.0.2.77");
        assert_eq!(of(24, 64, "::ffff:192.0.2.77"), "192.0.2.0");
        assert_eq!(of(8, 64, "192.0.2.77"), "192.0.0.0");
        assert_eq!(of(32, 64, "2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(of(32, 128, "2001:db8::6"), "2001:db8::6");
        assert_eq!(of(32, 16, "2001:db8::6"), "2001::");
    }

    #[test]
    fn one_network_cannot_take_all_connections_and_gets_back_what_it_gives_up() {
        let clients = clients(5, 2);
        let one = clients.admit(ip("192.0.2.1")).ok().unwrap();
        let two = clients.admit(ip("192.0.2.2")).ok().unwrap();
        assert_eq!(clients.admit(ip("192.0.2.3")).err(), Some(Crowded::Network));
        let _other = clients.admit(ip("198.51.100.1")).ok().unwrap();
        drop(one);
        let _again = clients.admit(ip("192.0.2.3")).ok().unwrap();
        assert_eq!(clients.open(), 3);
        drop(two);
        assert_eq!(clients.open(), 2);
    }

    #[test]
    fn a_trusted_peer_is_bounded_by_the_whole_only() {
        let clients = clients(3, 1);
        let held: Vec<_> = (0..3).map(|_| clients.admit(None).ok().unwrap()).collect();
        assert_eq!(clients.admit(None).err(), Some(Crowded::All));
        assert_eq!(clients.admit(ip("192.0.2.1")).err(), Some(Crowded::All));
        drop(held);
        assert_eq!(clients.open(), 0);
        assert!(clients.of_each.iter().all(|shard| shard.lock().is_empty()));
    }
}
