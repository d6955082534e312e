//! The anchor: a small file away from the registers that remembers how far they were.
//!
//! Two slots of 64 bytes are written in turn, each with a tag; the higher epoch counts. One slot may be torn by a
//! crash, and then the other is one behind, which the registers' own rule allows for.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::RegistersError;
use crate::sealing::{MasterKey, Purpose, SealingKey};

const SLOT: usize = 64;
/// Bytes of an anchor.
pub const BYTES: usize = 2 * SLOT;
const CONTENT: usize = 8;
const TAGGED: usize = CONTENT + 16;

/// The open anchor. The file is opened before the process is locked in and stays open.
#[derive(Debug)]
pub(super) struct Anchor {
    path: PathBuf,
    file: File,
    key: SealingKey,
    epoch: u64,
}

impl Anchor {
    pub(super) fn create(path: &Path, id: [u8; 16], master: &MasterKey) -> Result<Self, RegistersError> {
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create(true).truncate(false).mode(0o600).open(path);
        let file = file.map_err(|error| io_error(path, error))?;
        if !is_blank(&file).map_err(|error| io_error(path, error))? {
            return Err(io_error(path, io::ErrorKind::AlreadyExists.into()));
        }
        let key = master.derive_bound(Purpose::Anchor, &id);
        let mut anchor = Self { path: path.to_owned(), file, key, epoch: 0 };
        anchor.advance(0)?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let synced = File::open(folder).and_then(|folder| folder.sync_all());
        synced.map_err(|error| io_error(path, error))?;
        Ok(anchor)
    }

    pub(super) fn open(path: &Path, id: [u8; 16], master: &MasterKey) -> Result<Self, RegistersError> {
        let problem = |problem| RegistersError::Anchor { path: path.to_owned(), problem };
        let file =
            OpenOptions::new().read(true).write(true).open(path).map_err(|error| match error.kind() {
                io::ErrorKind::NotFound => problem("missing"),
                _ => io_error(path, error),
            })?;
        let key = master.derive_bound(Purpose::Anchor, &id);
        let epochs = (0..2).filter_map(|slot| read_slot(&file, &key, slot));
        let epoch = epochs.max().ok_or_else(|| problem("damaged or another module's"))?;
        Ok(Self { path: path.to_owned(), file, key, epoch })
    }

    pub(super) fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Writes a later epoch into the slot that doesn't hold the present one.
    pub(super) fn advance(&mut self, epoch: u64) -> Result<(), RegistersError> {
        let slot = epoch % 2;
        let mut bytes = [0; SLOT];
        bytes[..CONTENT].copy_from_slice(&epoch.to_be_bytes());
        let tag = self.key.seal(nonce(epoch), &bytes[..CONTENT], &[]);
        bytes[CONTENT..TAGGED].copy_from_slice(&tag);
        let written = self.file.write_all_at(&bytes, slot * SLOT as u64).and_then(|()| self.file.sync_data());
        written.map_err(|error| io_error(&self.path, error))?;
        self.epoch = epoch;
        Ok(())
    }
}

/// Whether nobody's epoch is in it.
fn is_blank(file: &File) -> io::Result<bool> {
    let mut slots = Vec::with_capacity(BYTES);
    file.take(BYTES as u64).read_to_end(&mut slots)?;
    Ok(slots.iter().all(|byte| *byte == 0) && (slots.is_empty() || slots.len() == BYTES))
}

fn read_slot(file: &File, key: &SealingKey, slot: u64) -> Option<u64> {
    let mut bytes = [0; SLOT];
    file.read_exact_at(&mut bytes, slot * SLOT as u64).ok()?;
    let epoch = u64::from_be_bytes(bytes[..CONTENT].try_into().ok()?);
    key.open(nonce(epoch), &bytes[..CONTENT], &bytes[CONTENT..TAGGED]).ok()?;
    (epoch % 2 == slot && bytes[TAGGED..].iter().all(|byte| *byte == 0)).then_some(epoch)
}

fn nonce(epoch: u64) -> [u8; 12] {
    let mut nonce = [0; 12];
    nonce[4..].copy_from_slice(&epoch.to_be_bytes());
    nonce
}

fn io_error(path: &Path, error: io::Error) -> RegistersError {
    RegistersError::Io { path: path.to_owned(), error }
}
