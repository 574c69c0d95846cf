//! What a worker did, for metrics. Its own thread writes, without waiting; whoever tells sums up.

use model::measure::Count;

/// One worker's numbers.
#[derive(Debug, Default)]
pub struct Counters {
    /// WebSockets opened.
    pub websockets_opened: Count,
    /// WebSockets that have ended.
    pub websockets_closed: Count,
    /// Connections to origins that were opened, or tried to be.
    pub connections_opened: Count,
    /// Connections to origins that have ended.
    pub connections_closed: Count,
}
