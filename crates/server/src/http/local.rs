//! What one serving thread has of its own.

use std::{rc::Rc, sync::Arc};

use proxy::Worker;

use super::Hosts;
use crate::{access_log::Lines, metrics::Counters};

/// A thread's proxy with its upstream connections, and its side of access log and metrics.
pub(crate) struct Local {
    pub worker: Rc<Worker>,
    pub lines: Rc<Lines>,
    pub counters: Counters,
}

impl Local {
    /// For the current thread; to be called on a local runtime.
    pub(crate) fn new(hosts: &Arc<Hosts>) -> Rc<Self> {
        let worker = Worker::new(hosts.proxy.clone());
        let counters = hosts.metrics.join(worker.counters.clone());
        Rc::new(Self { worker, lines: Lines::new(&hosts.access_log, rand::random()), counters })
    }
}
