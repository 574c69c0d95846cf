//! Which policies name a directory group: a table made for asking about many groups of which few are named.

use std::collections::BTreeMap;

use model::{IdpId, ObjectId};

use super::{Key, Naming};

/// Words of the sieve: of the groups that are not named one in so many gets through it as there are bits for each named one.
const SIEVE: usize = 1024;
/// Places of the table for each named group.
const ROOM: usize = 4;

/// Groups with the policies that name them.
#[derive(Debug)]
pub(super) struct Named {
    entries: Box<[(Key, Box<[Naming]>)]>,
    /// A bit for the hash of each entry: most groups are known here to be named by nobody.
    sieve: Box<[u64; SIEVE]>,
    /// One more than the place of an entry, from where its hash points on; 0 is nothing.
    table: Box<[u32]>,
}

impl Named {
    pub fn new(named: BTreeMap<Key, Vec<Naming>>) -> Self {
        let places = (named.len() * ROOM).next_power_of_two().max(2);
        let (mut sieve, mut table) = (Box::new([0; SIEVE]), vec![0; places]);
        for (number, (_, group)) in (1u32..).zip(named.keys()) {
            let hash = hash(group);
            let (word, bit) = in_sieve(hash);
            sieve[word] |= bit;
            let mut place = in_table(hash, places);
            while table[place] != 0 {
                place = (place + 1) % places;
            }
            table[place] = number;
        }
        let entries = named.into_iter().map(|(key, namings)| (key, namings.into())).collect();
        Self { entries, sieve, table: table.into() }
    }

    /// False for nearly all groups that no policy names, and for no other.
    #[inline]
    pub fn may_hold(&self, group: &ObjectId) -> bool {
        let (word, bit) = in_sieve(hash(group));
        self.sieve[word] & bit != 0
    }

    /// The policies that name this group of this provider.
    pub fn get(&self, idp: &IdpId, group: &ObjectId) -> &[Naming] {
        let mut place = in_table(hash(group), self.table.len());
        while let Some(number) = self.table[place].checked_sub(1) {
            let ((of, id), namings) = &self.entries[number as usize];
            if id == group && of == idp {
                return namings;
            }
            place = (place + 1) % self.table.len();
        }
        &[]
    }
}

/// Object ids are random: their last eight bytes serve as they are.
#[inline]
const fn hash(group: &ObjectId) -> u64 {
    group.uuid().as_u64_pair().1
}

#[inline]
const fn in_sieve(hash: u64) -> (usize, u64) {
    ((hash >> 6) as usize % SIEVE, 1 << (hash % 64))
}

const fn in_table(hash: u64, places: usize) -> usize {
    (hash >> 16) as usize % places
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn each_named_group_is_found_by_its_provider_and_no_other_group_is() {
        let idp = |n: u128| IdpId::new(Uuid::from_u128(n));
        // Ids of which many agree in the bits that are looked at.
        let group = |n: u128| ObjectId::new(Uuid::from_u128(n << 14));
        for many in [0u16, 1, 7, 300] {
            // Half of the groups are named for two providers.
            let keys = (0..many).flat_map(|n| (0..=u128::from(n % 2)).map(move |of| ((idp(of), group(n.into())), n)));
            let named = Named::new(keys.map(|(key, place)| (key, vec![Naming { place, condition: 0 }])).collect());
            for n in 0..many * 2 + 50 {
                for of in 0..3 {
                    let found: Vec<u16> = named.get(&idp(of), &group(n.into())).iter().map(|naming| naming.place).collect();
                    assert!(found.is_empty() || named.may_hold(&group(n.into())));
                    let expected = n < many && (of == 0 || of == 1 && n % 2 == 1);
                    assert_eq!(found, if expected { vec![n] } else { vec![] }, "{n} of {of}");
                }
            }
        }
    }
}
