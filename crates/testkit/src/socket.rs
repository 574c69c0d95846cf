//! A WebSocket through the door.

use futures_util::{SinkExt, StreamExt};
use http::HeaderValue;
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{self, Message, client::IntoClientRequest},
};
use url::Url;

use crate::{
    must::{Must, within},
    network::Network,
};

/// An open WebSocket.
pub struct Socket {
    stream: WebSocketStream<TlsStream<TcpStream>>,
}

impl Socket {
    pub(crate) async fn open(network: &Network, url: &Url, cookie: Option<&str>, page: Option<&str>) -> Result<Self, u16> {
        let mut address = url.clone();
        address.set_scheme("wss").ok().must("a WebSocket address for an https one");
        let mut request = address.as_str().into_client_request().must("a WebSocket request");
        if let Some(cookie) = cookie {
            request.headers_mut().insert("cookie", HeaderValue::from_str(cookie).must("a cookie"));
        }
        if let Some(page) = page {
            request.headers_mut().insert("origin", HeaderValue::from_str(page).must("an origin"));
        }
        let port = url.port_or_known_default().must("a port");
        let tls = network.tls(url.host_str().must("a host"), port, &["http/1.1"]).await;
        match within("the WebSocket handshake", client_async(request, tls)).await {
            Ok((stream, _)) => Ok(Self { stream }),
            Err(tungstenite::Error::Http(answer)) => Err(answer.status().as_u16()),
            Err(error) => panic!("the WebSocket handshake: {error}"),
        }
    }

    /// Sends a text.
    pub async fn say(&mut self, text: &str) {
        self.stream.send(Message::text(text)).await.must("a message is sent");
    }

    /// The next text; none when the connection ended.
    pub async fn hear(&mut self) -> Option<String> {
        loop {
            match within("a message or the end of the WebSocket", self.stream.next()).await? {
                Ok(Message::Text(text)) => return Some(text.to_string()),
                Ok(Message::Close(_)) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }

    /// Waits for the end; the code of the close frame, when there was one.
    pub async fn until_closed(&mut self) -> Option<u16> {
        loop {
            match within("the end of the WebSocket", self.stream.next()).await? {
                Ok(Message::Close(frame)) => return frame.map(|frame| frame.code.into()),
                Ok(_) => {}
                Err(_) => return None,
            }
        }
    }
}
