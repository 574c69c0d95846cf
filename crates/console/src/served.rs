//! Which file answers which address: the marks, the document, the headers.

use aws_lc_rs::digest::{SHA256, digest};

use crate::files::{DOCUMENT, FILES};

/// Headers that go with everything: scripts and style of this origin only, nothing inline, no text that becomes code, no frames.
pub const HEADERS: [(&str, &str); 5] = [
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https: data:; connect-src 'self'; form-action 'self'; \
         base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin-allow-popups"),
];

/// Where the files are, before the mark.
pub const ASSETS: &str = "/console/assets/";

/// How long an answer is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caching {
    /// The address changes when the content does.
    Forever,
    /// Kept, and asked about before each use.
    AskAgain,
}

/// An answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Served<'a> {
    /// `Content-Type`.
    pub content_type: &'static str,
    /// The bytes.
    pub body: &'a [u8],
    /// `ETag`, quoted.
    pub etag: &'a str,
    /// How long it is good.
    pub caching: Caching,
}

/// The console, ready to be served.
#[derive(Debug)]
pub struct Console {
    mark: String,
    document: String,
    document_etag: String,
    etags: Vec<String>,
}

impl Default for Console {
    fn default() -> Self {
        Self::new()
    }
}

impl Console {
    /// Works out marks and document, once.
    #[must_use]
    pub fn new() -> Self {
        let etags: Vec<String> = FILES.iter().map(|file| quoted(file.body)).collect();
        let all: String = FILES.iter().zip(&etags).map(|(file, etag)| format!("{} {etag}\n", file.name)).collect();
        let mark = hash(all.as_bytes());
        // What every page needs is asked for at once instead of being found import by import; what a single page needs is not.
        let preloads: String =
            imported("app.js").into_iter().map(|name| format!("<link rel=\"modulepreload\" href=\"{ASSETS}{mark}/{name}\">\n")).collect();
        let document = DOCUMENT.replace("{{preloads}}\n", &preloads).replace("{{assets}}", &format!("{ASSETS}{mark}"));
        let document_etag = quoted(document.as_bytes());
        Self { mark, document, document_etag, etags }
    }

    /// The document of every page.
    #[must_use]
    pub fn document(&self) -> Served<'_> {
        Served {
            content_type: "text/html; charset=utf-8",
            body: self.document.as_bytes(),
            etag: &self.document_etag,
            caching: Caching::AskAgain,
        }
    }

    /// A file of this release; `None` for one of another, which must not be mixed with it.
    #[must_use]
    pub fn file(&self, mark: &str, name: &str) -> Option<Served<'_>> {
        let at = FILES.iter().position(|file| mark == self.mark && file.name == name)?;
        let file = &FILES[at];
        Some(Served { content_type: content_type(file.name), body: file.body, etag: &self.etags[at], caching: Caching::Forever })
    }

    /// The mark of this release's files.
    #[must_use]
    pub fn mark(&self) -> &str {
        &self.mark
    }

    /// The names of all files.
    pub fn names() -> impl Iterator<Item = &'static str> {
        FILES.iter().map(|file| file.name)
    }
}

/// A script, what it imports, and what those import; not what is loaded later by `import()`.
pub(crate) fn imported(first: &'static str) -> Vec<&'static str> {
    let mut found = vec![first];
    let mut at = 0;
    while let Some(name) = found.get(at).copied() {
        at += 1;
        let text = FILES.iter().find(|file| file.name == name).and_then(|file| std::str::from_utf8(file.body).ok()).unwrap_or_default();
        let folder = name.rsplit_once('/').map(|(folder, _)| format!("{folder}/")).unwrap_or_default();
        for path in text.split(" from \"").skip(1).filter_map(|rest| rest.split('"').next()) {
            let wanted = match path.strip_prefix("../") {
                Some(above) => above.to_owned(),
                None => format!("{folder}{}", path.trim_start_matches("./")),
            };
            let file = FILES.iter().find(|file| file.name == wanted).filter(|file| !found.contains(&file.name));
            found.extend(file.map(|file| file.name));
        }
    }
    found
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, end)| end) {
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "text/plain; charset=utf-8",
    }
}

fn quoted(bytes: &[u8]) -> String {
    format!("\"{}\"", hash(bytes))
}

fn hash(bytes: &[u8]) -> String {
    hex::encode(&digest(&SHA256, bytes).as_ref()[..8])
}
