//! What the server remembers of accounts: what never changes, and whose their keys are.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use asker::KeyId;
use indicia::{Denomination, DeviceId, Serial};
use module::protocol::Inspected;
use module::signing_in::SessionShown;
use store::{AccountId, AccountName};
use tokio::sync::Mutex;

use crate::desk::Desk;
use crate::problem::{Kind, Problem};

/// How often the module is asked again for the keys of one account, because a key isn't among them.
const ASK_AGAIN: Duration = Duration::from_secs(1);

/// The account of a device, if there is one: they have the same number, and the engine makes no other
/// ([`engine::EngineError::AccountNumber`]).
pub(crate) fn account_of_device(device: DeviceId) -> AccountId {
    AccountId(device.0)
}

/// An account, as far as it never changes, and its keys as they were seen last.
///
/// The module is asked for the keys once and not for each request: it checks every proof itself, and refuses one by a key
/// that it doesn't have any more. What is remembered here only says under which name it is to look.
pub(crate) struct Known {
    pub(crate) id: AccountId,
    pub(crate) name: AccountName,
    pub(crate) device: DeviceId,
    pub(crate) denomination: Denomination,
    keys: RwLock<HashMap<KeyId, Holder>>,
    /// When the module was asked last; held while it is, so that others who look for a key wait for the same answer.
    asked: Mutex<Option<Instant>>,
}

/// Whose a key is.
#[derive(Clone)]
struct Holder {
    user: Arc<str>,
    /// Whether it is the key of a session.
    is_session: bool,
}

impl Known {
    /// The text of a serial of this account.
    pub(crate) fn serial(&self, number: u64) -> String {
        // Numbers that were issued make serials.
        Serial::new(self.device, number).map(|serial| serial.to_string()).unwrap_or_default()
    }

    /// Asks the module anew for the keys when one is looked for.
    pub(crate) fn forget_keys(&self) {
        self.keys.write().unwrap_or_else(PoisonError::into_inner).clear();
        if let Ok(mut asked) = self.asked.try_lock() {
            *asked = None;
        }
    }

    /// Whose a key was when it was seen last.
    pub(crate) fn user(&self, key: KeyId) -> Option<Arc<str>> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        keys.get(&key).map(|holder| Arc::clone(&holder.user))
    }

    /// Whether a key was the key of a session when it was seen last; nothing if it wasn't seen.
    pub(crate) fn is_session(&self, key: KeyId) -> Option<bool> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        keys.get(&key).map(|holder| holder.is_session)
    }
}

/// All that were asked for. It grows only by accounts that there are.
pub(crate) struct Accounts {
    desk: Arc<Desk>,
    known: RwLock<HashMap<AccountName, Arc<Known>>>,
}

impl Accounts {
    pub(crate) fn new(desk: Arc<Desk>) -> Self {
        Self { desk, known: RwLock::default() }
    }

    /// The account of this name.
    pub(crate) async fn find(&self, name: &str) -> Result<Arc<Known>, Problem> {
        let unknown = || Problem::new(Kind::UnknownAccount, format!("there is no account named {name}"));
        let name: AccountName = name.parse().map_err(|_| unknown())?;
        if let Some(known) = self.known.read().unwrap_or_else(PoisonError::into_inner).get(&name) {
            return Ok(Arc::clone(known));
        }
        let wanted = name.clone();
        let account = self.desk.read(move |books| Ok(books.account_by_name(&wanted)?)).await?;
        let account = account.ok_or_else(unknown)?;
        let known = Arc::new(Known {
            id: account.id,
            name: account.name,
            device: account.device,
            denomination: account.denomination,
            keys: RwLock::default(),
            asked: Mutex::default(),
        });
        let mut all = self.known.write().unwrap_or_else(PoisonError::into_inner);
        Ok(Arc::clone(all.entry(name).or_insert(known)))
    }

    /// Whose this key is; nobody's is the same answer as no account, so that names can't be tried out.
    pub(crate) async fn user(&self, account: &str, key: KeyId) -> Result<(Arc<Known>, Arc<str>), Problem> {
        let unknown = || {
            let detail = format!("{key} isn't a key of an account named {account}");
            Problem::new(Kind::UnknownKey, detail)
        };
        let known = match self.find(account).await {
            Err(problem) if problem.kind() == Kind::UnknownAccount => return Err(unknown()),
            found => found?,
        };
        if let Some(user) = known.user(key) {
            return Ok((known, user));
        }
        let mut asked = known.asked.lock().await;
        if known.user(key).is_none() && asked.is_none_or(|asked| asked.elapsed() >= ASK_AGAIN) {
            let keys = self.keys(known.id).await?;
            *known.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
            *asked = Some(Instant::now());
        }
        drop(asked);
        let user = known.user(key).ok_or_else(unknown)?;
        Ok((known, user))
    }

    /// The account of this name, if somebody asked for it before.
    pub(crate) fn known(&self, name: &str) -> Option<Arc<Known>> {
        let name: AccountName = name.parse().ok()?;
        self.known.read().unwrap_or_else(PoisonError::into_inner).get(&name).cloned()
    }

    /// The sessions of an account at this moment.
    pub(crate) async fn sessions(&self, account: &Known) -> Result<Vec<SessionShown>, Problem> {
        Ok(self.inspect(account.id).await?.map_or_else(Vec::new, |inspected| inspected.sessions))
    }

    async fn keys(&self, id: AccountId) -> Result<HashMap<KeyId, Holder>, Problem> {
        let Some(inspected) = self.inspect(id).await? else { return Ok(HashMap::new()) };
        let is_session = |key| inspected.sessions.iter().any(|session| session.key == key);
        let holder =
            |(user, key): (String, KeyId)| (key, Holder { user: user.into(), is_session: is_session(key) });
        Ok(inspected.keys.clone().into_iter().map(holder).collect())
    }

    async fn inspect(&self, id: AccountId) -> Result<Option<Inspected>, Problem> {
        let account = self.desk.read(move |books| Ok(books.account(id)?)).await?;
        let Some(account) = account else { return Ok(None) };
        self.desk.ask(move |engine| Ok(Some(engine.module().inspect(&account.record)?))).await
    }
}
