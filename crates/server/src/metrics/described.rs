//! Every metric by name: what it counts. `docs/reference/metrics.md` is held against this list.

use prometheus_client::{metrics::MetricType, registry::Unit};

/// A metric.
pub(super) struct Described {
    /// Without the prefix, the unit and the suffix of its kind.
    pub name: &'static str,
    pub help: &'static str,
    pub unit: Option<Unit>,
    pub kind: MetricType,
}

macro_rules! described {
    ($($name:ident $text:literal: $kind:ident $(in $unit:ident)?, $help:literal, $($labels:literal),*;)*) => {
        $(
            pub(super) const $name: Described = Described {
                name: $text,
                help: $help,
                unit: described!(@unit $($unit)?),
                kind: MetricType::$kind,
            };
        )*
        /// All of them, with the labels each has.
        #[cfg(test)]
        pub(super) const ALL: &[(&Described, &[&str])] = &[$((&$name, &[$($labels),*])),*];
    };
    (@unit) => { None };
    (@unit $unit:ident) => { Some(Unit::$unit) };
}

described! {
    REQUESTS "requests": Counter, "Requests that are over, by who answered, application, verdict and class of status", "surface", "app", "verdict", "status";
    DURATION "request_duration": Histogram in Seconds, "From the head of a request to the end of its answer",;
    ADDED "added_latency": Histogram in Seconds, "Time until the answer's head without what the origin took: what the door adds to a request for an application",;
    ORIGIN "origin_time": Histogram in Seconds, "Time until the origin's answer began, opening a connection included",;
    SENT "response_body": Counter in Bytes, "Bytes of answers' bodies",;
    INCOMPLETE "responses_incomplete": Counter, "Answers that ended before their end: the client went, the origin broke off, or the session was ended",;
    OPEN_REQUESTS "open_requests": Gauge, "Requests whose answer has not ended",;
    UPSTREAM_ERRORS "upstream_errors": Counter, "Requests without an answer of the origin, by kind", "kind";
    UPSTREAM_OPEN "upstream_connections_open": Gauge, "Connections to origins",;
    UPSTREAM_OPENED "upstream_connections_opened": Counter, "Connections to origins that were opened, or tried to be",;
    CONNECTIONS "connections_open": Gauge, "Connections of clients, by protocol", "protocol";
    ACCEPTED "connections_accepted": Counter, "Connections of clients on which HTTP began, by protocol", "protocol";
    HANDSHAKES "tls_handshakes": Counter, "TLS handshakes: full, resumed or failed", "outcome";
    WEBSOCKETS "websockets_open": Gauge, "Open WebSockets",;
    WEBSOCKETS_OPENED "websockets_opened": Counter, "WebSockets that were opened",;
    SIGNATURES "token_signature_checks": Counter, "Application tokens whose signature was checked because they were not known: misses of the token cache",;
    PEOPLE "requests_of_people": Counter, "Requests of signed-in people; without a signature check they are hits of the token cache",;
    KNOWN "token_cache": Gauge in Bytes, "Tokens in the token cache",;
    SESSIONS "sessions": Gauge, "Sessions that are held",;
    SIGN_INS "sign_ins": Counter, "Sign-ins by login method and outcome", "provider", "outcome";
    COMMITS "store_commit": Histogram in Seconds, "Group commits of the store",;
    APPLIED "revocation_lag": Histogram in Seconds, "From a commit to everybody who follows having applied it: how long a revocation takes to be in force",;
    FAILED "store_commits_failed": Counter, "Transactions of the store of which nothing was kept",;
    WAITING "store_writes_waiting": Gauge, "Changes that wait for the store",;
    DECISIONS "decisions_written": Counter, "Decisions that were written down",;
    LOST_DECISIONS "decisions_dropped": Counter, "Decisions that were not written down because too many waited",;
    LINES "access_log_lines": Counter, "Lines of the access log by place: written, overflowed (too many waited) or failed (the place did not take them)", "place", "outcome";
    LINES_WAITING "access_log_lines_waiting": Gauge, "Lines of the access log that wait, by place", "place";
    LOST_SPANS "spans_dropped": Counter, "Spans that did not reach the collector of traces",;
    CERTIFICATE "certificate_days_left": Gauge, "Whole days until a certificate from a file ends, by its first name", "name";
    VERSION "configuration_version": Gauge, "Version of the configuration that is in force",;
    MEMORY "process_resident_memory": Gauge in Bytes, "Memory in use (RSS)",;
    DESCRIPTORS "process_open_fds": Gauge, "Open file descriptors",;
    UPTIME "uptime": Gauge in Seconds, "Since the start",;
    BUILD "build": Info, "Which release this is", "version";
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page() -> String {
        let mut page = String::from(
            "# Metrics\n\n\
             What `/metrics` of the operation listener tells (OpenMetrics text). The list is held against the code by a test; after a change\n\
             `UPDATE_GOLDEN=1 cargo nextest run -p server metrics` writes it anew. How to use them: [Operate, Watching it](../guides/operate.md).\n\n\
             | name | kind | labels | what |\n|---|---|---|---|\n",
        );
        for (metric, labels) in ALL {
            let unit = metric.unit.as_ref().map(|unit| format!("_{}", unit.as_str())).unwrap_or_default();
            let (suffix, kind) = match metric.kind {
                MetricType::Counter => ("_total", "counter"),
                MetricType::Gauge => ("", "gauge"),
                MetricType::Histogram => ("", "histogram"),
                MetricType::Info => ("_info", "info"),
                _ => ("", "other"),
            };
            let labels = labels.iter().map(|label| format!("`{label}`")).collect::<Vec<_>>().join(" ");
            page += &format!("| `doorward_{}{unit}{suffix}` | {kind} | {labels} | {} |\n", metric.name, metric.help);
        }
        page
    }

    #[test]
    fn the_reference_names_every_metric_as_it_is() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/metrics.md");
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(path, page()).unwrap();
        }
        assert_eq!(std::fs::read_to_string(path).unwrap(), page(), "see the top of docs/reference/metrics.md");
    }
}
