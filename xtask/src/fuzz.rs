//! Real fuzzing, for as long as somebody likes; the tests only run the corpora.

use std::path::Path;
use std::process::{Command, ExitCode};

/// Seconds for each target unless somebody says otherwise.
const SECONDS: &str = "60";
/// Longest input in bytes: more than the largest indicium.
const LONGEST: &str = "8192";

/// Fuzzes one target, or each in turn. New inputs are kept below `fuzz/target`; one that shows a fault is left in
/// `fuzz/artifacts`, and belongs into `fuzz/corpus` once the fault is mended.
pub(crate) fn run(target: Option<&str>, seconds: Option<&str>) -> ExitCode {
    if !Command::new("cargo").args(["fuzz", "--version"]).status().is_ok_and(|status| status.success()) {
        println!("cargo-fuzz is missing: cargo install cargo-fuzz (it also needs a C++ compiler)");
        return ExitCode::from(2);
    }
    let targets = match target {
        Some("all") | None => targets(),
        Some(target) => vec![target.to_owned()],
    };
    let time = format!("-max_total_time={}", seconds.unwrap_or(SECONDS));
    let longest = format!("-max_len={LONGEST}");
    for target in targets {
        let found = format!("fuzz/target/corpus/{target}");
        let kept = format!("fuzz/corpus/{target}");
        if let Err(error) = std::fs::create_dir_all(&found) {
            println!("{found}: {error}");
            return ExitCode::FAILURE;
        }
        println!("== {target}");
        let mut command = Command::new("cargo");
        command.args(["fuzz", "run", "--fuzz-dir", "fuzz", &target, &found, &kept, "--", &time, &longest]);
        // Sanitizers are asked for by unstable flags: this lets a stable compiler take them.
        let status = command.env("RUSTC_BOOTSTRAP", "1").status();
        if !status.is_ok_and(|status| status.success()) {
            println!("{target}: see above; cargo fuzz tmin makes the input smaller");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

/// Every target there is.
fn targets() -> Vec<String> {
    let files = std::fs::read_dir(Path::new("fuzz/targets")).into_iter().flatten().flatten();
    let stem = |path: &Path| Some(path.file_stem()?.to_str()?.to_owned());
    let mut targets: Vec<String> = files.filter_map(|file| stem(&file.path())).collect();
    targets.sort();
    targets
}
