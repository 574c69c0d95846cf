//! Mutated hosts, paths and cookies, begun from the corpora in `tests/fuzz`: not only does nothing panic, what is read has one reading.

use guard::credential::{AUTHORIZATION_COOKIE, OWN_COOKIES, cookie_pairs, cookies};
use http::{HeaderMap, HeaderValue, Request, header};
use mutation::Corpus;
use proxy::{Canonical, rewrite_cookies};

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

fn canonical(uri: &[u8], host: &[u8]) -> Option<Canonical> {
    let mut request = Request::new(());
    *request.uri_mut() = http::Uri::try_from(uri).ok()?;
    request.headers_mut().insert(header::HOST, HeaderValue::from_bytes(host).ok()?);
    Canonical::read(&request).ok()
}

#[test]
fn a_path_that_is_read_has_one_reading() {
    Corpus::of_lines(include_str!("../fuzz/path.txt"), &PIECES).fuzz(|input| {
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
    Corpus::of_lines(include_str!("../fuzz/authority.txt"), &PIECES).fuzz(|input| {
        let Some(read) = canonical(b"/", input) else { return };
        assert!(!read.host.is_empty() && !read.host.ends_with('.') && read.host == read.host.to_ascii_lowercase(), "{read:?}");
        assert!(!read.host.contains(['@', '/', '\\', '#', '?', ',', ' ', '%']), "{read:?}");
        assert!(input.to_ascii_lowercase().starts_with(read.host.as_bytes()), "{read:?}");
        assert_eq!(canonical(b"/", read.host.as_bytes()).map(|again| again.host), Some(read.host));
    });
}

#[test]
fn what_the_door_reads_as_its_cookie_is_what_it_takes_out() {
    Corpus::of_lines(include_str!("../fuzz/cookie.txt"), &PIECES).fuzz(|input| {
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
