//! An open data folder with its module and engine running.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use engine::{Engine, ModuleCommand, ModuleHost, NewAccount, OrderRequest, SecureModule};
use indicia::{TrustBundle, UnixTime};
use module::keystore::ProviderKey;
use module::order::{Order, OrderAction};
use module::protocol::{ModulePaths, NewModule, Ready};
use module::record::{Role, User};
use store::{Account, AccountName, DatabaseUrl, IdempotencyKey, Reader, Store};

use crate::args::Args;
use crate::failure::Failure;
use crate::folder::{DataFolder, FolderLock, TokenPlace};
use crate::user::{Asker, OWNER};

/// Days for which a bundle is valid unless somebody says otherwise.
pub(crate) const BUNDLE_DAYS: u64 = 365;
const DAY: u64 = 86_400;

/// Everything that issues.
pub(crate) struct Office {
    // The engine goes first: it finishes what is reserved, and needs the module for it.
    pub(crate) engine: Engine,
    host: Arc<ModuleHost>,
    pub(crate) reader: Reader,
    pub(crate) folder: DataFolder,
    provider_passphrase_file: Option<std::path::PathBuf>,
    lock: FolderLock,
}

/// What must be kept until the engine has ended.
pub(crate) struct Rest {
    _host: Arc<ModuleHost>,
    _lock: FolderLock,
}

/// What a new data folder is made of.
#[derive(Debug, Default)]
pub(crate) struct NewOffice<'a> {
    /// Name of the issuer.
    pub(crate) issuer: &'a str,
    /// Where the anchor is kept, if not in the folder.
    pub(crate) anchor: Option<&'a Path>,
    /// The database with the books, if they aren't in the folder.
    pub(crate) database_url: Option<&'a DatabaseUrl>,
    /// What wraps the master key, if not a passphrase.
    pub(crate) token: Option<&'a TokenPlace>,
}

/// The system's clock.
pub(crate) fn now() -> UnixTime {
    UnixTime(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()))
}

impl Office {
    /// Opens a folder: starts its module, recovers what an earlier run left open.
    pub(crate) fn open(args: &Args) -> Result<Self, Failure> {
        let folder = DataFolder::open(&args.dir)?;
        let lock = folder.lock()?;
        let store = folder.books()?.open()?;
        let secret = folder.module_secret(args.passphrase_file.as_deref())?;
        let command = module_command(folder.module_paths())?;
        let host = ModuleHost::start(ModuleCommand { command, secret }, None)?;
        Self::run(folder, lock, store, host, args)
    }

    /// Makes a new folder: keys, module, store. All of it, or nothing.
    pub(crate) fn init(args: &Args, new: &NewOffice<'_>) -> Result<Self, Failure> {
        let new_anchor = new.anchor.filter(|anchor| !anchor.exists());
        let folder = DataFolder::create(&args.dir)?;
        Self::make(folder.clone(), args, new).inspect_err(|_| folder.undo(new_anchor))
    }

    fn make(folder: DataFolder, args: &Args, new: &NewOffice<'_>) -> Result<Self, Failure> {
        let lock = folder.lock()?;
        let (module_file, provider_file) =
            (args.passphrase_file.as_deref(), args.provider_passphrase_file.as_deref());
        match new.token {
            Some(token) => folder.set_token(token)?,
            None => folder.make_passphrase("module-passphrase", module_file)?,
        }
        folder.make_passphrase("provider-passphrase", provider_file)?;
        if let Some(anchor) = new.anchor {
            folder.set_anchor(anchor)?;
        }
        if let Some(url) = new.database_url {
            folder.set_database(url)?;
        }
        let passphrase = folder.passphrase("provider-passphrase", provider_file)?;
        let provider = ProviderKey::create(&folder.provider_key(), &passphrase)?;
        let provider = provider.public().to_cose_key();
        let module = NewModule { issuer: new.issuer.to_owned(), provider, at: now().0 };
        let secret = folder.module_secret(module_file)?;
        let command = module_command(folder.module_paths())?;
        let host = ModuleHost::start(ModuleCommand { command, secret }, Some(module))?;
        let store = folder.books()?.create()?;
        let office = Self::run(folder, lock, store, host, args)?;
        office.renew_bundle(BUNDLE_DAYS)?;
        office.folder.finish()?;
        Ok(office)
    }

    fn run(
        folder: DataFolder,
        lock: FolderLock,
        store: Box<dyn Store>,
        host: ModuleHost,
        args: &Args,
    ) -> Result<Self, Failure> {
        let reader = store.reader()?;
        let host = Arc::new(host);
        let module: Arc<dyn SecureModule> = Arc::clone(&host) as Arc<dyn SecureModule>;
        let engine = Engine::start(store, module, now)?;
        let provider_passphrase_file = args.provider_passphrase_file.clone();
        Ok(Self { engine, host, reader, folder, provider_passphrase_file, lock })
    }

