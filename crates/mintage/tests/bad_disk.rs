//! Disks that are full or read-only: below the data, and below the sheets.

mod support;

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use support::Folder;

/// A small file system of its own, which only root can make.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder");
        let mount =
            Command::new("mount").args(["-t", "tmpfs", "-o", "size=6m", "tmpfs"]).arg(folder.path()).output();
        if mount.is_ok_and(|mount| mount.status.success()) {
            return Some(Self(folder));
        }
        println!("left out: a disk that is really full or read-only; making one needs root");
        None
    }

    fn remount(&self, option: &str) {
        let option = format!("remount,{option}");
        let mount = Command::new("mount").args(["-o", &option]).arg(self.0.path()).status();
        assert!(mount.expect("mount").success());
    }

    /// Takes all room there is.
    fn fill(&self) -> PathBuf {
        let path = self.0.path().join("filler");
        let mut file = fs::File::create(&path).expect("a file");
        for size in [65_536, 4_096, 1] {
            while std::io::Write::write_all(&mut file, &vec![0; size]).is_ok() {}
        }
        path
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(self.0.path()).status();
    }
}

#[test]
fn a_full_disk_below_the_data_refuses_and_works_on_when_there_is_room() {
    let Some(disk) = SmallDisk::mount() else { return };
    let folder = Folder::funded_at(disk.0.path());
    let many = format!("kind,amount\n{}", "ticket,0.01\n".repeat(3_000));
    folder.file("many.csv", many.as_bytes());
    let before = folder.state();
    let filler = disk.fill();
    let issue = folder.issue("many.csv", &["--idempotency-key", "k"]);
    folder.refused(&issue, "disk is full");
    fs::remove_file(filler).expect("room");
    assert_eq!(folder.ok(&issue)["issued"], 3_000);
    let after = folder.ok(&["account", "show", "a"]);
    assert_eq!((&after["issued"], &after["control_total"]), (&3_000.into(), &before[0]["control_total"]));
    assert_eq!(folder.ok(&["audit"])["clean"], true);
}

#[test]
fn a_full_disk_below_the_sheets_is_told_and_they_are_printed_later() {
    let Some(disk) = SmallDisk::mount() else { return };
    let folder = Folder::funded();
    let many = format!("kind,amount\n{}", "ticket,0.01\n".repeat(200));
    folder.file("many.csv", many.as_bytes());
    let out = disk.0.path().join("out.pdf").display().to_string();
    let filler = disk.fill();
    let output = folder.run_plain(&folder.issue("many.csv", &["--out", &out]));
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).expect("text");
    assert!(said.contains("200 indicia were issued, but not printed: the file can't be written"), "{said}");
    let key = said.split("--idempotency-key ").nth(1).and_then(|rest| rest.split(' ').next()).expect("a key");
    fs::remove_file(filler).expect("room");
    assert_eq!(fs::read_dir(disk.0.path()).expect("a folder").count(), 0, "no half sheets");
    folder.ok(&folder.issue("many.csv", &["--out", &out, "--idempotency-key", key]));
    assert!(fs::read(&out).expect("sheets").starts_with(b"%PDF-"));
    assert_eq!(folder.ok(&["account", "show", "a"])["issued"], 200, "once");
}

#[test]
fn a_read_only_folder_is_named() {
    let Some(disk) = SmallDisk::mount() else { return };
    let folder = Folder::funded_at(disk.0.path());
    let before = folder.state();
    disk.remount("ro");
    for arguments in [&folder.issue("items.csv", &[])[..], &["audit"], &["account", "fund", "a", "1"]] {
        folder.refused(arguments, "Read-only file system");
    }
    folder.refused(&["--dir", "new", "init", "--issuer", "A"], "Read-only file system");
    disk.remount("rw");
    assert_eq!(folder.state(), before);
}
