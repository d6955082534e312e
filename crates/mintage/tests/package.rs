//! The Debian package: built around the program that is tested, looked at, run, and booted.
//!
//! `package/boot.sh` boots systemd itself, with a copy of this machine's system that is thrown away: so the unit's
//! restrictions are tested by the program that makes them.

mod support;

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::os::unix::net::UnixDatagram;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use support::http::ask;
use support::{Folder, MINTAGE};

/// Exposure that systemd may find at most, in tenths: it finds 10 in version 252.
const EXPOSURE: &str = "--threshold=12";
/// Longer than anything takes that isn't stuck.
const STUCK: Duration = Duration::from_secs(120);

/// The package, built once; none where it can't be.
fn package() -> Option<&'static Path> {
    static PACKAGE: OnceLock<PathBuf> = OnceLock::new();
    if std::env::var_os("MINTAGE_PEER_DEBIAN").is_none() {
        println!("left out: needs MINTAGE_PEER_DEBIAN, which `cargo xtask test` sets up on Debian");
        return None;
    }
    let build = || {
        let mut cargo = Command::new(env!("CARGO"));
        let said = well(cargo.args(["run", "--quiet", "--package", "xtask", "--", "package", MINTAGE]));
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(said.lines().last().expect("a path"))
    };
    Some(PACKAGE.get_or_init(build))
}

/// Runs something to its good end, and returns what it said.
fn well(command: &mut Command) -> String {
    let Output { status, stdout, stderr } = command.output().expect("a program");
    let said = String::from_utf8_lossy(&stdout).into_owned();
    assert!(status.success(), "{command:?}: {said}{}", String::from_utf8_lossy(&stderr));
    said
}

/// The package's files below a folder.
fn unpacked(package: &Path, to: &Path) -> PathBuf {
    let root = to.join("root");
    well(Command::new("dpkg-deb").arg("-x").args([package, &root]));
    root
}

#[test]
fn the_unit_is_right_and_locked_in() {
    let Some(package) = package() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let root = unpacked(package, folder.path());
    let unit = root.join("usr/lib/systemd/system/mintage.service");
    let analyze = || Command::new("systemd-analyze");
    // What it waits for is another package's.
    for target in ["sysinit", "basic", "shutdown", "network-online"] {
        let path = root.join(format!("usr/lib/systemd/system/{target}.target"));
        std::fs::write(path, "[Unit]\nDefaultDependencies=no\n").expect("a file");
    }
    // So is what tells it to read its certificate anew.
    std::fs::create_dir_all(root.join("bin")).expect("a folder");
    std::fs::copy("/bin/kill", root.join("bin/kill")).expect("procps");
    let verified = analyze().args(["verify", "--man=no", "--root"]).args([&root, &unit]).output();
    let verified = verified.expect("systemd-analyze");
    assert!(verified.status.success() && verified.stderr.is_empty(), "{verified:?}");
    let security = well(analyze().args(["security", "--offline=true", "--no-pager", EXPOSURE]).arg(&unit));
    println!("{}", security.lines().last().unwrap_or_default());
}

#[test]
fn the_package_has_what_it_should_and_no_more() {
    let Some(package) = package() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let root = unpacked(package, folder.path());
    let listed = well(Command::new("find").args([".", "-type", "f"]).current_dir(&root));
    let places = ["./etc/mintage/", "./usr/bin/mintage", "./usr/share/", "./usr/lib/s"];
    assert!(listed.lines().all(|file| places.iter().any(|place| file.starts_with(place))), "{listed}");
    let owned = well(Command::new("dpkg-deb").arg("-c").arg(package));
    assert!(owned.lines().all(|line| line.contains(" root/root ")), "{owned}");

    let manual = well(Command::new("gunzip").arg("-c").arg(root.join("usr/share/man/man1/mintage.1.gz")));
    for command in ["serve", "account create", "bundle export", "doctor"] {
        assert!(manual.contains(&format!(".SS mintage {command}\n")), "{command}");
    }
    let scripts = folder.path().join("scripts");
    well(Command::new("dpkg-deb").arg("-e").args([package, &scripts]));
    for script in ["postinst", "prerm", "postrm"] {
        well(Command::new("sh").arg("-n").arg(scripts.join(script)));
    }
    assert_eq!(
        std::fs::read_to_string(scripts.join("conffiles")).expect("conffiles"),
        "/etc/mintage/mintage.toml\n"
    );
}

/// The settings that the installed file shows are those that apply without it.
#[test]
fn the_settings_file_shows_what_applies() {
    let folder = Folder::empty();
    let installed = include_str!("../../../packaging/mintage.toml");
    let shown: String = installed
        .lines()
        .filter_map(|line| line.strip_prefix('#'))
        .filter(|line| line.starts_with(|first: char| first.is_ascii_lowercase()) && !line.contains('…'))
        .map(|line| format!("{line}\n"))
        .collect();
    let config = |text: &str| {
        let path = folder.file("mintage.toml", text.as_bytes());
        let settings = folder.ok(&["config", "--config", &path]);
        settings.as_array().expect("settings").clone()
    };
    let (with, without) = (config(&shown), config(installed));
    for (with, without) in with.iter().zip(&without) {
        assert_eq!((&with["name"], &with["value"]), (&without["name"], &without["value"]));
        assert_eq!(without["source"], "default");
        assert_ne!(with["source"], "default", "{} isn't in the file", with["name"]);
    }
}

