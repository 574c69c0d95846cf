//! The matrix as one table: three behaviours, deprovisioning or not, with the seat or not, and every change that people can meet.

use super::*;

const ID: ScimId = ScimId::new(uuid::Uuid::from_u128(0x11));
const MARA: Link<'static> = Link { user_name: Some("mara@harbourworks.example"), external_id: Some("mara") };
const RENAMED: Link<'static> = Link { user_name: Some("mara.oduya@harbourworks.example"), external_id: Some("mara") };
static PLAIN: ScimFacts = ScimFacts { name: None, email: None, user_name: None, attributes: Vec::new() };

fn settings(user: bool, seat: bool, behavior: IdentityUpdateBehavior) -> ScimSettings {
    ScimSettings {
        enabled: true,
        user_deprovision: user,
        seat_deprovision: seat,
        identity_update_behavior: behavior,
        ..ScimSettings::default()
    }
}

const fn active(link: Link<'_>) -> UserState<'_> {
    UserState::Present { activity: Activity::Active, link, facts: &PLAIN }
}

const fn inactive(link: Link<'_>) -> UserState<'_> {
    UserState::Present { activity: Activity::Inactive, link, facts: &PLAIN }
}

const BEHAVIORS: [IdentityUpdateBehavior; 3] =
    [IdentityUpdateBehavior::Automatic, IdentityUpdateBehavior::Reauth, IdentityUpdateBehavior::NoAction];
/// `user_deprovision` and `seat_deprovision`. The second alone is refused by the API; should it be stored all the same, it frees nothing.
const DEPROVISIONS: [(bool, bool); 4] = [(false, false), (false, true), (true, false), (true, true)];

/// What a change does, as letters: each setting lets some of them through.
///
/// `L` let held deletions go, `C` tell conflicts, `S` let held seats go, `D` delete: always. `R` end sessions (with the reason), `U` end
/// the sessions of those untied: with `user_deprovision`. `F` free the seat: with `seat_deprovision` too. `I` the registry identity follows:
/// with `automatic`.
type Row<'a> = (&'a str, UserState<'a>, UserState<'a>, &'a str, Option<Reason>);

fn changes(facts: &ScimFacts) -> Vec<Row<'_>> {
    use UserState::Absent;
    let titled = UserState::Present { activity: Activity::Active, link: MARA, facts };
    vec![
        ("nothing before, nothing after", Absent, Absent, "", None),
        ("created, or created anew", Absent, active(MARA), "LCI", None),
        ("created inactive", Absent, inactive(MARA), "LCRFI", Some(Reason::ArrivedInactive)),
        ("sent again", active(MARA), active(MARA), "", None),
        ("attributes changed", active(MARA), titled, "I", None),
        ("renamed, unlinked or linked to another", active(MARA), active(RENAMED), "LCUI", None),
        ("deactivated (soft delete, unassigned, blocked)", active(MARA), inactive(MARA), "RFI", Some(Reason::Deactivated)),
        ("deactivated and renamed at once", active(MARA), inactive(RENAMED), "LCRFI", Some(Reason::Deactivated)),
        ("deactivated again", inactive(MARA), inactive(MARA), "", None),
        ("renamed while inactive", inactive(MARA), inactive(RENAMED), "LCRFI", Some(Reason::TieChanged)),
        ("reactivated", inactive(MARA), active(MARA), "SI", None),
        ("reactivated under another name", inactive(MARA), active(RENAMED), "LCSUI", None),
        ("deleted while active (hard delete)", active(MARA), Absent, "RFID", Some(Reason::Deleted)),
        ("deleted while inactive (hard delete)", inactive(MARA), Absent, "RFID", Some(Reason::Deleted)),
    ]
}

/// What a change of membership does: `R` ends sessions, with `reauth`; `I` lets the registry identity follow, with `automatic`.
const MEMBERSHIPS: [(&str, &[u128], &[u128]); 4] =
    [("nobody", &[], &[]), ("group added", &[1, 2], &[]), ("group removed", &[], &[3]), ("both", &[1, 2], &[3])];

#[test]
fn the_matrix_of_behaviours_deprovisioning_seats_and_reasons() {
    let titled = ScimFacts { attributes: vec![(model::registry::Attribute::Title, "Harbour pilot".into())], ..PLAIN.clone() };
    for behavior in BEHAVIORS {
        for (user, seat) in DEPROVISIONS {
            let settings = settings(user, seat, behavior);
            let cell = format!("user_deprovision {user}, seat_deprovision {seat}, {behavior:?}");
            for (name, before, after, letters, why) in changes(&titled) {
                let expected: Vec<Effect> = letters
                    .chars()
                    .filter_map(|letter| match letter {
                        'L' => Some(Effect::LetDeletionsGo { user: ID }),
                        'C' => Some(Effect::TellConflict { user: ID }),
                        'S' => Some(Effect::LetSeatsGo { user: ID }),
                        'D' => Some(Effect::Delete { user: ID }),
                        'R' => user.then(|| Effect::RevokeSessions { user: ID, why: why.expect("a reason") }),
                        'U' => user.then_some(Effect::RevokeUntied { user: ID }),
                        'F' => (user && seat).then_some(Effect::FreeSeat { user: ID }),
                        'I' => (behavior == IdentityUpdateBehavior::Automatic).then_some(Effect::UpdateIdentity { user: ID }),
                        other => panic!("{other} is no letter of the table"),
                    })
                    .collect();
                assert_eq!(plan_user(ID, before, after, &settings), expected, "{name}, {cell}");
            }
            for (name, added, removed) in MEMBERSHIPS {
                let ids = |ids: &[u128]| ids.iter().map(|n| ScimId::new(uuid::Uuid::from_u128(*n))).collect::<Vec<_>>();
                let change = MembershipChange { added: ids(added), removed: ids(removed) };
                let came = change.added.iter().map(|member| (*member, Reason::GroupAdded));
                let moved = change.removed.iter().map(|member| (*member, Reason::GroupRemoved)).chain(came);
                let expected: Vec<Effect> = match behavior {
                    IdentityUpdateBehavior::Reauth => moved.map(|(member, why)| Effect::RevokeMember { member, why }).collect(),
                    IdentityUpdateBehavior::Automatic => moved.map(|(member, _)| Effect::UpdateMember { member }).collect(),
                    IdentityUpdateBehavior::NoAction => vec![],
                };
                assert_eq!(plan_group(&change, &settings), expected, "{name}, {cell}");
            }
        }
    }
}

#[test]
fn every_reason_has_a_name_and_ends_sessions_as_what_it_is() {
    use Reason::{ArrivedInactive, Deactivated, Deleted, GroupAdded, GroupRemoved, TieChanged};
    let names = [Deactivated, Deleted, ArrivedInactive, TieChanged, GroupAdded, GroupRemoved].map(|why| (why.as_str(), why.of_session()));
    let (left, group) = (RevokeReason::Deprovisioned, RevokeReason::GroupChange);
    let expected = [
        ("deactivated", left),
        ("deleted", left),
        ("arrived-inactive", left),
        ("tie-changed", left),
        ("group-added", group),
        ("group-removed", group),
    ];
    assert_eq!(names, expected);
}
