//! An open data folder with its module and engine running.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use asker::Role;
use engine::{Engine, ModuleCommand, ModuleHost, OrderRequest, SecureModule};
use faces::Faces;
use indicia::{TrustBundle, UnixTime};
use module::appointment::{Appointment, StaffChange};
use module::keystore::PersonKey;
use module::order::{Order, OrderAction};
use module::paper;
use module::protocol::{ModulePaths, NewModule, Ready};
use module::signing::SigningKey;
use module::staff::{Authority, Member, StaffRole};
use store::{Account, AccountName, DatabaseUrl, IdempotencyKey, Reader, Store};

use crate::args::Args;
use crate::failure::Failure;
use crate::folder::{Beginning, DataFolder, FolderLock, TokenPlace};
use crate::opening::Opening;
use crate::user::{Asker, OWNER};
use crate::{telemetry, templates};

/// Days for which a bundle is valid unless somebody says otherwise.
pub(crate) const BUNDLE_DAYS: u64 = 365;
const DAY: u64 = 86_400;
/// The provider whom `init` makes, if none is named.
const PROVIDER: &str = "provider";
/// The officers whom `init` makes, if none are named.
const OFFICERS: [&str; 2] = ["officer-1", "officer-2"];

/// Everything that issues.
pub(crate) struct Office {
    // The engine goes first: it finishes what is reserved, and needs the module for it.
    pub(crate) engine: Engine,
    host: Arc<ModuleHost>,
    pub(crate) reader: Reader,
    /// How labels look, and what stands on them.
    pub(crate) faces: Faces,
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
    /// The operator's people whose keys are elsewhere. Where no provider is among them, or no officer, they are made here.
    pub(crate) staff: &'a [Member],
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
        let (beginning, lock) = Beginning::of(&args.dir)?;
        crash_point::crash_point!("init-begun");
        Self::make(&beginning, lock, args, new).inspect_err(|_| beginning.undo(new.anchor))
    }

    fn make(
        beginning: &Beginning,
        lock: FolderLock,
        args: &Args,
        new: &NewOffice<'_>,
    ) -> Result<Self, Failure> {
        let folder = beginning.folder();
        let (module_file, provider_file) =
            (args.passphrase_file.as_deref(), args.provider_passphrase_file.as_deref());
        match new.token {
            Some(token) => folder.set_token(token)?,
            None => folder.make_passphrase("module-passphrase", module_file)?,
        }
        if let Some(anchor) = new.anchor {
            beginning.place_anchor(anchor)?;
        }
        if let Some(url) = new.database_url {
            folder.set_database(url)?;
        }
        let mut staff = new.staff.to_vec();
        let has = |role| new.staff.iter().any(|member| member.role == role);
        if !has(StaffRole::Provider) {
            staff.push(make_person(folder, PROVIDER, StaffRole::Provider, provider_file)?);
        }
        if !has(StaffRole::Officer) {
            for name in OFFICERS {
                staff.push(make_person(folder, name, StaffRole::Officer, None)?);
            }
        }
        let module = NewModule { issuer: new.issuer.to_owned(), staff, at: now().0 };
        let secret = folder.module_secret(module_file)?;
        let command = module_command(folder.module_paths())?;
        crash_point::crash_point!("init-keys-made");
        let host = ModuleHost::start(ModuleCommand { command, secret }, Some(module))?;
        crash_point::crash_point!("init-module-made");
        let store = folder.books()?.create_marked(beginning.mark())?;
        let office = Self::run(folder.clone(), lock, store, host, args)?;
        office.renew_bundle(BUNDLE_DAYS)?;
        crash_point::crash_point!("init-all-made");
        beginning.finish()?;
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
        let (rules, faces) = templates::in_use(&folder, &host)?;
        let engine = Engine::start(store, module, now)?.obeying(rules);
        let provider_passphrase_file = args.provider_passphrase_file.clone();
        Ok(Self { engine, host, reader, faces, folder, provider_passphrase_file, lock })
    }

    /// What the module said of itself.
    pub(crate) fn module(&self) -> Ready {
        self.host.ready()
    }

    /// The module, for questions.
    pub(crate) fn host(&self) -> &ModuleHost {
        &self.host
    }

    /// Opens an account, signed with the provider's key. Its owner is added; the owner's key is kept in the folder.
    pub(crate) fn create_account(&self, mut opening: Opening) -> Result<(), Failure> {
        let key = self.folder.make_asker_key(&opening.name, OWNER)?;
        opening.users.push((OWNER.into(), Role::Owner, key.credential()));
        let number = self.engine.next_account()?;
        let opening = opening.device(number.0, now()).sign(self.person(PROVIDER)?.signing());
        self.engine.create_account(opening)?;
        Ok(())
    }

    /// Somebody of the staff whose key is kept in the folder.
    fn person(&self, name: &str) -> Result<PersonKey, Failure> {
        let path = self.folder.person_key(name);
        if !path.exists() {
            let reason = format!(
                "the key of {name} isn't in {}; sign with `mintage sign` where the key is, and send that",
                self.folder.path().display()
            );
            return Err(Failure::Said(reason));
        }
        let file = self.provider_passphrase_file.as_deref().filter(|_| name == PROVIDER);
        let passphrase = self.folder.passphrase(&format!("{name}-passphrase"), file)?;
        Ok(PersonKey::open(&path, &passphrase)?)
    }

    /// Lets those sign who may, and whose keys are kept in the folder.
    fn signed(&self, needed: Authority, sign: impl Fn(&SigningKey) -> Vec<u8>) -> Result<Vec<u8>, Failure> {
        match needed {
            Authority::Provider => Ok(sign(self.person(PROVIDER)?.signing())),
            Authority::Officers => {
                let papers: Result<Vec<_>, Failure> =
                    OFFICERS.iter().map(|name| Ok(sign(self.person(name)?.signing()))).collect();
                Ok(paper::join(&papers?))
            }
        }
    }

    /// Changes the staff, signed by both officers whose keys are kept in the folder.
    pub(crate) fn appoint(&self, change: StaffChange, reason: &str) -> Result<String, Failure> {
        let number = self.host.staff()?.number + 1;
        let appointment = Appointment::new(number, change, now().0, reason.to_owned());
        let paper = self.signed(Authority::Officers, |officer| appointment.sign(officer))?;
        Ok(self.engine.appoint(paper)?)
    }

    /// A user of an account whose key is kept in the folder.
    pub(crate) fn asker(&self, account: &AccountName, user: &str) -> Result<Asker, Failure> {
        Ok(Asker::new(account.clone(), user, self.folder.asker_key(account, user)?))
    }

    /// Carries out an order for an account, signed by those who may give it.
    pub(crate) fn order(
        &self,
        account: &Account,
        action: OrderAction,
        reason: &str,
        key: Option<IdempotencyKey>,
    ) -> Result<(), Failure> {
        let number = self.engine.next_order(account.name.clone())?;
        let order = Order { device: account.device, number, action, at: now(), reason: reason.to_owned() };
        let order = self.signed(order.action.needs(), |key| order.sign(key))?;
        self.engine.order(OrderRequest { account: account.name.clone(), key, order })?.wait()?;
        Ok(())
    }

    /// Signs a bundle over all accounts' devices and keeps it in the folder.
    pub(crate) fn renew_bundle(&self, days: u64) -> Result<Vec<u8>, Failure> {
        renew_bundle(&self.reader, &self.host, &self.folder, days)
    }

    /// Takes the office apart for a server, and keeps what must be kept until that has ended.
    pub(crate) fn into_served(self) -> (server::Office, Rest) {
        let Self { engine, host, reader, faces, folder, lock, .. } = self;
        let (reader, module) = (Mutex::new(reader), Arc::clone(&host));
        let sign_ups = folder.sign_ups();
        let renew_bundle = Box::new(move || {
            // A reader is as good after a panic as before it.
            let reader = reader.lock().unwrap_or_else(PoisonError::into_inner);
            renew_bundle(&reader, &module, &folder, BUNDLE_DAYS).map_err(|error| error.to_string())
        });
        let signing = Arc::clone(&host);
        let sign_status =
            Box::new(move |claims: &[u8]| signing.status(claims).map_err(|error| error.to_string()));
        let about = Arc::clone(&host);
        let about = Box::new(move || about.ready());
        let counted = Arc::clone(&host);
        let module_restarts = Box::new(move || counted.restarts());
        let continue_trace = telemetry::continue_trace;
        let module = about;
        (
            server::Office {
                engine,
                faces,
                renew_bundle,
                sign_status,
                module,
                module_restarts,
                sign_ups,
                continue_trace,
                clock: now,
            },
            Rest { _host: host, _lock: lock },
        )
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

/// Makes the key of somebody of the staff, and a passphrase for it unless a file was named.
fn make_person(
    folder: &DataFolder,
    name: &str,
    role: StaffRole,
    passphrase_file: Option<&Path>,
) -> Result<Member, Failure> {
    let passphrase = format!("{name}-passphrase");
    folder.make_passphrase(&passphrase, passphrase_file)?;
    let key = PersonKey::create(&folder.person_key(name), &folder.passphrase(&passphrase, passphrase_file)?)?;
    Ok(Member { name: parse(name)?, role, key: key.public() })
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
