//! The matrix of settings and changes, as a table.

use super::*;

const ID: ScimId = ScimId::new(uuid::Uuid::from_u128(0x11));
const MARA: Link<'static> = Link { user_name: Some("mara@harbourworks.example"), external_id: Some("mara") };
const RENAMED: Link<'static> = Link { user_name: Some("mara.oduya@harbourworks.example"), external_id: Some("mara") };

fn settings(user: bool, seat: bool, behavior: IdentityUpdateBehavior) -> ScimSettings {
    ScimSettings {
        enabled: true,
        user_deprovision: user,
        seat_deprovision: seat,
        identity_update_behavior: behavior,
        ..ScimSettings::default()
    }
}

fn active(link: Link<'_>) -> UserState<'_> {
    UserState::Present { activity: Activity::Active, link }
}

fn inactive(link: Link<'_>) -> UserState<'_> {
    UserState::Present { activity: Activity::Inactive, link }
}

const BEHAVIORS: [IdentityUpdateBehavior; 3] =
    [IdentityUpdateBehavior::Automatic, IdentityUpdateBehavior::Reauth, IdentityUpdateBehavior::NoAction];

#[derive(Debug, Clone, Copy, PartialEq)]
enum Expect {
    Nothing,
    Ended,
    Untied,
}

fn changes() -> Vec<(&'static str, UserState<'static>, UserState<'static>, Expect)> {
    use Expect::{Ended, Nothing, Untied};
    use UserState::Absent;
    vec![
        ("created active", Absent, active(MARA), Nothing),
        ("created inactive", Absent, inactive(MARA), Ended),
        ("attributes only", active(MARA), active(MARA), Nothing),
        ("renamed while active", active(MARA), active(RENAMED), Untied),
        ("deactivated", active(MARA), inactive(MARA), Ended),
        ("deactivated and renamed at once", active(MARA), inactive(RENAMED), Ended),
        ("deactivated again", inactive(MARA), inactive(MARA), Nothing),
        ("renamed while inactive", inactive(MARA), inactive(RENAMED), Ended),
        ("reactivated", inactive(MARA), active(MARA), Nothing),
        ("reactivated under another name", inactive(MARA), active(RENAMED), Untied),
        ("deleted while active", active(MARA), Absent, Ended),
        ("deleted while inactive", inactive(MARA), Absent, Ended),
        ("nothing before, nothing after", Absent, Absent, Nothing),
    ]
}

#[test]
fn the_matrix_of_users_changes_and_settings() {
    for behavior in BEHAVIORS {
        for (user, seat) in [(false, false), (false, true), (true, false), (true, true)] {
            for (name, before, after, expect) in changes() {
                let effects = plan_user(ID, before, after, &settings(user, seat, behavior));
                let revoke = Effect::RevokeSessions { user: ID, why: RevokeReason::Deprovisioned };
                let expected = match (user, expect) {
                    (false, _) | (true, Expect::Nothing) => vec![],
                    (true, Expect::Untied) => vec![Effect::RevokeUntied { user: ID }],
                    (true, Expect::Ended) if seat => vec![revoke, Effect::FreeSeat { user: ID }],
                    (true, Expect::Ended) => vec![revoke],
                };
                assert_eq!(effects, expected, "{name}, user_deprovision {user}, seat_deprovision {seat}, {behavior:?}");
            }
        }
    }
}

#[test]
fn only_reauth_acts_on_membership_and_on_everyone_who_came_or_went() {
    let [ilo, tessa, bram] = [1, 2, 3].map(|n| ScimId::new(uuid::Uuid::from_u128(n)));
    let change = MembershipChange { added: vec![ilo, tessa], removed: vec![bram] };
    for behavior in BEHAVIORS {
        for user in [false, true] {
            for seat in [false, true] {
                let effects = plan_group(&change, &settings(user, seat, behavior));
                let expected = match behavior {
                    IdentityUpdateBehavior::Reauth => [bram, ilo, tessa].map(|member| Effect::RevokeMember { member }).to_vec(),
                    IdentityUpdateBehavior::Automatic | IdentityUpdateBehavior::NoAction => vec![],
                };
                assert_eq!(effects, expected, "{behavior:?}, user_deprovision {user}, seat_deprovision {seat}");
            }
        }
    }
    assert_eq!(plan_group(&MembershipChange::default(), &settings(true, true, IdentityUpdateBehavior::Reauth)), []);
}
