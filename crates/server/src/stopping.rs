//! Start and end of a server.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use api::{Encryption, ListenError, Listener, bind, check_plain};
use engine::EngineError;
use rustix::process::{Resource, Rlimit};
use thiserror::Error;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep};

use crate::app::{App, Office};
use crate::desk;
use crate::front::Front;
use crate::settings::Settings;
use crate::{console, private, public, refusals};

/// Threads that carry requests; what blocks has others.
const WORKERS: usize = 2;
/// Connections of the private listener at one time.
const PRIVATE_CONNECTIONS: usize = 64;
/// How often what has ended is forgotten.
const TIDY: Duration = Duration::from_secs(60);
/// Descriptors for all else but customers' connections: files of the books, sheets that are drawn, the private listener.
const OTHER_DESCRIPTORS: usize = 256;
/// How often is looked whether the engine has stopped.
const LOOK: Duration = Duration::from_secs(1);
/// For how long a server whose engine has stopped says so, before it ends: whoever watches it asks every few seconds.
const LAST_WORDS: Duration = Duration::from_secs(5);
/// How long work on other threads may take when the server has stopped.
const LAST_WORK: Duration = Duration::from_secs(60);

/// Why a server didn't start.
#[derive(Debug, Error)]
pub enum ServeError {
    /// Nothing can be listened at.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// The engine gave up; another start finishes what is reserved.
    #[error(transparent)]
    Engine(EngineError),
    /// The system gives no threads or signals.
    #[error("the server can't start: {0}")]
    System(#[from] io::Error),
}

/// Serves until the process is told to end (SIGTERM, SIGINT), or its engine has stopped; then finishes what is under way and
/// returns. Told to (SIGHUP), it reads certificate and key anew. `ready` hears where it listens, once it does.
///
/// # Errors
/// [`ServeError`]: [`ServeError::Engine`] when the engine stopped, all others with nothing served.
pub fn serve(
    office: Office,
    settings: Settings,
    ready: impl FnOnce(SocketAddr, SocketAddr),
) -> Result<(), ServeError> {
    let plain = [settings.listen, settings.private_listen];
    let plain = &plain[usize::from(settings.tls.is_some())..];
    if !settings.allow_plain {
        plain.iter().try_for_each(|address| check_plain(*address))?;
    }
    let tls = settings.tls.clone().map(Encryption::read).transpose()?.map(Arc::new);
    raise_descriptors(settings.connections);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .max_blocking_threads(desk::THREADS)
        .thread_name("http")
        .enable_all()
        .build()?;
    let app = Arc::new(App::new(office, settings));
    let served = runtime.block_on(run(&app, tls, ready));
    runtime.shutdown_timeout(LAST_WORK);
    // Nobody else has it any more, so that here the engine finishes what is reserved.
    drop(app);
    served
}

async fn run(
    app: &Arc<App>,
    tls: Option<Arc<Encryption>>,
    ready: impl FnOnce(SocketAddr, SocketAddr),
) -> Result<(), ServeError> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let mut hang_up = signal(SignalKind::hangup())?;
    let (public, public_at) = bind(app.settings.listen)?;
    let (private, private_at) = bind(app.settings.private_listen)?;
    let public_front =
        Arc::new(Front::public(Arc::clone(app), public::router(app).merge(console::router(app))));
    let private_front = Arc::new(Front::private(Arc::clone(app), private::router(app)));
    let public = Listener { tcp: public, tls: tls.clone(), most: app.settings.connections };
    let private = Listener { tcp: private, tls: None, most: PRIVATE_CONNECTIONS };
    let public = tokio::spawn(public.serve(public_front, app.stop.subscribe()));
    let private = tokio::spawn(private.serve(private_front, app.stop.subscribe()));
    ready(public_at, private_at);
    let mut tidy = tokio::time::interval(TIDY);
    let mut record = interval_at(Instant::now() + refusals::PERIOD, refusals::PERIOD);
    // One that was late isn't followed by two at once.
    record.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut look = tokio::time::interval(LOOK);
    let mut ended = Ok(());
    loop {
        tokio::select! {
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
            _ = hang_up.recv() => match &tls {
                Some(tls) => tls.read_anew().await,
                None => tracing::info!("told to read certificate and key anew, but there are none"),
            },
            _ = tidy.tick() => app.tidy(),
            _ = record.tick() => refusals::record(app).await,
            _ = look.tick() => if let Some(error) = app.engine.stopped() {
                tracing::error!(%error, "ending, to be started again");
                ended = Err(ServeError::Engine(error));
                sleep(LAST_WORDS).await;
                break;
            },
        }
    }
    tracing::info!("stopping: what is under way is finished");
    app.stop.send_replace(true);
    for listener in [public, private] {
        if let Err(error) = listener.await {
            tracing::error!(%error, "a listener failed");
        }
    }
    refusals::record(app).await;
    ended
}

/// Lets the process have as many descriptors as its connections take, of those that it may have: it is begun with 1,024 on
/// most systems.
fn raise_descriptors(connections: usize) {
    let limit = rustix::process::getrlimit(Resource::Nofile);
    let wanted = u64::try_from(connections + OTHER_DESCRIPTORS).unwrap_or(u64::MAX);
    if limit.current.is_none_or(|current| current >= wanted) {
        return;
    }
    let raised = limit.maximum.map_or(wanted, |most| most.min(wanted));
    let new = Rlimit { current: Some(raised), maximum: limit.maximum };
    let done = rustix::process::setrlimit(Resource::Nofile, new);
    if done.is_err() || raised < wanted {
        tracing::warn!(
            wanted,
            may_have = raised,
            "this process may not have as many descriptors as connections need; raise its limit (LimitNOFILE), or \
             lower --connections"
        );
    }
}
