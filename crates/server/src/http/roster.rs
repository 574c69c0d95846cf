//! The open connections of one thread: which rests, which is in the middle of a head, which works. Once a second those that take too long
//! are ended.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    io,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicU8, AtomicU32, Ordering::Relaxed},
    },
    task::{Context, Poll, Waker},
};

use parking_lot::Mutex;
use tokio::sync::Notify;

use super::rest::Callers;
use crate::config::Limits;

/// Seconds that a client has to take a goodbye in.
const GOODBYE_SECS: u32 = 10;
const NEVER: u32 = 0;
/// Seconds that a client may take nothing of its answers.
const STALL_SECS: u32 = 60;
/// Bytes from which on a write brings an answer forward: less is what HTTP/2 says about itself.
const A_PIECE: usize = 512;

/// Who is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// The client is to take what is there.
    Client,
    /// The client waits for us, or for the origin.
    Door,
}

/// How a connection is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// It rests: it is said goodbye to.
    Goodbye,
    /// It is dropped.
    Now,
}

/// The time as one thread sees it, in seconds from one on: looking at the clock costs more than a request may.
#[derive(Clone)]
pub(super) struct Seconds(Arc<AtomicU32>);

impl Seconds {
    pub(super) fn now(&self) -> u32 {
        self.0.load(Relaxed)
    }
}

/// One connection, seen by its socket, its requests and the roster. All on one thread: atomic only because sockets may be moved.
pub(super) struct State {
    seconds: Seconds,
    /// Requests under way.
    running: AtomicU32,
    /// Of these, those whose client waits for us.
    ours: AtomicU32,
    /// When an answer was last brought forward.
    moved_at: AtomicU32,
    /// Since when the socket takes nothing.
    stuck_since: AtomicU32,
    /// Since when there are none.
    rests_since: AtomicU32,
    /// Since when a head is being received.
    head_since: AtomicU32,
    told_at: AtomicU32,
    /// In which window of [`Callers`] it last asked.
    asked_in: AtomicU32,
    ending: AtomicU8,
    told: Notify,
    /// Whoever looks at [`State::ending`] when it is told.
    looks: Mutex<Option<Waker>>,
}

impl State {
    /// Bytes of a client came in; true when they leave it in the middle of a head.
    pub(super) fn received(&self, in_head: bool) {
        if !in_head {
            self.head_since.store(NEVER, Relaxed);
        } else if self.head_since.load(Relaxed) == NEVER {
            self.head_since.store(self.seconds.now(), Relaxed);
        }
    }

    /// The socket was given something.
    pub(super) fn sent(&self, polled: &Poll<io::Result<usize>>) {
        match polled {
            Poll::Pending if self.stuck_since.load(Relaxed) == NEVER => self.stuck_since.store(self.second(), Relaxed),
            Poll::Pending => {}
            Poll::Ready(sent) => {
                self.stuck_since.store(NEVER, Relaxed);
                if sent.as_ref().is_ok_and(|bytes| *bytes >= A_PIECE) {
                    self.moved();
                }
            }
        }
    }

    fn moved(&self) {
        self.moved_at.store(self.second(), Relaxed);
    }

    /// The client takes nothing of what is there for it: not from the socket, or of no answer on it.
    fn stalls(&self, now: u32, most: u32) -> bool {
        let stuck = self.stuck_since.load(Relaxed);
        let all_wait_for_it = self.running.load(Relaxed) > 0 && self.ours.load(Relaxed) == 0;
        (stuck != NEVER && now > stuck + most) || (all_wait_for_it && now > self.moved_at.load(Relaxed) + most)
    }

    /// No request is under way: on HTTP/1.1 what comes in now is a head.
    pub(super) fn is_resting(&self) -> bool {
        self.running.load(Relaxed) == 0
    }

    pub(super) fn second(&self) -> u32 {
        self.seconds.now()
    }

    /// Ends when the connection is to end.
    pub(super) async fn told(&self) -> Ending {
        self.told.notified().await;
        if self.ending.load(Relaxed) == 0 { Ending::Goodbye } else { Ending::Now }
    }

    /// How the connection is to end, once it is.
    pub(super) fn ending(&self) -> Option<Ending> {
        match (self.ending.load(Relaxed), self.told_at.load(Relaxed)) {
            (0, NEVER) => None,
            (0, _) => Some(Ending::Goodbye),
            _ => Some(Ending::Now),
        }
    }

