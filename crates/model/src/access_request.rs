//! Somebody's wish to be let in for a while, and what approvers say to it ("Temporary authentication" of Cloudflare One).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{AppId, Email, GrantId, PolicyId, Timestamp, UserId};

/// Longest time for which approvers can let somebody in.
pub const LONGEST_SECS: i64 = 24 * 3600;
/// A request that nobody decided for so long is over.
pub const WAITS_SECS: i64 = 24 * 3600;
/// Requests that one person may make in a day.
pub const MOST_A_DAY: u64 = 20;

/// A request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessRequest {
    /// Id; cannot be guessed.
    pub id: GrantId,
    /// Who asks.
    pub user: UserId,
    /// Their address.
    pub email: Email,
    /// Their name.
    pub name: String,
    /// For which application.
    pub app: AppId,
    /// By which of its policies.
    pub policy: PolicyId,
    /// Why, in their words.
    pub purpose: Option<String>,
    /// For how long, in seconds.
    pub wanted_secs: i64,
    /// Where they wanted to go.
    pub return_to: String,
    /// What approvers said.
    pub votes: Vec<Vote>,
    /// How it stands.
    pub state: RequestState,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What an approver said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vote {
    /// Who.
    pub user: UserId,
    /// Their address, by which they may.
    pub email: Email,
    /// For how long they approve, in seconds; none refuses.
    pub approves_secs: Option<i64>,
    /// In their words.
    pub note: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// How a request stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum RequestState {
    /// Not everybody who is needed has approved.
    Waiting,
    /// Approved: this grant came of it.
    Approved {
        /// Which.
        grant: GrantId,
        /// Until when it was made to last.
        until: Timestamp,
    },
    /// An approver or an administrator refused.
    Refused {
        /// When.
        at: Timestamp,
        /// Why.
        note: Option<String>,
    },
}

impl AccessRequest {
    /// True while approvers may say something to it.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.state == RequestState::Waiting && now.secs_since(self.created_at) < WAITS_SECS
    }
    /// The stable name of its state: `waiting`, `approved`, `refused` or `expired`.
    pub fn state_name(&self, now: Timestamp) -> &'static str {
        match self.state {
            RequestState::Waiting if self.is_open(now) => "waiting",
            RequestState::Waiting => "expired",
            RequestState::Approved { .. } => "approved",
            RequestState::Refused { .. } => "refused",
        }
    }
}

/// An approval group with the addresses behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approvers {
    /// So many of them.
    pub needed: u32,
    /// Of these, folded.
    pub addresses: BTreeSet<String>,
}

/// What the votes come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tally {
    /// More are needed.
    Waiting,
    /// Everybody who is needed approved; the shortest time that any of them gave.
    Approved {
        /// That time.
        secs: i64,
    },
    /// Somebody refused.
    Refused,
}

/// Counts: every group needs its number of approvals, a person fills one place only, and at least one person approves. Whoever is in no
/// group any more does not count, nor does the person who asks.
pub fn tally(groups: &[Approvers], votes: &[Vote], requester: (UserId, &Email)) -> Tally {
    let counts = |vote: &&Vote| {
        let stranger = vote.user != requester.0 && vote.email != *requester.1;
        stranger && groups.iter().any(|group| group.addresses.contains(&vote.email.folded()))
    };
    let counted: Vec<&Vote> = votes.iter().filter(counts).collect();
    if counted.iter().any(|vote| vote.approves_secs.is_none()) {
        return Tally::Refused;
    }
    let mut people: Vec<&Vote> = Vec::new();
    for vote in counted {
        if !people.iter().any(|other| other.user == vote.user || other.email == vote.email) {
            people.push(vote);
        }
    }
    let places: Vec<&Approvers> =
        groups.iter().flat_map(|group| std::iter::repeat_n(group, group.needed.min(MOST_NEEDED) as usize)).collect();
    let shortest = people.iter().filter_map(|vote| vote.approves_secs).min();
    match shortest {
        Some(secs) if fills(&places, &people) => Tally::Approved { secs: secs.min(LONGEST_SECS) },
        _ => Tally::Waiting,
    }
}

/// Approvals that a group may need.
pub const MOST_NEEDED: u32 = 50;

/// True when every place can be given to somebody else: augmenting paths (Kuhn).
fn fills(places: &[&Approvers], people: &[&Vote]) -> bool {
    let mut held: Vec<Option<usize>> = vec![None; people.len()];
    (0..places.len()).all(|place| give(place, places, people, &mut held, &mut vec![false; people.len()]))
}

fn give(place: usize, places: &[&Approvers], people: &[&Vote], held: &mut [Option<usize>], seen: &mut [bool]) -> bool {
    for person in 0..people.len() {
        if seen[person] || !places[place].addresses.contains(&people[person].email.folded()) {
            continue;
        }
        seen[person] = true;
        let free = match held[person] {
            None => true,
            Some(other) => give(other, places, people, held, seen),
        };
        if free {
            held[person] = Some(place);
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(name: &str) -> Email {
        format!("{name}@harbourworks.example").parse().unwrap()
    }
    fn group(needed: u32, names: &[&str]) -> Approvers {
        Approvers { needed, addresses: names.iter().map(|name| at(name).folded()).collect() }
    }
    fn vote(name: &str, approves_secs: Option<i64>) -> Vote {
        let user = UserId::new(uuid::Uuid::new_v5(&uuid::Uuid::nil(), name.as_bytes()));
        Vote { user, email: at(name), approves_secs, note: None, at: Timestamp::default() }
    }

    #[test]
    fn every_group_needs_its_number_and_nobody_counts_twice() {
        let asks = (vote("mara", None).user, &at("mara"));
        let two = [group(1, &["ilo", "tessa"]), group(1, &["ilo", "bram"])];
        let yes = |names: &[&str]| names.iter().map(|name| vote(name, Some(3600))).collect::<Vec<_>>();
        let approved = Tally::Approved { secs: 3600 };
        for (groups, votes, expected) in [
            (&two[..1], yes(&[]), Tally::Waiting),
            (&two[..1], yes(&["ilo"]), approved),
            (&two[..1], yes(&["bram"]), Tally::Waiting),
            (&two[..], yes(&["ilo"]), Tally::Waiting),
            (&two[..], yes(&["ilo", "ilo"]), Tally::Waiting),
            (&two[..], yes(&["tessa", "bram"]), approved),
            (&two[..], yes(&["ilo", "tessa"]), approved),
            (&two[..], yes(&["ilo", "bram"]), approved),
            (&[group(1, &["mara", "ilo"])][..], yes(&["mara"]), Tally::Waiting),
            (&[group(0, &["ilo"])][..], yes(&[]), Tally::Waiting),
            (&[group(0, &["ilo"])][..], yes(&["ilo"]), approved),
            (&two[..], vec![vote("ilo", None), vote("bram", Some(60))], Tally::Refused),
            (&two[..], vec![vote("mara", None), vote("bram", Some(60))], Tally::Waiting),
            (&two[..1], vec![vote("ilo", Some(7 * 86_400))], Tally::Approved { secs: LONGEST_SECS }),
            (&two[..], vec![vote("tessa", Some(60)), vote("bram", Some(600))], Tally::Approved { secs: 60 }),
        ] {
            assert_eq!(tally(groups, &votes, asks), expected, "{groups:?} {votes:?}");
        }
    }
}
