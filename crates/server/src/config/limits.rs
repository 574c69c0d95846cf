//! `[limits]`: what one client may take, and when the server sheds load. Every key has a default that suits a single machine.

use std::{ops::RangeInclusive, time::Duration};

use super::Section;

/// Limits of connections, requests and memory.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Fields in a request's head.
    pub headers: usize,
    /// Bytes of a request's head.
    pub header_bytes: usize,
    /// Bytes of the request's target: path and query.
    pub target_bytes: usize,
    /// Seconds from a head's first byte to its last.
    pub header_seconds: u64,
    /// Seconds that a connection may rest between requests.
    pub idle_seconds: u64,
    /// Bytes a second that an upload must bring on average, counted while the server waits for it; 0: no rule.
    pub upload_bytes_per_second: u64,
    /// Seconds of waiting that every upload has for free.
    pub upload_grace_seconds: u64,
    /// Bytes of a request's body for sign-in, API and SCIM.
    pub control_body_bytes: usize,
    /// Streams at the same time on an HTTP/2 connection.
    pub h2_streams: u32,
    /// Streams that a client may reset in a minute, on one HTTP/2 connection.
    pub h2_resets: u32,
    /// Frames in a minute that carry nothing, on one HTTP/2 connection.
    pub h2_control_frames: u32,
    /// Connections in all; 0: as many as the open files allow.
    pub connections: u32,
    /// Connections of one client network; 0: no rule.
    pub connections_per_client: u32,
    /// Length of an IPv4 client network.
    pub client_prefix_ipv4: u8,
    /// Length of an IPv6 client network.
    pub client_prefix_ipv6: u8,
    /// Handshakes at the same time on one thread; one client network gets an eighth of them.
    pub handshakes: usize,
    /// Mebibytes of memory that doorward may take; 0: those of its control group, else those of the machine.
    pub memory_mib: u64,
    /// Percent of it from which on new connections are refused and resting ones ended.
    pub memory_soft_percent: u64,
    /// Percent of it from which on requests are answered with 503.
    pub memory_hard_percent: u64,
    /// How often somebody may knock.
    pub rates: Rates,
}

/// Requests in a minute, a minute's worth of which may come at once; 0: no rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rates {
    /// Sign-ins begun, for one client network.
    pub sign_in: u32,
    /// Returns from a provider, for one client network.
    pub callback: u32,
    /// Calls of the API with one token.
    pub api_token: u32,
    /// Calls of the API, for one client network.
    pub api_client: u32,
    /// Calls of SCIM, for one client network.
    pub scim_client: u32,
}

impl Limits {
    /// What uploads must bring; none without a rule.
    pub fn pace(&self) -> Option<proxy::Pace> {
        let grace = Duration::from_secs(self.upload_grace_seconds);
        (self.upload_bytes_per_second > 0).then_some(proxy::Pace { bytes_per_second: self.upload_bytes_per_second, grace })
    }

    pub(super) fn read(section: &mut Section) -> Self {
        let mut take = |key: &'static str, range: RangeInclusive<u32>, default: u32| take(section, key, range, default);
        let out = Self {
            headers: take("headers", 16..=1000, 100) as usize,
            header_bytes: take("header_bytes", 8192..=1_048_576, 65_536) as usize,
            target_bytes: take("target_bytes", 1024..=65_534, 16_384) as usize,
            header_seconds: take("header_seconds", 1..=300, 15).into(),
            idle_seconds: take("idle_seconds", 1..=3600, 75).into(),
            upload_bytes_per_second: take("upload_bytes_per_second", 0..=1_048_576, 240).into(),
            upload_grace_seconds: take("upload_grace_seconds", 1..=3600, 30).into(),
            control_body_bytes: take("control_body_bytes", 65_536..=1_048_576, 1_048_576) as usize,
            h2_streams: take("h2_streams", 1..=10_000, 256),
            h2_resets: take("h2_resets", 10..=100_000, 500),
            h2_control_frames: take("h2_control_frames", 60..=1_000_000, 3000),
            connections: take("connections", 0..=10_000_000, 0),
            connections_per_client: take("connections_per_client", 0..=10_000_000, 4000),
            client_prefix_ipv4: prefix(take("client_prefix_ipv4", 8..=32, 32)),
            client_prefix_ipv6: prefix(take("client_prefix_ipv6", 16..=128, 64)),
            handshakes: take("handshakes", 8..=100_000, 1024) as usize,
            memory_mib: take("memory_mib", 0..=16_777_216, 0).into(),
            memory_soft_percent: take("memory_soft_percent", 10..=99, 80).into(),
            memory_hard_percent: take("memory_hard_percent", 11..=100, 90).into(),
            rates: Rates {
                sign_in: take("sign_in_per_minute", 0..=1_000_000, 1200),
                callback: take("callback_per_minute", 0..=1_000_000, 2400),
                api_token: take("api_per_token_per_minute", 0..=10_000_000, 12_000),
                api_client: take("api_per_client_per_minute", 0..=10_000_000, 24_000),
                scim_client: take("scim_per_client_per_minute", 0..=10_000_000, 24_000),
            },
        };
        if out.memory_soft_percent >= out.memory_hard_percent {
            section.fault("memory_soft_percent", "must be less than memory_hard_percent");
        }
        if out.target_bytes >= out.header_bytes {
            section.fault("target_bytes", "must be less than header_bytes: the target is part of the head");
        }
        out
    }
}

fn take(section: &mut Section, key: &'static str, range: RangeInclusive<u32>, default: u32) -> u32 {
    let range = i64::from(*range.start())..=i64::from(*range.end());
    section.number(key, range).and_then(|n| u32::try_from(n).ok()).unwrap_or(default)
}

fn prefix(length: u32) -> u8 {
    u8::try_from(length).unwrap_or(u8::MAX)
}
