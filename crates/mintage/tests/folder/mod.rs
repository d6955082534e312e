//! A data folder for tests that hand bad things to the command.
//! Used by several tests, each of which needs a part only.
#![allow(dead_code)]

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;

const MINTAGE: &str = env!("CARGO_BIN_EXE_mintage");

/// A data folder with one funded account, and files beside it.
pub(crate) struct Folder {
    pub(crate) path: PathBuf,
    _owned: Option<tempfile::TempDir>,
}

impl Folder {
    pub(crate) fn new() -> Self {
        let owned = tempfile::tempdir().expect("a folder");
        Self::within(owned.path().to_owned(), Some(owned))
    }

    pub(crate) fn within(path: PathBuf, owned: Option<tempfile::TempDir>) -> Self {
        let folder = Self { path, _owned: owned };
        folder.ok(&["init", "--issuer", "Bad input"]);
        folder.ok(&["account", "create", "a", "--currency", "EUR/2", "--fund", "1000.00"]);
        folder.file("good.csv", b"kind,amount\nticket,1.00\nticket,2.00\n");
        folder
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.path.join("data")
    }

    /// Writes a file beside the data and says where.
    pub(crate) fn file(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.path.join(name);
        fs::write(&path, bytes).expect("a file");
        path.display().to_string()
    }

    /// Runs a command in the folder beside the data.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(MINTAGE);
        if !arguments.contains(&"--dir") {
            command.args(["--dir", "data"]);
        }
        command.args(arguments).current_dir(&self.path);
        command.output().expect("mintage")
    }

    pub(crate) fn ok(&self, arguments: &[&str]) -> Value {
        let output = self.run(&[&["--json"], arguments].concat());
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).expect("JSON")
    }

    /// Everything that must stay as it is.
    pub(crate) fn state(&self) -> [Value; 2] {
        [self.ok(&["account", "show", "a"]), self.ok(&["audit"])]
    }

    /// Fails with a sentence that says this: on one line for people, and the same in JSON for programs.
    #[track_caller]
    pub(crate) fn refused(&self, arguments: &[&str], says: &str) {
        let output = self.run(arguments);
        let said = String::from_utf8(output.stderr).expect("text");
        assert!(!output.status.success(), "{arguments:?} was done");
        assert!(output.stdout.is_empty(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stdout));
        let sentence = said.strip_prefix("mintage: ").unwrap_or_else(|| panic!("{arguments:?}: {said}"));
        assert!(sentence.contains(says), "{arguments:?}: {sentence}");
        assert!(
            !sentence.contains("mintage: ") && sentence.lines().count() == 1,
            "{arguments:?}: {sentence}"
        );

        let output = self.run(&[&["--json"], arguments].concat());
        let error: Value = serde_json::from_slice(&output.stderr).expect("JSON");
        assert!(error["error"].as_str().expect("a sentence").contains(says), "{arguments:?}: {error}");
        assert!(!output.status.success() && output.stdout.is_empty(), "{arguments:?}");
    }

    /// The arguments that issue a file.
    pub(crate) fn issue<'a>(&self, items: &'a str, more: &[&'a str]) -> Vec<&'a str> {
        [&["issue", "--account", "a", "--items", items], more].concat()
    }
}
