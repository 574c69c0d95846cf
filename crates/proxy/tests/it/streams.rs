//! Answers that are under way, or not there yet, when their session ends.

use crate::{origin::Event, rig::run};

#[test]
fn an_event_stream_breaks_off_with_its_session() {
    run(async |rig| {
        let live = rig.sign_in("ilo").await;
        let mut wire = rig.wire().await;
        wire.request("GET /events", "wiki.localhost", &rig.cookie("wiki", &live), "").await;
        assert!(wire.head().await.starts_with("HTTP/1.1 200"));
        assert_eq!(wire.bytes(14).await, b"9\r\ndata: 1\n\n\r\n");
        rig.revoke(&live).await;
        assert_eq!(wire.rest().await, b"", "without the last chunk: nobody takes it for whole");
    });
}

#[test]
fn a_request_that_loses_its_session_before_its_answer_is_asked_to_sign_in() {
    run(async |mut rig| {
        for (headers, status) in [("", 302), ("Sec-Fetch-Mode: navigate\r\n", 302), ("Sec-Fetch-Mode: cors\r\n", 401)] {
            let live = rig.sign_in("ilo").await;
            let mut wire = rig.wire().await;
            wire.request("GET /hang", "wiki.localhost", &format!("{headers}{}", rig.cookie("wiki", &live)), "").await;
            assert!(matches!(rig.event().await, Event::Asked { .. }));
            rig.revoke(&live).await;
            let answer = wire.answer().await;
            assert_eq!(answer.status(), status, "{headers}");
            let to_sign_in = |l: &&str| l.starts_with("https://team.localhost:8443/cdn-cgi/access/login/wiki.localhost");
            assert_eq!(answer.all("location").iter().any(to_sign_in), status == 302, "{}", answer.head);
        }
    });
}

#[test]
fn a_request_to_an_open_application_that_is_withdrawn_meanwhile_is_not_asked_to_sign_in() {
    run(async |mut rig| {
        let mut wire = rig.wire().await;
        wire.request("GET /hang", "open.localhost", "", "").await;
        assert!(matches!(rig.event().await, Event::Asked { .. }));
        let id = rig.app("open");
        rig.store
            .write(move |tx| {
                let mut app = tx.app(&id)?.unwrap();
                app.generation += 1;
                tx.put_app(&app)
            })
            .await
            .unwrap();
        assert_eq!(wire.answer().await.status(), 503);
    });
}
