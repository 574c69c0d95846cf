//! `[[logs.access]]`: where a line for each request goes, in which form, and how much may wait.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use url::Url;

use super::{LogFormat, Section};

/// One place that gets the lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessLog {
    /// Where.
    pub to: AccessTarget,
    /// Form.
    pub form: LineForm,
    /// Bytes that may wait for a slow place; what comes on top is dropped and counted.
    pub queue_bytes: usize,
}

/// How a line is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineForm {
    /// JSON, or a text like the combined log format.
    pub format: LogFormat,
    /// What is told of the query.
    pub query: LoggedQuery,
}

/// What a line tells of a query. Never its values: they hold codes, tokens and names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoggedQuery {
    /// Nothing.
    None,
    /// The names, with the values left out.
    Names,
}

/// A place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccessTarget {
    /// Standard output.
    Stdout,
    /// Standard error, with the program's own log.
    Stderr,
    /// A file.
    File {
        /// Which.
        path: PathBuf,
        /// Bytes at which it is put aside; absent: never.
        rotate_bytes: Option<u64>,
        /// Older files that are kept.
        keep: u32,
    },
    /// A syslog server (RFC 5424).
    Syslog {
        /// Where.
        address: SyslogAddress,
        /// Facility, 0 to 23.
        facility: u8,
    },
    /// An HTTP service that takes one JSON object a line.
    Push {
        /// Where.
        url: Url,
        /// File with further header lines, for example `Authorization: Bearer …`.
        headers_file: Option<PathBuf>,
    },
}

/// How a syslog server is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SyslogAddress {
    /// One datagram a line (RFC 5426).
    Udp(SocketAddr),
    /// Counted lines on a stream (RFC 6587).
    Tcp(SocketAddr),
    /// The same within TLS (RFC 5425): host and port, and a file with authorities of its own.
    Tls {
        /// Name or address; the certificate must be for it.
        host: String,
        /// Port.
        port: u16,
        /// Authorities; absent: the platform's.
        ca_file: Option<PathBuf>,
    },
    /// A local datagram socket such as `/dev/log`.
    Unix(PathBuf),
}

const FACILITIES: [&str; 24] = [
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp", "ntp", "audit", "alert", "clock",
    "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
];

/// Most places.
const MOST: usize = 8;

/// Reads the list. Without one, lines stand with the program's own; an empty list means none at all.
pub(super) fn read(section: &mut Section, format: LogFormat, base: &Path) -> Vec<AccessLog> {
    let default = AccessLog { to: AccessTarget::Stderr, form: LineForm { format, query: LoggedQuery::None }, queue_bytes: 8 << 20 };
    if section.lacks("access") {
        return vec![default];
    }
    let tables = section.tables("access");
    if tables.len() > MOST {
        section.fault("access", format!("names more than {MOST} places"));
    }
    tables.into_iter().take(MOST).filter_map(|mut table| one(&mut table, format, base)).collect()
}

fn one(section: &mut Section, format: LogFormat, base: &Path) -> Option<AccessLog> {
    let form = LineForm {
        format: section.text("format", LogFormat::parse).unwrap_or(format),
        query: section
            .text("query", |s| match s {
                "none" => Ok(LoggedQuery::None),
                "names" => Ok(LoggedQuery::Names),
                other => Err(format!("{other:?} is not one of none, names")),
            })
            .unwrap_or(LoggedQuery::None),
    };
    let queue = section.number("queue_mib", 1..=1024).and_then(|n| usize::try_from(n).ok()).unwrap_or(8);
    let known = ["stdout", "stderr", "file", "syslog", "push"];
    let to = section.required("to", "stdout, stderr, file, syslog or push", |s| {
        known.iter().find(|k| **k == s).copied().ok_or_else(|| format!("{s:?} is not one of {}", known.join(", ")))
    })?;
    let to = match to {
        "stdout" => AccessTarget::Stdout,
        "stderr" => AccessTarget::Stderr,
        "file" => file(section, base)?,
        "syslog" => syslog(section, base)?,
        _ => push(section, base, form.format)?,
    };
    Some(AccessLog { to, form, queue_bytes: queue << 20 })
}

fn file(section: &mut Section, base: &Path) -> Option<AccessTarget> {
    let path = section.required("path", "the file", |s| if s.is_empty() { Err("is empty".to_owned()) } else { Ok(base.join(s)) })?;
    // Zero: never put aside by doorward itself.
    let rotate = section.number("rotate_mib", 0..=1_048_576).and_then(|n| u64::try_from(n).ok()).unwrap_or(256);
    let keep = section.number("keep", 0..=999).and_then(|n| u32::try_from(n).ok()).unwrap_or(8);
    Some(AccessTarget::File { path, rotate_bytes: (rotate > 0).then_some(rotate << 20), keep })
}

fn syslog(section: &mut Section, base: &Path) -> Option<AccessTarget> {
    let ca_file = section.text("ca_file", |s| Ok(base.join(s)));
    let facility = section.text("facility", |s| {
        FACILITIES
            .iter()
            .position(|f| *f == s)
            .and_then(|n| u8::try_from(n).ok())
            .ok_or_else(|| format!("{s:?} is not a syslog facility such as local0"))
    });
    let address = section.required("address", "for example udp://10.0.0.5:514, tls://logs.example:6514 or unix:///dev/log", |s| {
        syslog_address(s, ca_file.clone())
    })?;
    if ca_file.is_some() && !matches!(address, SyslogAddress::Tls { .. }) {
        section.fault("ca_file", "is for tls:// addresses only");
    }
    Some(AccessTarget::Syslog { address, facility: facility.unwrap_or(16) })
}

fn syslog_address(s: &str, ca_file: Option<PathBuf>) -> Result<SyslogAddress, String> {
    // Not repeated: whoever takes another kind of address may have put a token into it.
    let wrong = || "is not udp://address:port, tcp://address:port, tls://host:port or unix:///path".to_owned();
    let (scheme, rest) = s.split_once("://").ok_or_else(wrong)?;
    let socket = || rest.parse::<SocketAddr>().map_err(|_| "is not an address with a port, like 10.0.0.5:514".to_owned());
    match scheme {
        "udp" => Ok(SyslogAddress::Udp(socket()?)),
        "tcp" => Ok(SyslogAddress::Tcp(socket()?)),
        "tls" => {
            let (host, port) = rest.rsplit_once(':').ok_or_else(wrong)?;
            let port = port.parse().map_err(|_| wrong())?;
            if host.is_empty() { Err(wrong()) } else { Ok(SyslogAddress::Tls { host: host.to_owned(), port, ca_file }) }
        }
        "unix" if rest.starts_with('/') => Ok(SyslogAddress::Unix(rest.into())),
        _ => Err(wrong()),
    }
}

fn push(section: &mut Section, base: &Path, format: LogFormat) -> Option<AccessTarget> {
    let headers_file = section.text("headers_file", |s| Ok(base.join(s)));
    if section.lacks("url") {
        section.fault("url", "is missing: where batches are posted");
    }
    let url = section.address("url")?;
    if format != LogFormat::Json {
        section.fault("format", "a push is JSON");
    }
    Some(AccessTarget::Push { url, headers_file })
}
