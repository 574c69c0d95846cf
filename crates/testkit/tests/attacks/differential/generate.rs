//! Odd requests from a grammar of everything that has been misread before.

/// SplitMix64: the same numbers from the same seed, everywhere.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, end: usize) -> usize {
        (self.roll() % end as u64) as usize
    }

    /// True this often in a hundred.
    pub fn percent(&mut self, often: usize) -> bool {
        self.below(100) < often
    }

    pub fn one_of<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }
}

/// A request before it is written down.
#[derive(Debug, Clone)]
pub struct Odd {
    pub number: usize,
    pub method: String,
    pub target: String,
    /// Values of `Host`.
    pub hosts: Vec<String>,
    /// Further fields.
    pub fields: Vec<(String, String)>,
    /// Fields that delimit the body, and the body as it is written.
    pub framing: Vec<(String, String)>,
    pub written: Vec<u8>,
    /// The body that is meant, when the framing is plain.
    pub body: Option<Vec<u8>>,
}

const METHODS: [&str; 24] = [
    "GET", "GET", "GET", "GET", "GET", "GET", "GET", "GET", "POST", "POST", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PROPFIND", "BREW",
    "get", "head", "TRACE", "CONNECT", "GE T", "G\tT", "POST\0",
];
const SEGMENTS: [&str; 56] = [
    "open",
    "open",
    "open",
    "hq",
    "hq",
    "x",
    "x",
    "a.b",
    "caf%C3%A9",
    "a%20b",
    "~m",
    "v1:2",
    "..",
    ".",
    "%2e%2e",
    "%2E%2e",
    ".%2e",
    "%2e",
    "..;",
    "..;x=y",
    ".;",
    "",
    "",
    "%2f",
    "%2Fhq",
    "open%2f..%2fhq",
    "%5c",
    "..%5chq",
    "\\",
    "..\\hq",
    "%00",
    "hq%00",
    "%0d%0aX:y",
    "%",
    "%g1",
    "%252e%252e",
    "%25",
    "%c0%ae%c0%ae",
    "%u002e",
    "%6fpen",
    "%68q",
    "h%71",
    "OPEN",
    "open;",
    "open;x",
    "hq;x",
    ";hq",
    "x;/",
    "*",
    "open*",
    "%3bhq",
    "%23",
    "#",
    "a b",
    "\u{e9}",
    "...",
];
/// Segments with one reading.
const MILD: [&str; 20] = [
    "open",
    "open",
    "open",
    "%6fpen",
    "hq",
    "%68q",
    "h%71",
    "hqs",
    "x",
    "x",
    "a.b",
    "caf%C3%A9",
    "a%20b",
    "~m",
    "v1:2",
    "x;y=1",
    "OPEN",
    "...",
    "x,y",
    "[z]",
];
const QUERIES: [&str; 14] = ["", "", "", "", "", "?", "?a=b", "?/open/x", "?../hq", "?x=%23%00", "?a?b", "?\\", "?#/open/", "?;x"];
const HOSTS: [&str; 30] = [
    "wiki.localhost",
    "wiki.localhost",
    "wiki.localhost",
    "wiki.localhost",
    "wiki.localhost",
    "wiki.localhost",
    "wiki.localhost",
    "wiki.localhost",
    "wiki.localhost",
    "wiki.localhost",
    "wiki.localhost",
    "wiki.localhost",
    "wiki.localhost",
    "wiki.localhost",
    "wiki.localhost",
    "WIKI.LocalHost",
    "wiki.localhost:443",
    "wiki.localhost:1",
    "wiki.localhost.",
    "wiki.localhost:",
    "wiki.localhost:x",
    "x@wiki.localhost",
    "wiki.localhost,evil.example",
    "evil.example",
    "other.localhost",
    "team.localhost",
    "",
    "xn--wiki-.localhost",
    "wiki.localhost/..",
    "[::1]",
];
const IDENTITY: [&str; 6] = [
    "cf-access-jwt-assertion",
    "cf-access-authenticated-user-email",
    "cf-access-groups",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-real-ip",
];
const PLAIN: [(&str, &str); 22] = [
    ("Connection", "close, Cf-Access-Jwt-Assertion"),
    ("Connection", "keep-alive, X-Forwarded-For, Cookie"),
    ("Connection", "Transfer-Encoding"),
    ("Connection", "Content-Length, Host"),
    ("X-HTTP-Method-Override", "DELETE"),
    ("X-Original-URL", "/open/forged"),
    ("X-Rewrite-URL", "/hq/forged"),
    ("Upgrade", "h2c"),
    ("HTTP2-Settings", "AAMAAABkAAQCAAAAAAIAAAAA"),
    ("TE", "trailers"),
    ("TE", "chunked;q=0.5, trailers"),
    ("Trailer", "Content-Length"),
    ("Range", "bytes=0-1"),
    ("Content_Length", "7"),
    ("Transfer_Encoding", "chunked"),
    ("Cookie", "a=b; CF_Authorization=forged"),
    ("Cookie", "CF_AppSession=forged; CF_Binding=forged"),
    ("Authorization", "Basic eDp5"),
    ("X-Odd", "\u{e9}\u{4e2d} \"',;=()<>@"),
    ("X-Odd", ""),
    ("Accept", "text/html, */*;q=0.1"),
    ("Forwarded", "for=forged;host=forged;proto=http"),
];

