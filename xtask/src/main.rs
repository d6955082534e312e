//! Development tasks: `cargo xtask test` sets up what the tests need and runs them all; `cargo xtask fuzz` fuzzes;
//! `cargo xtask package` builds the Debian package, `cargo xtask sdk` the verifier for other languages.

mod fuzz;
mod package;
mod sdk;
mod setup;

use std::path::Path;
use std::process::{Command, ExitCode};

use setup::{Tools, WASM};

/// What `cargo xtask` knows.
const HELP: &str = "\
cargo xtask test                      set up what the tests need, then run every check and test
cargo xtask fuzz [TARGET] [SECONDS]   fuzz a target of fuzz/targets, or all, for so long each (60);
                                      needs `cargo install cargo-fuzz` and a C++ compiler, no nightly Rust
cargo xtask package [PROGRAM]         build target/package/mintage_VERSION_ARCHITECTURE.deb, around a release build
                                      or a program that is there; needs dpkg-dev and binutils
cargo xtask sdk                       build the verifier for other languages: target/sdk/npm, c and python";

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    if let Err(error) = std::env::set_current_dir(&root) {
        println!("{}: {error}", root.display());
        return ExitCode::FAILURE;
    }
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["test"] => test(),
        ["fuzz", more @ ..] if more.len() <= 2 => fuzz::run(more.first().copied(), more.get(1).copied()),
        ["package", more @ ..] if more.len() <= 1 => package::run(more.first().copied()),
        ["sdk"] => sdk::run(),
        _ => {
            println!("{HELP}");
            ExitCode::from(2)
        }
    }
}

/// One step: its name and what it runs.
struct Step(&'static str, Vec<String>);

fn words(line: &str) -> Vec<String> {
    line.split(' ').map(str::to_owned).collect()
}

fn test() -> ExitCode {
    let tools = Tools::set_up();
    let features =
        if tools.has_softhsm { "mintage/crash-points,mintage/pkcs11" } else { "mintage/crash-points" };
    let lints = "cargo clippy --workspace --all-targets --features mintage/crash-points,mintage/pkcs11 -- -D warnings";
    let tests = format!("cargo test --workspace --features {features} --no-fail-fast");
    let mut steps = vec![
        Step("formatting", words("cargo fmt --all --check")),
        Step("lints", words(lints)),
        // Those that browsers get are built for them by `console-assets`.
        Step("WebAssembly", words(&format!("cargo check -p indicia -p asker -p password --target {WASM}"))),
        Step("tests", words(&tests)),
    ];
    if tools.has_deny {
        steps.push(Step("licences", words("cargo deny check bans licenses sources")));
    }
    let mut failed = Vec::new();
    for Step(name, words) in &steps {
        println!("== {name}: {}", words.join(" "));
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).envs(tools.environment());
        if !command.status().is_ok_and(|status| status.success()) {
            failed.push(*name);
        }
    }
    for missing in tools.missing() {
        println!("left out: {missing}");
    }
    println!("{} passed, {} failed", steps.len() - failed.len(), failed.len());
    if failed.is_empty() {
        return ExitCode::SUCCESS;
    }
    println!("failed: {}", failed.join(", "));
    ExitCode::FAILURE
}
