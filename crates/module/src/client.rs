//! The engine's end of the socket: starts the module's process and asks it.

use std::collections::HashMap;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use thiserror::Error;
use zeroize::Zeroizing;

use crate::frame::Frame;
use crate::protocol::{Answer, Call, Failure, Hello, NewModule, Ready, Secret};

/// Why a call has no answer.
#[derive(Debug, Error)]
pub enum ClientError {
    /// The process couldn't be started.
    #[error("the crypto module's process can't be started: {0}")]
    Start(#[source] io::Error),
    /// The process is gone; what it did in its last moments is unknown until it is asked again.
    #[error("the crypto module's process has ended")]
    Gone,
    /// The module said no.
    #[error(transparent)]
    Failed(#[from] Failure),
    /// The answer is none to the call.
    #[error("the crypto module gave an answer that doesn't fit the call")]
    Protocol,
}

type Waiting = Mutex<Option<HashMap<u64, SyncSender<Vec<u8>>>>>;

/// A running module.
#[derive(Debug)]
pub struct Client {
    writer: Mutex<(UnixStream, u64)>,
    waiting: Arc<Waiting>,
    child: Mutex<Child>,
}

/// An answer that is on its way.
#[derive(Debug)]
pub struct Pending(Receiver<Vec<u8>>);

impl Pending {
    /// Waits for the answer.
    ///
    /// # Errors
    /// [`ClientError::Gone`] when the module ended first, [`ClientError::Failed`] with what it said.
    pub fn wait(self) -> Result<Answer, ClientError> {
        let body = self.0.recv().map_err(|_| ClientError::Gone)?;
        match minicbor::decode(&body) {
            Ok(Answer::Failed(failure)) => Err(failure.into()),
            Ok(answer) => Ok(answer),
            Err(_) => Err(ClientError::Protocol),
        }
    }
}

impl Client {
    /// Starts the process that `command` describes (`mintage module …`) with the socket as its standard input,
    /// makes a new module if `new` is given, and waits until it is ready.
    ///
    /// # Errors
    /// [`ClientError::Start`], or [`ClientError::Failed`] with the module's own reason.
    pub fn start(
        mut command: Command,
        unlock: Secret,
        new: Option<NewModule>,
    ) -> Result<(Self, Ready), ClientError> {
        let (ours, theirs) = UnixStream::pair().map_err(ClientError::Start)?;
        command.stdin(OwnedFd::from(theirs)).stdout(Stdio::null());
        let child = command.spawn().map_err(ClientError::Start)?;
        drop(command); // and with it the last copy here of the module's end of the socket
        let reader = ours.try_clone().map_err(ClientError::Start)?;
        let waiting: Arc<Waiting> = Arc::new(Mutex::new(Some(HashMap::new())));
        let client =
            Self { writer: Mutex::new((ours, 0)), waiting: Arc::clone(&waiting), child: Mutex::new(child) };
        thread::Builder::new()
            .name("module-answers".into())
            .spawn(move || read_answers(reader, &waiting))
            .map_err(ClientError::Start)?;
        let hello = match new {
            Some(new) => Hello::Initialise { unlock, new },
            None => Hello::Unlock { unlock },
        };
        match client.send(&hello)?.wait()? {
            Answer::Ready(ready) => Ok((client, ready)),
            _ => Err(ClientError::Protocol),
        }
    }

    /// Sends a call; its answer is waited for apart, so that several can be under way.
    ///
    /// # Errors
    /// [`ClientError::Gone`].
    pub fn begin(&self, call: &Call<'_>) -> Result<Pending, ClientError> {
        self.send(call)
    }

    /// Sends a call and waits for its answer.
    ///
    /// # Errors
    /// As [`Client::begin`] and [`Pending::wait`].
    pub fn call(&self, call: &Call<'_>) -> Result<Answer, ClientError> {
        self.begin(call)?.wait()
    }

    /// The process id of the module.
    #[must_use]
    pub fn process_id(&self) -> u32 {
        lock(&self.child).id()
    }

    fn send<T: minicbor::Encode<()>>(&self, message: &T) -> Result<Pending, ClientError> {
        let (sender, receiver) = sync_channel(1);
        let mut writer = lock(&self.writer);
        writer.1 += 1;
        let call = writer.1;
        // Registered before it is sent: the answer may come before this thread runs again.
        lock(&self.waiting).as_mut().ok_or(ClientError::Gone)?.insert(call, sender);
        let mut frame = Zeroizing::new(Frame::start(call));
        crate::wire::encode_into(message, &mut frame);
        Frame::finish(&mut frame, &mut writer.0).map_err(|_| ClientError::Gone)?;
        Ok(Pending(receiver))
    }
}

impl Drop for Client {
    /// Hangs up and waits for the module to finish what it has begun.
    fn drop(&mut self) {
        let _ = lock(&self.writer).0.shutdown(std::net::Shutdown::Both);
        let _ = lock(&self.child).wait();
    }
}

fn read_answers(mut socket: UnixStream, waiting: &Waiting) {
    while let Ok(Some(frame)) = Frame::read(&mut socket) {
        let sender = lock(waiting).as_mut().and_then(|calls| calls.remove(&frame.call));
        if let Some(sender) = sender {
            // Nobody waits any more: the answer is dropped, and a replay gives it again.
            let _ = sender.send(frame.body);
        }
    }
    // Dropping the senders tells every waiting caller.
    lock(waiting).take();
}

/// Locks; a panic elsewhere leaves these maps and sockets as they were, so its poison is ignored.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
