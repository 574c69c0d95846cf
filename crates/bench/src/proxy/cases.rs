//! The cases and their goals.

/// A way in: a proxy by one of its ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Doorward,
    DoorwardTls,
    Nginx,
    NginxTls,
    Haproxy,
    HaproxyRs256,
}

impl Engine {
    pub const ALL: [Self; 6] = [Self::Doorward, Self::DoorwardTls, Self::Nginx, Self::NginxTls, Self::Haproxy, Self::HaproxyRs256];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Doorward => "doorward",
            Self::DoorwardTls => "doorward, TLS",
            Self::Nginx => "nginx plain",
            Self::NginxTls => "nginx TLS",
            Self::Haproxy => "haproxy plain",
            Self::HaproxyRs256 => "haproxy with RS256 check",
        }
    }

    pub const fn is_doorward(self) -> bool {
        matches!(self, Self::Doorward | Self::DoorwardTls)
    }

    pub const fn is_tls(self) -> bool {
        matches!(self, Self::DoorwardTls | Self::NginxTls)
    }

    /// Whether a request without a token is refused.
    pub const fn checks(self) -> bool {
        matches!(self, Self::Doorward | Self::DoorwardTls | Self::HaproxyRs256)
    }
}

/// How requests come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Load {
    /// One token over kept connections.
    One,
    /// The tokens of all people in turn.
    People,
    /// Each request with a token whose signature was not checked before.
    Cold,
    /// One token, a new connection for each request.
    Connections,
    /// One token, HTTP/2 with four streams a connection.
    Http2,
    /// No load: connections that wait.
    Idle,
}

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Figure {
    /// Processor time.
    Cpu,
    /// The time that 99 of a hundred requests did not exceed.
    P99,
}

/// What should be reached: the ratio to another one in the same round.
#[derive(Debug, Clone, Copy)]
pub struct Goal {
    pub figure: Figure,
    pub against: Engine,
    pub most: f64,
}

/// A case.
#[derive(Debug)]
pub struct Case {
    pub id: &'static str,
    pub title: &'static str,
    pub load: Load,
    pub path: &'static str,
    /// In the order in which they are measured, doorward among those that it is compared with.
    pub engines: &'static [Engine],
    pub goals: &'static [Goal],
}

/// Memory of a connection that waits, without TLS, in KiB.
pub const MOST_IDLE_KIB: f64 = 16.0;

const fn cpu(against: Engine, most: f64) -> Goal {
    Goal { figure: Figure::Cpu, against, most }
}

/// All cases.
pub const CASES: [Case; 9] = [
    Case {
        id: "warm",
        title: "HTTP/1.1, 1 KiB, token known",
        load: Load::One,
        path: "/1k",
        engines: &[Engine::Nginx, Engine::Doorward, Engine::HaproxyRs256, Engine::Haproxy],
        goals: &[
            cpu(Engine::Nginx, 1.0),
            cpu(Engine::HaproxyRs256, 0.36),
            Goal { figure: Figure::P99, against: Engine::Haproxy, most: 1.1 },
        ],
    },
    Case {
        id: "people",
        title: "200 people in turn",
        load: Load::People,
        path: "/1k",
        engines: &[Engine::Nginx, Engine::Doorward],
        goals: &[cpu(Engine::Nginx, 1.0)],
    },
    Case {
        id: "cold",
        title: "a token not seen before with each request",
        load: Load::Cold,
        path: "/1k",
        engines: &[Engine::HaproxyRs256, Engine::Doorward],
        goals: &[cpu(Engine::HaproxyRs256, 0.7)],
    },
    Case {
        id: "tls",
        title: "TLS, HTTP/1.1 over kept connections",
        load: Load::One,
        path: "/1k",
        engines: &[Engine::NginxTls, Engine::DoorwardTls],
        goals: &[cpu(Engine::NginxTls, 0.9)],
    },
    Case {
        id: "handshakes",
        title: "TLS, a new connection for each request",
        load: Load::Connections,
        path: "/1k",
        engines: &[Engine::NginxTls, Engine::DoorwardTls],
        goals: &[cpu(Engine::NginxTls, 0.7)],
    },
    Case {
        id: "h2",
        title: "TLS, HTTP/2, four streams a connection",
        load: Load::Http2,
        path: "/1k",
        engines: &[Engine::NginxTls, Engine::DoorwardTls],
        goals: &[cpu(Engine::NginxTls, 1.05)],
    },
    Case {
        id: "64k",
        title: "HTTP/1.1, 64 KiB",
        load: Load::One,
        path: "/64k",
        engines: &[Engine::Nginx, Engine::Doorward],
        goals: &[cpu(Engine::Nginx, 0.9)],
    },
    Case { id: "idle", title: "memory of an idle connection", load: Load::Idle, path: "/1k", engines: &[Engine::Doorward], goals: &[] },
    Case {
        id: "idle-tls",
        title: "memory of an idle TLS connection",
        load: Load::Idle,
        path: "/1k",
        engines: &[Engine::DoorwardTls],
        goals: &[],
    },
];
