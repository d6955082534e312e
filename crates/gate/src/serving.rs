//! Start and end of a gate.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use api::{Encryption, Front, Listener, TlsFiles, bind, check_plain};
use asker::Secret;
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use hyper::body::Incoming;
use indicia::UnixTime;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tower_service::Service;

use crate::books::Books;
use crate::desk::{Desk, Unheard};
use crate::error::GateError;
use crate::link::Link;
use crate::public;
use crate::reconciling::keep_up;
use crate::relay::Gate;
use crate::sign_in::Steward;
use crate::trust::{Newest, Trust};

/// Threads that carry requests; what blocks has others.
const WORKERS: usize = 2;
/// Connections at one time; further ones wait.
const CONNECTIONS: usize = 2_048;
/// How often what has ended is forgotten.
const TIDY: Duration = Duration::from_secs(60);
/// How long work on other threads may take when the gate has stopped.
const LAST_WORK: Duration = Duration::from_secs(10);

/// How a gate is set up.
pub struct Settings {
    /// What it is called: the server knows uses by it.
    pub name: String,
    /// URL of the server.
    pub server: String,
    /// The key of the gate's own steward at the server.
    pub secret: Secret,
    /// Where its file is.
    pub folder: PathBuf,
    /// Where scanners ask.
    pub listen: SocketAddr,
    /// Encrypts that.
    pub tls: Option<TlsFiles>,
    /// Lets other machines ask without encryption.
    pub allow_plain: bool,
    /// Who may use it.
    pub stewards: Vec<Steward>,
    /// Id of the root key that must have signed what it checks by. Without one, whoever answers first is believed.
    pub root: Option<String>,
    /// How long the server may take for an answer, before the gate decides alone.
    pub patience: Duration,
    /// The clock.
    pub clock: fn() -> UnixTime,
}

/// Serves scanners until the process is told to end (SIGTERM, SIGINT); then finishes what is under way and returns. Told to
/// (SIGHUP), it reads certificate and key anew. `ready` hears where it listens, once it does.
///
/// # Errors
/// [`GateError`], with nothing served.
pub fn serve(settings: Settings, ready: impl FnOnce(SocketAddr)) -> Result<(), GateError> {
    if settings.tls.is_none() && !settings.allow_plain {
        check_plain(settings.listen)?;
    }
    let tls = settings.tls.clone().map(Encryption::read).transpose()?.map(Arc::new);
    let (books, lock) = Books::open(&settings.folder)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .thread_name("gate")
        .enable_all()
        .build()?;
    let served = runtime.block_on(run(settings, books, tls, ready));
    runtime.shutdown_timeout(LAST_WORK);
    drop(lock);
    served
}

async fn run(
    settings: Settings,
    books: Books,
    tls: Option<Arc<Encryption>>,
    ready: impl FnOnce(SocketAddr),
) -> Result<(), GateError> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let mut hang_up = signal(SignalKind::hangup())?;
    let (tcp, at) = bind(settings.listen)?;
    let begun = spawn_blocking(move || begin(settings, books)).await;
    let gate = Arc::new(begun.map_err(std::io::Error::other)??);
    let stop = watch::Sender::new(false);
    let front = Arc::new(Public { router: public::router(&gate) });
    let listener = Listener { tcp, tls: tls.clone(), most: CONNECTIONS };
    let listener = tokio::spawn(listener.serve(front, stop.subscribe()));
    let beside = tokio::spawn(keep_up(Arc::clone(&gate), stop.subscribe()));
    ready(at);
    let mut tidy = tokio::time::interval(TIDY);
    loop {
        tokio::select! {
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
            _ = hang_up.recv() => match &tls {
                Some(tls) => tls.read_anew().await,
                None => tracing::info!("told to read certificate and key anew, but there are none"),
            },
            _ = tidy.tick() => gate.sign_ins.tidy(),
        }
    }
    tracing::info!("stopping: what is under way is finished");
    stop.send_replace(true);
    for task in [listener, beside] {
        if let Err(error) = task.await {
            tracing::error!(%error, "a part of the gate failed");
        }
    }
    Ok(())
}

/// Finds what it checks by: what was kept, or what the server gives now. It blocks.
fn begin(settings: Settings, mut books: Books) -> Result<Gate, GateError> {
    let Settings { name, server, secret, stewards, root, patience, clock, .. } = settings;
    let link = Link::new(&server, secret, patience);
    let kept = Trust::kept(&books)?;
    let trust = match (Trust::fetch(&link, kept.as_ref()), kept) {
        (Ok(newer), kept) => newer.or(kept),
        (Err(Unheard::Lost { .. }), Some(kept)) => Some(kept),
        (Err(Unheard::Lost { why, .. } | Unheard::Refused(why)), None) => {
            return Err(GateError::NoTrust(why));
        }
        (Err(Unheard::Refused(why)), Some(kept)) => {
            tracing::error!(why, "the server doesn't take this gate's requests");
            Some(kept)
        }
    };
    let trust = trust.ok_or_else(|| GateError::NoTrust("the server gave none".into()))?;
    let found = trust.bundle.says.root().key_id().to_string();
    if let Some(expected) = root.map(|root| root.to_ascii_lowercase()).filter(|root| *root != found) {
        return Err(GateError::OtherRoot { found, expected });
    }
    trust.keep(&mut books)?;
    let desk = Desk::new(books, link, trust.snapshot.says.clone())?;
    Ok(Gate::new(name, desk, Newest::new(trust), stewards, clock))
}

/// Where scanners ask.
struct Public {
    router: Router,
}

impl Front for Public {
    fn connected(&self, _change: i64) {}

    async fn answer(&self, _peer: IpAddr, request: Request<Incoming>) -> Response {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let answer = self.router.clone().call(request.map(Body::new)).await;
        let answer = answer.unwrap_or_else(|never: Infallible| match never {});
        tracing::debug!(%method, path, status = answer.status().as_u16(), "answered");
        answer
    }
}
