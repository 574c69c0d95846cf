//! Mutated pairs of a name in the handshake and one in the request: a connection carries requests only for what its certificate is for.

use http::{Request, header};
use mutation::Corpus;
use proxy::Canonical;
use rustls::pki_types::DnsName;

use super::*;

const PIECES: [&[u8]; 20] = [
    b".",
    b"..",
    b"*",
    b"*.",
    b"-",
    b"_",
    b" ",
    b":",
    b":8443",
    b"@",
    b"[::1]",
    b"xn--",
    b"%2e",
    b"a",
    b"A",
    b"wiki",
    b"harbour.example",
    b"example",
    b"\0",
    b"\xc3\xa9",
];
/// Names of each certificate from a file.
const FILES: [&[&str]; 3] =
    [&["wiki.example", "*.harbour.example"], &["quay.harbour.example", "other.example"], &["*.works.example", "works.example"]];

/// The certificate for a name, by the rules for wildcards (RFC 6125 section 6.4.3) and nothing of the code under test: an exact name goes
/// before a wildcard.
fn file_for(name: &str) -> Option<usize> {
    let below = name.split_once('.').filter(|(label, _)| !label.is_empty()).map(|(_, parent)| format!("*.{parent}"));
    let with = |wanted: &str| FILES.iter().position(|names| names.contains(&wanted));
    with(name).or_else(|| with(&below?))
}

#[test]
fn a_connection_carries_requests_for_another_name_only_under_the_same_certificate() {
    let folder = Folder::make();
    let files = FILES.iter().enumerate().map(|(n, names)| folder.pair(&n.to_string(), names)).collect();
    let settings = Tls { acme: Some(acme(&["ordered.example"])), local_ca: Some(folder.local()), ..tls(files) };
    let certificates = Certificates::load(&settings, "wiki.example").unwrap();
    certificates.set_ordered(ordered(&["ordered.example"]));
    Corpus::of_lines(include_str!("../../../tests/fuzz/agreement.txt"), &PIECES).fuzz(|input| {
        let Some(at) = input.iter().position(|byte| *byte == b' ') else { return };
        // What a handshake can name, and what a request can: both are read before they are compared.
        let Ok(name) = DnsName::try_from(&input[..at]) else { return };
        let server_name = name.as_ref().to_ascii_lowercase();
        let Ok(mut request) = Request::builder().uri("/").body(()) else { return };
        let Ok(authority) = http::HeaderValue::from_bytes(&input[at + 1..]) else { return };
        request.headers_mut().insert(header::HOST, authority);
        let Ok(read) = Canonical::read(&request) else { return };
        let same_file = file_for(&server_name).is_some_and(|file| file_for(&read.host) == Some(file));
        let agrees = server_name == read.host || same_file;
        assert_eq!(certificates.serve_both(name.as_ref(), &read.host), agrees, "{server_name:?} and {:?}", read.host);
        assert_eq!(certificates.serve_both(&read.host, &server_name), agrees, "it does not matter which was first");
    });
}
