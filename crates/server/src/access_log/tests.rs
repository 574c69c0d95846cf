//! Lines in both forms, places that hang or fail, files that are put aside.

use std::{
    path::Path,
    rc::Rc,
    time::{Duration, Instant},
};

use axum::http::{Method, Version};
use model::{AppId, UserId};
use proxy::{Canonical, Outcome};
use serde_json::Value;

use super::{record::RequestId, *};
use crate::config::{AccessLog as Place, AccessTarget, LogFormat, LoggedQuery, SyslogAddress};

/// A request that was let in and answered.
pub(crate) fn sample(path: &str) -> Record {
    record(path, "")
}

fn record(path: &str, query: &str) -> Record {
    Record {
        id: RequestId(0x0123_4567_89ab_cdef),
        began: Instant::now(),
        ip: "203.0.113.9".parse().unwrap(),
        read: Rc::new(Canonical { host: "wiki.localhost".into(), path: path.into(), path_and_query: format!("{path}{query}") }),
        method: Method::GET,
        version: Version::HTTP_2,
        surface: Surface::Proxy,
        outcome: Outcome {
            app: Some(AppId::random()),
            user: Some(UserId::random()),
            reference: Some("a-reference".into()),
            origin: Some(proxy::OriginTime { sent: Instant::now(), took: Duration::from_micros(700) }),
            ..Outcome::of("admit", "allow")
        },
        status: 200,
        head: Duration::from_micros(900),
        bytes: 1234,
        sampled: None,
        complete: true,
    }
}

fn form(format: LogFormat, query: LoggedQuery) -> LineForm {
    LineForm { format, query }
}

fn built(record: &Record, format: LogFormat, query: LoggedQuery) -> String {
    let (mut out, stamp) = (Vec::new(), stamp::Stamp::new(Instant::now()));
    let took = Duration::from_micros(1500);
    match format {
        LogFormat::Json => json::line(&mut out, record, took, &stamp, query),
        LogFormat::Text => text::line(&mut out, record, took, &stamp, query),
    }
    String::from_utf8(out).unwrap()
}

#[test]
fn a_json_line_is_one_object_with_everything_that_is_known() {
    let record = record("/a\"b\n", "?code=hidden-1&hidden-2&x=");
    let line = built(&record, LogFormat::Json, LoggedQuery::None);
    assert!(line.ends_with("}\n") && line.matches('\n').count() == 1, "{line}");
    let told: Value = serde_json::from_str(&line).unwrap();
    let expected = [
        ("request.id", Value::from("0123456789abcdef")),
        ("client.address", "203.0.113.9".into()),
        ("http.host", "wiki.localhost".into()),
        ("http.method", "GET".into()),
        ("http.path", "/a\"b\n".into()),
        ("http.version", "HTTP/2.0".into()),
        ("http.status", 200.into()),
        ("http.bytes", 1234.into()),
        ("surface", "proxy".into()),
        ("verdict", "admit".into()),
        ("reason", "allow".into()),
        ("app.id", record.outcome.app.unwrap().to_string().into()),
        ("user.id", record.outcome.user.unwrap().to_string().into()),
        ("decision.reference", "a-reference".into()),
        ("duration_us", 1500.into()),
        ("added_us", 200.into()),
    ];
    for (name, value) in expected {
        assert_eq!(told[name], value, "{name}");
    }
    assert!(told.get("policy.id").is_none() && told.get("complete").is_none() && !line.contains("code"));
    let time = told["timestamp"].as_str().unwrap();
    assert!(time::OffsetDateTime::parse(time, &time::format_description::well_known::Rfc3339).is_ok(), "{time}");
}

#[test]
fn of_a_query_names_are_told_at_most_never_a_value() {
    for format in [LogFormat::Json, LogFormat::Text] {
        let named = built(&record("/cb", "?code=hidden-1&hidden-2&state=hidden-3&x"), format, LoggedQuery::Names);
        assert!(named.contains("code=&=&state=&=") && !named.contains("hidden"), "{named}");
        let none = built(&record("/cb", "?code=hidden-1"), format, LoggedQuery::None);
        assert!(!none.contains("code") && !none.contains("hidden"), "{none}");
    }
}

#[test]
fn a_text_line_begins_like_the_combined_format_and_cannot_be_forged() {
    let mut odd = record("/a\" 200 1 \n203.0.113.1 - - ", "");
    odd.complete = false;
    let line = built(&odd, LogFormat::Text, LoggedQuery::None);
    let user = odd.outcome.user.unwrap();
    assert!(line.starts_with(&format!("203.0.113.9 - {user} [")) && line.matches('\n').count() == 1, "{line}");
    assert!(
        line.contains("\"GET /a\\x22 200 1 \\x0a203.0.113.1 - -  HTTP/2.0\" 200 1234 \"-\" \"-\" id=0123456789abcdef host=wiki.localhost")
    );
    assert!(line.ends_with(" us=1500 added_us=200 complete=no\n"), "{line}");
}

#[test]
fn a_request_whose_client_went_tells_of_no_added_time_and_a_long_method_is_cut() {
    let mut gone = record("/a", "");
    (gone.status, gone.complete) = (CLIENT_GONE, false);
    gone.outcome.origin = None;
    gone.method = Method::from_bytes(&[b'A'; 5000]).unwrap();
    for format in [LogFormat::Json, LogFormat::Text] {
        let line = built(&gone, format, LoggedQuery::None);
        assert!(line.contains("499") && !line.contains("added_us"), "{line}");
        assert!(line.contains(&"A".repeat(1024)) && !line.contains(&"A".repeat(1025)), "{line}");
    }
}

