//! The module's own durable memory of each device's last transaction (requirement R3).

mod anchor;
mod file;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use indicia::DeviceId;
use thiserror::Error;

use crate::sealing::{MasterKey, ShortDigest};
use anchor::Anchor;
pub use anchor::BYTES as ANCHOR_BYTES;
use file::{Block, RegisterFile};

/// What is remembered of one device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Register {
    /// How many transactions it has made.
    pub sequence: u64,
    /// Digest of its record after the last.
    pub record: ShortDigest,
    /// Digest of the last transaction's request.
    pub request: ShortDigest,
    /// Ascending + descending after it, in units.
    pub control_total: u64,
}

/// Why registers can't be used. Each says what to do.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RegistersError {
    /// Another module has them.
    #[error("another module uses the register file {}; stop it first", .0.display())]
    InUse(PathBuf),
    /// Not there.
    #[error("the register file {} is missing; without it nobody knows which device records are the last: bring it back from this machine, not from a backup", .0.display())]
    Missing(PathBuf),
    /// There already.
    #[error("there is a register file {} already", .0.display())]
    Exists(PathBuf),
    /// Changed.
    #[error("the register file {} was changed at byte {offset}; the module refuses to start on it", path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// Start of the part that doesn't open.
        offset: u64,
    },
    /// Of a newer program.
    #[error("the register file {} was written by a newer version", .0.display())]
    NewerVersion(PathBuf),
    /// Put back.
    #[error(
        "the register file is of epoch {registers}, but its anchor has seen epoch {anchor}: an earlier register file was put back"
    )]
    OlderThanAnchor {
        /// Epoch of the file.
        registers: u64,
        /// Epoch of the anchor.
        anchor: u64,
    },
    /// The anchor was put back.
    #[error(
        "the anchor is of epoch {anchor}, the register file of epoch {registers}: an earlier anchor was put back"
    )]
    AnchorOlder {
        /// Epoch of the file.
        registers: u64,
        /// Epoch of the anchor.
        anchor: u64,
    },
    /// The anchor is missing, damaged, or another module's.
    #[error("the anchor {} is {problem}; without it the module can't tell whether its registers were put back", path.display())]
    Anchor {
        /// Which file.
        path: PathBuf,
        /// What is the matter with it.
        problem: &'static str,
    },
    /// Reading or writing failed.
    #[error("{}: {error}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        error: io::Error,
    },
    /// An earlier write failed half-way.
    #[error("an earlier write of the register file failed; the module must be started again")]
    Poisoned,
}

/// The registers of all devices, in memory and on disk.
#[derive(Debug)]
pub struct Registers {
    file: RegisterFile,
    anchor: Anchor,
    /// A tree rather than a table: it grows without ever being twice as large.
    devices: BTreeMap<DeviceId, Register>,
    epoch: u64,
    torn_bytes: u64,
}

impl Registers {
    /// Makes empty registers in a folder, and their anchor at a path outside of it, where nothing is or a blank file: what
    /// whoever made that has behind the first [`ANCHOR_BYTES`] stays.
    ///
    /// # Errors
    /// [`RegistersError::Exists`], [`RegistersError::Io`].
    pub fn create(folder: &Path, anchor: &Path, master: &MasterKey) -> Result<Self, RegistersError> {
        let file = RegisterFile::create(folder, master)?;
        let anchor = Anchor::create(anchor, file.id(), master)?;
        crash_point::crash_point!("module-anchor-made");
        let mut registers = Self { file, anchor, devices: BTreeMap::new(), epoch: 0, torn_bytes: 0 };
        registers.advance_epoch()?;
        Ok(registers)
    }

    /// Opens registers, compares them with their anchor, and begins a new epoch.
    ///
    /// # Errors
    /// [`RegistersError`]; nothing is repaired but the unfinished last write of a crash.
    pub fn open(folder: &Path, anchor: &Path, master: &MasterKey) -> Result<Self, RegistersError> {
        let mut devices = BTreeMap::new();
        let mut epoch = 0;
        let (file, torn_bytes) = RegisterFile::open(folder, master, |block| match block {
            Block::Registers(entries) => devices.extend(entries),
            Block::Epoch(number) => epoch = number,
        })?;
        let anchor = Anchor::open(anchor, file.id(), master)?;
        let anchored = anchor.epoch();
        if epoch < anchored {
            return Err(RegistersError::OlderThanAnchor { registers: epoch, anchor: anchored });
        }
        // One ahead is a crash between the two writes of `advance_epoch`.
        if epoch > anchored + 1 {
            return Err(RegistersError::AnchorOlder { registers: epoch, anchor: anchored });
        }
        let mut registers = Self { file, anchor, devices, epoch, torn_bytes };
        registers.advance_epoch()?;
        Ok(registers)
    }

    /// What is remembered of a device.
    #[must_use]
    pub fn get(&self, device: DeviceId) -> Option<&Register> {
        self.devices.get(&device)
    }

    /// Remembers the last transactions of many devices with one sync.
    ///
    /// # Errors
    /// [`RegistersError::Io`]: then nothing is remembered; [`RegistersError::Poisoned`]: nothing ever will be.
    pub fn commit(&mut self, changes: &[(DeviceId, Register)]) -> Result<(), RegistersError> {
        self.file.append(&Block::Registers(changes.to_vec()))?;
        self.devices.extend(changes.iter().cloned());
        if self.file.wants_compaction(self.devices.len()) {
            self.file.compact(self.epoch, &self.devices)?;
        }
        Ok(())
    }

    /// Begins a new epoch: first in the file, then in the anchor, so that a crash between leaves the file ahead.
    ///
    /// # Errors
    /// [`RegistersError`].
    pub fn advance_epoch(&mut self) -> Result<(), RegistersError> {
        // A file that was already ahead is caught up with first.
        if self.epoch > self.anchor.epoch() {
            self.anchor.advance(self.epoch)?;
        }
        self.file.append(&Block::Epoch(self.epoch + 1))?;
        self.epoch += 1;
        self.anchor.advance(self.epoch)
    }

    /// The epoch that file and anchor are in.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// How many devices are remembered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.devices.len()
    }

    /// Whether there is no device yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.devices.is_empty()
    }

    /// Bytes of an unfinished write that were cut off when the file was opened.
    #[must_use]
    pub fn torn_bytes(&self) -> u64 {
        self.torn_bytes
    }
}
