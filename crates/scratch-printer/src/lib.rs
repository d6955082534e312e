//! Printers for tests: CUPS's `ippeveprinter`, which speaks IPP Everywhere and keeps what it is given, on this machine alone and
//! gone when its test ends, however it ends.
//!
//! It wants to be announced by Avahi and doesn't start without D-Bus, so it has a bus of its own, on which nobody announces
//! anything.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

/// Where the program is; `cargo xtask test` says it.
const PROGRAM: &str = "MINTAGE_PEER_IPPEVEPRINTER";
const PAUSE: Duration = Duration::from_millis(10);
/// Runs bus and printer until its standard input ends.
const KEEPER: &str = r#"folder=$1; shift
dbus-daemon --nofork --config-file="$folder/bus.conf" >>"$folder/log" 2>&1 & bus=$!
until [ -S "$folder/bus" ]; do kill -0 $bus || exit 1; sleep 0.01; done
DBUS_SYSTEM_BUS_ADDRESS="unix:path=$folder/bus" HOME="$folder" "$@" >>"$folder/log" 2>&1 & printer=$!
echo $printer; read -r line; kill -KILL $printer $bus 2>/dev/null; wait"#;

/// A running printer.
#[derive(Debug)]
pub struct Printer {
    folder: tempfile::TempDir,
    port: u16,
    process: u32,
    keeper: Child,
}

impl Printer {
    /// A printer that takes documents of these types and does with each what a shell's script says, which finds the document's
    /// file in `$1`, and can set the printer's state by lines such as `STATE: +media-jam-error` on standard error; or a word
    /// about what is left out without it.
    ///
    /// # Panics
    /// If the program is said to be there, but doesn't run.
    #[must_use]
    pub fn start(formats: &str, script: &str) -> Option<Self> {
        let Some(program) = std::env::var_os(PROGRAM).map(PathBuf::from) else {
            println!("left out: needs {PROGRAM}, which `cargo xtask test` sets up");
            return None;
        };
        let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        Some(Self::run(&program, port.expect("a free port").port(), formats, script))
    }

    /// The same printer as one that was killed, at the same port, having forgotten everything.
    ///
    /// # Panics
    /// If it doesn't run.
    #[must_use]
    pub fn start_again(self, formats: &str, script: &str) -> Self {
        let (program, port) = (std::env::var_os(PROGRAM), self.port);
        drop(self);
        Self::run(Path::new(&program.expect("it was there before")), port, formats, script)
    }

    fn run(program: &Path, port: u16, formats: &str, script: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path();
        let bus = path.join("bus");
        let all =
            r#"<allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>"#;
        let policy = format!(r#"<policy context="default">{all}</policy>"#);
        let bus = format!("<busconfig><listen>unix:path={}</listen>{policy}</busconfig>", bus.display());
        fs::write(path.join("bus.conf"), bus).expect("a file");
        let command = path.join("command");
        fs::write(&command, format!("#!/bin/sh\n{script}\n")).expect("a file");
        fs::set_permissions(&command, fs::Permissions::from_mode(0o755)).expect("our own file");
        fs::create_dir(path.join("spool")).expect("a folder");
        let mut keeper = Command::new("sh");
        keeper.args(["-c", KEEPER, "keeper"]).arg(path).arg(program).args(["-v", "-k", "-r", "off"]);
        keeper.args(["-n", "localhost", "-p", &port.to_string(), "-f", formats]);
        keeper
            .arg("-d")
            .arg(path.join("spool"))
            .arg("-K")
            .arg(path)
            .arg("-c")
            .arg(&command)
            .arg("Mintage test");
        keeper.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut keeper = keeper.spawn().expect("sh");
        let mut line = String::new();
        BufReader::new(keeper.stdout.take().expect("a pipe")).read_line(&mut line).expect("a line");
        let process = line.trim().parse().unwrap_or_else(|_| panic!("{}", said(path)));
        let printer = Self { folder, port, process, keeper };
        while TcpStream::connect(("localhost", port)).is_err() {
            assert!(printer.is_running(), "{}", said(printer.folder.path()));
            sleep(PAUSE);
        }
        printer
    }

    /// Its URI, without TLS.
    #[must_use]
    pub fn uri(&self) -> String {
        format!("ipp://localhost:{}/ipp/print", self.port)
    }

    /// The documents that it was given so far, in the order of their jobs.
    ///
    /// # Panics
    /// If its folder can't be read.
    #[must_use]
    pub fn received(&self) -> Vec<Vec<u8>> {
        let files = fs::read_dir(self.folder.path().join("spool")).expect("a folder").flatten();
        let of_job = |file: fs::DirEntry| {
            let name = file.file_name().into_string().ok()?;
            let job: u32 = name.split('-').next()?.parse().ok()?;
            (!name.ends_with(".prn")).then(|| (job, file.path()))
        };
        let mut files: Vec<_> = files.filter_map(of_job).collect();
        files.sort();
        files.into_iter().map(|(_, file)| fs::read(file).expect("a document")).collect()
    }

    /// A folder of its own, in which its script runs as `$0`'s folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Kills it, so that it answers nothing more.
    ///
    /// # Panics
    /// If there is no `kill`.
    pub fn kill(&self) {
        let killed = Command::new("kill").args(["-KILL", &self.process.to_string()]).status();
        assert!(killed.expect("kill").success());
        while TcpStream::connect(("localhost", self.port)).is_ok() {
            sleep(PAUSE);
        }
    }

    fn is_running(&self) -> bool {
        let state = fs::read_to_string(format!("/proc/{}/stat", self.process));
        state.is_ok_and(|state| !state.contains(") Z "))
    }
}

impl Drop for Printer {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

/// What bus and printer said.
fn said(folder: &Path) -> String {
    fs::read_to_string(folder.join("log")).unwrap_or_default()
}
