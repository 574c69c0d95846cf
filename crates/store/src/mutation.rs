//! A mutation with its answer: the closure, what it gave, and whom to tell.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tokio::sync::oneshot;

use crate::{StoreError, Tx, error::WriterError, queue::Mutation};

pub(crate) struct Write<T, F> {
    closure: Option<F>,
    given: Option<Result<T, StoreError>>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, F> Write<T, F> {
    pub fn new(closure: F) -> (Self, oneshot::Receiver<Result<T, StoreError>>) {
        let (reply, answer) = oneshot::channel();
        (Self { closure: Some(closure), given: None, reply }, answer)
    }
}

impl<T: Send, F: FnOnce(&mut Tx<'_>) -> Result<T, StoreError> + Send> Mutation for Write<T, F> {
    fn run(&mut self, tx: &mut Tx<'_>) -> Result<(), ()> {
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
