//! What the tests need beside Rust: installed where that is possible, named as missing otherwise.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// What this project installs for itself, outside of version control.
const PYTHON_FOLDER: &str = "target/peers";
const CARGO_FOLDER: &str = "target/tools";
const IMB_FOLDER: &str = "target/imb-test-set";
/// SoftHSM has no program of interest, only this.
const SOFTHSM: &str = "/usr/lib/softhsm/libsofthsm2.so";
/// Where Debian has the programs of each version of PostgreSQL's server, which aren't in anybody's path.
const POSTGRES: &str = "/usr/lib/postgresql";
/// In nobody's path but root's.
const PGBOUNCER_PROGRAM: &str = "/usr/sbin/pgbouncer";
const CARGO_DENY: &str = "0.20.2";
pub(crate) const WASM: &str = "wasm32-unknown-unknown";

/// Something that a Debian package brings.
struct Need {
    is_there: fn() -> bool,
    packages: &'static [&'static str],
    tests: &'static str,
}

const POPPLER: Need = Need {
    is_there: || succeeds("pdftoppm", &["-v"]),
    packages: &["poppler-utils"],
    tests: "sheets drawn by other people's software",
};
const QPDF: Need = Need {
    is_there: || succeeds("qpdf", &["--version"]),
    packages: &["qpdf"],
    tests: "sheets checked by other people's software",
};
const PKCS11: Need =
    Need { is_there: || Path::new(SOFTHSM).exists(), packages: &["softhsm2"], tests: "PKCS#11" };
const PYTHON: Need = Need {
    is_there: || {
        succeeds("python3", &["-c", "import ensurepip, sys, venv; assert sys.version_info >= (3, 11)"])
    },
    packages: &["python3", "python3-venv"],
    tests: "peers in Python (3.11 or later)",
};
const NODE: Need = Need {
    is_there: || {
        let version = "process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)";
        succeeds("node", &["-e", version]) && succeeds("npm", &["--version"])
    },
    packages: &["nodejs", "npm"],
    tests: "peers in JavaScript (Node.js 18 or later)",
};
const CHROMIUM: Need = Need {
    is_there: || succeeds("chromium", &["--version"]) && succeeds("chromedriver", &["--version"]),
    packages: &["chromium", "chromium-driver"],
    tests: "the web console in a browser",
};
const POSTGRESQL: Need =
    Need { is_there: || postgres().is_some(), packages: &["postgresql"], tests: "books in PostgreSQL" };
const PGBOUNCER: Need = Need {
    is_there: || Path::new(PGBOUNCER_PROGRAM).exists(),
    packages: &["pgbouncer"],
    tests: "books behind a pooler",
};

const DEBIAN: Need = Need {
    is_there: || {
        succeeds("dpkg-shlibdeps", &["--version"])
            && succeeds("systemd-analyze", &["--version"])
            && succeeds("strip", &["--version"])
            && succeeds("git", &["--version"])
    },
    packages: &["dpkg-dev", "systemd", "binutils", "git"],
    tests: "the Debian package",
};

const ZINT: Need = Need {
    is_there: || succeeds("zint", &["--version"]),
    packages: &["zint"],
    tests: "posts' barcodes drawn by other people's software",
};

const IPPEVEPRINTER: Need = Need {
    is_there: || succeeds("ippeveprinter", &["--version"]) && succeeds("dbus-daemon", &["--version"]),
    packages: &["cups-ipp-utils", "dbus-daemon"],
    tests: "printing on other people's printer",
};

const RUBY: Need = Need {
    is_there: || succeeds("ruby", &["-e", "require 'cose'"]),
    packages: &["ruby", "ruby-cose"],
    tests: "verification in Ruby",
};

const VALGRIND: Need = Need {
    is_there: || succeeds("valgrind", &["--version"]),
    packages: &["valgrind"],
    tests: "the verifier for C, watched",
};

