//! A reader of HTTP/1.1 requests that forgives nothing: what it reads has one meaning, everything else is a fault. It shares no code
//! with the server or its libraries, so that a misunderstanding cannot hide on both sides.

/// How a body is delimited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// There is none.
    Nothing,
    /// `Content-Length`.
    Length(usize),
    /// `Transfer-Encoding: chunked`.
    Chunked,
}

/// A request's head.
#[derive(Debug, Clone)]
pub struct Head {
    /// Verb.
    pub method: String,
    /// Target as it was written.
    pub target: String,
    /// Fields in order, names as written.
    pub fields: Vec<(String, Vec<u8>)>,
    /// How the body is delimited.
    pub framing: Framing,
}

impl Head {
    /// Reads a head that ends with its empty line; the reason when it cannot be read in just one way.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        let text = bytes.strip_suffix(b"\r\n\r\n").ok_or("no empty line at the end")?;
        let mut lines = split_lines(text)?.into_iter();
        let first = lines.next().unwrap_or_default();
        let mut parts = first.split(|byte| *byte == b' ');
        let (Some(method), Some(target), Some(version), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
            return Err(format!("request line {:?}", String::from_utf8_lossy(first)));
        };
        if version != b"HTTP/1.1" {
            return Err(format!("version {:?}", String::from_utf8_lossy(version)));
        }
        if method.is_empty() || !method.iter().all(|byte| is_token(*byte)) {
            return Err(format!("method {:?}", String::from_utf8_lossy(method)));
        }
        if target.is_empty() || !target.iter().all(u8::is_ascii_graphic) {
            return Err(format!("target {:?}", String::from_utf8_lossy(target)));
        }
        let fields = lines.map(read_field).collect::<Result<Vec<_>, _>>()?;
        let mut head = Self { method: lossy(method), target: lossy(target), fields, framing: Framing::Nothing };
        if head.all("host").len() != 1 {
            return Err(format!("{} host fields", head.all("host").len()));
        }
        head.framing = head.read_framing()?;
        Ok(head)
    }

    fn read_framing(&self) -> Result<Framing, String> {
        match (self.all("content-length").as_slice(), self.all("transfer-encoding").as_slice()) {
            ([], []) => Ok(Framing::Nothing),
            ([length], []) if !length.is_empty() && length.bytes().all(|byte| byte.is_ascii_digit()) => {
                length.parse().map(Framing::Length).map_err(|_| format!("length {length}"))
            }
            ([], [coding]) if coding.eq_ignore_ascii_case("chunked") => Ok(Framing::Chunked),
            (lengths, codings) => Err(format!("framing by lengths {lengths:?} and codings {codings:?}")),
        }
    }

    /// All values of a field.
    pub fn all(&self, name: &str) -> Vec<String> {
        self.fields.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| lossy(value)).collect()
    }

    /// A field's only value.
    #[track_caller]
    pub fn one(&self, name: &str) -> Option<String> {
        let mut all = self.all(name);
        assert!(all.len() < 2, "{name} came {} times: {all:?}", all.len());
        all.pop()
    }
}

fn split_lines(text: &[u8]) -> Result<Vec<&[u8]>, String> {
    let mut lines = Vec::new();
    let mut rest = text;
    loop {
        let end = rest.windows(2).position(|pair| pair == b"\r\n");
        let line = &rest[..end.unwrap_or(rest.len())];
        if line.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)) {
            return Err(format!("a bare CR, LF or NUL in {:?}", lossy(line)));
        }
        lines.push(line);
        match end {
            Some(at) => rest = &rest[at + 2..],
            None => return Ok(lines),
        }
    }
}

fn read_field(line: &[u8]) -> Result<(String, Vec<u8>), String> {
    let colon = line.iter().position(|byte| *byte == b':').ok_or_else(|| format!("no colon in {:?}", lossy(line)))?;
    let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
    if name.is_empty() || !name.iter().all(|byte| is_token(*byte)) {
        return Err(format!("field name {:?}", lossy(name)));
    }
    if value.iter().any(|byte| (*byte < b' ' && *byte != b'\t') || *byte == 0x7f) {
        return Err(format!("a control in the value of {:?}", lossy(line)));
    }
    Ok((lossy(name), value.to_vec()))
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// One line of a chunk's size; none when it is anything but hexadecimal digits.
pub fn chunk_size(line: &[u8]) -> Option<usize> {
    let text = std::str::from_utf8(line).ok()?;
    let digits = (1..=8).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if digits { usize::from_str_radix(text, 16).ok() } else { None }
}

#[test]
fn the_strict_reader_is_strict() {
    let good = Head::read(b"POST /a?b HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n").unwrap();
    assert_eq!((good.method.as_str(), good.target.as_str(), good.framing), ("POST", "/a?b", Framing::Length(3)));
    for bad in [
        "GET /  HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.0\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX : a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\n",
    ] {
        assert!(Head::read(bad.as_bytes()).is_err(), "{bad:?}");
    }
    assert_eq!((chunk_size(b"1F"), chunk_size(b"1f;x"), chunk_size(b"+1"), chunk_size(b"")), (Some(31), None, None, None));
}
