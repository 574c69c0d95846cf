//! What the origin gets to see of a request's head.

use crate::rig::run;

#[test]
fn what_the_door_says_cannot_be_said_by_the_client_in_any_spelling() {
    run(async |mut rig| {
        let spellings = "x_real_ip: 6.6.6.6\r\nx-forwarded_for: 6.6.6.6\r\nx.forwarded.for: 6.6.6.6\r\nX-Client-IP: 6.6.6.6\r\n\
            X-Cluster-Client-Ip: 6.6.6.6\r\nCF-IPCountry: SE\r\nX-Country: SE\r\nx_country: SE\r\ncf~access~jwt~assertion: forged\r\n\
            Cf_Access_Jwt_Assertion: forged\r\nForwarded: for=6.6.6.6\r\nX-Kept: 1\r\nTE: trailers\r\nTE: deflate\r\n";
        assert_eq!(rig.ask("GET /echo", "open.localhost", spellings, "").await.status(), 200);
        let headers = rig.asked().await;
        let mut names: Vec<&str> = headers.keys().map(http::HeaderName::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["host", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-kept"]);
        assert_eq!(headers["x-forwarded-for"], "127.0.0.1");
        assert_eq!(headers["x-forwarded-host"], "open.localhost");
    });
}

#[test]
fn an_address_that_nobody_knows_is_not_told_to_the_origin() {
    run(async |mut rig| {
        let headers = "X-Untold: 1\r\nX-Forwarded-For: 6.6.6.6\r\n";
        assert_eq!(rig.ask("GET /echo", "open.localhost", headers, "").await.status(), 200);
        assert!(!rig.asked().await.contains_key("x-forwarded-for"), "neither the client's word nor the load balancer's address");
    });
}

#[test]
fn the_origin_gets_the_token_that_admitted_and_no_other() {
    run(async |mut rig| {
        let live = rig.sign_in("mara").await;
        let (own, other) = (rig.token("wiki", &live), rig.token("payroll", &live));
        let headers = format!("Cookie: a=1; CF_Authorization={other}; CF_AppSession=m; CF_Authorization={own}\r\n");
        assert_eq!(rig.ask("GET /echo", "wiki.localhost", &headers, "").await.status(), 200);
        let headers = rig.asked().await;
        assert_eq!(headers["cookie"], format!("a=1; CF_Authorization={own}"));
        assert_eq!(headers["cf-access-jwt-assertion"], own);
        assert_eq!(headers["cf-access-authenticated-user-email"], "mara@harbourworks.example");
    });
}

#[test]
fn the_origin_is_asked_for_the_host_that_was_judged() {
    run(async |mut rig| {
        for written in ["open.localhost:8443", "OPEN.localhost:6666", "open.localhost"] {
            assert_eq!(rig.ask("GET /echo", written, "", "").await.status(), 200);
            assert_eq!(rig.asked().await["host"], "open.localhost:8443");
        }
    });
}

#[test]
fn a_preflight_cannot_ask_to_be_another_method() {
    run(async |mut rig| {
        let headers = "Origin: https://other.localhost\r\nAccess-Control-Request-Method: PUT\r\nX-HTTP-Method-Override: DELETE\r\n";
        assert_eq!(rig.ask("OPTIONS /echo", "wiki.localhost", headers, "").await.status(), 200);
        assert!(!rig.asked().await.contains_key("x-http-method-override"));
        assert_eq!(
            rig.ask("POST /echo", "open.localhost", "X-HTTP-Method-Override: PATCH\r\nContent-Length: 0\r\n", "").await.status(),
            200
        );
        assert_eq!(rig.asked().await["x-http-method-override"], "PATCH", "elsewhere it is the application's own affair");
    });
}
