//! Tests: the last answer over TLS and the goodbye behind it.

use std::{
    future::Future,
    io,
    os::fd::AsFd,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use rustls::{ClientConfig, RootCertStore, ServerConfig, pki_types::PrivateKeyDer};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
};
use tokio_rustls::{TlsAcceptor, TlsConnector, client, server};

use super::{super::gathered::Gathered, Ends};

/// Both ends of a connection that holds little on its way.
async fn pair() -> (client::TlsStream<TcpStream>, server::TlsStream<Gathered>) {
    let made = rcgen::generate_simple_self_signed(["a.example".to_owned()]).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let asks = ClientConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions().unwrap();
    let asks = asks.with_root_certificates(roots).with_no_client_auth();
    let answers = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let answers = answers.with_single_cert(vec![made.cert.der().clone()], key).unwrap();

    let (near, far) = (TcpSocket::new_v4().unwrap(), TcpSocket::new_v4().unwrap());
    near.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    near.set_send_buffer_size(16 * 1024).unwrap();
    far.set_recv_buffer_size(16 * 1024).unwrap();
    let listener = near.listen(1).unwrap();
    let (client, accepted) = tokio::join!(far.connect(listener.local_addr().unwrap()), listener.accept());
    let (acceptor, connector) = (TlsAcceptor::from(Arc::new(answers)), TlsConnector::from(Arc::new(asks)));
    let (client, server) = tokio::join!(
        connector.connect("a.example".try_into().unwrap(), client.unwrap()),
        acceptor.accept(Gathered::new(accepted.unwrap().0))
    );
    (client.unwrap(), server.unwrap())
}

/// Asks the system itself: what tokio knows of a socket may be old.
fn nothing_came(client: &client::TlsStream<TcpStream>) -> bool {
    let socket = std::net::TcpStream::from(client.get_ref().0.as_fd().try_clone_to_owned().unwrap());
    socket.peek(&mut [0]).is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
}

/// Polls once, and lets nobody else do anything.
fn at_once<F: Future>(future: F) -> Poll<F::Output> {
    pin!(tokio::task::unconstrained(future)).poll(&mut Context::from_waker(Waker::noop()))
}

#[tokio::test]
async fn a_last_answer_goes_out_with_its_goodbye_and_neither_before() {
    let (mut client, mut server) = pair().await;
    // The ticket, too.
    assert!(nothing_came(&client));
    server.get_mut().0.let_go();
    let (mut socket, ending) = Ends::new(server);
    socket.last_answer();
    socket.write_all(b"the head, ").await.unwrap();
    socket.write_all(b"the rest").await.unwrap();
    assert!(nothing_came(&client));
    socket.goodbye().await.unwrap();
    let mut told = String::new();
    // Not the end of the connection, but the goodbye: that the other side still holds it.
    client.read_to_string(&mut told).await.unwrap();
    assert_eq!(told, "the head, the rest");
    drop(socket);
    ending.after_all().await;
}

#[tokio::test]
async fn what_is_flushed_of_a_last_answer_waits_for_no_more_of_it() {
    let (mut client, mut server) = pair().await;
    server.get_mut().0.let_go();
    let (mut socket, _ending) = Ends::new(server);
    socket.last_answer();
    socket.write_all(b"first").await.unwrap();
    socket.flush().await.unwrap();
    let mut told = [0; 5];
    client.read_exact(&mut told).await.unwrap();
    assert_eq!(&told, b"first");
    socket.write_all(b"later").await.unwrap();
    assert!(nothing_came(&client));
}

#[tokio::test]
async fn a_last_answer_to_a_client_that_takes_nothing_is_not_over_before_it_does() {
    let (mut client, mut server) = pair().await;
    server.get_mut().0.let_go();
    let (mut socket, ending) = Ends::new(server);
    let mut sent = 0;
    // Answers to a client that asks on and reads none, until there is no room left on the way.
    loop {
        assert!(matches!(at_once(socket.write(&[b'a'; 500])), Poll::Ready(Ok(500))));
        sent += 500;
        if at_once(socket.flush()).is_pending() {
            break;
        }
    }
    socket.last_answer();
    assert!(matches!(at_once(socket.write(b"the end")), Poll::Ready(Ok(7))));
    {
        let mut goodbye = pin!(socket.goodbye());
        assert!(at_once(goodbye.as_mut()).is_pending(), "it was given to nobody");
        let mut told = Vec::new();
        let (said, read) = tokio::join!(goodbye, client.read_to_end(&mut told));
        said.unwrap();
        assert_eq!(read.unwrap(), sent + 7);
        assert!(told.ends_with(b"athe end"));
    }
    drop(socket);
    ending.after_all().await;
}
