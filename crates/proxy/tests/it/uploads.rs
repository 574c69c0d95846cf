//! Bodies towards the origin: cut, limited, without trailers, and nobody else's trouble.

use crate::{origin::Event, rig::run};

#[test]
fn an_upload_ends_with_its_session_though_its_client_does_not_read() {
    run(async |mut rig| {
        let live = rig.sign_in("ilo").await;
        let headers = format!("{}Transfer-Encoding: chunked\r\n", rig.cookie("wiki", &live));
        let mut wire = rig.wire().await;
        wire.request("POST /duplex", "wiki.localhost:8443", &headers, "6\r\nbefore\r\n").await;
        // The client reads nothing: in the end the origin's answer has nowhere to go.
        let (mut blocked, mut before) = (false, false);
        while !blocked || !before {
            match rig.event().await {
                Event::Blocked => blocked = true,
                Event::Piece(piece) => before = piece == "before",
                Event::Began => {}
                other => panic!("{other:?}"),
            }
        }
        rig.revoke(&live).await;
        wire.try_send("5\r\nafter\r\n").await;
        assert!(matches!(rig.event().await, Event::UploadOver { well: false }), "the upload breaks off and nothing else came");
    });
}

#[test]
fn an_early_answer_to_an_unfinished_upload_does_not_hold_up_the_next_person() {
    run(async |mut rig| {
        let mut first = rig.wire().await;
        first.request("POST /early", "open.localhost", "Content-Length: 1000000\r\n", "abc").await;
        assert_eq!(first.answer().await.status(), 200);
        assert!(matches!(rig.event().await, Event::Began));
        let next = rig.ask("GET /echo", "open.localhost", "", "").await;
        assert_eq!(next.status(), 200);
    });
}

#[test]
fn a_whole_upload_that_is_not_answered_ends_in_504() {
    run(async |mut rig| {
        for headers in ["Content-Length: 3\r\n", "Transfer-Encoding: chunked\r\n"] {
            let body = if headers.starts_with('C') { "abc" } else { "3\r\nabc\r\n0\r\n\r\n" };
            assert_eq!(rig.ask("POST /hang", "hasty.localhost", headers, body).await.status(), 504);
            assert!(matches!(rig.event().await, Event::Asked { body, .. } if body == b"abc"));
        }
        assert_eq!(rig.ask("GET /hang", "hasty.localhost", "", "").await.status(), 504);
    });
}

#[test]
fn trailers_do_not_reach_the_origin() {
    run(async |mut rig| {
        let headers = "Transfer-Encoding: chunked\r\nTrailer: cf-access-jwt-assertion, x-sum\r\n";
        let body = "3\r\nabc\r\n0\r\ncf-access-jwt-assertion: forged\r\nx-sum: 1\r\n\r\n";
        assert_eq!(rig.ask("POST /echo", "open.localhost", headers, body).await.status(), 200);
        let Event::Asked { headers, trailers, body } = rig.event().await else { panic!("a whole request") };
        assert_eq!((trailers, body.as_slice()), (None, &b"abc"[..]));
        assert!(!headers.contains_key("trailer"));
    });
}
