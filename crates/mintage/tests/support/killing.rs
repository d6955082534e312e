//! Processes that are killed with SIGKILL at a named step.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command};

use super::Folder;

/// Waits until a process says that it stands at its crash point.
fn wait_for_point(child: &mut Child, point: &str) -> bool {
    let lines = BufReader::new(child.stderr.take().expect("standard error")).lines();
    lines.map_while(Result::ok).any(|line| line == format!("crash-point {point}"))
}

/// Kills a process with SIGKILL, and its module with it or not.
fn kill(child: &mut Child, also_module: bool) {
    let module = module_of(child.id());
    child.kill().expect("a killed process");
    child.wait().expect("its end");
    if let Some(module) = module.filter(|_| also_module) {
        let _ = Command::new("kill").args(["-9", &module.to_string()]).status();
    }
}

/// Runs a command up to a crash point, and kills it there, and its module with it or not.
pub(crate) fn kill_at(folder: &Folder, arguments: &[&str], point: &str, also_module: bool) {
    let mut child = folder.command(arguments).env("MINTAGE_CRASH_POINT", point).spawn().expect("mintage");
    let name = point.split(':').next().expect("a name");
    assert!(wait_for_point(&mut child, name), "{point} wasn't reached");
    // A module that stands at its own point can't see its engine go.
    kill(&mut child, also_module || name.starts_with("module-"));
}

/// The module's process: the only child of its engine.
fn module_of(parent: u32) -> Option<u32> {
    let children = std::fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).ok()?;
    children.split_whitespace().next()?.parse().ok()
}
