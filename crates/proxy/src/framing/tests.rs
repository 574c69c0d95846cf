//! Requests in one piece, in every two pieces, and byte by byte.

use super::*;

const LIMITS: Limits = Limits { bytes: 1000, fields: 10 };

/// Reads all of it in pieces cut at `cuts`, as a connection would; what passed, and how it ended.
fn in_pieces(bytes: &[u8], cuts: &[usize]) -> (Vec<u8>, Rest) {
    let mut framing = Framing::new(LIMITS);
    let (mut held, mut passed, mut from, mut last) = (Vec::new(), Vec::new(), 0, Rest::Begun);
    for to in cuts.iter().copied().chain([bytes.len()]) {
        held.extend_from_slice(&bytes[from..to]);
        from = to;
        let step = framing.read(&held);
        passed.extend(held.drain(..step.pass));
        last = step.rest;
        if matches!(last, Rest::Refused(_) | Rest::Broken(_)) {
            break;
        }
    }
    (passed, last)
}

/// The same however the bytes come.
#[track_caller]
fn read(text: &str) -> (String, Rest) {
    let bytes = text.as_bytes();
    let whole = in_pieces(bytes, &[]);
    for cut in 1..bytes.len() {
        let cut_once = in_pieces(bytes, &[cut]);
        assert_eq!(whole.1, cut_once.1, "{text:?} cut at {cut}");
        if !matches!(whole.1, Rest::Broken(_)) {
            assert_eq!(whole.0, cut_once.0, "{text:?} cut at {cut}");
        }
    }
    let each: Vec<usize> = (1..bytes.len()).collect();
    assert_eq!(whole.1, in_pieces(bytes, &each).1, "{text:?} byte by byte");
    (String::from_utf8_lossy(&whole.0).into_owned(), whole.1)
}

#[test]
fn good_requests_pass_whole_one_behind_the_other() {
    for good in [
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.0\r\n\r\n",
        "\r\nGET /x?y=%23 HTTP/1.1\r\nHost: a\r\nX: \t caf\u{e9} \t\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length:  5 \r\n\r\nGET /GET / HTTP/1.1\r\nhost:a\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding:\tChunked\r\n\r\n3\r\nabc\r\n00A\r\n0123456789\r\n0\r\nX: y\r\nZ:\r\n\r\nGET / HTTP/1.1\r\n\r\n",
        "PUT / HTTP/1.1\r\nContent-Length: 0\r\n\r\nDELETE / HTTP/1.1\r\nContent-Length: 1\r\n\r\nx",
        "GET / HTTP/1.1\r\nUpgrade: h2c\r\n\r\nGET / HTTP/1.1\r\n\r\n",
    ] {
        assert_eq!(read(good), (good.to_owned(), Rest::Begun));
    }
}

#[test]
fn a_head_that_is_not_whole_is_held_back() {
    let whole = "GET / HTTP/1.1\r\n\r\n";
    for begun in ["G", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: a", "\r\n"] {
        assert_eq!(read(&format!("{whole}{begun}")), (whole.to_owned(), Rest::Begun), "{begun:?}");
    }
}

