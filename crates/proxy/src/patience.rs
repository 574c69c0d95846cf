//! What is done about work that takes long is made ready only when it does. Nearly every exchange ends within a moment; timers and
//! waiters that are set up for each, and taken down again unused, would cost it more than the door's whole check.
//!
//! A thread's [`Patience`] looks around every [`LOOK_EACH`]: whoever waited since before the last look is woken, and only then sets up
//! what watches over it. A limit is kept to about twice that grain.

use std::{
    cell::{Cell, RefCell},
    future::Future,
    ops::Deref,
    pin::Pin,
    rc::{Rc, Weak},
    task::{Context, Poll, Waker},
    time::Duration,
};

use tokio::sync::Notify;

/// How often a thread looks for those who wait.
const LOOK_EACH: Duration = Duration::from_millis(50);

/// Those who wait on one thread.
#[derive(Default)]
pub(crate) struct Patience {
    seats: RefCell<Seats>,
    /// Looks so far.
    looks: Cell<u64>,
    /// The task sleeps until somebody sits down.
    resting: Cell<bool>,
    called: Notify,
}

#[derive(Default)]
struct Seats {
    taken: Vec<Seat>,
    free: Vec<usize>,
}

#[derive(Default)]
enum Seat {
    #[default]
    Free,
    /// Since before which look.
    Waits(u64, Waker),
    /// Woken by a look.
    Called,
}

impl Patience {
    /// For the current thread. To be called on a local runtime: a task of its own looks around for as long as this is held.
    pub(crate) fn new() -> Rc<Self> {
        let patience = Rc::new(Self::default());
        tokio::task::spawn_local(look_around(Rc::downgrade(&patience)));
        patience
    }

    /// Runs a future; once it has taken long, against another one, which is made then and told for how long it has waited.
    /// `Err` when that one ends first.
    pub(crate) async fn run<F: Future, L: Future>(
        &self,
        // Pinned where it was made: it is large, and to be moved about would cost it more than everything here.
        mut future: Pin<&mut F>,
        late: impl FnOnce(Duration) -> L,
    ) -> Result<F::Output, L::Output> {
        let waited = {
            let mut waiting = Waiting::new(self);
            std::future::poll_fn(|cx| match future.as_mut().poll(cx) {
                Poll::Ready(output) => Poll::Ready(Ok(output)),
                Poll::Pending => waiting.poll(cx).map(Err),
            })
            .await
        };
        match waited {
            Ok(output) => Ok(output),
            // Boxed: those few who need it have it made, and the others stay small.
            Err(waited) => against(future, Box::pin(late(waited))).await,
        }
    }

    fn look(&self) {
        let now = self.looks.get() + 1;
        self.looks.set(now);
        for seat in &mut self.seats.borrow_mut().taken {
            if matches!(seat, Seat::Waits(since, _) if *since + 1 < now)
                && let Seat::Waits(_, waker) = std::mem::replace(seat, Seat::Called)
            {
                waker.wake();
            }
        }
    }

    fn sit_down(&self, waker: Waker) -> usize {
        if self.resting.replace(false) {
            self.called.notify_one();
        }
        let mut seats = self.seats.borrow_mut();
        let seat = Seat::Waits(self.looks.get(), waker);
        if let Some(at) = seats.free.pop() {
            seats.taken[at] = seat;
            at
        } else {
            seats.taken.push(seat);
            seats.taken.len() - 1
        }
    }

    fn is_empty(&self) -> bool {
        let seats = self.seats.borrow();
        seats.free.len() == seats.taken.len()
    }
}

async fn look_around(patience: Weak<Patience>) {
    loop {
        let Some(held) = patience.upgrade() else { return };
        if held.is_empty() {
            held.resting.set(true);
            // Held while it rests: the thread's runtime ends this task with everything else.
            held.called.notified().await;
        }
        drop(held);
        tokio::time::sleep(LOOK_EACH).await;
        let Some(held) = patience.upgrade() else { return };
        held.look();
    }
}

/// One who waits; gets up when dropped.
pub(crate) struct Waiting<P: Deref<Target = Patience>> {
    patience: P,
    seat: Option<(usize, u64)>,
}

