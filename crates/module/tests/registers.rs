//! The registers against damage, rollback and crashes.

use std::path::{Path, PathBuf};

use indicia::DeviceId;
use module::registers::{ANCHOR_BYTES, Register, Registers, RegistersError};
use module::sealing::{Digest, MasterKey};

struct Place {
    folder: tempfile::TempDir,
    master: MasterKey,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("module")).expect("a folder in it");
        Self { folder, master: MasterKey::generate().expect("randomness") }
    }

    fn module(&self) -> PathBuf {
        self.folder.path().join("module")
    }

    fn file(&self) -> PathBuf {
        self.module().join("registers")
    }

    fn anchor(&self) -> PathBuf {
        self.folder.path().join("anchor")
    }

    fn create(&self) -> Registers {
        Registers::create(&self.module(), &self.anchor(), &self.master).expect("new registers")
    }

    fn open(&self) -> Result<Registers, RegistersError> {
        Registers::open(&self.module(), &self.anchor(), &self.master)
    }
}

fn register(sequence: u64) -> Register {
    let digest = Digest::of(&sequence.to_be_bytes()).short();
    Register { sequence, record: digest, request: digest, control_total: sequence * 10 }
}

fn write(path: &Path, bytes: &[u8]) {
    std::fs::write(path, bytes).expect("a written file");
}

#[test]
fn what_was_committed_is_there_after_opening_again() {
    let place = Place::new();
    let mut registers = place.create();
    for (sequence, device) in (1..20).zip(2..) {
        let changes = [(DeviceId(1), register(sequence)), (DeviceId(device), register(1))];
        registers.commit(&changes).expect("a commit");
    }
    drop(registers);
    let registers = place.open().expect("the same registers");
    assert_eq!(registers.get(DeviceId(1)), Some(&register(19)));
    assert_eq!(registers.len(), 20);
    assert_eq!(registers.torn_bytes(), 0);
    assert_eq!(registers.get(DeviceId(99)), None);
}

#[test]
fn an_anchor_is_made_where_a_blank_one_stands_and_in_no_other_file() {
    let place = Place::new();
    let blank = [&[0; ANCHOR_BYTES][..], b"its maker's mark"].concat();
    let mut used = blank.clone();
    used[ANCHOR_BYTES - 1] = 1;
    for other in [&used[..], &blank[..ANCHOR_BYTES - 1], b"letters"] {
        write(&place.anchor(), other);
        let refused = Registers::create(&place.module(), &place.anchor(), &place.master);
        assert!(matches!(refused, Err(RegistersError::Io { path, .. }) if path == place.anchor()));
        assert_eq!(std::fs::read(place.anchor()).expect("it"), other);
        std::fs::remove_file(place.file()).expect("a register file");
    }
    write(&place.anchor(), &blank);
    drop(place.create());
    assert!(std::fs::read(place.anchor()).expect("it").ends_with(b"its maker's mark"));
    place.open().expect("the same registers");
}

#[test]
fn every_flipped_bit_is_refused() {
    let place = Place::new();
    let mut registers = place.create();
    registers.commit(&[(DeviceId(7), register(3))]).expect("a commit");
    drop(registers);
    let (whole, anchor) =
        (std::fs::read(place.file()).expect("the file"), std::fs::read(place.anchor()).expect("it"));
    for bit in 0..whole.len() * 8 {
        let mut changed = whole.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        write(&place.file(), &changed);
        assert!(place.open().is_err(), "bit {bit} of {}", whole.len() * 8);
    }
    write(&place.file(), &whole);
    write(&place.anchor(), &anchor);
    assert!(place.open().is_ok());
}

#[test]
fn a_torn_end_is_cut_off_and_what_was_synced_before_is_kept() {
    let place = Place::new();
    let mut registers = place.create();
    registers.commit(&[(DeviceId(1), register(1))]).expect("a commit");
    let synced = std::fs::read(place.file()).expect("the file").len();
    registers.commit(&[(DeviceId(1), register(2))]).expect("a commit");
    drop(registers);
    let (whole, anchor) =
        (std::fs::read(place.file()).expect("the file"), std::fs::read(place.anchor()).expect("it"));
    for length in synced + 1..whole.len() {
        write(&place.file(), &whole[..length]);
        write(&place.anchor(), &anchor);
        let registers = place.open().expect("registers without the torn end");
        assert_eq!(registers.get(DeviceId(1)), Some(&register(1)));
        assert_eq!(registers.torn_bytes(), (length - synced) as u64);
    }
}

#[test]
fn an_earlier_register_file_is_refused_by_its_anchor() {
    let place = Place::new();
    drop(place.create());
    let earlier = std::fs::read(place.file()).expect("the file");
    drop(place.open().expect("a second epoch"));
    write(&place.file(), &earlier);
    assert!(matches!(place.open(), Err(RegistersError::OlderThanAnchor { registers: 1, anchor: 2 })));
}

#[test]
fn an_earlier_or_missing_anchor_is_refused() {
    let place = Place::new();
    drop(place.create());
    let earlier = std::fs::read(place.anchor()).expect("the anchor");
    drop(place.open().expect("a second epoch"));
    drop(place.open().expect("a third epoch"));
    write(&place.anchor(), &earlier);
    assert!(matches!(place.open(), Err(RegistersError::AnchorOlder { .. })));
    std::fs::remove_file(place.anchor()).expect("a removed file");
    assert!(matches!(place.open(), Err(RegistersError::Anchor { .. })));
}

#[test]
fn a_missing_file_and_a_second_user_are_refused() {
    let place = Place::new();
    let registers = place.create();
    assert!(matches!(place.open(), Err(RegistersError::InUse(_))));
    drop(registers);
    std::fs::remove_file(place.file()).expect("a removed file");
    assert!(matches!(place.open(), Err(RegistersError::Missing(_))));
}

#[test]
fn compaction_keeps_every_device() {
    let place = Place::new();
    let mut registers = place.create();
    let many: Vec<_> = (0..3_000).map(|device| (DeviceId(device), register(1))).collect();
    for _ in 0..60 {
        registers.commit(&many).expect("a commit");
    }
    drop(registers);
    let size = std::fs::metadata(place.file()).expect("the file").len();
    assert!(size < 6_000_000, "60 commits of 150 kB were compacted, the file has {size} bytes");
    let registers = place.open().expect("the same registers");
    assert_eq!(registers.len(), 3_000);
    assert_eq!(registers.get(DeviceId(2_999)), Some(&register(1)));
}
