//! Mutated hosts, paths and cookies, begun from the corpora in `tests/fuzz`: not only does nothing panic, what is read has one reading.
//!
//! Every run replays the corpora and a fixed number of mutations of a fixed seed. `cargo xtask fuzz` goes on for as long as it is told, from
//! another seed; what it finds belongs into a corpus.

use std::time::{Duration, Instant};

use guard::credential::{AUTHORIZATION_COOKIE, OWN_COOKIES, cookie_pairs, cookies};
use http::{HeaderMap, HeaderValue, Request, header};
use proxy::{Canonical, rewrite_cookies};

const RUNS: usize = 20_000;
/// What mutations put in: everything that some reader gives a meaning of its own.
const PIECES: [&[u8]; 24] = [
    b"/",
    b"..",
    b".",
    b";",
    b"%",
    b"%2e",
    b"%2f",
    b"%5c",
    b"%00",
    b"\\",
    b"?",
    b"#",
    b"@",
    b":",
    b"=",
    b"\"",
    b" ",
    b"\t",
    b",",
    b"[",
    b"]",
    b"\xc3\xa9",
    b"CF_Authorization=",
    b"token",
];

/// A small generator of its own (xorshift64*): the same seed gives the same run everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from(self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33).unwrap() % below
    }

    fn mutate(&mut self, corpus: &[Vec<u8>]) -> Vec<u8> {
        let mut input = corpus[self.next(corpus.len())].clone();
        for _ in 0..=self.next(5) {
            let at = self.next(input.len() + 1);
            match self.next(5) {
                0 => drop(input.splice(at..at, PIECES[self.next(PIECES.len())].iter().copied())),
                1 => input.truncate(at),
                2 if at < input.len() => input[at] = u8::try_from(self.next(256)).unwrap(),
                3 if at < input.len() => drop(input.remove(at)),
                _ => {
                    let other = &corpus[self.next(corpus.len())];
                    input.extend_from_slice(&other[self.next(other.len() + 1)..]);
                }
            }
        }
        input
    }
}

fn fuzz(corpus: &str, target: impl Fn(&[u8])) {
    let corpus: Vec<Vec<u8>> = corpus.lines().map(|line| line.as_bytes().to_vec()).collect();
    corpus.iter().for_each(|input| target(input));
    let seconds = std::env::var("DOORWARD_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok());
    let (limit, seed) = (seconds.map(Duration::from_secs), seconds.map_or(1, |_| rand::random::<u64>() | 1));
    let (mut random, begin, mut runs) = (Random(seed), Instant::now(), 0);
    while limit.map_or(runs < RUNS, |limit| begin.elapsed() < limit) {
        let input = random.mutate(&corpus);
        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| target(&input)));
        assert!(done.is_ok(), "found by {:?}, seed {seed}", String::from_utf8_lossy(&input));
        runs += 1;
    }
    assert!(runs > 0, "no time for a single mutation");
}

fn canonical(uri: &[u8], host: &[u8]) -> Option<Canonical> {
    let mut request = Request::new(());
    *request.uri_mut() = http::Uri::try_from(uri).ok()?;
    request.headers_mut().insert(header::HOST, HeaderValue::from_bytes(host).ok()?);
    Canonical::read(&request).ok()
}

#[test]
fn a_path_that_is_read_has_one_reading() {
    fuzz(include_str!("../fuzz/path.txt"), |input| {
        let Some(read) = canonical(input, b"wiki.localhost") else { return };
        let segments = || read.path.split('/').map(|segment| segment.split(';').next().unwrap_or_default());
        assert!(read.path.starts_with('/'));
        assert!(segments().all(|name| name != "." && name != ".."), "{read:?}");
        assert!(!read.path.contains(['\\', '\0', '#', '%']) && !read.path.contains("//"), "{read:?}");
        assert!(read.path.chars().all(|c| !c.is_ascii_control()), "{read:?}");
        // What is forwarded is read just so again.
        let again = canonical(read.path_and_query.as_bytes(), b"wiki.localhost");
        assert_eq!(again.as_ref(), Some(&read), "what is forwarded is read otherwise");
    });
}

#[test]
fn a_host_that_is_read_is_a_plain_name_and_is_read_the_same_again() {
    fuzz(include_str!("../fuzz/authority.txt"), |input| {
        let Some(read) = canonical(b"/", input) else { return };
        assert!(!read.host.is_empty() && !read.host.ends_with('.') && read.host == read.host.to_ascii_lowercase(), "{read:?}");
        assert!(!read.host.contains(['@', '/', '\\', '#', '?', ',', ' ', '%']), "{read:?}");
        assert!(input.to_ascii_lowercase().starts_with(read.host.as_bytes()), "{read:?}");
        assert_eq!(canonical(b"/", read.host.as_bytes()).map(|again| again.host), Some(read.host));
    });
}

#[test]
fn what_the_door_reads_as_its_cookie_is_what_it_takes_out() {
    fuzz(include_str!("../fuzz/cookie.txt"), |input| {
        // Two lines, as HTTP/2 may send them.
        let half = input.len() / 2;
        for lines in [vec![input], vec![&input[..half], &input[half..]]] {
            let mut headers = HeaderMap::new();
            for line in lines {
                let Ok(value) = HeaderValue::from_bytes(line) else { return };
                headers.append(header::COOKIE, value);
            }
            let tokens: Vec<String> = cookies(&headers, AUTHORIZATION_COOKIE).map(str::to_owned).collect();
            let others = |headers: &HeaderMap| -> Vec<Vec<u8>> {
                let name = |pair: &[u8]| pair.split(|b| *b == b'=').next().unwrap_or_default().trim_ascii().to_vec();
                let ours = |name: &[u8]| name == AUTHORIZATION_COOKIE.as_bytes() || OWN_COOKIES.iter().any(|own| own.as_bytes() == name);
                cookie_pairs(headers).filter(|pair| !ours(&name(pair))).map(<[u8]>::to_vec).collect()
            };
            let before = others(&headers);
            for own in [None, Some("token")] {
                let mut sent = headers.clone();
                rewrite_cookies(&mut sent, own.map(str::as_bytes));
                let left: Vec<&str> = cookies(&sent, AUTHORIZATION_COOKIE).collect();
                let may_stay = own.filter(|own| tokens.iter().any(|token| token == own));
                assert_eq!(left, may_stay.into_iter().collect::<Vec<_>>(), "of {tokens:?}");
                assert!(OWN_COOKIES.iter().all(|name| cookies(&sent, name).next().is_none()));
                assert_eq!(others(&sent), before, "nobody else's cookies change");
            }
        }
    });
}
