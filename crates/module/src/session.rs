//! Sessions: open, compare, debit, sign, seal, register, answer; many devices with one sync.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use indicia::{DeviceId, UnixTime};

use crate::crew::{self, Work};
use crate::device::{Applied, Imprint};
use crate::keystore::Keystore;
use crate::permission::Permission;
use crate::protocol::{Done, Failure, Inspected, NewDevice, Part, PartAnswer, RequestAnswer};
use crate::record::{
    AskerKey, DayUse, Device, DeviceState, RecordError, Registers as ValueRegisters, SealedRecord, Secrets,
};
use crate::refusal::DeviceFault;
use crate::registers::{Register, Registers, RegistersError};
use crate::sealing::{Digest, Purpose, SealingKey};
use crate::signing::SigningKey;
use crate::stamping::{Stamp, sign_all};
use crate::transaction::Transaction;

/// Most indicia of one pack: one Merkle tree, one row in a store.
pub const MAX_PACK: usize = 1024;
/// How far a transaction may be dated ahead of the module's clock, in seconds.
const CLOCK_SKEW: u64 = 300;

/// An open module: its keys, its registers, and the devices that are in a session.
pub struct Module {
    keystore: Keystore,
    records: SealingKey,
    registers: Mutex<Registers>,
    busy: Mutex<HashSet<DeviceId>>,
    clock: fn() -> UnixTime,
}

/// A device after its step: sealed, but neither registered nor signed for yet.
struct Stepped {
    key: SigningKey,
    applied: Applied,
    record: SealedRecord,
    request_digest: Digest,
    register: Register,
    /// The registers knew this step already.
    replayed: bool,
}

impl Stepped {
    fn done(self, requests: Vec<RequestAnswer>) -> Done {
        let device = self.applied.device;
        Done {
            record_digest: self.record.digest().0,
            record: self.record.into_bytes().into(),
            sequence: device.sequence,
            registers: device.registers,
            next_number: device.next_number,
            request_digest: self.request_digest.0,
            replayed: self.replayed,
            requests,
            state: device.state,
        }
    }
}

/// The devices of a session, released when it ends however it ends.
struct Claimed<'a> {
    busy: &'a Mutex<HashSet<DeviceId>>,
    devices: Vec<DeviceId>,
}

impl Drop for Claimed<'_> {
    fn drop(&mut self) {
        let mut busy = lock(self.busy);
        for device in &self.devices {
            busy.remove(device);
        }
    }
}

/// The steps of a session's devices.
struct Steps<'a> {
    module: &'a Module,
    parts: &'a [Part<'a>],
    sealed: &'a [Result<SealedRecord, RecordError>],
    free: &'a [bool],
}

impl Work for Steps<'_> {
    type Made = Result<Stepped, DeviceFault>;

    fn count(&self) -> usize {
        self.parts.len()
    }

    fn make(&self, place: usize) -> Self::Made {
        self.module.step(&self.parts[place], &self.sealed[place], self.free[place])
    }
}

