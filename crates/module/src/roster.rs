//! The staff as a module keeps it: sealed in its folder, and remembered in its registers as devices are, so that an earlier
//! one can't be put back.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use indicia::{DeviceId, UnixTime};
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use thiserror::Error;

use crate::appointment::{Appointment, AppointmentError};
use crate::event::{EventChain, What};
use crate::keystore::{KeystoreError, write_new};
use crate::refusals_seen::RefusalsSeen;
use crate::registers::{Register, Registers, RegistersError};
use crate::sealing::{Digest, MasterKey, Purpose, SealingKey, ShortDigest};
use crate::staff::{Member, Staff, StaffError};

const NAME: &str = "staff";
const VERSION: u8 = 1;
/// Where the registers remember the staff: no account's device has this id.
pub(crate) const PLACE: DeviceId = DeviceId(0);

/// Why a staff can't be read, made or changed.
#[derive(Debug, Error)]
pub enum RosterError {
    /// A file.
    #[error(transparent)]
    File(#[from] KeystoreError),
    /// The registers.
    #[error(transparent)]
    Registers(#[from] RegistersError),
    /// The people.
    #[error(transparent)]
    Staff(#[from] StaffError),
    /// The appointment.
    #[error("the appointment is refused: {0}")]
    Appointment(#[from] AppointmentError),
    /// Changed, or another module's.
    #[error("the list of the staff {} is damaged or another module's ({reason})", path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// Put back.
    #[error(
        "the list of the staff {} has {list} changes, the module's registers know of {registers}: an earlier list was put back", path.display()
    )]
    PutBack {
        /// Which file.
        path: PathBuf,
        /// Changes of the list.
        list: u64,
        /// Changes that the registers know of.
        registers: u64,
    },
}

/// The content of the file.
#[derive(Encode, Decode)]
struct Listed {
    #[n(0)]
    number: u64,
    #[n(1)]
    members: Vec<Member>,
    /// Digest of the appointment that made it, as the registers keep it.
    #[cbor(n(2), with = "minicbor::bytes")]
    appointment: [u8; 16],
    /// Who signed that.
    #[n(3)]
    who: String,
    /// How far the chain of the staff's events goes.
    #[n(4)]
    events: EventChain,
    /// The last of them: whoever keeps them may have missed it in a crash.
    #[n(5)]
    last_event: ByteVec,
    /// Digest of the last report of refusals; zeros where there was none, and in lists of earlier programs.
    #[cbor(n(6), with = "minicbor::bytes", default)]
    report: [u8; 16],
}

/// The staff of this moment.
#[derive(Debug, Clone)]
pub(crate) struct Standing {
    /// How many appointments there were.
    pub(crate) number: u64,
    /// Whom they left.
    pub(crate) staff: Arc<Staff>,
    /// The last of them, and who signed it.
    last: (ShortDigest, String),
    /// How far the chain of the staff's events goes.
    pub(crate) events: EventChain,
    /// The last of them, as it is kept.
    pub(crate) last_event: Vec<u8>,
    /// The last report of refusals.
    report: ShortDigest,
}

/// The staff of this moment, and where it is kept.
#[derive(Debug)]
pub(crate) struct Roster {
    path: PathBuf,
    key: SealingKey,
    now: RwLock<Standing>,
}

impl Roster {
    /// Makes the first list in a folder.
    pub(crate) fn create(
        folder: &Path,
        master: &MasterKey,
        registers: &mut Registers,
        staff: Staff,
        at: UnixTime,
    ) -> Result<Self, RosterError> {
        let mut events = EventChain::default();
        let made = What::StaffMade(staff.members().cloned().collect());
        let last_event = events.add(at.0, "the operator".into(), None, made);
        let last = (ShortDigest::default(), String::new());
        let (staff, report) = (Arc::new(staff), ShortDigest::default());
        let first = Standing { number: 0, staff, last, events, last_event, report };
        let roster = Self {
            path: folder.join(NAME),
            key: master.derive(Purpose::Staff),
            now: RwLock::new(first.clone()),
        };
        roster.write(&first, registers)?;
        Ok(roster)
    }

    /// Opens the list of a folder. One that is a step ahead of the registers was written by an appointment or a report that was
    /// cut off: officers signed the one, and the other was told, or the module hadn't sealed it.
    pub(crate) fn open(
        folder: &Path,
        master: &MasterKey,
        registers: &mut Registers,
    ) -> Result<Self, RosterError> {
        let (path, key) = (folder.join(NAME), master.derive(Purpose::Staff));
        let damaged = |reason: &dyn std::fmt::Display| RosterError::Damaged {
            path: path.clone(),
            reason: reason.to_string(),
        };
        let sealed = std::fs::read(&path).map_err(|error| KeystoreError::Io { path: path.clone(), error })?;
        let plain = key.open([0; 12], &[VERSION], &sealed).map_err(|error| damaged(&error))?;
        let listed: Listed = minicbor::decode(&plain).map_err(|error| damaged(&error))?;
        let step = step(&listed.events);
        let register = register(step, &sealed, ShortDigest(listed.appointment));
        let known = registers.get(PLACE).cloned();
        let at = known.as_ref().map_or(0, |known| known.sequence);
        if known.as_ref() != Some(&register) {
            if known.is_some() && step != at + 1 {
                return Err(RosterError::PutBack { path, list: step, registers: at });
            }
            registers.commit(&[(PLACE, register)])?;
        }
        let standing = Standing {
            number: listed.number,
            staff: Arc::new(Staff::new(listed.members)?),
            last: (ShortDigest(listed.appointment), listed.who),
            events: listed.events,
            last_event: listed.last_event.into(),
            report: ShortDigest(listed.report),
        };
        Ok(Self { path, key, now: RwLock::new(standing) })
    }

    /// The staff of this moment.
    pub(crate) fn now(&self) -> Standing {
        // Only whole values are put here.
        self.now.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Carries out an appointment now, once, and says who signed it. The registers must be the module's alone meanwhile.
    pub(crate) fn appoint(
        &self,
        appointment: &[u8],
        at: UnixTime,
        registers: &mut Registers,
    ) -> Result<String, RosterError> {
        let before = self.now();
        let digest = Digest::of(appointment).short();
        if before.number > 0 && before.last.0 == digest {
            return Ok(before.last.1);
        }
        let (staff, who, said) = Appointment::follow(appointment, &before.staff, before.number)?;
        let mut events = before.events;
        let what = What::StaffChanged { change: said.change, reason: said.reason };
        let last_event = events.add(at.0, who.clone(), None, what);
        let after = Standing {
            number: before.number + 1,
            staff: Arc::new(staff),
            last: (digest, who.clone()),
            events,
            last_event,
            report: before.report,
        };
        self.put(after, registers)?;
        Ok(who)
    }

    /// Puts on record what was refused without any transaction, once: the last report is what is told again after a lost answer,
    /// and somebody may have been appointed since. The registers must be the module's alone meanwhile.
    pub(crate) fn record(
        &self,
        seen: RefusalsSeen,
        at: UnixTime,
        registers: &mut Registers,
    ) -> Result<(), RosterError> {
        let before = self.now();
        let report = Digest::of(&crate::wire::encode(&seen)).short();
        if before.report == report {
            return Ok(());
        }
        let mut events = before.events;
        let last_event = events.add(at.0, "the server".into(), None, What::RefusalsSeen(seen));
        self.put(Standing { events, last_event, report, ..before }, registers)
    }

    fn put(&self, after: Standing, registers: &mut Registers) -> Result<(), RosterError> {
        self.write(&after, registers)?;
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = after;
        Ok(())
    }

    /// The file first: a crash then leaves it one step ahead.
    fn write(&self, standing: &Standing, registers: &mut Registers) -> Result<(), RosterError> {
        let (appointment, who) = standing.last.clone();
        let members = standing.staff.members().cloned().collect();
        let listed = Listed {
            number: standing.number,
            members,
            appointment: appointment.0,
            who,
            events: standing.events,
            last_event: standing.last_event.clone().into(),
            report: standing.report.0,
        };
        let sealed = self.key.seal([0; 12], &[VERSION], &crate::wire::encode(&listed));
        write_new(&self.path, &sealed)?;
        crash_point::crash_point!("module-staff-written");
        registers.commit(&[(PLACE, register(step(&standing.events), &sealed, appointment))])?;
        Ok(())
    }
}

/// How often the list was written since it was made: each time with one event more.
fn step(events: &EventChain) -> u64 {
    events.count.saturating_sub(1)
}

fn register(step: u64, sealed: &[u8], appointment: ShortDigest) -> Register {
    Register { sequence: step, record: Digest::of(sealed).short(), request: appointment, control_total: 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_that_knows_of_no_reports_is_read() {
        let listed = Listed {
            number: 7,
            members: Vec::new(),
            appointment: [1; 16],
            who: "ann and ben".into(),
            events: EventChain::default(),
            last_event: vec![2; 3].into(),
            report: [3; 16],
        };
        let mut earlier = crate::wire::encode(&listed);
        // An array of one element less: without the digest and its head.
        earlier[0] -= 1;
        earlier.truncate(earlier.len() - 17);
        let read: Listed = minicbor::decode(&earlier).expect("a list");
        assert_eq!((read.number, read.last_event.to_vec(), read.report), (7, vec![2; 3], [0; 16]));
    }
}