const CURL: Need = Need {
    is_there: || succeeds("curl", &["--version"]),
    packages: &["curl"],
    tests: "the documentation's commands",
};

/// What is there for the tests.
pub(crate) struct Tools {
    pub(crate) has_softhsm: bool,
    pub(crate) has_deny: bool,
    environment: Vec<(&'static str, OsString)>,
    missing: Vec<String>,
}

impl Tools {
    /// Installs what is missing, as far as this user may.
    pub(crate) fn set_up() -> Self {
        let mut tools =
            Self { has_softhsm: false, has_deny: false, environment: Vec::new(), missing: Vec::new() };
        tools.set_up_wasm();
        let has_python = tools.has(&PYTHON);
        if has_python && let Some(python) = tools.or_missing(set_up_python(), "peers in Python (needs PyPI)")
        {
            tools.tell("MINTAGE_PEER_PYTHON", python);
        }
        let has_node = tools.has(&NODE);
        if has_node && tools.or_missing(set_up_node(), "peers in JavaScript (needs npm's registry)").is_some()
        {
            tools.tell("MINTAGE_PEER_NODE", "node");
        }
        if tools.has(&RUBY) {
            tools.tell("MINTAGE_PEER_RUBY", "ruby");
        }
        if tools.has(&POPPLER) {
            tools.tell("MINTAGE_PEER_PDFTOPPM", "pdftoppm");
        }
        if tools.has(&QPDF) {
            tools.tell("MINTAGE_PEER_QPDF", "qpdf");
        }
        if tools.has(&CHROMIUM) {
            tools.tell("MINTAGE_PEER_CHROMEDRIVER", "chromedriver");
        }
        if tools.has(&POSTGRESQL)
            && let Some(programs) = postgres()
        {
            tools.tell("MINTAGE_PEER_POSTGRES", programs);
        }
        if tools.has(&ZINT) {
            tools.tell("MINTAGE_PEER_ZINT", "zint");
        }
        if tools.has(&IPPEVEPRINTER) {
            tools.tell("MINTAGE_PEER_IPPEVEPRINTER", "ippeveprinter");
        }
        let imb = "the post's own Intelligent Mail barcodes (on Debian, needs its package sources)";
        if let Some(set) = tools.or_missing(set_up_imb_test_set(), imb) {
            tools.tell("MINTAGE_PEER_IMB_TEST_SET", set);
        }
        if tools.has(&PGBOUNCER) {
            tools.tell("MINTAGE_PEER_PGBOUNCER", PGBOUNCER_PROGRAM);
        }
        if tools.has(&VALGRIND) {
            tools.tell("MINTAGE_PEER_VALGRIND", "valgrind");
        }
        tools.has(&CURL);
        if tools.has(&DEBIAN) {
            tools.tell("MINTAGE_PEER_DEBIAN", "yes");
        }
        tools.has_softhsm = tools.has(&PKCS11);
        tools.has_deny = tools.or_missing(set_up_deny(), "licences (needs cargo-deny)").is_some();
        let own = std::path::absolute(Path::new(CARGO_FOLDER).join("bin")).ok();
        let path = std::env::var_os("PATH").unwrap_or_default();
        if let Ok(path) = std::env::join_paths(std::env::split_paths(&path).chain(own)) {
            tools.tell("PATH", path);
        }
        tools
    }

    /// What the tests are told.
    pub(crate) fn environment(&self) -> Vec<(&'static str, OsString)> {
        self.environment.clone()
    }

    /// What is left out, and why.
    pub(crate) fn missing(&self) -> &[String] {
        &self.missing
    }

    fn tell(&mut self, variable: &'static str, value: impl Into<OsString>) {
        self.environment.push((variable, value.into()));
    }

    fn or_missing<T>(&mut self, found: Option<T>, tests: &str) -> Option<T> {
        if found.is_none() {
            self.missing.push(tests.to_owned());
        }
        found
    }

