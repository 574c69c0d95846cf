//! Who is provisioned: people and groups by number, in the form that Entra's default mapping sends them.

use serde_json::{Value, json};

const GIVEN: [&str; 16] =
    ["Mara", "Ilo", "Tessa", "Bram", "Noor", "Jonas", "Ayla", "Piet", "Hanna", "Emre", "Lotte", "Sven", "Amina", "Kees", "Rosa", "Tim"];
const FAMILY: [&str; 8] = ["Voss", "Lindqvist", "Haddad", "Brouwer", "Okafor", "Petersen", "Yilmaz", "de Wit"];

/// A number without order for each number: neither names nor object ids come in the order of creation.
pub fn scattered(n: u64) -> u64 {
    // The finaliser of SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators).
    let mut z = n.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn names(n: usize) -> (&'static str, &'static str) {
    (GIVEN[n % GIVEN.len()], FAMILY[(n / GIVEN.len()) % FAMILY.len()])
}

/// `userName` of a person.
pub fn user_name(n: usize) -> String {
    let (given, _) = names(n);
    format!("{}.{:012x}@harbourworks.example", given.to_lowercase(), scattered(n as u64) & 0xffff_ffff_ffff)
}

/// Object id of a person (even) or a group (odd), which is sent as `externalId`.
pub fn object_id(n: u64) -> String {
    let (high, low) = (scattered(n.wrapping_mul(3)), scattered(n.wrapping_mul(5).wrapping_add(1)));
    format!("{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}", high >> 32, (high >> 16) & 0xffff, high & 0xfff, low >> 52, low & 0xffff_ffff_ffff)
}

pub fn person_object_id(n: usize) -> String {
    object_id(n as u64 * 2)
}

/// The body that creates a person.
pub fn person(n: usize) -> Value {
    let (given, family) = names(n);
    let (user_name, number) = (user_name(n), n % 10_000);
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
        "externalId": person_object_id(n),
        "userName": user_name,
        "active": true,
        "displayName": format!("{given} {family}"),
        "title": "Harbour pilot",
        "emails": [{"primary": true, "type": "work", "value": user_name}],
        "meta": {"resourceType": "User"},
        "name": {"formatted": format!("{given} {family}"), "familyName": family, "givenName": given},
        "phoneNumbers": [{"type": "work", "value": format!("+31 10 555 {number:04}")}],
        "preferredLanguage": "en",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"employeeNumber": n.to_string(), "department": format!("Quay {}", n % 97)},
    })
}

/// `displayName` of a group.
pub fn group_name(n: usize) -> String {
    format!("Dock Crew {:05x}-{n}", scattered(n as u64) & 0xf_ffff)
}

/// The body that creates a group, without members.
pub fn group(n: usize) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group", "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
        "externalId": object_id(n as u64 * 2 + 1),
        "displayName": group_name(n),
        "meta": {"resourceType": "Group"},
    })
}

/// Who is in a group, when each of `people` is in `memberships` of `groups`. Rounds of groups share all people among them; in each round
/// a person stands elsewhere, so that members of a group have nothing else in common.
pub fn members_of(group: usize, people: usize, groups: usize, memberships: usize) -> Vec<usize> {
    let in_round = (groups / memberships).max(1);
    let (round, place) = (group / in_round, group % in_round);
    if round >= memberships {
        return Vec::new();
    }
    let step = step(people, round);
    let (first, end) = (people * place / in_round, people * (place + 1) / in_round);
    (first..end).map(|at| (at as u128 * step as u128 % people as u128) as usize).collect()
}

/// A step that visits everybody once.
fn step(people: usize, round: usize) -> usize {
    let mut step = (scattered(round as u64 + 7) % people.max(1) as u64) as usize | 1;
    while gcd(step, people) != 1 {
        step += 2;
    }
    step
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn everybody_is_in_as_many_groups_as_was_said() {
        for (people, groups, memberships) in [(1_000, 20, 5), (1_000, 40, 40), (360, 100, 10), (77, 7, 7)] {
            let mut of = vec![0; people];
            for group in 0..groups {
                let members = members_of(group, people, groups, memberships);
                assert_eq!(members.iter().collect::<HashSet<_>>().len(), members.len(), "nobody twice");
                members.into_iter().for_each(|person| of[person] += 1);
            }
            assert!(of.iter().all(|count| *count == memberships), "{people} {groups} {memberships}: {of:?}");
        }
    }

    #[test]
    fn names_and_object_ids_are_unique() {
        let names: HashSet<_> = (0..100_000).map(user_name).collect();
        let ids: HashSet<_> = (0..100_000).map(object_id).collect();
        assert_eq!((names.len(), ids.len()), (100_000, 100_000));
        assert_eq!(object_id(3).len(), 36);
    }
}