#[test]
fn the_program_runs_as_the_unit_starts_it() {
    let Some(package) = package() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let root = unpacked(package, folder.path());
    let data = folder.path().join("data");
    let program = root.join("usr/bin/mintage");
    let credentials = folder.path().join("credentials");
    std::fs::create_dir(&credentials).expect("a folder");
    std::fs::write(credentials.join("module-passphrase"), "correct horse battery staple\n").expect("a file");
    let mintage = || {
        let mut command = Command::new(&program);
        command.env("CREDENTIALS_DIRECTORY", &credentials).arg("--dir").arg(&data);
        command
    };
    well(mintage().args(["init", "--issuer", "City Transit"]));
    assert!(!data.join("secrets/module-passphrase").exists(), "it was given");
    assert!(data.join("secrets/provider-passphrase").exists(), "it wasn't");
    let wrong = Command::new(&program).arg("--dir").arg(&data).arg("audit").output().expect("mintage");
    assert!(!wrong.status.success(), "without its passphrase");

    let socket = UnixDatagram::bind(folder.path().join("notify")).expect("a socket");
    socket.set_read_timeout(Some(STUCK)).expect("an option");
    let unit = std::fs::read_to_string(root.join("usr/lib/systemd/system/mintage.service")).expect("a unit");
    let start = unit.lines().find_map(|line| line.strip_prefix("ExecStart=")).expect("a command");
    let mut words = start.split_whitespace().map(|word| match word {
        "/var/lib/mintage" => data.clone(),
        word if word.starts_with('/') => root.join(&word[1..]),
        word => word.into(),
    });
    let mut command = Command::new(words.next().expect("a program"));
    command.args(words).env("CREDENTIALS_DIRECTORY", &credentials);
    command.env("NOTIFY_SOCKET", folder.path().join("notify"));
    command.envs([("MINTAGE_LISTEN", "127.0.0.1:0"), ("MINTAGE_PRIVATE_LISTEN", "127.0.0.1:0")]);
    let mut server = Ended(command.stderr(Stdio::piped()).spawn().expect("a server"));
    let mut said = String::new();
    let mut lines = BufReader::new(server.0.stderr.take().expect("standard error"));
    while !said.contains("privately at ") {
        assert!(lines.read_line(&mut said).expect("a line") > 0, "{said}");
    }
    let mut ready = [0; 64];
    let count = socket.recv(&mut ready).expect("a message");
    assert_eq!(&ready[..count], b"READY=1\n");
    let (_, private) = said.split_once("privately at ").expect("an address");
    let private: SocketAddr = private.split_once(". ").expect("its end").0.parse().expect("an address");
    assert_eq!(ask(private, "GET", "/healthz", &[], b"").ok(200).body, b"alive\n");
    ask(private, "GET", "/readyz", &[], b"").ok(200);
    let id = server.0.id().to_string();
    well(Command::new("kill").args(["-TERM", &id]));
    assert!(server.0.wait().expect("its end").success());
    well(mintage().arg("audit"));
}

/// A child that never outlives its test.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill(); // it may have ended already
        let _ = self.0.wait();
    }
}

/// The package installed, started, killed, stopped and purged under systemd as the first process of namespaces of its own.
#[test]
fn systemd_runs_it_and_its_data_outlives_it() {
    let Some(package) = package() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let log = std::fs::File::create(folder.path().join("boot")).expect("a file");
    let mut command = Command::new("unshare");
    command.args(["--mount", "--pid", "--fork", "--cgroup", "--uts", "--ipc", "--net", "--kill-child"]);
    command.arg("sh").arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/package/boot.sh"));
    command.args([package, folder.path()]).stdin(Stdio::null()).process_group(0);
    command.stdout(log.try_clone().expect("a file")).stderr(log);
    let Ok(child) = command.spawn() else {
        println!("left out: needs `unshare`");
        return;
    };
    let mut system = Ended(child);
    let began = Instant::now();
    let there = |name: &str| folder.path().join(name).exists();
    // Whatever becomes of the unit, systemd comes to asking, where it comes to anything.
    let limit = || if there("asked") { STUCK } else { STUCK / 4 };
    while !there("ended") && began.elapsed() < limit() {
        if let Ok(Some(_)) = system.0.try_wait() {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    drop(system);
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap_or_default();
    let all = ["boot", "prepared", "log", "asked"].map(|name| format!("== {name}\n{}", read(name))).concat();
    let can_boot = there("asked") || there("prepared") && !there("began");
    if !can_boot {
        println!("left out: systemd can't be booted here, which takes root and namespaces: {}", read("boot"));
        return;
    }
    assert!(there("well"), "{all}");
    // The unit took nothing from the module that it has elsewhere.
    let (_, doctor) = all.split_once("sandbox").expect("the doctor's words");
    if doctor.contains("its own folder only") {
        assert!(read("log").contains("its own folder only"), "{all}");
    }
    assert!(read("log").contains("no network, no programs"), "{all}");
}