/// Where a request is odd.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    None,
    Method,
    Target,
    Host,
    Framing,
    All,
}

/// The next odd request.
pub fn odd(dice: &mut Dice, number: usize) -> Odd {
    // Most are odd in one place only: the others would be refused for something else each time.
    let place =
        if dice.percent(25) { Place::All } else { dice.one_of(&[Place::Method, Place::Target, Place::Host, Place::Framing, Place::None]) };
    let is_odd = |here: Place| place == here || place == Place::All;
    let method = dice.one_of(if is_odd(Place::Method) { &METHODS } else { &METHODS[..17] }).to_owned();
    let target = if is_odd(Place::Target) { target(dice, &SEGMENTS) } else { target(dice, &MILD) };
    let mut hosts = vec![dice.one_of(if is_odd(Place::Host) { &HOSTS } else { &HOSTS[..18] }).to_owned()];
    if is_odd(Place::Host) && dice.percent(6) {
        hosts.push(dice.one_of(&HOSTS).to_owned());
    } else if is_odd(Place::Host) && dice.percent(4) {
        hosts.clear();
    }
    let mut fields = vec![("X-Case".to_owned(), format!("{number}-{number}"))];
    for _ in 0..dice.below(4) {
        if dice.percent(50) {
            fields.push((spelled(dice), format!("forged{number}")));
        } else {
            let (name, value) = dice.one_of(&PLAIN);
            fields.push((name.to_owned(), value.to_owned()));
        }
    }
    let mut odd = Odd { number, method, target, hosts, fields, framing: Vec::new(), written: Vec::new(), body: Some(Vec::new()) };
    if odd.method != "GET" && dice.percent(70) || dice.percent(8) {
        frame(dice, &mut odd, if is_odd(Place::Framing) { 24 } else { 13 });
    }
    odd
}

fn target(dice: &mut Dice, segments: &[&str]) -> String {
    let mut path = String::new();
    for _ in 0..=dice.below(4) {
        path.push('/');
        path.push_str(dice.one_of(segments));
    }
    if dice.percent(15) {
        path.push('/');
    }
    let path = path + dice.one_of(&QUERIES);
    match dice.below(if segments.len() == MILD.len() { 400 } else { 40 }) {
        0 => format!("https://wiki.localhost{path}"),
        1 => format!("https://other.localhost{path}"),
        2 => format!("http://wiki.localhost{path}"),
        3 => path[1..].to_owned(),
        4 => "*".to_owned(),
        5 => format!("/{path}"),
        _ => path,
    }
}

/// An identity header in a spelling of somebody's.
fn spelled(dice: &mut Dice) -> String {
    let name = dice.one_of(&IDENTITY);
    let separator = dice.one_of(&["-", "-", "-", "_", ".", "~", "!"]);
    let spelled = name.replace('-', separator);
    if dice.percent(50) { spelled.to_uppercase() } else { spelled }
}

