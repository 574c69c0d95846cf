//! What is believed of whom, and what origins are told.

use axum::http::HeaderValue;

use super::*;

const SAID: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

fn headers(list: &[(&'static str, &'static str)]) -> HeaderMap {
    list.iter().fold(HeaderMap::new(), |mut map, (name, value)| {
        map.append(*name, HeaderValue::from_static(value));
        map
    })
}

fn traces(ratio: f64) -> Traces {
    let client = idp::Client::new(idp::Config {
        default_cloud: model::idp::EntraCloud::default(),
        extra_roots_pem: Vec::new(),
        allowed_private: Vec::new(),
        resolve: Vec::new(),
        total_timeout: std::time::Duration::from_secs(1),
        user_agent: "doorward".into(),
        federated_tokens: Vec::new(),
    })
    .unwrap();
    Traces::new(Some((Exporter::start("http://127.0.0.1:9/".parse().unwrap(), HeaderMap::new(), client), ratio)))
}

#[test]
fn a_traceparent_is_read_strictly() {
    assert!(Context::read(SAID.as_bytes()).is_some_and(Context::is_sampled));
    assert_eq!(Context::read(SAID.as_bytes()).and_then(Context::header).unwrap(), SAID);
    for good in [SAID.replace("-01", "-00"), SAID.replacen("00-", "01-", 1) + "-more"] {
        assert!(Context::read(good.as_bytes()).is_some(), "{good}");
    }
    for bad in [
        "",
        "00",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
        "00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    ] {
        assert_eq!(Context::read(bad.as_bytes()), None, "{bad}");
    }
}

#[tokio::test]
async fn a_trusted_peers_trace_is_continued_and_a_clients_is_not() {
    let (all, none) = (traces(1.0), traces(0.0));
    let said = headers(&[("traceparent", SAID), ("tracestate", "a=1")]);
    let (sampled, told) = none.begin(1, Peer::Trusted, &said);
    assert_eq!(sampled.map(|s| hex::encode(s.trace)).as_deref(), Some("0af7651916cd43dd8448eb211c80319c"), "its decision stands");
    let parent = told.parent.unwrap();
    assert!(parent.to_str().unwrap().starts_with("00-0af7651916cd43dd8448eb211c80319c-") && parent != SAID && told.state.is_some());
    let (sampled, told) = none.begin(1, Peer::Anybody, &said);
    assert!(sampled.is_none() && told.parent.is_none() && told.state.is_none(), "a client decides nothing");
    let (sampled, told) = all.begin(1, Peer::Anybody, &said);
    assert_ne!(hex::encode(sampled.unwrap().trace), "0af7651916cd43dd8448eb211c80319c");
    assert!(told.parent.is_some() && told.state.is_none());
    let (sampled, told) = all.begin(1, Peer::Trusted, &headers(&[("traceparent", &SAID[..55]), ("traceparent", SAID)]));
    assert!(sampled.is_some() && told.parent.is_some_and(|p| !p.to_str().unwrap().contains("0af7651916cd43dd")), "two are none");
}

#[tokio::test]
async fn without_a_collector_a_trusted_peers_trace_passes_and_nothing_is_made() {
    let off = Traces::new(None);
    let said = headers(&[("traceparent", SAID)]);
    let (sampled, told) = off.begin(1, Peer::Trusted, &said);
    assert!(sampled.is_none() && told.parent.unwrap() == SAID);
    let (sampled, told) = off.begin(1, Peer::Anybody, &said);
    assert!(sampled.is_none() && told.parent.is_none());
}
