//! The engine's end of the socket: starts the module's process and asks it.

use std::collections::HashMap;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use thiserror::Error;
use zeroize::Zeroizing;

use crate::frame::{Frame, MAX_FRAME};
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
    /// It was never sent: no message is so large. The records of a million devices come near.
    #[error("a call of {0} bytes is too large for the crypto module, which takes {MAX_FRAME} at most")]
    TooLarge(usize),
    /// The answer is none to the call.
    #[error("the crypto module gave an answer that doesn't fit the call")]
    Protocol,
}

/// Hears what became of one call.
pub type Answered = Box<dyn FnOnce(Result<Answer, ClientError>) + Send>;

/// Calls without an answer yet; none any more once the module has ended.
struct Waiting(Mutex<Option<HashMap<u64, Answered>>>);

/// A running module.
pub struct Client {
    writer: Mutex<(UnixStream, u64)>,
    waiting: Arc<Waiting>,
    child: Mutex<Child>,
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
        let waiting = Arc::new(Waiting(Mutex::new(Some(HashMap::new()))));
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
        let hello = Zeroizing::new(crate::wire::encode(&hello));
        match client.wait_for(&hello)? {
            Answer::Ready(ready) => Ok((client, ready)),
            _ => Err(ClientError::Protocol),
        }
    }

    /// Sends an encoded call and says its number, if it was sent. `answered` is called once, by the thread that reads
    /// answers, or by this one if it can't be sent.
    pub fn send(&self, call: &[u8], answered: Answered) -> Option<u64> {
        if call.len() > MAX_FRAME {
            answered(Err(ClientError::TooLarge(call.len())));
            return None;
        }
        let number = {
            let mut writer = lock(&self.writer);
            writer.1 += 1;
            let number = writer.1;
            // Kept before it is sent: the answer may come before this thread runs again.
            if let Err(answered) = self.waiting.add(number, answered) {
                drop(writer);
                answered(Err(ClientError::Gone));
                return None;
            }
            let mut frame = Zeroizing::new(Frame::start(number));
            frame.extend_from_slice(call);
            if Frame::finish(&mut frame, &mut writer.0).is_ok() {
                return Some(number);
            }
            number
        };
        self.waiting.answer(number, Err(ClientError::Gone));
        None
    }

    /// Says whether the session of this number may be registered. A module that is gone needn't hear it.
    pub fn decide(&self, session: u64, may_register: bool) {
        let mut writer = lock(&self.writer);
        let mut frame = Frame::start(0);
        crate::wire::encode_into(&Call::Decide { session, may_register }, &mut frame);
        let _ = Frame::finish(&mut frame, &mut writer.0);
    }

    /// Sends an encoded call and waits for its answer; a session's, without permission, doesn't come.
    ///
    /// # Errors
    /// [`ClientError::Gone`] when the module ended first, [`ClientError::Failed`] with what it said.
    pub fn wait_for(&self, call: &[u8]) -> Result<Answer, ClientError> {
        self.wait(call, |_| ())
    }

    /// The same for a session, which is permitted.
    ///
    /// # Errors
    /// As [`Client::wait_for`].
    pub fn wait_for_session(&self, call: &[u8]) -> Result<Answer, ClientError> {
        self.wait(call, |session| self.decide(session, true))
    }

    fn wait(&self, call: &[u8], sent: impl FnOnce(u64)) -> Result<Answer, ClientError> {
        let (sender, receiver) = sync_channel(1);
        // The receiver is here until there is an answer.
        self.send(call, Box::new(move |answer| drop(sender.send(answer)))).map(sent);
        receiver.recv().unwrap_or(Err(ClientError::Gone))
    }

    /// The process id of the module.
    #[must_use]
    pub fn process_id(&self) -> u32 {
        lock(&self.child).id()
    }
}

impl Waiting {
    /// Keeps who waits; gives it back if there never will be an answer.
    fn add(&self, number: u64, answered: Answered) -> Result<(), Answered> {
        match lock(&self.0).as_mut() {
            Some(calls) => {
                calls.insert(number, answered);
                Ok(())
            }
            None => Err(answered),
        }
    }

    /// Answers a call, unless that was done.
    fn answer(&self, number: u64, answer: Result<Answer, ClientError>) {
        let answered = lock(&self.0).as_mut().and_then(|calls| calls.remove(&number));
        if let Some(answered) = answered {
            answered(answer);
        }
    }

    /// No more answers will come: tells everybody who waits.
    fn end(&self) {
        let calls = lock(&self.0).take();
        for answered in calls.into_iter().flat_map(HashMap::into_values) {
            answered(Err(ClientError::Gone));
        }
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
        let answer = match minicbor::decode(&frame.body) {
            Ok(Answer::Failed(failure)) => Err(failure.into()),
            Ok(answer) => Ok(answer),
            Err(_) => Err(ClientError::Protocol),
        };
        waiting.answer(frame.call, answer);
    }
    waiting.end();
}

/// Locks; a panic elsewhere leaves these maps and sockets as they were, so its poison is ignored.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_that_no_message_takes_is_refused_and_the_module_goes_on() {
        let (ours, _theirs) = UnixStream::pair().expect("sockets");
        let child = Command::new("true").spawn().expect("a process");
        let waiting = Arc::new(Waiting(Mutex::new(Some(HashMap::new()))));
        let client = Client { writer: Mutex::new((ours, 0)), waiting, child: Mutex::new(child) };
        // Zeros that nobody reads or writes take no memory.
        let refused = client.wait_for(&vec![0; MAX_FRAME + 1]);
        assert!(matches!(refused, Err(ClientError::TooLarge(_))), "{refused:?}");
        assert_eq!(lock(&client.writer).1, 0, "nothing was sent");
    }
}
