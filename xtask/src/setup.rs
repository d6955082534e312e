//! What the tests need beside Rust: installed as root, named as missing otherwise.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Debian packages and the program or file that each brings.
const PACKAGES: [(&str, &str); 3] = [
    ("poppler-utils", "/usr/bin/pdftoppm"),
    ("qpdf", "/usr/bin/qpdf"),
    ("softhsm2", "/usr/lib/softhsm/libsofthsm2.so"),
];

/// Python packages of the independent peers.
const PYTHON: [&str; 4] = ["cwt==3.3.0", "zxing-cpp==3.1.1", "pillow", "numpy"];

/// What is there.
pub(crate) struct Tools {
    python: Option<PathBuf>,
    pub(crate) has_softhsm: bool,
    pub(crate) has_deny: bool,
    missing: Vec<String>,
}

impl Tools {
    /// Installs what is missing, as far as this user may.
    pub(crate) fn set_up() -> Self {
        let mut missing = Vec::new();
        let absent: Vec<&str> = PACKAGES
            .iter()
            .filter(|(_, file)| !Path::new(file).exists())
            .map(|(package, _)| *package)
            .collect();
        if !absent.is_empty() {
            println!("installing {}", absent.join(", "));
            let installed = run("apt-get", &["update", "-q"]) && {
                let mut arguments = vec!["install", "-y", "-q", "--no-install-recommends"];
                arguments.extend(&absent);
                run("apt-get", &arguments)
            };
            if !installed {
                missing.push(format!("tests that use {} (as root: apt-get install them)", absent.join(", ")));
            }
        }
        let python = set_up_python();
        if python.is_none() {
            missing.push("tests against Python peers (needs python3 with venv, and PyPI)".to_owned());
        }
        let has_deny = run_quietly("cargo", &["deny", "--version"]);
        if !has_deny {
            missing.push("licences (needs `cargo install cargo-deny`)".to_owned());
        }
        let has_softhsm = Path::new(PACKAGES[2].1).exists();
        Self { python, has_softhsm, has_deny, missing }
    }

    /// What the tests are told.
    pub(crate) fn environment(&self) -> Vec<(&'static str, PathBuf)> {
        self.python.iter().map(|python| ("MINTAGE_PEER_PYTHON", python.clone())).collect()
    }

    /// What is left out, and why.
    pub(crate) fn missing(&self) -> &[String] {
        &self.missing
    }
}

/// A Python of its own below `target`, with the peers in it.
fn set_up_python() -> Option<PathBuf> {
    let folder = Path::new("target/peers");
    let python = folder.join("bin/python");
    if !python.exists() && !run("python3", &["-m", "venv", &folder.display().to_string()]) {
        return None;
    }
    let program = python.display().to_string();
    let mut arguments = vec!["-m", "pip", "install", "-q", "--disable-pip-version-check"];
    arguments.extend(PYTHON);
    run(&program, &arguments).then(|| std::path::absolute(&python).unwrap_or(python))
}

fn run(program: &str, arguments: &[&str]) -> bool {
    Command::new(program).args(arguments).status().is_ok_and(|status| status.success())
}

fn run_quietly(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