fn frame(dice: &mut Dice, odd: &mut Odd, ways: usize) {
    let smuggled = "GET /smuggled HTTP/1.1\r\nHost: wiki.localhost\r\nX-Case: smuggled\r\n\r\n";
    let body = match dice.below(4) {
        0 => Vec::new(),
        1 => b"hello".to_vec(),
        2 => smuggled.as_bytes().to_vec(),
        _ => format!("0\r\n\r\n{smuggled}").into_bytes(),
    };
    let length = body.len().to_string();
    let chunked = || {
        let data = if body.is_empty() { String::new() } else { format!("{:x}\r\n{}\r\n", body.len(), String::from_utf8_lossy(&body)) };
        format!("{data}0\r\n\r\n").into_bytes()
    };
    let set = |list: &[(&str, &str)]| list.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    let (cl, te) = ("Content-Length", "Transfer-Encoding");
    let (framing, written, plain): (Vec<(String, String)>, Vec<u8>, bool) = match dice.below(ways) {
        0..=6 => (set(&[(cl, &length)]), body.clone(), true),
        7..=12 => (set(&[(te, "chunked")]), chunked(), true),
        13 => (set(&[(cl, &length), (te, "chunked")]), chunked(), false),
        14 => (set(&[(te, "chunked"), (cl, &length)]), body.clone(), false),
        15 => (set(&[(cl, &length), (cl, &length)]), body.clone(), false),
        16 => (set(&[(cl, &length), (cl, "0")]), body.clone(), false),
        17 => (set(&[(cl, &format!("+{length}"))]), body.clone(), false),
        18 => (set(&[(te, "gzip, chunked")]), chunked(), false),
        19 => (set(&[(te, "xchunked")]), chunked(), false),
        20 => (set(&[(te, "chunked"), (te, "identity")]), chunked(), false),
        21 => (set(&[(cl, &format!("{length}, {length}"))]), body.clone(), false),
        22 => (set(&[(te, "\tchunked ")]), chunked(), true),
        _ => (set(&[("Content-Length ", &length)]), body.clone(), false),
    };
    (odd.framing, odd.written, odd.body) = (framing, written, plain.then_some(body));
}

/// As it is written in HTTP/1.1, sometimes with a byte changed on the way.
pub fn written(dice: &mut Dice, odd: &Odd, cookie: Option<&str>) -> (Vec<u8>, bool) {
    let version = if dice.percent(2) { "HTTP/1.0" } else { "HTTP/1.1" };
    let mut head = format!("{} {} {version}\r\n", odd.method, odd.target);
    for host in &odd.hosts {
        head.push_str(&format!("Host: {host}\r\n"));
    }
    for (name, value) in cookie.iter().map(|cookie| ("Cookie", *cookie)).chain(pairs(&odd.fields)).chain(pairs(&odd.framing)) {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let mut bytes = head.into_bytes();
    let changed = dice.percent(8);
    if changed {
        let at = dice.below(bytes.len() - 2);
        bytes[at] = dice.one_of(b"\0\t\n\r #%./:;\\\x7f\xffAz0,");
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(&odd.written);
    (bytes, changed)
}

/// Name and value.
type Field = (Vec<u8>, Vec<u8>);

/// As fields of HTTP/2, where framing fields but a length have no place.
pub fn fields(dice: &mut Dice, odd: &Odd, cookie: Option<&str>) -> (Vec<Field>, bool) {
    let mut list: Vec<(String, String)> = vec![(":method".into(), odd.method.clone()), (":scheme".into(), "https".into())];
    let by_host = dice.percent(10);
    for (at, host) in odd.hosts.iter().enumerate() {
        list.push((if by_host || at > 0 { "host" } else { ":authority" }.into(), host.clone()));
    }
    list.push((":path".into(), odd.target.clone()));
    let pseudo_last = dice.percent(3);
    if !pseudo_last {
        list.sort_by_key(|(name, _)| !name.starts_with(':'));
    }
    list.extend(cookie.map(|cookie| ("cookie".into(), cookie.to_owned())));
    let keep = |name: &str| !matches!(name, "connection" | "upgrade" | "te" | "http2-settings");
    for (name, value) in pairs(&odd.fields).chain(pairs(&odd.framing)) {
        let name = name.to_lowercase();
        if keep(&name) || dice.percent(10) {
            list.push((name, value.to_owned()));
        }
    }
    let mut list: Vec<Field> = list.into_iter().map(|(name, value)| (name.into_bytes(), value.into_bytes())).collect();
    let changed = dice.percent(8);
    if changed {
        let at = dice.below(list.len());
        let (name, value) = &mut list[at];
        let text = if dice.percent(30) { name } else { value };
        if !text.is_empty() {
            let at = dice.below(text.len());
            text[at] = dice.one_of(b"\0\t\n\r #%./:;\\\x7f\xffAz0,");
        }
    }
    (list, changed)
}

fn pairs(list: &[(String, String)]) -> impl Iterator<Item = (&str, &str)> {
    list.iter().map(|(name, value)| (name.as_str(), value.as_str()))
}
