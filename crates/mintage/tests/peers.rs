//! The quickstart's sheets, read and verified by other people's software: poppler, zxing-cpp and PyPI's cwt.

use std::path::Path;
use std::process::Command;

use indicia::{Indicium, Subject, TrustBundle, text};

#[test]
fn other_peoples_software_reads_and_verifies_every_symbol_of_the_quickstart() {
    let Some(python) = std::env::var_os("MINTAGE_PEER_PYTHON") else {
        println!("left out: needs MINTAGE_PEER_PYTHON, which `cargo xtask test` sets up");
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let mintage = |arguments: &[&str]| {
        let output =
            Command::new(env!("CARGO_BIN_EXE_mintage")).args(arguments).arg("--dir").arg(&data).output();
        let output = output.expect("mintage");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    mintage(&["quickstart"]);
    mintage(&["quickstart"]); // twice is fine
    let bundle =
        TrustBundle::open(&std::fs::read(data.join("bundle.cbor")).expect("a bundle"), None).expect("one");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../peers/read_sheets.py");
    for (device, pdf, count) in [(1, "tickets.pdf", 312), (2, "mail.pdf", 320)] {
        // The key of the device's first serial is the device's key.
        let serial = indicia::Serial::new(indicia::DeviceId(device), 1).expect("a serial");
        let shown: serde_json::Value =
            serde_json::from_slice(&mintage(&["show", &serial.to_string(), "--json"])).expect("JSON");
        let bytes = text::from_text(shown["text"].as_str().expect("a text")).expect("an indicium");
        let key_id = Indicium::decode(&bytes).expect("an indicium").key_id();
        let certificate = bundle.device(key_id).expect("a certificate");
        assert_eq!(certificate.subject, Subject::Device(indicia::DeviceId(device)));
        let cose_key = certificate.key.to_cose_key();
        let public: String =
            cose_key[cose_key.len() - 32..].iter().map(|byte| format!("{byte:02x}")).collect();
        let output = Command::new(&python)
            .arg(&script)
            .arg(data.join(pdf))
            .args([key_id.to_string(), public])
            .output();
        let output = output.expect("python");
        let said = String::from_utf8_lossy(&output.stdout);
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert_eq!(said.trim(), format!("{count} {count} 0"), "{pdf}: {complaint}");
    }
}
