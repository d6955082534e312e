//! A whole data folder whose master key is wrapped by a real token, SoftHSM2.
#![cfg(feature = "pkcs11")]

mod support;

use std::process::Command;

use support::Folder;

const LIBRARY: &str = "/usr/lib/softhsm/libsofthsm2.so";

#[test]
fn a_module_behind_a_token_issues_and_starts_again() {
    let mut folder = Folder::empty();
    let tokens = folder.path().join("tokens");
    std::fs::create_dir(&tokens).expect("a folder");
    let config = folder.path().join("softhsm2.conf");
    std::fs::write(&config, format!("directories.tokendir = {}\n", tokens.display())).expect("a file");
    let arguments = ["--init-token", "--free", "--label", "mintage", "--so-pin", "87654321", "--pin", "1234"];
    let made = Command::new("softhsm2-util").args(arguments).env("SOFTHSM2_CONF", &config).output();
    assert!(made.expect("softhsm2-util").status.success());
    folder.set("SOFTHSM2_CONF", &config);

    let pin = folder.path().join("pin");
    let pin_file = pin.display().to_string();
    let init = [
        "init",
        "--issuer",
        "City Transit",
        "--token-library",
        LIBRARY,
        "--token-label",
        "mintage",
        "--token-pin-file",
    ];
    let init: Vec<&str> = init.into_iter().chain([pin_file.as_str()]).collect();
    std::fs::write(&pin, "4321").expect("a file");
    folder.refused(&init, "the token's PIN is wrong");
    std::fs::write(&pin, "1234\n").expect("a file");
    folder.ok(&init);
    assert!(!folder.data().join("secrets/module-passphrase").exists());

    folder.ok(&["account", "create", "a", "--currency", "EUR/2", "--fund", "1000.00"]);
    assert_eq!(folder.issued("k").len(), 3);
    folder.audit();
    std::fs::write(&pin, "4321").expect("a file");
    folder.refused(&["audit"], "the token's PIN is wrong");
    std::fs::write(&pin, "1234").expect("a file");
    std::fs::rename(&tokens, folder.path().join("taken-out")).expect("a folder");
    folder.refused(&["audit"], "the PKCS#11 token");
}
