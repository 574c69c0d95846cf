//! What one serving thread has of its own.

use std::{rc::Rc, sync::Arc};

use proxy::Worker;

use super::Hosts;
use crate::access_log::Lines;

/// A thread's proxy with its upstream connections, and its side of the access log.
pub(crate) struct Local {
    pub worker: Rc<Worker>,
    pub lines: Rc<Lines>,
}

impl Local {
    /// For the current thread; to be called on a local runtime.
    pub(crate) fn new(hosts: &Arc<Hosts>) -> Rc<Self> {
        Rc::new(Self { worker: Worker::new(hosts.proxy.clone()), lines: Lines::new(&hosts.access_log, rand::random()) })
    }
}
