//! Owns the origin's page: who doorward says is asking.

use std::fmt::Write;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use axum::response::{Html, IntoResponse, Response};
use serde_json::Value;

use super::assertion::{Assertion, Verdict};
use super::{Shown, Subject};

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:52rem;margin:3rem auto;padding:0 1rem;color:#1d2733}\
h1{margin-bottom:0}table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #d7dee5;\
vertical-align:top;overflow-wrap:anywhere}pre{background:#f3f6f8;padding:1rem;overflow:auto}.good{color:#176b3a}.bad{color:#a11b1b}";

/// Any path that has nothing of its own.
pub async fn answer(State(shown): State<Arc<Shown>>, request: Request) -> Response {
    let headers = request.headers();
    let assertion = shown.verifier.read(text(headers, "cf-access-jwt-assertion")).await;
    let html = render(&shown.subject, headers, request.uri().path(), &assertion);
    ([(header::CACHE_CONTROL, "no-store")], Html(html)).into_response()
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn render(subject: &Subject, headers: &HeaderMap, path: &str, assertion: &Assertion) -> String {
    let email = text(headers, "cf-access-authenticated-user-email").unwrap_or("nobody that doorward named");
    let (class, verdict) = match &assertion.verdict {
        Verdict::Good => ("good", "verifies against the keys that the team domain publishes".to_owned()),
        Verdict::Absent => ("bad", "is missing".to_owned()),
        Verdict::Bad(why) => ("bad", format!("does not verify: {why}")),
    };
    let mut html = format!(
        "<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title><style>{STYLE}</style>\
         <h1>{title}</h1><p>{about}</p><p>You are <strong id=email>{email}</strong>, looking at <code>{path}</code>.</p>\
         <p id=verdict class={class}>The assertion {verdict}.</p>",
        title = escape(&subject.title),
        about = escape(&subject.text),
        email = escape(email),
        path = escape(path),
        verdict = escape(&verdict),
    );
    if let Some(Value::Object(claims)) = &assertion.claims {
        html.push_str("<table id=claims><tr><th>claim<th>value</tr>");
        for (name, value) in claims {
            let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let _always = write!(html, "<tr><td>{}<td>{}</tr>", escape(name), escape(&shown));
        }
        html.push_str("</table>");
    }
    html.push_str(
        "<p><a href=/echo>The request as this origin got it</a> · <a href=/cdn-cgi/access/get-identity>Your identity</a> · \
         <a href=/cdn-cgi/access/logout>Sign out</a></p><p>The connection below is cut when your session ends:</p><pre id=ticks></pre>\
         <script>const out=document.getElementById('ticks'),say=t=>{out.textContent=t};\
         const ws=new WebSocket('wss://'+location.host+'/ws');\
         ws.onmessage=e=>say(e.data);ws.onclose=()=>say('closed');</script></html>",
    );
    html
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}