    /// Wakes this task when that changes.
    pub(super) fn looked_at_by(&self, cx: &Context<'_>) {
        let mut looks = self.looks.lock();
        if !looks.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
            *looks = Some(cx.waker().clone());
        }
    }

    fn tell(&self, ending: Ending) {
        let now = self.seconds.now();
        let told_at = self.told_at.load(Relaxed);
        if ending == Ending::Now || (told_at != NEVER && now >= told_at + GOODBYE_SECS) {
            self.ending.store(1, Relaxed);
        } else if told_at != NEVER {
            return;
        } else {
            self.told_at.store(now, Relaxed);
        }
        self.told.notify_one();
        if let Some(waker) = &*self.looks.lock() {
            waker.wake_by_ref();
        }
    }

    fn judge(&self, deadlines: &Deadlines) -> Option<Ending> {
        let (now, head) = (self.seconds.now(), self.head_since.load(Relaxed));
        if head != NEVER && now > head + deadlines.head {
            return Some(Ending::Now);
        }
        if self.stalls(now, deadlines.stall) {
            return Some(Ending::Now);
        }
        let rests = self.running.load(Relaxed) == 0 && head == NEVER;
        (rests && now > self.rests_since.load(Relaxed) + deadlines.rest).then_some(Ending::Goodbye)
    }
}

/// A request under way, from its head to the end of its answer.
pub(super) struct UnderWay {
    member: Option<Rc<Member>>,
    side: Side,
}

impl UnderWay {
    /// Who is waited for from now on.
    pub(super) fn waits_for(&mut self, side: Side) {
        let Some(member) = &self.member else { return };
        let state = &member.state;
        if self.side != side {
            let ours = state.ours.load(Relaxed);
            state.ours.store(if side == Side::Door { ours + 1 } else { ours.saturating_sub(1) }, Relaxed);
            self.side = side;
        }
        state.moved();
    }

    /// What it opened lives on, so its connection never rests again.
    pub(super) fn stays(mut self) {
        self.member = None;
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.waits_for(Side::Client);
        let Some(member) = &self.member else { return };
        let running = member.state.running.load(Relaxed).saturating_sub(1);
        member.state.running.store(running, Relaxed);
        if running == 0 {
            member.state.rests_since.store(member.state.second(), Relaxed);
        }
    }
}

/// How long, in seconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deadlines {
    pub head: u32,
    pub rest: u32,
    pub stall: u32,
}

impl Deadlines {
    pub(super) fn of(limits: &Limits) -> Self {
        let secs = |n: u64| u32::try_from(n).unwrap_or(u32::MAX / 2);
        Self { head: secs(limits.header_seconds), rest: secs(limits.idle_seconds), stall: STALL_SECS }
    }
}

/// The list.
pub(super) struct Roster {
    seconds: Seconds,
    next: Cell<u64>,
    leaving: Cell<bool>,
    open: RefCell<HashMap<u64, Arc<State>>>,
    callers: Callers,
}

/// A connection's place in it.
pub(super) struct Member {
    roster: Rc<Roster>,
    number: u64,
    pub state: Arc<State>,
}

impl Roster {
    #[cfg(test)]
    pub(super) fn new() -> Rc<Self> {
        Self::counting(Callers::default())
    }

    /// A list whose connections are counted when they ask.
    pub(super) fn counting(callers: Callers) -> Rc<Self> {
        Rc::new(Self {
            callers,
            seconds: Seconds(Arc::new(AtomicU32::new(1))),
            next: Cell::new(0),
            leaving: Cell::new(false),
            open: RefCell::default(),
        })
    }

    /// Takes a connection in.
    pub(super) fn enter(self: &Rc<Self>) -> Rc<Member> {
        let state = Arc::new(State {
            seconds: self.seconds.clone(),
            running: AtomicU32::new(0),
            ours: AtomicU32::new(0),
            moved_at: AtomicU32::new(self.seconds.now()),
            stuck_since: AtomicU32::new(NEVER),
            rests_since: AtomicU32::new(self.seconds.now()),
            head_since: AtomicU32::new(NEVER),
            told_at: AtomicU32::new(NEVER),
            asked_in: AtomicU32::new(u32::MAX),
            ending: AtomicU8::new(0),
            told: Notify::new(),
            looks: Mutex::default(),
        });
        let number = self.next.replace(self.next.get() + 1);
        self.open.borrow_mut().insert(number, state.clone());
        Rc::new(Member { roster: self.clone(), number, state })
    }

    /// The server stops: connections are not to be used again.
    pub(super) fn leave(&self) {
        self.leaving.set(true);
    }

    /// Says goodbye to those that rest.
    pub(super) fn dismiss(&self) {
        for state in self.open.borrow().values().filter(|state| state.is_resting()) {
            state.tell(Ending::Goodbye);
        }
    }

