//! A mutation with its answer: the closure, what it gave, and whom to tell.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::sync::oneshot;

use crate::{
    StoreError, Tx,
    error::WriterError,
    queue::{Lane, Mutation},
};

pub(crate) struct Write<T, F> {
    closure: Option<F>,
    given: Option<Result<T, StoreError>>,
    reply: oneshot::Sender<Result<T, StoreError>>,
    lane: Lane,
    unwanted: Arc<AtomicBool>,
}

impl<T, F> Write<T, F> {
    pub fn new(closure: F, lane: Lane) -> (Self, oneshot::Receiver<Result<T, StoreError>>) {
        let (reply, answer) = oneshot::channel();
        (Self { closure: Some(closure), given: None, reply, lane, unwanted: Arc::default() }, answer)
    }
    /// To be set by a caller who was told that it was not done.
    pub fn unwanted(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.unwanted)
    }
}

impl<T: Send, F: FnOnce(&mut Tx<'_>) -> Result<T, StoreError> + Send> Mutation for Write<T, F> {
    fn run(&mut self, tx: &mut Tx<'_>) -> Result<(), ()> {
        // A revocation is carried out late rather than never.
        if self.lane == Lane::Normal && self.unwanted.load(Ordering::Acquire) {
            return Err(());
        }
        let Some(closure) = self.closure.take() else { return Err(()) };
        // What a panicking closure leaves behind is rolled back with its savepoint; nothing else is reachable from it.
        let given = catch_unwind(AssertUnwindSafe(|| closure(tx))).unwrap_or_else(|_| Err(StoreError::unavailable(WriterError::Panicked)));
        let outcome = if given.is_ok() { Ok(()) } else { Err(()) };
        self.given = Some(given);
        outcome
    }
    fn answer(self: Box<Self>, committed: Result<(), StoreError>) {
        let Self { given, reply, .. } = *self;
        let never_ran = || Err(StoreError::unavailable(WriterError::LostTransaction));
        let answer = committed.and_then(|()| given.unwrap_or_else(never_ran));
        // A caller that went away does not need the answer.
        let _ = reply.send(answer);
    }
}
