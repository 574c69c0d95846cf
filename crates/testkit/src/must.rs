//! Stopping a test where something fails that is not its subject, with the whole chain of causes.

use std::{future::Future, time::Duration};

/// Longest wait for anything.
const PATIENCE: Duration = Duration::from_secs(12);

/// Takes the value or stops the test.
pub trait Must {
    /// What is inside.
    type Value;
    /// The value; stops the test with `what` and the causes when there is none.
    fn must(self, what: &str) -> Self::Value;
}

impl<T, E: Into<anyhow::Error>> Must for Result<T, E> {
    type Value = T;

    #[track_caller]
    fn must(self, what: &str) -> T {
        match self {
            Ok(value) => value,
            Err(error) => panic!("{what}: {:#}", error.into()),
        }
    }
}

impl<T> Must for Option<T> {
    type Value = T;

    #[track_caller]
    fn must(self, what: &str) -> T {
        match self {
            Some(value) => value,
            None => panic!("{what}: there is none"),
        }
    }
}

/// Waits for something that must happen within a bound; stops the test when it does not.
pub async fn within<F: Future>(what: &str, future: F) -> F::Output {
    match tokio::time::timeout(PATIENCE, future).await {
        Ok(value) => value,
        Err(_) => panic!("{what}: not within {} s", PATIENCE.as_secs()),
    }
}
