//! How an application answers browsers and programs: the members about cross-origin requests and the single header of service tokens.

use axum::http::HeaderName;
use model::app::{Allowed, CorsHeaders, CorsMember};
use serde_json::{Map, Value, json};

use crate::fault::Fields;

/// Methods that the contract knows.
const METHODS: [&str; 9] = ["GET", "POST", "HEAD", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];
/// Most entries of each list.
const MOST: usize = 100;
/// Headers that mean something else to the door, or to every hop.
const RESERVED: [&str; 12] = [
    "host",
    "cookie",
    "connection",
    "content-length",
    "content-type",
    "transfer-encoding",
    "te",
    "trailer",
    "upgrade",
    "origin",
    "forwarded",
    "proxy-authorization",
];

/// `cors_headers`; an object that says nothing is as good as none.
pub(super) fn cors(f: &Fields<'_>) -> Option<CorsHeaders> {
    let cors = f.object("cors_headers")?;
    let read = CorsHeaders {
        origins: allowed(&cors, ("allow_all_origins", "allowed_origins"), |origin| {
            let serialised = url::Url::parse(origin).ok().map(|url| url.origin().ascii_serialization());
            let fits = origin.len() <= 512 && !origin.contains('*') && serialised.is_some_and(|s| s.eq_ignore_ascii_case(origin));
            fits && (origin.starts_with("https://") || origin.starts_with("http://"))
        }),
        methods: allowed(&cors, ("allow_all_methods", "allowed_methods"), |method| METHODS.contains(&method)),
        headers: allowed(&cors, ("allow_all_headers", "allowed_headers"), |name| {
            name.len() <= 256 && name != "*" && HeaderName::from_bytes(name.as_bytes()).is_ok()
        }),
        credentials: cors.flag("allow_credentials").unwrap_or(false),
        max_age: cors.integer("max_age", -1..=86_400).and_then(|n| i32::try_from(n).ok()),
        off: CorsMember::ALL.into_iter().filter(|member| cors.get(member.as_str()).is_some_and(is_off)).collect(),
    };
    if read.credentials && read.origins == Allowed::All {
        cors.fault("allow_credentials", "credentials cannot be allowed to all origins: list them in allowed_origins");
    }
    cors.done();
    if f.flag("options_preflight_bypass") == Some(true) && !read.says_nothing() {
        f.fault("options_preflight_bypass", "excludes cors_headers: preflight requests go to the origin, or are answered here");
    }
    (!read.says_nothing() || !read.off.is_empty()).then_some(read)
}

fn is_off(value: &Value) -> bool {
    *value == Value::Bool(false) || value.as_array().is_some_and(Vec::is_empty)
}

/// A pair `allow_all_…` and `allowed_…`, which exclude each other.
fn allowed(f: &Fields<'_>, (all, list): (&'static str, &'static str), fits: impl Fn(&str) -> bool) -> Allowed {
    let given = f.parsed_array::<String>(list).unwrap_or_default();
    if given.len() > MOST {
        f.fault(list, format!("has more than {MOST} elements"));
    }
    for (i, entry) in given.iter().enumerate().filter(|(_, entry)| !fits(entry)) {
        let shown: String = entry.chars().take(120).collect();
        let right = match list {
            "allowed_origins" => {
                "not an origin like https://charts.harbourworks.example, without a path; allow_all_origins stands for every one"
            }
            "allowed_methods" => "not a method, in capitals; allow_all_methods stands for every one",
            _ => "not the name of a header; allow_all_headers stands for every one",
        };
        f.faults().add(format!("{}/{i}", f.at(list)), format!("{shown:?} is {right}"));
    }
    if f.flag(all) != Some(true) {
        return Allowed::These(given);
    }
    if !given.is_empty() {
        f.fault(list, format!("{list} and {all} exclude each other: keep one"));
    }
    Allowed::All
}

/// The wire form: what was given.
pub(super) fn write_cors(cors: &CorsHeaders) -> Value {
    let mut out = Map::new();
    let pairs = [
        ("allow_all_origins", "allowed_origins", &cors.origins),
        ("allow_all_methods", "allowed_methods", &cors.methods),
        ("allow_all_headers", "allowed_headers", &cors.headers),
    ];
    for (all, list, allowed) in pairs {
        match allowed {
            Allowed::All => out.insert(all.into(), json!(true)),
            Allowed::These(entries) if entries.is_empty() => None,
            Allowed::These(entries) => out.insert(list.into(), json!(entries)),
        };
    }
    if cors.credentials {
        out.insert("allow_credentials".into(), json!(true));
    }
    if let Some(secs) = cors.max_age {
        out.insert("max_age".into(), json!(secs));
    }
    for member in &cors.off {
        let nothing = if member.as_str().starts_with("allowed_") { json!([]) } else { json!(false) };
        out.entry(member.as_str()).or_insert(nothing);
    }
    Value::Object(out)
}

/// `read_service_tokens_from_header`, as given: names of headers know no case.
pub(super) fn token_header(f: &Fields<'_>) -> Option<String> {
    const KEY: &str = "read_service_tokens_from_header";
    let name = f.text_up_to(KEY, 128).filter(|name| !name.is_empty())?;
    let lower = name.to_ascii_lowercase();
    let ours = |prefix: &str| lower.replace('_', "-").starts_with(prefix);
    if HeaderName::from_bytes(name.as_bytes()).is_err() {
        f.fault(KEY, format!("{name:?} is not the name of a header"));
    } else if RESERVED.contains(&lower.as_str()) || ours("cf-access-") || ours("sec-") || ours("x-forwarded-") {
        f.fault(KEY, format!("{name:?} has a meaning of its own: name another header, such as Authorization"));
    } else {
        return Some(name.to_owned());
    }
    None
}
