//! Gates, and the stewards who use them.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::Folder;
use super::http::STUCK;
use super::served::Server;
use super::stewards::{GIL, public_half};

/// Another steward that every gate knows.
pub(crate) const IDA: [u8; 32] = [32; 32];

/// A folder with stewards for gates of these names, whose keys lie beside the data.
pub(crate) fn folder(gates: &[&str]) -> Folder {
    let folder = Folder::funded();
    folder.file("passphrase", b"a passphrase of gates");
    for gate in gates {
        let key = folder.ok(&["key", "new", &format!("{gate}.key"), "--key-passphrase-file", "passphrase"]);
        folder.ok(&[
            "staff",
            "appoint",
            &format!("steward:{gate}={}", key["ed25519"].as_str().expect("a key")),
        ]);
    }
    folder
}

/// The arguments of a gate of this name, for gil and ida.
pub(crate) fn arguments(server: SocketAddr, name: &str, more: &[&str]) -> Vec<String> {
    arguments_at("127.0.0.1:0", server, name, more)
}

fn arguments_at(listen: &str, server: SocketAddr, name: &str, more: &[&str]) -> Vec<String> {
    let (url, key, data) = (format!("http://{server}"), format!("{name}.key"), format!("{name}-data"));
    let stewards = [format!("gil={}", public_half(&GIL)), format!("ida={}", public_half(&IDA))];
    let given = ["gate", "serve", "--server", &url, "--key", &key, "--key-passphrase-file", "passphrase"];
    let own = ["--data", &data, "--gate", name, "--steward", &stewards[0], "--steward", &stewards[1]];
    let local = ["--listen", listen, "--patience", "1000"];
    [&given[..], &own, &local, more].concat().into_iter().map(str::to_owned).collect()
}

/// A running gate, which answers as a server does.
pub(crate) fn start(folder: &Folder, server: SocketAddr, name: &str) -> Server {
    started(folder, &arguments(server, name, &[]))
}

/// Where one was before.
pub(crate) fn start_at(folder: &Folder, listen: SocketAddr, server: SocketAddr, name: &str) -> Server {
    started(folder, &arguments_at(&listen.to_string(), server, name, &[]))
}

fn started(folder: &Folder, arguments: &[String]) -> Server {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut child = folder.command(&arguments).stderr(Stdio::inherit()).spawn().expect("mintage gate");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("standard output")).read_line(&mut line).expect("a line");
    let at: Value = serde_json::from_str(&line).expect("where it listens");
    let public = at["listen"].as_str().expect("an address").parse().expect("an address");
    Server { child, public, private: public }
}

/// Ends it as a power cut does.
pub(crate) fn kill(server: Server) {
    server.signal("-KILL");
    drop(server);
}

/// Waits until a gate has the server, and has told it everything; or hasn't got it.
pub(crate) fn wait_until(gate: &Server, is_connected: bool) {
    let began = Instant::now();
    loop {
        let health = gate.get("/healthz", &[]).ok(200).json();
        let is_done = if is_connected { health["untold"] == 0 } else { true };
        if health["connected"] == is_connected && is_done {
            return;
        }
        assert!(began.elapsed() < STUCK, "{health}");
        thread::sleep(Duration::from_millis(50));
    }
}
