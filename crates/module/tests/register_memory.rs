//! The registers of a million devices fit into 200 MB, also while they are opened. A test file of its own, since it
//! measures its whole process.

use indicia::DeviceId;
use module::registers::{Register, Registers};
use module::sealing::{Digest, MasterKey};

const DEVICES: u32 = 1_000_000;
const MOST_MEGABYTES: u64 = 200;

fn register(device: u32, sequence: u64) -> Register {
    let digest = Digest::of(&device.to_be_bytes()).short();
    Register { sequence, record: digest, request: digest, control_total: u64::from(device) }
}

/// The most memory that this process ever had.
fn peak_megabytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    let kilobytes: u64 = line.split_whitespace().next().expect("a number").parse().expect("one");
    kilobytes / 1024
}

#[test]
fn a_million_devices_fit_into_200_megabytes() {
    let folder = tempfile::tempdir().expect("a folder");
    let module = folder.path().join("module");
    std::fs::create_dir(&module).expect("a folder in it");
    let (anchor, master) = (folder.path().join("anchor"), MasterKey::generate().expect("randomness"));

    let mut registers = Registers::create(&module, &anchor, &master).expect("new registers");
    // Twice over, and in an order that isn't the devices': so that the file has been compacted in between.
    for sequence in 0..2 {
        for first in 0..DEVICES / 10_000 {
            let devices = (0..10_000).map(|place| place * (DEVICES / 10_000) + first);
            let changes: Vec<_> =
                devices.map(|device| (DeviceId(device), register(device, sequence))).collect();
            registers.commit(&changes).expect("a commit");
        }
    }
    drop(registers);
    let registers = Registers::open(&module, &anchor, &master).expect("the same registers");
    assert_eq!(registers.len(), DEVICES as usize);
    for device in (0..DEVICES).step_by(9_973) {
        assert_eq!(registers.get(DeviceId(device)), Some(&register(device, 1)));
    }
    let peak = peak_megabytes();
    println!("{peak} MB at most");
    assert!(peak <= MOST_MEGABYTES, "{peak} MB");
}
