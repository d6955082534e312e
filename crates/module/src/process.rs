//! The module as a process: opens its folder, locks itself in, serves one socket, ends with it.

use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use indicia::UnixTime;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::frame::Frame;
use crate::keystore::Keystore;
use crate::protocol::{Answer, Call, Failure, Hello, ModulePaths, Ready};
use crate::registers::Registers;
use crate::session::Module;
use crate::{sandbox, self_test};

/// Most calls that are worked on at once; a further one stays in the socket.
const MAX_CALLS: usize = 8;
/// How long registers and anchor are used under one epoch.
const EPOCH: Duration = Duration::from_secs(180);

/// Why the process ends otherwise than by its engine's hanging up.
#[derive(Debug, Error)]
pub enum ProcessError {
    /// Standard input isn't the engine's socket.
    #[error("`mintage module` is started by the engine, with a socket as its standard input ({0})")]
    NoSocket(#[source] io::Error),
    /// The socket broke.
    #[error("the engine's socket broke: {0}")]
    Socket(#[source] io::Error),
    /// It can't start; the engine was told the same.
    #[error("{0}")]
    Start(String),
    /// Registers and anchor can't be brought to a new epoch.
    #[error("{0}")]
    Epoch(String),
    /// It computed wrongly.
    #[error(transparent)]
    Failed(#[from] Failure),
}

/// Serves the socket on standard input until the engine hangs up.
///
/// # Errors
/// [`ProcessError`]; after one the process must end.
pub fn serve(paths: &ModulePaths) -> Result<(), ProcessError> {
    let stdin = io::stdin().as_fd().try_clone_to_owned().map_err(ProcessError::NoSocket)?;
    let socket = UnixStream::from(stdin);
    socket.peer_addr().map_err(ProcessError::NoSocket)?;
    let mut reader = socket.try_clone().map_err(ProcessError::Socket)?;

    let Some(hello) = Frame::read(&mut reader).map_err(ProcessError::Socket)? else { return Ok(()) };
    let body = Zeroizing::new(hello.body);
    let (module, ready) = match start(paths, &body) {
        Ok(started) => started,
        Err(reason) => {
            answer(&socket, hello.call, &Answer::Failed(Failure::Start(reason.clone())))
                .map_err(ProcessError::Socket)?;
            return Err(ProcessError::Start(reason));
        }
    };
    drop(body);
    answer(&socket, hello.call, &Answer::Ready(ready)).map_err(ProcessError::Socket)?;
    Server { module, socket, calls: Mutex::new(0), done: Condvar::new(), failed: Mutex::new(None) }
        .run(&mut reader)
}

/// Everything that must hold before the first call: self-tests, keystore, registers against anchor, sandbox.
fn start(paths: &ModulePaths, hello: &[u8]) -> Result<(Module, Ready), String> {
    let text = |error: &dyn std::error::Error| error.to_string();
    self_test::run().map_err(|error| text(&error))?;
    let hello: Hello = minicbor::decode(hello).map_err(|_| "the engine's first message can't be read")?;
    let (keystore, registers) = match hello {
        Hello::Initialise { unlock, new } => {
            let keystore = Keystore::create(&paths.folder, &unlock, &new).map_err(|error| text(&error))?;
            let registers = Registers::create(&paths.folder, &paths.anchor, keystore.master());
            (keystore, registers.map_err(|error| text(&error))?)
        }
        Hello::Unlock { unlock } => {
            let keystore = Keystore::open(&paths.folder, &unlock).map_err(|error| text(&error))?;
            let registers = Registers::open(&paths.folder, &paths.anchor, keystore.master());
            (keystore, registers.map_err(|error| text(&error))?)
        }
    };
    let torn_bytes = registers.torn_bytes();
    // From here on this process can't open, connect, start or trace anything; no thread runs yet.
    let report = sandbox::enter(&paths.folder).map_err(|error| text(&error))?;
    let module = Module::new(keystore, registers, now);
    let (devices, epoch) = module.registered();
    let keystore = module.keystore();
    let ready = Ready {
        module: keystore.module_id(),
        issuer: keystore.issuer().to_owned(),
        root: keystore.root().to_cose_key(),
        devices,
        epoch,
        sandbox: report.phrases(),
        torn_bytes,
    };
    Ok((module, ready))
}

fn now() -> UnixTime {
    // A clock before 1970 is read as 1970: every transaction is then in its future and refused.
    UnixTime(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()))
}

struct Server {
    module: Module,
    socket: UnixStream,
    calls: Mutex<usize>,
    done: Condvar,
    failed: Mutex<Option<Failure>>,
}

impl Server {
    fn run(self, reader: &mut UnixStream) -> Result<(), ProcessError> {
        let server = Arc::new(self);
        let mut epoch_began = Instant::now();
        let ended = loop {
            match Frame::read(reader) {
                Ok(Some(frame)) => server.begin(frame),
                Ok(None) => break Ok(()),
                Err(error) => break Err(ProcessError::Socket(error)),
            }
            if epoch_began.elapsed() >= EPOCH {
                server.module.advance_epoch().map_err(|error| ProcessError::Epoch(error.to_string()))?;
                epoch_began = Instant::now();
            }
        };
        // What was begun is finished: it may be registered, and then its answer can be asked for again.
        let mut calls = lock(&server.calls);
        while *calls > 0 {
            calls = server.done.wait(calls).unwrap_or_else(PoisonError::into_inner);
        }
        match lock(&server.failed).take() {
            Some(failure) => Err(failure.into()),
            None => ended,
        }
    }

    fn begin(self: &Arc<Self>, frame: Frame) {
        let mut calls = lock(&self.calls);
        while *calls >= MAX_CALLS {
            calls = self.done.wait(calls).unwrap_or_else(PoisonError::into_inner);
        }
        *calls += 1;
        drop(calls);
        let server = Arc::clone(self);
        rayon::spawn(move || {
            let reply = server.reply(&frame.body);
            crash_point::crash_point!("module-before-answer");
            if let Answer::Failed(failure @ Failure::SelfCheck) = &reply {
                *lock(&server.failed) = Some(failure.clone());
            }
            if answer(&server.socket, frame.call, &reply).is_err()
                || matches!(reply, Answer::Failed(Failure::SelfCheck))
            {
                // No more calls: the reader sees the end of the socket.
                let _ = server.socket.shutdown(std::net::Shutdown::Read);
            }
            *lock(&server.calls) -= 1;
            server.done.notify_all();
        });
    }

    fn reply(&self, body: &[u8]) -> Answer {
        crash_point::crash_point!("module-call-received");
        let call = match minicbor::decode::<Call<'_>>(body) {
            Ok(call) => call,
            Err(error) => return Answer::Failed(Failure::Call(error.to_string())),
        };
        let module = &self.module;
        let result = match call {
            Call::Session { parts } => module.session(&parts).map(Answer::Session),
            Call::CreateDevice(new) => module
                .create_device(&new)
                .map(|record| Answer::Created { record: record.into_bytes().into() }),
            Call::Inspect { record } => {
                module.inspect(record).map(|inspected| Answer::Inspected(Box::new(inspected)))
            }
            Call::Bundle { records, at, expires } => {
                let records: Vec<&[u8]> = records.iter().map(|record| &***record).collect();
                module
                    .bundle(&records, UnixTime(at), UnixTime(expires))
                    .map(|bundle| Answer::Bundle(bundle.into()))
            }
        };
        result.unwrap_or_else(Answer::Failed)
    }
}

/// Writes one answer; a frame is written while nobody else writes.
fn answer(mut socket: &UnixStream, call: u64, answer: &Answer) -> io::Result<()> {
    static WRITING: Mutex<()> = Mutex::new(());
    let mut frame = Frame::start(call);
    crate::wire::encode_into(answer, &mut frame);
    let _writing = lock(&WRITING);
    Frame::finish(&mut frame, &mut socket)
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
