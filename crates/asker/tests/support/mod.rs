//! Other people's software, asked by lines of JSON.

use std::ffi::OsString;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

/// The Python of the peers, where it was set up.
pub(crate) fn peer() -> Option<OsString> {
    let python = std::env::var_os("MINTAGE_PEER_PYTHON");
    if python.is_none() {
        println!("left out: needs MINTAGE_PEER_PYTHON, which `cargo xtask test` sets up");
    }
    python
}

/// The answers of one of the peers, one for each case.
pub(crate) fn ask(python: &OsString, script: &str, cases: &[Value]) -> Vec<String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../peers").join(script);
    let mut peer = Command::new(python)
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the peer's program");
    let lines: String = cases.iter().map(|case| case.to_string() + "\n").collect();
    // The peer reads everything before it answers, so that neither side waits for the other.
    peer.stdin.take().expect("its input").write_all(lines.as_bytes()).expect("its input");
    let output = peer.wait_with_output().expect("its output");
    assert!(output.status.success(), "{}", output.status);
    let answers: Vec<_> = String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect();
    assert_eq!(answers.len(), cases.len());
    answers
}
