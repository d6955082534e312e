//! The register file: a header and a chain of sealed blocks, appended and synced one by one.
//!
//! | part | bytes |
//! | --- | --- |
//! | file header | magic 8, file id 16, generation 8, tag 16 |
//! | block header | length of the body 4, tag 16 over length, place and the tag before |
//! | block body | AES-256-GCM-SIV; its last 16 bytes are its tag, to which the next block is chained |
//!
//! The length has a tag of its own, so that a flipped bit in it can't pass for the torn end that a crash leaves.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, BufReader, Read, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use indicia::DeviceId;

use super::{Register, RegistersError};
use crate::sealing::{MasterKey, Purpose, SealingKey, ShortDigest};

const NAME: &str = "registers";
const NEW_NAME: &str = "registers.new";
const MAGIC: &[u8; 8] = b"MINTREG1";
const TAG: usize = 16;
const FILE_HEADER: usize = 8 + 16 + 8 + TAG;
const BLOCK_HEADER: usize = 4 + TAG;
const ENTRY: usize = 4 + 8 + 16 + 16 + 8;
/// Devices of one block of a snapshot.
const SNAPSHOT_BLOCK: usize = 16_384;
/// A log of less than this isn't worth compacting, in bytes.
const LEAST_COMPACTED: u64 = 4 * 1024 * 1024;
/// How long a dying predecessor is waited for.
const LOCK_WAIT: Duration = Duration::from_secs(3);

/// What one block says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Block {
    /// The last transactions of some devices.
    Registers(Vec<(DeviceId, Register)>),
    /// The epoch from here on.
    Epoch(u64),
}

/// The open file.
#[derive(Debug)]
pub(super) struct RegisterFile {
    path: PathBuf,
    file: File,
    id: [u8; 16],
    generation: u64,
    master: SealingRoot,
    key: SealingKey,
    length: u64,
    index: u64,
    chain: [u8; TAG],
    poisoned: bool,
}

/// Derives the key of each generation: nonces are counted within one, so no two generations share a key.
#[derive(Debug)]
struct SealingRoot(MasterKey);

impl SealingRoot {
    fn key(&self, id: &[u8; 16], generation: u64) -> SealingKey {
        self.0.derive_bound(Purpose::Registers, &[id.as_slice(), &generation.to_be_bytes()].concat())
    }
}

impl RegisterFile {
    pub(super) fn create(folder: &Path, master: &MasterKey) -> Result<Self, RegistersError> {
        let path = folder.join(NAME);
        if path.exists() {
            return Err(RegistersError::Exists(path));
        }
        let mut id = [0; 16];
        let no_randomness = |_| io_error(&path, io::Error::other("the system has no randomness"));
        aws_lc_rs::rand::fill(&mut id).map_err(no_randomness)?;
        let master = SealingRoot(MasterKey::from_bytes(master.expose()));
        let made = Self::begin(&path, id, 1, master)?;
        made.lock()?;
        made.sync_all(folder)?;
        Ok(made)
    }

    /// A new file with nothing but its header.
    fn begin(
        path: &Path,
        id: [u8; 16],
        generation: u64,
        master: SealingRoot,
    ) -> Result<Self, RegistersError> {
        let key = master.key(&id, generation);
        let header = file_header(&key, &id, generation);
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create(true).truncate(true).mode(0o600).open(path);
        let mut file = file.map_err(|error| io_error(path, error))?;
        file.write_all(&header).map_err(|error| io_error(path, error))?;
        let chain = last_tag(&header);
        let length = FILE_HEADER as u64;
        let path = path.to_owned();
        Ok(Self { path, file, id, generation, master, key, length, index: 0, chain, poisoned: false })
    }

    /// Opens the file and hands every block over, in order. Also says how many bytes of a torn end were cut off.
    pub(super) fn open(
        folder: &Path,
        master: &MasterKey,
        mut visit: impl FnMut(Block),
    ) -> Result<(Self, u64), RegistersError> {
        let path = folder.join(NAME);
        let file =
            OpenOptions::new().read(true).write(true).open(&path).map_err(|error| match error.kind() {
                io::ErrorKind::NotFound => RegistersError::Missing(path.clone()),
                _ => io_error(&path, error),
            })?;
        let master = SealingRoot(MasterKey::from_bytes(master.expose()));
        lock(&file, &path)?;
        let io = |error| io_error(&path, error);
        let total = file.metadata().map_err(io)?.len();
        // Block by block: a file is several times as large as the registers in it.
        let mut blocks = BufReader::new(file.try_clone().map_err(io)?);
        let header = read_up_to(&mut blocks, FILE_HEADER).map_err(io)?;
        let (id, generation, key) = read_file_header(&header, &master, &path)?;
        let chain = last_tag(&header);
        let length = FILE_HEADER as u64;
        let mut opened =
            Self { path, file, id, generation, master, key, length, index: 0, chain, poisoned: false };
        while let Some(block) = opened.next_block(&mut blocks, total)? {
            visit(block);
        }
        let torn = total - opened.length;
        if torn > 0 {
            opened.file.set_len(opened.length).map_err(|error| io_error(&opened.path, error))?;
        }
        // The name may be the new one of a compaction whose last sync the crash took.
        opened.sync_all(folder)?;
        Ok((opened, torn))
    }

