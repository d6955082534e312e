//! A master key wrapped by a real token, SoftHSM2.
#![cfg(feature = "pkcs11")]

use std::process::Command;

use module::keystore::Keystore;
use module::protocol::{NewModule, Secret};

const LIBRARY: &str = "/usr/lib/softhsm/libsofthsm2.so";

/// One test in one process: a PKCS#11 library is configured by the environment, and initialised once.
#[test]
fn a_token_wraps_the_master_key_and_nothing_else_opens_it() {
    // The configuration is read from the environment, which only a new process can be given safely.
    if std::env::var_os("SOFTHSM2_CONF").is_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let tokens = folder.path().join("tokens");
        std::fs::create_dir(&tokens).expect("a folder in it");
        let config = folder.path().join("softhsm2.conf");
        std::fs::write(&config, format!("directories.tokendir = {}\n", tokens.display())).expect("a file");
        let arguments =
            ["--init-token", "--free", "--label", "mintage", "--so-pin", "87654321", "--pin", "1234"];
        let made = Command::new("softhsm2-util").args(arguments).env("SOFTHSM2_CONF", &config).output();
        assert!(made.expect("softhsm2-util").status.success());
        let itself = std::env::current_exe().expect("this test");
        let status = Command::new(itself).env("SOFTHSM2_CONF", &config).status().expect("this test again");
        assert!(status.success());
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let new = NewModule { issuer: "Test".into(), staff: Vec::new(), at: 1 };
    let token =
        |pin: &str| Secret::Token { library: LIBRARY.into(), label: "mintage".into(), pin: pin.into() };
    let made = Keystore::create(folder.path(), &token("1234"), &new).expect("a keystore");
    let opened = Keystore::open(folder.path(), &token("1234")).expect("the same keystore");
    assert_eq!(made.root(), opened.root());
    assert!(Keystore::open(folder.path(), &token("4321")).is_err());
    assert!(Keystore::open(folder.path(), &Secret::Passphrase("a passphrase for tests".into())).is_err());
}
