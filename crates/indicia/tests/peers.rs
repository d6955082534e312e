//! Other people's COSE libraries say of our indicia what we say: PyPI's cwt and npm's @auth0/cose.

mod support;

#[path = "support/cases.rs"]
mod cases;

use std::ffi::OsStr;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use cases::{Case, Expected};

/// A peer's answers, one for each case.
fn ask(program: &OsStr, script: &str, cases: &[Case]) -> Vec<String> {
    let peers = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../peers");
    let mut peer = Command::new(program)
        .arg(peers.join(script))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the peer's program");
    let lines: String = cases.iter().map(|case| case.to_json() + "\n").collect();
    // The peers read everything before they answer, so that neither side waits for the other.
    let written = peer.stdin.take().expect("its input").write_all(lines.as_bytes());
    let output = peer.wait_with_output().expect("its output");
    assert!(output.status.success(), "{script}: {}", output.status);
    written.expect("its input"); // after its status: a peer that fails early doesn't read
    String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
}

/// A peer must take what is genuine and refuse what was tampered with. That it takes second forms shows that these are
/// right but for what we refuse them for.
fn assert_agrees(program: &OsStr, script: &str) {
    let cases = cases::all();
    let answers = ask(program, script, &cases);
    assert_eq!(answers.len(), cases.len(), "{script}");
    for (case, answer) in cases.iter().zip(answers) {
        assert!(answer == "genuine" || answer.starts_with("refused: "), "{script}: {answer}");
        assert_eq!(
            answer == "genuine",
            case.expected != Expected::Tampered,
            "{script}: {}: {answer}",
            case.name
        );
    }
}

#[test]
fn we_take_what_is_genuine_in_its_one_form_alone() {
    for case in cases::all() {
        assert_eq!(case.is_genuine_to_us(), case.expected == Expected::Genuine, "{}", case.name);
    }
}

#[test]
fn pypis_cwt_agrees() {
    match std::env::var_os("MINTAGE_PEER_PYTHON") {
        Some(python) => assert_agrees(&python, "cose_peer.py"),
        None => println!("left out: needs MINTAGE_PEER_PYTHON, which `cargo xtask test` sets up"),
    }
}

#[test]
fn npms_auth0_cose_agrees() {
    match std::env::var_os("MINTAGE_PEER_NODE") {
        Some(node) => assert_agrees(&node, "cose_peer.mjs"),
        None => println!("left out: needs MINTAGE_PEER_NODE, which `cargo xtask test` sets up"),
    }
}