#[test]
fn long_paths_are_cut_between_characters() {
    let line = built(&record(&format!("/{}", "ß".repeat(5000)), ""), LogFormat::Json, LoggedQuery::None);
    let told: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(told["http.path"].as_str().unwrap().chars().count(), 1024);
}

/// Hands lines to places as a serving thread does, ends them, and gives what they did.
fn written(settings: Vec<Place>, lines: usize, patience: Duration) -> Vec<Arc<Tally>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().worker_threads(1).build().unwrap();
    let client = idp::Client::new(idp::Config {
        default_cloud: model::idp::EntraCloud::default(),
        extra_roots_pem: Vec::new(),
        allowed_private: Vec::new(),
        resolve: Vec::new(),
        total_timeout: Duration::from_secs(1),
        user_agent: "doorward".into(),
        federated_tokens: Vec::new(),
    })
    .unwrap();
    let (log, writers) = Places::open(&settings, &client).unwrap().start(runtime.handle()).unwrap();
    let local = tokio::runtime::Builder::new_current_thread().enable_all().build_local(tokio::runtime::LocalOptions::default()).unwrap();
    let began = Instant::now();
    local.block_on(async {
        let mine = Lines::new(&log, 7);
        let record = record("/page", "");
        (0..lines).for_each(|_| mine.write(&record, Instant::now()));
    });
    assert!(began.elapsed() < Duration::from_secs(20), "nobody waits for a place");
    drop(local);
    writers.close(Instant::now() + patience);
    log.tallies().cloned().collect()
}

fn place(to: AccessTarget, queue_bytes: usize) -> Place {
    Place { to, form: form(LogFormat::Json, LoggedQuery::None), queue_bytes }
}

fn file(path: &Path, rotate_bytes: Option<u64>, keep: u32) -> AccessTarget {
    AccessTarget::File { path: path.to_owned(), rotate_bytes, keep }
}

struct Folder(std::path::PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("doorward-access-log-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }
    fn lines(&self, name: &str) -> usize {
        std::fs::read_to_string(self.0.join(name)).map_or(0, |text| text.lines().count())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_file_gets_every_line_and_is_put_aside_by_size() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    let tallies = written(
        vec![
            place(file(&folder.0.join("whole.log"), None, 0), 64 << 20),
            place(file(&folder.0.join("cut.log"), Some(200_000), 3), 64 << 20),
        ],
        5000,
        Duration::from_secs(10),
    );
    assert!(tallies.iter().all(|t| t.written() == 5000 && t.dropped() == 0 && t.waiting_lines() == 0));
    assert_eq!(folder.lines("whole.log"), 5000);
    let mode = std::fs::metadata(folder.0.join("whole.log")).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode & 0o137, 0, "{mode:o}");
    let cut = ["cut.log", "cut.log.1", "cut.log.2", "cut.log.3"];
    assert!(cut.iter().all(|name| (1..2000).contains(&folder.lines(name))), "{:?}", cut.map(|name| folder.lines(name)));
    assert!(!folder.0.join("cut.log.4").exists());
}

#[test]
fn a_place_that_hangs_loses_its_own_lines_only_and_they_are_counted() {
    let folder = Folder::new();
    // Accepts nobody: the listener's backlog takes the connection, and nothing is ever read.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let hanging = AccessTarget::Syslog { address: SyslogAddress::Tcp(listener.local_addr().unwrap()), facility: 16 };
    let lines = 60_000;
    let tallies =
        written(vec![place(hanging, 1 << 20), place(file(&folder.0.join("a.log"), None, 0), 256 << 20)], lines, Duration::from_secs(3));
    assert_eq!(folder.lines("a.log"), lines);
    let [hung, file] = tallies.as_slice() else { panic!("two places") };
    assert_eq!((file.written(), file.dropped()), (lines as u64, 0));
    assert!(hung.overflowed() > 0, "{} written, {} failed", hung.written(), hung.failed());
    assert_eq!(hung.written() + hung.dropped() + hung.waiting_lines(), lines as u64, "every line is accounted for");
}

#[test]
fn syslog_messages_are_counted_on_a_stream_and_one_a_datagram() {
    use std::io::Read;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = SyslogAddress::Tcp(listener.local_addr().unwrap());
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        listener.accept().unwrap().0.read_to_string(&mut text).unwrap();
        text
    });
    let udp = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let to_udp = AccessTarget::Syslog { address: SyslogAddress::Udp(udp.local_addr().unwrap()), facility: 16 };
    written(vec![place(AccessTarget::Syslog { address, facility: 4 }, 1 << 20), place(to_udp, 1 << 20)], 3, Duration::from_secs(10));
    let text = reader.join().unwrap();
    let mut rest = text.as_str();
    for _ in 0..3 {
        let (length, after) = rest.split_once(' ').unwrap();
        let (message, after) = after.split_at(length.parse().unwrap());
        assert!(message.starts_with("<38>1 ") && message.contains(" access - {\"timestamp\"") && message.ends_with('}'), "{message}");
        rest = after;
    }
    assert_eq!(rest, "");
    let mut buffer = [0; 4096];
    for _ in 0..3 {
        let length = udp.recv(&mut buffer).unwrap();
        assert!(buffer[..length].starts_with(b"<134>1 ") && buffer[..length].ends_with(b"}"));
    }
}
