//! The real program on a data folder of its own.
#![allow(dead_code)] // each test file uses a part

pub(crate) mod browser;
pub(crate) mod callers;
pub(crate) mod console;
pub(crate) mod device;
pub(crate) mod film;
pub(crate) mod gates;
pub(crate) mod http;
pub(crate) mod killing;
pub(crate) mod person;
pub(crate) mod scanner;
pub(crate) mod served;
pub(crate) mod stewards;

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

pub(crate) const MINTAGE: &str = env!("CARGO_BIN_EXE_mintage");

/// A folder of its own with `data`, the program's, and `items.csv`, three tickets for 6.00 together, in it.
pub(crate) struct Folder {
    path: PathBuf,
    environment: Vec<(OsString, OsString)>,
    _owned: Option<tempfile::TempDir>,
}

impl Folder {
    /// Without data yet.
    pub(crate) fn empty() -> Self {
        let owned = tempfile::tempdir().expect("a folder");
        Self::with(owned.path().to_owned(), Some(owned))
    }

    /// With an account `a` of 1000.00 EUR.
    pub(crate) fn funded() -> Self {
        let folder = Self::empty();
        folder.fund(&[]);
        folder
    }

    /// The same with its books in a new database.
    pub(crate) fn funded_in(postgres: &scratch_postgres::Server) -> Self {
        let folder = Self::empty();
        folder.fund(&["--database-url", &postgres.url(&postgres.create_database())]);
        folder
    }

    /// The same in a folder that is there.
    pub(crate) fn funded_at(path: &Path) -> Self {
        let folder = Self::with(path.to_owned(), None);
        folder.fund(&[]);
        folder
    }

    fn with(path: PathBuf, owned: Option<tempfile::TempDir>) -> Self {
        let folder = Self { path, environment: Vec::new(), _owned: owned };
        folder.file("items.csv", b"kind,amount\nticket,1.00\nticket,2.00\nticket,3.00\n");
        folder
    }

    fn fund(&self, more: &[&str]) {
        self.ok(&[&["init", "--issuer", "City Transit"], more].concat());
        self.ok(&["account", "create", "a", "--currency", "EUR/2", "--fund", "1000.00"]);
    }

    /// Sets a variable for every run from here on.
    pub(crate) fn set(&mut self, name: &str, value: impl AsRef<OsStr>) {
        self.environment.push((name.into(), value.as_ref().into()));
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.path.join("data")
    }

    /// Writes a file beside the data and says where.
    pub(crate) fn file(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.path.join(name);
        std::fs::write(&path, bytes).expect("a file");
        path.display().to_string()
    }

    /// The program, to be run in the folder beside the data, answering in JSON.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        self.plain_command(&[&["--json"], arguments].concat())
    }

    fn plain_command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(MINTAGE);
        if !arguments.contains(&"--dir") {
            command.args(["--dir", "data"]);
        }
        command.args(arguments).current_dir(&self.path).envs(self.environment.iter().cloned());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("mintage")
    }

    /// Runs it as people do.
    pub(crate) fn run_plain(&self, arguments: &[&str]) -> Output {
        self.plain_command(arguments).output().expect("mintage")
    }

    /// Succeeds, and answers with this.
    pub(crate) fn ok(&self, arguments: &[&str]) -> serde_json::Value {
        let output = self.run(arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {said}{}", String::from_utf8_lossy(&output.stdout));
        serde_json::from_slice(&output.stdout).expect("JSON")
    }

    /// Fails with a sentence that says this: on one line for people, and the same in JSON for programs.
    #[track_caller]
    pub(crate) fn refused(&self, arguments: &[&str], says: &str) {
        let output = self.run_plain(arguments);
        let said = String::from_utf8(output.stderr).expect("text");
        assert!(!output.status.success(), "{arguments:?} was done");
        assert!(output.stdout.is_empty(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stdout));
        let sentence = said.strip_prefix("mintage: ").unwrap_or_else(|| panic!("{arguments:?}: {said}"));
        assert!(sentence.contains(says), "{arguments:?}: {sentence}");
        assert!(
            !sentence.contains("mintage: ") && sentence.lines().count() == 1,
            "{arguments:?}: {sentence}"
        );

        let output = self.run(arguments);
        let error: serde_json::Value = serde_json::from_slice(&output.stderr).expect("JSON");
        assert!(error["error"].as_str().expect("a sentence").contains(says), "{arguments:?}: {error}");
        assert!(!output.status.success() && output.stdout.is_empty(), "{arguments:?}");
    }

    /// The arguments that issue a file.
    pub(crate) fn issue<'a>(&self, items: &'a str, more: &[&'a str]) -> Vec<&'a str> {
        [&["issue", "--account", "a", "--items", items], more].concat()
    }

    /// Everything that must stay as it is when something is refused.
    pub(crate) fn state(&self) -> [serde_json::Value; 2] {
        [self.ok(&["account", "show", "a"]), self.ok(&["audit"])]
    }

    /// Issues the three tickets under a key and returns the texts of their indicia.
    pub(crate) fn issued(&self, key: &str) -> Vec<String> {
        let report = self.ok(&self.issue("items.csv", &["--idempotency-key", key]));
        let indicia = report["indicia"].as_array().expect("indicia");
        indicia.iter().map(|text| text.as_str().expect("a text").to_owned()).collect()
    }

    /// Issues the three tickets under a key and returns their serials.
    pub(crate) fn serials(&self, key: &str) -> Vec<String> {
        let texts = self.issued(key);
        let serial = |text: &String| {
            let verified = self.ok(&["verify", text]);
            verified[0]["serial"].as_str().expect("a serial").to_owned()
        };
        texts.iter().map(serial).collect()
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
