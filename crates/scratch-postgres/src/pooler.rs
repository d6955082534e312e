//! A pgbouncer between a server and its clients, on a Unix socket in a folder of its own, gone when it is dropped.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::thread::sleep;

use super::{PAUSE, Server, other_user, run_kept, url_at};

/// Where pgbouncer is; `cargo xtask test` says it.
const PROGRAM: &str = "MINTAGE_PEER_PGBOUNCER";

/// For how long a client keeps a connection to the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pooling {
    /// As long as its own lasts.
    Session,
    /// For a transaction.
    Transaction,
    /// For a statement: there are no transactions.
    Statement,
}

/// A running pgbouncer.
#[derive(Debug)]
pub struct Pooler {
    folder: PathBuf,
    keeper: Child,
}

impl Pooler {
    /// A new one for all databases of a server, with so many connections to each at most; or a word about what is left out
    /// without one.
    ///
    /// # Panics
    /// If pgbouncer is said to be there, but doesn't run.
    #[must_use]
    pub fn start(server: &Server, pooling: Pooling, connections: u32) -> Option<Self> {
        let Some(program) = std::env::var_os(PROGRAM) else {
            println!("left out: needs {PROGRAM}, which `cargo xtask test` sets up");
            return None;
        };
        let folder = tempfile::tempdir().expect("a folder").keep();
        let mode = format!("{pooling:?}").to_lowercase();
        let (at, server) = (folder.display(), server.folder().display());
        let settings = format!(
            "[databases]\n* = host={server} user=clerk\n[pgbouncer]\nlisten_addr =\nunix_socket_dir = {at}\n\
             listen_port = 5432\nauth_type = any\npool_mode = {mode}\ndefault_pool_size = {connections}\n"
        );
        let file = folder.join("pgbouncer.ini");
        fs::write(&file, settings).expect("a file");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).expect("one's own file");
        if let Some((user, group)) = other_user() {
            chown(&folder, Some(user), Some(group)).expect("root may do that");
        }
        let mut command = Command::new(program);
        command.arg(file);
        let (keeper, process) = run_kept(&folder, &command);
        let pooler = Self { folder, keeper };
        while UnixStream::connect(pooler.folder.join(".s.PGSQL.5432")).is_err() {
            let log = || fs::read_to_string(pooler.folder.join("log")).unwrap_or_default();
            let process = format!("/proc/{process}/exe");
            assert!(fs::symlink_metadata(process).is_ok(), "pgbouncer doesn't start: {}", log());
            sleep(PAUSE);
        }
        Some(pooler)
    }

    /// The URL of a database behind it.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        url_at(&self.folder, database)
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        if let Some(mut input) = self.keeper.stdin.take() {
            let _ = input.write_all(b"\n"); // its end says the same
        }
        let _ = self.keeper.wait();
    }
}