#[test]
fn heads_with_two_readings_are_refused_and_nothing_of_them_passes() {
    use Malformed::*;
    let whole = "GET / HTTP/1.1\r\n\r\n";
    let post = |lines: &str| format!("POST / HTTP/1.1\r\n{lines}\r\n");
    for (bad, fault) in [
        ("GET / HTTP/1.1\nHost: a\r\n\r\n".to_owned(), LineEnd),
        ("GET / HTTP/1.1\r\nHost: a\n\r\n".to_owned(), LineEnd),
        ("GET / HTTP/1.1\r\nHost: a\r\n\n".to_owned(), LineEnd),
        ("GET / HTTP/1.1\r\nX: a\rY: b\r\n\r\n".to_owned(), LineEnd),
        ("GET / HTTP/1.1\rHost: a\r\n\r\n".to_owned(), LineEnd),
        ("\r\n\r\nGET / HTTP/1.1\r\n\r\n".to_owned(), RequestLine),
        ("GET /\r\n\r\n".to_owned(), RequestLine),
        ("GET  / HTTP/1.1\r\n\r\n".to_owned(), RequestLine),
        ("GET\t/ HTTP/1.1\r\n\r\n".to_owned(), RequestLine),
        ("GET / HTTP/1.1 \r\n\r\n".to_owned(), RequestLine),
        (" GET / HTTP/1.1\r\n\r\n".to_owned(), RequestLine),
        ("G(T / HTTP/1.1\r\n\r\n".to_owned(), RequestLine),
        ("GET / http/1.1\r\n\r\n".to_owned(), RequestLine),
        ("GET / HTTP/1.2\r\n\r\n".to_owned(), Version),
        ("GET / HTTP/01.1\r\n\r\n".to_owned(), Version),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(), Version),
        ("GET /#/ HTTP/1.1\r\n\r\n".to_owned(), Fragment),
        ("GET /caf\u{e9} HTTP/1.1\r\n\r\n".to_owned(), Path),
        ("GET ?a HTTP/1.1\r\n\r\n".to_owned(), Path),
        ("GET a.b HTTP/1.1\r\n\r\n".to_owned(), Path),
        ("GET https:// HTTP/1.1\r\n\r\n".to_owned(), Path),
        ("GET /<a HTTP/1.1\r\n\r\n".to_owned(), Path),
        ("GET /a?\" HTTP/1.1\r\n\r\n".to_owned(), Path),
        ("GET /a\u{1} HTTP/1.1\r\n\r\n".to_owned(), Path),
        (post("X\r\n"), Field),
        (post("X : y\r\n"), Field),
        (post(": y\r\n"), Field),
        (post("X y: z\r\n"), Field),
        (post("X: a\u{0}b\r\n"), Field),
        (post("X: a\u{b}b\r\n"), Field),
        (post("X\u{e9}: a\r\n"), Field),
        (post("X: a\r\n b\r\n"), Folded),
        (post("\tX: a\r\n"), Folded),
        (post("Content-Length: 1\r\nContent-Length: 1\r\n"), Length),
        (post("Content-Length: 1\r\ncontent-length: 2\r\n"), Length),
        (post("Content-Length: 1, 1\r\n"), Length),
        (post("Content-Length: +1\r\n"), Length),
        (post("Content-Length: -1\r\n"), Length),
        (post("Content-Length: 0x1\r\n"), Length),
        (post("Content-Length: 1 1\r\n"), Length),
        (post("Content-Length:\r\n"), Length),
        (post("Content-Length: 99999999999999999999\r\n"), Length),
        (post("Transfer-Encoding: gzip, chunked\r\n"), Coding),
        (post("Transfer-Encoding: chunked, chunked\r\n"), Coding),
        (post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), Coding),
        (post("Transfer-Encoding: identity\r\n"), Coding),
        (post("Transfer-Encoding: xchunked\r\n"), Coding),
        (post("Transfer-Encoding: \"chunked\"\r\n"), Coding),
        (post("Transfer-Encoding: chunked;q=1\r\n"), Coding),
        (post("Transfer-Encoding:\r\n"), Coding),
        (post("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n"), LengthAndCoding),
        (post("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n"), LengthAndCoding),
        ("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n".to_owned(), CodingInHttp10),
        ("GET / HTTP/1.1\r\nUpgrade: websocket\r\nContent-Length: 3\r\n\r\n".to_owned(), UpgradeBody),
        ("GET / HTTP/1.1\r\nUpgrade: WebSocket\r\nTransfer-Encoding: chunked\r\n\r\n".to_owned(), UpgradeBody),
        (post(&"X: y\r\n".repeat(11)), TooManyFields),
        (post(&format!("X: {}\r\n", "y".repeat(1000))), HeadTooLarge),
    ] {
        let text = format!("{whole}{bad}");
        assert_eq!(read(&text), (whole.to_owned(), Rest::Refused(fault)), "{bad:?}");
    }
    let endless = "y".repeat(1001);
    assert_eq!(read(&endless).1, Rest::Refused(HeadTooLarge), "a head without a line");
}

#[test]
fn chunks_with_two_readings_break_the_body() {
    let head = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
    for bad in [
        "\r\n",
        "g\r\n",
        "3\nabc\r\n",
        "3;x=y\r\nabc\r\n",
        "3 \r\nabc\r\n",
        "0x3\r\nabc\r\n",
        "+3\r\nabc\r\n",
        "-3\r\nabc\r\n",
        "3\r\nabcd\r\n",
        "3\r\nab\r\n",
        "3\r\nabc\n",
        "ffffffffffffffff3\r\n",
        "00000000000000003\r\nabc\r\n",
        "0\r\nX\r\n\r\n",
        "0\r\nX : y\r\n\r\n",
        "0\r\nX: y\n\r\n",
        "0\r\nX: y\rZ: w\r\n\r\n",
        "0\r\n X: y\r\n\r\n",
        "0\r\n\n",
    ] {
        assert_eq!(read(&format!("{head}{bad}")).1, Rest::Broken(Malformed::Chunk), "{bad:?}");
    }
    let trailers = format!("{head}0\r\n{}", "X: y\r\n".repeat(4000));
    assert_eq!(in_pieces(trailers.as_bytes(), &[]).1, Rest::Broken(Malformed::Chunk), "trailers without end");
}

#[test]
fn what_follows_a_request_for_a_websocket_waits_for_its_answer() {
    let ask = "GET / HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n";
    let next = "GET /next HTTP/1.1\r\n\r\n";
    assert_eq!(read(&format!("{ask}{next}")), (ask.to_owned(), Rest::Undecided));
    assert_eq!(read(ask), (ask.to_owned(), Rest::Undecided), "also before anything follows");
    let mut declined = Framing::new(LIMITS);
    declined.read(ask.as_bytes());
    declined.declined();
    assert_eq!(declined.read(next.as_bytes()), Step { pass: next.len(), rest: Rest::Begun });
    let mut granted = Framing::new(LIMITS);
    granted.read(ask.as_bytes());
    granted.granted();
    assert!(granted.is_opaque());
    assert_eq!(granted.read(b"\x81\x00\n\n"), Step { pass: 4, rest: Rest::Begun });
}
