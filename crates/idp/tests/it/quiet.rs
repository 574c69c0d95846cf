//! Secrets, codes and tokens are in no log line and no Debug output.

use std::{io::Write, sync::Arc};

use parking_lot::Mutex;
use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

use crate::provider::{CALLBACK, Provider, Reply, SECRET, VERIFIER, callback, client, hasty};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;
    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

fn assert_quiet(text: &str) {
    for secret in [SECRET, VERIFIER, "1.code-of-mara", "opaque-graph-token", "1.AXk", "eyJ"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

#[tokio::test]
async fn nothing_secret_is_logged_or_shown_whatever_goes_wrong() {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(lines.clone()).finish();
    let _guard = tracing::subscriber::set_default(subscriber);

    let p = Provider::start().await;
    let ok = p.sign_in(&client()).await.unwrap();
    assert_quiet(&format!("{ok:?}"));
    p.answer("graph", |_| Reply::Json(403, json!({"error": {"code": "Authorization_RequestDenied"}})));
    p.sign_in(&client()).await.unwrap();
    p.answer("graph", |_| Reply::Text(200, "{}".into()));
    p.sign_in(&client()).await.unwrap();
    p.answer("keys", |_| Reply::Text(500, String::new()));
    let down = p.sign_in(&client()).await.unwrap_err();
    assert_quiet(&format!("{down} {down:?}"));
    p.answer("token", |_| Reply::Json(401, json!({"error": "invalid_client", "error_description": "AADSTS7000215: no"})));
    let refused = p.sign_in(&client()).await.unwrap_err();
    assert_quiet(&format!("{refused} {refused:?}"));
    p.answer("token", |_| Reply::Hang);
    let late = p.sign_in(&hasty()).await.unwrap_err();
    assert_quiet(&format!("{late} {late:?}"));
    let shown = format!("{:?} {:?}", callback(), client());
    assert!(shown.contains(CALLBACK));
    assert_quiet(&shown);

    let log = String::from_utf8(lines.0.lock().clone()).unwrap();
    assert!(log.contains("Microsoft Graph did not tell"), "{log}");
    assert!(log.contains("signing keys not refreshed"), "{log}");
    assert_quiet(&log);
}