    /// Whether something is there, perhaps from now on.
    fn has(&mut self, need: &Need) -> bool {
        let is_there = (need.is_there)() || (install(need.packages) && (need.is_there)());
        if !is_there {
            let packages = need.packages.join(" ");
            self.missing.push(format!("{} (on Debian, as root: apt-get install {packages})", need.tests));
        }
        is_there
    }

    /// The target that `rust-toolchain.toml` names: rustup doesn't always fetch it for a toolchain that it has already.
    /// The step that builds for it is never left out, so that it fails where this does.
    fn set_up_wasm(&mut self) {
        let output = Command::new("rustc").args(["--print", "target-libdir", "--target", WASM]).output();
        let folder = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
        if !folder.is_ok_and(|folder| Path::new(&folder).exists()) && !run("rustup", &["target", "add", WASM])
        {
            println!("the standard library for {WASM} is missing, and rustup can't add it");
        }
    }
}

/// Installs Debian packages, as root.
fn install(packages: &[&str]) -> bool {
    if !succeeds("sh", &["-c", r#"[ "$(id -u)" = 0 ] && command -v apt-get"#]) {
        return false;
    }
    let apt_get = |arguments: &[&str]| {
        run("env", &[&["DEBIAN_FRONTEND=noninteractive", "apt-get", "-q"], arguments].concat())
    };
    static UPDATED: OnceLock<bool> = OnceLock::new();
    let is_updated = *UPDATED.get_or_init(|| apt_get(&["update"]));
    is_updated && apt_get(&[&["install", "-y", "--no-install-recommends"], packages].concat())
}

/// The programs of the newest PostgreSQL server that is installed.
fn postgres() -> Option<PathBuf> {
    let versions = std::fs::read_dir(POSTGRES).ok()?.flatten();
    let number = |version: &std::fs::DirEntry| version.file_name().to_str()?.parse::<u32>().ok();
    let programs = |version: std::fs::DirEntry| Some((number(&version)?, version.path().join("bin")));
    let there = versions.filter_map(programs).filter(|(_, programs)| programs.join("initdb").exists());
    there.max().map(|(_, programs)| programs)
}

/// A Python of its own with the packages of the peers.
fn set_up_python() -> Option<PathBuf> {
    let python = Path::new(PYTHON_FOLDER).join("bin/python");
    if !python.exists() && !run("python3", &["-m", "venv", PYTHON_FOLDER]) {
        return None;
    }
    let pip = ["-m", "pip", "install", "-q", "--disable-pip-version-check", "-r", "peers/requirements.txt"];
    let python = std::path::absolute(python).ok()?;
    run(python.to_str()?, &pip).then_some(python)
}

/// The packages of the peers beside them, which is where Node.js looks.
fn set_up_node() -> Option<()> {
    run("npm", &["ci", "--prefix", "peers"]).then_some(())
}

/// The test set of the United States Postal Service.
fn set_up_imb_test_set() -> Option<PathBuf> {
    let set = std::path::absolute(Path::new(IMB_FOLDER).join("uspsIMbEncoderTestCases.csv")).ok()?;
    (set.exists() || run("sh", &["peers/imb_test_set.sh", IMB_FOLDER])).then_some(set)
}

/// The user's own `cargo deny`, or one below `target`, unoptimised: that takes half the time to build.
fn set_up_deny() -> Option<()> {
    let own = Path::new(CARGO_FOLDER).join("bin/cargo-deny");
    let is_there = succeeds("cargo", &["deny", "--version"]) || own.exists();
    let install =
        ["install", "cargo-deny", "--version", CARGO_DENY, "--locked", "--debug", "--root", CARGO_FOLDER];
    (is_there || run("cargo", &install)).then_some(())
}

fn run(program: &str, arguments: &[&str]) -> bool {
    println!("{program} {}", arguments.join(" "));
    Command::new(program).args(arguments).status().is_ok_and(|status| status.success())
}

/// Whether a program is there and ends well, unheard.
fn succeeds(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
