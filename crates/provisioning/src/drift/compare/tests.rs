//! The comparison as a table: Harbour Works, one person a line.

use std::convert::Infallible;

use model::Timestamp;

use super::*;

fn oid(number: u32) -> ObjectId {
    format!("00000000-0000-4000-8000-{number:012x}").parse().unwrap()
}

fn sid(number: u32) -> ScimId {
    format!("00000000-0000-4000-9000-{number:012x}").parse().unwrap()
}

fn upn(number: u32) -> String {
    format!("Person{number}@harbourworks.example")
}

/// In the directory; with `None` a person of whom only the object id is told.
fn there(number: u32, enabled: Option<bool>) -> Member {
    let told = enabled.is_some();
    Member { id: oid(number), upn: told.then(|| upn(number)), name: told.then(|| format!("Person {number}")), enabled }
}

/// Sent with Entra's default mapping: no object id.
fn weak(number: u32) -> Sent {
    let name = Some(format!("Person {number}"));
    Sent { id: sid(number), object_id: None, user_name: Some(upn(number).to_uppercase()), name, active: true }
}

fn strong(number: u32) -> Sent {
    Sent { object_id: Some(oid(number)), user_name: Some("renamed@harbourworks.example".into()), ..weak(number) }
}

fn filled(number: u32) -> ExpandedMember {
    ExpandedMember { object_id: oid(number), user: Some(sid(number)), display: None, since: Timestamp::from_secs(0) }
}

fn provisioned(person: &Member) -> Result<Option<ScimId>, Infallible> {
    // Everybody but person 9 was sent; without a user principal name nobody is found.
    Ok((person.id != oid(9) && person.upn.is_some()).then(|| sid(1)))
}

#[test]
fn each_person_is_in_one_class_or_none() {
    let yes = Some(true);
    for (case, scim, fill, directory, direct, nested, expected) in [
        ("nobody", vec![], vec![], vec![], vec![], vec![], ([0; 6], vec![])),
        ("the same by object id", vec![strong(1)], vec![], vec![there(1, yes)], vec![1], vec![], ([0; 6], vec![])),
        ("the same by user principal name", vec![weak(1)], vec![], vec![there(1, yes)], vec![1], vec![], ([0; 6], vec![])),
        (
            "only in a nested group",
            vec![weak(1)],
            vec![],
            vec![there(1, yes), there(2, yes)],
            vec![1],
            vec![("Night Pilots", 2)],
            ([1, 0, 0, 0, 0, 0], vec![(Difference::Nested, 2, true, 1)]),
        ),
        (
            "nested and not provisioned",
            vec![],
            vec![],
            vec![there(9, yes)],
            vec![],
            vec![("Night Pilots", 9), ("Day Pilots", 9)],
            ([1, 0, 0, 0, 0, 0], vec![(Difference::Nested, 9, false, 2)]),
        ),
        (
            "a direct member not sent",
            vec![],
            vec![],
            vec![there(3, yes)],
            vec![3],
            vec![("Night Pilots", 3)],
            ([0, 1, 0, 0, 0, 0], vec![(Difference::NotSent, 3, true, 0)]),
        ),
        ("left", vec![weak(4)], vec![], vec![], vec![], vec![], ([0, 0, 1, 0, 0, 0], vec![(Difference::Extra, 4, true, 0)])),
        ("left and inactive", vec![Sent { active: false, ..weak(4) }], vec![], vec![], vec![], vec![], ([0; 6], vec![])),
        ("disabled and not sent", vec![], vec![], vec![there(5, Some(false))], vec![5], vec![], ([0, 0, 0, 1, 0, 0], vec![])),
        ("disabled and sent", vec![weak(5)], vec![], vec![there(5, Some(false))], vec![5], vec![], ([0; 6], vec![])),
        ("filled in", vec![], vec![filled(6)], vec![there(6, yes)], vec![], vec![("Night Pilots", 6)], ([0, 0, 0, 0, 1, 0], vec![])),
        ("filled in and sent", vec![weak(6)], vec![filled(6)], vec![there(6, yes)], vec![6], vec![], ([0; 6], vec![])),
        (
            "filled in and left",
            vec![],
            vec![filled(7)],
            vec![],
            vec![],
            vec![],
            ([0, 0, 1, 0, 0, 0], vec![(Difference::Extra, 7, true, 0)]),
        ),
        ("told by object id only, tied by it", vec![strong(8)], vec![], vec![there(8, None)], vec![], vec![], ([0; 6], vec![])),
        // Person 4 may be person 8: neither missing nor too many.
        ("told by object id only, tied by name", vec![weak(4)], vec![], vec![there(8, None)], vec![], vec![], ([0, 0, 0, 0, 0, 1], vec![])),
        (
            "told by object id only, and another one left",
            vec![strong(4)],
            vec![],
            vec![there(8, None)],
            vec![],
            vec![],
            ([0, 0, 1, 0, 0, 1], vec![(Difference::Extra, 4, true, 0)]),
        ),
        (
            // The user principal name of a colleague who is somebody else by object id.
            "two people, one name",
            vec![Sent { user_name: Some(upn(2)), ..strong(1) }],
            vec![],
            vec![there(1, yes), there(2, yes)],
            vec![1, 2],
            vec![],
            ([0, 1, 0, 0, 0, 0], vec![(Difference::NotSent, 2, true, 0)]),
        ),
    ] {
        let direct: HashSet<ObjectId> = direct.into_iter().map(oid).collect();
        let nested: Vec<_> =
            nested.into_iter().map(|(name, number): (&str, u32)| (name.to_owned(), HashSet::from([oid(number)]))).collect();
        let sides = Sides { scim: &scim, filled: &fill, directory: &directory, direct: &direct, nested: &nested };
        let Ok(found) = compare(sides, provisioned);
        let counts = [found.nested, found.not_sent, found.extra, found.disabled, found.filled, found.unreadable];
        let people: Vec<_> = found
            .people
            .iter()
            .map(|person| {
                let is = |number: &u32| person.object_id.map_or(person.scim_id == Some(sid(*number)), |id| id == oid(*number));
                let number = (1..10).find(is);
                (person.kind, number.unwrap(), person.scim_id.is_some(), person.through.len())
            })
            .collect();
        assert_eq!((counts, people), expected, "{case}");
        assert_eq!((found.scim, found.directory), (scim.len(), directory.len()), "{case}");
    }
}

#[test]
fn guests_are_sent_without_what_marks_them() {
    let guest = Member { upn: Some("gil_partner.example#EXT#@harbourworks.example".into()), ..there(1, Some(true)) };
    let sent = Sent { user_name: Some("Gil_partner.example".into()), ..weak(1) };
    let direct = HashSet::from([oid(1)]);
    let sides = Sides { scim: &[sent], filled: &[], directory: &[guest], direct: &direct, nested: &[] };
    let Ok(found) = compare(sides, provisioned);
    assert!(!found.differs(), "{found:?}");
}

#[test]
fn long_lists_are_cut_and_say_so() {
    let directory: Vec<Member> = (1..=600).map(|number| there(number, Some(true))).collect();
    let sides = Sides { scim: &[], filled: &[], directory: &directory, direct: &HashSet::new(), nested: &[] };
    let Ok(found) = compare(sides, provisioned);
    assert_eq!((found.nested, found.people.len(), found.people_omitted), (600, MAX_PEOPLE, 100));
}