    pub(super) fn is_leaving(&self) -> bool {
        self.leaving.get()
    }

    /// The time goes on: so many seconds since the start.
    pub(super) fn turn(&self, second: u32) {
        self.seconds.0.store(second.saturating_add(1), Relaxed);
    }

    /// Tells those to end that have taken longer.
    pub(super) fn end_late(&self, deadlines: &Deadlines) {
        for state in self.open.borrow().values() {
            if let Some(ending) = state.judge(deadlines) {
                state.tell(ending);
            }
        }
    }
}

impl Member {
    /// A request begins.
    pub(super) fn request(self: &Rc<Self>) -> UnderWay {
        self.roster.callers.asks(&self.state.asked_in);
        self.state.running.store(self.state.running.load(Relaxed) + 1, Relaxed);
        self.state.head_since.store(NEVER, Relaxed);
        self.state.ours.store(self.state.ours.load(Relaxed) + 1, Relaxed);
        UnderWay { member: Some(self.clone()), side: Side::Door }
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.roster.open.borrow_mut().remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Deadlines = Deadlines { head: 15, rest: 75, stall: 60 };

    #[test]
    fn a_head_has_less_time_than_a_rest_and_work_has_its_own_limits() {
        let roster = Roster::new();
        let member = roster.enter();
        let ends_at = |second: u32| {
            roster.turn(second);
            member.state.judge(&PATIENCE)
        };
        assert_eq!((ends_at(75), ends_at(76)), (None, Some(Ending::Goodbye)));
        member.state.received(true);
        assert_eq!((ends_at(91), ends_at(92)), (None, Some(Ending::Now)), "a drip does not prolong it");
        member.state.received(true);
        assert_eq!(ends_at(92), Some(Ending::Now));
        let request = member.request();
        assert_eq!(ends_at(900), None);
        drop(request);
        assert_eq!((ends_at(975), ends_at(976)), (None, Some(Ending::Goodbye)));
    }

    #[test]
    fn what_opened_a_tunnel_never_rests() {
        let roster = Roster::new();
        let member = roster.enter();
        member.request().stays();
        roster.turn(100_000);
        assert_eq!(member.state.judge(&PATIENCE), None);
    }

    #[tokio::test]
    async fn who_does_not_take_a_goodbye_in_is_dropped() {
        let roster = Roster::new();
        let member = roster.enter();
        roster.turn(80);
        roster.end_late(&PATIENCE);
        assert_eq!(member.state.told().await, Ending::Goodbye);
        roster.turn(85);
        roster.end_late(&PATIENCE);
        roster.turn(91);
        roster.end_late(&PATIENCE);
        assert_eq!(member.state.told().await, Ending::Now);
    }

    #[test]
    fn a_client_that_takes_nothing_of_its_answers_is_dropped_and_one_that_waits_is_not() {
        let roster = Roster::new();
        let member = roster.enter();
        let (mut one, mut other) = (member.request(), member.request());
        let ends_at = |second: u32| {
            roster.turn(second);
            member.state.judge(&PATIENCE)
        };
        assert_eq!(ends_at(500), None, "both wait for their origins");
        one.waits_for(Side::Client);
        assert_eq!(ends_at(1000), None, "one of them does");
        other.waits_for(Side::Client);
        assert_eq!(ends_at(1060), None);
        member.state.sent(&Poll::Ready(Ok(17)));
        assert_eq!(ends_at(1061), Some(Ending::Now), "an answer to a ping is none of these");
        member.state.sent(&Poll::Ready(Ok(16_384)));
        assert_eq!((ends_at(1121), ends_at(1122)), (None, Some(Ending::Now)));
        other.waits_for(Side::Door);
        assert_eq!(ends_at(5000), None);
        member.state.sent(&Poll::Pending);
        assert_eq!((ends_at(5060), ends_at(5061)), (None, Some(Ending::Now)), "the socket takes nothing");
        member.state.sent(&Poll::Ready(Ok(1)));
        assert_eq!(ends_at(5062), None);
        drop((one, other));
        assert_eq!((member.state.ours.load(Relaxed), member.state.running.load(Relaxed)), (0, 0));
    }

    #[test]
    fn who_leaves_is_forgotten() {
        let roster = Roster::new();
        let (one, two) = (roster.enter(), roster.enter());
        let request = one.request();
        drop(one);
        assert_eq!(roster.open.borrow().len(), 2, "an answer that is under way keeps its place");
        drop(request);
        drop(two);
        assert!(roster.open.borrow().is_empty());
    }
}
