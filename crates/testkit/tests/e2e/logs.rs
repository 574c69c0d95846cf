//! What is written down: one line for each request, and never a credential.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

use http::Method;
use serde_json::{Value, json};
use testkit::{Rule, World, allow_group, service_auth};
use tracing_subscriber::{EnvFilter, fmt::MakeWriter};

/// Everything that this process logs.
#[derive(Clone, Default)]
struct Book(Arc<Mutex<Vec<u8>>>);

impl Write for Book {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Book {
    type Writer = Self;
    fn make_writer(&self) -> Self {
        self.clone()
    }
}

impl Book {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

/// The lines about a path.
fn about(lines: &str, path: &str) -> Vec<Value> {
    let lines = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter(|line| line["http.path"] == path).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_request_leaves_one_line_and_no_line_holds_a_credential() {
    let book = Book::default();
    let filter = EnvFilter::new("debug,entra_sim=off,hyper=info,h2=info,rustls=info");
    tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(book.clone()).init();
    let mut world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let token = world.api().service_token("feed", "8760h").await;
    let feed = world.app("feed").policy(service_auth(Rule::AnyToken)).create().await;
    let mara = world.browser().sign_in("mara");
    let callback = mara.open_until(wiki.at("/log-one?ticket=query-secret"), "/cdn-cgi/access/callback").await;
    let ticket = mara.open_until(&callback, "/cdn-cgi/access/authorized").await;
    assert_eq!(mara.open(&ticket).await.status, 200);
    let refused = world.browser().sign_in("tessa").open(wiki.at("/log-two")).await;
    assert_eq!(refused.status, 403);
    let (id, secret) = (token["client_id"].as_str().unwrap(), token["client_secret"].as_str().unwrap());
    let program = world.browser();
    let ask = program.ask(Method::GET, feed.at("/log-three")).header("cf-access-client-id", id).header("cf-access-client-secret", secret);
    assert_eq!(ask.send().await.status, 200);
    let bad = program.ask(Method::GET, wiki.at("/log-four")).header("cookie", "CF_Authorization=cookie-secret; a=b");
    assert_eq!(bad.send().await.status, 302);
    let scim = world.scim().create("bram").await;
    world.scim().set_active(&scim, "False").await;
    world.fault(json!({ "target": "token", "kind": "nonsense" })).await;
    assert_eq!(world.browser().sign_in("ilo").open(wiki.at("/log-five")).await.status, 403);

    let user = world.api().user("mara@harbourworks.example").await["id"].clone();
    // A server that stops writes what it has: nothing waits any more.
    world.stop().await;
    let lines = std::fs::read_to_string(world.folder().join("access.log")).unwrap();
    let text = book.text() + &lines;
    let param = |url: &url::Url, name: &str| url.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
    let jar = |host: &str, name: &str| mara.jar(|jar| jar.get(host, name)).unwrap();
    for (what, secret) in [
        ("the application's token", jar("wiki.localhost", "CF_Authorization")),
        ("the organisation's token", jar("team.localhost", "CF_Authorization")),
        ("the mark of the application", jar("wiki.localhost", "CF_AppSession")),
        ("the mark of the team domain", jar("team.localhost", "CF_Session")),
        ("the code", param(&callback, "code")),
        ("the state", param(&callback, "state")),
        ("the ticket", param(&ticket, "state")),
        ("the service token's secret", secret.to_owned()),
        ("the SCIM secret", world.scim().secret().to_owned()),
        ("the client secret", world.sim().sign_in_app().unwrap().client_secret),
        ("a query", "query-secret".to_owned()),
        ("a cookie", "cookie-secret".to_owned()),
    ] {
        assert!(secret.len() >= 12, "{what}");
        let line = text.lines().find(|line| line.contains(&secret));
        assert!(line.is_none(), "{what}: {}", line.unwrap_or_default());
    }
    let one = about(&lines, "/log-one");
    let verdicts: Vec<&str> = one.iter().map(|line| line["verdict"].as_str().unwrap()).collect();
    assert_eq!(verdicts, ["login", "admit"]);
    let fields = &one[1];
    assert_eq!((&fields["app.id"], &fields["http.status"], &fields["http.method"]), (&json!(wiki.id), &json!(200), &json!("GET")));
    assert_eq!((&fields["user.id"], &fields["http.query"], &fields["target"]), (&user, &json!("ticket="), &json!("access")));
    assert!(
        fields["client.address"] == "127.0.0.1"
            && fields["duration_us"].is_number()
            && fields["added_us"].as_u64() <= fields["duration_us"].as_u64(),
        "{fields}"
    );
    for (path, verdict, count) in
        [("/log-two", "login", 1), ("/log-three", "admit", 1), ("/log-four", "login", 1), ("/log-five", "login", 1)]
    {
        let found = about(&lines, path);
        assert_eq!(found.len(), count, "{path}");
        assert_eq!(found[0]["verdict"], verdict, "{path}");
    }
}
