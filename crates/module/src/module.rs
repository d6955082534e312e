//! An open module: made and opened, its staff, its devices as they are made and looked at. Sessions are in [`crate::session`].

use std::collections::HashSet;
use std::path::Path;
use std::sync::{Arc, Mutex};

use asker::Role;
use indicia::{Certificate, DeviceId, StatusClaims, UnixTime};
use password::ServerKey;
use thiserror::Error;

use crate::event::{EventChain, What};
use crate::keystore::{Keystore, KeystoreError};
use crate::people;
use crate::person::People;
use crate::protocol::{Created, Failure, Inspected, NewDevice, NewModule, Secret, StaffList};
use crate::record::{
    AskerKey, DayUse, Device, DeviceState, RecordError, Registers as ValueRegisters, SealedRecord, Secrets,
};
use crate::refusal::DeviceFault;
use crate::refusals_seen::RefusalsSeen;
use crate::registers::{Register, Registers, RegistersError};
use crate::roster::{self, Roster, RosterError, Standing};
use crate::sealing::{Digest, Purpose, SealingKey};
use crate::session::{CLOCK_SKEW, compare, lock};
use crate::signing::SigningKey;
use crate::staff::Staff;

/// Why a module can't be made or opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The keys.
    #[error(transparent)]
    Keystore(#[from] KeystoreError),
    /// The registers.
    #[error(transparent)]
    Registers(#[from] RegistersError),
    /// The staff.
    #[error(transparent)]
    Roster(#[from] RosterError),
}

/// An open module: its keys, its registers, and the devices that are in a session.
pub struct Module {
    pub(crate) keystore: Keystore,
    pub(crate) records: SealingKey,
    pub(crate) passwords: ServerKey,
    pub(crate) registers: Mutex<Registers>,
    pub(crate) roster: Roster,
    pub(crate) busy: Mutex<HashSet<DeviceId>>,
    pub(crate) clock: fn() -> UnixTime,
}

impl Module {
    /// Makes a module: keys, empty registers with their anchor, the list of the staff.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn create(
        folder: &Path,
        anchor: &Path,
        unlock: &Secret,
        new: &NewModule,
        clock: fn() -> UnixTime,
    ) -> Result<Self, OpenError> {
        let staff = Staff::new(new.staff.clone()).map_err(RosterError::from)?;
        let keystore = Keystore::create(folder, unlock, new)?;
        let mut registers = Registers::create(folder, anchor, keystore.master())?;
        let roster = Roster::create(folder, keystore.master(), &mut registers, staff, UnixTime(new.at))?;
        Ok(Self::new(keystore, registers, roster, clock))
    }

    /// Opens what [`Module::create`] made.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(
        folder: &Path,
        anchor: &Path,
        unlock: &Secret,
        clock: fn() -> UnixTime,
    ) -> Result<Self, OpenError> {
        let keystore = Keystore::open(folder, unlock)?;
        let mut registers = Registers::open(folder, anchor, keystore.master())?;
        let roster = Roster::open(folder, keystore.master(), &mut registers)?;
        Ok(Self::new(keystore, registers, roster, clock))
    }

    fn new(keystore: Keystore, registers: Registers, roster: Roster, clock: fn() -> UnixTime) -> Self {
        let records = keystore.master().derive(Purpose::Records);
        let passwords = keystore.master().password_key();
        let (registers, busy) = (Mutex::new(registers), Mutex::default());
        Self { keystore, records, passwords, registers, roster, busy, clock }
    }

    /// How many appointments there were, and the staff that they left.
    #[must_use]
    pub fn staff(&self) -> (u64, Arc<Staff>) {
        let standing = self.roster.now();
        (standing.number, standing.staff)
    }

    /// The staff with what is on record of it.
    #[must_use]
    pub fn staff_list(&self) -> StaffList {
        let Standing { number, staff, events, last_event, .. } = self.roster.now();
        let members = staff.members().cloned().collect();
        StaffList { number, members, events, last_event: last_event.into() }
    }

    /// Carries out an appointment and says who signed it.
    ///
    /// # Errors
    /// [`Failure::Appointment`], [`Failure::Registers`].
    pub fn appoint(&self, appointment: &[u8]) -> Result<String, Failure> {
        let appointed = self.roster.appoint(appointment, (self.clock)(), &mut lock(&self.registers));
        appointed.map_err(|error| match error {
            RosterError::Appointment(error) => Failure::Appointment(error.to_string()),
            other => Failure::Registers(other.to_string()),
        })
    }

    /// Puts on record what the server says that it refused without any transaction. The same again is on record already.
    ///
    /// # Errors
    /// [`Failure::Call`] for what is too large or says nothing, [`Failure::Registers`].
    pub fn record_refusals(&self, seen: RefusalsSeen) -> Result<(), Failure> {
        seen.check()
            .map_err(|reason| Failure::Call(format!("the report of refusals is refused: {reason}")))?;
        let recorded = self.roster.record(seen, (self.clock)(), &mut lock(&self.registers));
        recorded.map_err(|error| Failure::Registers(error.to_string()))
    }

    /// Bytes of an unfinished write that were cut off when the registers were opened.
    #[must_use]
    pub fn torn_bytes(&self) -> u64 {
        lock(&self.registers).torn_bytes()
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
        // One place is the staff's.
        (registers.len().saturating_sub(1) as u64, registers.epoch())
    }

    /// Lets the epoch of registers and anchor grow.
    ///
    /// # Errors
    /// When a file can't be written.
    pub fn advance_epoch(&self) -> Result<(), RegistersError> {
        lock(&self.registers).advance_epoch()
    }

    /// Makes a device: a key of its own, certified by the issuer key; registers at zero.
    ///
    /// A device that was made but never used can be made again: its first record may have been lost on the way.
    ///
    /// # Errors
    /// [`Failure::Call`] for an opening that no provider signed, an id that is in use or a description that makes no sense,
    /// [`Failure::Registers`].
    pub fn create_device(&self, opening: &[u8]) -> Result<Created, Failure> {
        let refused =
            |reason: &dyn std::fmt::Display| Failure::Call(format!("the opening is refused: {reason}"));
        let (new, who) =
            NewDevice::open(opening, &self.roster.now().staff).map_err(|error| refused(&error))?;
        if new.id() == roster::PLACE {
            return Err(refused(&"no device has the number 0"));
        }
        if new.at().0 > (self.clock)().0.saturating_add(CLOCK_SKEW) {
            return Err(refused(&"it is dated in the future"));
        }
        if !self.keystore.may_certify(new.at(), new.key_expires()) {
            return Err(refused(&"its key would be used when the issuer's certificate doesn't hold"));
        }
        people::check(&new.users, &new.askers).map_err(|reason| refused(&reason))?;
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
        let mut device = Device {
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
            state: DeviceState::New,
            limits: new.limits,
            today: DayUse::default(),
            last_order: 0,
            account: new.account.clone(),
            askers: new.askers.iter().map(|(user, credential)| AskerKey::new(user, credential)).collect(),
            events: EventChain::default(),
            people: People::default(),
        };
        let owners = new.users.iter().filter(|user| user.role == Role::Owner);
        let owners: Vec<&str> = owners.map(|user| user.name.as_str()).collect();
        let opened = device.events.add(new.at().0, who, None, What::Opened(owners.join(", ")));
        let record = device.seal(&self.records);
        let register = Register {
            sequence: 0,
            record: record.digest().short(),
            request: Digest::of(&[]).short(),
            control_total: 0,
        };
        registers.commit(&[(device.id, register)]).map_err(|error| Failure::Registers(error.to_string()))?;
        Ok(Created { record: record.into_bytes().into(), events: vec![opened.into()] })
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
            events: device.events,
            sessions: device.sessions(),
            people: device.people.shown().collect(),
            passkeys: device.people.passkeys().collect(),
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

    /// Signs a trust bundle with the certificates of the devices whose records are given, and says which of them are revoked.
    ///
    /// # Errors
    /// [`Failure::Call`] for a record that doesn't open.
    pub fn bundle(&self, records: &[&[u8]], at: UnixTime, expires: UnixTime) -> Result<Vec<u8>, Failure> {
        let (mut certificates, mut revoked) = (Vec::with_capacity(records.len()), Vec::new());
        for record in records {
            let device =
                SealedRecord::from_bytes(record.to_vec()).and_then(|sealed| sealed.open(&self.records));
            let device = device.map_err(|error| Failure::Call(error.to_string()))?;
            if device.state == DeviceState::Revoked {
                let certificate = Certificate::decode(&device.certificate);
                let certificate = certificate.map_err(|error| Failure::Call(error.to_string()))?;
                revoked.push(certificate.claims().key.key_id());
            }
            certificates.push(device.certificate);
        }
        Ok(self.keystore.sign_bundle(&certificates, &revoked.into_iter().collect(), at, expires))
    }

    /// Signs a status snapshot, full or delta. That it is one of this issuer, and none of a time to come, is all that can
    /// be checked here: what was redeemed only the books know.
    ///
    /// # Errors
    /// [`Failure::Call`].
    pub fn status(&self, claims: &[u8]) -> Result<Vec<u8>, Failure> {
        let claims = StatusClaims::decode(claims).map_err(|error| Failure::Call(error.to_string()))?;
        let (at, now) = (claims.at(), (self.clock)());
        if at > now {
            return Err(Failure::Call(format!("the status snapshot is of {at}, and it is {now}")));
        }
        if claims.issuer() != self.keystore.issuer() {
            return Err(Failure::Call(format!("the status snapshot is of {}", claims.issuer())));
        }
        Ok(self.keystore.sign_status(&claims))
    }
}
