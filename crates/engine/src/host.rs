//! The engine's view of a crypto module, and the one that is a process of its own.

use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use module::client::{Client, ClientError};
use module::permission::Permission;
use module::protocol::{
    Answer, Asker, Call, Created, Failure, Inspected, NewModule, Part, PartAnswer, Question, Ready, Secret,
    StaffList, StaffQuestion,
};
use module::refusal::Refusal;
use module::refusals_seen::RefusalsSeen;
use module::staff::Member;

/// Starts of the process in a row, with nothing answered in between, before the engine gives up.
const MAX_RESTARTS: u32 = 3;

/// Hears what became of a session.
pub type SessionAnswered = Box<dyn FnOnce(Result<Vec<PartAnswer>, ClientError>) + Send>;

/// Whatever processes sessions: the module's process, or a module inside a test.
pub trait SecureModule: Send + Sync {
    /// Begins a session, of which nothing is registered before it is permitted; `answered` is called once, by any thread.
    /// Asked again with the same parts it comes to the same.
    fn begin_session(
        self: Arc<Self>,
        parts: &[Part<'_>],
        permission: &Arc<Permission>,
        answered: SessionAnswered,
    );

    /// Makes a device, whose opening a provider signed.
    ///
    /// # Errors
    /// [`ClientError`].
    fn create_device(&self, opening: &[u8]) -> Result<Created, ClientError>;

    /// Says what a record holds that is no secret.
    ///
    /// # Errors
    /// [`ClientError`].
    fn inspect(&self, record: &[u8]) -> Result<Inspected, ClientError>;

    /// Signs a trust bundle over the devices of these records.
    ///
    /// # Errors
    /// [`ClientError`].
    fn bundle(&self, records: &[&[u8]], at: u64, expires: u64) -> Result<Vec<u8>, ClientError>;

    /// Signs a status snapshot, full or delta, of this payload.
    ///
    /// # Errors
    /// [`ClientError`].
    fn status(&self, claims: &[u8]) -> Result<Vec<u8>, ClientError>;

    /// Says who asks for something that is no transaction, or why nobody does.
    ///
    /// # Errors
    /// [`ClientError`].
    fn who_asks(&self, question: Question<'_>) -> Result<Result<Asker, Refusal>, ClientError>;

    /// Says whether an order is by who may give it.
    ///
    /// # Errors
    /// [`ClientError`].
    fn check_order(&self, order: &[u8]) -> Result<Result<(), Refusal>, ClientError>;

    /// Says who is of the staff.
    ///
    /// # Errors
    /// [`ClientError`].
    fn staff(&self) -> Result<StaffList, ClientError>;

    /// Changes the staff and says who signed for that.
    ///
    /// # Errors
    /// [`ClientError`]; [`Failure::Appointment`] inside, if it isn't by who may.
    fn appoint(&self, appointment: &[u8]) -> Result<String, ClientError>;

    /// Puts on record of the staff what was refused without any transaction, once.
    ///
    /// # Errors
    /// [`ClientError`].
    fn record_refusals(&self, seen: RefusalsSeen) -> Result<(), ClientError>;

    /// Says who of the staff asks to read, or why nobody does.
    ///
    /// # Errors
    /// [`ClientError`].
    fn who_of_staff(&self, question: StaffQuestion<'_>) -> Result<Result<Member, Refusal>, ClientError>;
}

/// How the module's process is started: program, arguments, secret.
pub struct ModuleCommand {
    /// Builds the command line; called again for every restart.
    pub command: Box<dyn Fn() -> Command + Send + Sync>,
    /// Opens its keystore.
    pub secret: Secret,
}

/// The module's process, started again when it dies: deterministic replay makes that safe.
pub struct ModuleHost {
    start: ModuleCommand,
    running: Mutex<Running>,
    restarts: AtomicU64,
}

struct Running {
    client: Option<Arc<Client>>,
    ready: Ready,
    /// Starts since the last answer.
    starts: u32,
}

impl ModuleHost {
    /// Starts the process; makes a new module first if `new` is given.
    ///
    /// # Errors
    /// [`ClientError`] with the module's own reason.
    pub fn start(start: ModuleCommand, new: Option<NewModule>) -> Result<Self, ClientError> {
        let (client, ready) = Client::start((start.command)(), start.secret.clone(), new)?;
        let running = Running { client: Some(Arc::new(client)), ready, starts: 1 };
        Ok(Self { start, running: Mutex::new(running), restarts: AtomicU64::new(0) })
    }

    /// What the module said of itself when it was started last.
    #[must_use]
    pub fn ready(&self) -> Ready {
        self.lock().ready.clone()
    }

    /// How often the process was started again.
    #[must_use]
    pub fn restarts(&self) -> u64 {
        self.restarts.load(Ordering::Relaxed)
    }

    /// The process id of the running module, if one runs.
    #[must_use]
    pub fn process_id(&self) -> Option<u32> {
        self.lock().client.as_ref().map(|client| client.process_id())
    }

    /// Asks, and asks a new process when the old one has died. Every call may be asked twice: sessions are
    /// replayed, a device that was never used is made anew, and the others change nothing.
    fn ask(&self, call: &[u8]) -> Result<Answer, ClientError> {
        self.insist(|client| client.wait_for(call))
    }

    fn insist(&self, ask: impl Fn(&Client) -> Result<Answer, ClientError>) -> Result<Answer, ClientError> {
        loop {
            let client = self.client()?;
            let answer = ask(&client);
            let asked = Arc::downgrade(&client);
            drop(client);
            match self.judge(answer, &asked) {
                Some(answer) => return answer,
                None => continue,
            }
        }
    }

    /// The answer, unless the process that was asked is of no use and a new one may be asked.
    fn judge(
        &self,
        answer: Result<Answer, ClientError>,
        asked: &Weak<Client>,
    ) -> Option<Result<Answer, ClientError>> {
        if let Err(ClientError::Gone | ClientError::Failed(Failure::Registers(_))) = &answer
            && self.may_restart(asked)
        {
            return None;
        }
        self.lock().starts = 0;
        Some(answer)
    }

    fn client(&self) -> Result<Arc<Client>, ClientError> {
        let mut running = self.lock();
        if let Some(client) = &running.client {
            return Ok(Arc::clone(client));
        }
        let (client, ready) = Client::start((self.start.command)(), self.start.secret.clone(), None)?;
        let client = Arc::new(client);
        running.client = Some(Arc::clone(&client));
        running.ready = ready;
        running.starts += 1;
        self.restarts.fetch_add(1, Ordering::Relaxed);
        Ok(client)
    }

    /// Lets go of a dead process, unless somebody has replaced it already. False when it died too often.
    fn may_restart(&self, dead: &Weak<Client>) -> bool {
        let mut running = self.lock();
        if running.client.as_ref().is_some_and(|client| Arc::as_ptr(client) == dead.as_ptr()) {
            running.client = None;
        }
        running.starts < MAX_RESTARTS
    }

    fn lock(&self) -> MutexGuard<'_, Running> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SecureModule for ModuleHost {
    fn begin_session(
        self: Arc<Self>,
        parts: &[Part<'_>],
        permission: &Arc<Permission>,
        answered: SessionAnswered,
    ) {
        let count = parts.len();
        let call = Call::Session { parts: parts.to_vec() }.encode();
        let answered = move |answer| {
            answered(match answer {
                Ok(Answer::Session(answers)) if answers.len() == count => Ok(answers),
                Ok(_) => Err(ClientError::Protocol),
                Err(error) => Err(error),
            });
        };
        let client = match self.client() {
            Ok(client) => client,
            Err(error) => return answered(Err(error)),
        };
        // Only weakly: a process ends when its client does, and the next one waits for that.
        let asked = Arc::downgrade(&client);
        let (again, host, permitted) = (call.clone(), Arc::clone(&self), Arc::clone(permission));
        let judged = Weak::clone(&asked);
        let sent = client.send(
            &call,
            Box::new(move |answer| match host.judge(answer, &judged) {
                Some(answer) => answered(answer),
                // A new process is asked for no more than is permitted.
                None => permitted.when_decided(move |may_register| {
                    answered(if may_register {
                        host.insist(|client| client.wait_for_session(&again))
                    } else {
                        Err(Failure::TakenBack.into())
                    });
                }),
            }),
        );
        if let Some(session) = sent {
            permission.when_decided(move |may_register| {
                if let Some(client) = asked.upgrade() {
                    client.decide(session, may_register);
                }
            });
        }
    }

    fn create_device(&self, opening: &[u8]) -> Result<Created, ClientError> {
        match self.ask(&Call::CreateDevice { opening: opening.into() }.encode())? {
            Answer::Created(created) => Ok(created),
            _ => Err(ClientError::Protocol),
        }
    }

    fn inspect(&self, record: &[u8]) -> Result<Inspected, ClientError> {
        match self.ask(&Call::Inspect { record: record.into() }.encode())? {
            Answer::Inspected(inspected) => Ok(*inspected),
            _ => Err(ClientError::Protocol),
        }
    }

    fn bundle(&self, records: &[&[u8]], at: u64, expires: u64) -> Result<Vec<u8>, ClientError> {
        let records = records.iter().map(|record| (*record).into()).collect();
        match self.ask(&Call::Bundle { records, at, expires }.encode())? {
            Answer::Bundle(bundle) => Ok(bundle.into()),
            _ => Err(ClientError::Protocol),
        }
    }

    fn status(&self, claims: &[u8]) -> Result<Vec<u8>, ClientError> {
        match self.ask(&Call::Status { claims: claims.into() }.encode())? {
            Answer::Status(signed) => Ok(signed.into()),
            _ => Err(ClientError::Protocol),
        }
    }

    fn who_asks(&self, question: Question<'_>) -> Result<Result<Asker, Refusal>, ClientError> {
        match self.ask(&Call::WhoAsks(question).encode())? {
            Answer::Asker(user) => Ok(Ok(user)),
            Answer::Unproven(refusal) => Ok(Err(refusal)),
            _ => Err(ClientError::Protocol),
        }
    }

    fn check_order(&self, order: &[u8]) -> Result<Result<(), Refusal>, ClientError> {
        match self.ask(&Call::CheckOrder { order: order.into() }.encode())? {
            Answer::GoodOrder => Ok(Ok(())),
            Answer::Unproven(refusal) => Ok(Err(refusal)),
            _ => Err(ClientError::Protocol),
        }
    }

    fn staff(&self) -> Result<StaffList, ClientError> {
        match self.ask(&Call::Staff.encode())? {
            Answer::Staff(list) => Ok(list),
            _ => Err(ClientError::Protocol),
        }
    }

    fn appoint(&self, appointment: &[u8]) -> Result<String, ClientError> {
        match self.ask(&Call::Appoint { appointment: appointment.into() }.encode())? {
            Answer::Appointed(who) => Ok(who),
            _ => Err(ClientError::Protocol),
        }
    }

    fn record_refusals(&self, seen: RefusalsSeen) -> Result<(), ClientError> {
        match self.ask(&Call::RecordRefusals(seen).encode())? {
            Answer::Recorded => Ok(()),
            _ => Err(ClientError::Protocol),
        }
    }

    fn who_of_staff(&self, question: StaffQuestion<'_>) -> Result<Result<Member, Refusal>, ClientError> {
        match self.ask(&Call::WhoOfStaff(question).encode())? {
            Answer::OfStaff(member) => Ok(Ok(member)),
            Answer::Unproven(refusal) => Ok(Err(refusal)),
            _ => Err(ClientError::Protocol),
        }
    }
}
