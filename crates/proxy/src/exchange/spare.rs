//! A request's head kept for sending it again, which hardly ever happens: its fields are written one after the other into one piece of
//! memory. A second map of them would cost a count up and down for each name and value.

use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri, Version};

use crate::upload::UploadBody;

/// Room for what a browser sends.
const USUAL: usize = 3 * 1024;
/// Length of a name, length of a value, and whether it is sensitive.
const LENGTHS: usize = 7;

/// The head of a request without a body.
pub(super) struct Spare {
    method: Method,
    uri: Uri,
    version: Version,
    fields: Vec<u8>,
}

impl Spare {
    pub(super) fn of<B>(request: &Request<B>) -> Option<Self> {
        let fields = written(request.headers())?;
        Some(Self { method: request.method().clone(), uri: request.uri().clone(), version: request.version(), fields })
    }

    pub(super) const fn method(&self) -> &Method {
        &self.method
    }

    /// The request again; none when it cannot be read back, which it always can.
    pub(super) fn request(self) -> Option<Request<UploadBody>> {
        let mut request = Request::new(UploadBody::none());
        *request.headers_mut() = read(&self.fields)?;
        (*request.method_mut(), *request.uri_mut(), *request.version_mut()) = (self.method, self.uri, self.version);
        Some(request)
    }
}

/// `None` when a field is longer than any that is let in.
fn written(headers: &HeaderMap) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(USUAL);
    for (name, value) in headers {
        let (name, bytes) = (name.as_str().as_bytes(), value.as_bytes());
        out.extend_from_slice(&u16::try_from(name.len()).ok()?.to_ne_bytes());
        out.extend_from_slice(&u32::try_from(bytes.len()).ok()?.to_ne_bytes());
        out.push(u8::from(value.is_sensitive()));
        out.extend_from_slice(name);
        out.extend_from_slice(bytes);
    }
    Some(out)
}

fn read(mut fields: &[u8]) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    while let Some(([a, b, c, d, e, f, sensitive], rest)) = fields.split_first_chunk::<LENGTHS>() {
        let (name, rest) = rest.split_at_checked(u16::from_ne_bytes([*a, *b]).into())?;
        let (value, rest) = rest.split_at_checked(usize::try_from(u32::from_ne_bytes([*c, *d, *e, *f])).ok()?)?;
        let mut value = HeaderValue::from_bytes(value).ok()?;
        value.set_sensitive(*sensitive != 0);
        headers.append(HeaderName::from_bytes(name).ok()?, value);
        fields = rest;
    }
    Some(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_comes_back_as_it_was() {
        let long = "x".repeat(70_000);
        let fields = [
            ("host", "wiki.localhost", false),
            ("cookie", "a=1; CF_Authorization=t", true),
            ("accept", "", false),
            ("x-many", "one", false),
            ("accept-language", "caf\u{e9}\tau lait", false),
            ("x-many", "two", true),
            ("x!#$%&'*+.^_`|~9", &long, false),
        ];
        for count in 0..=fields.len() {
            let mut request = Request::new(());
            *request.uri_mut() = "/a/b?c=d&e".parse().unwrap();
            *request.method_mut() = Method::HEAD;
            for (name, value, sensitive) in &fields[..count] {
                let mut value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
                value.set_sensitive(*sensitive);
                request.headers_mut().append(HeaderName::from_static(name), value);
            }
            let again = Spare::of(&request).unwrap().request().unwrap();
            assert_eq!((again.method(), again.uri(), again.version()), (request.method(), request.uri(), request.version()));
            assert_eq!(again.headers(), request.headers());
            let sensitive = |headers: &HeaderMap| headers.values().map(HeaderValue::is_sensitive).collect::<Vec<_>>();
            assert_eq!(sensitive(again.headers()), sensitive(request.headers()));
        }
    }
}
