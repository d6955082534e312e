//! The real program on a data folder of its own.
#![allow(dead_code)] // each test file uses a part

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

pub(crate) const MINTAGE: &str = env!("CARGO_BIN_EXE_mintage");

/// A temporary folder with `data`, the program's, and `items.csv`, three tickets, in it.
pub(crate) struct Folder {
    folder: tempfile::TempDir,
    environment: Vec<(OsString, OsString)>,
}

impl Folder {
    /// Without data yet.
    pub(crate) fn empty() -> Self {
        let folder = Self { folder: tempfile::tempdir().expect("a folder"), environment: Vec::new() };
        std::fs::write(folder.items(), "kind,amount\nticket,1.00\nticket,2.00\nticket,3.00\n")
            .expect("a file");
        folder
    }

    /// With an account `a` of 1000.00 EUR.
    pub(crate) fn funded() -> Self {
        let folder = Self::empty();
        folder.ok(&["init", "--issuer", "City Transit"]);
        folder.ok(&["account", "create", "a", "--currency", "EUR/2", "--fund", "1000.00"]);
        folder
    }

    /// Sets a variable for every run from here on.
    pub(crate) fn set(&mut self, name: &str, value: impl AsRef<OsStr>) {
        self.environment.push((name.into(), value.as_ref().into()));
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.path().join("data")
    }

    pub(crate) fn items(&self) -> PathBuf {
        self.path().join("items.csv")
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(MINTAGE);
        command.args(arguments).arg("--json").arg("--dir").arg(self.data());
        command.envs(self.environment.iter().cloned()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("mintage")
    }

    /// Succeeds, and answers with this.
    pub(crate) fn ok(&self, arguments: &[&str]) -> serde_json::Value {
        let output = self.run(arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {said}{}", String::from_utf8_lossy(&output.stdout));
        serde_json::from_slice(&output.stdout).expect("JSON")
    }

    /// Fails, and says this.
    pub(crate) fn refused(&self, arguments: &[&str], says: &str) {
        let output = self.run(arguments);
        let said =
            format!("{}{}", String::from_utf8_lossy(&output.stderr), String::from_utf8_lossy(&output.stdout));
        assert!(!output.status.success(), "{arguments:?} was not refused");
        assert!(said.contains(says), "{said}");
    }

    /// What issues the three tickets under a key.
    pub(crate) fn issue(&self, key: &str) -> Vec<String> {
        let items = self.items().display().to_string();
        let words = ["issue", "--account", "a", "--items", &items, "--idempotency-key", key];
        words.into_iter().map(str::to_owned).collect()
    }

    /// Issues under a key and returns the texts of its indicia.
    pub(crate) fn issued(&self, key: &str) -> Vec<String> {
        let arguments = self.issue(key);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let report = self.ok(&arguments);
        let indicia = report["indicia"].as_array().expect("indicia");
        indicia.iter().map(|text| text.as_str().expect("a text").to_owned()).collect()
    }

    /// How many indicia the account has issued.
    pub(crate) fn count(&self) -> u64 {
        self.ok(&["account", "show", "a"])["issued"].as_u64().expect("a number")
    }

    pub(crate) fn audit(&self) {
        let report = self.ok(&["audit"]);
        assert_eq!(report["clean"], true, "{report}");
    }
}
