//! Truth values: what a rule says, and what a combination of rules can still come to.

use serde::Serialize;

use crate::Reason;

/// What one rule says about one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Truth {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// A fact is missing and no sign-in will bring it.
    Unknown,
    /// It depends on who the person is, and nobody has signed in yet.
    Pending,
}

/// A truth value with the reason for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Finding {
    pub truth: Truth,
    pub reason: Reason,
}

impl Finding {
    pub const MATCHES: Self = Self { truth: Truth::True, reason: Reason::Matches };
    pub const DIFFERS: Self = Self { truth: Truth::False, reason: Reason::Differs };
    pub const PENDING: Self = Self { truth: Truth::Pending, reason: Reason::SignInRequired };

    pub const fn when(holds: bool) -> Self {
        if holds { Self::MATCHES } else { Self::DIFFERS }
    }
    pub const fn unknown(reason: Reason) -> Self {
        Self { truth: Truth::Unknown, reason }
    }
    pub const fn no(reason: Reason) -> Self {
        Self { truth: Truth::False, reason }
    }
}

/// The set of values (true, false, unknown) that a combination can take once everybody has signed in. One member:
/// the value is settled. Several: it is pending, and the set says what a sign-in can still bring about.
///
/// Keeping the set, rather than a fourth value, keeps apart what must stay apart: *unknown and pending* can never
/// become true, so an allow with it is hopeless; but it can become false, so a block with it may yet be skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Possible(u8);

const T: u8 = 1;
const F: u8 = 2;
const U: u8 = 4;

impl Possible {
    pub const TRUE: Self = Self(T);
    pub const FALSE: Self = Self(F);

    pub const fn can_be_true(self) -> bool {
        self.0 & T != 0
    }
    pub const fn can_be_false(self) -> bool {
        self.0 & F != 0
    }
    const fn can_be_unknown(self) -> bool {
        self.0 & U != 0
    }
    pub fn is_true(self) -> bool {
        self == Self::TRUE
    }
    pub fn is_false(self) -> bool {
        self == Self::FALSE
    }

    /// Kleene's conjunction over each pair of members.
    pub const fn and(self, other: Self) -> Self {
        let t = self.can_be_true() && other.can_be_true();
        let f = self.can_be_false() || other.can_be_false();
        let u =
            (self.can_be_unknown() && (other.can_be_unknown() || other.can_be_true())) || (other.can_be_unknown() && self.can_be_true());
        Self::of(t, f, u)
    }
    /// Kleene's disjunction over each pair of members.
    pub const fn or(self, other: Self) -> Self {
        self.not().and(other.not()).not()
    }
    /// True and false change places; unknown stays.
    pub const fn not(self) -> Self {
        Self::of(self.can_be_false(), self.can_be_true(), self.can_be_unknown())
    }
    /// As one of four values.
    pub const fn truth(self) -> Truth {
        match self.0 {
            T => Truth::True,
            F => Truth::False,
            U => Truth::Unknown,
            _ => Truth::Pending,
        }
    }
    const fn of(t: bool, f: bool, u: bool) -> Self {
        Self((if t { T } else { 0 }) | (if f { F } else { 0 }) | (if u { U } else { 0 }))
    }
}

impl From<Truth> for Possible {
    fn from(truth: Truth) -> Self {
        match truth {
            Truth::True => Self(T),
            Truth::False => Self(F),
            Truth::Unknown => Self(U),
            Truth::Pending => Self(T | F | U),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTLED: [u8; 3] = [T, F, U];

    fn kleene_and(a: u8, b: u8) -> u8 {
        match (a, b) {
            (F, _) | (_, F) => F,
            (T, T) => T,
            _ => U,
        }
    }

    #[test]
    fn every_combination_is_kleenes_over_the_members() {
        for a in 1..8u8 {
            for b in 1..8u8 {
                let (mut and, mut or, mut not) = (0, 0, 0);
                for x in SETTLED.into_iter().filter(|x| a & x != 0) {
                    let flip = |v| Possible(v).not().0;
                    not |= flip(x);
                    for y in SETTLED.into_iter().filter(|y| b & y != 0) {
                        and |= kleene_and(x, y);
                        or |= flip(kleene_and(flip(x), flip(y)));
                    }
                }
                assert_eq!(Possible(a).and(Possible(b)).0, and, "{a:03b} and {b:03b}");
                assert_eq!(Possible(a).or(Possible(b)).0, or, "{a:03b} or {b:03b}");
                assert_eq!(Possible(a).not().0, not, "not {a:03b}");
            }
        }
    }

    #[test]
    fn unknown_and_pending_can_be_false_but_never_true() {
        let both = Possible::from(Truth::Unknown).and(Truth::Pending.into());
        assert!(!both.can_be_true());
        assert!(both.can_be_false());
        assert_eq!(both.truth(), Truth::Pending);
    }
}
