//! Sessions: open, compare, debit, sign, seal, register, answer; many devices with one sync.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use indicia::{DeviceId, UnixTime};
use minicbor::bytes::ByteVec;

use crate::crew::{self, Work};
use crate::device::{Applied, Imprint};
use crate::module::Module;
use crate::permission::Permission;
use crate::protocol::{Done, Failure, Part, PartAnswer, RequestAnswer};
use crate::record::{Device, RecordError, SealedRecord};
use crate::refusal::DeviceFault;
use crate::registers::{Register, RegistersError};
use crate::sealing::Digest;
use crate::signing::SigningKey;
use crate::staff::Staff;
use crate::stamping::{Stamp, sign_all};
use crate::transaction::Transaction;

/// Most indicia of one pack: one Merkle tree, one row in a store.
pub const MAX_PACK: usize = 1024;
/// How far a transaction may be dated ahead of the module's clock, in seconds.
pub(crate) const CLOCK_SKEW: u64 = 300;

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
            events: self.applied.events.into_iter().map(ByteVec::from).collect(),
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
    staff: &'a Staff,
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
        self.module.step(self.staff, &self.parts[place], &self.sealed[place], self.free[place])
    }
}

/// How many cores beside its own are worth starting for a session.
fn helpers(parts: &[Part<'_>]) -> usize {
    /// Bytes of requests for about ten items, which are signed in the time that a thread takes to start.
    const WORTH: usize = 1024;
    parts.iter().map(|part| part.transaction.len()).sum::<usize>() / WORTH
}

impl Module {
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
        let staff = self.roster.now().staff;
        let steps = || Steps { module: self, staff: &staff, parts, sealed, free };
        crew::share(parts.len().saturating_sub(1), steps, || ()).0
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
        staff: &Staff,
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
        let (device, replay) = self.open_record(record, &request_digest)?;
        if replay.is_none() {
            self.check_time(&device, transaction.at())?;
        }

        let key = signing_key(&device)?;
        let applied = device.apply(&transaction, staff, &self.passwords);
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
        let Applied { device, outcomes, .. } = &step.applied;
        let chain = indicia::embedded_chain(&device.certificate, self.keystore.issuer_certificate());
        let imprint = Imprint::new(self.keystore.issuer(), &device.secrets.holder);
        Stamp::new(&step.key, imprint, chain, outcomes)
    }

    /// Opens a record and compares it with the registers (requirement R3): the very next transaction, or the
    /// last one again, for which the register comes back too; anything else is a disagreement.
    fn open_record(
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
}

/// Whether a record is the one that the registers remember.
pub(crate) fn compare(record: &SealedRecord, register: &Register) -> Result<(), DeviceFault> {
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

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Only whole values are put behind these locks, so a panic elsewhere leaves nothing half-done.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
