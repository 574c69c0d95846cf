//! Cross-origin requests, answered for an application by its settings (Fetch Standard, "CORS protocol").
//!
//! None of this lets anybody in: a preflight never reaches the origin, and what is told about an answer only says which pages may read
//! an answer that was given anyway.

use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use model::app::{Allowed, CorsHeaders};

/// Most headers that one preflight asks for.
const MOST_HEADERS: usize = 64;
/// What the answer to a preflight depends on.
const VARY: &str = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers";

/// The headers of the answer to a preflight that is granted; status 200 and no body.
#[derive(Debug, PartialEq, Eq)]
pub struct Preflight(Vec<(HeaderName, HeaderValue)>);

impl Preflight {
    /// The headers.
    pub fn headers(self) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
        self.0.into_iter()
    }
}

/// Which pages may read an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Readers {
    origin: HeaderValue,
    credentials: bool,
}

impl Readers {
    /// Tells it, unless the application told already. The answer depends on who asks from then on.
    pub fn tell(&self, headers: &mut HeaderMap) {
        if headers.contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN) {
            return;
        }
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, self.origin.clone());
        if self.credentials {
            headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        } else {
            headers.remove(header::ACCESS_CONTROL_ALLOW_CREDENTIALS);
        }
        headers.append(header::VARY, HeaderValue::from_static("Origin"));
    }
}

/// True for a CORS preflight.
pub(crate) fn is_preflight(method: &Method, headers: &HeaderMap) -> bool {
    method == Method::OPTIONS && headers.contains_key(header::ORIGIN) && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

/// The answer to a preflight; `None` where origin, method or one of the headers is not allowed.
pub(crate) fn preflight(cors: &CorsHeaders, headers: &HeaderMap) -> Option<Preflight> {
    let origin = single(headers, &header::ORIGIN)?;
    let method = single(headers, &header::ACCESS_CONTROL_REQUEST_METHOD)?;
    let named = method.to_str().ok()?.parse::<Method>().ok()?;
    // Safelisted methods need no permission (Fetch Standard, "CORS-safelisted method").
    let safelisted = matches!(named, Method::GET | Method::HEAD | Method::POST);
    let method_fits = safelisted || allows(&cors.methods, |m| m == named.as_str());
    let wanted = requested_headers(headers)?;
    let headers_fit = wanted.iter().all(|name| allows(&cors.headers, |allowed| allowed.eq_ignore_ascii_case(name.as_str())));
    if !(is_allowed_origin(cors, origin) && method_fits && headers_fit) {
        return None;
    }
    let mut out = vec![
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, told_origin(cors, origin)),
        (header::ACCESS_CONTROL_ALLOW_METHODS, method.clone()),
        (header::VARY, HeaderValue::from_static(VARY)),
    ];
    if !wanted.is_empty() {
        let list = wanted.iter().map(HeaderName::as_str).collect::<Vec<_>>().join(", ");
        out.push((header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_str(&list).ok()?));
    }
    if cors.credentials {
        out.push((header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true")));
    }
    if let Some(secs) = cors.max_age {
        out.push((header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from(secs)));
    }
    Some(Preflight(out))
}

/// Which pages may read the answer to this request; `None` when it comes from no page of another origin, or of one that is not allowed.
pub(crate) fn readers(cors: &CorsHeaders, headers: &HeaderMap) -> Option<Readers> {
    let origin = single(headers, &header::ORIGIN).filter(|origin| is_allowed_origin(cors, origin))?;
    Some(Readers { origin: told_origin(cors, origin), credentials: cors.credentials })
}

/// `*` where everybody may read, else the one that asks: credentials go with a name only.
fn told_origin(cors: &CorsHeaders, origin: &HeaderValue) -> HeaderValue {
    if cors.origins == Allowed::All && !cors.credentials { HeaderValue::from_static("*") } else { origin.clone() }
}

fn is_allowed_origin(cors: &CorsHeaders, origin: &HeaderValue) -> bool {
    // Both together would open every page of the world to the person's cookies: stored or not, it grants nothing.
    let everybody_with_cookies = cors.credentials && cors.origins == Allowed::All;
    !everybody_with_cookies && allows(&cors.origins, |allowed| allowed.as_bytes().eq_ignore_ascii_case(origin.as_bytes()))
}

fn allows(allowed: &Allowed, fits: impl Fn(&str) -> bool) -> bool {
    match allowed {
        Allowed::All => true,
        Allowed::These(list) => list.iter().any(|entry| fits(entry)),
    }
}

/// The names in `Access-Control-Request-Headers`; `None` when one is no name, or there are too many.
fn requested_headers(headers: &HeaderMap) -> Option<Vec<HeaderName>> {
    let lines = headers.get_all(header::ACCESS_CONTROL_REQUEST_HEADERS).iter();
    let names = lines.flat_map(|line| line.as_bytes().split(|b| *b == b',')).map(<[u8]>::trim_ascii).filter(|name| !name.is_empty());
    let names: Vec<HeaderName> = names.take(MOST_HEADERS + 1).map(HeaderName::from_bytes).collect::<Result<_, _>>().ok()?;
    (names.len() <= MOST_HEADERS).then_some(names)
}

fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a HeaderValue> {
    let mut all = headers.get_all(name).iter();
    let first = all.next()?;
    all.next().is_none().then_some(first)
}

#[cfg(test)]
mod tests;
