//! The documentation's commands, run as they stand there.
//!
//! Every block that is fenced as `sh` is run, those of a page one after the other in one shell and one folder. Blocks fenced as
//! `console` are shown only: they are for root on a machine of its own (`apt`, `systemctl`), and `package.rs` does what they
//! do. What is written into the page is kept but for addresses, of which each run has its own, and disks.

mod support;

use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use support::served::{Customer, Server};
use support::{Folder, MINTAGE};

/// Blocks that aren't run here, and why not.
const ELSEWHERE: [(&str, &str); 3] = [
    ("cargo run --release -- quickstart", "peers.rs runs it, and reads what it prints"),
    ("cargo xtask test", "it runs this"),
    ("mintage serve", "it serves until it is told to end; the tutorial's is told"),
];
/// Longer than anything takes that isn't stuck.
const STUCK: Duration = Duration::from_secs(180);

/// The blocks of a page with their first lines' numbers.
fn blocks(page: &str) -> Vec<(usize, String)> {
    let mut blocks: Vec<(usize, String)> = Vec::new();
    let mut inside = None;
    for (number, line) in page.lines().enumerate() {
        match (&mut inside, line) {
            (None, "```sh") => inside = Some((number + 2, String::new())),
            // Another's content is its own.
            (None, fence) if fence.starts_with("```") => inside = Some((0, String::new())),
            (Some(_), "```") => blocks.extend(inside.take().filter(|(first, _)| *first > 0)),
            (Some((_, block)), line) => *block += &format!("{line}\n"),
            (None, _) => {}
        }
    }
    assert!(inside.is_none(), "a fence isn't closed");
    blocks
}

/// A shell and all that it has started.
struct Shell(Child);

