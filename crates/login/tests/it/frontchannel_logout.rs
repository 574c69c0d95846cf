//! Sign-out at the provider: it ends everything that its browser session gave, and nothing else.

use model::session::RevokeReason;

use crate::{provider::Provider, rig::Rig};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_session_of_the_browser_session_ends_however_many_there_are() {
    let (rig, provider) = (Rig::start().await, Provider::start().await);
    let idp = rig.add(&provider).await;
    let mut sessions = Vec::new();
    for number in 0..205 {
        sessions.push(rig.session_of(idp, number % 2, Some("of-this-browser")).await);
    }
    let other = rig.session_of(idp, 1, Some("of-another")).await;
    for path in ["?sid=unknown", "?sid=", "?sid=of-this-browser&iss=https://evil.example/v2.0", ""] {
        assert_eq!(rig.get(&format!("/cdn-cgi/access/frontchannel-logout{path}")).await.0, 200, "the same answer for all");
    }
    assert_eq!(rig.alive(&sessions).await, 205);
    assert_eq!(rig.get("/cdn-cgi/access/frontchannel-logout?sid=of-this-browser").await.0, 200);
    assert_eq!(rig.alive(&sessions).await, 0);
    assert_eq!(rig.ended(&sessions[204]).await, Some(RevokeReason::ProviderLogout));
    assert_eq!(rig.ended(&other).await, None);
}
