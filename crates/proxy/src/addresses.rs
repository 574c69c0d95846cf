//! Client addresses as origins are told them, kept for clients that come again soon.

use std::{cell::RefCell, net::IpAddr};

use http::HeaderValue;

use crate::headers;

/// Slots; a power of two.
const SLOTS: usize = 256;

/// Those of one thread's clients: one slot for all addresses that fall to it, the last one stays.
pub(crate) struct Addresses(RefCell<Vec<Option<(IpAddr, HeaderValue)>>>);

impl Default for Addresses {
    fn default() -> Self {
        Self(RefCell::new(vec![None; SLOTS]))
    }
}

impl Addresses {
    /// The address as a header's value.
    pub(crate) fn value(&self, ip: IpAddr) -> Option<HeaderValue> {
        let slot = &mut self.0.borrow_mut()[slot(ip)];
        if let Some((_, value)) = slot.as_ref().filter(|(held, _)| *held == ip) {
            return Some(value.clone());
        }
        let value = headers::address(ip)?;
        *slot = Some((ip, value.clone()));
        Some(value)
    }
}

fn slot(ip: IpAddr) -> usize {
    let bits = match ip {
        IpAddr::V4(v4) => v4.to_bits(),
        // Clients differ in the network's part as well as in the host's.
        IpAddr::V6(v6) => {
            v6.octets().chunks(4).fold(0, |sum: u32, part| sum.rotate_left(5) ^ part.iter().fold(0, |n, b| n << 8 | u32::from(*b)))
        }
    };
    (bits ^ bits >> 8 ^ bits >> 16) as usize % SLOTS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_is_told_as_it_is_also_where_several_share_a_slot() {
        let addresses = Addresses::default();
        let some = ["192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2", "::ffff:192.0.2.1"];
        let many = (0..2000u32).map(|n| IpAddr::V4(n.wrapping_mul(2_654_435_761).into()));
        for ip in some.iter().map(|t| t.parse().unwrap()).chain(many).chain(some.iter().map(|t| t.parse().unwrap())) {
            for _ in 0..2 {
                assert_eq!(addresses.value(ip).unwrap(), ip.to_string());
            }
        }
    }
}
