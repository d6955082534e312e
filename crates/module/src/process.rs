//! The module as a process: opens its folder, locks itself in, serves one socket, ends with it.

use std::collections::HashMap;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use indicia::UnixTime;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::frame::Frame;
use crate::module::Module;
use crate::permission::Permission;
use crate::protocol::{Answer, Call, Failure, Hello, ModulePaths, Question, Ready, StaffQuestion};
use crate::{sandbox, self_test};

/// Most calls that are worked on at once; a further one stays in the socket.
const MAX_CALLS: usize = 4;
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
    Server {
        module,
        socket,
        reading: Mutex::new(Reading { reader, epoch_began: Instant::now(), ended: None }),
        undecided: Undecided(Mutex::new(Some(HashMap::new()))),
    }
    .run()
}

/// Everything that must hold before the first call: self-tests, keystore, registers against anchor, sandbox.
fn start(paths: &ModulePaths, hello: &[u8]) -> Result<(Module, Ready), String> {
    let text = |error: &dyn std::error::Error| error.to_string();
    self_test::run().map_err(|error| text(&error))?;
    let hello: Hello = minicbor::decode(hello).map_err(|_| "the engine's first message can't be read")?;
    let ModulePaths { folder, anchor } = paths;
    let module = match hello {
        Hello::Initialise { unlock, new } => Module::create(folder, anchor, &unlock, &new, now),
        Hello::Unlock { unlock } => Module::open(folder, anchor, &unlock, now),
    };
    let module = module.map_err(|error| text(&error))?;
    // From here on this process can't open, connect, start or trace anything; no thread runs yet.
    let report = sandbox::enter(folder).map_err(|error| text(&error))?;
    let torn_bytes = module.torn_bytes();
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

/// Whoever has it reads the next call, lets go of it, and works on the call.
struct Reading {
    reader: UnixStream,
    epoch_began: Instant,
    /// How it ended, once it has: then nobody reads.
    ended: Option<Result<(), ProcessError>>,
}

struct Server {
    module: Module,
    socket: UnixStream,
    reading: Mutex<Reading>,
    undecided: Undecided,
}

/// The permissions that sessions under way wait for, by the numbers of their calls; none any more once nobody can give them.
struct Undecided(Mutex<Option<HashMap<u64, Arc<Permission>>>>);

impl Undecided {
    /// The permission that a session waits for, or that was said before its thread came to it.
    fn of(&self, session: u64) -> Arc<Permission> {
        match lock(&self.0).as_mut() {
            Some(sessions) => Arc::clone(sessions.entry(session).or_default()),
            None => Arc::new(Permission::refused()),
        }
    }

    fn forget(&self, session: u64) {
        if let Some(sessions) = lock(&self.0).as_mut() {
            sessions.remove(&session);
        }
    }

    /// Whatever isn't permitted by now never will be.
    fn close(&self) {
        let sessions = lock(&self.0).take();
        sessions.into_iter().flat_map(HashMap::into_values).for_each(|permission| permission.decide(false));
    }
}

impl Server {
    /// Serves until the engine hangs up. What was begun is finished: it may be registered, and then its answer can be
    /// asked for again.
    fn run(self) -> Result<(), ProcessError> {
        thread::scope(|scope| {
            for _ in 0..MAX_CALLS {
                scope.spawn(|| self.work());
            }
        });
        lock(&self.reading).ended.take().unwrap_or(Ok(()))
    }

    fn work(&self) {
        while let Some(frame) = self.next_call() {
            let Some(reply) = self.reply(&frame) else { continue };
            crash_point::crash_point!("module-before-answer");
            let answered = answer(&self.socket, frame.call, &reply);
            if let Answer::Failed(failure @ Failure::SelfCheck) = reply {
                return self.end(Err(failure.into()));
            }
            if let Err(error) = answered {
                return self.end(Err(ProcessError::Socket(error)));
            }
        }
    }

    /// Waits for the next call; `None` when there will be none.
    fn next_call(&self) -> Option<Frame> {
        let mut reading = lock(&self.reading);
        if reading.ended.is_some() {
            return None;
        }
        let read = Frame::read(&mut reading.reader).map_err(ProcessError::Socket).and_then(|frame| {
            if reading.epoch_began.elapsed() >= EPOCH {
                self.module.advance_epoch().map_err(|error| ProcessError::Start(error.to_string()))?;
                reading.epoch_began = Instant::now();
            }
            Ok(frame)
        });
        let ended = match read {
            Ok(Some(frame)) => return Some(frame),
            Ok(None) => Ok(()),
            Err(error) => Err(error),
        };
        self.undecided.close();
        reading.ended = Some(ended);
        None
    }

    /// No more calls: who waits for the next one sees the end of the socket.
    fn end(&self, how: Result<(), ProcessError>) {
        let _ = self.socket.shutdown(std::net::Shutdown::Read);
        self.undecided.close();
        let mut reading = lock(&self.reading);
        // A failed self-check says more than the end that it brought about.
        reading.ended = Some(how);
    }

    /// The answer, if the call has one.
    fn reply(&self, frame: &Frame) -> Option<Answer> {
        crash_point::crash_point!("module-call-received");
        let call = match minicbor::decode::<Call<'_>>(&frame.body) {
            Ok(call) => call,
            Err(error) => return Some(Answer::Failed(Failure::Call(error.to_string()))),
        };
        let module = &self.module;
        let result = match call {
            Call::Decide { session, may_register } => {
                self.undecided.of(session).decide(may_register);
                return None;
            }
            Call::Session { parts } => {
                let answers = module.session(&parts, &self.undecided.of(frame.call));
                self.undecided.forget(frame.call);
                answers.map(Answer::Session)
            }
            Call::CreateDevice { opening } => module.create_device(opening).map(Answer::Created),
            Call::Inspect { record } => {
                module.inspect(record).map(|inspected| Answer::Inspected(Box::new(inspected)))
            }
            Call::WhoAsks(question) => {
                let Question { record, errand, idempotency_key, proof, at, value } = &question;
                let asker = module.who_asks(record, errand, idempotency_key, proof, *value, UnixTime(*at));
                asker.map(|asker| asker.map_or_else(Answer::Unproven, Answer::Asker))
            }
            Call::CheckOrder { order } => {
                let checked = module.check_order(order);
                Ok(checked.map_or_else(Answer::Unproven, |()| Answer::GoodOrder))
            }
            Call::Staff => Ok(Answer::Staff(module.staff_list())),
            Call::Appoint { appointment } => module.appoint(appointment).map(Answer::Appointed),
            Call::RecordRefusals(seen) => module.record_refusals(seen).map(|()| Answer::Recorded),
            Call::WhoOfStaff(question) => {
                let StaffQuestion { errand, idempotency_key, proof, at } = &question;
                let member = module.who_of_staff(errand, idempotency_key, proof, UnixTime(*at));
                Ok(member.map_or_else(Answer::Unproven, Answer::OfStaff))
            }
            Call::Status { claims } => module.status(claims).map(|signed| Answer::Status(signed.into())),
            Call::Bundle { records, at, expires } => {
                let records: Vec<&[u8]> = records.iter().map(|record| &***record).collect();
                module
                    .bundle(&records, UnixTime(at), UnixTime(expires))
                    .map(|bundle| Answer::Bundle(bundle.into()))
            }
        };
        Some(result.unwrap_or_else(Answer::Failed))
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
