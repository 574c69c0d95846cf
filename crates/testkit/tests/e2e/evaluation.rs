//! External evaluation: the question as the endpoint's own library reads it, and answers that do and do not count.

use std::sync::{Arc, Mutex};

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode, jwk::Jwk};
use rcgen::{KeyPair, PKCS_RSA_SHA256};
use serde_json::{Value, json};
use testkit::{Rule, World, allow};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// What the endpoint answers next.
#[derive(Clone, Copy, PartialEq)]
enum Mood {
    Yes,
    No,
    OtherNonce,
    OtherKey,
    Over,
    Forbidden,
}

struct Endpoint {
    url: String,
    mood: Mutex<Mood>,
    questions: Mutex<Vec<String>>,
    key: EncodingKey,
    other: EncodingKey,
}

fn key() -> EncodingKey {
    EncodingKey::from_rsa_pem(KeyPair::generate_for(&PKCS_RSA_SHA256).unwrap().serialize_pem().as_bytes()).unwrap()
}

impl Endpoint {
    async fn start() -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let endpoint = Arc::new(Self { url, mood: Mutex::new(Mood::Yes), questions: Mutex::default(), key: key(), other: key() });
        let serving = endpoint.clone();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let endpoint = serving.clone();
                tokio::spawn(async move { endpoint.serve(socket).await });
            }
        });
        endpoint
    }

    fn be(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    async fn serve(&self, mut socket: TcpStream) {
        let (mut read, mut piece) = (Vec::new(), [0; 4096]);
        let (head, body) = loop {
            let length = socket.read(&mut piece).await.unwrap();
            read.extend_from_slice(&piece[..length]);
            let text = String::from_utf8_lossy(&read).into_owned();
            if let Some((head, body)) = text.split_once("\r\n\r\n") {
                let header = head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:").map(str::to_owned));
                if body.len() >= header.map_or(0, |length| length.trim().parse().unwrap()) {
                    break (head.to_owned(), body.to_owned());
                }
            }
            assert!(length > 0, "a whole request");
        };
        let (status, answer) = if head.starts_with("GET /keys ") { (200, self.keys()) } else { self.answer(&body) };
        let answer = answer.to_string();
        let head = format!(
            "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
            answer.len()
        );
        socket.write_all(format!("{head}{answer}").as_bytes()).await.unwrap();
    }

    fn keys(&self) -> Value {
        let mut jwk = Jwk::from_encoding_key(&self.key, Algorithm::RS256).unwrap();
        jwk.common.key_id = Some("k1".into());
        json!({ "keys": [jwk] })
    }

    fn answer(&self, body: &str) -> (u16, Value) {
        let question: Value = serde_json::from_str(body).unwrap();
        let token = question["token"].as_str().unwrap().to_owned();
        let (_, claims) = crate::claims::unchecked(&token);
        self.questions.lock().unwrap().push(token);
        let mood = *self.mood.lock().unwrap();
        if mood == Mood::Forbidden {
            return (403, json!({}));
        }
        let iat = claims["iat"].as_i64().unwrap();
        let nonce = if mood == Mood::OtherNonce { json!("another") } else { claims["nonce"].clone() };
        let exp = if mood == Mood::Over { iat - 1 } else { iat + 60 };
        let said = json!({ "success": mood != Mood::No, "iat": iat, "exp": exp, "nonce": nonce });
        let header = Header { kid: Some("k1".into()), ..Header::new(Algorithm::RS256) };
        let key = if mood == Mood::OtherKey { &self.other } else { &self.key };
        (200, json!({ "token": encode(&header, &said, key).unwrap() }))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_is_asked_at_the_sign_in_and_only_a_good_yes_lets_in() {
    let (world, endpoint) = (World::start().await, Endpoint::start().await);
    let wiki = world.app("wiki").policy(allow(Rule::Everyone)).create().await;
    let before = world.browser().sign_in("mara");
    assert_eq!(before.open(wiki.at("/")).await.status, 200);
    let path = format!("access/apps/{}/policies", wiki.id);
    let mut policy = world.api().get(&path).await[0].clone();
    let rule = json!({ "evaluate_url": format!("{}/ask", endpoint.url), "keys_url": format!("{}/keys", endpoint.url) });
    policy["include"] = json!([{ "external_evaluation": rule }]);
    let id = policy["id"].as_str().unwrap().to_owned();
    world.api().put(&format!("{path}/{id}"), policy).await;

    // The session of before was not asked: the browser is led to the provider once more, and in.
    assert_eq!(before.open(wiki.at("/")).await.url.host_str(), Some("wiki.localhost"));
    let token = endpoint.questions.lock().unwrap()[0].clone();
    let claims = crate::claims::verified_for_anybody(&world, &token).await;
    assert_eq!(claims["iss"], world.team());
    assert_eq!(claims["identity"]["email"], "mara@harbourworks.example");
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 60);
    assert_eq!(before.open(wiki.at("/again")).await.status, 200);
    assert_eq!(endpoint.questions.lock().unwrap().len(), 1, "once a sign-in");

    for mood in [Mood::No, Mood::OtherNonce, Mood::OtherKey, Mood::Over, Mood::Forbidden] {
        endpoint.be(mood);
        assert_eq!(world.browser().sign_in("ilo").open(wiki.at("/")).await.status, 403);
    }
    endpoint.be(Mood::Yes);
    assert_eq!(world.browser().sign_in("ilo").open(wiki.at("/")).await.status, 200);
    let nonces: std::collections::BTreeSet<String> =
        endpoint.questions.lock().unwrap().iter().map(|token| crate::claims::unchecked(token).1["nonce"].to_string()).collect();
    assert_eq!(nonces.len(), 7, "each question has its own");
}
