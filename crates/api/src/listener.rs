//! Connections: accepted, encrypted, bounded in number and patience, ended in order.

use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use crate::encryption::Encryption;

/// How long the head of a request may take, and how long a connection may lie idle before one.
const HEAD: Duration = Duration::from_secs(20);
/// How long a TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Bytes of a request's head at most.
const HEAD_BYTES: usize = 32 * 1024;
/// How long nothing is accepted after nothing could be (no descriptors are left, for example).
const PAUSE: Duration = Duration::from_millis(100);
/// How long requests under way may take when the server stops.
const LAST: Duration = Duration::from_secs(60);

/// Connections that the system keeps until they are accepted, if it may keep as many (net.core.somaxconn): one that finds no
/// place tries again a second later.
const BACKLOG: u32 = 4096;

/// Why nothing is listened at.
#[derive(Debug, Error)]
pub enum ListenError {
    /// An address that others reach, without encryption.
    #[error(
        "{0} can be reached from other machines, and nothing there would be encrypted; give a certificate and key, \
         or allow plain connections if a proxy encrypts them"
    )]
    Plain(SocketAddr),
    /// An address can't be listened at.
    #[error("{address} can't be listened at: {error}")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// Why.
        #[source]
        error: io::Error,
    },
    /// Certificate or key.
    #[error("{} can't be used: {reason}", path.display())]
    Tls {
        /// Which file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

/// Refuses an address that other machines reach, for connections that aren't encrypted.
///
/// # Errors
/// [`ListenError::Plain`].
pub fn check_plain(address: SocketAddr) -> Result<(), ListenError> {
    if address.ip().to_canonical().is_loopback() { Ok(()) } else { Err(ListenError::Plain(address)) }
}

/// Begins to listen at an address, and says at which.
///
/// # Errors
/// [`ListenError::Listen`].
pub fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), ListenError> {
    let failed = |error| ListenError::Listen { address, error };
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() };
    let socket = socket.map_err(failed)?;
    // A server that was just ended leaves connections in their last state.
    socket.set_reuseaddr(true).map_err(failed)?;
    socket.bind(address).map_err(failed)?;
    let listener = socket.listen(BACKLOG).map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    Ok((listener, bound))
}

/// Who answers what comes in.
pub trait Front: Send + Sync + 'static {
    /// A connection begins (1) or ends (-1).
    fn connected(&self, change: i64);

    /// Answers one request of somebody at an address.
    fn answer(&self, peer: IpAddr, request: Request<Incoming>) -> impl Future<Output = Response> + Send;
}

/// One place at which connections come in.
pub struct Listener {
    /// What accepts them.
    pub tcp: TcpListener,
    /// What encrypts them.
    pub tls: Option<Arc<Encryption>>,
    /// Connections at one time.
    pub most: usize,
}

impl Listener {
    /// Serves until it is told to stop, and then what is under way.
    pub async fn serve(self, front: Arc<impl Front>, mut stop: watch::Receiver<bool>) {
        let connections = GracefulShutdown::new();
        let places = Arc::new(Semaphore::new(self.most));
        loop {
            let accepted = tokio::select! {
                accepted = self.accept(&places) => accepted,
                _ = stop.wait_for(|stop| *stop) => break,
            };
            let Some((stream, peer, place)) = accepted else { continue };
            let tls = self.tls.as_ref().map(|tls| tls.acceptor());
            let (front, watcher) = (Arc::clone(&front), connections.watcher());
            tokio::spawn(async move {
                front.connected(1);
                connection(&front, stream, peer, tls, watcher).await;
                front.connected(-1);
                drop(place);
            });
        }
        drop(self.tcp);
        if timeout(LAST, connections.shutdown()).await.is_err() {
            tracing::warn!("requests that were under way for too long were given up");
        }
    }

    async fn accept(&self, places: &Arc<Semaphore>) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
        // Where there is no place, connections wait in the system's queue.
        let place = Arc::clone(places).acquire_owned().await.ok()?;
        match self.tcp.accept().await {
            Ok((stream, peer)) => Some((stream, peer, place)),
            Err(error) => {
                tracing::warn!(%error, "a connection couldn't be accepted");
                sleep(PAUSE).await;
                None
            }
        }
    }
}

async fn connection(
    front: &Arc<impl Front>,
    stream: TcpStream,
    peer: SocketAddr,
    tls: Option<TlsAcceptor>,
    watcher: Watcher,
) {
    // Answers are written whole: waiting for more to send would only delay them.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection ended before it began");
        return;
    }
    let Some(tls) = tls else { return requests(front, stream, peer, watcher).await };
    match timeout(HANDSHAKE, tls.accept(stream)).await {
        Ok(Ok(stream)) => requests(front, stream, peer, watcher).await,
        Ok(Err(error)) => tracing::debug!(%error, "a handshake failed"),
        Err(_) => tracing::debug!("a handshake took too long"),
    }
}

async fn requests(
    front: &Arc<impl Front>,
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: SocketAddr,
    watcher: Watcher,
) {
    let service = service_fn(|request| {
        let front = Arc::clone(front);
        async move { Ok::<_, Infallible>(front.answer(peer.ip(), request).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, "a connection ended early");
    }
}