/// How many cores beside its own are worth starting for a session.
fn helpers(parts: &[Part<'_>]) -> usize {
    /// Bytes of requests for about ten items, which are signed in the time that a thread takes to start.
    const WORTH: usize = 1024;
    parts.iter().map(|part| part.transaction.len()).sum::<usize>() / WORTH
}

impl Module {
    /// Puts an open keystore and its registers to work.
    #[must_use]
    pub fn new(keystore: Keystore, registers: Registers, clock: fn() -> UnixTime) -> Self {
        let records = keystore.master().derive(Purpose::Records);
        Self { keystore, records, registers: Mutex::new(registers), busy: Mutex::default(), clock }
    }

    /// The keys and names that this module holds.
    #[must_use]
    pub fn keystore(&self) -> &Keystore {
        &self.keystore
    }

    /// Devices in the registers, and their epoch.
    #[must_use]
    pub fn registered(&self) -> (u64, u64) {
        let registers = lock(&self.registers);
        (registers.len() as u64, registers.epoch())
    }

    /// Lets the epoch of registers and anchor grow.
    ///
    /// # Errors
    /// When a file can't be written.
    pub fn advance_epoch(&self) -> Result<(), RegistersError> {
        lock(&self.registers).advance_epoch()
    }

    /// Processes one transaction of each of many devices, and registers them once that is permitted. One device's fault
    /// harms no other.
    ///
    /// # Errors
    /// [`Failure::TakenBack`] when it isn't permitted and [`Failure::Registers`] when nothing could be registered (both
    /// times nothing was done), [`Failure::SelfCheck`] when the module computes wrongly and must stop.
    pub fn session(&self, parts: &[Part<'_>], permission: &Permission) -> Result<Vec<PartAnswer>, Failure> {
        let sealed: Vec<_> =
            parts.iter().map(|part| SealedRecord::from_bytes(part.record.to_vec())).collect();
        let (claimed, free) = self.claim(&sealed);
        let stepped = OnceLock::new();
        let step = || stepped.get_or_init(|| self.step_all(parts, &sealed, &free));
        let stamps = || step().iter().map(|part| part.as_ref().ok().map(|step| self.stamp(step))).collect();
        // The disk works while the processors sign: the signatures follow from the parts alone, and nothing leaves before
        // it is registered.
        let register = || {
            crash_point::crash_point!("module-before-permission");
            if !permission.wait() {
                return Err(Failure::TakenBack);
            }
            self.register(step()).map_err(|error| Failure::Registers(error.to_string()))
        };
        let (signed, registered) = sign_all(helpers(parts), stamps, register);
        registered?;
        let signed = signed?;
        let answers =
            stepped.into_inner().into_iter().flatten().zip(signed).map(|(part, requests)| match part {
                Ok(step) => PartAnswer::Done(step.done(requests)),
                Err(fault) => PartAnswer::Fault(fault),
            });
        let answers = answers.collect();
        drop(claimed);
        Ok(answers)
    }

    fn step_all(
        &self,
        parts: &[Part<'_>],
        sealed: &[Result<SealedRecord, RecordError>],
        free: &[bool],
    ) -> Vec<Result<Stepped, DeviceFault>> {
        crew::share(parts.len().saturating_sub(1), || Steps { module: self, parts, sealed, free }, || ()).0
    }

    /// Remembers every new step, with one sync.
    fn register(&self, stepped: &[Result<Stepped, DeviceFault>]) -> Result<(), RegistersError> {
        crash_point::crash_point!("module-before-register");
        let changes: Vec<_> = stepped
            .iter()
            .flatten()
            .filter(|step| !step.replayed)
            .map(|step| (step.applied.device.id, step.register.clone()))
            .collect();
        if !changes.is_empty() {
            lock(&self.registers).commit(&changes)?;
        }
        crash_point::crash_point!("module-after-register");
        Ok(())
    }

    /// Takes the devices that no other session holds.
    fn claim(&self, records: &[Result<SealedRecord, RecordError>]) -> (Claimed<'_>, Vec<bool>) {
        let mut busy = lock(&self.busy);
        let mut devices = Vec::with_capacity(records.len());
        let free = records
            .iter()
            .map(|record| {
                let Ok(record) = record else { return true }; // `prepare` says what is wrong with it
                let device = record.device();
                let free = busy.insert(device);
                if free {
                    devices.push(device);
                }
                free
            })
            .collect();
        (Claimed { busy: &self.busy, devices }, free)
    }

    /// Opens, compares, checks, debits and seals one device.
    fn step(
        &self,
        part: &Part<'_>,
        record: &Result<SealedRecord, RecordError>,
        free: bool,
    ) -> Result<Stepped, DeviceFault> {
        let record = record.as_ref().map_err(|error| DeviceFault::Record(error.to_string()))?;
        if !free {
            return Err(DeviceFault::Busy);
        }
        let transaction = Transaction::decode(part.transaction).map_err(DeviceFault::Transaction)?;
        let request_digest = Digest::of(part.transaction);
        let (device, replay) = self.open(record, &request_digest)?;
        if replay.is_none() {
            self.check_time(&device, transaction.at())?;
        }

        let key = signing_key(&device)?;
        let applied = device.apply(&transaction, self.keystore.provider());
        let record = applied.device.seal(&self.records);
        let register = Register {
            sequence: applied.device.sequence,
            record: record.digest().short(),
            request: request_digest.short(),
            control_total: control_total(&applied.device)?,
        };
        if replay.as_ref().is_some_and(|known| known.record != register.record) {
            return Err(DeviceFault::RecordDiffers { sequence: register.sequence });
        }
        Ok(Stepped { key, applied, record, request_digest, register, replayed: replay.is_some() })
    }

    fn stamp<'a>(&'a self, step: &'a Stepped) -> Stamp<'a> {
        let Applied { device, outcomes } = &step.applied;
        let chain = indicia::embedded_chain(&device.certificate, self.keystore.issuer_certificate());
        let imprint = Imprint::new(self.keystore.issuer(), &device.secrets.holder);
        Stamp::new(&step.key, imprint, chain, outcomes)
    }

    /// Opens a record and compares it with the registers (requirement R3): the very next transaction, or the
    /// last one again, for which the register comes back too; anything else is a disagreement.
    fn open(
        &self,
        record: &SealedRecord,
        request: &Digest,
    ) -> Result<(Device, Option<Register>), DeviceFault> {
        let register =
            lock(&self.registers).get(record.device()).cloned().ok_or(DeviceFault::UnknownDevice)?;
        let replay = match compare(record, &register) {
            Ok(()) => None,
            Err(DeviceFault::RecordOlder { record: at, registers }) if at + 1 == registers => {
                if register.request != request.short() {
                    return Err(DeviceFault::RequestDiffers { sequence: registers });
                }
                Some(register.clone())
            }
            Err(fault) => return Err(fault),
        };
        let device = record.open(&self.records).map_err(|error| DeviceFault::Record(error.to_string()))?;
        let total = control_total(&device)?;
        if replay.is_none() && total != register.control_total {
            return Err(DeviceFault::OutOfBalance);
        }
        Ok((device, replay))
    }

    fn check_time(&self, device: &Device, at: UnixTime) -> Result<(), DeviceFault> {
        if at < device.last_transaction {
            return Err(DeviceFault::before_last(at, device.last_transaction));
        }
        let now = (self.clock)();
        if at.0 > now.0.saturating_add(CLOCK_SKEW) {
            return Err(DeviceFault::in_future(at, now));
        }
        Ok(())
    }

    /// Makes a device: a key of its own, certified by the issuer key; registers at zero.
    ///
    /// A device that was made but never used can be made again: its first record may have been lost on the way.
    ///
    /// # Errors
    /// [`Failure::Call`] for an id that is in use or a description that makes no sense, [`Failure::Registers`].
    pub fn create_device(&self, new: &NewDevice) -> Result<SealedRecord, Failure> {
        if let Some((user, _)) =
            new.askers.iter().find(|(user, _)| !new.users.iter().any(|one| one.name == *user))
        {
            return Err(Failure::Call(format!("a key is for {user:?}, who is no user")));
        }
        let (denomination, algorithm) =
            new.parse().ok_or_else(|| Failure::Call("no such denomination or algorithm".into()))?;
        let mut registers = lock(&self.registers);
        if registers.get(new.id()).is_some_and(|register| register.sequence > 0) {
            return Err(Failure::Call(format!("device {} exists already", new.id().0)));
        }
        let key = SigningKey::generate(algorithm).map_err(|error| Failure::Call(error.to_string()))?;
        let secret = |what: &mut [u8]| {
            aws_lc_rs::rand::fill(what).map_err(|_| Failure::Call("no randomness is to be had".into()))
        };
        let mut holder = [0; 32];
        secret(&mut holder)?;
        let mut last_challenge = [0; 16];
        secret(&mut last_challenge)?;
        let device = Device {
            id: new.id(),
            sequence: 0,
            denomination,
            registers: ValueRegisters::default(),
            next_number: 1,
            module: self.keystore.module_id(),
            origin: new.origin.clone(),
            algorithm,
            certificate: self.keystore.certify_device(new.id(), &key.public(), new.at(), new.key_expires()),
            secrets: Secrets { signing: **key.secret(), holder },
            key_expires: new.key_expires(),
            users: new.users.clone(),
            last_transaction: new.at(),
            last_challenge,
            state: DeviceState::New,
            limits: new.limits,
            today: DayUse::default(),
            last_order: 0,
            passphrases: Vec::new(),
            account: new.account.clone(),
            askers: new.askers.iter().map(|(user, credential)| AskerKey::new(user, credential)).collect(),
        };
        let record = device.seal(&self.records);
        let register = Register {
            sequence: 0,
            record: record.digest().short(),
            request: Digest::of(&[]).short(),
            control_total: 0,
        };
        registers.commit(&[(device.id, register)]).map_err(|error| Failure::Registers(error.to_string()))?;
        Ok(record)
    }

    /// Says what a record holds that is no secret, and how it disagrees with the registers.
    ///
    /// # Errors
    /// [`Failure::Call`] for a record that doesn't open.
    pub fn inspect(&self, record: &[u8]) -> Result<Inspected, Failure> {
        let (record, device) = self.unseal(record)?;
        let register = lock(&self.registers).get(device.id).cloned();
        let fault = match &register {
            None => Some(DeviceFault::UnknownDevice),
            Some(register) => compare(&record, register).err(),
        };
        let balanced = device.registers.control_total().is_some();
        Ok(Inspected {
            sequence: device.sequence,
            registers: device.registers,
            next_number: device.next_number,
            state: device.state,
            last_order: device.last_order,
            key_expires: device.key_expires.0,
            fault: fault.or((!balanced).then_some(DeviceFault::OutOfBalance)),
            users: device.users.clone(),
            limits: device.limits,
            last_request: register.map_or([0; 16], |register| register.request.0),
            keys: device.askers.iter().map(|asker| (asker.user.clone(), asker.credential.key_id())).collect(),
        })
    }

    /// What a record holds, whatever the registers say.
    pub(crate) fn device(&self, record: &[u8]) -> Result<Device, Failure> {
        self.unseal(record).map(|(_, device)| device)
    }

    fn unseal(&self, record: &[u8]) -> Result<(SealedRecord, Device), Failure> {
        let call = |error: RecordError| Failure::Call(error.to_string());
        let record = SealedRecord::from_bytes(record.to_vec()).map_err(call)?;
        let device = record.open(&self.records).map_err(call)?;
        Ok((record, device))
    }

    /// Signs a trust bundle with the certificates of the devices whose records are given.
    ///
    /// # Errors
    /// [`Failure::Call`] for a record that doesn't open.
    pub fn bundle(&self, records: &[&[u8]], at: UnixTime, expires: UnixTime) -> Result<Vec<u8>, Failure> {
        let certificates = records
            .iter()
            .map(|record| {
                let device = SealedRecord::from_bytes(record.to_vec())?.open(&self.records)?;
                Ok(device.certificate)
            })
            .collect::<Result<Vec<_>, RecordError>>()
            .map_err(|error| Failure::Call(error.to_string()))?;
        Ok(self.keystore.sign_bundle(&certificates, at, expires))
    }
}

/// Whether a record is the one that the registers remember.
fn compare(record: &SealedRecord, register: &Register) -> Result<(), DeviceFault> {
    let (at, registers) = (record.sequence(), register.sequence);
    match at.cmp(&registers) {
        std::cmp::Ordering::Less => Err(DeviceFault::RecordOlder { record: at, registers }),
        std::cmp::Ordering::Greater => Err(DeviceFault::RegistersOlder { record: at, registers }),
        std::cmp::Ordering::Equal if record.digest().short() == register.record => Ok(()),
        std::cmp::Ordering::Equal => Err(DeviceFault::RecordDiffers { sequence: at }),
    }
}

fn control_total(device: &Device) -> Result<u64, DeviceFault> {
    device.registers.control_total().ok_or(DeviceFault::OutOfBalance)
}

fn signing_key(device: &Device) -> Result<SigningKey, DeviceFault> {
    SigningKey::from_secret(device.algorithm, &device.secrets.signing)
        .map_err(|error| DeviceFault::Record(error.to_string()))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Only whole values are put behind these locks, so a panic elsewhere leaves nothing half-done.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
