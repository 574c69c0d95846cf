//! Numbering and trimming of the feed.

use model::{UserId, change::ChangeKind};
use rusqlite::Connection;

use super::*;
use crate::{SealingKey, migrate::in_memory, seal::Rings};

fn rings() -> Rings {
    Rings::derive(&SealingKey::from_bytes([1; 32]))
}

/// A feed whose change number n is n seconds old.
fn feed<'a>(connection: &'a Connection, rings: &'a Rings, length: u64) -> Reader<'a> {
    let reader = Reader::new(connection, rings);
    reader.run(&sql::START, &[7.into()]).unwrap();
    for n in 1..=length {
        let kind = ChangeKind::User { user_id: UserId::random() };
        let pending = [Pending { kind, at: Timestamp::from_secs(signed(n)), delta: None, event: None }];
        assert_eq!(reader.append(&pending).unwrap()[0].seq, n);
    }
    reader
}

fn left(reader: &Reader<'_>) -> Vec<u64> {
    reader.changes_after(0, 10_000).unwrap().iter().map(|c| c.seq).collect()
}

#[test]
fn changes_come_back_as_they_were_told() {
    let (connection, rings) = (in_memory(), rings());
    let reader = feed(&connection, &rings, 3);
    let kind = ChangeKind::Object { noun: "app".to_owned(), id: "x".to_owned() };
    let told = reader.append(&[Pending { kind, at: Timestamp::from_secs(9), delta: None, event: None }]).unwrap();
    assert_eq!(reader.changes_after(3, 10).unwrap(), told);
    assert_eq!((reader.head().unwrap(), reader.config_seq().unwrap()), (4, 0));
    assert_eq!(reader.append(&[]).unwrap(), []);
}

#[test]
fn old_and_surplus_changes_go_but_never_the_last() {
    for (since, rows, expected) in
        [(0, 100, 1..=10), (4, 100, 4..=10), (0, 3, 8..=10), (9, 5, 9..=10), (4, 2, 9..=10), (99, 100, 10..=10), (0, 0, 10..=10)]
    {
        let (connection, rings) = (in_memory(), rings());
        let reader = feed(&connection, &rings, 10);
        reader.trim_to(Timestamp::from_secs(since), rows).unwrap();
        assert_eq!(left(&reader), expected.collect::<Vec<_>>(), "since {since}, at most {rows}");
        assert_eq!(reader.head().unwrap(), 10);
    }
}

#[test]
fn trimming_goes_some_at_a_time() {
    let (connection, rings) = (in_memory(), rings());
    let reader = feed(&connection, &rings, 2_500);
    assert_eq!(reader.trim_to(Timestamp::from_secs(9_999), 1).unwrap(), TRIMMED_AT_ONCE);
    assert_eq!(reader.trim_to(Timestamp::from_secs(9_999), 1).unwrap(), 499);
    assert_eq!(reader.trim_to(Timestamp::from_secs(9_999), 1).unwrap(), 0);
    assert_eq!(left(&reader), [2_500]);
    assert_eq!(feed(&in_memory(), &rings, 0).trim_to(Timestamp::from_secs(9_999), 1).unwrap(), 0);
}
