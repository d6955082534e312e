//! What every request is answered with.

use std::path::PathBuf;
use std::sync::Arc;

use axum::http::HeaderMap;
use engine::Engine;
use faces::Faces;
use indicia::UnixTime;
use module::protocol::Ready;
use module::staff::Member;
use tokio::sync::{Semaphore, watch};
use tracing::Span;

use crate::accounts::{Accounts, Known};
use crate::console::Forms;
use crate::desk::Desk;
use crate::limits::Limits;
use crate::metrics::Metrics;
use crate::problem::{Kind, Problem};
use crate::public::{Judged, ToJudge};
use crate::refusals::Refusals;
use crate::settings::Settings;
use crate::sign_in::{Depth, Reader, SignIns, staff_reads};
use crate::sign_ups::SignUps;
use crate::statuses::Statuses;
use crate::together::Together;
use crate::trust::Trust;

/// Signs a status snapshot's payload, or says why not.
pub type SignStatus = Box<dyn Fn(&[u8]) -> Result<Vec<u8>, String> + Send + Sync>;

/// What a server is opened on.
pub struct Office {
    /// The engine: when the server ends it is dropped, and finishes what is reserved.
    pub engine: Engine,
    /// How labels look, and what stands on them.
    pub faces: Faces,
    /// Signs a trust bundle over all accounts' devices of this moment, and keeps it wherever it is kept.
    pub renew_bundle: Box<dyn Fn() -> Result<Vec<u8>, String> + Send + Sync>,
    /// Signs the payload of a status snapshot.
    pub sign_status: SignStatus,
    /// What the crypto module says of itself.
    pub module: Box<dyn Fn() -> Ready + Send + Sync>,
    /// How often its process was started again.
    pub module_restarts: Box<dyn Fn() -> u64 + Send + Sync>,
    /// Where requests for accounts are kept, if people may ask for any.
    pub sign_ups: PathBuf,
    /// Makes a request's span a part of the trace that its fields name, if they name one. Asked where requests are traced only.
    pub continue_trace: fn(&Span, &HeaderMap),
    /// The clock.
    pub clock: fn() -> UnixTime,
}

/// Watchers of batches at one time: each looks into the books several times a second.
const WATCHERS: usize = 256;

/// The running server.
pub(crate) struct App {
    pub(crate) engine: Arc<Engine>,
    pub(crate) faces: Arc<Faces>,
    pub(crate) desk: Arc<Desk>,
    pub(crate) accounts: Accounts,
    pub(crate) sign_ins: SignIns,
    /// Requests for accounts, if people may make any.
    pub(crate) sign_ups: Option<Arc<SignUps>>,
    pub(crate) forms: Forms,
    pub(crate) limits: Limits,
    pub(crate) metrics: Metrics,
    /// What was refused and isn't on record yet.
    pub(crate) refusals: Refusals,
    pub(crate) trust: Trust,
    pub(crate) statuses: Statuses,
    /// What is shown to be redeemed at this moment.
    pub(crate) shown: Together<ToJudge, Result<Judged, Problem>>,
    pub(crate) settings: Settings,
    /// Places for signed requests under way.
    pub(crate) waiting: Arc<Semaphore>,
    /// Places for those who watch a batch.
    pub(crate) watchers: Arc<Semaphore>,
    /// What the crypto module says of itself.
    pub(crate) module: Box<dyn Fn() -> Ready + Send + Sync>,
    /// How often its process was started again.
    pub(crate) module_restarts: Box<dyn Fn() -> u64 + Send + Sync>,
    pub(crate) continue_trace: fn(&Span, &HeaderMap),
    /// True once the server stops.
    pub(crate) stop: watch::Sender<bool>,
    clock: fn() -> UnixTime,
}

impl App {
    pub(crate) fn new(office: Office, settings: Settings) -> Self {
        let Office {
            engine,
            faces,
            renew_bundle,
            sign_status,
            module,
            module_restarts,
            sign_ups,
            continue_trace,
            clock,
        } = office;
        let engine = Arc::new(engine);
        let desk = Arc::new(Desk::new(Arc::clone(&engine)));
        Self {
            accounts: Accounts::new(Arc::clone(&desk)),
            sign_ins: SignIns::new(clock),
            sign_ups: settings.sign_up.then(|| Arc::new(SignUps::new(sign_ups, clock))),
            forms: Forms::new(),
            limits: Limits::new(&settings),
            metrics: Metrics::new(Arc::clone(engine.figures())),
            refusals: Refusals::new(clock()),
            trust: Trust::new(renew_bundle, clock),
            statuses: Statuses::new(sign_status),
            shown: Together::new(),
            engine,
            faces: Arc::new(faces),
            desk,
            waiting: Arc::new(Semaphore::new(settings.waiting)),
            settings,
            watchers: Arc::new(Semaphore::new(WATCHERS)),
            module,
            module_restarts,
            continue_trace,
            stop: watch::Sender::new(false),
            clock,
        }
    }

    pub(crate) fn now(&self) -> UnixTime {
        (self.clock)()
    }

    /// The account of this name, if the request's token permits to read it so far.
    pub(crate) async fn read(
        &self,
        headers: &HeaderMap,
        account: &str,
        depth: Depth,
    ) -> Result<Arc<Known>, Problem> {
        match self.sign_ins.reader(headers)? {
            Reader::User(known, _) if known.name.as_str() == account => Ok(known),
            Reader::Staff(member) if staff_reads(member.role, depth) => self.accounts.find(account).await,
            Reader::User(..) => Err(Problem::new(Kind::NotAllowed, "the token is for another account")),
            Reader::Staff(member) => {
                let detail = format!("this isn't for the role {}", member.role.name());
                Err(Problem::new(Kind::NotAllowed, detail))
            }
        }
    }

    /// Whoever of the staff may read all accounts so far.
    pub(crate) fn staff(&self, headers: &HeaderMap, depth: Depth) -> Result<Member, Problem> {
        match self.sign_ins.reader(headers)? {
            Reader::Staff(member) if staff_reads(member.role, depth) => Ok(member),
            _ => Err(Problem::new(Kind::NotAllowed, "this is for officers and auditors")),
        }
    }

    /// Forgets what has ended, now and then.
    pub(crate) fn tidy(&self) {
        self.limits.tidy();
        self.sign_ins.tidy();
    }
}
