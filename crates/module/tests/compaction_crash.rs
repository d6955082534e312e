//! A register file that is killed with SIGKILL in the midst of its compaction keeps every device.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use indicia::DeviceId;
use module::registers::{Register, Registers};
use module::sealing::{Digest, MasterKey};

/// Set in the program that is killed: the folder.
const FOLDER: &str = "MINTAGE_COMPACTION";
const DEVICES: u32 = 3_000;

fn register(device: u32, sequence: u64) -> Register {
    let digest = Digest::of(&device.to_be_bytes()).short();
    Register { sequence, record: digest, request: digest, control_total: sequence }
}

fn master() -> MasterKey {
    MasterKey::from_bytes(&[7; 32])
}

fn places(folder: &Path) -> (PathBuf, PathBuf) {
    (folder.join("module"), folder.join("anchor"))
}

/// Not a test, but the program that the test kills: it commits until it is compacted.
#[test]
fn commit_until_killed() {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else { return };
    let (module, anchor) = places(&folder);
    let mut registers = Registers::open(&module, &anchor, &master()).expect("registers");
    for sequence in 1.. {
        let changes: Vec<_> =
            (0..DEVICES).map(|device| (DeviceId(device), register(device, sequence))).collect();
        registers.commit(&changes).expect("a commit");
        println!("\ncommitted {sequence}");
    }
}

#[test]
fn killed_in_its_compaction_the_file_keeps_every_device() {
    if cfg!(not(feature = "crash-points")) {
        println!("left out: needs the feature crash-points");
        return;
    }
    for point in ["module-compacted", "module-compaction-renamed"] {
        let folder = tempfile::tempdir().expect("a folder");
        let (module, anchor) = places(folder.path());
        std::fs::create_dir(&module).expect("a folder in it");
        drop(Registers::create(&module, &anchor, &master()).expect("new registers"));

        let mut command = Command::new(std::env::current_exe().expect("this program"));
        command.args(["--exact", "commit_until_killed", "--nocapture"]);
        command.env(FOLDER, folder.path()).env("MINTAGE_CRASH_POINT", point);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program");
        let said = BufReader::new(child.stderr.take().expect("its errors")).lines();
        assert!(said.map_while(Result::ok).any(|line| line == format!("crash-point {point}")), "{point}");
        child.kill().expect("a killed program");
        child.wait().expect("its end");
        let lines = BufReader::new(child.stdout.take().expect("its output")).lines().map_while(Result::ok);
        let last = lines.filter_map(|line| line.strip_prefix("committed ")?.parse::<u64>().ok()).last();
        let last = last.expect("a commit");

        let mut registers = Registers::open(&module, &anchor, &master()).expect("the same registers");
        // The commit that brought the compaction about was durable before it, but not yet acknowledged.
        for device in 0..DEVICES {
            assert_eq!(registers.get(DeviceId(device)), Some(&register(device, last + 1)), "{point}");
        }
        registers.commit(&[(DeviceId(1), register(1, last + 2))]).expect("a commit");
        drop(registers);
        let registers = Registers::open(&module, &anchor, &master()).expect("the same registers");
        assert_eq!(registers.get(DeviceId(1)), Some(&register(1, last + 2)), "{point}");
    }
}