impl<P: Deref<Target = Patience>> Waiting<P> {
    pub(crate) const fn new(patience: P) -> Self {
        Self { patience, seat: None }
    }

    /// Ready with about how long it waited, once that is long.
    pub(crate) fn poll(&mut self, cx: &Context<'_>) -> Poll<Duration> {
        let Some((at, since)) = self.seat else {
            let since = self.patience.looks.get();
            self.seat = Some((self.patience.sit_down(cx.waker().clone()), since));
            return Poll::Pending;
        };
        match &mut self.patience.seats.borrow_mut().taken[at] {
            Seat::Waits(_, waker) => {
                waker.clone_from(cx.waker());
                Poll::Pending
            }
            Seat::Called | Seat::Free => {
                let looks = u32::try_from(self.patience.looks.get() - since).unwrap_or(u32::MAX);
                Poll::Ready(LOOK_EACH.saturating_mul(looks))
            }
        }
    }
}

impl<P: Deref<Target = Patience>> Drop for Waiting<P> {
    fn drop(&mut self) {
        if let Some((at, _)) = self.seat {
            let mut seats = self.patience.seats.borrow_mut();
            seats.taken[at] = Seat::Free;
            seats.free.push(at);
        }
    }
}

async fn against<F: Future, L: Future>(future: Pin<&mut F>, late: Pin<Box<L>>) -> Result<F::Output, L::Output> {
    tokio::select! {
        biased;
        output = future => Ok(output),
        over = late => Err(over),
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use super::*;

    async fn on_a_thread<T>(test: impl Future<Output = T>) -> T {
        tokio::task::LocalSet::new().run_until(test).await
    }

    #[tokio::test(start_paused = true)]
    async fn what_ends_soon_is_never_watched() {
        on_a_thread(async {
            let patience = Patience::new();
            for _ in 0..100 {
                let soon = patience.run(pin!(tokio::time::sleep(LOOK_EACH / 2)), |_| async { unreachable!() }).await;
                assert!(soon.is_ok());
            }
            assert!(patience.is_empty() && patience.seats.borrow().taken.len() == 1, "a seat is used again");
        })
        .await;
    }

    #[tokio::test(start_paused = true)]
    async fn what_takes_long_is_watched_from_the_second_look_on() {
        on_a_thread(async {
            let patience = Patience::new();
            let began = tokio::time::Instant::now();
            let late = patience.run(pin!(std::future::pending::<()>()), |waited| async move { waited }).await;
            let waited = late.unwrap_err();
            assert!(waited >= LOOK_EACH && waited <= LOOK_EACH * 2, "{waited:?}");
            assert!(began.elapsed() >= LOOK_EACH && began.elapsed() <= LOOK_EACH * 3);
            assert!(patience.is_empty());
        })
        .await;
    }

    #[tokio::test(start_paused = true)]
    async fn what_ends_while_it_is_watched_has_ended_well() {
        on_a_thread(async {
            let patience = Patience::new();
            let slow = patience.run(pin!(tokio::time::sleep(LOOK_EACH * 10)), |_| std::future::pending::<()>()).await;
            assert!(slow.is_ok());
        })
        .await;
    }

    #[tokio::test(start_paused = true)]
    async fn many_who_wait_are_all_called_and_one_that_gives_up_leaves_its_seat() {
        on_a_thread(async {
            let patience = Patience::new();
            let pending = pin!(std::future::pending::<()>());
            let gone = patience.run(pending, |_| std::future::pending::<()>());
            assert!(tokio::time::timeout(LOOK_EACH / 2, gone).await.is_err());
            assert!(patience.is_empty());
            let all: Vec<_> = (0..100)
                .map(|n| {
                    let patience = patience.clone();
                    tokio::task::spawn_local(async move { patience.run(pin!(std::future::pending::<()>()), |_| async move { n }).await })
                })
                .collect();
            for (n, one) in all.into_iter().enumerate() {
                assert_eq!(one.await.unwrap(), Err(n));
            }
        })
        .await;
    }
}
