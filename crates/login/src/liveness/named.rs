//! The groups that matter: those that a rule of the configuration names. Others may come and go.

use std::collections::BTreeSet;

use model::{
    IdpId, ObjectId,
    identity::{Groups, GroupsUnknown},
    rule::{Rule, RuleSet},
};
use store::Snapshot;

/// What became of the groups that rules name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Compared {
    /// Nothing that a rule asks about.
    Same,
    /// Not told now, although it was at the sign-in.
    NotTold(GroupsUnknown),
    /// The person is in other groups than at the sign-in. A group that was gained counts as well: a block may name it.
    Changed {
        /// Groups that they left.
        left: Vec<ObjectId>,
        /// Groups that they joined.
        joined: Vec<ObjectId>,
    },
}

/// The groups of a provider that any policy or rule group names.
pub(super) fn named(snapshot: &Snapshot, idp: &IdpId) -> BTreeSet<ObjectId> {
    let policies = snapshot.policies.values().map(|policy| &policy.rules);
    let groups = snapshot.access_groups.values().map(|group| &group.rules);
    let rules = policies.chain(groups).flat_map(|RuleSet { include, require, exclude }| include.iter().chain(require).chain(exclude));
    rules
        .filter_map(|rule| match rule {
            Rule::AzureGroup { id, identity_provider_id } if identity_provider_id == idp => Some(*id),
            _ => None,
        })
        .collect()
}

/// Holds what is told now against the sign-in. Groups that were not known then satisfied no rule, so that nothing can be lost.
pub(super) fn compare(then: &Groups, now: &Groups, named: &BTreeSet<ObjectId>) -> Compared {
    if named.is_empty() || matches!(then, Groups::Unknown { .. }) {
        return Compared::Same;
    }
    let (mut left, mut joined) = (Vec::new(), Vec::new());
    for id in named {
        match (then.contains(id), now.contains(id)) {
            (Some(true), Some(false)) => left.push(*id),
            (Some(false), Some(true)) => joined.push(*id),
            _ => {}
        }
    }
    match now {
        // Reading groups was switched off since: what was read at the sign-in stands until the next one.
        Groups::Unknown { reason: GroupsUnknown::NotRequested, .. } => Compared::Same,
        Groups::Unknown { reason, .. } => Compared::NotTold(reason.clone()),
        Groups::Known { .. } if left.is_empty() && joined.is_empty() => Compared::Same,
        Groups::Known { .. } => Compared::Changed { left, joined },
    }
}

#[cfg(test)]
mod tests {
    use model::{
        Timestamp,
        identity::{DirectoryGroup, GroupSource},
    };

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(0);

    fn object(n: u8) -> ObjectId {
        format!("00000000-0000-4000-8000-0000000000{n:02x}").parse().unwrap()
    }
    fn known(list: &[u8]) -> Groups {
        Groups::known(list.iter().map(|n| DirectoryGroup { id: object(*n), name: None }).collect(), GroupSource::Token, NOW)
    }
    fn unknown(reason: GroupsUnknown) -> Groups {
        Groups::Unknown { reason, at: NOW }
    }

    #[test]
    fn only_groups_that_rules_name_count_and_both_ways() {
        let rules: BTreeSet<ObjectId> = [object(1), object(2)].into();
        let changed = |left: &[u8], joined: &[u8]| Compared::Changed {
            left: left.iter().copied().map(object).collect(),
            joined: joined.iter().copied().map(object).collect(),
        };
        for (then, now, expected) in [
            (known(&[1]), known(&[1]), Compared::Same),
            (known(&[1, 9]), known(&[1, 8]), Compared::Same),
            (known(&[1]), known(&[]), changed(&[1], &[])),
            (known(&[1]), known(&[1, 2]), changed(&[], &[2])),
            (known(&[1]), known(&[2]), changed(&[1], &[2])),
            (known(&[]), known(&[7]), Compared::Same),
            (known(&[1]), unknown(GroupsUnknown::GraphFailed), Compared::NotTold(GroupsUnknown::GraphFailed)),
            (known(&[]), unknown(GroupsUnknown::Incomplete), Compared::NotTold(GroupsUnknown::Incomplete)),
            (known(&[1]), unknown(GroupsUnknown::NotRequested), Compared::Same),
            (unknown(GroupsUnknown::GraphFailed), known(&[1]), Compared::Same),
            (unknown(GroupsUnknown::GraphFailed), unknown(GroupsUnknown::GraphFailed), Compared::Same),
        ] {
            assert_eq!(compare(&then, &now, &rules), expected, "{then:?} {now:?}");
        }
        assert_eq!(compare(&known(&[1]), &unknown(GroupsUnknown::GraphFailed), &BTreeSet::new()), Compared::Same);
    }
}
