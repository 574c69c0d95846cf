//! `ip_list`: the client's address lies in one of the networks on a list.

use std::{net::IpAddr, sync::Arc};

use model::list::{Items, List};

use crate::{Facts, Reason, truth::Finding};

/// The networks of a list as sorted ranges that neither touch nor overlap. Rules that name the same list hold the same one.
#[derive(Debug, Clone)]
pub(crate) struct Within {
    v4: Arc<[Range<u32>]>,
    v6: Arc<[Range<u128>]>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Range<T> {
    first: T,
    last: T,
}

impl Within {
    /// Fails for a list of another kind.
    pub fn new(list: &List) -> Result<Self, Reason> {
        let Items::Ip(items) = &list.items else { return Err(Reason::ListOfAnotherKind) };
        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        for item in items {
            match item.value.bounds() {
                (IpAddr::V4(first), IpAddr::V4(last)) => v4.push(Range { first: first.into(), last: last.into() }),
                (IpAddr::V6(first), IpAddr::V6(last)) => v6.push(Range { first: first.into(), last: last.into() }),
                // A network has one family.
                _ => return Err(Reason::RuleUnreadable),
            }
        }
        Ok(Self { v4: merged(v4).into(), v6: merged(v6).into() })
    }
    pub fn judge(&self, facts: &Facts<'_>) -> Finding {
        match facts.request.ip.map(|ip| ip.to_canonical()) {
            Some(IpAddr::V4(ip)) => Finding::when(holds(&self.v4, ip.into())),
            Some(IpAddr::V6(ip)) => Finding::when(holds(&self.v6, ip.into())),
            None => Finding::unknown(Reason::AddressUnknown),
        }
    }
}

fn merged<T: Ord + Copy>(mut ranges: Vec<Range<T>>) -> Vec<Range<T>> {
    ranges.sort_unstable();
    let mut out: Vec<Range<T>> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match out.last_mut() {
            Some(open) if range.first <= open.last => open.last = open.last.max(range.last),
            _ => out.push(range),
        }
    }
    out
}

fn holds<T: Ord + Copy>(ranges: &[Range<T>], wanted: T) -> bool {
    let after = ranges.partition_point(|range| range.first <= wanted);
    after.checked_sub(1).is_some_and(|place| wanted <= ranges[place].last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merged_ranges_hold_exactly_what_the_ranges_held() {
        let range = |first, last| Range { first, last };
        for ranges in [
            vec![],
            vec![range(3u32, 3)],
            vec![range(8, 11), range(0, 15), range(4, 7)],
            vec![range(2, 5), range(4, 9), range(12, 12), range(14, 20)],
            vec![range(0, 3), range(4, 7)],
        ] {
            let merged = merged(ranges.clone());
            for n in 0..24 {
                let held = ranges.iter().any(|r| r.first <= n && n <= r.last);
                assert_eq!(holds(&merged, n), held, "{n} in {ranges:?}");
            }
        }
    }
}
