//! Connections: accepted, encrypted, bounded in number and patience, ended in order.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use crate::encryption::Encryption;
use crate::front::Front;

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

/// One place at which connections come in.
pub(crate) struct Listener {
    pub(crate) tcp: TcpListener,
    pub(crate) tls: Option<Arc<Encryption>>,
    /// Connections at one time.
    pub(crate) most: usize,
}

impl Listener {
    /// Serves until it is told to stop, and then what is under way.
    pub(crate) async fn serve(self, front: Arc<Front>, mut stop: watch::Receiver<bool>) {
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
    front: &Arc<Front>,
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
    front: &Arc<Front>,
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
