//! Why a request is refused before anybody looks at who asks: it could be read in two ways, or is none at all.

use http::StatusCode;

/// What is wrong with a request, in words for whoever wrote its sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// No or several `Host` values.
    #[error("the request names no host, or several: it needs one Host header")]
    Host,
    /// `Host`, `:authority` or the absolute form disagree.
    #[error("the request names two different hosts: the address and the Host header must agree")]
    HostsDiffer,
    /// The host is not a name.
    #[error("the host is not a valid name: letters, digits, dots and hyphens, perhaps with a port behind")]
    HostForm,
    /// Neither `http` nor `https`.
    #[error("the address begins with something else than https://")]
    Scheme,
    /// The path could be read in two ways.
    #[error("the path is not in normal form: no dot segments, no empty segments, no backslashes, nothing escaped that has a meaning")]
    Path,
    /// A fragment belongs to the browser and is never sent.
    #[error("the address holds a #, which is never sent: write %23 in the query if the sign is meant")]
    Fragment,
    /// `CONNECT` and `TRACE`.
    #[error("the method is not served: CONNECT and TRACE have no meaning towards an application")]
    MethodNotServed,
    /// Some programs would take it for another one.
    #[error("the method is not written in capital letters")]
    MethodForm,
    /// The first line.
    #[error("the request line is not of the form METHOD ADDRESS HTTP/1.1")]
    RequestLine,
    /// Neither HTTP/1.1 nor HTTP/1.0.
    #[error("this version of HTTP is not spoken on this connection: use HTTP/1.1, or HTTP/2 as agreed upon in the TLS handshake")]
    Version,
    /// Line ends are CR LF.
    #[error("a line of the head does not end with CR LF")]
    LineEnd,
    /// A header that is none.
    #[error("a header is not of the form Name: value, or holds a control character")]
    Field,
    /// Obsolete line folding (RFC 9112 section 5.2).
    #[error("a header is continued on a second line")]
    Folded,
    /// Larger than any head may be.
    #[error("the head of the request is too large")]
    HeadTooLarge,
    /// More headers than any head may have.
    #[error("the request has too many headers")]
    TooManyFields,
    /// RFC 9110 section 8.6.
    #[error("Content-Length is not one number, given once")]
    Length,
    /// RFC 9112 section 6.1.
    #[error("Transfer-Encoding is something else than chunked, given once")]
    Coding,
    /// RFC 9112 section 6.3.
    #[error("the length of the body is told twice: by Content-Length and by Transfer-Encoding")]
    LengthAndCoding,
    /// HTTP/1.0 has no transfer codings.
    #[error("HTTP/1.0 has no Transfer-Encoding")]
    CodingInHttp10,
    /// RFC 9112 section 7.1.
    #[error("the body is not framed in chunks as it should be: hexadecimal size, CR LF, data, CR LF, and no extensions")]
    Chunk,
    /// The connection changes hands behind the head.
    #[error("a request for a WebSocket has a body")]
    UpgradeBody,
}

impl Malformed {
    /// What it is answered with.
    pub const fn status(self) -> StatusCode {
        match self {
            Self::MethodNotServed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Version => StatusCode::HTTP_VERSION_NOT_SUPPORTED,
            Self::HeadTooLarge | Self::TooManyFields => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}
