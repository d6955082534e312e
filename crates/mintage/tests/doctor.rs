//! What `mintage doctor` finds wrong with the machine.

mod support;

use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::time::{Duration, SystemTime};

use support::Folder;

const DAY: Duration = Duration::from_secs(86_400);

/// What is warned of, by a doctor who is run by this command.
fn warnings(folder: &Folder, before: &[&str], after: &[&str]) -> Vec<String> {
    let doctor = [&[support::MINTAGE, "--json", "--dir", "data", "doctor"], after].concat();
    let words = [before, &doctor].concat();
    let output = Command::new(words[0]).args(&words[1..]).current_dir(folder.path()).output();
    let output = output.expect("mintage");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let warnings = said["warnings"].as_array().expect("warnings");
    warnings.iter().map(|warning| warning.as_str().expect("text").to_owned()).collect()
}

fn warned(warnings: &[String], of: &str) -> bool {
    warnings.iter().any(|warning| warning.contains(of))
}

#[test]
fn limits_that_are_too_low_for_the_settings_are_warned_of() {
    let folder = Folder::funded();
    if Command::new("prlimit").arg("--version").output().is_err() {
        println!("left out: needs prlimit");
        return;
    }
    let low = warnings(&folder, &["prlimit", "--nofile=1000", "--memlock=65536"], &[]);
    assert!(warned(&low, "may open 1000 files") && warned(&low, "10000 connections"), "{low:?}");
    assert!(warned(&low, "may lock 65536 bytes"), "{low:?}");
    let settings = folder.file("few.toml", b"connections = 500");
    let few = warnings(&folder, &["prlimit", "--nofile=1000"], &["--config", &settings]);
    assert!(!warned(&few, "may open"), "{few:?}");
}

#[test]
fn a_folder_that_is_open_to_others_is_warned_of() {
    let folder = Folder::funded();
    assert!(!warned(&warnings(&folder, &["env"], &[]), "open to other users"));
    let open = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(folder.data(), open).expect("permissions");
    assert!(warned(&warnings(&folder, &["env"], &[]), "open to other users"));
}

#[test]
fn a_certificate_that_has_ended_or_soon_will_is_warned_of() {
    let folder = Folder::funded();
    let key = rcgen::KeyPair::generate().expect("a key");
    let key_file = folder.file("key.pem", key.serialize_pem().as_bytes());
    let now = SystemTime::now();
    let warned_of = |from: SystemTime, until: SystemTime| {
        let mut params = rcgen::CertificateParams::new(vec!["mint.example".into()]).expect("a name");
        (params.not_before, params.not_after) = (from.into(), until.into());
        let certificate = params.self_signed(&key).expect("a certificate");
        let file = folder.file("certificate.pem", certificate.pem().as_bytes());
        let settings = format!("tls-certificate = {file:?}\ntls-key = {key_file:?}");
        let settings = folder.file("settings.toml", settings.as_bytes());
        let mut warnings = warnings(&folder, &["env"], &["--config", &settings]);
        warnings.retain(|warning| warning.contains("certificate"));
        warnings
    };
    assert_eq!(warned_of(now - DAY, now + 90 * DAY), [""; 0]);
    let soon = warned_of(now - DAY, now + 5 * DAY + DAY / 2);
    assert!(soon.len() == 1 && soon[0].contains("expires in 5 days"), "{soon:?}");
    let over = warned_of(now - 90 * DAY, now - DAY);
    assert!(over.len() == 1 && over[0].contains("has expired"), "{over:?}");
    let early = warned_of(now + DAY, now + 90 * DAY);
    assert!(early.len() == 1 && early[0].contains("isn't valid yet"), "{early:?}");

    let garbage =
        folder.file("garbage.pem", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    let settings = format!("tls-certificate = {garbage:?}\ntls-key = \"/nowhere/key.pem\"");
    let settings = folder.file("settings.toml", settings.as_bytes());
    let all = warnings(&folder, &["env"], &["--config", &settings]);
    assert!(warned(&all, "garbage.pem can't be read") && warned(&all, "/nowhere/key.pem"), "{all:?}");
}
