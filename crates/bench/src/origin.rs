//! An origin in this process: small answers, uploads that are counted, WebSockets that echo.

use std::{
    convert::Infallible,
    net::{Ipv4Addr, SocketAddr},
};

use anyhow::{Context, Result};
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, service::service_fn, upgrade::Upgraded};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::frames::{self, CLOSE, PING, PONG, TEXT};

/// Key and answer of the sample in RFC 6455 section 1.3; every client here sends this key.
pub const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
const KIBIBYTE: [u8; 1024] = [b'~'; 1024];

/// Starts it on these addresses; answers where each listens.
pub async fn start(addresses: &[Ipv4Addr]) -> Result<Vec<SocketAddr>> {
    let mut bound = Vec::new();
    for ip in addresses {
        let listener = TcpListener::bind((*ip, 0)).await.with_context(|| format!("the origin cannot listen on {ip}"))?;
        bound.push(listener.local_addr()?);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream));
            }
        });
    }
    Ok(bound)
}

async fn serve(stream: TcpStream) {
    // Whoever breaks off has seen enough.
    let _ = stream.set_nodelay(true);
    let connection = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(answer));
    let _ = connection.with_upgrades().await;
}

async fn answer(mut request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let upgrade = request.headers().get(header::UPGRADE).is_some_and(|to| to.as_bytes().eq_ignore_ascii_case(b"websocket"));
    if upgrade {
        let switch = hyper::upgrade::on(&mut request);
        tokio::spawn(async move {
            if let Ok(socket) = switch.await {
                let _ = echo(TokioIo::new(socket)).await;
            }
        });
        let mut response = Response::new(Full::default());
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let headers = [(header::CONNECTION, "upgrade"), (header::UPGRADE, "websocket"), (header::SEC_WEBSOCKET_ACCEPT, ACCEPT)];
        response.headers_mut().extend(headers.map(|(name, value)| (name, HeaderValue::from_static(value))));
        return Ok(response);
    }
    if request.method() == Method::POST {
        let mut bytes = 0;
        let mut body = request.into_body();
        while let Some(Ok(frame)) = body.frame().await {
            bytes += frame.data_ref().map_or(0, Bytes::len);
        }
        return Ok(Response::new(Full::from(bytes.to_string())));
    }
    let body = if request.uri().path() == "/1k" { Bytes::from_static(&KIBIBYTE) } else { Bytes::new() };
    Ok(Response::new(Full::new(body)))
}

/// Texts come back, pings are answered, a close ends it.
async fn echo(mut socket: TokioIo<Upgraded>) -> Result<()> {
    let (mut bytes, mut chunk) = (Vec::new(), [0; 256]);
    loop {
        let length = socket.read(&mut chunk).await?;
        if length == 0 {
            return Ok(());
        }
        bytes.extend_from_slice(&chunk[..length]);
        while let Some(frame) = frames::take(&mut bytes)? {
            let opcode = match frame.opcode {
                PING => PONG,
                TEXT | CLOSE => frame.opcode,
                _ => continue,
            };
            socket.write_all(&frames::frame(opcode, &frame.payload, None)).await?;
            if opcode == CLOSE {
                return Ok(());
            }
        }
        // A socket that waits holds as little as possible.
        bytes.shrink_to_fit();
    }
}
