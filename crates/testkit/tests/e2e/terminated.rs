//! TLS ends in front of doorward: who may speak to it without.

use std::net::SocketAddr;

use testkit::{Rule, World, allow_group, bypass};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
};

const TRUSTING: &str = "plain_listen = [\"127.0.0.1:0\"]\ntrusted_peers = [\"127.0.0.1\"]\nclient_address_header = \"x-forwarded-for\"";

async fn from(address: &str, to: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::new(address.parse().unwrap(), 0)).unwrap();
    socket.connect(to).await.unwrap()
}

async fn answer(mut stream: TcpStream, request: &str) -> String {
    let _ = stream.write_all(request.as_bytes()).await;
    let mut all = String::new();
    let _ = stream.read_to_string(&mut all).await;
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trusted_terminator_speaks_for_its_clients_and_nobody_else_may() {
    let world = World::plan().http(TRUSTING).start().await;
    let wiki = world.app("wiki").policy(bypass(Rule::Ip("203.0.113.0/24"))).create().await;
    let closed = world.app("closed").policy(allow_group("Pilots")).create().await;
    let ask = |host: &str, address: &str| {
        format!("GET /page HTTP/1.1\r\nHost: {host}:{}\r\nX-Forwarded-For: {address}\r\nConnection: close\r\n\r\n", world.port())
    };
    let plain = world.plain_address();
    let through = answer(from("127.0.0.1", plain).await, &ask(&wiki.host, "203.0.113.7")).await;
    assert!(through.starts_with("HTTP/1.1 200"), "{through}");
    world.origin().one();
    let elsewhere = answer(from("127.0.0.1", plain).await, &ask(&wiki.host, "198.51.100.7")).await;
    assert!(elsewhere.starts_with("HTTP/1.1 403"), "{elsewhere}");
    let login = answer(from("127.0.0.1", plain).await, &ask(&closed.host, "203.0.113.7")).await;
    assert!(login.starts_with("HTTP/1.1 302") && login.to_ascii_lowercase().contains("location: https://"), "{login}");
    // Not the terminator: nothing is said at all, whatever it claims.
    assert_eq!(answer(from("127.0.0.2", plain).await, &ask(&wiki.host, "203.0.113.7")).await, "");
    assert!(world.origin().taken().is_empty());
}
