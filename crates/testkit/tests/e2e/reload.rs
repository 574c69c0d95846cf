//! The configuration file read anew while the server runs.

use http::Method;
use serde_json::{Value, json};
use testkit::{Reply, Rule, World, bypass};

/// Writes the configuration with some text replaced, and asks for the reload.
async fn reload(world: &World, from: &str, to: &str) -> Reply {
    let file = world.folder().join("doorward.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains(from), "{from:?} is not in {text}");
    std::fs::write(&file, text.replacen(from, to, 1)).unwrap();
    world.api().call(Method::POST, "doorward/reload", None).await
}

fn result(reply: &Reply) -> &Value {
    assert_eq!(reply.status, 200, "{}", reply.body);
    &reply.body["result"]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reload_takes_over_what_it_can_and_names_what_needs_a_restart() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(bypass(Rule::Ip("203.0.113.0/24"))).create().await;
    let browser = world.browser();
    let ask = || browser.ask(Method::GET, wiki.at("/")).header("x-forwarded-for", "203.0.113.7").send();
    assert_ne!(ask().await.status, 200, "nobody's word counts yet");
    let told =
        reload(&world, "workers = 2", "workers = 3\ntrusted_peers = [\"127.0.0.1\"]\nclient_address_header = \"x-forwarded-for\"").await;
    let expected = json!({
        "changed": ["http.client_address_header", "http.trusted_peers"],
        "needs_restart": ["http.workers"],
        "certificate_files_changed": false,
    });
    assert_eq!(result(&told), &expected);
    assert_eq!(ask().await.status, 200, "over the connection that was open");
    assert_eq!(world.origin().one().header("x-forwarded-for"), Some("203.0.113.7"), "written anew, from what the peer told");

    let again = world.api().call(Method::POST, "doorward/reload", None).await;
    assert_eq!(result(&again)["changed"], json!([]), "nothing new");
    assert_eq!(result(&again)["needs_restart"], json!(["http.workers"]), "still not in force");
    let audit = world.api().get("doorward/audit").await;
    let noted = audit.as_array().unwrap().iter().find(|one| one["action"] == "configuration_file.reload").unwrap();
    assert!(noted.to_string().contains("http.workers"), "{noted}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_faulty_file_changes_nothing_and_every_fault_is_told_with_its_key() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(bypass(Rule::Everyone)).create().await;
    let mut socket = world.browser().socket(&wiki.at("/ws")).await.unwrap();
    let bad = "[tls]\nmin_version = \"1.1\"\n[[tls.certificates]]\ncertificate = \"none.pem\"\nkey = \"none.key\"\n[tls.local_ca]";
    let refused = reload(&world, "[tls.local_ca]", bad).await;
    assert_eq!(refused.status, 400, "{}", refused.body);
    assert!(refused.body.to_string().contains("tls.min_version"), "{}", refused.body);
    let refused = reload(&world, "min_version = \"1.1\"", "min_version = \"1.3\"").await;
    assert_eq!(refused.status, 400, "{}", refused.body);
    assert!(refused.body.to_string().contains("tls.certificates[0].certificate: "), "{}", refused.body);
    assert_eq!(world.browser().open(wiki.at("/")).await.status, 200);

    let pair = rcgen::generate_simple_self_signed(vec!["other.example".to_owned()]).unwrap();
    std::fs::write(world.folder().join("none.pem"), pair.cert.pem()).unwrap();
    std::fs::write(world.folder().join("none.key"), pair.signing_key.serialize_pem()).unwrap();
    let taken = world.api().call(Method::POST, "doorward/reload", None).await;
    assert_eq!(result(&taken)["changed"], json!(["tls.certificates", "tls.min_version"]));
    assert_eq!(world.browser().open(wiki.at("/")).await.status, 200);
    // The connection that was open goes on.
    socket.say("still here").await;
    loop {
        match socket.hear().await.as_deref() {
            Some("still here") => break,
            Some(_) => {}
            None => panic!("the WebSocket was ended"),
        }
    }
}

/// RFC 6797: whoever was told to insist on HTTPS is locked out of a host whose certificate is not believed any more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn browsers_are_told_to_insist_on_https_where_the_certificate_lasts() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(bypass(Rule::Everyone)).create().await;
    let browser = world.browser();
    let told = async |at: String| browser.get(at).await.header("strict-transport-security").map(str::to_owned);
    let (ours, team) = (wiki.at("/cdn-cgi/access/get-identity"), format!("{}/cdn-cgi/access/certs", world.team()));
    assert_eq!(told(ours.clone()).await, None, "the local authority's may not be believed tomorrow");
    let pair = rcgen::generate_simple_self_signed(vec!["wiki.localhost".to_owned()]).unwrap();
    std::fs::write(world.folder().join("wiki.pem"), pair.cert.pem()).unwrap();
    std::fs::write(world.folder().join("wiki.key"), pair.signing_key.serialize_pem()).unwrap();
    let file = "[[tls.certificates]]\ncertificate = \"wiki.pem\"\nkey = \"wiki.key\"\n[tls.local_ca]";
    result(&reload(&world, "[tls.local_ca]", file).await);
    // Over the connection that was open: nobody believes the new certificate.
    assert_eq!(told(ours).await.as_deref(), Some("max-age=31536000"));
    assert_eq!(told(wiki.at("/")).await, None, "an application's own pages promise what they like");
    assert_eq!(told(team).await, None, "another host");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_only_read_reloads_nothing() {
    let world = World::start().await;
    let narrow = json!({ "name": "reader", "permissions": ["backup_read", "org_read"] });
    let token = world.api().post("doorward/api_tokens", narrow).await["value"].as_str().unwrap().to_owned();
    let reply = world.api().with_token(&token).call(Method::POST, "doorward/reload", None).await;
    assert_eq!(reply.status, 403, "{}", reply.body);
}