    pub(super) fn id(&self) -> [u8; 16] {
        self.id
    }

    /// Reads the block at the present end; `None` at the end of the file or in a torn last write.
    fn next_block(&mut self, blocks: &mut impl Read, total: u64) -> Result<Option<Block>, RegistersError> {
        let damaged = || RegistersError::Damaged { path: self.path.clone(), offset: self.length };
        let io = |error| io_error(&self.path, error);
        let header = read_up_to(blocks, BLOCK_HEADER).map_err(io)?;
        let Some((length, tag)) = header.split_at_checked(4).filter(|_| header.len() == BLOCK_HEADER) else {
            return Ok(None);
        };
        if self.key.open(self.nonce(1), &self.block_aad(length), tag).is_err() {
            let never_written = is_zero(&header) && rest_is_zero(blocks).map_err(io)?;
            return if never_written { Ok(None) } else { Err(damaged()) };
        }
        // the header has four bytes before its tag
        let length = u32::from_be_bytes(length.try_into().map_err(|_| damaged())?);
        if u64::from(length) > total - self.length - BLOCK_HEADER as u64 {
            return Ok(None);
        }
        let body = read_up_to(blocks, length as usize).map_err(io)?;
        let plain = self.key.open(self.nonce(2), &self.block_aad(&[]), &body).map_err(|_| damaged())?;
        let block = Block::decode(&plain).ok_or_else(damaged)?;
        self.move_on(header.len() + body.len(), last_tag(&body));
        Ok(Some(block))
    }

    fn move_on(&mut self, bytes: usize, tag: [u8; TAG]) {
        self.length += bytes as u64;
        self.index += 1;
        self.chain = tag;
    }

    /// What a block is bound to: its file by the key, its place, and the block before it.
    fn block_aad(&self, length: &[u8]) -> Vec<u8> {
        [self.generation.to_be_bytes().as_slice(), &self.index.to_be_bytes(), &self.chain, length].concat()
    }

    fn nonce(&self, part: u8) -> [u8; 12] {
        nonce(part, self.index)
    }

    /// The sealed form of the next block.
    fn seal(&self, block: &Block) -> Vec<u8> {
        let body = self.key.seal(self.nonce(2), &self.block_aad(&[]), &block.encode());
        // A block is one session's devices or a part of a snapshot, far below 4 GiB.
        let length = u32::try_from(body.len()).unwrap_or(u32::MAX).to_be_bytes();
        let tag = self.key.seal(self.nonce(1), &self.block_aad(&length), &[]);
        [&length, tag.as_slice(), &body].concat()
    }

    /// Appends a block and waits until it is on the disk.
    pub(super) fn append(&mut self, block: &Block) -> Result<(), RegistersError> {
        self.write(block)?;
        crash_point::crash_point!("module-register-written");
        if let Err(error) = self.file.sync_data() {
            // What a failed sync has written is unknown, and asking again doesn't tell.
            self.poisoned = true;
            return Err(io_error(&self.path, error));
        }
        Ok(())
    }

    fn write(&mut self, block: &Block) -> Result<(), RegistersError> {
        if self.poisoned {
            return Err(RegistersError::Poisoned);
        }
        let bytes = self.seal(block);
        if let Err(error) = self.file.write_all_at(&bytes, self.length) {
            // Nothing of it may stay: the next block goes to the same place.
            self.poisoned = self.file.set_len(self.length).is_err();
            return Err(io_error(&self.path, error));
        }
        self.move_on(bytes.len(), last_tag(&bytes));
        Ok(())
    }

    /// Whether so much was appended that a snapshot would be much smaller.
    pub(super) fn wants_compaction(&self, devices: usize) -> bool {
        self.length > LEAST_COMPACTED.max(3 * (devices * ENTRY) as u64)
    }

    /// Replaces the file by a snapshot: written beside it, synced, renamed over it.
    pub(super) fn compact(
        &mut self,
        epoch: u64,
        devices: &BTreeMap<DeviceId, Register>,
    ) -> Result<(), RegistersError> {
        let folder = self.path.parent().unwrap_or(Path::new(".")).to_owned();
        let path = folder.join(NEW_NAME);
        let master = SealingRoot(MasterKey::from_bytes(self.master.0.expose()));
        let mut new = Self::begin(&path, self.id, self.generation + 1, master)?;
        new.lock()?;
        new.write(&Block::Epoch(epoch))?;
        let mut entries = devices.iter().map(|(device, register)| (*device, register.clone())).peekable();
        while entries.peek().is_some() {
            new.write(&Block::Registers(entries.by_ref().take(SNAPSHOT_BLOCK).collect()))?;
        }
        new.file.sync_all().map_err(|error| io_error(&path, error))?;
        crash_point::crash_point!("module-compacted");
        std::fs::rename(&path, &self.path).map_err(|error| io_error(&path, error))?;
        crash_point::crash_point!("module-compaction-renamed");
        new.path.clone_from(&self.path);
        *self = new;
        self.sync_all(&folder).inspect_err(|_| self.poisoned = true)
    }

