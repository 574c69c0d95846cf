//! How often somebody may knock: the generic cell rate algorithm over a fixed number of cells.
//!
//! A key is hashed with a secret seed into one cell of each of two rows; the less used one counts. So memory is bounded whoever comes, and
//! somebody who fills cells on purpose does not know whose they are. Two keys that share both cells share their allowance, which only strangers
//! by the ten thousand can bring about.

use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher, Hash},
    net::IpAddr,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use super::Networks;
use crate::config::Rates;

const CELLS: usize = 1 << 14;
const MINUTE_NANOS: u64 = 60_000_000_000;

/// Calls of one kind, so many in a minute for each key; a minute's worth may come at once.
struct Rate {
    /// Nanoseconds from one call to the next at the steady rate.
    apart: u64,
    rows: [(RandomState, Box<[AtomicU64]>); 2],
}

impl Rate {
    fn per_minute(calls: u32) -> Option<Self> {
        let apart = MINUTE_NANOS.checked_div(calls.into())?;
        let row = || (RandomState::new(), (0..CELLS).map(|_| AtomicU64::new(0)).collect());
        Some(Self { apart, rows: [row(), row()] })
    }

    /// Takes a call at `now` (nanoseconds since some start), or tells how long to wait.
    fn take(&self, key: impl Hash, now: u64) -> Result<(), Duration> {
        let cells = self.rows.each_ref().map(|(seed, row)| &row[usize::try_from(seed.hash_one(&key)).unwrap_or(0) % CELLS]);
        let least = cells.iter().map(|cell| cell.load(Ordering::Relaxed)).min().unwrap_or(0).max(now);
        let next = least + self.apart;
        let full = now + MINUTE_NANOS;
        if next > full {
            return Err(Duration::from_nanos(next - full));
        }
        // Two calls in the same instant may count as one: that is no harm here.
        for cell in cells {
            cell.fetch_max(next, Ordering::Relaxed);
        }
        Ok(())
    }
}

/// What is asked of a control surface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A sign-in begins.
    SignIn,
    /// Somebody comes back from a provider.
    Callback,
    /// A call of the API.
    Api,
    /// A call of SCIM.
    Scim,
}

/// Who knocked how often.
pub(crate) struct Knocks {
    began: Instant,
    networks: Networks,
    sign_in: Option<Rate>,
    callback: Option<Rate>,
    api_token: Option<Rate>,
    api_client: Option<Rate>,
    scim_client: Option<Rate>,
}

impl Knocks {
    pub(crate) fn new(rates: &Rates, networks: Networks) -> Self {
        Self {
            began: Instant::now(),
            networks,
            sign_in: Rate::per_minute(rates.sign_in),
            callback: Rate::per_minute(rates.callback),
            api_token: Rate::per_minute(rates.api_token),
            api_client: Rate::per_minute(rates.api_client),
            scim_client: Rate::per_minute(rates.scim_client),
        }
    }

    /// The network of a client's address.
    pub(crate) fn network(&self, ip: IpAddr) -> IpAddr {
        self.networks.of(ip)
    }

    /// Takes a call, or tells how long to wait. Whose address nobody knows shares one allowance with all such.
    pub(crate) fn knock(&self, kind: Kind, client: Option<IpAddr>, credential: Option<&[u8]>) -> Result<(), Duration> {
        let now = u64::try_from(self.began.elapsed().as_nanos()).unwrap_or(u64::MAX / 2);
        let network = client.map(|ip| self.networks.of(ip));
        let take = |rate: &Option<Rate>| rate.as_ref().map_or(Ok(()), |rate| rate.take(network, now));
        match kind {
            Kind::SignIn => take(&self.sign_in),
            Kind::Callback => take(&self.callback),
            Kind::Scim => take(&self.scim_client),
            Kind::Api => {
                take(&self.api_client)?;
                let token = self.api_token.as_ref().zip(credential);
                token.map_or(Ok(()), |(rate, credential)| rate.take(credential, now))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    #[test]
    fn a_minutes_worth_comes_at_once_and_then_one_at_a_time() {
        let rate = Rate::per_minute(60).unwrap();
        let at = 1000 * SECOND;
        for call in 0..60 {
            assert_eq!(rate.take("mara", at), Ok(()), "call {call}");
        }
        assert_eq!(rate.take("mara", at), Err(Duration::from_secs(1)));
        assert_eq!(rate.take("mara", at + SECOND), Ok(()));
        assert_eq!(rate.take("mara", at + SECOND), Err(Duration::from_secs(1)));
        assert_eq!(rate.take("ilo", at), Ok(()), "others are not concerned");
        assert_eq!((0..61).filter(|_| rate.take("mara", at + 200 * SECOND).is_ok()).count(), 60, "it fills up again, and no further");
    }

    #[test]
    fn nobody_is_counted_where_there_is_no_rule() {
        assert!(Rate::per_minute(0).is_none());
    }

    #[test]
    fn a_flood_of_keys_leaves_others_their_allowance() {
        let rate = Rate::per_minute(600).unwrap();
        let at = 1000 * SECOND;
        for stranger in 0..5000u32 {
            for _ in 0..5 {
                assert_eq!(rate.take(stranger, at), Ok(()));
            }
        }
        assert_eq!((0..590).filter(|_| rate.take("mara", at).is_ok()).count(), 590);
    }

    #[test]
    fn entras_bursts_pass_the_rule_of_scim() {
        let text = "[team]\ndomain = \"team.example\"\n[tls.local_ca]\ndomains = [\"example\"]\n[store]\ndirectory = \"d\"\nsealing_key_file = \"k\"";
        let rates = crate::Config::parse(text, std::path::Path::new(".")).unwrap().limits.rates;
        let rate = Rate::per_minute(rates.scim_client).unwrap();
        // Ten minutes of a hundred calls a second: four times what Microsoft tells an endpoint to expect.
        let passed = (0..60_000u64).all(|call| rate.take("entra", call * SECOND / 100).is_ok());
        assert!(passed);
    }

    #[test]
    fn a_token_is_counted_wherever_it_comes_from() {
        let networks = Networks { ipv4: 32, ipv6: 64 };
        let knocks = Knocks::new(&Rates { sign_in: 0, callback: 0, api_token: 2, api_client: 0, scim_client: 0 }, networks);
        let call = |ip: [u8; 4], token: &[u8]| knocks.knock(Kind::Api, Some(ip.into()), Some(token)).is_ok();
        assert!(call([192, 0, 2, 1], b"one") && call([192, 0, 2, 2], b"one"));
        assert!(!call([192, 0, 2, 3], b"one"));
        assert!(call([192, 0, 2, 3], b"two"));
    }
}
