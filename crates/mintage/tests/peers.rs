//! The quickstart's sheets, read and verified by other people's software: poppler, qpdf, zxing-cpp and PyPI's cwt.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use indicia::{DeviceId, Indicium, Serial, Subject, TrustBundle, text};

/// A folder with the quickstart's data.
struct Quickstart {
    folder: tempfile::TempDir,
    bundle: TrustBundle,
}

impl Quickstart {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        mintage(folder.path(), &["quickstart"]);
        mintage(folder.path(), &["quickstart"]); // twice is fine
        let bundle = std::fs::read(folder.path().join("bundle.cbor")).expect("a bundle");
        Self { folder, bundle: TrustBundle::open(&bundle, None).expect("a bundle") }
    }

    fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    /// Id and public key of a device, in hex: what signed its first indicium. Writes a picture of that beside.
    fn key_of(&self, device: DeviceId, png: &Path) -> [String; 2] {
        let serial = Serial::new(device, 1).expect("a serial").to_string();
        let png = png.to_str().expect("a path");
        let shown = mintage(self.folder.path(), &["show", &serial, "--json", "--png", png]);
        let shown: serde_json::Value = serde_json::from_slice(&shown).expect("JSON");
        let bytes = text::from_text(shown["text"].as_str().expect("a text")).expect("an indicium");
        let key_id = Indicium::decode(&bytes).expect("an indicium").key_id();
        let certificate = self.bundle.device(key_id).expect("a certificate");
        assert_eq!(certificate.subject, Subject::Device(device));
        let key = certificate.key.to_cose_key();
        let public = key[key.len() - 32..].iter().map(|byte| format!("{byte:02x}")).collect();
        [key_id.to_string(), public]
    }
}

/// What `mintage` prints.
fn mintage(folder: &Path, arguments: &[&str]) -> Vec<u8> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mintage"));
    let output = command.args(arguments).arg("--dir").arg(folder).output().expect("mintage");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// A program that `cargo xtask test` sets up.
fn peer(name: &str) -> Option<OsString> {
    let variable = format!("MINTAGE_PEER_{name}");
    let program = std::env::var_os(&variable);
    if program.is_none() {
        println!("left out: needs {variable}, which `cargo xtask test` sets up");
    }
    program
}

fn said(output: &Output) -> String {
    [output.stdout.as_slice(), &output.stderr].map(String::from_utf8_lossy).concat()
}

#[test]
fn other_peoples_software_reads_and_verifies_every_symbol_of_the_quickstart() {
    let (Some(python), Some(_), Some(qpdf)) = (peer("PYTHON"), peer("PDFTOPPM"), peer("QPDF")) else {
        return;
    };
    let quickstart = Quickstart::new();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../peers/read_symbols.py");
    for (device, pdf, count) in [(1, "tickets.pdf", 312), (2, "mail.pdf", 320)] {
        let (pdf, png) = (quickstart.path(pdf), quickstart.path("first.png"));
        let key = quickstart.key_of(DeviceId(device), &png);
        for (file, count) in [(&pdf, count), (&png, 1)] {
            let read = Command::new(&python).arg(&script).arg(file).args(&key).output().expect("python");
            assert_eq!(said(&read).trim(), format!("{count} {count} 0"), "{}", file.display());
        }
        let checked = Command::new(&qpdf).arg("--check").arg(&pdf).output().expect("qpdf");
        assert!(checked.status.success(), "{}", said(&checked));
    }
}
