//! The place of the attacks: a world, an application *wiki* before a recording origin, and Mara signed in to it.

use testkit::{App, AppPlan, Browser, World, allow_group};

use crate::{h1, h2, origin::Recorder};

/// Host of the usual application.
pub const HOST: &str = "wiki.localhost";

/// The place.
pub struct Scene {
    /// The box.
    pub world: World,
    /// What stands behind every application of the scene.
    pub origin: Recorder,
    /// `wiki.localhost`, for *Pilots*.
    pub app: App,
    /// Mara's.
    pub browser: Browser,
    /// Mara's token for the application.
    pub token: String,
}

impl Scene {
    /// The usual one.
    pub async fn start() -> Self {
        Self::of(World::start().await).await
    }

    /// In this world.
    pub async fn of(world: World) -> Self {
        let origin = Recorder::start().await;
        let app = world.app("wiki").upstream("url", origin.url().into()).policy(allow_group("Pilots")).create().await;
        let browser = world.browser().sign_in("mara");
        assert_eq!(browser.open(app.at("/")).await.status, 200);
        origin.taken();
        let token = browser.cookie(&app.url, "CF_Authorization").expect("Mara is signed in");
        Self { world, origin, app, browser, token }
    }

    /// Begins another application, before the same origin.
    pub fn other(&self, name: &str) -> AppPlan<'_> {
        self.world.app(name).upstream("url", self.origin.url().into())
    }

    /// Mara's cookie, as it stands behind `Cookie: `.
    pub fn cookie(&self) -> String {
        format!("CF_Authorization={}", self.token)
    }

    /// A connection that speaks HTTP/1.1 and was made for this name.
    pub async fn h1_for(&self, sni: &str) -> h1::Client {
        h1::Client::new(self.world.network().tls(sni, self.world.port(), &["http/1.1"]).await)
    }

    /// A connection that speaks HTTP/1.1 to the application.
    pub async fn h1(&self) -> h1::Client {
        self.h1_for(HOST).await
    }

    /// A connection that speaks HTTP/2 and was made for this name.
    pub async fn h2_for(&self, sni: &str) -> h2::Client {
        h2::Client::new(self.world.network().tls(sni, self.world.port(), &["h2"]).await).await
    }

    /// A connection that speaks HTTP/2 to the application.
    pub async fn h2(&self) -> h2::Client {
        self.h2_for(HOST).await
    }

    /// A request's head over HTTP/1.1 as Mara sends it: `lines` stand between her cookie and the empty line, each with its line end.
    pub fn head(&self, first: &str, lines: &str) -> String {
        format!("{first} HTTP/1.1\r\nHost: {HOST}\r\nCookie: {}\r\n{lines}\r\n", self.cookie())
    }

    /// The pseudo-fields and the cookie of Mara's request over HTTP/2, with more fields behind.
    pub fn fields<'a>(&self, method: &'a str, path: &'a str, more: &[(&'a str, &'a str)]) -> Fields<'a> {
        Fields { method, path, cookie: self.cookie(), more: more.to_vec() }
    }

    /// Asserts that the server still serves Mara, over both protocols and new connections.
    pub async fn serves_on(&self) {
        self.origin.taken();
        assert_eq!(self.h1().await.status(self.head("GET /still", "")).await, 200);
        let outcome = self.h2().await.ask(&self.fields("GET", "/still", &[]).list(), None).await;
        assert_eq!(outcome.status(), Some(200));
        // A request of before, whose client did not wait for its answer, may come as late as now.
        assert_eq!(self.origin.taken().iter().filter(|taken| taken.head.target == "/still").count(), 2);
    }
}

/// Fields of a request over HTTP/2.
pub struct Fields<'a> {
    method: &'a str,
    path: &'a str,
    cookie: String,
    more: Vec<(&'a str, &'a str)>,
}

impl Fields<'_> {
    /// As they are sent.
    pub fn list(&self) -> Vec<(&str, &str)> {
        let mut list =
            vec![(":method", self.method), (":scheme", "https"), (":authority", HOST), (":path", self.path), ("cookie", &self.cookie)];
        list.extend_from_slice(&self.more);
        list
    }
}