    fn lock(&self) -> Result<(), RegistersError> {
        lock(&self.file, &self.path)
    }

    fn sync_all(&self, folder: &Path) -> Result<(), RegistersError> {
        let synced = self.file.sync_all().and_then(|()| File::open(folder)?.sync_all());
        synced.map_err(|error| io_error(&self.path, error))
    }
}

/// Takes the file for this process alone, waiting a little for one that is just ending.
fn lock(file: &File, path: &Path) -> Result<(), RegistersError> {
    let began = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) if began.elapsed() < LOCK_WAIT => {
                std::thread::sleep(Duration::from_millis(20));
            }
            Err(TryLockError::WouldBlock) => return Err(RegistersError::InUse(path.to_owned())),
            Err(TryLockError::Error(error)) => return Err(io_error(path, error)),
        }
    }
}

fn nonce(part: u8, index: u64) -> [u8; 12] {
    let mut nonce = [0; 12];
    nonce[0] = part;
    nonce[4..].copy_from_slice(&index.to_be_bytes());
    nonce
}

fn file_header(key: &SealingKey, id: &[u8; 16], generation: u64) -> Vec<u8> {
    let mut header = [MAGIC.as_slice(), id, &generation.to_be_bytes()].concat();
    let tag = key.seal(nonce(0, 0), &header, &[]);
    header.extend_from_slice(&tag);
    header
}

fn read_file_header(
    bytes: &[u8],
    master: &SealingRoot,
    path: &Path,
) -> Result<([u8; 16], u64, SealingKey), RegistersError> {
    let damaged = || RegistersError::Damaged { path: path.to_owned(), offset: 0 };
    let header = bytes.get(..FILE_HEADER).ok_or_else(damaged)?;
    if header[..7] == MAGIC[..7] && header[7] > MAGIC[7] && header[7].is_ascii_digit() {
        return Err(RegistersError::NewerVersion(path.to_owned()));
    }
    let id: [u8; 16] = header[8..24].try_into().map_err(|_| damaged())?;
    let generation = u64::from_be_bytes(header[24..32].try_into().map_err(|_| damaged())?);
    let key = master.key(&id, generation);
    if file_header(&key, &id, generation) == header { Ok((id, generation, key)) } else { Err(damaged()) }
}

/// So many bytes, or as many as there are.
fn read_up_to(from: &mut impl Read, count: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(count);
    from.take(count as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn is_zero(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == 0)
}

/// Whether nothing but zeros follows.
fn rest_is_zero(from: &mut impl Read) -> io::Result<bool> {
    loop {
        let bytes = read_up_to(from, 64 * 1024)?;
        if bytes.is_empty() || !is_zero(&bytes) {
            return Ok(bytes.is_empty());
        }
    }
}

/// The last 16 bytes of a sealed part.
fn last_tag(sealed: &[u8]) -> [u8; TAG] {
    let mut tag = [0; TAG];
    tag.copy_from_slice(&sealed[sealed.len() - TAG..]);
    tag
}

fn io_error(path: &Path, error: io::Error) -> RegistersError {
    RegistersError::Io { path: path.to_owned(), error }
}

impl Block {
    fn encode(&self) -> Vec<u8> {
        match self {
            Self::Epoch(epoch) => [&[1], epoch.to_be_bytes().as_slice()].concat(),
            Self::Registers(entries) => {
                let mut bytes = Vec::with_capacity(1 + entries.len() * ENTRY);
                bytes.push(0);
                for (device, register) in entries {
                    bytes.extend_from_slice(&device.0.to_be_bytes());
                    bytes.extend_from_slice(&register.sequence.to_be_bytes());
                    bytes.extend_from_slice(&register.record.0);
                    bytes.extend_from_slice(&register.request.0);
                    bytes.extend_from_slice(&register.control_total.to_be_bytes());
                }
                bytes
            }
        }
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (kind, rest) = bytes.split_first()?;
        match kind {
            0 => {
                let (entries, []) = rest.as_chunks::<ENTRY>() else { return None };
                Some(Self::Registers(entries.iter().map(decode_entry).collect::<Option<_>>()?))
            }
            1 => Some(Self::Epoch(u64::from_be_bytes(rest.try_into().ok()?))),
            _ => None,
        }
    }
}

fn decode_entry(entry: &[u8; ENTRY]) -> Option<(DeviceId, Register)> {
    let (device, rest) = entry.split_first_chunk::<4>()?;
    let (sequence, rest) = rest.split_first_chunk::<8>()?;
    let (record, rest) = rest.split_first_chunk::<16>()?;
    let (request, rest) = rest.split_first_chunk::<16>()?;
    let register = Register {
        sequence: u64::from_be_bytes(*sequence),
        record: ShortDigest(*record),
        request: ShortDigest(*request),
        control_total: u64::from_be_bytes(rest.try_into().ok()?),
    };
    Some((DeviceId(u32::from_be_bytes(*device)), register))
}