impl Drop for Shell {
    fn drop(&mut self) {
        // Of a group of their own.
        let group = format!("-{}", self.0.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
        let _ = self.0.wait();
    }
}

/// Runs a page's blocks in a folder, whose `other-disk` is what the page calls `/mnt/other-disk`.
fn run(name: &str, page: &str, folder: &Path, ports: [u16; 2], variables: &[(&str, &str)]) {
    let blocks = blocks(page);
    let is_elsewhere = |block: &str| ELSEWHERE.iter().any(|(command, _)| block.trim_end() == *command);
    let mut script = String::from("set -euo pipefail\n");
    for (line, block) in blocks.iter().filter(|(_, block)| !is_elsewhere(block)) {
        script += &format!("echo '--- {name}, line {line}'\n{block}");
    }
    let here = [format!("127.0.0.1:{}", ports[0]), format!("127.0.0.1:{}", ports[1])];
    let disk = folder.join("other-disk");
    std::fs::create_dir_all(&disk).expect("a folder");
    let script = script
        .replace("127.0.0.1:8744", &here[0])
        .replace("127.0.0.1:9744", &here[1])
        .replace("/mnt/other-disk", disk.to_str().expect("a path"));
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples");
    let _ = std::os::unix::fs::symlink(samples, folder.join("samples")); // a page before may have made it
    let programs = Path::new(MINTAGE).parent().expect("a folder").to_owned();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths([programs].into_iter().chain(std::env::split_paths(&path)));
    let said = folder.join("said");
    let out = std::fs::File::create(&said).expect("a file");
    let mut bash = Command::new("bash");
    bash.arg("-c").arg(&script).current_dir(folder).process_group(0).stdin(Stdio::null());
    bash.env("PATH", path.expect("a path")).envs(variables.iter().copied());
    bash.env("MINTAGE_LISTEN", &here[0]).env("MINTAGE_PRIVATE_LISTEN", &here[1]);
    bash.stdout(out.try_clone().expect("a file")).stderr(out);
    let mut shell = Shell(bash.spawn().expect("bash"));
    let began = Instant::now();
    let ended = loop {
        match shell.0.try_wait().expect("a process") {
            Some(status) => break status.success(),
            None if began.elapsed() > STUCK => break false,
            None => std::thread::sleep(Duration::from_millis(50)),
        }
    };
    drop(shell);
    let said = std::fs::read_to_string(said).unwrap_or_default();
    let server = std::fs::read_to_string(folder.join("server.log")).unwrap_or_default();
    assert!(ended, "{name}: the last block that is named fails:\n{said}\n{server}");
}

/// Two ports that were free a moment ago.
fn ports() -> [u16; 2] {
    let listeners = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").expect("a listener"));
    listeners.map(|listener| listener.local_addr().expect("an address").port())
}

fn has_tools() -> bool {
    let is_there = |tool: &str| Command::new(tool).arg("--version").stdout(Stdio::null()).status().is_ok();
    let missing: Vec<_> = ["bash", "curl", "python3"].into_iter().filter(|tool| !is_there(tool)).collect();
    if !missing.is_empty() {
        println!("left out: needs {}", missing.join(", "));
    }
    missing.is_empty()
}

fn page(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(name);
    std::fs::read_to_string(path).expect("a page")
}

/// A page that begins with nothing.
fn run_page(name: &str) {
    if has_tools() {
        let folder = tempfile::tempdir().expect("a folder");
        run(name, &page(name), folder.path(), ports(), &[]);
    }
}

#[test]
fn readme() {
    run_page("README.md");
}

#[test]
fn tutorial() {
    run_page("docs/tutorial.md");
}

#[test]
fn postal_guide() {
    run_page("docs/postal.md");
}

#[test]
fn printing() {
    run_page("docs/printing.md");
}

#[test]
fn formats() {
    run_page("docs/formats.md");
}

#[test]
fn passes() {
    run_page("docs/passes.md");
}

#[test]
fn gates_guide() {
    run_page("docs/gates.md");
}

#[test]
fn operators_guide() {
    run_page("docs/operating.md");
}

/// The API guide speaks of a server that runs, and of a customer who signed in.
#[test]
fn api_guide() {
    if !has_tools() {
        return;
    }
    let folder = Folder::empty();
    folder.ok(&["init", "--issuer", "City Transit"]);
    folder.ok(&["account", "create", "theatre", "--currency", "EUR/2", "--fund", "20000.00"]);
    std::fs::copy("../../samples/tickets.csv", folder.path().join("tickets.csv")).expect("a file");
    let server = Server::start(&folder, &[]);
    let token = Customer::of(&folder, "theatre").sign_in(&server);
    let token = token.trim_start_matches("Bearer ");
    let ports = [server.public.port(), server.private.port()];
    run("docs/api.md", &page("docs/api.md"), folder.path(), ports, &[("TOKEN", token)]);
    server.stop();
}

/// The operator's guide knows every setting.
#[test]
fn every_setting_is_in_the_guide() {
    let folder = Folder::empty();
    let all = ["--tls-certificate", "c", "--tls-key", "k", "--otlp-endpoint", "http://127.0.0.1:4318"];
    let settings = folder.ok(&[&["config"], &all[..]].concat());
    let guide = page("docs/operating.md");
    for setting in settings.as_array().expect("settings") {
        let name = setting["name"].as_str().expect("a name");
        let is_there = guide.lines().any(|line| line.starts_with('|') && line.contains(&format!("`{name}`")));
        assert!(is_there, "{name}");
    }
}

/// No page is forgotten, and nothing is excused that isn't there.
#[test]
fn every_page_is_run() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    let pages = std::fs::read_dir(docs).expect("a folder").map(|page| page.expect("a page").path());
    let mut with_blocks: Vec<PathBuf> = pages
        .filter(|page| page.extension().is_some_and(|extension| extension == "md"))
        .filter(|page| !blocks(&std::fs::read_to_string(page).expect("a page")).is_empty())
        .collect();
    with_blocks.sort();
    let names: Vec<_> =
        with_blocks.iter().map(|page| page.file_name().expect("a name").to_str().expect("text")).collect();
    let known = [
        "api.md",
        "formats.md",
        "gates.md",
        "operating.md",
        "passes.md",
        "postal.md",
        "printing.md",
        "tutorial.md",
    ];
    assert!(names.iter().all(|name| known.contains(name)), "{names:?}");
    let readme = blocks(&page("README.md"));
    for (command, why) in ELSEWHERE {
        assert!(readme.iter().any(|(_, block)| block.trim_end() == command), "{command} ({why})");
    }
}
