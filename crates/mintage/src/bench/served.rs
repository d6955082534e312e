//! The server that is measured.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::failure::Failure;

/// `mintage serve` on free ports, killed in the end: its folder goes with it.
pub(crate) struct Served {
    child: Child,
    pub(crate) public: SocketAddr,
}

impl Served {
    pub(crate) fn start(folder: &Path) -> Result<Self, Failure> {
        let program = std::env::current_exe().map_err(Failure::io(Path::new("/proc/self/exe")))?;
        let mut command = Command::new(program);
        command.arg("--dir").arg(folder).args(["--json", "serve"]);
        command.args(["--listen", "127.0.0.1:0", "--private-listen", "127.0.0.1:0"]);
        command.args(["--requests-per-key", "1000000", "--requests-per-address", "1000000"]);
        let mut child =
            command.stdout(Stdio::piped()).spawn().map_err(Failure::io(Path::new("mintage serve")))?;
        let mut line = String::new();
        if let Some(output) = child.stdout.take() {
            let _ = BufReader::new(output).read_line(&mut line); // no line, no address
        }
        let at: Option<serde_json::Value> = serde_json::from_str(&line).ok();
        let public = at.and_then(|at| at["public"].as_str()?.parse().ok());
        let public = public.ok_or_else(|| Failure::Said("mintage serve didn't start".into()));
        Ok(Self { public: public.inspect_err(|_| drop(child.kill()))?, child })
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