    /// What the module said of itself.
    pub(crate) fn module(&self) -> Ready {
        self.host.ready()
    }

    /// The module, for questions.
    pub(crate) fn host(&self) -> &ModuleHost {
        &self.host
    }

    /// Makes an account. Its owner is added; the owner's key is kept in the folder.
    pub(crate) fn create_account(&self, mut new: NewAccount) -> Result<(), Failure> {
        let key = self.folder.make_asker_key(&new.name, OWNER)?;
        new.users.push(User { name: OWNER.into(), role: Role::Owner });
        new.askers.push((OWNER.into(), key.credential()));
        self.engine.create_account(new)?;
        Ok(())
    }

    /// A user of an account whose key is kept in the folder.
    pub(crate) fn asker(&self, account: &AccountName, user: &str) -> Result<Asker, Failure> {
        Ok(Asker::new(account.clone(), user, self.folder.asker_key(account, user)?))
    }

    /// Carries out an order for an account, signed with the provider's key.
    pub(crate) fn order(
        &self,
        account: &Account,
        action: OrderAction,
        reason: &str,
        key: Option<IdempotencyKey>,
    ) -> Result<(), Failure> {
        let file = self.provider_passphrase_file.as_deref();
        let passphrase = self.folder.passphrase("provider-passphrase", file)?;
        let provider = ProviderKey::open(&self.folder.provider_key(), &passphrase)?;
        let number = self.engine.next_order(account.name.clone())?;
        let order = Order { device: account.device, number, action, at: now(), reason: reason.to_owned() };
        let request = OrderRequest { account: account.name.clone(), key, order: provider.sign(&order) };
        self.engine.order(request)?.wait()?;
        Ok(())
    }

    /// Signs a bundle over all accounts' devices and keeps it in the folder.
    pub(crate) fn renew_bundle(&self, days: u64) -> Result<Vec<u8>, Failure> {
        renew_bundle(&self.reader, &self.host, &self.folder, days)
    }

    /// Takes the office apart for a server, and keeps what must be kept until that has ended.
    pub(crate) fn into_served(self) -> (server::Office, Rest) {
        let Self { engine, host, reader, folder, lock, .. } = self;
        let (reader, module) = (Mutex::new(reader), Arc::clone(&host));
        let renew_bundle = Box::new(move || {
            // A reader is as good after a panic as before it.
            let reader = reader.lock().unwrap_or_else(PoisonError::into_inner);
            renew_bundle(&reader, &module, &folder, BUNDLE_DAYS).map_err(|error| error.to_string())
        });
        (server::Office { engine, renew_bundle, clock: now }, Rest { _host: host, _lock: lock })
    }

    /// A bundle that knows every account of this moment.
    pub(crate) fn bundle(&self) -> Result<TrustBundle, Failure> {
        Ok(TrustBundle::open(&self.renew_bundle(BUNDLE_DAYS)?, None)?)
    }

    /// The account with a name.
    pub(crate) fn account(&self, name: &str) -> Result<Account, Failure> {
        find_account(&self.reader, name)
    }
}

/// Signs a bundle over all accounts' devices and keeps it in the folder.
fn renew_bundle(
    reader: &Reader,
    host: &ModuleHost,
    folder: &DataFolder,
    days: u64,
) -> Result<Vec<u8>, Failure> {
    let mut records = Vec::new();
    for summary in reader.accounts()? {
        records.extend(reader.account(summary.id)?.map(|account| account.record));
    }
    let records: Vec<&[u8]> = records.iter().map(Vec::as_slice).collect();
    let at = now().0;
    let bundle = host.bundle(&records, at, at.saturating_add(days.saturating_mul(DAY)))?;
    folder.write_private(&folder.bundle(), &bundle)?;
    Ok(bundle)
}

/// The account with a name, or a sentence that there is none.
pub(crate) fn find_account(reader: &Reader, name: &str) -> Result<Account, Failure> {
    let name: AccountName = parse(name)?;
    let unknown = || engine::EngineError::UnknownAccount(name.to_string());
    Ok(reader.account_by_name(&name)?.ok_or_else(unknown)?)
}

/// Parses an argument whose error is a sentence already.
pub(crate) fn parse<T: std::str::FromStr<Err: std::fmt::Display>>(text: &str) -> Result<T, Failure> {
    text.parse().map_err(|error: T::Err| Failure::Said(error.to_string()))
}

/// This very program, as the module.
fn module_command(paths: ModulePaths) -> Result<Box<dyn Fn() -> Command + Send + Sync>, Failure> {
    let program = std::env::current_exe().map_err(Failure::io(Path::new("/proc/self/exe")))?;
    Ok(Box::new(move || {
        let mut command = Command::new(&program);
        // Of a group of its own: what a terminal sends to end the program isn't for the module, which still has to finish.
        command.process_group(0);
        command.arg("module").arg("--folder").arg(&paths.folder).arg("--anchor").arg(&paths.anchor);
        command
    }))
}
